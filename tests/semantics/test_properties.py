"""What must not matter: how a decision is written, and which states are looked at together."""

import copy
import functools
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from made_code import (
    DECISIONS,
    Both,
    Branch,
    Condition,
    Decision,
    Either,
    Not,
    Writer,
    meant,
    renamed,
)
from real_code import Releases

from kanalyze import config
from kanalyze.semantics import evaluate
from kanalyze.semantics.code import Code
from kanalyze.semantics.entries import Entry
from kanalyze.semantics.evaluate import Evaluation
from kanalyze.semantics.states import Features, Size, Trigger
from kanalyze.semantics.universe import Columns, Universe, universe
from kanalyze.semantics.values import Ints

EVERYTHING = Features(
    exclusive_bit=True, pin_bias=True, pin_counter=True, large_folios=True, ksm=True
)
SIZES = st.sampled_from(("small", "large", "pmd", "hugetlb"))
RULES = functools.cache(lambda: config.load().rules)


def evaluated(text: str, size: Size) -> Evaluation:
    code = Code({"made.c": text.encode()}, RULES())
    program = code.program("decide")
    assert program is not None
    assert not program.problems, program.problems
    names = [name for name in program.parameters if name not in ("vmf", "vma")]
    entry = Entry("write-fault", size, names[0])
    return Evaluation(code, program, entry, EVERYTHING, answers=False)


def of_all(evaluation: Evaluation) -> list[tuple[str, ...]]:
    return [evaluation.of(state) for state in range(evaluation.universe.size)]


# -------------------------------------------------------------------- the ways


class DoubleNegation(Writer):
    def condition(self, condition: Condition) -> str:
        return f"!!({super().condition(condition)})"


class DeMorgan(Writer):
    def condition(self, condition: Condition) -> str:
        match condition:
            case Both(left, right):
                return f"!({self.condition(Not(left))} || {self.condition(Not(right))})"
            case Either(left, right):
                return f"!({self.condition(Not(left))} && {self.condition(Not(right))})"
        return super().condition(condition)


class Swapped(Writer):
    def condition(self, condition: Condition) -> str:
        match condition:
            case Both(left, right):
                return super().condition(Both(right, left))
            case Either(left, right):
                return super().condition(Either(right, left))
        return super().condition(condition)


class ElseFirst(Writer):
    def branch(self, it: Branch) -> list[str]:
        return super().branch(replace(it, condition=Not(it.condition), yes=it.no, no=it.yes))


class EarlyReturn(Writer):
    def leaf(self, outcome: str) -> list[str]:
        return [*super().leaf(outcome), "return 0;"]

    def branch(self, it: Branch) -> list[str]:
        condition = self.condition(it.condition)
        return [f"if ({condition}) {{", *self.body(it.yes), "}", *self.body(it.no)]


class Goto(Writer):
    def text(self, decision: Decision) -> str:
        return super().text(decision).replace("\treturn 0;", "out:\n\treturn 0;")

    def leaf(self, outcome: str) -> list[str]:
        return [*super().leaf(outcome), "goto out;"]

    def branch(self, it: Branch) -> list[str]:
        label = f"yes_{self.number}"
        jump = f"if ({self.condition(it.condition)}) goto {label};"
        return [jump, *self.body(it.no), f"{label}:", *self.body(it.yes)]


class GotoBack(Writer):
    """The side that is taken stands in front of the condition."""

    def leaf(self, outcome: str) -> list[str]:
        return [*super().leaf(outcome), "return 0;"]

    def branch(self, it: Branch) -> list[str]:
        label = f"{self.number}"
        return [
            *(f"goto ask_{label};", f"yes_{label}:", *self.body(it.yes), f"ask_{label}:"),
            f"if ({self.condition(it.condition)}) goto yes_{label};",
            *self.body(it.no),
        ]


class Helper(Writer):
    """Each condition that asks who shares the page is a function of its own."""

    returns = "return {};"
    page = "page"

    def branch(self, it: Branch) -> list[str]:
        condition = self.condition(it.condition)
        if not any(word in condition for word in ("count", "Ksm", "SwapCache", "Exclusive")):
            return super().branch(it)  # not followed: it is no question about sharing
        name = f"helper_{self.number}"
        self.helpers += [
            f"static bool {name}(struct page *{self.page}, struct vm_fault *vmf,",
            "\t\tstruct vm_area_struct *vma)",
            *("{", renamed(self.returns.format(condition), self.page), "}", ""),
        ]
        body = [*self.body(it.yes), "} else {", *self.body(it.no), "}"]
        return [f"if ({name}(page, vmf, vma)) {{", *body]


class HelperOfOtherName(Helper):
    page = "other"


class HelperWithTwoReturns(Helper):
    returns = "if ({}) return true; return false;"


class HelperWithVariable(Helper):
    returns = "bool answer = false; if ({}) answer = true; return answer;"


class Variable(Writer):
    def branch(self, it: Branch) -> list[str]:
        name = f"yes_{self.number}"
        lines = [f"bool {name} = {self.condition(it.condition)};", f"if ({name}) {{"]
        return [*lines, *self.body(it.yes), "} else {", *self.body(it.no), "}"]


class Ternary(Writer):
    def branch(self, it: Branch) -> list[str]:
        lines = [f"choice = ({self.condition(it.condition)}) ? 7 : 8;", "if (choice == 7) {"]
        return [*lines, *self.body(it.yes), "} else {", *self.body(it.no), "}"]


class Switch(Writer):
    def branch(self, it: Branch) -> list[str]:
        head = f"switch (({self.condition(it.condition)}) ? 7 : 8) {{"
        sides = ("case 7:", *self.body(it.yes), "break;", "default:", *self.body(it.no))
        return [head, *sides, "break;", "}"]


class Once(Writer):
    def branch(self, it: Branch) -> list[str]:
        return ["do {", *super().branch(it), "} while (0);"]


class Readers(Writer):
    """Looks at the page in between, which changes nothing."""

    def branch(self, it: Branch) -> list[str]:
        reads = ["page_count(page);", f"int seen_{self.number} = page_mapcount(page);"]
        return [*reads, *super().branch(it)]

    def leaf(self, outcome: str) -> list[str]:
        return ["if (PageKsm(page)) page_swapcount(page);", *super().leaf(outcome)]


class Renamed(Writer):
    def text(self, decision: Decision) -> str:
        return renamed(super().text(decision), "the_page")


WAYS = (
    *(DoubleNegation, DeMorgan, Swapped, ElseFirst, EarlyReturn, Goto, GotoBack, Helper),
    *(HelperOfOtherName, HelperWithTwoReturns, HelperWithVariable, Variable, Ternary, Switch),
    *(Once, Readers, Renamed),
)

# --------------------------------------------------------------- what is tested


@given(decision=DECISIONS, size=SIZES)
@settings(max_examples=60)
def test_a_decision_means_what_it_says(decision: Decision, size: Size) -> None:
    evaluation = evaluated(Writer().text(decision), size)
    assert not evaluation.partial
    for at in range(0, evaluation.universe.size, 17):
        assert frozenset(evaluation.of(at)) == meant(decision, evaluation.universe.state(at))


@pytest.mark.parametrize("way", WAYS, ids=lambda way: way.__name__)
@given(decision=DECISIONS, size=SIZES)
@settings(max_examples=25)
def test_the_way_it_is_written_does_not_matter(
    way: type[Writer], decision: Decision, size: Size
) -> None:
    text = way().text(decision)
    written = evaluated(text, size)
    assert of_all(written) == of_all(evaluated(Writer().text(decision), size)), text
    assert not written.partial


@given(decision=DECISIONS, size=SIZES)
@settings(max_examples=25)
def test_no_state_is_lost_and_none_comes_to_nothing(decision: Decision, size: Size) -> None:
    evaluation = evaluated(Writer().text(decision), size)
    assert functools.reduce(np.logical_or, evaluation.outcomes.values()).all()
    assert evaluation.outcomes.keys() <= {"reuse", "copy"}


@given(decision=DECISIONS, size=SIZES)
@settings(max_examples=25)
def test_a_way_to_an_outcome_has_the_values_that_it_says(decision: Decision, size: Size) -> None:
    evaluation = evaluated(Writer().text(decision), size)
    for outcome, mask in evaluation.outcomes.items():
        state = evaluation.universe.smallest(mask)
        path = evaluation.witness(state, outcome).path
        assert all(step.value in ("yes", "no") for step in path)
        # What is open in the state is what the question says is open.
        unsure = ("unknown(", "trylock", "& FLAG_")
        assert all(step.open == any(word in step.text for word in unsure) for step in path)


# ------------------------------------------------------------ states by themselves


def part(whole: Universe, numbers: Ints) -> Universe:
    """Return a universe that has some states of another only."""
    names = Columns.__slots__
    found = copy.copy(whole)
    found.__dict__.pop("weights", None)
    found.columns = Columns(**{name: getattr(whole.columns, name)[numbers] for name in names})
    found.size = len(numbers)
    return found


def alone(monkeypatch: pytest.MonkeyPatch, numbers: Ints) -> None:
    """Let evaluations begin with some of the states only."""

    def few(trigger: Trigger, size: Size, features: Features) -> Universe:
        return part(universe(trigger, size, features), numbers)

    monkeypatch.setattr(evaluate, "universe", few)


@given(decision=DECISIONS, size=SIZES, data=st.data())
@settings(max_examples=25)
def test_a_state_alone_comes_to_the_same(
    decision: Decision, size: Size, data: st.DataObject
) -> None:
    text = Writer().text(decision)
    together = evaluated(text, size)
    state = data.draw(st.integers(0, together.universe.size - 1))
    with pytest.MonkeyPatch.context() as monkeypatch:
        alone(monkeypatch, np.array([state], np.int32))
        assert evaluated(text, size).of(0) == together.of(state)


@pytest.mark.parametrize("series", ["5.10", "6.12", "7.2"])
@pytest.mark.parametrize(
    ("function", "trigger", "size"),
    [
        ("do_wp_page", "write-fault", "small"),
        ("do_wp_page", "write-fault", "large"),
        ("do_huge_pmd_wp_page", "write-fault", "pmd"),
        ("do_swap_page", "swap-in", "small"),
    ],
)
def test_states_of_real_code_do_not_touch_each_other(
    releases_repo: Path,
    release_tag: Callable[[str], str],
    monkeypatch: pytest.MonkeyPatch,
    series: str,
    function: str,
    trigger: Trigger,
    size: Size,
) -> None:
    real = Releases(releases_repo, release_tag)(series)
    entry = real.found(function, trigger, size)
    together = real.evaluate(function, entry, answers=False)
    numbers = np.arange(0, together.universe.size, 41, dtype=np.int32)
    for few in np.array_split(numbers, 5):
        with monkeypatch.context() as patch:
            alone(patch, few)
            apart = real.evaluate(function, entry, answers=False)
        assert of_all(apart) == [together.of(state) for state in few]
