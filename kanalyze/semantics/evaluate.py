"""One decision function evaluated in all page states: its outcomes and how it comes to them."""

import copy
import functools
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

import numpy as np

from kanalyze.semantics.code import Code, is_set
from kanalyze.semantics.entries import Entry, page_parameters
from kanalyze.semantics.gup import access, gives_page
from kanalyze.semantics.machine import Machine
from kanalyze.semantics.model import Step, Witness
from kanalyze.semantics.outcomes import CODES, COPIED, OUTCOMES, REUSED
from kanalyze.semantics.paths import Nested, Node, Way
from kanalyze.semantics.states import GUP, Features
from kanalyze.semantics.universe import Universe, universe
from kanalyze.semantics.values import PAGE, Mask, Value, some
from kanalyze.semantics.walk import Limits, Walk
from kanalyze.semantics.words import words
from kanalyze.semantics.world import (
    ARMED,
    EXCLUSIVE,
    MY_MAPS,
    OTHER_MAPS,
    OUTCOME,
    OWN,
    RETURN,
    WRITE_PROTECTED,
    World,
)
from kanalyze.source.program import Program


@dataclass(frozen=True, slots=True, eq=False)
class _End:
    """Some states at the end of the function, all with one outcome."""

    outcome: str
    mask: Mask
    node: Node


class Evaluation:
    """The answer of one function in one universe; ask it for masks and for witnesses."""

    def __init__(
        self,
        code: Code,
        program: Program,
        entry: Entry,
        features: Features,
        *,
        answers: bool = False,
        follow: frozenset[str] = frozenset(),
    ) -> None:
        self.program = program
        self.entry = entry
        self.universe: Universe = universe(entry.trigger, entry.size, features)
        self.world = World(self.universe)
        self._code = code
        self._machine = Machine(self.world, code.rules, is_set)
        self._answers = answers
        accessed = entry.trigger in GUP and access(code, program.name)
        self._access = accessed or ""
        limits = Limits(follow=follow)
        walk = Walk(code, self._machine, program, limits)
        store = {**self.world.begin(), **self._machine.begin()}
        if entry.page:
            for name in (entry.page, *page_parameters(code, program.name)):
                store[name] = self.world.values.number(PAGE)
            if entry.trigger == "unmap":  # whoever hands a page over has a reference to it
                store[OWN] = self.world.values.number(1)
        walk.run(self.world.values.all, store)
        self.exits = walk.exits
        self.nodes_of = limits.nodes_of
        self._limits = limits
        self._ends = self._all_ends()
        self.partial = (*limits.problems, *program.problems)
        self.assumed = tuple(sorted(self._machine.assumed))

    def answering(self) -> "Evaluation":
        """Return the same function with what it returns as its outcomes."""
        found = copy.copy(self)
        found._answers = True
        found._ends = found._all_ends()
        found.__dict__.pop("outcomes", None)
        return found

    # --------------------------------------------------------------- answers

    @functools.cached_property
    def outcomes(self) -> Mapping[str, Mask]:
        """Return for each outcome the states in which it is possible."""
        found: dict[str, Mask] = {}
        for end in self._ends:
            found[end.outcome] = found.get(end.outcome, self.world.values.none) | end.mask
        return found

    def possible(self, outcome: str) -> Mask:
        """Return the states in which an outcome is possible."""
        return self.outcomes.get(outcome, self.world.values.none)

    def only(self, outcome: str) -> Mask:
        """Return the states in which it comes to nothing else, but for giving up and retrying."""
        passing = (outcome, "none", "retry")
        others = [mask for name, mask in self.outcomes.items() if name not in passing]
        return self.possible(outcome) & ~functools.reduce(
            np.logical_or, others, self.world.values.none
        )

    def ends(self) -> Iterator[tuple[str, Mask, Node]]:
        """Yield each end of the function: its outcome, the states that come to it, and where."""
        for end in self._ends:
            yield end.outcome, end.mask, end.node

    def of(self, state: int) -> tuple[str, ...]:
        """Return the outcomes that are possible in one state."""
        return tuple(sorted(name for name, mask in self.outcomes.items() if mask[state]))

    def witness(self, state: int, outcome: str) -> Witness:
        """Return one state in words, with the way to one of its outcomes."""
        page = self.universe.state(state)
        return Witness(
            state=page,
            words=words(page, self.entry.trigger),
            counters=self._counters(state),
            outcomes=self.of(state),
            outcome=outcome,
            path=self.path(state, outcome),
        )

    def armed_witness(self, state: int) -> Witness:
        """Return one state that leaves the function armed, with the way out."""
        node = next(n for n in self.exits if n.mask[state] and self._disarms_not(n)[state])
        page = self.universe.state(state)
        return Witness(
            state=page,
            words=words(page, self.entry.trigger),
            counters=self._counters(state),
            outcomes=self.of(state),
            outcome="armed",
            path=tuple(self._path(node, state, 0)),
        )

    def _disarms_not(self, node: Node) -> Mask:
        return self.armed(node) | self.inclusive(node)

    def path(self, state: int, outcome: str) -> tuple[Step, ...]:
        """Return the conditions on one way from the entry to an outcome."""
        end = next(end for end in self._ends if end.outcome == outcome and end.mask[state])
        until = CODES[outcome] if CODES.get(outcome) in (REUSED, COPIED) else 0
        return tuple(self._path(end.node, state, 0, until))

    def armed(self, node: Node) -> Mask:
        """Return where my entry is unmapped or write-protected at a node."""
        value = node.store[ARMED]
        found: Mask = ~value.known | (value.data != 0)
        return found

    def inclusive(self, node: Node) -> Mask:
        """Return where a page that was exclusive is not so any more at a node."""
        found: Mask = (self.universe.columns.exclusive > 0) & ~node.store[EXCLUSIVE].where(1)
        return found

    def keeps_exclusive(self, states: Mask) -> bool:
        """Tell whether the exclusive bit is set wherever these states leave the function."""
        return not any(
            some(states & node.mask & ~node.store[EXCLUSIVE].where(1)) for node in self.exits
        )

    def only_write_protected(self, states: Mask) -> bool:
        """Tell whether these states leave the function with my entry there, if not writable."""
        return not any(
            bool(
                some(
                    states
                    & node.mask
                    & ~node.store[ARMED].where(WRITE_PROTECTED)
                    & ~node.store[ARMED].where(0)
                )
            )
            for node in self.exits
        )

    def turning(self, node: Node, state: int, others: Mask) -> Step | None:
        """Return the condition on the way of ``state`` to a node that none of ``others`` passed.

        The last one: behind it none of them is left.
        """
        for way in node.back_to_entry(state):
            there = way.origin.mask & others
            if not some(there) or some(way.mask & others):
                continue
            if way.condition >= 0:
                return self._step(way, state, 0)
            for end in (one for nested in way.nested for one in nested.exits):
                if end.mask[state]:  # the call told them apart
                    return self._turning_within(end, state, others)
        return None

    def _turning_within(self, end: Node, state: int, others: Mask) -> Step | None:
        """Return the condition inside a call that all of ``others`` answered otherwise."""
        for way in end.back(state):
            if way.condition >= 0 and some(way.origin.mask & ~way.mask & others):
                return self._step(way, state, 0)
        return None

    # -------------------------------------------------------------- the ends

    def _all_ends(self) -> list[_End]:
        ends = [end for node in self.exits for end in self._ended(node)]
        return [*ends, *self._lost(ends)]

    def _lost(self, ends: list[_End]) -> list[_End]:
        """Return the states that came to no end: what they come to is not known."""
        lost = self.world.values.all
        for end in ends:
            lost = lost & ~end.mask
        if not some(lost):
            return []
        if not self._limits.problems:
            self._limits.give_up(
                f"{self.program.name}:{self.program.line}: does not come to an end"
            )
        node = Node(self.program.name, 1, lost, self.world.begin())
        return [_End("return ?" if self._answers else "none", lost, node)]

    def _ended(self, node: Node) -> Iterator[_End]:
        if self._answers:
            yield from self._returned(node)
            return
        shown = node.store[OUTCOME]
        left = node.mask
        for code, name in enumerate(OUTCOMES):
            mask = node.mask & shown.where(code)
            if code and some(mask):
                yield _End(name, mask, node)
                left = left & ~mask
        if self._access:
            for name, mask in self._accessed(node, left):
                if some(mask):
                    yield _End(name, mask, node)
            return
        columns = self.universe.columns
        for name, key, before in (
            ("share", OTHER_MAPS, columns.other_maps),
            ("read-only", MY_MAPS, columns.my_maps),
        ):
            mask = left & (node.store[key].data > before)
            if some(mask):
                yield _End(name, mask, node)
                left = left & ~mask
        for name, mask in self._quietly(node, left):
            if some(mask):
                yield _End(name, mask, node)
                left = left & ~mask
        if some(left):
            yield _End("none", left, node)

    def _accessed(self, node: Node, left: Mask) -> Iterator[tuple[str, Mask]]:
        """Yield what GUP is told: here is the page, ask for a fault, go the slow way."""
        if gives_page(self._code, self.program.name):
            value = node.store.get(RETURN, self.world.values.unknown)
            followed, nothing = left & value.where(PAGE), left & value.where(0)
            yield "follow", followed
            yield "fault", nothing
            yield "none", left & ~followed & ~nothing
            return
        held = node.store[OWN]
        followed = left & (held.data > 0)
        yield "follow", followed
        yield "back-off" if self._access == "fast" else "none", left & ~followed

    def _quietly(self, node: Node, left: Mask) -> Iterator[tuple[str, Mask]]:
        """Yield outcomes that show in the state only: kept for me, left to be shared."""
        if self.entry.trigger == "unshare-fault":
            yield "reuse", left & node.store[EXCLUSIVE].where(1)
        if self.entry.trigger == "fork":
            value = node.store.get(RETURN, self.world.values.unknown)
            yield "share", left & value.known & (value.data > 0)  # "I did not copy"
            # A reference that stays is the child's, where there are no map counts.  So
            # were hugetlb's pages before Linux kernel commit 0fe6e20b9c4c ("hugetlb,
            # rmap: add reverse mapping for hugepage") (in v2.6.36).
            yield "share", left & (node.store[OWN].data > 0)

    def _returned(self, node: Node) -> Iterator[_End]:
        value = node.store.get(RETURN, self.world.values.unknown)
        if self.program.returns_truth:
            true, false = value.truth()
            for name, mask in (("return true", ~false), ("return false", ~true)):
                if some(mask & node.mask):
                    yield _End(name, mask & node.mask, node)
            return
        yield from self._numbers(node, value)

    def _numbers(self, node: Node, value: Value) -> Iterator[_End]:
        known = node.mask & value.known
        for number in np.unique(value.data[known]):
            yield _End(f"return {number}", known & (value.data == number), node)
        if some(node.mask & ~value.known):
            yield _End("return ?", node.mask & ~value.known, node)

    # ---------------------------------------------------------------- paths

    def _counters(self, state: int) -> tuple[tuple[str, int], ...]:
        store = self.world.begin()
        values = (
            ("page_count", self.world.count(store)),
            ("map count", self.world.mapcount(store)),
            ("swap count", self.world.swapcount(store)),
        )
        return tuple((name, int(value.data[state])) for name, value in values)

    def _path(self, node: Node, state: int, depth: int = 0, until: int = 0) -> list[Step]:
        """Return the conditions on the way to a node, up to where outcome ``until`` was certain."""
        steps: list[Step] = []
        for way in node.back(state):
            if until and way.origin.store[OUTCOME].data[state] == until:
                continue
            inner: list[Step] = []
            for nested in way.nested:
                inner += self._inside(nested, state, depth + (way.condition >= 0), until)
            step = self._step(way, state, depth)
            steps[:0] = [*inner, step] if step else inner
        return steps

    def _inside(self, nested: Nested, state: int, depth: int, until: int) -> list[Step]:
        """Return the way through a call, to the end at which the caller went on."""
        for node in nested.exits:
            if node.mask[state]:
                return self._path(node, state, depth, until)
        return []

    def _step(self, way: Way, state: int, depth: int) -> Step | None:
        if way.condition < 0:
            return None
        program = self._code.program(way.origin.function)
        assert program is not None
        return Step(
            function=program.name,
            file=program.file,
            line=program.line_of(way.condition),
            text=program.text_of(way.condition),
            value=way.value,
            open=bool(way.open[state]),
            depth=depth,
        )
