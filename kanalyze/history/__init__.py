"""git -> facts over time.

Opens whatever a user calls a tree, reads its files, and walks its commits.
Nothing in here trusts a repository: no program that its configuration names is
run, no remote is contacted, no link is followed out of it.  An object that is
missing or damaged is an error that names it, never a fetch.
"""

from kanalyze.history.blobs import BlobReader, BlobTooLarge, MissingBlob, UnreadableBlob
from kanalyze.history.git import GitTree, Range, open_tree
from kanalyze.history.plain import PlainReader, PlainTree, blob_id
from kanalyze.history.runner import BlobId, CommitId
from kanalyze.history.walk import CommitChange, FileChange, walk

__all__ = [
    "BlobId",
    "BlobReader",
    "BlobTooLarge",
    "CommitChange",
    "CommitId",
    "FileChange",
    "GitTree",
    "MissingBlob",
    "PlainReader",
    "PlainTree",
    "Range",
    "UnreadableBlob",
    "blob_id",
    "open_tree",
    "walk",
]
