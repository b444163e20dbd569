"""Recipes: how a page is brought into a state and accessed, and which rule then speaks.

A recipe takes one piece of each kind.  Most say something only in one or two of
them: the rest is as plain as can be.  Which rule has something to say is read
off the state: rule 1 where somebody else can read the page, rule 3 where it is
mine alone and pinned, rule 2 where it is mine alone and is not.
"""

import functools
import itertools
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from typing import Literal

import msgspec

from kanalyze.selftests.algebra import NOTHING, Fields, changed, page_state
from kanalyze.selftests.pieces import Kind, Piece, Pieces
from kanalyze.semantics.states import Features, PageState, Size, Trigger
from kanalyze.semantics.universe import universe
from kanalyze.semantics.words import words

RuleName = Literal["r1", "r2", "r3"]

# What a step is where nothing is to be said by it.
_PLAIN: dict[Kind, str] = {"other": "alone", "reference": "none", "arm": "none", "access": "write"}


@dataclass(frozen=True, slots=True)
class Moment:
    """A time at which the kernel decides about the page: the trigger, and the page just before.

    ``steps`` are the pieces that had acted by then, or that act now.
    """

    trigger: Trigger
    state: PageState
    steps: tuple[Piece, ...] = field(compare=False)

    def at(self, features: Features) -> "Moment":
        """Return the same on a tree that has such features: not all have an exclusive bit."""
        exclusive = self.state.exclusive and features.exclusive_bit
        return replace(self, state=replace(self.state, exclusive=exclusive))

    def number(self, features: Features) -> int | None:
        """Return the number of the state where a tree has such features; None if it has none."""
        state = self.at(features).state
        return universe(self.trigger, state.size, features).number(state)

    @property
    def words(self) -> str:
        """The state, as a reviewer would say it."""
        return words(self.state, self.trigger)


@dataclass(frozen=True, kw_only=True)  # no slots: what is computed is kept
class Recipe:
    """The pieces by which a page gets into a state and is accessed."""

    memory: Piece
    other: Piece
    reference: Piece
    arm: Piece
    access: Piece

    @functools.cached_property
    def pieces(self) -> tuple[Piece, ...]:
        """All of them, in the order in which they act."""
        return (self.memory, self.other, self.reference, self.arm, self.access)

    @functools.cached_property
    def fits(self) -> bool:
        """Tell whether all pieces go with the memory."""
        return all(not piece.memory or self.memory.name in piece.memory for piece in self.pieces)

    @functools.cached_property
    def before_arm(self) -> Fields:
        """The page before anything happens to my mapping."""
        state = self._before_reference
        if _pins(self.reference) and not self.memory.shared:
            # Who pins a page that is not mine alone gets one that is.
            state = {**state, **_MINE}
        taken = dict(_of_page(self.reference))
        if self.memory.shared:  # there is no exclusive bit but of anonymous pages
            taken.pop("exclusive", None)
        return changed(state, taken.items(), self.reference.path)

    @functools.cached_property
    def size_before_arm(self) -> Size:
        """The size of the page that is armed."""
        return page_state(self.before_arm).size

    @functools.cached_property
    def _before_reference(self) -> Fields:
        state = changed(NOTHING, self.memory.state, self.memory.path)
        return changed(state, self.other.state, self.other.path)

    @functools.cached_property
    def moments(self) -> tuple[Moment, ...]:
        """When the kernel decides about the page, in order; the access is the last."""
        if self.memory.shared:
            return (Moment("other", self.state, self.pieces[1:]),)
        found = []
        for count, piece, state in (
            (3, self.reference, self._before_reference),
            (4, self.arm, self.before_arm),
        ):
            trigger = dict(piece.state).get("trigger")
            if trigger:
                page = page_state(state)
                swapped = page.my_swaps and not page.my_maps and trigger != "fork"
                asked = "swap-in" if swapped else _trigger(trigger)
                found.append(Moment(asked, page, self.pieces[1:count]))
        return (*found, Moment(self.trigger, self.state, self.pieces[1:]))

    @functools.cached_property
    def state(self) -> PageState:
        """The page when it is accessed, on a kernel that keeps the rules."""
        state = self.before_arm
        if not _pins(self.reference):
            state = changed(state, _of_page(self.arm), self.arm.path)
        return page_state(state)

    @property
    def trigger(self) -> Trigger:
        """What the kernel sees in the access."""
        state = self.state
        return "swap-in" if not state.my_maps and state.my_swaps else "write-fault"

    @property
    def size(self) -> Size:
        """The size of what is accessed."""
        return self.state.size

    @functools.cached_property
    def rule(self) -> RuleName:
        """The rule that has something to say about the access."""
        if self.memory.shared:  # of what all see, only whether a pin stays can be asked
            return "r3"
        state = self.state
        if state.shared:
            return "r1"
        return "r3" if state.my_pins else "r2"

    @property
    def name(self) -> str:
        """What programs call it; where there are sizes, the first word has one behind it."""
        parts = (piece.name.replace("_", "-") for piece in self.pieces)
        return " ".join([*parts, self.rule.upper()])

    def possible(self, features: Features) -> bool:
        """Tell whether a kernel with these features can have the page in that state."""
        return self.memory.shared or self.moments[-1].number(features) is not None


_MINE: Fields = {
    "anonymous": 1, "ksm": 0, "exclusive": 1, "other_maps": 0, "other_swaps": 0,
    "other_refs": 0, "other_pins": 0,
}  # fmt: skip


def _is_had(memory: Piece) -> bool:
    """Tell whether it is said who has the page: memory that is only for races has a size."""
    return bool({"my_maps", "my_swaps"} & dict(memory.state).keys())


def _pins(piece: Piece) -> bool:
    return any(name == "my_pins" for name, _ in piece.state)


def _trigger(name: object) -> Trigger:
    found: Trigger = msgspec.convert(name, Trigger)
    return found


def _of_page(piece: Piece) -> list[tuple[str, bool | int | str]]:
    """Return what a piece does to the page; what it is to the kernel is not part of that."""
    return [(name, change) for name, change in piece.state if name != "trigger"]


class Cookbook:
    """All recipes that are worth a test."""

    def __init__(self, pieces: Pieces) -> None:
        self._pieces = pieces

    def recipes(self) -> Iterator[Recipe]:
        """Yield the recipes, memory by memory."""
        for memory in filter(_is_had, self._pieces.of("memory")):
            seen: set[tuple[str, ...]] = set()
            asked = (self._shared, self._mine, self._pinned)
            ways = (way(memory) for way in (asked[2:] if memory.shared else asked))
            for recipe in itertools.chain.from_iterable(ways):
                names = tuple(piece.name for piece in recipe.pieces)
                if recipe.fits and names not in seen:
                    seen.add(names)
                    yield recipe

    def _shared(self, memory: Piece) -> Iterator[Recipe]:
        """Yield what is shared with others: by all of them, and accessed in all ways."""
        for other in self._pieces.of("other"):
            yield self._recipe(memory, other=other)
        for other in self._of_a_kind("other"):
            for arm in self._pieces.of("arm"):
                yield self._recipe(memory, other=other, arm=arm)
            for access in self._pieces.of("access"):
                yield self._recipe(memory, other=other, access=access)

    def _mine(self, memory: Piece) -> Iterator[Recipe]:
        """Yield what is mine alone, with plain references and without."""
        for other in self._pieces.of("other"):
            for reference in self._pieces.of("reference"):
                if not _pins(reference):
                    yield self._recipe(memory, other=other, reference=reference)

    def _pinned(self, memory: Piece) -> Iterator[Recipe]:
        """Yield what is pinned, and what then happens to it."""
        for reference in self._pieces.of("reference"):
            if _pins(reference):
                for arm in self._pieces.of("arm"):
                    yield self._recipe(memory, reference=reference, arm=arm)
                for other in self._of_a_kind("other"):
                    yield self._recipe(memory, other=other, reference=reference)

    def _of_a_kind(self, kind: Kind) -> Iterator[Piece]:
        """Yield one piece of those that do the same to the page; the plain one first.

        What goes with some memory only is there for more than what the state says.
        """
        seen: list[object] = []
        for piece in (self._plain(kind), *self._pieces.of(kind)):
            does = (piece.state, piece.name if piece.memory else "")
            if does not in seen:
                seen.append(does)
                yield piece

    def _plain(self, kind: Kind) -> Piece:
        return self._pieces[f"{kind}/{_PLAIN[kind]}"]

    def _recipe(self, memory: Piece, **given: Piece) -> Recipe:
        steps = {kind: given.get(kind) or self._plain(kind) for kind in _PLAIN}
        return Recipe(memory=memory, **steps)
