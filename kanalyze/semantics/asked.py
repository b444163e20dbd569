"""Which conditions an evaluation asked, and what came of either answer.

Gone through backwards, from the ends of the function to its entry and into
every function that was followed: each condition is told which states passed
each side of it, and which of these came to an outcome behind it.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass

import numpy as np

from kanalyze.semantics.code import Code
from kanalyze.semantics.evaluate import Evaluation
from kanalyze.semantics.paths import Node, Way
from kanalyze.semantics.values import Mask, Value, some
from kanalyze.semantics.world import LRU, OTHER_MAPS, OUTCOME, RETURN, SWAP_CACHE
from kanalyze.source.expressions import Assign, Call, Expr, squeezed
from kanalyze.source.graph import Kind

# What becomes of the page: no outcome that is noted later changes it.
_FINAL = ("reuse", "copy")
# What only says that it is decided another time.
_PUT_OFF = ("none", "retry")

Place = tuple[str, int]
"""A vertex: the function and its number there."""


@dataclass(slots=True)
class Side:
    """The states that passed one side of a condition, and those that came to the outcome.

    ``later`` are those that were asked another decisive question behind it.
    """

    passed: Mask
    came: Mask
    later: Mask


@dataclass(slots=True)
class Asked:
    """One condition: its sides by answer, and the states in which the page does not tell it."""

    sides: dict[str, Side]
    open: Mask

    @property
    def telling(self) -> bool:
        """Tell whether the answer depends on the page: known somewhere, and not always the same."""
        known = any(some(side.passed & ~self.open) for side in self.sides.values())
        return known and len(self.sides) > 1

    @property
    def refuses(self) -> bool:
        """Tell whether one answer keeps everybody from the outcome, there and then."""
        none = [side for side in self.sides.values() if not some(side.came)]
        return len(none) < len(self.sides) and any(not some(side.later) for side in none)

    @property
    def admits(self) -> bool:
        """Tell whether one answer brings everybody to the outcome, there and then."""
        every = [side for side in self.sides.values() if not some(side.passed & ~side.came)]
        return len(every) < len(self.sides) and any(not some(side.later) for side in every)

    @property
    def decisive(self) -> bool:
        """Tell whether one of its answers settles what becomes of the page."""
        return self.telling and (self.refuses or self.admits)


@dataclass(frozen=True, slots=True)
class Answers:
    """All conditions that were asked, and the statements by which the page lost a reference.

    ``drops`` are the statements at which the page left an LRU cache or the swap
    cache: also those that only call what does that.
    """

    conditions: dict[Place, Asked]
    drops: frozenset[Place]
    nested: dict[Place, frozenset[Place]]
    """What was asked in functions that were followed from a vertex."""

    def inside(self, place: Place) -> frozenset[Place]:
        """Return the vertices of what was followed from a vertex."""
        return self.nested.get(place, frozenset())


def answers(
    code: Code, evaluation: Evaluation, outcome: str, asks: Callable[[Place], object]
) -> Answers:
    """Return what an evaluation asked on its ways to and past an outcome.

    ``asks`` tells whether a condition asks who has the page by itself, and not
    for what a helper has answered.
    """
    first = _Backwards(code, evaluation, outcome, frozenset()).answers()
    again = frozenset(
        place for place, asked in first.conditions.items() if asked.decisive and asks(place)
    )
    return _Backwards(code, evaluation, outcome, again).answers()


class _Backwards:
    """Takes the states of each end back to the entry."""

    def __init__(
        self, code: Code, evaluation: Evaluation, outcome: str, asking: frozenset[Place]
    ) -> None:
        self._code = code
        self._evaluation = evaluation
        self._asking = asking
        self._none = evaluation.world.values.none
        self._passed: dict[Node, Mask] = {}
        self._came: dict[Node, Mask] = {}
        self._later: dict[Node, Mask] = {}
        self._ends: list[Node] = []
        self._final: set[int] = set()  # the codes of outcomes that stay once they are noted
        for name, mask, node in evaluation.ends():
            if name in _PUT_OFF:
                continue
            self._add(node, Side(mask, mask if name == outcome else self._none, self._none))
            self._ends.append(node)
            if name in _FINAL:
                self._final |= {int(code) for code in np.unique(node.store[OUTCOME].data[mask])}
        self._found: dict[Place, Asked] = {}
        self._drops: set[Place] = set()

    def answers(self) -> Answers:
        order = _order(self._ends)
        for node in order:
            for way in node.ways:
                self._take_back(node, way)
            if node.caller is not None and node in self._later:
                nothing = self._none
                self._add(node.caller, Side(nothing, nothing, self._later[node]))
        return Answers(self._found, frozenset(self._drops), _nested(order))

    def _add(self, node: Node, side: Side) -> None:
        self._passed[node] = self._passed.get(node, self._none) | side.passed
        self._came[node] = self._came.get(node, self._none) | side.came
        self._later[node] = self._later.get(node, self._none) | side.later

    def _take_back(self, node: Node, way: Way) -> None:
        passed = self._passed.get(node, self._none) & way.mask
        if not some(passed):
            return
        here = Side(passed, self._came[node] & way.mask, self._later[node] & way.mask)
        place = (way.origin.function, way.origin.vertex)
        if way.condition >= 0:
            self._answered(place, way, here)
        self._look_for_drop(place, node, way, here)
        if place in self._asking:
            asked = passed & ~way.open & ~self._decided(way.origin)
            here = Side(passed, here.came, here.later | asked)
        self._add(way.origin, here)
        for nested in way.nested:
            for left, mask in self._agreeing(node, way, nested.exits):
                inner = Side(passed & mask, here.came & mask, here.later & mask)
                self._add(left, inner)

    def _answered(self, place: Place, way: Way, here: Side) -> None:
        """Note an answer, for the states of which it is not said yet what becomes of them."""
        left = here.passed & ~self._decided(way.origin)
        if not some(left):
            return
        asked = self._found.setdefault(place, Asked({}, self._none))
        side = asked.sides.setdefault(way.value, Side(self._none, self._none, self._none))
        side.passed = side.passed | left
        side.came = side.came | (here.came & left)
        side.later = side.later | (here.later & left)
        asked.open = asked.open | (way.open & left)

    def _decided(self, node: Node) -> Mask:
        """Return the states of which it is noted at a node what becomes of the page."""
        before = self._evaluation.universe.columns.other_maps
        found: Mask = node.store[OTHER_MAPS].data > before
        for code in self._final - {0}:
            found = found | node.store[OUTCOME].where(code)
        return found

    def _look_for_drop(self, place: Place, node: Node, way: Way, here: Side) -> None:
        program = self._code.program(place[0])
        assert program is not None
        if program.graph.vertices[place[1]].kind is not Kind.STEP:
            return
        if way.nested and not isinstance(program.expressions[place[1]], Call):
            return  # the answer of a helper is what counts: the statement is in there
        for key in (LRU, SWAP_CACHE):
            before, after = way.origin.store[key], node.store[key]
            fell = before.known & after.known & (after.data < before.data)
            if some(fell & here.came & ~self._decided(way.origin)):
                self._drops.add(place)

    # ------------------------------------------------------ into what was followed

    def _agreeing(
        self, node: Node, way: Way, exits: tuple[Node, ...]
    ) -> Iterator[tuple[Node, Mask]]:
        """Yield where a call came out, with the states whose answer goes with this way."""
        agree = [self._agrees(node, way, one) & one.mask for one in exits]
        some = self._none
        for mask in agree:
            some = some | mask
        for one, mask in zip(exits, agree, strict=True):
            yield one, mask | (one.mask & ~some)

    def _agrees(self, node: Node, way: Way, left: Node) -> Mask:
        returned = left.store.get(RETURN)
        if returned is None:
            return left.mask
        expression = self._expression(way)
        if way.condition >= 0:
            true, false = returned.truth()
            return ~false if way.value == "yes" else ~true
        if isinstance(expression, Assign):
            return _same(returned, node.store.get(squeezed(expression.target)))
        return _same(returned, node.store.get(RETURN))

    def _expression(self, way: Way) -> Expr | None:
        program = self._code.program(way.origin.function)
        return program.expressions[way.origin.vertex] if program else None


def _same(one: Value, other: Value | None) -> Mask:
    if other is None:
        return ~one.known
    found: Mask = (one.known == other.known) & (~one.known | (one.data == other.data))
    return found


def _order(ends: list[Node]) -> list[Node]:
    """Return all nodes behind the ends, each before those that it came from."""
    done: list[Node] = []
    seen = set(ends)
    stack = [(node, _before(node)) for node in dict.fromkeys(ends)]
    while stack:
        node, before = stack[-1]
        following = next((one for one in before if one not in seen), None)
        if following is None:
            done.append(node)
            stack.pop()
            continue
        seen.add(following)
        stack.append((following, _before(following)))
    done.reverse()
    return done


def _before(node: Node) -> Iterator[Node]:
    for way in node.ways:
        yield way.origin
        for nested in way.nested:
            yield from nested.exits
    if node.caller is not None:
        yield node.caller


def _nested(order: list[Node]) -> dict[Place, frozenset[Place]]:
    """Return for each vertex that calls what is followed the vertices in there, at any depth."""
    walks: dict[Node, frozenset[Place]] = {}
    found: dict[Place, frozenset[Place]] = {}
    for node in reversed(order):
        inside: frozenset[Place] = frozenset({(node.function, node.vertex)})
        for way in node.ways:
            called: frozenset[Place] = frozenset()
            for nested in way.nested:
                for one in nested.exits:
                    called |= walks.get(one, frozenset())
            if called:
                place = (way.origin.function, way.origin.vertex)
                found[place] = found.get(place, frozenset()) | called
            inside |= called | walks.get(way.origin, frozenset())
        walks[node] = inside
    return found
