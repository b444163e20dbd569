"""A mutation campaign for programs: one document of the schema ``kanalyze.mutation/1``."""

from collections.abc import Iterator
from typing import TYPE_CHECKING

from kanalyze.report.json_lines import document

if TYPE_CHECKING:
    from kanalyze.review.mutation import Mutation


def mutation_json(found: "Mutation") -> Iterator[str]:
    """Yield the document for a campaign, to be written as UTF-8."""
    return document(found)
