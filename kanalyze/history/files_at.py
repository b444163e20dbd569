"""Files of one revision that nobody scans: those that something is to be added to."""

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime

from kanalyze.history.git import GitTree, open_tree
from kanalyze.history.model import Revision
from kanalyze.history.runner import CommitId, to_text


def files_at(tree: str, revision: Revision, paths: Sequence[str]) -> Mapping[str, bytes]:
    """Return path -> bytes of the files at or below ``paths``; what is not there is left out.

    Raises InputError or EnvironmentFailure for a tree or file that cannot be read.
    """
    opened = open_tree(tree)
    if isinstance(opened, GitTree):
        listed = opened.ls(CommitId(revision.commit), paths)
    else:
        listed = opened.ls(paths)
    with opened.blobs(listed) as reader:
        return {path: reader.read(blob) for path, blob in sorted(listed.items())}


def date_of(tree: str, revision: Revision) -> datetime:
    """Return when a revision was committed: for a plain directory, 1970.

    What comes of the same tree is to bear the same date, and no file of a
    directory tells when its release was.
    """
    opened = open_tree(tree)
    if not isinstance(opened, GitTree) or not revision.commit:
        return datetime.fromtimestamp(0, UTC)
    said = opened.git.output("show", "-s", "--format=%cI", "--end-of-options", revision.commit)
    return datetime.fromisoformat(to_text(said).strip())
