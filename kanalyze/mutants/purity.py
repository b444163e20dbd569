"""What evaluating an expression changes: nothing, or something that a mutant must keep."""

from __future__ import annotations

from typing import TYPE_CHECKING

from kanalyze.mutants.reading import Body, Reader
from kanalyze.semantics.effects import CHANGES
from kanalyze.semantics.given import Tree
from kanalyze.source.derived import result_is_truth
from kanalyze.source.lex import IDENTIFIER, blank
from kanalyze.source.pieces import Function

if TYPE_CHECKING:
    from tree_sitter import Node

_CHANGING = frozenset({"assignment_expression", "update_expression", "compound_statement"})
# A helper is followed so many calls deep.
_DEEP = 4


class Purity:
    """Which calls of a tree have an effect, and what they return."""

    def __init__(self, tree: Tree, reader: Reader) -> None:
        rules = tree.rules
        locks = {
            name
            for name, calls in rules.lock_calls.items()
            if any(call.action != "assert" for call in calls)
        }
        tables = (rules.vocabulary.arm, rules.vocabulary.grant)
        words = {name for table in tables for names in table.values() for name in names}
        opening = {name for name, what in rules.operations.items() if what != "read-retry"}
        self._changing = CHANGES | locks | words | opening
        evidence = rules.vocabulary.evidence
        self._asking = {name for names in evidence.values() for name in names}
        self._functions: dict[str, list[Function]] = {}
        for file in tree.files:
            for function in reader.functions(file):
                self._functions.setdefault(function.name, []).append(function)
        self._words: dict[str, frozenset[str]] = {}

    def pure(self, body: Body, node: Node) -> bool:
        """Tell whether an expression can be evaluated once more, or not at all."""
        waiting = [node]
        called = []
        while waiting:
            one = waiting.pop()
            if one.type in _CHANGING:
                return False
            if one.type == "call_expression":
                name = one.child_by_field_name("function")
                if name is None or name.type != "identifier":
                    return False
                called.append(body.code[name.start_byte : name.end_byte].decode())
            waiting.extend(one.named_children)
        return not any(self.changes(name) for name in called)

    def changes(self, name: str) -> bool:
        """Tell whether a call of a function, or what that calls, changes anything known."""
        seen, layer = {name}, {name}
        for _ in range(_DEEP):
            if layer & self._changing:
                return True
            layer = {
                word
                for one in layer - self._asking
                for word in self._named(one)
                if word in self._functions or word in self._changing
            } - seen
            seen |= layer
        return bool(layer & self._changing)

    def answers_truth(self, name: str) -> bool:
        """Tell whether a function is declared to return a truth value."""
        return any(result_is_truth(_header(one)) for one in self._functions.get(name, ()))

    def answers_error(self, name: str) -> bool:
        """Tell whether a function of the tree returns a number that is no truth value."""
        known = self._functions.get(name, ())
        return bool(known) and not self.answers_truth(name)

    def _named(self, name: str) -> frozenset[str]:
        if name not in self._words:
            self._words[name] = frozenset(
                word.decode("ascii", "replace")
                for one in self._functions.get(name, ())
                for word in IDENTIFIER.findall(blank(one.text), one.body)
            )
        return self._words[name]


def _header(function: Function) -> bytes:
    return blank(function.text)[: function.body]
