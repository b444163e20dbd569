"""What a change of one function meant for the decisions that it is part of, in one line.

A function that decides is held against itself; one that is only asked is judged by
the decisions that ask it, for what it returns means nothing by itself.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

import numpy as np

from kanalyze.semantics.changed import Changes, groups
from kanalyze.semantics.compare import Comparer, Side
from kanalyze.semantics.entries import arm_entries, own_entries
from kanalyze.semantics.evaluate import Evaluation
from kanalyze.semantics.explainer import Explainer
from kanalyze.semantics.given import Tree
from kanalyze.semantics.model import ChangedGroup, Rule
from kanalyze.semantics.outcomes import OUTCOMES
from kanalyze.semantics.pairs import Decision
from kanalyze.semantics.reading import read
from kanalyze.semantics.values import Mask, some
from kanalyze.semantics.words import words

SAME = "same answers in every page state"
SAME_BOTH = "same answers in every page state that both sides have"
SAME_SO_FAR = "same answers as far as it could be followed"

_ARMED = "share, write-protected"
_LEFT = "share, left writable"
_AT = {
    "write-fault": "at a write fault",
    "unshare-fault": "at an unshare fault",
    "swap-in": "at swap-in",
    "fork": "at fork",
    "gup-write": "at a GUP write",
    "gup-forced-write": "at a GUP write with FOLL_FORCE",
    "gup-read-pin": "at a GUP pin for reading",
    "gup-long-pin": "at a GUP pin for reading, long-term",
}


@dataclass(frozen=True, slots=True)
class FunctionIn:
    """A function and the file it is in."""

    file: str
    function: str


@dataclass(frozen=True, slots=True)
class _Held:
    """One decision of the two versions, for one trigger and size, held against itself."""

    function: str
    trigger: str
    changes: Changes
    partial: bool
    arming: Mask
    """The states that fork shares on both sides, and write-protects on one only."""


@dataclass(frozen=True, slots=True)
class _Change:
    """Page states with other answers; ``rank`` says how much they matter, the less the more."""

    held: _Held
    rank: int
    words: str
    was: str
    now: str
    breaks: tuple[Rule, ...] = ()
    mends: tuple[Rule, ...] = ()


class Versions:
    """A tree before and after a change, each read once."""

    def __init__(self, comparer: Comparer) -> None:
        self._before = comparer.before
        self._after = comparer.after
        self._comparer = comparer
        self._sides: dict[str, list[tuple[Side | None, Side | None]]] = {}
        self._against: dict[tuple[Decision, Decision], tuple[_Held, ...]] = {}

    @classmethod
    def of(cls, before: Tree, after: Tree) -> "Versions":
        """Return the versions that two trees are."""
        return cls(Comparer(read(before), read(after)))

    def meaning(self, before: FunctionIn, after: FunctionIn) -> str:
        """Return what became of the decisions that a function is, or is part of.

        ``before`` and ``after`` name it on either side; they are equal but for
        what was moved.  The line says that all answers are the same, or names
        the smallest state that is answered otherwise, the worst kind of change
        first.  It is empty where nothing can be held against each other: no
        decision is made there, or on one side only.
        """
        return _told(list(self._held(before, after)), before, after)

    def _held(self, before: FunctionIn, after: FunctionIn) -> Iterator[_Held]:
        """Yield what the two functions are part of, every decision once."""
        found = {}
        for name in (*_decisions(self._before, before), *_decisions(self._after, after)):
            if name not in self._sides:
                self._sides[name] = list(self._comparer.sides(name))
            for one, other in self._sides[name]:
                if one and other and (_follows(one, before) or _follows(other, after)):
                    found[one.decision, other.decision] = one, other
        for key, (one, other) in found.items():
            if key not in self._against:
                asked = _is_asked(one) or _is_asked(other)
                decides = asked and (_decides(one) or _decides(other))
                self._against[key] = tuple(self._held_against(one, other)) if decides else ()
            yield from self._against[key]

    def _held_against(self, one: Side, other: Side) -> Iterator[_Held]:
        if one.evaluation is None or other.evaluation is None:
            return
        changes = self._comparer.changes(one.evaluation, other.evaluation)
        yield _Held(
            function=other.decision.function,
            trigger=other.decision.entry.trigger,
            changes=changes,
            partial=bool(one.partial or other.partial or changes.unknown),
            arming=armed_otherwise(changes),
        )


def _decisions(explainer: Explainer, place: FunctionIn) -> list[str]:
    """Return the functions that decide and are this one, or are followed into it."""
    found = explainer.code.place(place.function)
    if found is None or found[0] != place.file:
        return []  # of two functions of one name the other one is evaluated
    above = arm_entries(explainer.code, place.function, (), explainer.features)
    return list(dict.fromkeys(name for name, _ in above))


def _follows(side: Side, place: FunctionIn) -> bool:
    """Tell whether a function was gone through when a decision was evaluated."""
    return side.evaluation is not None and place.function in side.evaluation.nodes_of


def _is_asked(side: Side) -> bool:
    """Tell whether a decision shows itself when it is asked: else a write fault is a guess."""
    explainer, decision = side.explainer, side.decision
    own = own_entries(explainer.code, decision.function, explainer.features)
    return decision.entry.trigger in {one.trigger for one in own}


def _decides(side: Side) -> bool:
    """Tell whether something becomes of the page, and that depends on who has it.

    What is only returned is for others to use.  Where no fault is handled, a page
    may be mapped whoever has it: a new one, or one of a shared mapping.
    """
    evaluation = side.evaluation
    if evaluation is None or not any(name in OUTCOMES for name in evaluation.outcomes):
        return False
    reused = evaluation.possible("reuse")
    return evaluation.entry.trigger != "other" or (some(reused) and not reused.all())


def armed_otherwise(changes: Changes) -> Mask:
    """Return the states that fork shares on both sides, and write-protects on one only.

    Whether it was a COW mapping is tried both ways, so it counts whether the
    entry can be protected, not whether it always is.
    """
    shared, armed = [], []
    for evaluation, numbers in (
        (changes.before, changes.aligned.before),
        (changes.after, changes.aligned.after),
    ):
        shared.append(evaluation.possible("share")[numbers])
        armed.append(_armed(evaluation)[numbers])
    found: Mask = changes.told & shared[0] & shared[1] & (armed[0] != armed[1])
    return found if changes.after.entry.trigger == "fork" else found & False


def _armed(evaluation: Evaluation) -> Mask:
    found = evaluation.world.values.none
    for outcome, mask, node in evaluation.ends():
        if outcome == "share":
            found = found | (mask & evaluation.armed(node))
    return found


# ----------------------------------------------------------------------- words


def _told(held: list[_Held], before: FunctionIn, after: FunctionIn) -> str:
    """Return the line about all decisions that a function is part of."""
    of = sum(int(one.changes.told.sum()) for one in held)
    if not of:
        return ""
    partial = any(one.partial for one in held)
    changes = [change for one in held for change in (*_answered(one), *_armings(one))]
    if not changes:
        lost = any(one.changes.aligned.notes for one in held)
        return SAME_SO_FAR if partial else SAME_BOTH if lost else SAME
    first = min(changes, key=lambda one: one.rank)
    differ = sum(int((one.changes.differ | one.arming).sum()) for one in held)
    parts = [
        f"{_where(first.held, held, before, after)}{first.words}: "
        f"was {first.was}, is now {first.now}",
        *_rules(first, changes),
        f"{differ} of {of} page states differ",
        *(["not all of it could be followed"] if partial else []),
    ]
    return "; ".join(parts)


def _answered(held: _Held) -> Iterator[_Change]:
    """Yield the changed states of one decision, the smallest first."""
    for group in groups(held.changes):
        rank = 0 if group.breaks else 1 if group.mends else 2
        was, now = _listed(group.before), _listed(group.after)
        yield _Change(held, rank, _state(group), was, now, group.breaks, group.mends)


def _state(group: ChangedGroup) -> str:
    """Return the smallest state of a group, in the words of the side that has more of them."""
    return max(group.witness_after.words, group.witness_before.words, key=len)


def _armings(held: _Held) -> Iterator[_Change]:
    """Yield the smallest state that fork write-protects on one side only."""
    if not some(held.arming):
        return
    aligned, after = held.changes.aligned, held.changes.after
    numbers = np.flatnonzero(held.arming)
    first = int(numbers[np.argmin(aligned.weights[numbers])])
    state = int(aligned.after[first])
    gained = bool(_armed(after)[state])
    was, now = (_LEFT, _ARMED) if gained else (_ARMED, _LEFT)
    page = words(after.universe.state(state), after.entry.trigger)
    yield _Change(held, 1 if gained else 0, page, was, now)


def _where(first: _Held, held: Iterable[_Held], before: FunctionIn, after: FunctionIn) -> str:
    """Return in which decision it is, and when, unless the step itself says so."""
    told = ""
    if first.function not in (before.function, after.function):
        told += f"in {first.function}, "
    triggers = {one.trigger for one in held if one.function == first.function}
    if len(triggers) > 1 and first.trigger in _AT:
        told += f"{_AT[first.trigger]}, "
    return told


def _rules(first: _Change, changes: Iterable[_Change]) -> Iterator[str]:
    """Yield what that state breaks and mends, then what only others do."""
    elsewhere = list(changes)
    for verb, own, others in (
        ("breaks", first.breaks, [one.breaks for one in elsewhere]),
        ("mends", first.mends, [one.mends for one in elsewhere]),
    ):
        if own:
            yield f"{verb} {' and '.join(own)}"
        more = sorted({rule for rules in others for rule in rules} - set(own))
        if more:
            yield f"{verb} {' and '.join(more)} in other states"


def _listed(outcomes: tuple[str, ...]) -> str:
    return " or ".join(outcomes) if outcomes else "unknown"
