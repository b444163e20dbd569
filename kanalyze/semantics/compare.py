"""Two revisions of a tree: the page states in which a decision comes to something else."""

from collections.abc import Collection, Iterator
from dataclasses import dataclass

from kanalyze.semantics.aligned import align
from kanalyze.semantics.changed import Changes, groups
from kanalyze.semantics.evaluate import Evaluation
from kanalyze.semantics.explainer import Explainer, never_asks
from kanalyze.semantics.given import Tree
from kanalyze.semantics.model import ChangedGroup, Comparison, Difference, Direction
from kanalyze.semantics.pairs import Decision, pairs
from kanalyze.semantics.reading import read


def compare(before: Tree, after: Tree, wanted: str = "") -> Comparison:
    """Return for every decision of either tree the states whose outcomes changed.

    ``wanted`` names one function, or a site in it, of either tree; then that
    one is compared, and be it a predicate.
    """
    return Comparer(read(before), read(after)).comparison(wanted)


@dataclass(frozen=True, slots=True)
class Side:
    """One decision in its tree and its evaluation, None if the function could not be read."""

    explainer: Explainer
    decision: Decision
    evaluation: Evaluation | None

    @property
    def place(self) -> tuple[str, str, int]:
        """Return the function, its file and its line."""
        name = self.decision.function
        found = self.explainer.code.place(name)
        return (name, found[0], found[1].line) if found else (name, "", 0)

    @property
    def never_asks(self) -> bool:
        """Tell whether no fault calls it, and it does not ask who has the page."""
        evaluation = self.evaluation
        return (
            evaluation is not None
            and self.decision.entry.trigger == "other"
            and never_asks(evaluation)
        )

    @property
    def partial(self) -> tuple[str, ...]:
        """Return what could not be evaluated."""
        if self.evaluation is None:
            return (f"{self.decision.function}: could not be read",)
        return self.evaluation.partial


@dataclass(frozen=True, slots=True)
class _Found:
    """What came of comparing: ``of`` states, the changed ones among them in groups."""

    direction: Direction = "changes"
    states: int = 0
    of: int = 0
    groups: tuple[ChangedGroup, ...] = ()
    unknown: tuple[str, ...] = ()


class Comparer:
    """Two trees, each read once; compares the decisions it is asked for."""

    def __init__(self, before: Explainer, after: Explainer) -> None:
        self.before = before
        self.after = after
        self.names = (_name(before.tree), _name(after.tree))
        self._same: dict[str, bool] = {}
        self._notes: dict[str, None] = {}

    def comparison(self, wanted: str = "", *, among: Collection[str] | None = None) -> Comparison:
        """Return the differences of all decisions, or of the wanted function.

        With ``among`` only of decisions that have one of these names on a side.
        """
        differences = tuple(
            difference
            for one, other in self.sides(wanted, among=among)
            if (difference := self._difference(one, other, every=not wanted)) is not None
        )
        return Comparison(
            tree=self.after.tree.name,
            before=self.names[0],
            after=self.names[1],
            differences=differences,
            notes=tuple(self._notes),
        )

    def changes(self, before: Evaluation, after: Evaluation) -> Changes:
        """Return one evaluation held against another, state by state."""
        aligned = align(before.universe, after.universe, self.names)
        self._notes.update(dict.fromkeys(aligned.notes))
        return Changes(before, after, aligned)

    # ------------------------------------------------------------ evaluation

    def sides(
        self, wanted: str = "", *, among: Collection[str] | None = None
    ) -> Iterator[tuple[Side | None, Side | None]]:
        """Yield every decision evaluated on both sides, None where there is none."""
        for pair in pairs(self.before, self.after, wanted):
            one, other = pair.before, pair.after
            if among is not None and not any(
                side and side.function in among for side in (one, other)
            ):
                continue
            if one is None or other is None:
                yield (
                    _side(self.before, one) if one else None,
                    _side(self.after, other) if other else None,
                )
            else:
                yield self._both_sides(one, other)

    def _both_sides(self, one: Decision, other: Decision) -> tuple[Side, Side]:
        before = _side(self.before, one)
        if one == other and self._reads_the_same(one.function):
            # The same text to the last letter need not be followed twice.
            return before, Side(self.after, other, before.evaluation)
        after = _side(self.after, other)
        if _answers(before) != _answers(after):
            # One shows what it does to the page, the other only returns something.
            return _shown(before), _shown(after)
        return before, after

    def _reads_the_same(self, name: str) -> bool:
        """Tell whether a function and all that it can call are the same text in both trees."""
        old, new = self.before.code, self.after.code
        seen, waiting = {name}, [name]
        while waiting:
            one = waiting.pop()
            if not self._same_text(one):
                return False
            further = {word for word in old.words(one) if word in old or word in new} - seen
            seen |= further
            waiting += further
        return self.before.features == self.after.features

    def _same_text(self, name: str) -> bool:
        if name not in self._same:
            one, other = self.before.code.place(name), self.after.code.place(name)
            both = one is not None and other is not None
            self._same[name] = both and one[1].text == other[1].text  # type: ignore[index]
        return self._same[name]

    # ------------------------------------------------------------ difference

    def _difference(
        self, one: Side | None, other: Side | None, *, every: bool
    ) -> Difference | None:
        side = other or one
        assert side is not None
        if (one is None or other is None) and side.never_asks:
            return None
        if every and all(_answers(each) for each in (one, other) if each):
            return None  # for this size or trigger it decides nothing
        found = self._found(one, other)
        partial = [
            f"{when}: {what}"
            for when, each in (("before", one), ("after", other))
            for what in (each.partial if each else ())
        ]
        if not found.of and not partial:
            return None
        function_before, file_before, line_before = one.place if one else ("", "", 0)
        function_after, file_after, line_after = other.place if other else ("", "", 0)
        return Difference(
            function_before=function_before,
            function_after=function_after,
            file_before=file_before,
            file_after=file_after,
            line_before=line_before,
            line_after=line_after,
            trigger=side.decision.entry.trigger,
            size=side.decision.entry.size,
            direction=found.direction,
            states=found.states,
            of=found.of,
            groups=found.groups,
            partial=(*partial, *found.unknown),
        )

    def _found(self, one: Side | None, other: Side | None) -> _Found:
        if one is None or other is None:
            evaluation = (other or one).evaluation  # type: ignore[union-attr]
            return _Found(of=evaluation.universe.size if evaluation else 0)
        if one.evaluation is None or other.evaluation is None:
            return _Found()
        changes = self.changes(one.evaluation, other.evaluation)
        return _Found(
            direction=changes.direction,
            states=int(changes.differ.sum()),
            of=int(changes.told.sum()),
            groups=tuple(groups(changes)),
            unknown=changes.unknown,
        )


def _name(tree: Tree) -> str:
    return tree.describe or tree.commit[:12] or tree.name


def _side(explainer: Explainer, decision: Decision) -> Side:
    evaluation = explainer.evaluation(decision.function, decision.entry)
    return Side(explainer, decision, evaluation)


def _answers(side: Side) -> bool:
    """Tell whether the outcomes are what the function returns."""
    outcomes = side.evaluation.outcomes if side.evaluation else ()
    return any(name.startswith("return ") for name in outcomes)


def _shown(side: Side) -> Side:
    """Return a side whose outcomes are what it does to the page, if it does nothing to it, too."""
    if not _answers(side) or side.evaluation is None:
        return side
    explainer, decision = side.explainer, side.decision
    evaluation = explainer.followed(decision.function, decision.entry)
    return Side(explainer, decision, evaluation)
