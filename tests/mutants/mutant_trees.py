"""Trees to make mutants of: small ones from text, and real releases."""

import subprocess
from collections.abc import Callable, Mapping
from pathlib import Path

from kanalyze import config
from kanalyze.history.scan import ScanRequest
from kanalyze.mutants import Mutant
from kanalyze.review.scanned import scanned_tree
from kanalyze.semantics.given import Tree

#: From a series to its release; one that is not there skips the test.
Releases = Callable[[str], Tree]


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
