"""Lives as a picture, and as a page with the picture: each is one file that needs nothing else."""

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import groupby
from typing import TYPE_CHECKING, Any

from kanalyze.report.history_layout import AXIS, NAMES, Plan, plan
from kanalyze.report.history_page import chapters, heading, source, subtitle
from kanalyze.report.lanes_layout import MARGIN, fitted
from kanalyze.report.layout import columns
from kanalyze.report.templating import filled

if TYPE_CHECKING:
    from kanalyze.history.model import History

#: The marks of the legend: shape, tone, size, meaning.
_MARKS = (
    ("introduced", "plain", False, "introduced"),
    ("changed", "plain", False, "changed"),
    ("moved", "plain", False, "moved"),
    ("removed", "plain", False, "removed"),
    ("changed", "plain", True, "only guards or locks changed"),
    ("changed", "same", False, "same answers in every page state"),
    ("changed", "other", False, "a page state is answered otherwise"),
)
_LEGEND_LINE = 24
_TOP = 78
_NARROWEST = 760


@dataclass(frozen=True, slots=True)
class Item:
    """One entry of the legend in the picture: a mark or the colour of some evidence."""

    x: float
    y: float
    text: str
    fill: str = ""
    kind: str = ""
    tone: str = ""
    small: bool = False


def history_svg(history: "History") -> Iterator[str]:
    """Yield the picture in pieces, to be written as UTF-8.

    One lane a life, grouped by function; releases from left to right, or years
    where there are none; the policy as colour and name; steps as marks whose
    tooltips cite the commit.
    """
    drawn = plan(history.lifelines)
    width = max(MARGIN * 2 + NAMES + drawn.width, _NARROWEST)
    items, bottom = _legend(drawn, width)
    top = bottom + AXIS + 12
    yield from filled(
        "history.svg.j2",
        **_common(history, drawn),
        items=items,
        margin=MARGIN,
        top=top,
        width=round(width, 1),
        height=round(top + drawn.height + MARGIN, 1),
        heading=fitted(heading(history), width - 2 * MARGIN, 22, 0.68),
        subtitle=fitted(f"{source(history)}; {subtitle(history)}", width - 2 * MARGIN, 13),
    )


def history_html(history: "History") -> Iterator[str]:
    """Yield the page in pieces, to be written as UTF-8: picture, table, and every step in words.

    It has no script, loads nothing, and does not need colours to be told apart.
    """
    drawn = plan(history.lifelines)
    lives = chapters(history)
    tables = [
        (place, list(members))
        for place, members in groupby(lives, key=lambda life: (life.file, life.function))
    ]
    yield from filled(
        "history.html.j2",
        **_common(history, drawn),
        marks=_MARKS,
        heading=heading(history),
        source=source(history),
        subtitle=subtitle(history),
        notes=history.notes,
        lives=lives,
        tables=tables,
    )


def _common(history: "History", drawn: Plan) -> dict[str, Any]:
    joined = any(life.split_from or life.merged_into for life in history.lifelines)
    return {"plan": drawn, "names": NAMES, "axis": AXIS, "joined": joined}


def _legend(drawn: Plan, width: float) -> tuple[list[Item], float]:
    """Return the entries of the legend in lines that fit, and where they end."""
    entries = [Item(0, 0, fitted(name, 300, 13), fill=fill) for name, fill in drawn.evidence]
    entries += [
        Item(0, 0, text, kind=kind, tone=tone, small=small) for kind, tone, small, text in _MARKS
    ]
    found: list[Item] = []
    x, y = float(MARGIN), float(_TOP)
    for entry in entries:
        size = 22 + columns(entry.text) * 13 * 0.62 + 16
        # Colours and marks do not share a line.
        turn = bool(entry.kind) and bool(found) and not found[-1].kind
        if x > MARGIN and (turn or x + size > width - MARGIN):
            x, y = float(MARGIN), y + _LEGEND_LINE
        found.append(
            Item(round(x, 1), y, entry.text, entry.fill, entry.kind, entry.tone, entry.small)
        )
        x += size
    return found, y + _LEGEND_LINE
