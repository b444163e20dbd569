"""Which evidence each node of a graph rests on, variables included.

A signal read into a variable is evidence wherever that value arrives: the
value is followed from the assignment to every test that it reaches before the
variable is assigned again.
"""

import re
from collections.abc import Mapping

from kanalyze.source.graph import Graph, Kind
from kanalyze.source.rules import Rules
from kanalyze.source.tokens import Token, Words, assigned

Groups = frozenset[str]
NOTHING: Groups = frozenset()

_TESTS = (Kind.ATOM, Kind.SWITCH, Kind.RETURN)


class Evidence:
    """Evidence groups by node, and where each assigned value is tested."""

    def __init__(
        self,
        graph: Graph,
        words: Words,
        rules: Rules,
        derived: Mapping[str, Groups],
        *,
        every_call: bool = False,
    ) -> None:
        """Follow evidence, and with ``every_call`` the answers of all calls."""
        self._every_call = every_call
        self._graph = graph
        self._words = words
        self._rules = rules
        self._derived = derived
        self._texts = [words.code[vertex.start : vertex.end] for vertex in graph.vertices]
        self._own = {place: self._groups(tokens) for place, tokens in words.by_vertex.items()}
        self._calls = {place: self._answers(tokens) for place, tokens in words.by_vertex.items()}
        self._arriving: dict[int, Groups] = {}
        self._arriving_calls: dict[int, frozenset[str]] = {}
        self.tests: dict[int, list[int]] = {}
        self._follow_all()

    def groups(self, place: int) -> Groups:
        """Return the evidence groups that node ``place`` rests on."""
        return self._own.get(place, NOTHING) | self._arriving.get(place, NOTHING)

    def calls(self, place: int) -> frozenset[str]:
        """Return the calls whose answer node ``place`` rests on, vocabulary excluded."""
        return self._calls.get(place, frozenset()) | self._arriving_calls.get(place, frozenset())

    def _groups(self, tokens: list[Token]) -> Groups:
        found: set[str] = set()
        for token in tokens:
            if self._rules.kinds.get(token.name) == "evidence":
                if not self._words.is_variable(token):
                    found.add(self._rules.groups[token.name])
            elif token.call and token.name in self._derived:
                found |= self._derived[token.name] & self._rules.vocabulary.evidence.keys()
        return frozenset(found)

    def _answers(self, tokens: list[Token]) -> frozenset[str]:
        return frozenset(
            token.name
            for token in tokens
            if token.call
            and token.name not in self._rules.kinds
            and token.name not in self._rules.transparent
        )

    def flags_only(self) -> tuple[str, ...]:
        """Return the context groups of a function that does nothing but test flags."""
        groups: set[str] = set()
        for place, vertex in enumerate(self._graph.vertices):
            if vertex.kind is Kind.STEP:
                return ()
            for token in self._words.by_vertex.get(place, ()):
                if self._rules.kinds.get(token.name) == "context":
                    groups.add(self._rules.groups[token.name])
        return tuple(sorted(groups))

    def _asks(self, place: int) -> bool:
        """Tell whether a node asks a seqcount or a derived signal."""
        tokens = self._words.by_vertex.get(place, ())
        return any(
            token.name in self._rules.operations or token.name in self._derived for token in tokens
        )

    def _follow_all(self) -> None:
        pending: list[tuple[int, str, Groups, frozenset[str], int]] = []
        for place, vertex in enumerate(self._graph.vertices):
            if vertex.kind not in (Kind.STEP, Kind.ATOM):
                continue
            groups = self._own.get(place, NOTHING)
            calls = self._calls.get(place, frozenset())
            if groups or self._asks(place) or (calls and self._every_call):
                target = assigned(self._words.code[vertex.start : vertex.end])
                if target:
                    pending.append((place, target, groups, calls, place))
        done: set[tuple[int, int]] = set()
        while pending:
            place, variable, groups, calls, origin = pending.pop()
            if (place, origin) in done:
                continue
            done.add((place, origin))
            for step, target in self._follow(place, variable, groups, calls, origin):
                pending.append((step, target, groups, calls, origin))

    def _follow(
        self, start: int, variable: str, groups: Groups, calls: frozenset[str], origin: int
    ) -> list[tuple[int, str]]:
        """Follow one value; note its tests, return where it is copied to another variable."""
        copies: list[tuple[int, str]] = []
        name = variable.encode()
        mention = re.compile(rb"(?<![\w.>])" + re.escape(name) + rb"(?![\w(])")
        seen: set[int] = set()
        pending = list(self._graph.vertices[start].next)
        while pending:
            place = pending.pop()
            if place in seen:
                continue
            seen.add(place)
            vertex = self._graph.vertices[place]
            text = self._texts[place]
            if name not in text:
                pass  # most are of this kind
            elif vertex.kind in _TESTS and mention.search(text):
                self._arriving[place] = self._arriving.get(place, NOTHING) | groups
                self._arriving_calls[place] = self._arriving_calls.get(place, frozenset()) | calls
                self.tests.setdefault(origin, []).append(place)
            elif vertex.kind is Kind.STEP:
                target = assigned(text)
                used = mention.search(text, text.find(b"=") + 1 if target else 0)
                if target and target != variable and used:
                    copies.append((place, target))
                if target == variable:
                    if used:
                        copies.append((place, target))
                    continue
            pending.extend(vertex.next)
        return copies
