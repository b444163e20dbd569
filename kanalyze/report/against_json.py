"""Two trees held against each other, for programs: the schema ``kanalyze.history-against/1``."""

from collections.abc import Iterator
from typing import TYPE_CHECKING

from kanalyze.report.json_lines import document

if TYPE_CHECKING:
    from kanalyze.history.model import Against


def against_json(record: "Against") -> Iterator[str]:
    """Yield the document, one difference or commit a line."""
    return document(record)
