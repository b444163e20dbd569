"""Explainers of real releases, each made once, for tests of what is told about whole trees."""

import subprocess
from collections.abc import Callable
from pathlib import Path

from kanalyze import config
from kanalyze.history.scan import ScanRequest, scan
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
            self._made[series] = Explainer(self._tree(self._tag_of(series)))
        return self._made[series]

    def _tree(self, tag: str) -> Tree:
        defaults = config.load()
        found = scan(
            ScanRequest(tree=str(self._repository), config=defaults, revision=tag, history=False)
        )
        return Tree(
            name=str(self._repository),
            commit=found.revision.commit,
            describe=found.revision.describe,
            files=self._files(tag, defaults.files.default),
            sites=found.sites,
            sections=found.sections,
            rules=defaults.rules,
        )

    def _files(self, tag: str, wanted: list[str]) -> dict[str, bytes]:
        listing = self._git("ls-tree", "-r", "--name-only", tag, "--", *wanted).decode()
        return {path: self._git("cat-file", "blob", f"{tag}:{path}") for path in listing.split()}

    def _git(self, *arguments: str) -> bytes:
        command = ["git", f"--git-dir={self._repository}", *arguments]
        return subprocess.run(command, capture_output=True, check=True).stdout
