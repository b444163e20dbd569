"""What a merge did itself: neither a parent's doing, nor git's own when it merges.

A function that differs from all parents may still be what both sides did to
it, put together.  So git is asked for its own three-way merge of the function,
and an event is only what a person made of it.  Merges in which that question
comes up are rare, and asking costs nothing in all others.
"""

import tempfile
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

from kanalyze.errors import EnvironmentFailure
from kanalyze.history.gather import Gatherer, Place
from kanalyze.history.git import GitTree
from kanalyze.history.kin import Kin
from kanalyze.history.links import linked
from kanalyze.history.runner import BlobId, CommitId, run_in
from kanalyze.history.store import Store
from kanalyze.history.things import Link, Located, Thing, Versions, comparable, placed
from kanalyze.history.walk import CommitChange, FileChange

_OWN = "by the merge itself: no parent has it so"
_LOST = "by the merge itself: every parent has it"


def of_merge(commit: CommitChange, versions: Versions) -> list[Link]:
    """Return what the merge itself did: things that it has and no parent had, or the reverse."""
    links: list[Link] = []
    for change in comparable(commit, versions):
        now = placed(change, change.new_blob, versions)
        parents = [placed(change, blob, versions) for blob in change.old_blobs]
        known = {(place.name, place.key) for parent in parents for _, place in parent}
        own = {place.name: place for _, place in now if (place.name, place.key) not in known}
        lost = {place.name for _, place in parents[0]} - {place.name for _, place in now}
        for name in sorted(own.keys() | lost):
            was, *others = ([one for one in parent if one[1].name == name] for parent in parents)
            found = _merged(was, [one for one in now if one[1].name == name], others, versions)
            if found and not (name in own and versions.is_clean(commit, change, own[name])):
                links.extend(found)
    return links


def _merged(
    was: list[Located], now: list[Located], others: list[list[Located]], versions: Versions
) -> list[Link]:
    """Return the links from the first parent that no parent accounts for, of one function."""
    look = versions.reading.look
    new, *olds = (
        [thing for path, place in side for thing in look(path, place)]
        for side in (now, was, *others)
    )
    links: list[Link] = []
    for link in linked(olds[0], new, Kin(was, now, versions.reading)):
        thing = link.new or link.old
        assert thing is not None
        if link.kind == "same":
            continue
        twins = [[old for old in parent if old.id == thing.id] for parent in olds]
        if link.new is None:
            if all(twins):
                links.append(replace(link, reason=_LOST))
        elif not _explained([old for parent in twins for old in parent], thing):
            links.append(replace(link, reason=_OWN))
    return links


def _explained(twins: Sequence[Thing], thing: Thing) -> bool:
    """Tell whether each facet of ``thing`` is one parent's, or made of the parents' parts.

    So a conflict between what stands beside a condition, however it was
    resolved, is no event of the condition.
    """
    if not twins:
        return False
    for name, now in thing.facets:
        was = [dict(twin.facets).get(name, ()) for twin in twins]
        kept = set(was[0]).intersection(*was)
        if now not in was and not (kept <= set(now) <= set().union(*was)):
            return False
    return True


class Merger:
    """Redoes merges, a function at a time."""

    def __init__(self, tree: GitTree, store: Store, gatherer: Gatherer) -> None:
        self._tree = tree
        self._store = store
        self._gatherer = gatherer

    def is_clean(self, commit: CommitChange, change: FileChange, place: Place) -> bool:
        """Say whether ``place`` is what git by itself makes of the parents' functions."""
        base = self._text(self._base(commit.parents, change.path), change.path, place.name)
        merged, *others = (self._text(blob, change.path, place.name) for blob in change.old_blobs)
        for theirs in others:
            if base is None or merged is None or theirs is None:
                return False
            merged = _three_way(merged, base, theirs)
        ((_, _, result),) = self._store.texts([place.key])
        return merged == result

    def _base(self, parents: Sequence[CommitId], path: str) -> BlobId | None:
        """Return the file as the parents' last common ancestor has it."""
        outcome = self._tree.git.run("merge-base", "--octopus", "--end-of-options", *parents)
        ancestor = outcome.stdout.decode().strip()
        if outcome.status or not ancestor:
            return None  # histories without a common root, or cut before it
        return self._tree.ls(CommitId(ancestor), [path]).get(path)

    def _text(self, blob: BlobId | None, path: str, name: str) -> bytes | None:
        """Return the text of the only function of that name; None if there is no such."""
        if blob is None:
            return None
        found = [p for p in self._gatherer.places({blob: path}).of(blob) if p.name == name]
        if len(found) != 1:
            return None
        ((_, _, text),) = self._store.texts([found[0].key])
        return text


def _three_way(ours: bytes, base: bytes, theirs: bytes) -> bytes | None:
    """Return git's merge of two versions of a text; None where they conflict."""
    if ours == theirs or theirs == base:
        return ours
    try:
        with tempfile.TemporaryDirectory(prefix="kanalyze-") as directory:
            names = ("ours", "base", "theirs")
            for name, text in zip(names, (ours, base, theirs), strict=True):
                (Path(directory) / name).write_bytes(text + b"\n")
            outcome = run_in(directory, "merge-file", "-p", *names)
    except OSError as error:
        raise EnvironmentFailure(
            f"no temporary file: {error.strerror}", where=tempfile.gettempdir()
        ) from error
    return outcome.stdout[:-1] if outcome.status == 0 else None
