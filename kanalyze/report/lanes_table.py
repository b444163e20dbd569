"""Policies over releases for people: what decides, and how much code implements each rule.

Releases are columns.  Where they do not fit side by side, the table goes on below,
in blocks of about the same size.
"""

import re
from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

from kanalyze.report.explain_words import RULES, count
from kanalyze.report.lanes_layout import shown
from kanalyze.report.layout import columns, wrap
from kanalyze.report.view import View
from kanalyze.report.writer import Writer, separated

if TYPE_CHECKING:
    from kanalyze.semantics.model import Concept, LanePoint, Lanes

_TITLE = "What decides whether a write may reuse the page"
_LEGEND = (
    "Each cell: the evidence, the complexity of the code that decides, the rules that it"
    " breaks (R1!), and in how many page states it makes a spurious copy."
)
_NAME = 4
"""What is decided has at most this part of the width: a quarter."""
_RELEASE = 16
"""The most columns for a release."""
_FUNCTION = 24
"""The same where functions are named: names are not to be broken."""
_GAP = 2
"""Between two columns."""
#: What is counted of a concept, a row each.
_MEASURES = ("functions", "conditions", "lines", "complexity")
_BROKEN = re.compile(r"\bR[1-3]!")

#: The lines of a cell, each with its style.
Cell = list[tuple[str, str]]


def lanes_text(lanes: "Lanes", view: View) -> Iterator[str]:
    """Yield the lines of the tables, each with its newline; lines as wide as those of others.

    With ``verbose`` each cell also names the function that decides.
    """
    writer = Writer(view)
    return separated(
        [
            _title(lanes, writer),
            *_decisions(lanes, writer),
            *_concepts(lanes, writer),
            _summary(lanes, writer),
        ]
    )


def _title(lanes: "Lanes", writer: Writer) -> Iterator[str]:
    names = [writer.text(release) for release in lanes.releases]
    span = f", {' to '.join(dict.fromkeys((names[0], names[-1])))}" if names else ""
    yield from writer.title(_TITLE + span)
    if shown(lanes):
        yield from writer.row("", _LEGEND, 0)


def _decisions(lanes: "Lanes", writer: Writer) -> Iterator[Iterator[str]]:
    """Yield the blocks of the table of decisions: a row each, a column a release."""
    # What was asked for twice is told once.
    points = list(dict.fromkeys(shown(lanes)))
    if not points:
        return
    releases = list(dict.fromkeys(lanes.releases))
    decisions = list(dict.fromkeys(point.decision for point in points))
    at = min(max(columns(writer.text(one)) for one in decisions), writer.width // _NAME) + _GAP
    parts = [part for point in points for part in (*_evidence(point, writer), *_figures(point))]
    parts += [writer.text(release) for release in releases]
    room = min(max(map(columns, parts)), _RELEASE)
    named = writer.verbose or len({(one.release, one.decision) for one in points}) < len(points)
    if named:
        functions = (columns(writer.text(one.function)) for one in points)
        room = max(room, min(max(functions), _FUNCTION))
    for block in _blocks(releases, (writer.width - at + _GAP) // (room + _GAP)):
        yield _decision_block(block, decisions, points, at, room, writer)


def _decision_block(
    block: list[str],
    decisions: list[str],
    points: "list[LanePoint]",
    at: int,
    room: int,
    writer: Writer,
) -> Iterator[str]:
    yield from _beside([], [_head(release, room, writer) for release in block], at, room, writer)
    for decision in decisions:
        cells = []
        for release in block:
            here = [one for one in points if (one.release, one.decision) == (release, decision)]
            cells.append(_cell(here, room, writer))
        name: Cell = [(line, "") for line in wrap(writer.text(decision), at - _GAP)]
        yield from _beside(name, cells, at, room, writer)


def _head(release: str, room: int, writer: Writer) -> Cell:
    return [(line, "title") for line in wrap(writer.text(release), room)]


def _cell(points: "list[LanePoint]", room: int, writer: Writer) -> Cell:
    """Return what is told of a decision in a release; who decides where that is not one."""
    lines: Cell = []
    for point in points:
        if writer.verbose or len(points) > 1:
            lines += [(line, "") for line in wrap(writer.text(point.function), room)]
        lines += [(line, point.policy) for line in _joined(_evidence(point, writer), room)]
        lines += [(line, "") for one in _figures(point) for line in wrap(one, room)]
    return lines or [("-", "dim")]


def _evidence(point: "LanePoint", writer: Writer) -> list[str]:
    """Return a policy in the pieces that a line can be broken between."""
    policy = writer.text(point.policy).strip() or "none"
    return re.findall(r"[^+]+\+?|\+", policy)


def _joined(pieces: list[str], room: int) -> list[str]:
    """Return ``pieces`` in lines, without blanks between them."""
    lines = [""]
    for piece in pieces:
        if lines[-1] and columns(lines[-1] + piece) > room:
            lines.append("")
        lines[-1] += piece
    return [part for line in lines for part in wrap(line, room)]


def _figures(point: "LanePoint") -> list[str]:
    """Return the complexity with the broken rules, and the spurious copies: a line each."""
    figures = [" ".join([str(point.complexity), *(f"{rule}!" for rule in point.broken)])]
    return [*figures, f"{point.spurious} spurious"] if point.spurious else figures


def _concepts(lanes: "Lanes", writer: Writer) -> Iterator[Iterator[str]]:
    """Yield a table for each rule that code was found for, in blocks."""
    releases = list(dict.fromkeys(lanes.releases))
    found = dict(lanes.concepts)
    for rule, words in RULES.items():
        by_release = {
            release: concept
            for release in releases
            for concept in found.get(release, ())
            if concept.rule == rule
        }
        if not by_release:
            continue
        at = max(map(len, _MEASURES)) + 2 + _GAP
        parts = [writer.text(release) for release in releases]
        parts += [_measured(one, name) for one in by_release.values() for name in _MEASURES]
        room = min(max(map(columns, parts)), _RELEASE)
        blocks = _blocks(releases, (writer.width - at + _GAP) // (room + _GAP))
        for number, block in enumerate(blocks):
            title = "" if number else f"{rule} {words}: the code that implements it"
            yield _concept_block(title, block, by_release, at, room, writer)


def _concept_block(
    title: str,
    block: list[str],
    by_release: "dict[str, Concept]",
    at: int,
    room: int,
    writer: Writer,
) -> Iterator[str]:
    if title:
        yield from writer.title(title)
    head = [_right(_head(release, room, writer), room) for release in block]
    yield from _beside([], head, at, room, writer)
    for name in _MEASURES:
        cells = [_right([(_measured(by_release.get(one), name), "")], room) for one in block]
        yield from _beside([(f"  {name}", "")], cells, at, room, writer)


def _measured(concept: "Concept | None", name: str) -> str:
    if concept is None:
        return "-"
    return str(len(concept.functions) if name == "functions" else getattr(concept, name))


def _right(cell: Cell, room: int) -> Cell:
    return [(" " * (room - columns(text)) + text, style) for text, style in cell]


def _blocks(releases: list[str], most: int) -> Iterator[list[str]]:
    """Yield ``releases`` in groups of at most ``most``, as few and as equal as can be."""
    number = -(-len(releases) // max(most, 1))
    size = -(-len(releases) // number)
    for start in range(0, len(releases), size):
        yield releases[start : start + size]


def _beside(name: Cell, cells: Sequence[Cell], at: int, room: int, writer: Writer) -> Iterator[str]:
    """Yield the lines of a row: ``name`` at the margin, ``cells`` from column ``at`` on."""
    placed = [(0, name), *((at + n * (room + _GAP), cell) for n, cell in enumerate(cells))]
    for index in range(max(len(cell) for _, cell in placed)):
        line, used = "", 0
        for left, cell in placed:
            text, style = cell[index] if index < len(cell) else ("", "")
            if text.strip():
                line += " " * (left - used) + _painted(text, style, writer)
                used = left + columns(text)
        yield line


def _painted(text: str, style: str, writer: Writer) -> str:
    if style:
        return writer.paint(text, style)
    return _BROKEN.sub(lambda match: writer.paint(match.group(), "bad"), text)


def _summary(lanes: "Lanes", writer: Writer) -> Iterator[str]:
    points = list(dict.fromkeys(shown(lanes)))
    decisions = count(len({point.decision for point in points}), "decision")
    releases = count(len(set(lanes.releases)), "release")
    told = [] if points else ["nothing was found"]
    for rule in ("R1", "R3") if points else ():
        broken = sum(rule in point.broken for point in points)
        cases = count(len(points), "case")
        told.append(f"{rule} broken in {broken} of {cases}" if broken else f"{rule} not broken")
    yield from writer.title(f"{decisions} in {releases}: {', '.join(told)}.")
