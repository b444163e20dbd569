"""From tree-sitter's expressions to those of :mod:`kanalyze.source.expressions`.

The tree is that of the masked text, the words come from the text as written:
both have the same offsets.  What the parser did not understand becomes
:class:`Opaque`, as small a part of the expression as possible.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import TYPE_CHECKING

from kanalyze.source.expressions import (
    Assign,
    Binary,
    Call,
    Choice,
    Expr,
    Field,
    Index,
    Name,
    Number,
    Opaque,
    Sequence,
    Step,
    Text,
    Unary,
)
from kanalyze.source.lex import blank, squeeze
from kanalyze.source.parse import parse

if TYPE_CHECKING:
    from tree_sitter import Node

_NUMBER = re.compile(r"([-+]?)(0[xX][0-9a-fA-F]+|0[bB][01]+|0[0-7]*|[1-9]\d*)[uUlL]*")
# In front of `&`, `*`, `-` or `+` a name in brackets is an operand, unless it is a type.
_TYPE_NAME = re.compile(
    r"\w+_t|(?:__)?[us](?:8|16|32|64)|__[bl]e(?:16|32|64)"
    r"|u?int|u?long|ushort|short|char|bool|void|unsigned|signed"
)
_HEAD = b"void f(){return "

# Each level costs some of the interpreter's stack, here and in every walk over
# the result; kernel code stays below forty.
_MAX_DEPTH = 120


def expression(text: str) -> Expr:
    """Return the expression that ``text`` is; :class:`Opaque` when it is none.

    A range, as the label of a case can be one, is a :class:`Binary` with ``...``.
    Offsets of calls are those in ``text``, as bytes.
    """
    low, dots, high = text.partition("...")
    if dots and not set(text) & set("\"'{("):
        return Binary("...", expression(low), expression(high))
    encoded = text.encode("utf-8", "replace")
    code = blank(encoded)
    body, problems = parse(_HEAD + code + b";}")
    children = body.named_children if body is not None else []
    if problems or len(children) != 1 or children[0].named_child_count != 1:
        return Opaque(squeeze(encoded))
    return Converter(_HEAD + encoded, -len(_HEAD)).expression(children[0].named_children[0])


class Converter:
    """Converts nodes of one function; ``text`` is the function with its literals.

    ``shift`` is added to the offsets of calls.
    """

    def __init__(self, text: bytes, shift: int = 0) -> None:
        self.code = text
        self.shift = shift
        self.depth = 0

    def statement(self, node: Node) -> Expr:
        """Return what a statement without branches computes."""
        if node.type == "declaration":
            return self._declaration(node)
        if node.type == "expression_statement":
            if node.has_error and any(child.is_error for child in node.children):
                return self.opaque(node)
            inner = node.named_children
            return self.expression(inner[0]) if inner else Sequence(())
        if node.type in _NOTHING:
            return Sequence(())
        return self.expression(node)

    def expression(self, node: Node) -> Expr:
        """Return the expression of ``node``; anything but an expression is opaque."""
        handler = _HANDLERS.get(node.type)
        if handler is None or self.depth >= _MAX_DEPTH:
            return self.opaque(node)
        if node.has_error and (
            node.is_missing or any(child.is_error or child.is_missing for child in node.children)
        ):
            return self.opaque(node)
        self.depth += 1
        try:
            return handler(self, node)
        finally:
            self.depth -= 1

    def opaque(self, node: Node) -> Opaque:
        """Return ``node`` as nothing but its text."""
        return Opaque(squeeze(self.code[node.start_byte : node.end_byte]))

    def _text(self, node: Node) -> str:
        return self.code[node.start_byte : node.end_byte].decode("utf-8", "replace")

    # ------------------------------------------------------------ declarations

    def _declaration(self, node: Node) -> Expr:
        if node.has_error and any(child.is_error for child in node.children):
            return self.opaque(node)
        children = node.named_children
        made = [self._initialised(child) for child in children if child.type == "init_declarator"]
        if made:
            words = self._text(node).split("=", 1)[0].split()
            if "static" in words and "const" not in words:
                return Sequence(())  # set once and for all, not whenever control comes by
        return made[0] if len(made) == 1 else Sequence(tuple(made))

    def _initialised(self, node: Node) -> Expr:
        declarator = node.child_by_field_name("declarator")
        value = node.child_by_field_name("value")
        wrong = node.has_error and any(child.is_error for child in node.children)
        while declarator is not None and declarator.type != "identifier":
            inner = declarator.child_by_field_name("declarator")
            if inner is None and declarator.type == "parenthesized_declarator":
                inner = declarator.named_children[0] if declarator.named_child_count else None
            declarator = inner
        if declarator is None or value is None or wrong:
            return self.opaque(node)
        return Assign("=", Name(self._text(declarator)), self.expression(value))

    # ------------------------------------------------------------- expressions

    def _name(self, node: Node) -> Expr:
        return _NAMED.get(name := self._text(node)) or Name(name)

    def _number(self, node: Node) -> Expr:
        match = _NUMBER.fullmatch(self._text(node).replace(" ", ""))
        if match is None:
            return self.opaque(node)
        digits = match[2]
        octal = digits.isdigit() and digits[0] == "0"
        value = int(digits, 8) if octal else int(digits, 0)
        return Number(-value if match[1] == "-" else value)

    def _literal(self, node: Node) -> Expr:
        return Text(self._text(node))

    def _literals(self, node: Node) -> Expr:
        return Text(" ".join(self._text(child) for child in node.children))

    def _brackets(self, node: Node) -> Expr:
        children = node.named_children
        if len(children) != 1 or children[0].type == "compound_statement":
            return self.opaque(node)
        return self.expression(children[0])

    def _last(self, node: Node) -> Expr:
        """Return the value of a cast."""
        return self.expression(node.named_children[-1])

    def _field(self, node: Node) -> Expr:
        children = node.named_children
        return Field(self.expression(children[0]), self._text(children[-1]))

    def _index(self, node: Node) -> Expr:
        children = node.named_children
        if len(children) != 2:
            return self.opaque(node)
        return Index(self.expression(children[0]), self.expression(children[1]))

    def _call(self, node: Node) -> Expr:
        children = node.named_children
        if len(children) != 2 or children[1].type != "argument_list":
            return self.opaque(node)
        callee, given = children
        arguments = self._arguments(given)
        start = node.start_byte + self.shift
        name = self._bracketed_name(callee)
        if name and len(arguments) == 1:
            return arguments[0]  # `(type)(value)`: only a cast is written so
        if name or callee.type == "identifier":
            name = name or self._text(callee)
            if name in _HINTS and len(arguments) == 1:
                return arguments[0]
            return Call(name, arguments, start)
        return Call("", arguments, start, self.expression(callee))

    def _arguments(self, node: Node) -> tuple[Expr, ...]:
        if not node.has_error:
            return tuple(self.expression(child) for child in node.named_children)
        # What was not understood must not move the arguments behind it.
        groups: list[list[Node]] = [[]]
        for child in node.children:
            if child.type == ",":
                groups.append([])
            elif child.type not in ("(", ")"):
                groups[-1].append(child)
        if groups == [[]]:
            return ()
        return tuple(self._argument(group) for group in groups)

    def _argument(self, group: list[Node]) -> Expr:
        if len(group) == 1 and not group[0].is_error:
            return self.expression(group[0])
        if not group:
            return Opaque("")
        return Opaque(squeeze(self.code[group[0].start_byte : group[-1].end_byte]))

    def _bracketed_name(self, node: Node) -> str:
        """Return the identifier that stands alone in brackets, empty for anything else."""
        if node.type != "parenthesized_expression" or node.named_child_count != 1:
            return ""
        inner = node.named_children[0]
        return self._text(inner) if inner.type == "identifier" else ""

    def _offset_of(self, node: Node) -> Expr:
        given = tuple(Name(squeeze(self._bytes(child))) for child in node.named_children)
        return Call("offsetof", given, node.start_byte + self.shift)

    def _bytes(self, node: Node) -> bytes:
        return self.code[node.start_byte : node.end_byte]

    def _unary(self, node: Node) -> Expr:
        children = node.children
        if len(children) != 2:
            return self.opaque(node)
        operator, operand = children[0].type, children[1]
        if operator not in _UNARY or self._bytes(node).startswith(b"&&"):
            return self.opaque(node)  # the address of a label, or nothing we know
        return _applied(operator, self.expression(operand))

    def _binary(self, node: Node) -> Expr:
        children = node.children
        if len(children) != 3:
            return self.opaque(node)
        left, operator, right = children[0], children[1].type, children[2]
        if operator in _UNARY and _TYPE_NAME.fullmatch(self._bracketed_name(left)):
            return self._prefixed(operator, right)  # `(u64)-x` is a cast
        if operator == "+" and self._bytes(children[1]) != b"+":
            operator = "..."  # a range of cases, masked
        return Binary(operator, self.expression(left), self.expression(right))

    def _prefixed(self, operator: str, node: Node) -> Expr:
        """Return ``node`` with a unary operator before its first operand."""
        if node.type == "binary_expression" and node.child_count == 3:
            left, other, right = node.children
            return Binary(other.type, self._prefixed(operator, left), self.expression(right))
        return _applied(operator, self.expression(node))

    def _choice(self, node: Node) -> Expr:
        test = node.child_by_field_name("condition")
        yes, no = node.child_by_field_name("consequence"), node.child_by_field_name("alternative")
        if test is None or no is None:
            return self.opaque(node)
        condition = self.expression(test)
        return Choice(
            condition, condition if yes is None else self.expression(yes), self.expression(no)
        )

    def _assign(self, node: Node) -> Expr:
        children = node.children
        if len(children) != 3:
            return self.opaque(node)
        target, operator, value = children
        return Assign(operator.type, self.expression(target), self.expression(value))

    def _step(self, node: Node) -> Expr:
        first, second = node.children
        if first.type in ("++", "--"):
            return Step(first.type, self.expression(second), True)
        return self._stepped(second.type, first)

    def _stepped(self, operator: str, node: Node) -> Expr:
        """Return ``node`` with ``++`` behind it, which the parser binds weaker than ``*``."""
        if node.type in ("unary_expression", "pointer_expression") and node.child_count == 2:
            return _applied(node.children[0].type, self._stepped(operator, node.children[1]))
        if node.type == "cast_expression":
            return self._stepped(operator, node.named_children[-1])
        return Step(operator, self.expression(node), False)

    def _comma(self, node: Node) -> Expr:
        found: list[Expr] = []
        for child in node.named_children:
            part = self.expression(child)
            found.extend(part.parts if isinstance(part, Sequence) else (part,))
        return Sequence(tuple(found))

    def _sizeof(self, node: Node) -> Expr:
        value = node.child_by_field_name("value")
        if value is not None:
            return Unary("sizeof", self.expression(value))
        given = node.child_by_field_name("type")
        return Unary("sizeof", self.opaque(node if given is None else given))


def _applied(operator: str, operand: Expr) -> Expr:
    """Return ``operand`` behind a unary operator; a number with its sign is a number."""
    if operator in ("-", "+") and isinstance(operand, Number):
        return Number(-operand.value) if operator == "-" else operand
    return Unary(operator, operand)


_NAMED = {"NULL": Number(0), "true": Number(1), "false": Number(0)}
# They say what is likely, not what is.
_HINTS = frozenset({"likely", "unlikely"})
_UNARY = frozenset("!-+~*&")
_NOTHING = frozenset(
    {";", "type_definition", "struct_specifier", "union_specifier", "enum_specifier"}
)

_HANDLERS: dict[str, Callable[[Converter, Node], Expr]] = {
    "identifier": Converter._name,
    "field_identifier": Converter._name,
    "null": Converter._name,
    "true": Converter._name,
    "false": Converter._name,
    "number_literal": Converter._number,
    "string_literal": Converter._literal,
    "char_literal": Converter._literal,
    "concatenated_string": Converter._literals,
    "parenthesized_expression": Converter._brackets,
    "cast_expression": Converter._last,
    "field_expression": Converter._field,
    "subscript_expression": Converter._index,
    "call_expression": Converter._call,
    "offsetof_expression": Converter._offset_of,
    "unary_expression": Converter._unary,
    "pointer_expression": Converter._unary,
    "binary_expression": Converter._binary,
    "conditional_expression": Converter._choice,
    "assignment_expression": Converter._assign,
    "update_expression": Converter._step,
    "comma_expression": Converter._comma,
    "sizeof_expression": Converter._sizeof,
}
