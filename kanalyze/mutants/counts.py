"""Counts asked less strictly: a bound weakened by one, mappings counted for references."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import TYPE_CHECKING

from kanalyze.mutants.change import Change, change, choice, edit
from kanalyze.mutants.points import Asked, Point
from kanalyze.mutants.reading import Body, Reader
from kanalyze.mutants.types import argument_type, parameter_types, variable_type
from kanalyze.semantics.given import Tree

if TYPE_CHECKING:
    from tree_sitter import Node

_COUNTED = ("refcount", "mapcount", "swap-count", "pin")
_TURNED = {"<": ">", ">": "<", "<=": ">=", ">=": "<=", "==": "==", "!=": "!="}
_NUMBER = re.compile(rb"\d+")
_SIMPLE = frozenset({"identifier", "call_expression", "field_expression", "number_literal",
                     "parenthesized_expression"})  # fmt: skip


class Counts:
    """The operators on counts; they have to know the functions of the tree."""

    def __init__(self, tree: Tree, reader: Reader) -> None:
        self._tree = tree
        self._groups = tree.rules.groups
        self._counters: list[tuple[str, str, int, str]] = []
        for name in tree.rules.vocabulary.evidence.get("mapcount", ()):
            for file in tree.files:
                for one in reader.functions(file):
                    types = parameter_types(one) if one.name == name else ()
                    if len(types) == 1:
                        self._counters.append((name, file, one.offset, types[0]))
        self._declared = {
            one.name: parameter_types(one)
            for file in tree.files
            for one in reader.functions(file)
            if self._groups.get(one.name) == "refcount"
        }

    # ---------------------------------------------------------------- weaker

    def weakened(self, point: Point) -> Iterator[Change]:
        """Yield each comparison of a count with a bound that lets one more be."""
        for one in point.asked:
            node = one.atom.node
            if node.type != "binary_expression" or not one.pure:
                continue
            text = self._weaker(point.body, one, node)
            if text:
                span = node.start_byte, node.end_byte
                made = edit(point.body, *span, text), choice(point.body, *span, "condition", text)
                kind = ("weaken", one.names[0])
                yield change(point.body, "weaken", span, (one.site.id,), [made], kind)

    def _weaker(self, body: Body, one: Asked, node: Node) -> bytes | None:
        left, right = node.child_by_field_name("left"), node.child_by_field_name("right")
        sign = node.child_by_field_name("operator")
        if left is None or right is None or sign is None or sign.type not in _TURNED:
            return None
        ranks = [self._rank(body, side) for side in (left, right)]
        if ranks[0] == ranks[1]:
            return None
        counted, bound, operator = left, right, sign.type
        if ranks[1] < ranks[0]:
            counted, bound, operator = right, left, _TURNED[operator]
        permits = one.sides.permits
        small = operator in ("<", "<=", "==")  # true while there are few
        if permits is None:
            permits = small
        if operator in ("==", "!=") and permits != (operator == "=="):
            return None  # few are kept away, many not: no bound to move
        delta = 1 if small == permits else -1
        sign_text = {"==": b"<=", "!=": b">"}.get(operator, operator.encode())
        moved = _moved(body, bound, delta)
        return _text(body, counted) + b" " + sign_text + b" " + moved

    def _rank(self, body: Body, node: Node) -> int:
        """Return what a side counts: references first, 9 for nothing."""
        found = 9
        for call in _calls(node):
            name = _name(body, call)
            group = self._groups.get(name, "")
            if group in _COUNTED:
                found = min(found, _COUNTED.index(group))
        return found

    # -------------------------------------------------------------- mappings

    def mappings(self, point: Point) -> Iterator[Change]:
        """Yield each count of references with a count of mappings in its place."""
        for one in point.asked:
            for call in _calls(one.atom.node):
                if self._groups.get(_name(point.body, call)) != "refcount":
                    continue
                text = self._counted(point.body, call)
                if text:
                    span = call.start_byte, call.end_byte
                    made = edit(point.body, *span, text), choice(point.body, *span, "value", text)
                    kind = ("mapcount", _name(point.body, call))
                    yield change(point.body, "mapcount", span, (one.site.id,), [made], kind)

    def _counted(self, body: Body, call: Node) -> bytes | None:
        given = call.child_by_field_name("arguments")
        if given is None or given.named_child_count != 1:
            return None
        name = _name(body, call)
        declared = self._declared.get(name, ())
        argument = given.named_children[0]
        wanted = (
            declared[0]
            if len(declared) == 1
            else variable_type(body, argument) or argument_type(name)
        )
        for counter, file, offset, type_ in self._counters:
            before = file != body.file or offset < body.function.offset
            if type_ == wanted and before and counter != body.function.name:
                return counter.encode() + body.text(given.start_byte, given.end_byte)
        return None


def _calls(node: Node) -> Iterator[Node]:
    waiting = [node]
    while waiting:
        one = waiting.pop()
        if one.type == "call_expression":
            yield one
        waiting.extend(reversed(one.named_children))


def _name(body: Body, call: Node) -> str:
    name = call.child_by_field_name("function")
    return (
        ""
        if name is None
        else body.code[name.start_byte : name.end_byte].decode("ascii", "replace")
    )


def _text(body: Body, node: Node) -> bytes:
    return body.text(node.start_byte, node.end_byte)


def _moved(body: Body, node: Node, delta: int) -> bytes:
    """Return a bound that is one more or less."""
    text = _text(body, node)
    if node.type == "number_literal" and text.isdigit():
        return b"%d" % (int(text) + delta)
    first = node
    while first.type == "binary_expression" and _is_sum(first):
        left = first.child_by_field_name("left")
        assert left is not None
        first = left
    number = _NUMBER.match(text)
    if first is not node and first.type == "number_literal" and number:
        return b"%d" % (int(number[0]) + delta) + text[number.end() :]
    if node.type not in _SIMPLE and not _is_sum(node):
        text = b"(" + text + b")"
    return text + (b" + 1" if delta > 0 else b" - 1")


def _is_sum(node: Node) -> bool:
    operator = node.child_by_field_name("operator")
    return node.type == "binary_expression" and operator is not None and operator.type == "+"
