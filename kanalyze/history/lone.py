"""The commits that one of two trees lacks, under any name, and the fixes among them."""

import hashlib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from kanalyze.history import codec
from kanalyze.history.against import Means
from kanalyze.history.apart import Apart, apart, in_common, knowing_both
from kanalyze.history.backports import Commits, Matching, originals_of, standing
from kanalyze.history.fixes import fixed_by, missing
from kanalyze.history.gather import Groups
from kanalyze.history.git import GitTree
from kanalyze.history.model import Fixed, LoneCommit, SameCommit, TreeSide
from kanalyze.history.reach import Reach
from kanalyze.history.runner import CommitId
from kanalyze.history.walk import CommitChange
from kanalyze.source.version import events_version


@dataclass(frozen=True, slots=True)
class Lone:
    """What two histories come to: commits of one side only, and those that both have."""

    commits: tuple[LoneCommit, ...] = ()
    matched: tuple[SameCommit, ...] = ()
    notes: tuple[str, ...] = ()


def lone_commits(
    here: tuple[GitTree, CommitId],
    there: tuple[GitTree, CommitId],
    paths: Sequence[str],
    derived: Mapping[str, Groups],
    means: Means,
) -> Lone:
    """Return the commits that touched what decides and that one of two trees lacks.

    A tree comes with the commit that is meant.  What was found is kept in the
    fact store.  Where the two cannot be compared, a note says why.  Raises
    EnvironmentFailure when git, the disk or a worker fails.
    """
    trees, tips = (here[0], there[0]), (here[1], there[1])
    if tips[0] == tips[1]:
        return Lone()
    cut = [sorted(tree.shallow) for tree in trees]
    asked = ["commits of two trees", tips, cut, paths, means.max_bytes, events_version()]
    key = hashlib.blake2b(codec.encode(asked), digest_size=16).digest()
    known = means.store.revision(key)
    if known is not None:
        return codec.Decoder(Lone).decode(known)
    views = knowing_both(trees, tips)
    if not in_common(views, tips):
        why = " as far as they are here: one is shallow" if any(cut) else ""
        return Lone(notes=(f"commits are not compared: the histories have none in common{why}",))
    sides = (
        apart(views[0], (tips[1], tips[0]), paths, derived, means),
        apart(views[1], tips, paths, derived, means),
    )
    lone = _Pair(sides).lone()
    if all(side.whole for side in sides):  # the next time what is missing may be there
        means.store.add_revision(key, codec.encode(lone))
    return lone


class _Pair:
    """The commits of here and of there."""

    def __init__(self, sides: tuple[Apart, Apart]) -> None:
        self._sides = sides
        self._standing = (standing(sides[0].commits), standing(sides[1].commits))
        # A message may name anything that either has ever had.
        every = [one for side in sides for one in side.commits]
        self._full = Reach(sides[0].tree, sides[0].tip).full(
            [name for one in every for name in originals_of(one)]
            + [name for one in every for name, _ in fixed_by(one)]
        )
        self._commits = (self._of(0), self._of(1))
        self._same = Matching(*self._commits)

    def _of(self, side: int) -> Commits:
        one = self._sides[side]
        return Commits(self._standing[side], Reach(one.tree, one.tip), self._full)

    def lone(self) -> Lone:
        """Return what there is to say."""
        return Lone(
            commits=(*self._lone(0, "here"), *self._lone(1, "there")),
            matched=tuple(self._same.pairs),
            notes=tuple(self._notes()),
        )

    def _lone(self, side: int, name: TreeSide) -> list[LoneCommit]:
        """Return the commits that stand on one side only."""
        as_one = self._same.there if side else self._same.here
        alone = [
            one
            for one in self._standing[side].commits
            if one.commit not in as_one and one.commit in self._sides[side].events
        ]
        other = 1 - side
        same = {
            commit: (pair.here if side else pair.there, pair.how) for commit, pair in as_one.items()
        }
        reverted = self._standing[other].reverted
        fixes = missing(alone, self._commits[other], same, self._full, reverted)
        return [self._made(one, side, name, fixes.get(one.commit, ())) for one in alone]

    def _made(
        self, commit: CommitChange, side: int, name: TreeSide, fixes: tuple[Fixed, ...]
    ) -> LoneCommit:
        events = self._sides[side].events[commit.commit]
        revert = self._standing[1 - side].reverted.get(commit.subject)
        return LoneCommit(
            side=name,
            commit=commit.commit,
            date=commit.author_date,
            author=commit.author,
            subject=commit.subject,
            release=events[0].release,
            fixes=fixes,
            reverted_by=revert.commit if revert else "",
            events=tuple(events),
        )

    def _notes(self) -> Iterator[str]:
        for side, one in enumerate(self._sides):
            name = ("here", "there")[side]
            if one.imports:
                what = "one commit is a whole release"
                if one.imports > 1:
                    what = f"{one.imports} commits are a whole release each"
                yield f"{name}: {what}: which changes that holds is not known"
            dropped = [c for c in self._standing[side].dropped if c.commit in one.events]
            if dropped:
                yield f"{name}: {len(dropped)} commits are left out, made and reverted again"
            yield from (f"{name}: {note}" for note in one.notes)
