"""The evaluator against the C model: the same text of the kernel, in every state.

The two share the definition of a state and nothing else: one follows the text
with all states at once, the other is what a C compiler makes of it, run state
by state and choice by choice.
"""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from itertools import combinations
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from c_cases import Case, Models, cases
from real_code import Releases, settled, told

from kanalyze.semantics import evaluate
from kanalyze.semantics.evaluate import Evaluation
from kanalyze.semantics.machine import Machine
from kanalyze.semantics.values import Value
from kanalyze.semantics.world import OWN, Store


@pytest.fixture(scope="module")
def releases(releases_repo: Path, release_tag: Callable[[str], str]) -> Releases:
    return Releases(releases_repo, release_tag)


@pytest.fixture(scope="module")
def models(
    releases_repo: Path,
    release_tag: Callable[[str], str],
    tmp_path_factory: pytest.TempPathFactory,
) -> Models:
    return Models(releases_repo, release_tag, tmp_path_factory.mktemp("models"))


# ------------------------------------------------- what is fixed on both sides


@dataclass(frozen=True)
class Assumed:
    """A case, and what both sides take for granted in it where they could differ.

    C has it in ``case.call``.  For the evaluator ``answers`` are those of calls,
    ``flags`` are set (1) or not (0), and ``names`` are numbers of parameters.
    """

    case: Case
    why: str = ""
    answers: Mapping[str, int] = field(default_factory=dict)
    flags: Mapping[str, int] = field(default_factory=dict)
    names: Mapping[str, int] = field(default_factory=dict)

    @property
    def id(self) -> str:
        return f"{self.case.id}: {self.why}" if self.why else self.case.id


class Assuming:
    """Makes evaluations start from assumptions and from references that the caller has."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self._monkeypatch = monkeypatch

    def __call__(self, assumed: Assumed) -> None:
        class Told(Machine):
            def __init__(self, *arguments: Any) -> None:
                super().__init__(*arguments)
                self._flags = {**self._flags, **assumed.flags}

            def begin(self) -> Store:
                numbers = {**assumed.names, OWN: assumed.case.code_refs}
                told = {name: self.values.number(number) for name, number in numbers.items()}
                return {**super().begin(), **told}

            def _primitive(self, name: str, *arguments: Any) -> Value:
                if name in assumed.answers:
                    return self.values.number(assumed.answers[name])
                return super()._primitive(name, *arguments)

        self._monkeypatch.setattr(evaluate, "Machine", Told)


@pytest.fixture
def assuming(monkeypatch: pytest.MonkeyPatch) -> Assuming:
    return Assuming(monkeypatch)


# What C answers when everything open is settled: no lock is free, and so on.
NO = dict.fromkeys(
    ("trylock_page", "folio_trylock", "PageWriteback", "folio_test_writeback", "pte_write")
    + ("mem_cgroup_swap_full", "folio_test_mlocked"),
    0,
)
# The bit that those who map a large folio may leave behind.
UNSHARED = {"test_bit": 0}


def compared() -> Iterator[Assumed]:
    """Yield every case with all that is open, and again with less where that tells more."""
    for case in cases():
        if case.entry == "should_try_to_free_swap":
            yield from _free_swap(case)
            continue
        yield Assumed(case)
        if case.entry in ("do_wp_page", "wp_can_reuse_anon_folio"):
            locked = replace(case, call=f"settled = true; {case.call}")
            yield Assumed(locked, "locked by somebody", NO)
            if case.size == "large" and "7" in case.release:
                unshared = replace(case, call=f"folio->_mm_ids = 0; {case.call}")
                yield Assumed(unshared, "never mapped elsewhere", UNSHARED)
        elif case.entry == "gup_must_unshare":
            yield from _gup(case)
        elif case.entry == "can_follow_write_pte":
            yield from _follow(case)


def _free_swap(case: Case) -> Iterator[Assumed]:
    """Yield the question of a swap-in to write, which is what the trigger says.

    With swap space left, nothing mlocked and a disk, only the references decide.
    """
    write = replace(case, call=case.call.replace("open_bits(FAULT_FLAG_WRITE)", "1"))
    parameter = {"7.2": "extra_refs", "7.3": "exclusive"}.get(case.release)
    yield Assumed(write, "to write", names={parameter: 1} if parameter else {})
    for flags, said in ((1, "to write"), (0, "to read")):
        for given in (0, 1) if parameter else (0,):
            arguments = f"si, folio, vma, {given}" if parameter else "folio, vma"
            call = f"settled = true; returns({case.entry}({arguments}, {flags}))"
            yield Assumed(
                replace(case, call=call),
                f"{said}, {parameter} {given}" if parameter else f"{said}, settled",
                answers=NO,
                flags={"FAULT_FLAG_WRITE": flags, "SWP_SYNCHRONOUS_IO": 0},
                names={parameter: given} if parameter else {},
            )


def _gup(case: Case) -> Iterator[Assumed]:
    """Yield the question for a private mapping, with flags that are known."""
    vma = "" if case.release == "6.1" else "vma, "
    every = ("FOLL_PIN", "FOLL_LONGTERM", "FOLL_WRITE")
    for count in range(len(every) + 1):
        for flags in combinations(every, count):
            word = " | ".join(flags) or "0"
            call = f"vma->vm_flags = VM_MAYWRITE; returns({case.entry}({vma}{word}, page))"
            given = {flag: int(flag in flags) for flag in every}
            yield Assumed(replace(case, call=call), word, flags=given, names={"vma": 1})


def _follow(case: Case) -> Iterator[Assumed]:
    """Yield the question for a read-only entry of a private mapping."""
    for said, force in (("by force", 1), ("without force", 0)):
        arguments = f"*vmf->pte, page, vma, {force} * FOLL_FORCE"
        returns = f"vma->vm_flags = VM_MAYWRITE; returns({case.entry}({arguments}))"
        yield Assumed(
            replace(case, call=f"settled = true; {returns}"),
            said,
            answers=NO,
            flags={"FOLL_FORCE": force, "VM_WRITE": 0},
        )


# -------------------------------------------------------------- the comparison


def evaluated(releases: Releases, case: Case) -> Evaluation:
    real = releases(case.release)
    entry = real.given(case.entry, case.trigger, case.size)
    return real.evaluate(case.entry, entry, answers="returns(" in case.call)


def disagreement(evaluation: Evaluation, expected: list[frozenset[str]]) -> str:
    """Return the smallest state in which the two differ, in words; empty if none."""
    differ = np.array([settled(evaluation, at) != one for at, one in enumerate(expected)])
    if not differ.any():
        return ""
    state = evaluation.universe.smallest(differ)
    return "\n".join(
        (
            f"{int(differ.sum())} of {len(expected)} states differ",
            f"C comes to {sorted(expected[state])}",
            f"the tool comes to {sorted(settled(evaluation, state))}",
            told(evaluation, state),
        )
    )


@pytest.mark.parametrize("assumed", list(compared()), ids=lambda assumed: assumed.id)
def test_every_state(
    releases: Releases, models: Models, assuming: Assuming, assumed: Assumed
) -> None:
    assuming(assumed)
    evaluation = evaluated(releases, assumed.case)
    states = [evaluation.universe.state(at) for at in range(evaluation.universe.size)]
    message = disagreement(evaluation, models(assumed.case).outcomes(states))
    assert not message, message


def test_a_disagreement_is_told_in_words(releases: Releases) -> None:
    case = next(case for case in cases() if case.id == "wp_can_reuse_anon_folio-6.12-small")
    evaluation = evaluated(releases, case)
    message = disagreement(evaluation, [frozenset({"return false"})] * evaluation.universe.size)
    assert "C comes to ['return false']" in message
    assert "the tool comes to ['return false', 'return true']" in message
    assert "state: mine alone (page_count 1, map count 1, swap count 0)" in message
