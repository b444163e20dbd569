"""Sets of page states on their way through a function, and how they got there."""

from collections.abc import Iterator
from dataclasses import dataclass, field

import numpy as np

from kanalyze.semantics.values import Mask, Value, Values, some
from kanalyze.semantics.world import ARMED, COUNTED, Store


@dataclass(frozen=True, slots=True, eq=False)
class Nested:
    """A call that was followed: where it came out, for which states."""

    exits: tuple["Node", ...]


@dataclass(frozen=True, slots=True, eq=False)
class Way:
    """How some states came to a node: from where, and past what."""

    mask: Mask
    origin: "Node"
    condition: int
    """The atom or switch that was passed, -1 if none."""
    value: str
    open: Mask
    nested: tuple[Nested, ...]


@dataclass(slots=True, eq=False)
class Node:
    """The states that are at one vertex with what is stored there."""

    function: str
    vertex: int
    mask: Mask
    store: Store
    ways: list[Way] = field(default_factory=list)
    caller: "Node | None" = None
    """At an entry: where the function was called."""

    def back(self, state: int) -> Iterator[Way]:
        """Yield the ways by which one state came here, the last first."""
        node = self
        while True:
            way = next((one for one in node.ways if one.mask[state]), None)
            if way is None:
                return
            yield way
            node = way.origin

    def back_to_entry(self, state: int) -> Iterator[Way]:
        """Yield the ways by which one state came here, through all callers."""
        node: Node | None = self
        while node is not None:
            last = node
            for way in node.back(state):
                yield way
                last = way.origin
            node = last.caller


def merged(values: Values, one: Node, mask: Mask, store: Store, *, force: bool) -> Store | None:
    """Return what is stored where two sets of states meet; None if they disagree.

    Where a state is in one set only, that one counts.  With ``force`` what they
    disagree about is not known any more; of what became of my entry the worst stays.
    """
    both = one.mask & mask
    overlap = some(both)
    found: Store = {}
    for key in one.store.keys() | store.keys():
        old, new = one.store.get(key, values.unknown), store.get(key, values.unknown)
        if old is new:
            found[key] = old
            continue
        if overlap and not old.same_on(new, both):
            if not force:
                return None
            if key == ARMED:
                worst = Value(np.maximum(old.data, new.data), old.known & new.known)
                found[key] = values.partly(both, worst, values.partly(mask, new, old))
                continue
            differ = both & ((old.known != new.known) | (old.data != new.data))
            old = Value(old.data, old.known & ~differ)
            new = Value(new.data, new.known & ~differ)
        value = values.partly(mask & ~both, new, old)
        if some(value.known) or key[0] in "@&":
            found[key] = value
    return found


def widened(values: Values, before: Store, store: Store) -> Store:
    """Return a store that forgets what was counted since ``before``: a loop then comes to an end.

    What an open condition was taken to be stays if it was the same before.  Bits
    and outcomes have few values, and settle by themselves.
    """
    found: Store = {}
    for key, new in store.items():
        world = key[0] in "@&"
        old = before.get(key, values.unknown)
        if old is new or (world and key not in COUNTED):
            found[key] = new
            continue
        value = Value(new.data, new.known & old.known & (new.data == old.data))
        if world or some(value.known):
            found[key] = value
    return found


def covered(node: Node, mask: Mask, store: Store) -> bool:
    """Tell whether a node has seen all of these states with the same things stored."""
    if some(mask & ~node.mask):
        return False
    if node.store.keys() != store.keys():
        return False
    return all(
        old is store[key] or old.same_on(store[key], mask) for key, old in node.store.items()
    )
