"""The values that a function returns, and from where each can be reached.

A result kept in a variable is followed: ``err = -EFAULT; ... goto out; ...
err = 0; out: return err;`` returns -EFAULT from the goto and 0 from the end.
"""

import re
from collections.abc import Iterator

from kanalyze.source.graph import Graph, Kind
from kanalyze.source.lex import matching, squeeze
from kanalyze.source.tokens import Words, assigned

_TRUTH = re.compile(r"[01]|true|false|!!.*")
_ERRNO = re.compile(r"-E[A-Z0-9]+")
_TRUTH_VALUED = re.compile(r"&&|\|\||[!=]=|(?<![<>-])[<>]=?(?![<>])|^!")
_NAME = re.compile(r"[A-Za-z_]\w*")
_CALL = re.compile(r"(\w+)\s*\(.*\)")
_DOING = (Kind.STEP, Kind.ATOM, Kind.SWITCH)
_CONSTANT = re.compile(r"-?\w+")

Values = frozenset[str]
_NONE: Values = frozenset()


class Results:
    """The results of one function."""

    def __init__(self, graph: Graph, words: Words) -> None:
        self._graph = graph
        self._code = words.code
        self._returned = {
            place: self._text_returned(place)
            for place, vertex in enumerate(graph.vertices)
            if vertex.kind is Kind.RETURN
        }
        self._variables = {
            text
            for text in self._returned.values()
            if _NAME.fullmatch(text) and not _TRUTH.fullmatch(text) and not text.isupper()
        }
        self._sets = self._assignments()
        self._arriving = self._arrive() if self._sets else {}
        self._memory: dict[tuple[int, Values], Values] = {}

    # ------------------------------------------------------------------ kind

    def kind(self) -> str:
        """Return ``bool``, ``errno`` or ``""`` from the values that are returned."""
        found = set(self._returned.values()) | {value for _, value in self._sets.values()}
        values = found - self._variables
        if not values or "" in values:
            return ""
        plain = [value for value in values if not _CALL.fullmatch(value)]
        if any(_ERRNO.fullmatch(value) for value in plain):
            known = all(_ERRNO.fullmatch(v) or _TRUTH.fullmatch(v) for v in plain)
            return "errno" if known else ""
        if all(_TRUTH.fullmatch(v) or _TRUTH_VALUED.search(v) for v in plain):
            return "bool" if plain else "errno"
        return ""

    def forwarded(self) -> set[str]:
        """Return the functions whose result is returned as it is."""
        matches = (_CALL.fullmatch(text) for text in self._returned.values())
        return {match[1] for match in matches if match}

    def wrapped(self) -> str:
        """Return the function whose result is returned where nothing else is done."""
        places = [
            place
            for place, vertex in enumerate(self._graph.vertices)
            if vertex.kind in _DOING or self._is_whole(place)
        ]
        if len(places) != 1:
            return ""
        vertex = self._graph.vertices[places[0]]
        text = self._text(places[0])
        match = _CALL.fullmatch(text) if vertex.kind is not Kind.STEP and vertex.sense else None
        # Not `one(...) | other(...)`.
        whole = match and matching(text.encode(), text.index("(")) == len(text) - 1
        return match[1] if match and whole else ""

    def deciding(self) -> Iterator[int]:
        """Yield the nodes on which the returned value depends."""
        for place, vertex in enumerate(self._graph.vertices):
            if vertex.kind in (Kind.ATOM, Kind.SWITCH):
                if len({self.values(edge) for edge in vertex.next}) > 1:
                    yield place
            elif place in self._sets or self._is_whole(place):
                yield place

    # ---------------------------------------------------------------- values

    def values(self, place: int) -> Values:
        """Return what the function can return from ``place`` on, as ``return X``."""
        return self._reach(place, self._arriving.get(place, _NONE))

    def _reach(self, place: int, held: Values) -> Values:
        """Follow all paths, with the value that the result variable holds on them."""
        first = (place, held)
        if first in self._memory:
            return self._memory[first]
        found: set[str] = set()
        seen = {first}
        pending = [first]
        while pending:
            at, value = pending.pop()
            if at in self._returned:
                found |= self._leaving(at, value)
                continue
            if at in self._sets:
                value = frozenset({self._sets[at][1]})
            for target in self._graph.vertices[at].next:
                if (target, value) not in seen:
                    seen.add((target, value))
                    pending.append((target, value))
        self._memory[first] = frozenset(found)
        return self._memory[first]

    def _leaving(self, place: int, value: Values) -> Values:
        text = self._returned[place]
        if text in self._variables and value:
            return frozenset(f"return {one if _CONSTANT.fullmatch(one) else text}" for one in value)
        return frozenset({f"return {text}".strip()})

    def _is_whole(self, place: int) -> bool:
        """Tell a return that the graph did not split into a yes and a no."""
        vertex = self._graph.vertices[place]
        return vertex.kind is Kind.RETURN and vertex.value is None

    def _text_returned(self, place: int) -> str:
        value = self._graph.vertices[place].value
        return self._text(place) if value is None else str(value)

    def _text(self, place: int) -> str:
        """Return what a vertex computes, or returns."""
        vertex = self._graph.vertices[place]
        text = squeeze(self._code[vertex.start : vertex.end])
        return text.removeprefix("return").strip().rstrip(";").strip()

    def _assignments(self) -> dict[int, tuple[str, str]]:
        """Return the nodes that set a variable which is returned, with variable and value."""
        found: dict[int, tuple[str, str]] = {}
        for place, vertex in enumerate(self._graph.vertices):
            if vertex.kind is Kind.STEP:
                text = self._code[vertex.start : vertex.end]
                target = assigned(text)
                if target in self._variables:
                    found[place] = (target, squeeze(text.split(b"=", 1)[1]).rstrip("; "))
        return found

    def _arrive(self) -> dict[int, Values]:
        """Return which values of the result variable can arrive at each node."""
        found: dict[int, Values] = {0: _NONE}
        order = self._graph.order()
        changed = True
        while changed:
            changed = False
            for place in order:
                held = found.get(place, _NONE)
                if place in self._sets:
                    held = frozenset({self._sets[place][1]})
                for target in self._graph.vertices[place].next:
                    old = found.get(target, _NONE)
                    if not held <= old:
                        found[target] = old | held
                        changed = True
        return found
