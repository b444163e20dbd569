"""Which commits of two trees are one change, whatever they are called there.

A backport names its original, or has at least its subject and author.  What was
reverted again on the same side is as if it had never been made.
"""

import re
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from kanalyze.history.model import SameCommit, Sameness
from kanalyze.history.reach import Reach
from kanalyze.history.trailers import PICKED, UPSTREAM
from kanalyze.history.walk import CommitChange

_REVERT = re.compile(r'Revert "(.*)"')
_REAPPLY = re.compile(r'Reapply "(.*)"')
_ADDRESS = re.compile(r"<([^<>]*)>")


@dataclass(frozen=True, slots=True)
class Standing:
    """The commits of a side that were not reverted on that side, oldest first.

    ``reverted`` has what is reverted in the end, by subject, with the commit that
    did it, whether that side alone had it or both; ``dropped`` are the others.
    """

    commits: Sequence[CommitChange]
    reverted: Mapping[str, CommitChange]
    dropped: Sequence[CommitChange]


def standing(commits: Sequence[CommitChange]) -> Standing:
    """Return what stands of commits that come oldest first."""
    applied: dict[str, list[CommitChange]] = defaultdict(list)
    withdrawn: dict[str, list[CommitChange]] = defaultdict(list)
    reverted: dict[str, CommitChange] = {}
    gone: set[str] = set()
    for commit in commits:
        subject, takes_back = _peeled(commit.subject)
        same, opposite = (withdrawn, applied) if takes_back else (applied, withdrawn)
        if opposite[subject]:
            gone |= {commit.commit, opposite[subject].pop().commit}
        else:
            same[subject].append(commit)
        if takes_back:
            reverted[subject] = commit
        else:
            reverted.pop(subject, None)
    return Standing(
        commits=[one for one in commits if one.commit not in gone],
        reverted=reverted,
        dropped=[one for one in commits if one.commit in gone],
    )


def _peeled(subject: str) -> tuple[str, bool]:
    """Return the subject that reverts are about, and whether they take it back in the end."""
    takes_back = False
    while True:
        if match := _REVERT.fullmatch(subject):
            takes_back = not takes_back
        elif not (match := _REAPPLY.fullmatch(subject)):
            return subject, takes_back
        subject = match[1]


def originals_of(commit: CommitChange) -> list[str]:
    """Return the ids, whole or short, of the commits that one was made from."""
    return [value for key, value in commit.trailers if key in (UPSTREAM, PICKED)]


class Commits:
    """The commits that stand on one side, by their ids, originals and subjects.

    ``reach`` knows all that the side has, ``full`` the ids of what messages name.
    """

    def __init__(self, side: Standing, reach: Reach, full: Mapping[str, str]) -> None:
        commits = side.commits
        self._reach = reach
        self._dropped = {str(one.commit) for one in side.dropped}
        self.by_id = {str(one.commit): one for one in commits}
        self.by_subject: dict[str, list[CommitChange]] = defaultdict(list)
        self.by_original: dict[str, list[CommitChange]] = defaultdict(list)
        self.originals: dict[str, list[str]] = {}
        for one in commits:
            self.by_subject[one.subject].append(one)
            names = [full[name] for name in originals_of(one)]
            if names:
                self.originals[one.commit] = names
            for name in names:
                self.by_original[name].append(one)

    def having(self, ids: Iterable[str]) -> set[str]:
        """Return those of some commits that the side has, and did not revert again."""
        return self._reach.within(ids) - self._dropped


class Matching:
    """Which commits of here and there are the same change."""

    def __init__(self, here: Commits, there: Commits) -> None:
        self.pairs: list[SameCommit] = []
        self.here: dict[str, SameCommit] = {}
        self.there: dict[str, SameCommit] = {}
        self._match(here, there)

    def _match(self, here: Commits, there: Commits) -> None:
        known = there.having(here.by_original)
        for ours, names in here.originals.items():
            for name in names:
                if name in known:
                    self._add(ours, name, here.by_id[ours].subject, "upstream commit")
                for twin in there.by_original.get(name, ()):
                    self._add(ours, twin.commit, twin.subject, "upstream commit")
        known = here.having(there.by_original)
        for theirs, names in there.originals.items():
            for name in names:
                if name in known:
                    self._add(name, theirs, there.by_id[theirs].subject, "upstream commit")
        for subject in here.by_subject:
            if subject in there.by_subject:
                self._by_subject(here.by_subject[subject], there.by_subject[subject])

    def _by_subject(self, ours: Sequence[CommitChange], theirs: Sequence[CommitChange]) -> None:
        """Match commits of one subject: all that were written at one moment, then one by one."""
        for one in ours:
            for other in theirs:
                if _moment(one) == _moment(other):
                    self._add(one.commit, other.commit, one.subject, "subject and author")
        left = [other for other in theirs if other.commit not in self.there]
        for one in ours:
            if one.commit not in self.here:
                same = next((other for other in left if _one_author(one, other)), None)
                if same:
                    left.remove(same)
                    self._add(one.commit, same.commit, one.subject, "subject and author")

    def _add(self, here: str, there: str, subject: str, how: Sameness) -> None:
        if here in self.here and there in self.there:
            return
        pair = SameCommit(here=here, there=there, subject=subject, how=how)
        self.pairs.append(pair)
        self.here.setdefault(here, pair)
        self.there.setdefault(there, pair)


def _moment(commit: CommitChange) -> tuple[str, str]:
    return _address(commit.author), commit.author_date


def _one_author(one: CommitChange, other: CommitChange) -> bool:
    """Tell whether two have one author: people change addresses more often than names.

    Merges have one author and few subjects, and that makes none the other.
    """
    if len(one.parents) > 1 or len(other.parents) > 1:
        return False
    if _address(one.author) == _address(other.author):
        return True
    return _name(one.author) == _name(other.author)


def _address(author: str) -> str:
    match = _ADDRESS.search(author)
    return match[1].casefold() if match else author


def _name(author: str) -> str:
    return author.partition(" <")[0].casefold()
