"""Trees to make mutants of: small ones from text, and real releases."""

import subprocess
from collections.abc import Callable, Mapping
from pathlib import Path

from kanalyze import config
from kanalyze.history.scan import ScanRequest
from kanalyze.mutants import Mutant
from kanalyze.review.scanned import scanned_tree
from kanalyze.semantics.given import Tree


def tree_of(directory: Path, files: Mapping[str, str], name: str = "small") -> Tree:
    """Return a tree with some files, scanned."""
    root = directory / name
    for path, text in files.items():
        place = root / path
        place.parent.mkdir(parents=True, exist_ok=True)
        place.write_text(text)
    return read(str(root), "HEAD", directory / "facts.sqlite")


def read(repository: str, revision: str, database: Path | None = None) -> Tree:
    """Return a revision as ``make_mutants`` gets it."""
    return scanned_tree(
        ScanRequest(tree=repository, config=config.load(), revision=revision, db=database, jobs=1)
    )


class RealTrees:
    """Releases by their series, each scanned once; one that is not there skips the test."""

    def __init__(self, repository: Path, tag_of: Callable[[str], str], database: Path) -> None:
        self._repository = repository
        self._tag_of = tag_of
        self._database = database
        self._read: dict[str, Tree] = {}

    def __call__(self, series: str) -> Tree:
        if series not in self._read:
            tag = self._tag_of(series)
            self._read[series] = read(str(self._repository), tag, self._database)
        return self._read[series]


def written(tree: Tree, directory: Path) -> None:
    """Write the files of a tree, for a patch to be applied to."""
    for path, text in tree.files.items():
        place = directory / path
        place.parent.mkdir(parents=True, exist_ok=True)
        place.write_bytes(text)


def apply_check(directory: Path, diff: str) -> None:
    """Have git say whether a diff applies to the files in a directory."""
    subprocess.run(
        ["git", "apply", "--check", "-"],
        cwd=directory,
        input=diff.encode("utf-8", "surrogateescape"),
        check=True,
        capture_output=True,
    )


def change(mutant: Mutant) -> tuple[list[str], list[str]]:
    """Return the lines that a mutant takes away and those that it adds, without indentation."""
    lines = [one for one in mutant.diff.splitlines() if not one.startswith(("---", "+++"))]
    gone = [one[1:].strip() for one in lines if one.startswith("-")]
    come = [one[1:].strip() for one in lines if one.startswith("+")]
    return gone, come
