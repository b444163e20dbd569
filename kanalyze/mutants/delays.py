"""Where a race is lost or won: the places at which a debug kernel waits.

A reader of the seqcount that fork writes checks it last of all; what it must not
miss is an entry that fork write-protects after it has looked whether the page is
pinned.  To wait before the check, and before the protection, makes that likely.
"""

import re
from collections.abc import Iterator

from kanalyze.mutants.model import Edit
from kanalyze.mutants.reading import Body, Reader
from kanalyze.mutants.statements import uses
from kanalyze.semantics.explainer import Explainer
from kanalyze.semantics.given import SectionLike, SiteLike, Tree

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
        if section in writing or (section.side == "read" and _member(section.seqcount) in members):
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
            vertex = body.graph.vertices[use.vertex]
            if use.operation == "read-retry":
                yield from _before(body, vertex.start)
            elif use.operation == "write-begin":
                yield from _behind(body, vertex.start, vertex.end)


def _before_site(reader: Reader, site: SiteLike) -> Iterator[Edit]:
    function = reader.function(site.file, site.function, site.line)
    if function is None:
        return
    for body in reader.bodies(site.file, function):
        number = body.vertex_of(site)
        if number is not None:
            yield from _before(body, body.graph.vertices[number].start)


def _before(body: Body, start: int) -> Iterator[Edit]:
    """Yield the edit that waits before the statement around a place."""
    node = body.node.descendant_for_byte_range(start, start + 1)
    while node is not None and (node.parent is None or node.parent.type != "compound_statement"):
        node = node.parent
    if node is not None:
        at = body.function.offset + node.start_byte
        yield Edit(file=body.file, start=at, end=at, text=_WAIT + b" ")


def _behind(body: Body, start: int, end: int) -> Iterator[Edit]:
    """Yield the edit that waits behind a statement of its own."""
    node = body.node_of(start, end)
    if node is not None and node.parent is not None and node.parent.type == "compound_statement":
        at = body.function.offset + end
        yield Edit(file=body.file, start=at, end=at, text=b" " + _WAIT)
