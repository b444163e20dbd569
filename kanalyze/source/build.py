"""From a syntax tree to a control-flow graph.

Only statements and conditions are descended into; an expression without a
branch in it stays one step, whatever it holds.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from kanalyze.source.conditions import CONSTANT, EXIT, Conditions
from kanalyze.source.graph import Condition, Graph, Kind

if TYPE_CHECKING:
    from tree_sitter import Node

_LOGICAL = ("binary_expression", "unary_expression")
_TRUTH_OPERATORS = ("&&", "||", "!", "==", "!=", "<", "<=", ">", ">=")


class _Builder(Conditions):
    """Walks one function body."""

    def __init__(self, code: bytes, boolean: bool, transparent: frozenset[str]) -> None:
        super().__init__(code, boolean, transparent)
        self.labels: dict[str, int] = {}
        self.jumps: list[tuple[int, str]] = []
        self.breaks: list[list[int]] = []
        self.continues: list[list[int]] = []
        self.cases: list[tuple[int, list[str]]] = []

    def statement(self, node: Node) -> None:
        """Build one statement behind the open ends."""
        handler = _HANDLERS.get(node.type)
        if handler:
            self._enter(node)
            handler(self, node)
            self.depth -= 1
        elif node.type not in ("comment", ";", "{", "}"):
            self.add(Kind.STEP, node.start_byte, node.end_byte)

    def block(self, node: Node) -> None:
        for child in node.named_children:
            self.statement(child)

    def if_(self, node: Node) -> None:
        """Build an ``if`` with all its ``else if``: a chain is long, not deep."""
        links: list[tuple[Condition, list[int], int]] = []
        following: Node | None = node
        while following is not None:
            test = following.child_by_field_name("condition")
            assert test is not None
            if not self._says_if(test):
                # A macro that opens a block which runs once, masked as an if.
                self.add(Kind.STEP, test.start_byte, test.end_byte)
                self._optional(following.child_by_field_name("consequence"))
                break
            true, false = self.branch(test)
            whole = self.conditions[-1]
            self.ends = true
            whole.true_jump = self._side(following.child_by_field_name("consequence"))
            links.append((whole, self.ends, len(self.vertices)))
            self.ends = false
            rest = following.child_by_field_name("alternative")
            following = self._else_if(rest)
            if following is None:
                self._optional(rest)
        for whole, after, first in reversed(links):
            whole.false_jump = self._jump_since(first)
            self.ends = after + self.ends

    def _says_if(self, test: Node) -> bool:
        return self.code[: test.start_byte].rstrip().endswith(b"if")

    def _else_if(self, rest: Node | None) -> Node | None:
        """Return the ``if`` that an ``else`` consists of."""
        if rest is None or rest.named_child_count != 1:
            return None
        only = rest.named_children[0]
        return only if only.type == "if_statement" else None

    def _jump_since(self, first: int) -> int:
        """Return the first jump from vertex ``first`` on if no way is open, else 0."""
        if self.ends:
            return 0
        jumps = (Kind.GOTO, Kind.RETURN)
        numbers = range(first, len(self.vertices))
        return next((n for n in numbers if self.vertices[n].kind in jumps), 0)

    def _side(self, node: Node | None) -> int:
        """Build what stands under one side of an ``if``; return the jump it always ends in."""
        first = len(self.vertices)
        self._optional(node)
        return 0 if node is None else self._jump_since(first)

    def else_(self, node: Node) -> None:
        self.block(node)

    def _optional(self, node: Node | None) -> None:
        if node is not None:
            self.statement(node)

    def while_(self, node: Node) -> None:
        test = node.child_by_field_name("condition")
        assert test is not None
        head = self.add(Kind.STEP, test.start_byte, test.start_byte)
        true, false = self._loop_test(test)
        self._loop_body(true, node.child_by_field_name("body"))
        self.link(self.ends + self.continues.pop(), head)
        self.ends = false + self.breaks.pop()

    def _loop_test(self, test: Node) -> tuple[list[int], list[int]]:
        """Build a loop's condition; a loop macro's arguments are no condition at all."""
        if not self.code[: test.start_byte].rstrip().endswith(b"while"):
            step = self.add(Kind.STEP, test.start_byte, test.end_byte)
            return self._sides(step)
        return self.branch(test)

    def _loop_body(self, ends: list[int], body: Node | None) -> None:
        self.breaks.append([])
        self.continues.append([])
        self.ends = ends
        self._optional(body)

    def do(self, node: Node) -> None:
        body, test = node.child_by_field_name("body"), node.child_by_field_name("condition")
        head = self.add(Kind.STEP, node.start_byte, node.start_byte)
        self._loop_body(self.ends, body)
        self.ends = self.ends + self.continues.pop()
        if test is None:
            self.ends = self.ends + self.breaks.pop()
            return
        true, false = self.branch(test)
        self.link(true, head)
        self.ends = false + self.breaks.pop()

    def for_(self, node: Node) -> None:
        first, test = node.child_by_field_name("initializer"), node.child_by_field_name("condition")
        step, body = node.child_by_field_name("update"), node.child_by_field_name("body")
        self._optional(first)
        head = self.add(Kind.STEP, node.start_byte, node.start_byte)
        true, false = self.branch(test) if test is not None else (self.ends, [])
        self._loop_body(true, body)
        self.ends = self.ends + self.continues.pop()
        self._optional(step)
        self.link(self.ends, head)
        self.ends = false + self.breaks.pop()

    def switch(self, node: Node) -> None:
        test, body = node.child_by_field_name("condition"), node.child_by_field_name("body")
        assert test is not None
        inner = self._strip(test)
        self.conditions.append(Condition(test.start_byte, test.end_byte))
        number = len(self.conditions) - 1
        head = self.add(Kind.SWITCH, inner.start_byte, inner.end_byte, condition=number)
        self.breaks.append([])
        self.cases.append((head, []))
        self.ends = []
        self._optional(body)
        _, labels = self.cases.pop()
        if "default" not in labels:
            after, self.ends = self.ends, [head]
            other = self.add(
                Kind.EDGE, inner.start_byte, inner.end_byte, value="default", condition=head
            )
            self.ends = [*after, other]
        self.ends = self.ends + self.breaks.pop()

    def case(self, node: Node) -> None:
        value = node.child_by_field_name("value")
        label = self.text(value) if value is not None else "default"
        children = node.named_children
        if self.cases:
            head, labels = self.cases[-1]
            labels.append(label)
            through, self.ends = self.ends, [head]
            vertex = self.vertices[head]
            edge = self.add(Kind.EDGE, vertex.start, vertex.end, value=label, condition=head)
            self.ends = [*through, edge]
        for child in children:
            if child != value:
                self.statement(child)

    def labeled(self, node: Node) -> None:
        label = node.child_by_field_name("label")
        name = self.text(label) if label is not None else ""
        place = self.add(Kind.STEP, node.start_byte, node.start_byte)
        self.labels.setdefault(name, place)
        for child in node.named_children:
            if child != label:
                self.statement(child)

    def goto(self, node: Node) -> None:
        label = node.child_by_field_name("label")
        name = self.text(label) if label is not None else ""
        here = self.add(Kind.GOTO, node.start_byte, node.end_byte, value=name)
        self.jumps.append((here, name))
        self.ends = []

    def break_(self, node: Node) -> None:
        here = self.add(Kind.GOTO, node.start_byte, node.end_byte, value="break")
        if self.breaks:
            self.breaks[-1].append(here)
        self.ends = []

    def continue_(self, node: Node) -> None:
        here = self.add(Kind.GOTO, node.start_byte, node.end_byte, value="continue")
        if self.continues:
            self.continues[-1].append(here)
        self.ends = []

    def return_(self, node: Node) -> None:
        value = node.named_children[0] if node.named_child_count else None
        if value is not None and self._returns_condition(value):
            true, false = self.branch(value)
            names = ("true", "false") if self.boolean else ("1", "0")
            for ends, text in zip((true, false), names, strict=True):
                self.ends = ends
                if ends:
                    self._leave(node, text)
        else:
            self._leave(node, None)
        self.ends = []

    def _leave(self, node: Node, value: str | None) -> None:
        here = self.add(Kind.RETURN, node.start_byte, node.end_byte, value=value)
        self.vertices[here].next.append(EXIT)

    def _returns_condition(self, value: Node) -> bool:
        """Tell whether what is returned is a truth value made on the spot.

        Before C99's bool came into use an int said so, and only a comparison or
        a logical operator tells that one from a count.
        """
        value = self._strip(value)
        if CONSTANT.fullmatch(self.code[value.start_byte : value.end_byte]):
            return False
        if self.boolean:
            return value.type != "identifier"
        return value.type in _LOGICAL and self._operator(value) in _TRUTH_OPERATORS

    def finish(self) -> Graph:
        for end in self.ends:
            self.vertices[end].next.append(EXIT)
        for here, name in self.jumps:
            self.vertices[here].next.append(self.labels.get(name, EXIT))
        return Graph(self.vertices, self.conditions)


_HANDLERS: dict[str, Callable[[_Builder, Node], None]] = {
    "compound_statement": _Builder.block,
    "if_statement": _Builder.if_,
    "else_clause": _Builder.else_,
    "while_statement": _Builder.while_,
    "do_statement": _Builder.do,
    "for_statement": _Builder.for_,
    "switch_statement": _Builder.switch,
    "case_statement": _Builder.case,
    "labeled_statement": _Builder.labeled,
    "goto_statement": _Builder.goto,
    "break_statement": _Builder.break_,
    "continue_statement": _Builder.continue_,
    "return_statement": _Builder.return_,
}


def build(body: Node, code: bytes, *, boolean: bool, transparent: frozenset[str]) -> Graph:
    """Return the control-flow graph of ``body``.

    ``code`` is the blanked text of the function (before masking, same offsets);
    ``boolean`` tells that the function's result is a truth value, so that a
    returned expression is a condition; ``transparent`` names calls such as
    ``unlikely`` that are the condition they are given.
    """
    builder = _Builder(code, boolean, transparent)
    builder.block(body)
    return builder.finish()
