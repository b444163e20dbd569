"""One version of a tree: which it is, and which of the files that matter it has."""

from collections.abc import Sequence

from kanalyze.errors import InputError
from kanalyze.history.git import GitTree
from kanalyze.history.model import Revision
from kanalyze.history.plain import PlainTree
from kanalyze.history.runner import BlobId, CommitId


def revision_of(tree: GitTree | PlainTree, name: str) -> Revision:
    """Return the revision that a name means; of a plain directory there is only "HEAD".

    Raises InputError for any other name there, and as ``GitTree.resolve`` does.
    """
    if isinstance(tree, PlainTree):
        if name != "HEAD":
            raise InputError("a plain directory has no revisions", where=tree.path)
        return Revision()
    commit = tree.resolve(name)
    return Revision(commit=commit, describe=tree.describe(commit))


def files_of(
    tree: GitTree | PlainTree, revision: Revision, paths: Sequence[str]
) -> dict[str, BlobId]:
    """Return path -> blob of those of ``paths`` that a revision has, in their order."""
    if isinstance(tree, GitTree):
        listed = tree.ls(CommitId(revision.commit), paths)
    else:
        listed = tree.ls(paths)
    order = {path: position for position, path in enumerate(paths)}
    return dict(sorted(listed.items(), key=lambda pair: order.get(pair[0], len(order))))


def none_of_the_files(named: str) -> InputError:
    """Return the error for a tree that has none of the configured files."""
    return InputError("none of the configured files is there: not a kernel tree?", where=named)
