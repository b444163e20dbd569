"""What two trees that differ come to: their decisions, held against each other."""

from dataclasses import replace

from kanalyze.history.model import Against, Difference, TreeAt
from kanalyze.history.scan import ScanRequest
from kanalyze.progress import Silent
from kanalyze.review.meaning import ROLES
from kanalyze.review.scanned import scanned_tree
from kanalyze.semantics.given import Tree


def with_meanings_of_differences(found: Against, request: ScanRequest) -> Against:
    """Return a comparison whose differences say what they mean, wherever that can be told.

    ``request`` is what it was made with.  Both trees are read once and a function
    is evaluated once: that takes seconds for all differences of two releases.
    Raises InputError or EnvironmentFailure when a tree cannot be read any more.
    """
    # Not at the top: numpy takes its time, and nobody may have asked.
    from kanalyze.semantics.meaning import FunctionIn, Versions

    asked = dict.fromkeys(places for one in found.differences if (places := _places(one)))
    if not asked:
        return found
    progress = request.progress or Silent()
    progress.stage("evaluating differences", len(asked))
    versions = Versions.of(_tree(request, found.here), _tree(request, found.there))
    told = {}
    for here, there in asked:
        told[here, there] = versions.meaning(FunctionIn(*here), FunctionIn(*there))
        progress.step()
    return replace(
        found,
        differences=tuple(
            replace(one, meaning=told[places]) if (places := _places(one)) else one
            for one in found.differences
        ),
    )


def _places(one: Difference) -> tuple[tuple[str, str], tuple[str, str]] | None:
    """Return the function on either side; None for what says nothing about who keeps a page."""
    if one.kind not in ("changed", "moved") or one.role not in ROLES:
        return None
    return (one.here.file, one.here.function), (one.there.file, one.there.function)


def _tree(request: ScanRequest, side: TreeAt) -> Tree:
    """Return one side, as ``explain`` gets it."""
    revision = side.revision.commit or "HEAD"
    return scanned_tree(replace(request, tree=side.tree, revision=revision, files=()))
