"""Where everything stands in the picture of policies over releases.

The sizes of text are estimated, on the safe side: what an SVG is shown with has
fonts of its own.
"""

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from itertools import groupby
from typing import TYPE_CHECKING

from kanalyze.report.explain_words import count, listed
from kanalyze.report.layout import columns, wrap
from kanalyze.report.markup import clean

if TYPE_CHECKING:
    from kanalyze.semantics.model import LanePoint, Lanes

LEFT = 232
"""Columns of releases begin here; names stand to the left."""
MARGIN = 24
TOP = 76
"""The legend begins here, below the title."""
_COLUMN = (92, 260)
_ROOM = 1056
_NARROWEST = 900
_GAP = 14
"""Between lanes."""
_LINE = 14
_LEGEND_LINE = 22
_NAME = 26
"""Characters in a line of a lane's name."""

#: Evidence -> colour and ink: Okabe and Ito's palette, which colour-blind people can tell
#: apart.  A segment has the colour of what its policy names first, a stripe for each of
#: the others, and the name written on it as well.
PALETTE = {
    "refcount": ("#0072b2", "light"),
    "mapcount": ("#d55e00", "dark"),
    "exclusive-bit": ("#009e73", "dark"),
    "swap-count": ("#cc79a7", "dark"),
    "swap-cache": ("#f0e442", "dark"),
    "pin": ("#56b4e9", "dark"),
    "ksm": ("#e69f00", "dark"),
    "mixed": ("#999999", "dark"),
}
OTHER = ("#d0d0d0", "dark")
_MOST_LINES = 4
"""Of a policy's name."""
_STRIPE = 4
"""The height of a stripe; as much lies between two."""
#: The width of a character, in font sizes: most are narrower.
_PLAIN = 0.62
_BOLD = 0.68


@dataclass(frozen=True, slots=True)
class Label:
    """A line of text; ``style`` is a class of the template's style sheet."""

    x: float
    y: float
    text: str
    style: str = ""


@dataclass(frozen=True, slots=True)
class Swatch:
    """A policy in the legend, at the left end of its name."""

    x: float
    y: float
    fill: str
    text: str


@dataclass(frozen=True, slots=True)
class Stripe:
    """More evidence of the same policy, at the top of its segment."""

    x: float
    y: float
    width: float
    fill: str


@dataclass(frozen=True, slots=True)
class Cell:
    """One decision in one release: its complexity, what is broken, and all of it as a tooltip."""

    x: float
    width: float
    first: bool
    complexity: str
    badge: str
    badge_width: float
    tooltip: str


@dataclass(frozen=True, slots=True)
class Segment:
    """Releases in a row in which one function decides by one policy."""

    x: float
    y: float
    width: float
    height: float
    fill: str
    ink: str
    stripes: tuple[Stripe, ...]
    labels: tuple[Label, ...]
    cells: tuple[Cell, ...]


@dataclass(frozen=True, slots=True)
class Lane:
    """One decision over all releases; ``absent`` are the left ends of columns without it."""

    y: float
    height: float
    name: tuple[Label, ...]
    segments: tuple[Segment, ...]
    absent: tuple[float, ...]


@dataclass(frozen=True, slots=True)
class Plan:
    """The upper part of the picture, and the columns that the lower one shares."""

    width: float
    left: float
    right: float
    column: float
    releases: tuple[Label, ...]
    swatches: tuple[Swatch, ...]
    lanes: tuple[Lane, ...]
    bottom: float


def plan(lanes: "Lanes") -> Plan:
    """Return where the legend, the releases and the lanes stand."""
    column = min(max(_ROOM / max(len(lanes.releases), 1), _COLUMN[0]), _COLUMN[1])
    width = max(LEFT + column * len(lanes.releases) + MARGIN, _NARROWEST)
    points = shown(lanes)
    used = {part for point in points for part in evidence_of(point.policy)}
    policies = [policy for policy in PALETTE if policy in used]
    swatches = _legend([*policies, *sorted(used - set(PALETTE))], width)
    axis = max((swatch.y for swatch in swatches), default=TOP) + 52
    releases = tuple(
        Label(
            LEFT + column * (index + 0.5), axis, fitted(release, column - 8, 13, _BOLD), "release"
        )
        for index, release in enumerate(lanes.releases)
    )
    placed: list[Lane] = []
    y = axis + 14
    for decision in dict.fromkeys(point.decision for point in points):
        own = [point for point in points if point.decision == decision]
        here = {point.release for point in own}
        absent = tuple(
            LEFT + column * index
            for index, release in enumerate(lanes.releases)
            if release not in here
        )
        placed.append(_lane(decision, _rows(own, lanes.releases), column, y, absent))
        y += placed[-1].height + _GAP
    right = LEFT + column * len(lanes.releases)
    return Plan(width, LEFT, right, column, releases, swatches, tuple(placed), y)


def evidence_of(policy: str) -> list[str]:
    """Return the kinds of evidence that a policy names: ``refcount+mapcount``."""
    return [part for part in policy.split("+") if part] or [policy]


def shown(lanes: "Lanes") -> "list[LanePoint]":
    """Return the points of the releases that are in the picture."""
    return [point for point in lanes.points if point.release in lanes.releases]


def fitted(text: str, room: float, size: float, wide: float = _PLAIN) -> str:
    """Return ``text`` as far as it fits into ``room`` pixels at a font size."""
    line = clean(text)
    most = max(int(room / (size * wide)), 1)
    if columns(line) <= most:
        return line
    while line and columns(line) > most - 1:
        line = line[:-1]
    return f"{line}\u2026"


def _legend(policies: Iterable[str], width: float) -> tuple[Swatch, ...]:
    swatches: list[Swatch] = []
    x, y = float(MARGIN), float(TOP)
    for policy in policies:
        name = fitted(policy, 300, 13).strip() or "no evidence"
        size = 22 + columns(name) * 13 * _PLAIN + 16
        if x > MARGIN and x + size > width - MARGIN:
            x, y = MARGIN, y + _LEGEND_LINE
        swatches.append(Swatch(round(x, 1), y, PALETTE.get(policy, OTHER)[0], name))
        x += size
    return tuple(swatches)


Row = list[tuple[int, "LanePoint"]]


def _rows(points: "list[LanePoint]", releases: tuple[str, ...]) -> list[Row]:
    """Return the points of a lane in rows: side by side in time, one below the other otherwise.

    A function stays in its row for as long as it can.
    """
    rows: list[Row] = []
    for index, release in enumerate(releases):
        here = sorted((p for p in points if p.release == release), key=lambda p: p.function)
        free = list(range(max(len(rows), len(here))))
        rows += [[] for _ in range(len(free) - len(rows))]
        later = []
        for point in here:
            kept = [n for n in free if rows[n] and rows[n][-1][1].function == point.function]
            if kept:
                free.remove(kept[0])
                rows[kept[0]].append((index, point))
            else:
                later.append(point)
        for point in later:
            rows[free.pop(0)].append((index, point))
    return rows


def _lane(
    decision: str, rows: list[Row], column: float, y: float, absent: tuple[float, ...]
) -> Lane:
    segments: list[Segment] = []
    top = y
    for row in rows:
        runs = list(_runs(row))
        texts = [_texts(run[0][1], column * len(run) - 14) for run in runs]
        below = max((_below_stripes(run[0][1]) for run in runs), default=0)
        height = 12 + below + _LINE * max(map(len, texts), default=0) + 20
        segments += [
            _segment(run, text, column, top, height) for run, text in zip(runs, texts, strict=True)
        ]
        top += height + 4
    total = max(top - y - 4, 40)
    lines = wrap(clean(decision), _NAME)[:3]
    first = y + total / 2 + 5 - (len(lines) - 1) * 8
    name = tuple(Label(LEFT - 14, first + 16 * n, line, "lane") for n, line in enumerate(lines))
    return Lane(y, total, name, tuple(segments), absent)


def _runs(row: Row) -> Iterator[Row]:
    """Yield what stands in a row in pieces: releases that follow each other and tell the same."""

    def same(numbered: tuple[int, tuple[int, "LanePoint"]]) -> tuple[int, str, str]:
        number, (index, point) = numbered
        return index - number, point.policy, point.function

    for _, group in groupby(enumerate(row), key=same):
        yield [one for _, one in group]


def _texts(point: "LanePoint", room: float) -> list[tuple[str, str]]:
    """Return the lines on a segment, each with its style: the policy, and who decides."""
    lines = [""]
    for piece in re.findall(r"[^+-]+[+-]?|[+-]", clean(point.policy).strip() or "no evidence"):
        if lines[-1] and columns(lines[-1] + piece) * 12 * _BOLD > room:
            lines.append("")
        lines[-1] += piece
    told = [(fitted(line, room, 12, _BOLD), "policy") for line in lines[:_MOST_LINES]]
    return [*told, (fitted(point.function, room, 11), "function")]


def _below_stripes(point: "LanePoint") -> int:
    """Return how far the stripes of a segment push down what is written on it."""
    number = len(evidence_of(point.policy)) - 1
    return 2 * _STRIPE * number + 2 if number else 0


def _segment(
    run: Row, texts: list[tuple[str, str]], column: float, y: float, height: float
) -> Segment:
    first, point = run[0]
    evidence = evidence_of(point.policy)
    fill, ink = PALETTE.get(evidence[0], OTHER)
    x = LEFT + column * first + 1
    width = column * len(run) - 2
    stripes = tuple(
        Stripe(round(x + 7, 1), round(y + 7 + 2 * _STRIPE * number, 1), round(width - 14, 1),
               PALETTE.get(part, OTHER)[0])
        for number, part in enumerate(evidence[1:])
    )  # fmt: skip
    top = y + 17 + _below_stripes(point)
    labels = tuple(
        Label(round(x + 7, 1), round(top + _LINE * number, 1), text, style)
        for number, (text, style) in enumerate(texts)
    )
    cells = tuple(_cell(point, LEFT + column * n, column, n == first) for n, point in run)
    return Segment(
        round(x, 1), round(y, 1), round(width, 1), height, fill, ink, stripes, labels, cells
    )


def _cell(point: "LanePoint", x: float, column: float, first: bool) -> Cell:
    badge = "all" if len(point.broken) > 2 else " ".join(point.broken)
    told = [
        f"{clean(point.release)}, {clean(point.decision)}:"
        f" {clean(point.function)}() decides by {clean(point.policy) or 'no evidence'}",
        f"complexity {point.complexity}",
    ]
    if point.broken:
        told.append(f"{listed(point.broken)} broken")
    if point.spurious:
        told.append(f"a copy that was not needed in {count(point.spurious, 'page state')}")
    figure = str(point.complexity) if point.complexity < 1000 else "999+"
    width = len(badge) * 6.5 + 10 if badge else 0
    return Cell(round(x, 1), column, first, figure, badge, width, "; ".join(told))
