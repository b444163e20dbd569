"""Conditions in a control-flow graph: short circuit, negation, ternaries.

The half of the builder that takes expressions apart; :mod:`kanalyze.source.build`
is the half that follows statements.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from kanalyze.source.graph import Condition, Kind, Vertex

if TYPE_CHECKING:
    from tree_sitter import Node

ENTRY, EXIT = 0, 1

# A statement or condition nested deeper is not followed: kernel code stays below
# twenty, and each level costs some of the interpreter's stack.
_MAX_DEPTH = 90

CONSTANT = re.compile(rb"\(*\s*(?:(\d+)|true|false)\s*\)*")


class TooDeep(Exception):
    """A function is nested too deeply to be followed; ``offset`` is where."""

    def __init__(self, offset: int) -> None:
        super().__init__("nested too deeply")
        self.offset = offset


class Conditions:
    """A graph in the making; the open ends of what was built so far are ``ends``."""

    def __init__(self, code: bytes, boolean: bool, transparent: frozenset[str]) -> None:
        self.code = code
        self.boolean = boolean
        self.transparent = transparent
        self.vertices = [Vertex(Kind.ENTRY, 0, 0), Vertex(Kind.EXIT, len(code), len(code))]
        self.conditions: list[Condition] = []
        self.ends: list[int] = [ENTRY]
        self.depth = 0

    # ------------------------------------------------------------ primitives

    def add(self, kind: Kind, start: int, end: int, **more: object) -> int:
        """Add a node behind the open ends and make it the only open end."""
        number = len(self.vertices)
        vertex = Vertex(kind, start, end)
        for name, value in more.items():
            setattr(vertex, name, value)
        self.vertices.append(vertex)
        for end_ in self.ends:
            self.vertices[end_].next.append(number)
        self.ends = [number]
        return number

    def link(self, ends: list[int], target: int) -> None:
        for end in ends:
            self.vertices[end].next.append(target)

    # ------------------------------------------------------------ conditions

    def branch(self, node: Node) -> tuple[list[int], list[int]]:
        """Build a condition; return the open ends of its true and its false side."""
        number = len(self.conditions)
        whole = Condition(node.start_byte, node.end_byte)
        self.conditions.append(whole)
        whole.true, whole.false = self._condition(node, number)
        return list(whole.true), list(whole.false)

    def _condition(
        self, node: Node, number: int, sense: bool = True
    ) -> tuple[list[int], list[int]]:
        self._enter(node)
        try:
            return self._one_condition(self._strip(node), number, sense)
        finally:
            self.depth -= 1

    def _enter(self, node: Node) -> None:
        self.depth += 1
        if self.depth > _MAX_DEPTH:
            raise TooDeep(node.start_byte)

    def _one_condition(self, node: Node, number: int, sense: bool) -> tuple[list[int], list[int]]:
        if node.type == "unary_expression" and self._operator(node) == "!":
            operand = node.child_by_field_name("argument")
            if operand is not None:
                true, false = self._condition(operand, number, not sense)
                return false, true
        if node.type == "binary_expression" and self._operator(node) in ("&&", "||"):
            return self._short_circuit(node, number, sense)
        if node.type == "conditional_expression":
            return self._ternary(node, number, sense)
        constant = CONSTANT.fullmatch(self.code[node.start_byte : node.end_byte])
        if constant:
            ends, self.ends = self.ends, []
            zero = constant[1] is not None and not int(constant[1]) or constant[0] == b"false"
            return ([], ends) if zero else (ends, [])
        atom = self.add(Kind.ATOM, node.start_byte, node.end_byte, condition=number)
        self.vertices[atom].sense = sense
        return self._sides(atom)

    def _sides(self, atom: int) -> tuple[list[int], list[int]]:
        vertex = self.vertices[atom]
        self.ends = [atom]
        true = self.add(Kind.EDGE, vertex.start, vertex.end, value=True, condition=atom)
        self.ends = [atom]
        false = self.add(Kind.EDGE, vertex.start, vertex.end, value=False, condition=atom)
        self.ends = []
        return [true], [false]

    def _short_circuit(self, node: Node, number: int, sense: bool) -> tuple[list[int], list[int]]:
        operator = self._operator(node)
        first, *others = self._operands(node, operator)
        true, false = self._condition(first, number, sense)
        for operand in others:
            if operator == "&&":
                self.ends = true
                true, more = self._condition(operand, number, sense)
                false = false + more
            else:
                self.ends = false
                more, false = self._condition(operand, number, sense)
                true = true + more
        return true, false

    def _operands(self, node: Node, operator: str) -> list[Node]:
        """Return the operands of ``a && b && c``, which parses as ``(a && b) && c``."""
        found: list[Node] = []
        while node.type == "binary_expression" and self._operator(node) == operator:
            left, right = node.child_by_field_name("left"), node.child_by_field_name("right")
            assert left is not None and right is not None
            found.append(right)
            node = self._strip(left)
        return [node, *reversed(found)]

    def _ternary(self, node: Node, number: int, sense: bool) -> tuple[list[int], list[int]]:
        test = node.child_by_field_name("condition")
        yes, no = node.child_by_field_name("consequence"), node.child_by_field_name("alternative")
        assert test is not None and no is not None
        true, false = self._condition(test, number, sense)
        self.ends = true
        one = self._condition(yes, number, sense) if yes is not None else (true, [])
        self.ends = false
        two = self._condition(no, number, sense)
        return one[0] + two[0], one[1] + two[1]

    def _strip(self, node: Node) -> Node:
        """Step inside brackets and calls that are the condition they are given."""
        while True:
            inner = None
            if node.type == "parenthesized_expression" and node.named_child_count == 1:
                inner = node.named_children[0]
            elif node.type == "call_expression":
                name = node.child_by_field_name("function")
                arguments = node.child_by_field_name("arguments")
                if (
                    name is not None
                    and arguments is not None
                    and self.text(name) in self.transparent
                    and arguments.named_child_count
                ):
                    inner = arguments.named_children[0]
            if inner is None:
                return node
            node = inner

    def _operator(self, node: Node) -> str:
        operator = node.child_by_field_name("operator")
        return operator.type if operator is not None else ""

    def text(self, node: Node) -> str:
        return self.code[node.start_byte : node.end_byte].decode("utf-8", "replace")
