"""Which conditions are known to hold at each node, on every path.

A forward analysis over sets of (condition, value): an edge adds its own, an
assignment to something that a condition mentions takes it away, and where
paths meet only what holds on all of them stays.  A condition tested again
counts with its latest value.
"""

import re
from collections.abc import Iterable

from kanalyze.source.dataflow import certain
from kanalyze.source.graph import Graph, Kind, Vertex
from kanalyze.source.lex import squeeze, unbracketed
from kanalyze.source.preprocessor import negate
from kanalyze.source.tokens import assigned

_NAME = re.compile(r"[A-Za-z_]\w*")
_STEPPED = re.compile(rb"([A-Za-z_]\w*)\s*(?:\+\+|--)|(?:\+\+|--)\s*([A-Za-z_]\w*)")


class Guards:
    """The conditions known at each node of one function; ask :meth:`at`."""

    def __init__(self, graph: Graph, code: bytes) -> None:
        self._graph = graph
        self._facts: list[tuple[str, int]] = []  # text, offset of the atom
        self._of_edge: dict[int, list[int]] = {}
        self._compound: set[int] = set()
        self._returns: list[tuple[int, tuple[str, ...]]] | None = None
        self._opposite: dict[int, set[int]] = {}
        self._number(code)
        self._kills = self._assignments(code)
        self._before = certain(graph, frozenset(), self._after)

    def at(self, vertex: int) -> tuple[str, ...]:
        """Return the atoms that hold when ``vertex`` starts, in source order."""
        return self._texts(vertex, compound=False)

    def passed(self, vertex: int) -> tuple[str, ...]:
        """Return the compound conditions that hold there though no atom of theirs need to.

        Behind ``if (a && b) return;`` neither a nor b is known, but ``!(a && b)`` is;
        so it is behind ``if (a) { if (b) return; }``.
        """
        own = self.at(vertex)
        start = self._graph.vertices[vertex].start
        earlier = (leave for at, leave in self._leaves() if at < start)
        known = {*own, *map(negate, own)}
        returns = [
            negate(" && ".join(rest))
            for atoms in earlier
            if not any(negate(atom) in own for atom in atoms)
            and len(rest := [atom for atom in atoms if atom not in known]) > 1
        ]
        return tuple(dict.fromkeys([*self._texts(vertex, compound=True), *returns]))

    def _leaves(self) -> list[tuple[int, tuple[str, ...]]]:
        """Return where the function returns, and the atoms that hold there."""
        if self._returns is None:
            self._returns = [
                (vertex.start, self.at(place))
                for place, vertex in enumerate(self._graph.vertices)
                if vertex.kind is Kind.RETURN and self._before[place] is not None
            ]
        return self._returns

    def _texts(self, vertex: int, *, compound: bool) -> tuple[str, ...]:
        known = self._before[vertex] or frozenset()
        wanted = (fact for fact in known if (fact in self._compound) == compound)
        ordered = sorted(wanted, key=lambda fact: self._facts[fact][1])
        return tuple(dict.fromkeys(self._facts[fact][0] for fact in ordered))

    def _number(self, code: bytes) -> None:
        """Give every distinct (text, value) a number; note which exclude each other."""
        numbers: dict[str, int] = {}
        by_atom: dict[str, set[int]] = {}
        for place, vertex in enumerate(self._graph.vertices):
            text = self._edge_text(vertex, code)
            if text is not None:
                number = self._fact(numbers, text, vertex.start)
                self._of_edge[place] = [number]
                by_atom.setdefault(squeeze(code[vertex.start : vertex.end]), set()).add(number)
        for whole in self._graph.conditions:
            text = unbracketed(squeeze(code[whole.start : whole.end]))
            for edges, operator in ((whole.true, "||"), (whole.false, "&&")):
                if operator in text:
                    fact = negate(text) if edges is whole.false else text
                    number = self._fact(numbers, fact, whole.start)
                    self._compound.add(number)
                    by_atom.setdefault(text, set()).add(number)
                    for edge in edges:
                        self._of_edge.setdefault(edge, []).append(number)
        for group in by_atom.values():
            for number in group:
                self._opposite.setdefault(number, set()).update(group - {number})

    def _fact(self, numbers: dict[str, int], text: str, start: int) -> int:
        if text not in numbers:
            numbers[text] = len(self._facts)
            self._facts.append((text, start))
        return numbers[text]

    def _edge_text(self, vertex: Vertex, code: bytes) -> str | None:
        if vertex.kind is not Kind.EDGE:
            return None
        source = self._graph.vertices[vertex.condition].kind
        text = squeeze(code[vertex.start : vertex.end])
        if source is Kind.SWITCH:
            if vertex.value == "default":
                return None
            return f"{text} == {vertex.value}"
        if source is not Kind.ATOM:
            return None
        return text if vertex.value is True else negate(text)

    def _assignments(self, code: bytes) -> dict[int, frozenset[int]]:
        """Return for each step the numbers of the facts that it makes stale."""
        found: dict[int, frozenset[int]] = {}
        about: dict[str, list[int]] = {}
        for number, (text, _) in enumerate(self._facts):
            for name in set(_NAME.findall(text)):
                about.setdefault(name, []).append(number)
        for place, vertex in enumerate(self._graph.vertices):
            if vertex.kind not in (Kind.STEP, Kind.ATOM):
                continue
            stale = {
                number
                for target in _targets(code[vertex.start : vertex.end], vertex.kind)
                for number in about.get(_NAME.findall(target)[-1], ())
                if _mentions(self._facts[number][0], target)
            }
            if stale:
                found[place] = frozenset(stale)
        return found

    def _after(self, place: int, state: frozenset[int]) -> frozenset[int]:
        stale = self._kills.get(place)
        if stale:
            state = state - stale
        for fact in self._of_edge.get(place, ()):
            state = (state - self._opposite[fact]) | {fact}
        return state


def _targets(statement: bytes, kind: Kind) -> Iterable[str]:
    """Yield what a statement changes by name."""
    if kind is Kind.STEP:
        target = assigned(statement)
        if target:
            yield target
    for match in _STEPPED.finditer(statement):
        yield (match[1] or match[2]).decode("ascii")


def _mentions(text: str, target: str) -> bool:
    position = text.find(target)
    while position >= 0:
        before = text[position - 1] if position else " "
        end = position + len(target)
        after = text[end] if end < len(text) else " "
        if not (before.isalnum() or before in "_.>") and not (after.isalnum() or after == "_"):
            return True
        position = text.find(target, position + 1)
    return False
