"""Explained trees, comparisons and lanes for programs.

One document of the schema ``kanalyze.explain/1``, ``kanalyze.explain-compare/1`` or
``kanalyze.explain-over/1``.
"""

from collections.abc import Iterator
from typing import TYPE_CHECKING

from kanalyze.report.json_lines import document

if TYPE_CHECKING:
    from kanalyze.semantics.model import Comparison, ExplainedTree, Lanes


def explain_json(tree: "ExplainedTree") -> Iterator[str]:
    """Yield the document for one tree, to be written as UTF-8."""
    return document(tree)


def comparison_json(comparison: "Comparison") -> Iterator[str]:
    """Yield the document for two revisions compared, to be written as UTF-8."""
    return document(comparison)


def lanes_json(lanes: "Lanes") -> Iterator[str]:
    """Yield the document for policies over releases, to be written as UTF-8."""
    return document(lanes)
