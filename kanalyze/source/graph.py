"""The control-flow graph of one function.

A node is a *step* (a statement, or a piece of one between two branches), an
*atom* (one condition without ``&&``, ``||`` or ``!``), a *switch*, a *return*
or an *edge*: every side of an atom and every case of a switch is a node of its
own, so that what a branch means is a property of a node like any other.

Offsets are those of the function's text.
"""

from dataclasses import dataclass, field
from enum import Enum


class Kind(Enum):
    """What a node of the graph stands for."""

    ENTRY = "entry"
    STEP = "step"
    ATOM = "atom"
    SWITCH = "switch"
    RETURN = "return"
    GOTO = "goto"
    EDGE = "edge"
    EXIT = "exit"


@dataclass(slots=True)
class Vertex:
    """One node: its kind, the bytes it stands for, and where control goes next.

    ``condition`` numbers the whole condition an atom is part of, and on an edge
    the atom or switch it belongs to; ``value`` is True or False on the edge of
    an atom, the case label on that of a switch, the label on a goto, and on a
    return made by splitting a boolean expression the value returned.  ``sense``
    is False on an atom under an odd number of negations.
    """

    kind: Kind
    start: int
    end: int
    next: list[int] = field(default_factory=list)
    condition: int = -1
    value: bool | str | None = None
    sense: bool = True


@dataclass(slots=True)
class Condition:
    """A whole condition, as written: its bytes, and the edges by which it is left.

    ``true_jump`` and ``false_jump`` are the jump by which the statement under
    that side always ends, 0 when there is none or it can run to its end.
    """

    start: int
    end: int
    true: list[int] = field(default_factory=list)
    false: list[int] = field(default_factory=list)
    true_jump: int = 0
    false_jump: int = 0


@dataclass(slots=True)
class Graph:
    """The graph; node 0 is the entry, node 1 the exit."""

    vertices: list[Vertex]
    conditions: list[Condition]
    _order: list[int] = field(default_factory=list)

    def predecessors(self) -> list[list[int]]:
        """Return for each node those that lead to it."""
        found: list[list[int]] = [[] for _ in self.vertices]
        for number, vertex in enumerate(self.vertices):
            for target in vertex.next:
                found[target].append(number)
        return found

    def order(self) -> list[int]:
        """Return the nodes reachable from the entry, in reverse postorder."""
        if not self._order:
            self._order = self._ordered()
        return self._order

    def _ordered(self) -> list[int]:
        done: list[int] = []
        seen = bytearray(len(self.vertices))
        seen[0] = 1
        stack: list[tuple[int, int]] = [(0, 0)]
        while stack:
            node, position = stack.pop()
            following = self.vertices[node].next
            while position < len(following) and seen[following[position]]:
                position += 1
            if position == len(following):
                done.append(node)
                continue
            stack.append((node, position + 1))
            target = following[position]
            seen[target] = 1
            stack.append((target, 0))
        done.reverse()
        return done

    def back_edges(self) -> set[tuple[int, int]]:
        """Return the edges that lead back to a node on the current path.

        Paths start at the entry, and then at what no path has reached: dead code
        has loops, too, and without these edges no loop is left.
        """
        found: set[tuple[int, int]] = set()
        state = bytearray(len(self.vertices))  # 1 on the path, 2 done
        for root in range(len(self.vertices)):
            if state[root]:
                continue
            stack: list[tuple[int, int]] = [(root, 0)]
            state[root] = 1
            while stack:
                node, position = stack.pop()
                following = self.vertices[node].next
                if position == len(following):
                    state[node] = 2
                    continue
                stack.append((node, position + 1))
                target = following[position]
                if state[target] == 1:
                    found.add((node, target))
                elif not state[target]:
                    state[target] = 1
                    stack.append((target, 0))
        return found
