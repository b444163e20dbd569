"""Explainers of real releases, each made once, for tests of what is told about whole trees."""

from collections.abc import Callable
from pathlib import Path

from kanalyze import config
from kanalyze.history.scan import ScanRequest
from kanalyze.review.scanned import scanned_tree
from kanalyze.semantics.explainer import Explainer
from kanalyze.semantics.given import Tree
from kanalyze.semantics.reading import read


class Explainers:
    """Explainers by series; a release that is not there skips the test."""

    def __init__(self, repository: Path, tag_of: Callable[[str], str], facts: Path) -> None:
        self._repository = repository
        self._tag_of = tag_of
        self._facts = facts
        self._made: dict[str, Explainer] = {}
        self._read: dict[str, Explainer] = {}

    def __call__(self, series: str) -> Explainer:
        """Return an explainer that knows of the tree what it is told, and no more."""
        if series not in self._made:
            tree = tree_at(self._repository, self._tag_of(series), self._facts)
            self._made[series] = Explainer(tree)
        return self._made[series]

    def read(self, series: str) -> Explainer:
        """Return an explainer of a tree that was read, as `kanalyze explain` reads it."""
        if series not in self._read:
            self._read[series] = read(self(series).tree)
        return self._read[series]


def tree_at(repository: Path, revision: str, facts: Path) -> Tree:
    """Return a revision as ``explain`` gets it: its files, and what scan finds in them."""
    request = ScanRequest(tree=str(repository), config=config.load(), revision=revision, db=facts)
    return scanned_tree(request)
