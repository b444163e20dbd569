"""A function in a form that can be evaluated: its graph, and what each vertex computes.

Unlike the facts, which hold for every configuration, a program is one choice of
``#if`` arms: to run a function one has to say which kernel it is compiled for.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING

from kanalyze.source.analyse import refused
from kanalyze.source.build import build
from kanalyze.source.conditions import TooDeep
from kanalyze.source.convert import Converter, expression
from kanalyze.source.derived import result_is_truth
from kanalyze.source.expressions import Expr, Number, Opaque
from kanalyze.source.graph import Graph, Kind, Vertex
from kanalyze.source.lex import blank, matching, split_arguments, squeeze
from kanalyze.source.parse import parse
from kanalyze.source.pieces import Function
from kanalyze.source.preprocessor import conditionals, selected
from kanalyze.source.rules import Rules

if TYPE_CHECKING:
    from tree_sitter import Node

_NEWLINE = b"\n"
_LITERAL = re.compile(rb"\"\s*\"|'\s*'")
_WORD = re.compile(rb"[A-Za-z_]\w*")
_ATTRIBUTE_CALL = re.compile(rb"\b__\w+\s*(\()(?!\s*\*)")
_POINTER = re.compile(rb"\(\s*(?:\*\s*|const\b\s*)+([A-Za-z_]\w*)\s*(?:\[[^]]*\]\s*)*\)")
# tree-sitter takes `auto` for a storage class, and then misses the type.
_AUTO = re.compile(rb"\bauto\b(?=\s+\w+\s*=)")
_SYSCALL = re.compile(rb"\b(?:COMPAT_)?SYSCALL_DEFINE\d\s*(\()")
_SUBSCRIPT = re.compile(rb"\[[^]]*\]")
_TYPE_WORDS = frozenset(
    b"void int long short char bool float double unsigned signed const volatile".split()
)
_SPLIT_RETURNS = {"true": Number(1), "false": Number(0), "1": Number(1), "0": Number(0)}


@dataclass(frozen=True, slots=True, kw_only=True)
class Program:
    """One function, compiled for one configuration, ready to be evaluated.

    ``line`` is that of the declaration's first byte, counted from 1.
    ``parameters`` are the names in order, empty for one without a name.
    ``expressions`` holds for each vertex of ``graph`` what it computes: on a
    step, an atom and a switch the expression, on a return what is returned (1
    or 0 where the graph split a truth value), None for a plain ``return`` and
    for all that computes nothing.  ``case_values`` holds the label for each
    edge of a switch and None for its default, as for every other vertex.
    ``problems`` are the places that the parser did not understand; what
    surrounds them is :class:`Opaque`.
    """

    name: str
    file: str
    line: int
    parameters: tuple[str, ...]
    graph: Graph
    expressions: tuple[Expr | None, ...]
    case_values: tuple[Expr | None, ...]
    returns_truth: bool
    problems: tuple[str, ...]
    text: bytes

    def line_of(self, vertex: int) -> int:
        """Return the line of the file on which a vertex begins, counted from 1."""
        return self.line + self.text.count(b"\n", 0, self.graph.vertices[vertex].start)

    def text_of(self, vertex: int) -> str:
        """Return the source of a vertex on one line, without comments."""
        place = self.graph.vertices[vertex]
        return squeeze(self.text[place.start : place.end])


def program(
    function: Function, rules: Rules, holds: Callable[[str], bool], file: str = ""
) -> Program | None:
    """Return ``function`` as compiled where ``holds`` tells which names are set.

    ``holds`` is asked of every name that an ``#if`` inside the function tests;
    a comparison counts as true.  None when there is nothing to evaluate: the
    function is too large, nested too deeply, or not recognised as one.
    """
    code = blank(function.text)
    if refused(function.text, code):
        return None
    code = selected(code, conditionals(code), holds)
    opening = code.find(b"{", function.body)
    if opening < 0:
        return None
    header, text = code[:opening], _with_literals(code, function.text)
    body, problems = parse(_AUTO.sub(b"int ", rules.masker.mask(code, opening)))
    if body is None:
        return None
    truth = result_is_truth(header)
    try:
        graph = build(body, text, boolean=truth, transparent=rules.transparent)
    except TooDeep:
        return None
    reader = _Reader(body, text)
    return Program(
        name=function.name,
        file=file,
        line=function.line,
        parameters=parameters(header, function.name, rules),
        graph=graph,
        expressions=tuple(reader.expression(vertex) for vertex in graph.vertices),
        case_values=tuple(_case_value(vertex) for vertex in graph.vertices),
        returns_truth=truth,
        problems=tuple(
            f"line {function.line + text.count(_NEWLINE, 0, one.offset)}: {one.what}"
            for one in problems
        ),
        text=text,
    )


def _with_literals(code: bytes, text: bytes) -> bytes:
    """Return ``code`` with the literals as they stand in ``text``."""
    return _LITERAL.sub(lambda match: text[match.start() : match.end()], code)


def _case_value(vertex: Vertex) -> Expr | None:
    if vertex.kind is not Kind.EDGE or not isinstance(vertex.value, str):
        return None
    return None if vertex.value == "default" else expression(vertex.value)


class _Reader:
    """Finds what the vertices of a graph stand for in the tree it was built from."""

    def __init__(self, body: Node, text: bytes) -> None:
        self.body = body
        self.text = text
        self.converter = Converter(text)

    def expression(self, vertex: Vertex) -> Expr | None:
        """Return what a vertex computes."""
        if vertex.start == vertex.end:
            return None  # a label or the head of a loop
        if vertex.kind is Kind.RETURN:
            return self._returned(vertex)
        if vertex.kind is Kind.STEP:
            return self._step(vertex)
        if vertex.kind in (Kind.ATOM, Kind.SWITCH):
            return self.converter.expression(self._node(vertex))
        return None

    def _returned(self, vertex: Vertex) -> Expr | None:
        if isinstance(vertex.value, str):
            return _SPLIT_RETURNS[vertex.value]
        node = self._node(vertex)
        return self.converter.expression(node.named_children[0]) if node.named_child_count else None

    def _step(self, vertex: Vertex) -> Expr:
        node = self._node(vertex)
        if node.type != "parenthesized_expression":
            return self.converter.statement(node)
        # The arguments of a macro that opens a loop or a block; `for (...)` has none.
        before = self.text[: vertex.start].rstrip()
        name = re.search(rb"\w*\Z", before[-80:])
        start = len(before) - len(name[0]) if name else vertex.start
        return Opaque(squeeze(self.text[start : vertex.end]))

    def _node(self, vertex: Vertex) -> Node:
        """Return the outermost node that spans exactly the bytes of a vertex."""
        node = self.body.descendant_for_byte_range(vertex.start, vertex.end)
        assert node is not None
        if self.body.has_error:
            while (
                (parent := node.parent) is not None
                and parent.start_byte == vertex.start
                and parent.end_byte == vertex.end
            ):
                node = parent
        return node


# ------------------------------------------------------------------ parameters


def parameters(header: bytes, name: str, rules: Rules) -> tuple[str, ...]:
    """Return the names of a function's parameters, in order.

    ``header`` is its declaration, blanked.  A parameter without a name gives an
    empty one; ``...`` is none.
    """
    system_call = _SYSCALL.search(header)
    opening = system_call.start(1) if system_call else _opening(header, name)
    closing = matching(header, opening) if opening >= 0 else -1
    if closing < 0:
        return ()
    given = split_arguments(header[opening + 1 : closing])
    if system_call:
        given = given[2::2]  # the name, and then types and names in turn
    if given in ([b""], [b"void"]):
        return ()
    skipped = frozenset(word.encode() for word in rules.parse.blank)
    return tuple(_parameter(one, skipped) for one in given if one != b"...")


def _opening(header: bytes, name: str) -> int:
    found = re.search(rb"\b" + re.escape(name.encode()) + rb"\s*(?:\)\s*)?(\()", header)
    return found.start(1) if found else header.find(b"(")


def _parameter(declaration: bytes, skipped: frozenset[bytes]) -> str:
    while (match := _ATTRIBUTE_CALL.search(declaration)) is not None:
        closing = matching(declaration, match.start(1))
        end = closing + 1 if closing >= 0 else len(declaration)
        declaration = declaration[: match.start()] + b" " + declaration[end:]
    inner = _POINTER.search(declaration)  # to a function or an array
    if inner:
        return str(inner[1], "ascii")
    plain = _SUBSCRIPT.sub(b"", declaration.split(b"(")[0])
    words = [word for word in _WORD.findall(plain) if word not in skipped]
    return "" if not words or words[-1] in _TYPE_WORDS else str(words[-1], "ascii")
