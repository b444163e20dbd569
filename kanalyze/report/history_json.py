"""A history for programs: one document of the schema ``kanalyze.history/1``."""

from collections.abc import Iterator
from typing import TYPE_CHECKING

from kanalyze.report.json_lines import document

if TYPE_CHECKING:
    from kanalyze.history.model import History


def history_json(history: "History") -> Iterator[str]:
    """Yield the document, one lifeline with all its steps a line."""
    return document(history)
