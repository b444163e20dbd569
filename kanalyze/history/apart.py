"""The commits that only one of two trees has, and what each of them did."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from kanalyze.history.against import Means
from kanalyze.history.gather import Gatherer, Groups
from kanalyze.history.git import GitTree
from kanalyze.history.model import Event
from kanalyze.history.runner import CommitId
from kanalyze.history.timeline import Timeline
from kanalyze.history.walk import CommitChange

#: What the commit of a whole release is called, be it by ``kanalyze import``.
_RELEASE = re.compile(r"Linux[- ]v?\d+\.\d+\S*")

Trees = tuple[GitTree, GitTree]
Tips = tuple[CommitId, CommitId]
"""Here and there."""


@dataclass(frozen=True, slots=True)
class Apart:
    """What one of two trees has and the other has not, as git counts.

    ``tree`` knows the commits of both, ``tip`` is where this side ends.  Commits
    come oldest first, ``events`` by commit.  ``imports`` counts the releases that
    were left out: nobody can say which commits are in them.  It is not ``whole``
    while an object is missing.
    """

    tree: GitTree
    tip: CommitId
    commits: Sequence[CommitChange]
    events: Mapping[CommitId, Sequence[Event]]
    imports: int
    notes: Sequence[str]
    whole: bool


def knowing_both(trees: Trees, tips: Tips) -> Trees:
    """Return two repositories each of which knows the commits of both.

    Where one history is cut off and the other is whole and goes on from there,
    both are that one.
    """
    here, there = trees
    if here.git.common_dir == there.git.common_dir:
        return trees
    known = (
        replace(here, git=replace(here.git, borrowed=there.git.common_dir)),
        replace(there, git=replace(there.git, borrowed=here.git.common_dir)),
    )
    for whole, cut in ((known[0], there), (known[1], here)):
        if cut.shallow and not whole.shallow and _is_whole(whole, tips):
            return whole, whole
    return known


def _is_whole(tree: GitTree, tips: Tips) -> bool:
    """Say whether a repository has all commits of which two revisions do not share."""
    between = (f"{tips[0]}...{tips[1]}",)
    return tree.git.run("rev-list", "--quiet", "--end-of-options", *between).status == 0


def in_common(trees: Trees, tips: Tips) -> bool:
    """Say whether two histories have a commit in common, as far as they are here.

    A repository whose history is cut off knows only up to there, the other one
    may know more.
    """
    whole = sorted(trees, key=lambda tree: bool(tree.shallow))[0]
    return whole.git.run("merge-base", "--end-of-options", *tips).status == 0


def apart(
    tree: GitTree,
    limits: tuple[CommitId, CommitId],
    paths: Sequence[str],
    derived: Mapping[str, Groups],
    means: Means,
) -> Apart:
    """Return what a tree has up to the second of ``limits``, and the first has not.

    Raises EnvironmentFailure when git, the disk or a worker fails.
    """
    gatherer = Gatherer(
        tree, means.store, means.rules, means.executor, means.progress, means.max_bytes
    )
    timeline = Timeline(tree, means.store, gatherer, means.rules, paths, means.progress)
    other, tip = limits
    walked = timeline.walked(tip, other)
    commits = [one for one in walked if not _RELEASE.fullmatch(one.subject)]
    events: dict[CommitId, list[Event]] = {}
    for event in timeline.events_in(commits, tip, derived) if commits else ():
        events.setdefault(CommitId(event.commit), []).append(event)
    return Apart(
        tree=tree,
        tip=tip,
        commits=[one for one in reversed(commits) if not one.boundary],
        events=events,
        imports=len(walked) - len(commits),
        notes=timeline.notes,
        whole=not any(one.missing for one in gatherer.unread.values()),
    )
