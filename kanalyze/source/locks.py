"""Which locks are held at each node, on every path.

A forward analysis over sets of (lock, instance), intersected where paths meet.
A lock that every path which uses it first drops, or asserts, was held at entry;
so was one that the declaration says it releases.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass

from kanalyze.source.dataflow import certain
from kanalyze.source.graph import Graph, Kind
from kanalyze.source.lex import matching, split_arguments, squeeze
from kanalyze.source.rules import LockCall, Rules
from kanalyze.source.tokens import Token, Words, assigned

Held = frozenset[tuple[str, str]]

_RELEASES = re.compile(rb"__(?:releases|must_hold)\s*\(")
# A sleeping lock that can be interrupted says so by a result other than zero.
_ZERO_IS_SUCCESS = re.compile(r"_(?:killable|interruptible)$")


@dataclass(frozen=True, slots=True)
class _Action:
    """One thing that happens to a lock; ``when`` limits it to one side of an atom."""

    take: bool
    lock: str
    instance: str
    when: bool | None = None
    asserts: bool = False
    call: str = ""


class Locks:
    """The locks of one function; ask :meth:`held` for a node's."""

    def __init__(self, graph: Graph, words: Words, rules: Rules, header: bytes) -> None:
        self._graph = graph
        self._actions = _actions(graph, words, rules)
        self._sides = _sides(graph, words, self._actions)
        self._calls = {
            (action.lock, action.instance): action.call
            for done in self._actions.values()
            for action in done
            if action.take and not action.asserts
        }
        self.entry = self._at_entry(header, rules)
        used = bool(self._actions or self.entry)
        self._before = certain(graph, self.entry, self._after) if used else None

    def held(self, vertex: int) -> tuple[str, ...]:
        """Return the names of the locks held when ``vertex`` starts, sorted."""
        state = self._before[vertex] if self._before else None
        return tuple(sorted({name for name, _ in state or ()}))

    def taken_by(self, vertex: int) -> tuple[str, ...]:
        """Return the calls that took the locks held when ``vertex`` starts, as written."""
        state = self._before[vertex] if self._before else None
        calls = {self._calls[pair] for pair in state or () if pair in self._calls}
        return tuple(sorted(calls))

    def taken(self, vertices: set[int]) -> tuple[str, ...]:
        """Return the names of the locks taken inside ``vertices``, sorted."""
        found = {
            action.lock
            for vertex in vertices
            for action in self._actions.get(vertex, ())
            if action.take and not action.asserts
        }
        return tuple(sorted(found))

    def _at_entry(self, header: bytes, rules: Rules) -> Held:
        """Return the locks that every path which uses them first drops or asserts."""
        found: set[tuple[str, str]] = set(_annotated(header, rules))
        names = {action.lock for done in self._actions.values() for action in done}
        for name in names:
            first = list(self._first(name))
            if first and all(action.asserts or not action.take for action in first):
                found.add((name, first[0].instance))
        return frozenset(found)

    def _first(self, lock: str) -> Iterator[_Action]:
        """Yield what paths from the entry do first with ``lock``."""
        seen: set[int] = set()
        pending = [0]
        while pending:
            place = pending.pop()
            if place in seen:
                continue
            seen.add(place)
            own = [action for action in self._actions.get(place, ()) if action.lock == lock]
            if own:
                yield own[0]
            else:
                pending.extend(self._graph.vertices[place].next)

    def _after(self, vertex: int, state: Held) -> Held:
        for action in self._actions.get(vertex, ()):
            if action.when is None:
                state = _apply(state, action)
        for action in self._sides.get(vertex, ()):
            state = _apply(state, action)
        return state


def _apply(state: Held, action: _Action) -> Held:
    if action.take:
        return state | {(action.lock, action.instance)}
    exact = (action.lock, action.instance)
    if exact in state:
        return state - {exact}
    return frozenset(pair for pair in state if pair[0] != action.lock)


def _actions(graph: Graph, words: Words, rules: Rules) -> dict[int, list[_Action]]:
    found: dict[int, list[_Action]] = {}
    for vertex, tokens in words.by_vertex.items():
        for token in tokens:
            calls = rules.lock_calls.get(token.name) if token.call else None
            if calls:
                action = _action(calls, token, words, graph.vertices[vertex].kind)
                if action:
                    found.setdefault(vertex, []).append(action)
    return found


def _action(calls: tuple[LockCall, ...], token: Token, words: Words, kind: Kind) -> _Action | None:
    arguments = words.arguments(token)
    for call in calls:
        if call.argument and not any(call.argument.search(text) for text in arguments):
            continue
        # The lock is the argument that says so; an assertion is about its last one.
        telling = [text for text in arguments if call.argument and call.argument.search(text)]
        if call.action == "assert":
            telling = []
        instance = (telling or arguments or [""])[-1].lstrip("&")
        name = call.name or (arguments[0].lstrip("&") if arguments else token.name)
        when: bool | None = None
        if call.action == "try":
            when = True
        elif call.action == "acquire" and kind is Kind.ATOM:
            when = not _ZERO_IS_SUCCESS.search(token.name)
        written = f"{token.name}({', '.join(arguments)})"
        asserts = call.action == "assert"
        return _Action(call.action != "release", name, instance, when, asserts, written)
    return None


def _sides(
    graph: Graph, words: Words, actions: dict[int, list[_Action]]
) -> dict[int, list[_Action]]:
    """Return what the edges do: a trylock that succeeded, a lock call that gave NULL."""
    results: dict[str, list[_Action]] = {}
    for vertex, done in actions.items():
        node = graph.vertices[vertex]
        variable = assigned(words.code[node.start : node.end])
        if variable and node.kind is Kind.STEP:
            results.setdefault(variable, []).extend(action for action in done if action.take)
    found: dict[int, list[_Action]] = {}
    for number, vertex_ in enumerate(graph.vertices):
        if vertex_.kind is not Kind.EDGE or vertex_.condition < 0:
            continue
        atom = vertex_.condition
        for action in actions.get(atom, ()):
            if action.when is None:
                continue
            # The side on which the call failed is without the lock.
            taken = action.when == vertex_.value
            side = action if taken else _Action(False, action.lock, action.instance)
            found.setdefault(number, []).append(side)
        text = squeeze(words.code[vertex_.start : vertex_.end])
        for action in results.get(text, ()):
            if action.when is None and vertex_.value is False:
                drop = _Action(False, action.lock, action.instance)
                found.setdefault(number, []).append(drop)
            elif action.when is not None and vertex_.value is True:
                found.setdefault(number, []).append(action)
    return found


def _annotated(header: bytes, rules: Rules) -> list[tuple[str, str]]:
    found: list[tuple[str, str]] = []
    for match in _RELEASES.finditer(header):
        end = matching(header, match.end() - 1)
        argument = squeeze(split_arguments(header[match.end() : end])[0]) if end > 0 else ""
        for call in rules.lock_calls.get("spin_unlock", ()):
            if call.argument and call.argument.search(argument):
                found.append((call.name, argument))
                break
    return found
