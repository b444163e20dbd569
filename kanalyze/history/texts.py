"""The bytes of the files of one revision, for those who analyse what ``scan`` found."""

from collections.abc import Mapping

from kanalyze.history.git import GitTree, open_tree
from kanalyze.history.model import Scan
from kanalyze.history.runner import CommitId


def texts(scan: Scan) -> Mapping[str, bytes]:
    """Return path -> bytes of the files that a scan read.

    Raises InputError or EnvironmentFailure when one cannot be read any more.
    """
    tree = open_tree(scan.tree)
    if isinstance(tree, GitTree):
        listed = tree.ls(CommitId(scan.revision.commit), scan.files)
    else:
        listed = tree.ls(scan.files)
    with tree.blobs(listed) as reader:
        return {path: reader.read(listed[path]) for path in scan.files if path in listed}
