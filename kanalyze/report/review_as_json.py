"""A review for programs: one document of the schema ``kanalyze.review/1``."""

from collections.abc import Iterator
from typing import TYPE_CHECKING

from kanalyze.report.json_lines import document

if TYPE_CHECKING:
    from kanalyze.review.model import Review


def review_json(review: "Review") -> Iterator[str]:
    """Yield the document for a review, to be written as UTF-8."""
    return document(review)
