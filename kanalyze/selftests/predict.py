"""What the source of a kernel says that a case must show there.

The page is followed from one decision to the next: how it is when it is pinned,
when it is forked and when it is accessed, and what can come of each.  Where
that leaves more than one way open, both are possible and the reason says why.
"""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Literal

from kanalyze.selftests.cases import CaseRecord
from kanalyze.selftests.covers import Decision, Decisions
from kanalyze.selftests.pieces import Piece, Pieces
from kanalyze.selftests.recipes import Moment, Recipe
from kanalyze.semantics.explainer import Explainer
from kanalyze.semantics.states import LARGE_PAGES, PageState

Expected = Literal["pass", "fail", "copy", "reuse", "either"]

# What is no answer yet, or only gives the page a huge page's entries one by one.
_UNTOLD = frozenset({"none", "retry"})
_BACK = "what reading a page back leaves in the swap cache is not in its state"


@dataclass(frozen=True, slots=True, kw_only=True)
class Expectation:
    """What a case must show: rules 1 and 3 whether it passes, rule 2 what becomes of the page.

    "either" where the source leaves it open, or cannot be asked; ``function``
    decides, and ``why`` says in a sentence what was gone by.
    """

    expected: Expected
    function: str = ""
    why: str = ""


class Predictor:
    """Predicts cases on one tree; it may be another one than they were generated for."""

    def __init__(self, explainer: Explainer, pieces: Pieces) -> None:
        self._pieces = pieces
        self._decisions = Decisions(explainer, ())
        self._exclusive = explainer.features.exclusive_bit

    def predict(self, case: CaseRecord) -> Expectation:
        """Return what a case must show."""
        if case.race:
            return Expectation(
                expected="either", why="two things at a time: states tell nothing about races"
            )
        recipe = self._recipe(case)
        if recipe is None:
            return Expectation(expected="either", why="it is made of pieces that are not installed")
        if recipe.memory.shared:
            return Expectation(expected="pass", why="a shared mapping is never copied")
        untold = _untold(recipe)
        if untold:
            return Expectation(expected="either", why=untold)
        if recipe.rule == "r3":
            return self._pinned(recipe)
        if recipe.rule == "r2":
            return self._mine(recipe)
        found = self._accessed(recipe)
        if found is None:
            return _unasked(recipe.moments[-1])
        reuse, copy = "reuse" in found.outcomes, "copy" in found.outcomes
        return found.expects("pass" if not reuse else "either" if copy else "fail")

    def _recipe(self, case: CaseRecord) -> Recipe | None:
        try:
            return Recipe(
                memory=self._piece("memory", case.memory),
                other=self._piece("other", case.other),
                reference=self._piece("reference", case.reference),
                arm=self._piece("arm", case.arm),
                access=self._piece("access", case.access),
            )
        except KeyError:
            return None

    def _piece(self, kind: str, name: str) -> Piece:
        return self._pieces[f"{kind}/{name}"]

    # ---------------------------------------------------------------- rule 2

    def _mine(self, recipe: Recipe) -> Expectation:
        """Return whether a page that is mine alone is copied all the same."""
        if _is_writable(recipe):
            return Expectation(expected="reuse", why="it is mapped writable: no fault is taken")
        found = self._accessed(recipe)
        if found is None:
            return _unasked(recipe.moments[-1])
        reuse, copy = "reuse" in found.outcomes, "copy" in found.outcomes
        untold = _copied_perhaps(recipe) if copy and not reuse else ""
        if not self._exclusive and _is_read_back(recipe):
            untold = _BACK  # without the bit, what is counted decides
        if untold:
            return Expectation(expected="either", function=found.function, why=untold)
        return found.expects("either" if reuse == copy else "reuse" if reuse else "copy")

    # ---------------------------------------------------------------- rule 3

    def _pinned(self, recipe: Recipe) -> Expectation:
        """Return whether who holds the pin and I keep the same page."""
        *before, access = recipe.moments
        found = self._accessed(recipe)
        if found is None:
            return _unasked(access)
        forks = [moment for moment in before if moment.trigger == "fork"]
        if "copy" not in found.outcomes and not forks:
            return found.expects("pass" if "reuse" in found.outcomes else "either")
        # It would be copied: if I fault, that is.  What is mapped writable is written.
        if forks:
            forked = self._come_to(forks[0])
            if forked is None:
                return _unasked(forks[0])
            shared = "share" in forked.outcomes
            if not shared or forked.outcomes & {"copy", "back-off"}:
                return forked.expects("either" if shared else "pass")
            return self._shared(access, forked)
        for_writing = dict(recipe.reference.state).get("trigger") == "write-fault"
        if _does_nothing(recipe.arm) and for_writing:
            why = "a pin for writing leaves the page writable, and nothing takes that away"
            return Expectation(expected="pass", function=found.function, why=why)
        why = f"{found.why}, if anything had made it read-only"
        return Expectation(expected="either", function=found.function, why=why)

    def _shared(self, access: Moment, forked: "_Comes") -> Expectation:
        """Return what becomes of a pinned page that a child now maps too."""
        state = replace(access.state, other_maps=access.state.my_maps, exclusive=False)
        after = self._come_to(replace(access, state=state))
        if after is None or "reuse" in after.outcomes:
            return forked.expects("either")
        return after.expects("fail")

    # -------------------------------------------------------------- decisions

    def _accessed(self, recipe: Recipe) -> "_Comes | None":
        """Return what can come of the access: of all pages, where these differ in their states."""
        *_, access = recipe.moments
        states = [access.state]
        if recipe.rule == "r2" and self._exclusive and _has_pinned(recipe.reference):
            # GUP unshares what it pins, and that is a few of many pages.
            unshared = replace(access.state, exclusive=True)
            states = [unshared, access.state] if _has_many_pages(recipe) else [unshared]
        if _is_in_part(recipe):  # there is no such state: it is between these
            states += [replace(one, my_maps=LARGE_PAGES) for one in states]
        found: _Comes | None = None
        for state in states:
            come = self._come_to(replace(access, state=state))
            if come is None:
                return None
            found = come if found is None or found.outcomes == come.outcomes else found.either(come)
        return found

    def _come_to(self, moment: Moment) -> "_Comes | None":
        """Return what can come of a moment; None where nothing that is evaluated is asked."""
        found = list(self._decisions.at(moment))
        if not found:
            return None
        decision, number = found[0]
        come = _Comes.of(decision, number, moment)
        if "back-off" in come.outcomes and moment.state.size == "pmd":
            by_ptes = self._come_to(replace(moment, state=_split(moment.state)))
            if by_ptes and moment.trigger != "fork":
                outcomes = (come.outcomes - {"back-off"}) | by_ptes.outcomes
                return replace(by_ptes, outcomes=outcomes)
        return come


@dataclass(frozen=True, slots=True)
class _Comes:
    """What a decision function can come to in one state."""

    function: str
    outcomes: frozenset[str]
    why: str

    @classmethod
    def of(cls, decision: Decision, number: int, moment: Moment) -> "_Comes":
        told = [one for one in decision.evaluation.of(number) if one not in _UNTOLD]
        name = decision.evaluation.program.name
        what = " or ".join(told) or "nothing that is told"
        state = moment.at(decision.evaluation.universe.features).words
        return cls(name, frozenset(told), f"{state}: {what}")

    def either(self, other: "_Comes") -> "_Comes":
        """Return what can come of one of two states."""
        outcomes = self.outcomes | other.outcomes
        return replace(self, outcomes=outcomes, why=f"{self.why}; {other.why}")

    def expects(self, expected: Expected) -> Expectation:
        return Expectation(expected=expected, function=self.function, why=self.why)


def _untold(recipe: Recipe) -> str:
    """Return what the source does not tell of what a reference holds, where that matters.

    What nothing takes away stays, be it pinned or only referenced.
    """
    if recipe.rule == "r1" or (recipe.rule == "r3" and _does_nothing(recipe.arm)):
        return ""
    return recipe.reference.untold


def _copied_perhaps(recipe: Recipe) -> str:
    """Return why a page of mine alone need not be copied, though its state says so."""
    far = dict(recipe.other.state).get("lru_refs") == "remote"
    emptied = recipe.access.untold if far else ""
    return recipe.arm.untold or emptied or (_BACK if _is_read_back(recipe) else "")


def _is_read_back(recipe: Recipe) -> bool:
    """Tell whether the reference reads a page back that was swapped out."""
    return bool(dict(recipe.memory.state).get("my_swaps")) and bool(recipe.reference.through)


def _is_writable(recipe: Recipe) -> bool:
    """Tell whether a page that is referenced is mapped writable: nothing came behind a write.

    A large folio is mapped by PTEs because mprotect() has taken that from a part of it.
    """
    if not recipe.reference.state or not _does_nothing(recipe.arm):
        return False
    asked = dict(recipe.reference.state).get("trigger")
    if asked or recipe.other.state:
        return asked == "write-fault"
    written = dict(recipe.memory.state)
    mapped = written.get("my_maps") and not written.get("swap_cache")
    return bool(written.get("exclusive") and mapped) and recipe.size != "large"


def _has_pinned(reference: Piece) -> bool:
    """Tell whether a page was pinned, for a moment at least: GUP made it mine alone then."""
    return any(word.startswith("pin_user_pages") for word in reference.through)


def _has_many_pages(recipe: Recipe) -> bool:
    """Tell whether more is accessed than one page, of what the kernel takes for one."""
    had = dict(recipe.memory.state)
    many = int(had.get("my_maps", 0)) > 1 or int(had.get("my_swaps", 0)) > 1
    return many or had["size"] == "pmd"


def _is_in_part(recipe: Recipe) -> bool:
    """Tell whether some pages of a large folio are mapped, not one and not all."""
    maps = int(recipe.before_arm["my_maps"])
    return recipe.size == "large" and 1 < maps < LARGE_PAGES


def _does_nothing(arm: Piece) -> bool:
    return not arm.state and not arm.through


def _unasked(moment: Moment) -> Expectation:
    why = f"no decision about it was evaluated at a {moment.trigger}: {moment.words}"
    return Expectation(expected="either", why=why)


def _split(state: PageState) -> PageState:
    """Return a page that a PMD mapped, mapped by PTEs: the fault is taken again."""
    return replace(
        state,
        size="large",
        my_maps=LARGE_PAGES if state.my_maps else 0,
        other_maps=LARGE_PAGES if state.other_maps else 0,
    )


def predictions(
    explainer: Explainer, pieces: Pieces, cases: tuple[CaseRecord, ...]
) -> Iterator[tuple[CaseRecord, Expectation]]:
    """Yield each case with what it must show on a tree."""
    predictor = Predictor(explainer, pieces)
    for case in cases:
        yield case, predictor.predict(case)
