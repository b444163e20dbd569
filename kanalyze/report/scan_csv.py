"""A scan for spreadsheets: one table, one row a record, under a header that stays.

Lists are joined by ``; ``.  Control characters are made visible as in the text.
A cell of text that a spreadsheet would take for a formula (it begins with
``=``, ``+``, ``-`` or ``@``) gets an apostrophe in front; who needs the text to the
letter reads the JSON.  Columns are only ever added, at the end.
"""

import csv
import io
from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING

from kanalyze.report.layout import one_line
from kanalyze.report.view import View, select

if TYPE_CHECKING:
    from kanalyze.history.model import Event, Scan, SectionRecord, SiteRecord

_SITES = (
    "id",
    "role",
    "file",
    "line",
    "function",
    "policy",
    "predicate",
    "condition",
    "true",
    "true_by",
    "false",
    "false_by",
    "signals",
    "derived",
    "guards",
    "locks",
    "config",
    "reason",
)
_SECTIONS = (
    "id",
    "seqcount",
    "side",
    "file",
    "function",
    "begin_line",
    "end_line",
    "statements",
    "calls",
    "locks",
    "balanced",
    "problem",
)
_EVENTS = (
    "commit",
    "date",
    "author",
    "subject",
    "kind",
    "id",
    "role",
    "file",
    "function",
    "before",
    "after",
    "reason",
    "from_file",
    "from_function",
    "release",
    "merge",
    "trailers",
)

_FORMULA = ("=", "+", "-", "@")
_ROWS_A_PIECE = 200

Cell = str | int | bool | Iterable[str]


def scan_csv(scan: "Scan", view: View) -> Iterator[str]:
    """Yield the table that ``view.what`` names, its header first, in pieces of many rows."""
    shown, _ = select(scan, view.shown_roles)
    rows: Iterator[list[Cell]]
    if view.what == "sites":
        header, rows = _SITES, map(_site, shown.sites)
    elif view.what == "sections":
        header, rows = _SECTIONS, map(_section, shown.sections)
    else:
        header, rows = _EVENTS, map(_event, shown.events)
    buffer = io.StringIO()
    writer = csv.writer(buffer, lineterminator="\n")
    writer.writerow(header)
    for number, row in enumerate(rows, 1):
        writer.writerow([_cell(value) for value in row])
        if not number % _ROWS_A_PIECE:
            yield buffer.getvalue()
            buffer.seek(0)
            buffer.truncate()
    yield buffer.getvalue()


def _site(site: "SiteRecord") -> list[Cell]:
    outcomes: tuple[str, ...] = ("", "", "", "")
    if site.outcomes is not None:
        found = site.outcomes
        outcomes = (found.true, found.true_by, found.false, found.false_by)
    head: list[Cell] = [site.id, site.role, site.file, site.line, site.function, site.policy]
    lists: list[Cell] = [site.signals, site.derived, site.guards, site.locks, site.config]
    return [*head, site.predicate, site.condition, *outcomes, *lists, site.reason]


def _section(section: "SectionRecord") -> list[Cell]:
    return [getattr(section, name) for name in _SECTIONS]


def _event(event: "Event") -> list[Cell]:
    trailers = [f"{key}: {value}" for key, value in event.trailers]
    return [*(getattr(event, name) for name in _EVENTS[:-1]), trailers]


def _cell(value: Cell) -> str:
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, int):
        return str(value)
    text = one_line(value if isinstance(value, str) else "; ".join(value))
    return f"'{text}" if text.lstrip().startswith(_FORMULA) else text
