"""A scan for spreadsheets: one table, one row a record, under a header that stays.

Lists are joined by ``; ``.  Control characters are made visible as in the text.
A cell of text that a spreadsheet would take for a formula (it begins with
``=``, ``+``, ``-`` or ``@``) gets an apostrophe in front; who needs the text to the
letter reads the JSON.  Columns are only ever added, at the end.
"""

import csv
import io
from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING, Any

from kanalyze.report.layout import one_line
from kanalyze.report.view import View, select

if TYPE_CHECKING:
    from kanalyze.history.model import Scan

#: The fields of each table, in the order of its columns.
_COLUMNS: dict[str, str] = {
    "sites": (
        "id role file line function policy predicate condition true true_by false false_by"
        " signals derived guards locks config reason locked_by installed_by passed"
    ),
    "sections": (
        "id seqcount side file function begin_line end_line statements calls locks balanced problem"
    ),
    "events": (
        "commit date author subject kind id role file function before after reason"
        " from_file from_function release merge trailers from_id"
    ),
}

_FORMULA = ("=", "+", "-", "@")
_ROWS_A_PIECE = 200
_OUTCOMES = frozenset({"true", "true_by", "false", "false_by"})

Cell = str | int | bool | Iterable[str]


def scan_csv(scan: "Scan", view: View) -> Iterator[str]:
    """Yield the table that ``view.what`` names, its header first, in pieces of many rows."""
    shown, _ = select(scan, view.shown_roles)
    header = _COLUMNS[view.what].split()
    records = {"sites": shown.sites, "sections": shown.sections, "events": shown.events}
    buffer = io.StringIO()
    writer = csv.writer(buffer, lineterminator="\n")
    writer.writerow(header)
    for number, record in enumerate(records[view.what], 1):
        writer.writerow([_cell(_value(record, name)) for name in header])
        if not number % _ROWS_A_PIECE:
            yield buffer.getvalue()
            buffer.seek(0)
            buffer.truncate()
    yield buffer.getvalue()


def _value(record: Any, name: str) -> Cell:
    if name in _OUTCOMES:
        return "" if record.outcomes is None else str(getattr(record.outcomes, name))
    value: Cell = getattr(record, name)
    if name == "trailers":
        return [f"{key}: {text}" for key, text in record.trailers]
    return value


def _cell(value: Cell) -> str:
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, int):
        return str(value)
    text = one_line(value if isinstance(value, str) else "; ".join(value))
    return f"'{text}" if text.lstrip().startswith(_FORMULA) else text
