"""Paths inside a tree: what is accepted, and how git is told to take it literally."""

from kanalyze.errors import InputError


def check_path(path: str) -> str:
    """Return ``path``, relative to the top of the tree, without a trailing slash.

    Raises InputError for a path that is empty, absolute, or could lead out of
    the tree.  A path that begins with ``-`` is as good as any other.
    """
    trimmed = path.rstrip("/")
    parts = trimmed.split("/")
    if not trimmed or ".." in parts or "." in parts or "" in parts or "\0" in path:
        raise InputError(
            "not a path inside the tree", where=repr(path), hint="give it like mm/memory.c"
        )
    return trimmed


def pathspec(path: str) -> str:
    """Return ``path`` for git: from the top of the tree, no wildcard, no option."""
    return f":(top,literal){check_path(path)}"
