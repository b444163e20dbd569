"""Which commits of one side repair something that the other side has."""

import re
from collections.abc import Iterator, Mapping, Sequence

from kanalyze.history.backports import Commits
from kanalyze.history.model import Fixed, Sameness
from kanalyze.history.walk import CommitChange

#: ``09854ba94c6a ("mm: do_wp_page() simplification")``, with or without its ornaments.
_FIXED = re.compile(r"(?:commit\s+)?([0-9a-f]{7,64})\b(?:[^\"]{0,4}\"(.*)\")?", re.IGNORECASE)


def fixed_by(commit: CommitChange) -> Iterator[tuple[str, str]]:
    """Yield what a commit says it fixes: an id, whole or short, and the subject or ""."""
    for key, value in commit.trailers:
        match = _FIXED.match(value) if key.casefold() == "fixes" else None
        if match:
            yield match[1].lower(), match[2] or ""


def missing(
    fixes: Sequence[CommitChange],
    side: Commits,
    same: Mapping[str, tuple[str, Sameness]],
    full: Mapping[str, str],
    reverted: Mapping[str, CommitChange],
) -> dict[str, tuple[Fixed, ...]]:
    """Return of ``fixes``, which one tree lacks, those that repair what it has, with that.

    ``side`` are the commits that only this tree has, ``same`` those of the other
    that it has as another one, ``reverted`` the subjects of what it has no longer;
    ``full`` are the ids of what messages name.
    """
    named = [
        (one.commit, full[name], subject)
        for one in fixes
        for name, subject in fixed_by(one)
        if subject not in reverted
    ]
    known = side.having(name for _, name, _ in named)

    def as_what(name: str, subject: str) -> tuple[str, Sameness] | None:
        if name in known:
            return name, "commit id"
        if name in side.by_original:
            return side.by_original[name][0].commit, "upstream commit"
        if name in same:
            return same[name]
        if subject in side.by_subject:
            return side.by_subject[subject][0].commit, "subject"
        return None

    found: dict[str, tuple[Fixed, ...]] = {}
    for commit, name, subject in named:
        if held := as_what(name, subject):
            one = Fixed(commit=name, subject=subject, held_as=held[0], how=held[1])
            found[commit] = (*found.get(commit, ()), one)
    return found
