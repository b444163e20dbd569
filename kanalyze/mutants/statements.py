"""Statements that are not run any more: what arms, and the two sides of a seqcount."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING

from kanalyze.mutants.change import Change, change, choice, constant, edit, together
from kanalyze.mutants.logic import logic
from kanalyze.mutants.model import Choice, Edit
from kanalyze.mutants.reading import Body
from kanalyze.semantics.given import SectionLike, SiteLike
from kanalyze.source.graph import Kind
from kanalyze.source.lex import squeeze
from kanalyze.source.rules import Rules
from kanalyze.source.tokens import Token, assigned

if TYPE_CHECKING:
    from tree_sitter import Node

#: What may be left out without the entry being lost.
_LEFT_OUT = frozenset({"write-protect", "clear-exclusive"})


def disarmed(body: Body, sites: list[SiteLike], rules: Rules) -> Iterator[Change]:
    """Yield a function that does not arm: does not write-protect, or leaves a page exclusive."""
    for site in sites:
        kinds = {rules.groups.get(name) for name in site.signals}
        number = body.vertex_of(site)
        if number is None or not kinds & _LEFT_OUT:
            continue
        vertex = body.graph.vertices[number]
        node = body.node_of(vertex.start, vertex.end)
        if node is None or node.type != "expression_statement":
            continue
        made = _without(body, node)
        operator = "keep-exclusive" if "clear-exclusive" in kinds else "skip-protection"
        kind = ("statement", operator)
        yield change(body, operator, (vertex.start, vertex.end), (site.id,), [made], kind)


@dataclass(frozen=True, slots=True)
class Use:
    """One use of a seqcount's API in a function, with what holds it."""

    operation: str
    seqcount: str
    vertex: int
    token: Token
    variable: str | None


def uses(body: Body, rules: Rules) -> list[Use]:
    """Return the uses of seqcounts in a function, in source order."""
    found = []
    for vertex, tokens in body.words.by_vertex.items():
        for token in tokens:
            operation = rules.operations.get(token.name)
            if not operation or not token.call:
                continue
            implied = rules.vocabulary.seqcount.implied.get(token.name)
            given = body.words.arguments(token)
            seqcount = implied.seqcount if implied else (given or ["?"])[0].lstrip("&")
            place = body.graph.vertices[vertex]
            kept = assigned(body.code[place.start : place.end])
            found.append(Use(operation, seqcount, vertex, token, kept))
    return sorted(found, key=lambda one: one.token.offset)


def unsynchronised(
    body: Body, section: SectionLike, sections: list[SectionLike], rules: Rules
) -> Iterator[Change]:
    """Yield a function without one side of a seqcount: what it checks, or what it says."""
    own = [use for use in uses(body, rules) if use.seqcount == section.seqcount]
    ids = tuple(one.id for one in sections if one.seqcount == section.seqcount)
    if section.side == "write":
        yield from _unwritten(body, own, ids)
        return
    retries = [change_ for use in own if (change_ := _unchecked(body, use, ids, rules))]
    yield from retries
    if len(retries) > 1:
        yield together("drop-read-side", retries)


def _unwritten(body: Body, own: list[Use], ids: tuple[str, ...]) -> Iterator[Change]:
    """Yield the function without begin and end: what the readers look for is never said."""
    made: list[tuple[Edit, Choice]] = []
    for use in own:
        vertex = body.graph.vertices[use.vertex]
        node = body.node_of(vertex.start, vertex.end)
        if not use.operation.startswith("write"):
            continue
        if node is None or node.type != "expression_statement":
            return  # begun or ended in an expression: it cannot be left out
        made.append(_without(body, node))
    if made:
        start = own[0].token.offset
        vertex = body.graph.vertices[own[0].vertex]
        yield change(body, "drop-write-side", (start, vertex.end), ids, made)


def _unchecked(body: Body, use: Use, ids: tuple[str, ...], rules: Rules) -> Change | None:
    """Return the function that goes on where a reader has to give up or to start over."""
    vertex = body.graph.vertices[use.vertex]
    if vertex.kind is not Kind.ATOM:
        return _odd(body, use, ids, rules)
    span = vertex.start, vertex.end
    if use.operation == "read-retry":
        made = constant(body, *span, b"false", pure=True)
        return change(body, "ignore-retry", span, ids, [made])
    if use.operation == "read-try-begin":
        made = constant(body, *span, b"true", pure=False)
        return change(body, "ignore-odd", span, ids, [made])
    return None


def _odd(body: Body, use: Use, ids: tuple[str, ...], rules: Rules) -> Change | None:
    """Return the function that goes on although a writer is inside: the count was odd."""
    if use.operation != "read-begin" or not use.variable:
        return None
    for vertex in body.graph.vertices:
        if vertex.kind is not Kind.ATOM or vertex.start < use.token.offset:
            continue
        node = body.node_of(vertex.start, vertex.end)
        inner = logic(node, rules.transparent).node if node is not None else None
        if inner is not None and _is_odd(body, inner, use.variable):
            span = vertex.start, vertex.end
            made = constant(body, *span, b"false", pure=True)
            return change(body, "ignore-odd", span, ids, [made])
    return None


def _is_odd(body: Body, node: Node, variable: str) -> bool:
    sign = node.child_by_field_name("operator")
    left, right = node.child_by_field_name("left"), node.child_by_field_name("right")
    if sign is None or sign.type != "&" or left is None or right is None:
        return False
    texts = [squeeze(body.code[one.start_byte : one.end_byte]) for one in (left, right)]
    return texts == [variable, "1"]


def _without(body: Body, node: Node) -> tuple[Edit, Choice]:
    """Return a function without one statement: its lines go if nothing else is on them."""
    start, end = node.start_byte, node.end_byte
    chosen = choice(body, start, end, "statement")
    parent = node.parent
    if parent is None or parent.type not in ("compound_statement", "case_statement"):
        return edit(body, start, end, b";"), chosen
    text = body.function.text
    line = text.rfind(b"\n", 0, start) + 1
    after = text.find(b"\n", end)
    if text[line:start].strip() or after < 0 or text[end:after].strip():
        return edit(body, start, end, b";"), chosen
    return edit(body, line, after + 1, b""), chosen
