"""git -> facts over time.

Opens whatever a user calls a tree, reads its files, and walks its commits.
Nothing in here trusts a repository: no program that its configuration names is
run, no remote is contacted, no link is followed out of it.  An object that is
missing or damaged is an error that names it, never a fetch.

What is told of a tree has a module each, so that a scan imports no lifelines:
:func:`kanalyze.history.scan.scan`, :func:`kanalyze.history.lives.lives`,
:func:`kanalyze.history.compare_trees.against` and
:func:`kanalyze.history.importer.import_releases`; their records are in
:mod:`kanalyze.history.model`.
"""

from kanalyze.history.blobs import BlobReader, BlobTooLarge, MissingBlob, UnreadableBlob
from kanalyze.history.git import GitTree, Range, open_tree
from kanalyze.history.plain import PlainReader, PlainTree, blob_id
from kanalyze.history.releases import FirstReleases, Release, first_releases
from kanalyze.history.runner import BlobId, CommitId
from kanalyze.history.walk import CommitChange, FileChange, walk

__all__ = [
    "BlobId",
    "BlobReader",
    "BlobTooLarge",
    "CommitChange",
    "CommitId",
    "FileChange",
    "FirstReleases",
    "GitTree",
    "MissingBlob",
    "PlainReader",
    "PlainTree",
    "Range",
    "Release",
    "UnreadableBlob",
    "blob_id",
    "first_releases",
    "open_tree",
    "walk",
]
