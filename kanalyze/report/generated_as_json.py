"""Generated tests for programs: one document of the schema ``kanalyze.generate/1``."""

from collections.abc import Iterator
from typing import TYPE_CHECKING

from kanalyze.report.json_lines import document

if TYPE_CHECKING:
    from kanalyze.selftests.cases import Generated


def generated_json(found: "Generated") -> Iterator[str]:
    """Yield the document, to be written as UTF-8."""
    return document(found)
