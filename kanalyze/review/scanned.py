"""What scan finds in a revision, as those who evaluate it take it."""

from dataclasses import replace

from kanalyze.history.model import Scan
from kanalyze.history.scan import ScanRequest, scan
from kanalyze.history.texts import texts
from kanalyze.semantics.given import Tree
from kanalyze.source.rules import Rules


def scanned_tree(request: ScanRequest) -> Tree:
    """Return the revision of a request: its files, and what scan finds in them.

    Raises InputError and EnvironmentFailure as scan does.
    """
    found = scan(replace(request, range="", history=False, all_files=False))
    return tree_of(found, request.config.rules)


def tree_of(found: Scan, rules: Rules) -> Tree:
    """Return what was scanned, with the bytes of its files; ``rules`` are those of the scan.

    Raises InputError or EnvironmentFailure when a file cannot be read any more.
    """
    return Tree(
        name=found.tree,
        commit=found.revision.commit,
        describe=found.revision.describe,
        files=texts(found),
        sites=found.sites,
        sections=found.sections,
        rules=rules,
    )
