"""Which conditions decide whether a statement runs."""

from collections.abc import Iterator

from kanalyze.source.graph import Graph, Kind


class Control:
    """The conditions that one statement of a function hangs on."""

    def __init__(self, graph: Graph, statement: int) -> None:
        self._graph = graph
        self._statement = statement
        self._before = graph.predecessors()
        self._reach = self._backwards(statement, avoiding=-1)

    def direct(self) -> frozenset[int]:
        """Return the atoms of the conditions whose answer alone makes it run."""
        return self._whole(self._controllers(self._statement))

    def enclosing(self) -> frozenset[int]:
        """Return the atoms of the conditions that it is in the body of: on one side only."""
        return frozenset(
            atom
            for number, condition in enumerate(self._graph.conditions)
            if any(edge in self._reach for edge in condition.true)
            and not any(edge in self._reach for edge in condition.false)
            for atom in self._atoms(number)
        )

    def at_all(self) -> frozenset[int]:
        """Return the atoms of all conditions that can keep it from running."""
        found: frozenset[int] = frozenset()
        waiting = {self._statement}
        while waiting:
            new = self._whole(one for statement in waiting for one in self._controllers(statement))
            waiting = set(new - found)
            found |= new
        return found

    def _controllers(self, statement: int) -> Iterator[int]:
        """Yield the atoms on one side of which ``statement`` must be met, and not on the other."""
        around = self._backwards(1, avoiding=statement)
        reach = self._backwards(statement, avoiding=-1)
        for number in self._graph.order():
            vertex = self._graph.vertices[number]
            if vertex.kind is Kind.ATOM and number in around and number in reach:
                sides = [side in around for side in vertex.next]
                if any(sides) and not all(sides):
                    yield number

    def _backwards(self, target: int, avoiding: int) -> set[int]:
        found, waiting = {target}, [target]
        while waiting:
            for one in self._before[waiting.pop()]:
                if one not in found and one != avoiding:
                    found.add(one)
                    waiting.append(one)
        return found

    def _whole(self, atoms: "Iterator[int] | frozenset[int]") -> frozenset[int]:
        """Return the atoms of the conditions, as written, that some of them are part of."""
        conditions = {self._graph.vertices[atom].condition for atom in atoms}
        return frozenset(atom for number in conditions for atom in self._atoms(number))

    def _atoms(self, condition: int) -> Iterator[int]:
        for number, vertex in enumerate(self._graph.vertices):
            if vertex.kind is Kind.ATOM and vertex.condition == condition:
                yield number


def behind(graph: Graph, atom: int) -> frozenset[int]:
    """Return the atoms of other conditions that can be asked after one."""
    condition = graph.vertices[atom].condition
    found, waiting = {atom}, [atom]
    while waiting:
        for one in graph.vertices[waiting.pop()].next:
            if one not in found:
                found.add(one)
                waiting.append(one)
    return frozenset(
        one
        for one in found
        if graph.vertices[one].kind is Kind.ATOM and graph.vertices[one].condition != condition
    )
