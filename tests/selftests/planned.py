"""Plans for trees: releases, and directories that a test has made."""

import subprocess
from pathlib import Path

from kanalyze import config
from kanalyze.history.importer import AUTHOR
from kanalyze.history.scan import ScanRequest, scan
from kanalyze.review.scanned import tree_of
from kanalyze.selftests.cases import Plan
from kanalyze.selftests.plan import installed_pieces, plan
from kanalyze.selftests.scope import Scope
from kanalyze.semantics.given import Tree


def tree_at(tree: Path, db: Path, revision: str = "HEAD", commits: str = "") -> tuple[Tree, Scope]:
    """Return a revision as ``generate`` gets it, and what is in scope: all, or a range."""
    settings = config.load()
    found = scan(
        ScanRequest(
            tree=str(tree),
            config=settings,
            revision=revision,
            range=commits,
            history=False,
            db=db,
        )
    )
    read = tree_of(found, settings.rules)
    return read, Scope(range=commits, events=found.events, importer=AUTHOR)


def planned(tree: Path, db: Path, revision: str = "HEAD", commits: str = "") -> Plan:
    """Return the plan for a revision, or for a range."""
    read, scope = tree_at(tree, db, revision, commits)
    return plan(read, installed_pieces(), scope)


def unpacked(repository: Path, revision: str, place: Path) -> Path:
    """Write the files of a revision that are scanned to a directory."""
    place.mkdir()
    command = ["git", f"--git-dir={repository}", "archive", revision, "--"]
    listing = ["git", f"--git-dir={repository}", "ls-tree", "-r", "--name-only", revision]
    there = subprocess.run(listing, capture_output=True, text=True, check=True).stdout.split()
    wanted = [path for path in config.load().files.default if path in there]
    packed = subprocess.run([*command, *wanted], capture_output=True, check=True)
    subprocess.run(["tar", "-x", "-C", str(place)], input=packed.stdout, check=True)
    return place


def write_tree(place: Path, **files: bytes) -> Path:
    """Write files of mm/, by their names without ".c"."""
    (place / "mm").mkdir(parents=True)
    for name, text in files.items():
        (place / "mm" / f"{name}.c").write_bytes(text)
    return place
