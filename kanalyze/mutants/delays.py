"""Where a race is lost or won: the places at which a debug kernel waits.

A reader of the seqcount that fork writes looks at it first and last; what it must
not miss is an entry that fork write-protects after it has looked whether the page
is pinned.  To wait behind the reader's first look, and before the protection, makes
that likely.  To wait where the write section begins as well would undo it: who has
looked before it would be done before fork looks at the first page.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import TYPE_CHECKING

from kanalyze.mutants.model import Edit
from kanalyze.mutants.reading import Body, Reader
from kanalyze.mutants.statements import uses
from kanalyze.semantics.explainer import Explainer
from kanalyze.semantics.given import SectionLike, SiteLike, Tree

if TYPE_CHECKING:
    from tree_sitter import Node

_WAIT = b"kanalyze_delay();"


def delays(tree: Tree, reader: Reader) -> tuple[Edit, ...]:
    """Return the edits that wait in what copies entries, and in what looks for it."""
    explainer = Explainer(tree)
    copying = _copying(explainer)
    writing = [
        one
        for one in tree.sections
        if one.side == "write"
        and any(
            one.function == name or explainer.code.leads_to(call, name)
            for name in copying
            for call in one.calls
        )
    ]
    members = {_member(one.seqcount) for one in writing}
    found: dict[tuple[str, int], Edit] = {}
    for section in tree.sections:
        if section.side == "read" and _member(section.seqcount) in members:
            for edit in _in_section(reader, section):
                found.setdefault((edit.file, edit.start), edit)
    protecting = set(tree.rules.vocabulary.arm.get("write-protect", ()))
    for site in tree.sites if writing else ():
        if site.role == "arm" and site.function in copying and protecting & set(site.signals):
            for edit in _before_site(reader, site):
                found.setdefault((edit.file, edit.start), edit)
    return tuple(found.values())


def _copying(explainer: Explainer) -> set[str]:
    """Return the functions that fork comes through when it copies an entry."""
    return {
        name
        for decision in explainer.decisions()
        for one in explainer.evaluations(decision)
        if one.entry.trigger == "fork"
        for name in one.nodes_of
    }


def _member(seqcount: str) -> str:
    return re.split(r"->|\.", seqcount)[-1]


def _in_section(reader: Reader, section: SectionLike) -> Iterator[Edit]:
    function = reader.function(section.file, section.function, section.begin_line)
    if function is None:
        return
    for body in reader.bodies(section.file, function):
        for use in uses(body, reader.tree.rules):
            if use.seqcount != section.seqcount:
                continue
            if use.operation in ("read-begin", "read-try-begin"):
                yield from _behind(body, body.graph.vertices[use.vertex].start)


def _before_site(reader: Reader, site: SiteLike) -> Iterator[Edit]:
    function = reader.function(site.file, site.function, site.line)
    if function is None:
        return
    for body in reader.bodies(site.file, function):
        number = body.vertex_of(site)
        if number is None:
            continue
        vertex = body.graph.vertices[number]
        node = body.node_of(vertex.start, vertex.end)
        # In the page table, and not in a variable.
        if (
            node is not None
            and node.named_children
            and (node.named_children[0].type == "call_expression")
        ):
            yield from _before(body, vertex.start)


def _before(body: Body, start: int) -> Iterator[Edit]:
    """Yield the edit that waits before the statement around a place."""
    node = _statement(body, start)
    if node is not None:
        at = body.function.offset + node.start_byte
        yield Edit(file=body.file, start=at, end=at, text=_WAIT + _new_line(body, node))


def _behind(body: Body, start: int) -> Iterator[Edit]:
    """Yield the edit that waits behind the statement around a place."""
    node = _statement(body, start)
    if node is not None:
        at = body.function.offset + node.end_byte
        yield Edit(file=body.file, start=at, end=at, text=_new_line(body, node) + _WAIT)


def _statement(body: Body, start: int) -> Node | None:
    """Return the statement of a block that a place is in."""
    node = body.node.descendant_for_byte_range(start, start + 1)
    while node is not None and (node.parent is None or node.parent.type != "compound_statement"):
        node = node.parent
    return node


def _new_line(body: Body, node: Node) -> bytes:
    """Return what starts a line that is indented as a statement is."""
    text = body.function.text
    before = text[text.rfind(b"\n", 0, node.start_byte) + 1 : node.start_byte]
    return b"\n" + (before if before.isspace() else b"\t")
