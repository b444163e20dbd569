"""The first release that contains a commit, for many commits at once.

A release is a tag such as v6.1 or v6.1.12; in a repository without such tags,
the commit with which the top-level Makefile began to name that version.
Only final releases are named: what went into v6.1-rc3 is first released in
v6.1, and that is what it says even while v6.1 is still to come.

One ``git rev-list`` in topological order serves all commits: each hands the
earliest release that it is part of down to its parents, and is forgotten.  So
memory follows the width of the history and not its length.
"""

import re
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from operator import attrgetter

from kanalyze.errors import InputError
from kanalyze.history.git import GitTree
from kanalyze.history.kernel_version import KernelVersion, parse_tag, read_version
from kanalyze.history.runner import BlobId, CommitId, to_text
from kanalyze.history.walk import walk

# The extra version of a release: "" or, before 3.0, ".4"; and of a candidate.
_RELEASED = re.compile(r"((?:\.\d+)*)(-rc\d+)?")
_REV_LIST = ("rev-list", "--topo-order", "--parents", "--ignore-missing", "--stdin")
_MAKEFILE = "Makefile"
_MAKEFILE_HEAD = 4096  # the version stands at the very top


@dataclass(frozen=True, slots=True)
class Release:
    """A release or a candidate for one: its version and the commit that it is."""

    version: KernelVersion
    commit: CommitId

    @property
    def tag(self) -> str:
        """What this one is called itself: v2.6.13, v6.1.12, v6.2-rc3."""
        return self.version.tag

    @property
    def name(self) -> str:
        """The final release that this is, or leads to: v2.6.13, v6.1.12, v6.2."""
        return replace(self.version, extra=self.version.extra.partition("-")[0]).tag


@dataclass(frozen=True, slots=True)
class FirstReleases:
    """Which release each commit first appeared in, as of one state of a repository.

    ``releases`` are in version order; ``merged`` has the tags of those that are
    known to be part of ``tip``'s history; ``first`` gives a commit's release by
    name, None if it has none.
    Keep it, and hand it back to ``first_releases`` when there is more history.
    """

    tip: CommitId
    releases: tuple[Release, ...]
    merged: frozenset[str]
    first: Mapping[CommitId, str | None]


@dataclass(frozen=True, slots=True)
class _Pass:
    """One walk: from where, down to what, and the commits to be told about."""

    releases: Sequence[Release]
    excluded: Sequence[CommitId]
    wanted: Collection[CommitId]


def first_releases(
    tree: GitTree,
    tip: CommitId,
    commits: Iterable[CommitId],
    known: FirstReleases | None = None,
) -> FirstReleases:
    """Return the first release that contains each of ``commits``.

    ``known`` is an earlier result: then ``commits`` are those that came since
    (what ``walk`` gives between ``known.tip`` and ``tip``), only as much
    history is walked as they need, and the result covers the old ones as well.
    Raises EnvironmentFailure when git fails; in a repository without tags,
    MissingBlob for a Makefile that a partial clone does not hold.
    """
    wanted = set(commits)
    releases = find_releases(tree, tip, known)
    if known is not None and not set(known.releases) <= set(releases):
        # A tag was moved or deleted: nothing that it gave can be kept.
        return first_releases(tree, tip, wanted | known.first.keys())
    task = _plan(releases, wanted, known)
    found, reached = _propagate(tree, tip, task, known.tip if known else tip)
    merged = {release.tag for release in task.releases if release.commit in reached}
    if known is None:
        return FirstReleases(tip, releases, frozenset(merged), found)
    if known.tip not in reached:  # another branch, or history was rewritten
        return first_releases(tree, tip, wanted | known.first.keys())
    return FirstReleases(tip, releases, frozenset(merged | known.merged), {**known.first, **found})


def find_releases(
    tree: GitTree, tip: CommitId, known: FirstReleases | None = None
) -> tuple[Release, ...]:
    """Return the releases of the repository and their candidates in version order.

    Tags are all looked at; without one, the Makefile's history up to ``tip``
    is, and with ``known`` only the part of it since then.
    """
    tagged = _tagged(tree)
    if tagged:
        return _in_order(tagged)
    old = known.tip if known else None
    return _in_order([*_made(tree, tip, old), *(known.releases if known else ())])


def _in_order(releases: Iterable[Release]) -> tuple[Release, ...]:
    # Of two that claim the same version the later one in the list is right:
    # lists begin with what is newest.
    unique = {release.version: release for release in releases}
    return tuple(sorted(unique.values(), key=attrgetter("version.order")))


def _tagged(tree: GitTree) -> list[Release]:
    """Return the releases among the tags, annotated or not."""
    listing = tree.git.output(
        "for-each-ref",
        "--format=%(refname:strip=2) %(objecttype) %(objectname) %(*objecttype) %(*objectname)",
        "refs/tags/v*",
    )
    found = []
    for line in to_text(listing).splitlines():
        name, *objects = line.split()
        version = parse_tag(name)
        if version is None or "commit" not in objects or not _RELEASED.fullmatch(version.extra):
            continue
        found.append(Release(version, CommitId(objects[objects.index("commit") + 1])))
    return found


def _made(tree: GitTree, tip: CommitId, old: CommitId | None) -> list[Release]:
    """Return the releases that the Makefile's history shows, newest first."""
    versions: dict[BlobId | None, KernelVersion | None] = {None: None}
    found = []
    with tree.blobs() as reader:
        for change in walk(tree, tip, [_MAKEFILE], old):
            for makefile in change.changes:
                for blob in (makefile.new_blob, *makefile.old_blobs):
                    if blob is not None and blob not in versions:
                        versions[blob] = _released_version(reader.read(blob))
                version = versions[makefile.new_blob]
                before = {versions[blob] for blob in makefile.old_blobs}
                if version is not None and version not in before:
                    found.append(Release(version, change.commit))
    return found


def _released_version(makefile: bytes) -> KernelVersion | None:
    try:
        version = read_version(makefile[:_MAKEFILE_HEAD], where=_MAKEFILE)
    except InputError:
        return None
    return version if _RELEASED.fullmatch(version.extra) else None


def _plan(
    releases: tuple[Release, ...], commits: set[CommitId], known: FirstReleases | None
) -> _Pass:
    """Return the shortest walk that gives the right answers."""
    if known is None:
        return _Pass(releases, (), commits)
    earlier = set(known.releases)
    added = [release for release in releases if release not in earlier]
    if not added:
        # A release that is part of the known history cannot hold newer commits.
        others = [release for release in releases if release.tag not in known.merged]
        return _Pass(others, (known.tip,), commits)
    # Of the old commits, those may change that no release before the earliest
    # new one holds.  Neither they nor the new commits are part of a release
    # that is both before it and in the known history.
    before = releases[: releases.index(added[0])]
    names = {release.name for release in before}
    stale = {commit for commit, name in known.first.items() if name not in names}
    below = [release for release in before if release.tag in known.merged]
    rest = [release for release in releases if release not in below]
    return _Pass(rest, [release.commit for release in below], commits | stale)


def _propagate(
    tree: GitTree, tip: CommitId, task: _Pass, landmark: CommitId
) -> tuple[dict[CommitId, str | None], set[CommitId]]:
    """Walk once; return each wanted commit's release, and what ``tip``'s history holds.

    The second has, of ``tip``'s history, the releases that were walked, the
    ``landmark``, and the commits at which the walk stopped.
    """
    none = len(task.releases)
    names = [*(release.name for release in task.releases), None]
    own: dict[bytes, int] = {}
    for number, release in enumerate(task.releases):
        own.setdefault(release.commit.encode(), number)
    own.setdefault(landmark.encode(), none)
    wanted = {commit.encode() for commit in task.wanted}
    found: dict[CommitId, str | None] = dict.fromkeys(task.wanted)
    reached: set[bytes] = set()
    # Of the commits of which a child has come and they themselves have not:
    earliest: dict[bytes, int] = {}
    from_tip = {tip.encode()}
    with tree.git.stream(*_REV_LIST) as stream:
        stream.send(_request(tip, task))
        for line in stream.stdout:
            commit, *parents = line.split()
            number = min(earliest.pop(commit, none), own.get(commit, none))
            if commit in from_tip:
                from_tip.remove(commit)
                from_tip.update(parents)
                if commit in own:
                    reached.add(commit)
            if commit in wanted:
                found[CommitId(commit.decode())] = names[number]
            for parent in parents:
                if earliest.get(parent, none) >= number:
                    earliest[parent] = number
        failure = stream.failed()
        if failure is not None:
            raise failure
    return found, {CommitId(commit.decode()) for commit in reached | from_tip}


def _request(tip: CommitId, task: _Pass) -> bytes:
    starts = [tip, *(release.commit for release in task.releases)]
    ends = [f"^{commit}" for commit in task.excluded]
    return "\n".join([*starts, *ends, ""]).encode()
