"""The places at which a decision can be changed: conditions, and the atoms in them that ask."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING

from kanalyze.mutants.logic import Logic, Operand, logic, operands, unbracketed
from kanalyze.mutants.meanings import Meanings, Sides
from kanalyze.mutants.purity import Purity
from kanalyze.mutants.reading import Body, Reader
from kanalyze.semantics.given import SiteLike, Tree
from kanalyze.source.graph import Kind
from kanalyze.source.pieces import Function

if TYPE_CHECKING:
    from tree_sitter import Node

#: The roles of sites that are decisions.
DECIDING = frozenset({"decision", "pin-check"})
_COUNTS = frozenset({"refcount", "mapcount", "swap-count"})


@dataclass(frozen=True, slots=True, eq=False)
class Asked:
    """One atom that asks who has the page.

    ``sides`` say what its being true and false comes to; ``operand`` as what it
    is joined with other atoms, None where it stands alone.  ``names`` are the
    signals and helpers that it asks, ``groups`` what they measure.  A ``number``
    is no truth value: a count that is kept, or an error code.
    """

    site: SiteLike
    atom: Logic
    operand: Operand | None
    sides: Sides
    names: tuple[str, ...]
    groups: frozenset[str]
    number: bool
    pure: bool


@dataclass(frozen=True, slots=True, eq=False)
class Point:
    """One condition, or the value of one variable that is tested later, with its atoms."""

    body: Body
    whole: Logic
    asked: tuple[Asked, ...]


class Points:
    """Finds the conditions of a tree that sites are in."""

    def __init__(self, tree: Tree, reader: Reader) -> None:
        self._tree = tree
        self._reader = reader
        self._meanings = Meanings(tree.sites)
        self._purity = Purity(tree, reader)
        self._sites: dict[tuple[str, str], list[SiteLike]] = {}
        for site in tree.sites:
            # The two sides of a seqcount have operators of their own.
            if site.role in DECIDING and not tree.rules.operations.keys() & set(site.signals):
                self._sites.setdefault((site.file, site.function), []).append(site)

    def of(self, file: str, function: Function) -> Iterator[Point]:
        """Yield the conditions of a function that decide, each once, in source order."""
        found: dict[tuple[int, int], Point] = {}
        last = function.line + function.text.count(b"\n")
        sites = [
            site
            for site in self._sites.get((file, function.name), ())
            if function.line <= site.line <= last
        ]
        for body in self._reader.bodies(file, function):
            for point in self._in(body, sites):
                found.setdefault((point.whole.start, point.whole.end), point)
        yield from (found[key] for key in sorted(found))

    def _in(self, body: Body, sites: list[SiteLike]) -> Iterator[Point]:
        roots: dict[tuple[int, int], list[tuple[SiteLike, int]]] = {}
        nodes: dict[tuple[int, int], Node] = {}
        for site in sites:
            number = body.vertex_of(site)
            root = _root(body, number) if number is not None else None
            if number is not None and root is not None:
                span = root.start_byte, root.end_byte
                nodes[span] = root
                roots.setdefault(span, []).append((site, number))
        for span, there in roots.items():
            whole = logic(nodes[span], self._tree.rules.transparent)
            joined = {id(atom): operand for atom, operand in operands(whole)}
            asked = tuple(
                one
                for atom in whole.atoms()
                if (one := self._asked(body, atom, joined.get(id(atom)), there)) is not None
            )
            if asked:
                yield Point(body, whole, asked)

    def _asked(
        self,
        body: Body,
        atom: Logic,
        operand: Operand | None,
        sites: list[tuple[SiteLike, int]],
    ) -> Asked | None:
        """Return what an atom asks if one of the sites is in it."""
        start, end = atom.node.start_byte, atom.node.end_byte
        for site, number in sites:
            names = tuple(
                token.name
                for token in body.words.by_vertex.get(number, ())
                if start <= token.offset < end and token.name in (*site.signals, *site.derived)
            )
            if not names:
                continue
            groups = self._tree.rules.groups
            told = frozenset(groups[name] for name in names if name in groups)
            kept = body.graph.vertices[number].kind is Kind.STEP
            return Asked(
                site=site,
                atom=atom,
                operand=operand,
                sides=self._meanings.sides(site),
                names=names,
                groups=told,
                number=kept and self._is_number(atom, names[0], told),
                pure=self._purity.pure(body, atom.node),
            )
        return None

    def _is_number(self, atom: Logic, name: str, groups: frozenset[str]) -> bool:
        """Tell a count or an error code from a truth value."""
        if atom.node.type != "call_expression":
            return True
        if groups:
            return bool(groups & _COUNTS) and not self._purity.answers_truth(name)
        return self._purity.answers_error(name)


def _root(body: Body, number: int) -> Node | None:
    """Return the whole condition that an atom is part of, or the value that a step keeps."""
    vertex = body.graph.vertices[number]
    if vertex.kind is Kind.ATOM:
        whole = body.graph.conditions[vertex.condition]
        node = body.node_of(whole.start, whole.end)
        return unbracketed(node) if node is not None else None
    node = body.node_of(vertex.start, vertex.end)
    return _value(node) if node is not None else None


def _value(node: Node) -> Node | None:
    """Return what a statement assigns to a variable, or initialises it with."""
    if node.type == "expression_statement" and node.named_child_count:
        node = node.named_children[0]
    if node.type == "declaration":
        held = [one for one in node.named_children if one.type == "init_declarator"]
        if len(held) == 1:
            value = held[0].child_by_field_name("value")
            return None if value is None or value.type == "initializer_list" else value
        return None
    if node.type == "assignment_expression":
        operator = node.child_by_field_name("operator")
        if operator is not None and operator.type == "=":
            return node.child_by_field_name("right")
    return None
