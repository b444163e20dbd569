"""Explained trees and comparisons for programs.

One document of the schema ``kanalyze.explain/1`` or ``kanalyze.explain-compare/1``.
"""

from collections.abc import Iterator
from typing import TYPE_CHECKING

from kanalyze.report.json_lines import document

if TYPE_CHECKING:
    from kanalyze.semantics.model import Comparison, ExplainedTree


def explain_json(tree: "ExplainedTree") -> Iterator[str]:
    """Yield the document for one tree, to be written as UTF-8."""
    return document(tree)


def comparison_json(comparison: "Comparison") -> Iterator[str]:
    """Yield the document for two revisions compared, to be written as UTF-8."""
    return document(comparison)
