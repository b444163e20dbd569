"""What is certain at each node: facts that hold on every path from the entry."""

from collections.abc import Callable
from typing import TypeVar

from kanalyze.source.graph import Graph

Fact = TypeVar("Fact")


def certain(
    graph: Graph,
    at_entry: frozenset[Fact],
    after: Callable[[int, frozenset[Fact]], frozenset[Fact]],
) -> list[frozenset[Fact] | None]:
    """Return for each node the facts that hold before it; None where no path leads.

    ``after`` gives the facts behind a node from those before it.  Where paths
    meet, only what holds on all of them stays.
    """
    before: list[frozenset[Fact] | None] = [None] * len(graph.vertices)
    before[0] = at_entry
    changed = True
    while changed:
        changed = False
        for place in graph.order():
            state = before[place]
            if state is None:
                continue
            result = after(place, state)
            for target in graph.vertices[place].next:
                old = before[target]
                new = result if old is None else old & result
                if new != old:
                    before[target] = new
                    changed = True
    return before
