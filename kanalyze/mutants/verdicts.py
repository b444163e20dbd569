"""Which mutants answer otherwise in some page state, found before anything is built."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np

from kanalyze.mutants.change import Change, edited_function
from kanalyze.mutants.model import MutantWitness, Verdict
from kanalyze.semantics.arms import audit
from kanalyze.semantics.compare import Comparer
from kanalyze.semantics.evaluate import Evaluation
from kanalyze.semantics.explainer import Explainer
from kanalyze.semantics.given import Tree
from kanalyze.semantics.meaning import armed_otherwise
from kanalyze.semantics.model import ArmAudit, ChangedGroup, Difference
from kanalyze.semantics.reading import read
from kanalyze.semantics.values import Mask
from kanalyze.semantics.words import words
from kanalyze.semantics.world import EXCLUSIVE


@dataclass(frozen=True, slots=True)
class Judged:
    """What is told about one change."""

    verdict: Verdict
    why: str
    witness: MutantWitness | None = None


@dataclass(frozen=True, slots=True)
class _Shown:
    """Page states of one decision that are answered otherwise."""

    difference: Difference
    group: ChangedGroup


_OF_SECTIONS = Judged("unknown", "what a seqcount keeps apart happens at once: no page state tells")


_SIZES = ("small", "pmd", "hugetlb", "large")
# What comes of it where a lock is not free, or a swap cache entry cannot be dropped.
_GIVING_UP = frozenset({"none", "copy", "retry", "back-off", "fault"})
# What it comes to where nothing failed: of a fault, and of get_user_pages().
_GOING_ON = frozenset({"reuse", "follow"})


class Judge:
    """One tree, evaluated once; each change is held against it."""

    def __init__(self, tree: Tree) -> None:
        self._before = read(tree)
        self._decisions: dict[str, None] = dict.fromkeys(self._before.decisions())
        self._through: dict[str, dict[str, list[Evaluation]]] = {}
        for decision in self._decisions:
            for evaluation in self._before.evaluations(decision):
                for name in evaluation.nodes_of:
                    users = self._through.setdefault(name, {})
                    users.setdefault(decision, []).append(evaluation)
        self._arming = dict.fromkeys(s.function for s in tree.sites if s.role == "arm")
        self._audits: dict[str, tuple[ArmAudit, ...]] = {}

    def judged(self, change: Change) -> Judged:
        """Return whether a change can be noticed in any page state, and by what."""
        if change.operator.startswith(("ignore-", "drop-read-side", "drop-write-side")):
            return _OF_SECTIONS
        function = change.function
        found = self._before.code.place(function.name)
        if found is None or found != (change.file, function):
            return Judged("unknown", "another definition of the function is the one evaluated")
        after = self._before.edited(change.file, function, edited_function(change))
        comparer = Comparer(self._before, after)
        return (
            self._by_decisions(comparer, function.name)
            or self._by_audits(after, change)
            or self._by_answers(comparer, function.name)
            or self._unseen(change)
        )

    # ------------------------------------------------------------- decisions

    def _by_decisions(self, comparer: Comparer, function: str) -> Judged | None:
        """Return the worst difference of the decisions that come through a function."""
        found: list[_Shown] = []
        for decision in self._through.get(function, ()):
            found += [
                _Shown(difference, group)
                for difference in comparer.comparison(decision).differences
                for group in difference.groups
                if not _gives_up_less(group)
            ]
            if any(one.group.breaks for one in found):
                break  # it gets no worse
        if found:
            worst = min(found, key=_rank)  # of those that are as bad the first, the smallest
            return Judged(
                "distinct",
                _told(worst.difference, worst.group),
                _witness(worst.difference, worst.group),
            )
        for decision, evaluations in self._through.get(function, {}).items():
            if any(one.entry.trigger == "fork" for one in evaluations):
                left = self._left_behind(comparer, decision)
                if left is not None:
                    return left
        return None

    @staticmethod
    def _left_behind(comparer: Comparer, decision: str) -> Judged | None:
        """Return a state that fork shares as before, and leaves writable or exclusive to one."""
        for one, other in comparer.sides(decision):
            if one is None or other is None or one.evaluation is None or other.evaluation is None:
                continue
            changes = comparer.changes(one.evaluation, other.evaluation)
            aligned = changes.aligned
            kept = _kept(one.evaluation)[aligned.before], _kept(other.evaluation)[aligned.after]
            for differs, was, now in (
                (armed_otherwise(changes), "write-protected", "left writable"),
                (kept[1] & ~kept[0], "not exclusive any more", "still exclusive"),
            ):
                numbers = np.flatnonzero(differs)
                if len(numbers):
                    first = numbers[np.argmin(aligned.weights[numbers])]
                    state = other.evaluation.universe.state(int(aligned.after[first]))
                    said = words(state, "fork")
                    witness = MutantWitness(
                        function=decision,
                        words=said,
                        before=(f"share, {was}",),
                        after=(f"share, {now}",),
                        breaks=("R1",),
                        states=len(numbers),
                    )
                    why = f"{decision}, {said}: was shared, {was}, is shared, {now}: breaks R1"
                    return Judged("distinct", why, witness)
        return None

    # ---------------------------------------------------------------- audits

    def _by_audits(self, after: Explainer, change: Change) -> Judged | None:
        """Return the arming site at which a pinned page is spared no more, or only now.

        Not one that is there no more: what it armed is not armed.
        """
        code, function = self._before.code, change.function.name
        for name in self._arming:
            near = (
                name == function
                or code.leads_to(name, function)
                or code.leads_to(function, name)
                or any(code.leads_to(caller, function) for caller in code.callers(name))
            )
            if not near:
                continue
            if name not in self._audits:
                self._audits[name] = tuple(audit(self._before, name))
            for one, other in zip(self._audits[name], audit(after, name), strict=True):
                differs = (one.verdict == "finding") != (other.verdict == "finding")
                if differs and one.id not in change.ids:
                    return _by_audit(one, other)
        return None

    # --------------------------------------------------------------- answers

    def _by_answers(self, comparer: Comparer, function: str) -> Judged | None:
        """Return another answer of a predicate that no decision evaluated comes through."""
        program = self._before.code.program(function)
        if self._through.get(function) or program is None or not program.returns_truth:
            return None
        for difference in comparer.comparison(function).differences:
            for group in () if difference.partial else difference.groups:
                return Judged("distinct", _told(difference, group), _witness(difference, group))
        return None

    # ---------------------------------------------------------- no difference

    def _unseen(self, change: Change) -> Judged:
        """Return whether all that asks was evaluated, and came by."""
        name = change.function.name
        through = self._through.get(name, {})
        if not through:
            return Judged("unknown", "no decision that explain evaluates comes through here")
        if any(one.form == "statement" for one in change.choices):
            return Judged("unknown", "what it leaves behind shows in a later decision only")
        missing = sorted(self._outside(name))
        if missing:
            more = f" and {len(missing) - 1} more" if len(missing) > 1 else ""
            why = f"no page state differs, but {missing[0]}{more} asks it too and is not evaluated"
            return Judged("unknown", why)
        for evaluations in through.values():
            for one in evaluations:
                if one.partial:
                    why = f"as far as it could be followed nothing differs: {one.partial[0]}"
                    return Judged("unknown", why)
        for lines in _lines(change):
            if not self._reached(name, lines, through):
                return Judged("unknown", "no page state that is evaluated comes there")
        decisions = ", ".join(through)
        return Judged("equivalent", f"same outcomes in every page state of {decisions}")

    def _outside(self, name: str) -> set[str]:
        """Return who calls a function and is part of no decision that is evaluated."""
        if name in self._decisions:
            return set()
        callers = set(self._before.code.callers(name)) - {name}
        return {one for one in callers if one not in self._through}

    def _reached(self, name: str, lines: range, through: dict[str, list[Evaluation]]) -> bool:
        program = self._before.code.program(name)
        return program is not None and any(
            program.line_of(node.vertex) in lines
            for evaluations in through.values()
            for one in evaluations
            for node in one.nodes_of.get(name, ())
            if program.expressions[node.vertex] is not None
        )


def _kept(evaluation: Evaluation) -> Mask:
    """Return the states that can be shared and keep the exclusive bit that is for one owner."""
    found = evaluation.world.values.none
    for outcome, mask, node in evaluation.ends():
        if outcome == "share":
            found = found | (mask & node.store[EXCLUSIVE].where(1))
    return found


def _lines(change: Change) -> Iterator[range]:
    """Yield the lines of the file on which a function is changed."""
    function = change.function
    for one in change.choices:
        first = function.line + function.text.count(b"\n", 0, one.start - function.offset)
        last = function.line + function.text.count(b"\n", 0, one.end - function.offset)
        yield range(first, last + 1)


def _rank(one: _Shown) -> tuple[int, int]:
    """Return how much a difference matters, and how simple the page is: the less the more."""
    kind = 0 if one.group.breaks else 1 if one.group.mends else 2
    return kind, _SIZES.index(one.difference.size)


def _gives_up_less(group: ChangedGroup) -> bool:
    """Tell a page that is still reused or followed, and not left alone where something failed.

    What both can come to depends on something outside the page state, as a lock
    that is not free: to do without it is no other answer.
    """
    lost = set(group.before) - set(group.after)
    return (
        not _GOING_ON.isdisjoint(group.after)
        and set(group.after) < set(group.before)
        and lost <= _GIVING_UP
        and not group.breaks
        and not group.mends
    )


def _witness(difference: Difference, group: ChangedGroup) -> MutantWitness:
    return MutantWitness(
        function=difference.function_after or difference.function_before,
        words=group.witness_after.words,
        before=group.before,
        after=group.after,
        breaks=group.breaks,
        states=difference.states,
    )


def _told(difference: Difference, group: ChangedGroup) -> str:
    was, now = _listed(group.before), _listed(group.after)
    broken = f": breaks {' and '.join(group.breaks)}" if group.breaks else ""
    name = difference.function_after or difference.function_before
    return f"{name}, {group.witness_after.words}: was {was}, is {now}{broken}"


def _by_audit(one: ArmAudit, other: ArmAudit) -> Judged:
    shown = other.witness or one.witness
    said = shown.words if shown is not None else "a page that I have pinned"
    witness = MutantWitness(
        function=one.function,
        words=said,
        before=(one.verdict,),
        after=(other.verdict,),
        breaks=("R3",) if other.verdict == "finding" else (),
        states=1,
    )
    why = f"{one.function}:{one.line} {one.text}: {said}: was {one.verdict}, is {other.verdict}"
    return Judged("distinct", why, witness)


def _listed(outcomes: Sequence[str]) -> str:
    return " or ".join(outcomes) if outcomes else "unknown"
