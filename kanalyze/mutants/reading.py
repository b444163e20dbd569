"""The functions of a tree as syntax trees, and where in them a site is."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING

from kanalyze.semantics.given import SiteLike, Tree
from kanalyze.source.build import build
from kanalyze.source.conditions import TooDeep
from kanalyze.source.derived import result_is_truth
from kanalyze.source.graph import Graph, Kind, Vertex
from kanalyze.source.lex import blank, squeeze
from kanalyze.source.parse import parse
from kanalyze.source.pieces import Function, functions
from kanalyze.source.preprocessor import conditionals, variants
from kanalyze.source.rules import Rules
from kanalyze.source.tokens import Words, words

if TYPE_CHECKING:
    from tree_sitter import Node


@dataclass(frozen=True, slots=True, eq=False)
class Body:
    """One function with one choice of ``#if`` arms: its syntax tree and its graph."""

    file: str
    function: Function
    code: bytes
    node: Node
    graph: Graph
    words: Words

    def text(self, start: int, end: int) -> bytes:
        """Return the source from ``start`` to ``end`` as it stands in the file."""
        return self.function.text[start:end]

    def line(self, offset: int) -> int:
        """Return the line of the file on which the byte at ``offset`` stands."""
        return self.function.line + self.code.count(b"\n", 0, offset)

    def node_of(self, start: int, end: int) -> Node | None:
        """Return the outermost node that spans exactly these bytes."""
        node = self.node.descendant_for_byte_range(start, end)
        if node is None or (node.start_byte, node.end_byte) != (start, end):
            return None
        while (parent := node.parent) is not None and (
            (parent.start_byte, parent.end_byte) == (start, end)
        ):
            node = parent
        return node

    def vertex_of(self, site: SiteLike) -> int | None:
        """Return the vertex that a site stands for."""
        for number, vertex in enumerate(self.graph.vertices):
            if vertex.kind in (Kind.ATOM, Kind.STEP) and self._is(vertex, site):
                return number
        return None

    def _is(self, vertex: Vertex, site: SiteLike) -> bool:
        if not self.line(vertex.start) <= site.line <= self.line(vertex.end):
            return False
        return squeeze(self.code[vertex.start : vertex.end]).rstrip("; ") == site.predicate

    def around(self, offset: int, kind: str) -> Node | None:
        """Return the innermost node of a kind around a byte."""
        node = self.node.descendant_for_byte_range(offset, offset + 1)
        while node is not None and node.type != kind:
            node = node.parent
        return node


class Reader:
    """The functions of one tree, cut and parsed when they are asked for."""

    def __init__(self, tree: Tree) -> None:
        self.tree = tree
        self._functions: dict[str, list[Function]] = {}
        self._bodies: dict[tuple[str, int], tuple[Body, ...]] = {}

    def functions(self, file: str) -> list[Function]:
        """Return the functions of a file in their order."""
        if file not in self._functions:
            self._functions[file] = list(functions(self.tree.files.get(file, b"")))
        return self._functions[file]

    def function(self, file: str, name: str, line: int) -> Function | None:
        """Return the definition of a function around a line of a file."""
        for one in self.functions(file):
            if one.name == name and one.line <= line <= one.line + one.text.count(b"\n"):
                return one
        return None

    def bodies(self, file: str, function: Function) -> tuple[Body, ...]:
        """Return a function parsed, once for every choice of arms that shows another."""
        key = file, function.offset
        if key not in self._bodies:
            self._bodies[key] = tuple(_bodies(file, function, self.tree.rules))
        return self._bodies[key]


def _bodies(file: str, function: Function, rules: Rules) -> Iterator[Body]:
    code = blank(function.text)
    truth = result_is_truth(code[: function.body])
    for choice in variants(code, conditionals(code)):
        node, _ = parse(rules.masker.mask(choice, function.body))
        if node is None:
            continue
        try:
            graph = build(node, choice, boolean=truth, transparent=rules.transparent)
        except TooDeep:
            continue
        yield Body(file, function, choice, node, graph, words(graph, choice, function.body))
