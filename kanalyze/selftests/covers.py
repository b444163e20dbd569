"""What a recipe is about: the decisions that it comes to, in which state of the page."""

import functools
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

import numpy as np

from kanalyze.selftests.cases import Covered
from kanalyze.selftests.pieces import Piece
from kanalyze.selftests.recipes import Moment, Recipe, RuleName
from kanalyze.selftests.scope import Thing
from kanalyze.selftests.through import Reach, sizes
from kanalyze.semantics.code import Code
from kanalyze.semantics.evaluate import Evaluation
from kanalyze.semantics.explainer import Explainer
from kanalyze.semantics.states import GUP, PageState, Size, Trigger
from kanalyze.semantics.universe import Columns
from kanalyze.semantics.values import Mask


@dataclass(frozen=True, slots=True)
class StateGroup:
    """Page states in which a decision can come to the same, and one rule has something to say."""

    function: str
    trigger: Trigger
    size: Size
    outcomes: tuple[str, ...]
    rule: RuleName


@dataclass(frozen=True, slots=True)
class About:
    """What a recipe is about: state groups with the steps there, and things that it gets to."""

    groups: tuple[tuple[StateGroup, str], ...]
    covers: tuple[Covered, ...]


_NO_MOMENT = GUP | {"other"}


class Decisions:
    """The decision functions of a tree, by when they are asked: found by evaluation, not by name.

    Those that are called for something else than a fault or a fork have no
    moment in a recipe, and GUP is a reference's; they are reached through what
    asks for it.
    """

    def __init__(self, explainer: Explainer, things: Iterable[Thing]) -> None:
        self._features = explainer.features
        self._at: dict[tuple[Trigger, Size], list[Decision]] = {}
        things = tuple(things)
        for name in explainer.decisions():
            for found in explainer.evaluations(name):
                if found.entry.trigger not in _NO_MOMENT:
                    place = (found.entry.trigger, found.entry.size)
                    self._at.setdefault(place, []).append(Decision(explainer.code, found, things))

    def at(self, moment: Moment) -> "Iterator[tuple[Decision, int]]":
        """Yield what decides at a moment, with the number of the page's state there."""
        number = moment.number(self._features)
        if number is not None:
            for decision in self._at.get((moment.trigger, moment.state.size), ()):
                yield decision, number

    def __iter__(self) -> "Iterator[Decision]":
        for found in self._at.values():
            yield from found


class Decision:
    """One decision function with one trigger and size."""

    def __init__(self, code: Code, evaluation: Evaluation, things: tuple[Thing, ...]) -> None:
        self._code = code
        self.evaluation = evaluation
        self._things = things

    def group(self, number: int) -> StateGroup:
        """Return the group that a state is in."""
        found = self.evaluation
        return StateGroup(
            found.program.name,
            found.entry.trigger,
            found.entry.size,
            found.of(number),
            rule(found.universe.state(number)),
        )

    def places(self) -> Iterator[Thing]:
        """Yield the sites that it is followed to, in whatever state."""
        yield from (thing for thing, _ in self._places)

    def things(self, number: int) -> Iterator[Thing]:
        """Yield the sites that the page comes to in a state."""
        for thing, mask in self._places:
            if mask[number]:
                yield thing

    @functools.cached_property
    def _places(self) -> tuple[tuple[Thing, Mask], ...]:
        lines: dict[tuple[str, str, int], Mask] = {}
        for name, nodes in self.evaluation.nodes_of.items():
            program = self._code.program(name)
            assert program is not None
            for node in nodes:
                if program.expressions[node.vertex] is not None:
                    key = (program.file, name, program.line_of(node.vertex))
                    lines[key] = lines[key] | node.mask if key in lines else node.mask
        return tuple(
            (thing, lines[key])
            for thing in self._things
            if thing.site
            for key in [(thing.site.file, thing.site.function, thing.site.line)]
            if key in lines
        )

    def groups(self) -> Iterator[tuple[StateGroup, int, int]]:
        """Yield the groups of states, with the smallest state of each and how many there are."""
        found = self.evaluation
        code = np.zeros(found.universe.size, np.int64)
        for place, mask in enumerate(found.outcomes.values()):
            code |= mask.astype(np.int64) << place
        code = code * 3 + _rules(found.universe.columns)
        for one in np.unique(code):
            mask = code == one
            smallest = found.universe.smallest(mask)
            yield self.group(smallest), smallest, int(mask.sum())


def rule(state: PageState) -> RuleName:
    """Return the rule that has something to say about a page in a state."""
    if state.shared:
        return "r1"
    return "r3" if state.my_pins else "r2"


def _rules(columns: Columns) -> np.ndarray[tuple[int], np.dtype[np.int64]]:
    return np.where(columns.shared, 0, np.where(columns.my_pins > 0, 2, 1)).astype(np.int64)


class Covering:
    """Tells what the recipes are about, in one tree and scope."""

    def __init__(self, explainer: Explainer, reach: Reach, things: tuple[Thing, ...]) -> None:
        self._features = explainer.features
        self.decisions = Decisions(explainer, things)
        self._reach = reach
        self._through = tuple((thing, sizes(thing.site)) for thing in things if thing.site)
        self._reached: dict[tuple[str, Trigger, Size], tuple[Covered, ...]] = {}
        self._known: dict[Moment, tuple[tuple[StateGroup, ...], tuple[Covered, ...]]] = {}

    def about(self, recipe: Recipe) -> About:
        """Return what a recipe is about; nothing for a state that the tree does not have."""
        groups: dict[tuple[StateGroup, str], None] = {}
        covers: dict[str, Covered] = {}
        for moment in recipe.moments:
            decided, found = self._decided(moment)
            steps = [piece.path for piece in moment.steps]
            groups.update(dict.fromkeys((group, step) for group in decided for step in steps))
            for one in found:
                covers.setdefault(one.id, one)
        size = recipe.size_before_arm
        for piece in self._asking(recipe):
            for one in self._asked(piece, "unmap" if piece is recipe.arm else "other", size):
                covers.setdefault(one.id, one)
        return About(tuple(groups), tuple(covers.values()))

    def _decided(self, moment: Moment) -> tuple[tuple[StateGroup, ...], tuple[Covered, ...]]:
        """Return what decides at a moment, and the things that it comes to."""
        if moment not in self._known:
            found = list(self.decisions.at(moment))
            said = moment.at(self._features).words
            self._known[moment] = (
                tuple(decision.group(number) for decision, number in found),
                tuple(
                    covered(thing, moment.trigger, moment.state.size, said)
                    for decision, number in found
                    for thing in decision.things(number)
                ),
            )
        return self._known[moment]

    @staticmethod
    def _asking(recipe: Recipe) -> Iterator[Piece]:
        """Yield the pieces that ask the kernel for something by name, where a rule watches it.

        What a page that is mine alone and not pinned goes through tells nothing
        about arming: it may be copied.
        """
        if recipe.rule != "r2":
            yield recipe.arm
        yield recipe.reference
        yield recipe.access

    def _asked(self, piece: Piece, trigger: Trigger, size: Size) -> tuple[Covered, ...]:
        """Return what a piece gets to by what it asks for, with a page of a size."""
        key = (piece.path, trigger, size)
        if key not in self._reached:
            functions = self._reach.of(piece)
            self._reached[key] = tuple(
                covered(thing, trigger, size)
                for thing, fits in self._through
                if thing.function in functions and size in fits
            )
        return self._reached[key]


def covered(thing: Thing, trigger: Trigger, size: Size, state: str = "") -> Covered:
    """Return a thing as what a case covers."""
    return Covered(
        id=thing.id,
        kind=thing.kind,
        function=thing.function,
        file=thing.file,
        predicate=thing.predicate,
        commit=thing.commit,
        trigger=trigger,
        size=size,
        state=state,
    )
