"""Explainers of real releases, each made once, for tests of what is told about whole trees."""

from collections.abc import Callable
from pathlib import Path

from kanalyze import config
from kanalyze.history.scan import ScanRequest
from kanalyze.review.scanned import scanned_tree
from kanalyze.semantics.explainer import Explainer
from kanalyze.semantics.given import Tree


class Explainers:
    """Explainers by series; a release that is not there skips the test."""

    def __init__(self, repository: Path, tag_of: Callable[[str], str]) -> None:
        self._repository = repository
        self._tag_of = tag_of
        self._made: dict[str, Explainer] = {}

    def __call__(self, series: str) -> Explainer:
        if series not in self._made:
            self._made[series] = Explainer(tree_at(self._repository, self._tag_of(series)))
        return self._made[series]


def tree_at(repository: Path, revision: str) -> Tree:
    """Return a revision as ``explain`` gets it: its files, and what scan finds in them."""
    request = ScanRequest(tree=str(repository), config=config.load(), revision=revision)
    return scanned_tree(request)
