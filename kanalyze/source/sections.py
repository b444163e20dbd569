"""Seqcount sections: where they open, what runs inside, whether every path closes them.

Balance is decided on every path, with the conditions that steer begin and end
kept in mind: ``if (is_cow) begin ... if (is_cow) end`` is balanced.
"""

import re
from dataclasses import dataclass

from kanalyze.source.graph import Graph, Kind, Vertex
from kanalyze.source.lex import IDENTIFIER, squeeze
from kanalyze.source.locks import Locks
from kanalyze.source.model import Section, Side
from kanalyze.source.rules import Rules
from kanalyze.source.tokens import Token, Words, assigned

# Conditions kept in mind at once; each can triple the states.
_MAX_TRACKED = 5


@dataclass(frozen=True, slots=True)
class _Operation:
    """One use of the seqcount API; ``variable`` holds what a read-begin gave."""

    vertex: int
    token: Token
    operation: str
    seqcount: str
    variable: str | None


@dataclass(frozen=True, slots=True)
class _State:
    """On one path: is the section open, and how were the tracked conditions."""

    open: bool
    known: frozenset[tuple[str, bool]]


def sections(graph: Graph, words: Words, locks: Locks, rules: Rules) -> tuple[Section, ...]:
    """Return the seqcount sections of a function, in source order."""
    operations = _operations(graph, words, rules)
    found: list[Section] = []
    keys = dict.fromkeys((one.seqcount, one.operation.split("-")[0]) for one in operations)
    for seqcount, side in keys:
        own = [o for o in operations if o.seqcount == seqcount and o.operation.startswith(side)]
        found.extend(_sections_of(own, graph, words, locks, rules))
    return tuple(sorted(found, key=lambda section: section.offset))


def _operations(graph: Graph, words: Words, rules: Rules) -> list[_Operation]:
    found: list[_Operation] = []
    for vertex, tokens in words.by_vertex.items():
        node = graph.vertices[vertex]
        for token in tokens:
            operation = rules.operations.get(token.name)
            if not operation or not token.call:
                continue
            implied = rules.vocabulary.seqcount.implied.get(token.name)
            arguments = words.arguments(token)
            seqcount = implied.seqcount if implied else (arguments or ["?"])[0].lstrip("&")
            variable = assigned(words.code[node.start : node.end])
            found.append(_Operation(vertex, token, operation, seqcount, variable))
    return sorted(found, key=lambda one: one.token.offset)


def _sections_of(
    operations: list[_Operation],
    graph: Graph,
    words: Words,
    locks: Locks,
    rules: Rules,
) -> list[Section]:
    """Return the sections on one seqcount, read or write; none without begin and end."""
    begins = [one for one in operations if one.operation.endswith("begin")]
    ends = {one.vertex for one in operations if not one.operation.endswith("begin")}
    if not begins or not ends:
        return []
    walk = _Walk(operations, graph, words)
    side: Side = "write" if begins[0].operation.startswith("write") else "read"
    found: list[Section] = []
    for begin in begins:
        reached = _reach(begin, ends, graph)
        last = max(
            (one.token.offset for one in operations if one.vertex in reached & ends),
            default=begin.token.offset,
        )
        body = (reached & walk.open_at) - ends
        code = words.code
        found.append(
            Section(
                seqcount=begin.seqcount,
                side=side,
                offset=begin.token.offset,
                begin_line=code.count(b"\n", 0, begin.token.offset),
                end_line=code.count(b"\n", 0, last),
                statements=sum(1 for place in body if _is_statement(graph.vertices[place])),
                calls=_calls(body, words, rules),
                locks=locks.taken(body),
                balanced=not walk.problem,
                problem=walk.problem,
            )
        )
    return found


def _is_statement(vertex: Vertex) -> bool:
    return vertex.kind in (Kind.STEP, Kind.ATOM, Kind.RETURN) and vertex.end > vertex.start


def _reach(begin: _Operation, ends: set[int], graph: Graph) -> set[int]:
    """Return the nodes that some path meets after ``begin`` and before an end, ends included."""
    found: set[int] = set()
    pending = list(graph.vertices[begin.vertex].next)
    while pending:
        place = pending.pop()
        if place in found:
            continue
        found.add(place)
        if place not in ends and place != begin.vertex:
            pending.extend(graph.vertices[place].next)
    found.discard(begin.vertex)
    return found


def _calls(inside: set[int], words: Words, rules: Rules) -> tuple[str, ...]:
    tokens = [
        token
        for place in inside
        for token in words.by_vertex.get(place, ())
        if token.call and token.name not in rules.operations and token.name not in rules.transparent
    ]
    ordered = sorted(tokens, key=lambda token: token.offset)
    return tuple(dict.fromkeys(token.name for token in ordered))


class _Walk:
    """All paths through a function, with what is known of the section on each.

    ``problem`` says what is wrong on some path, ``open_at`` holds the nodes that
    some path reaches with the section open.
    """

    def __init__(self, operations: list[_Operation], graph: Graph, words: Words) -> None:
        self._graph = graph
        self._words = words
        self._operations = {one.vertex: one for one in operations}
        self._tracked = _tracked(operations, graph, words)
        self._odd = _odd_tests(operations, graph, words)
        self._read = operations[0].operation.startswith("read")
        self.problem = ""
        self.open_at: set[int] = set()
        self._run()

    def _run(self) -> None:
        first = (0, _State(False, frozenset()))
        seen = {first}
        pending = [first]
        while pending:
            place, state = pending.pop()
            if state.open:
                self.open_at.add(place)
            after = self._after(place, state)
            if after is None:
                continue
            for target in self._graph.vertices[place].next:
                if (target, after) not in seen:
                    seen.add((target, after))
                    pending.append((target, after))
        if 1 in self.open_at:
            self.problem = self.problem or "left open on a path out of the function"

    def _after(self, place: int, state: _State) -> _State | None:
        """Move ``state`` through node ``place``; None when the path cannot be taken."""
        vertex = self._graph.vertices[place]
        if vertex.kind is Kind.EDGE:
            return self._through_edge(place, vertex, state)
        known = state.known
        if vertex.kind is Kind.STEP and known:
            target = assigned(self._words.code[vertex.start : vertex.end])
            if target:
                root = re.split(r"\W", target)[0]
                known = frozenset(pair for pair in known if root not in self._tracked[pair[0]])
        one = self._operations.get(place)
        if not one or (one.operation == "read-try-begin" and vertex.kind is Kind.ATOM):
            return _State(state.open, known)
        begins = one.operation.endswith("begin")
        # A reader may begin again (it starts over) and may check more than once.
        if not self._read and begins == state.open:
            self.problem = "begun again while open" if begins else "ended without having begun"
        return _State(begins, known)

    def _through_edge(self, place: int, vertex: Vertex, state: _State) -> _State | None:
        known = state.known
        text = squeeze(self._words.code[vertex.start : vertex.end])
        if text in self._tracked and isinstance(vertex.value, bool):
            if (text, not vertex.value) in known:
                return None
            known = known | {(text, vertex.value)}
        own = self._operations.get(vertex.condition)
        opened = own is not None and own.operation == "read-try-begin" and vertex.value is True
        return _State((state.open or opened) and place not in self._odd, known)


def _tracked(operations: list[_Operation], graph: Graph, words: Words) -> dict[str, frozenset[str]]:
    """Return the conditions tested more than once, with the names they mention."""
    counts: dict[str, int] = {}
    for vertex in graph.vertices:
        if vertex.kind is Kind.ATOM:
            text = squeeze(words.code[vertex.start : vertex.end])
            counts[text] = counts.get(text, 0) + 1
    first = min(one.token.offset for one in operations)
    seen: dict[str, int] = {}
    for vertex in graph.vertices:
        if vertex.kind is Kind.ATOM:
            text = squeeze(words.code[vertex.start : vertex.end])
            if counts[text] > 1:
                distance = abs(vertex.start - first)
                seen[text] = min(distance, seen.get(text, distance))
    nearest = sorted(seen, key=lambda text: seen[text])[:_MAX_TRACKED]
    return {
        text: frozenset(
            word.decode() for word in IDENTIFIER.findall(text.encode("utf-8", "replace"))
        )
        for text in nearest
    }


def _odd_tests(operations: list[_Operation], graph: Graph, words: Words) -> set[int]:
    """Return the edges where a reader found the count odd and gives up at once."""
    variables = {one.variable for one in operations if one.variable}
    found: set[int] = set()
    for place, vertex in enumerate(graph.vertices):
        if vertex.kind is Kind.EDGE and vertex.value is True:
            text = squeeze(words.code[vertex.start : vertex.end])
            if any(re.fullmatch(rf"\(*{re.escape(v)} & 1\)*", text) for v in variables):
                found.add(place)
    return found
