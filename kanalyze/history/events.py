"""What one commit did to sites and sections: introduced, changed, moved, removed.

Only functions whose text the commit changed are compared.  Within a function a
thing is the same when its subject is; what is left over on both sides is held
together by what it asks, first in the same function, then across functions and
files, and only when that leaves no choice.  Otherwise it was removed, and
something else introduced: a wrong link is worse than none.
"""

import difflib
from collections import Counter
from collections.abc import Callable, Iterable, Sequence

from kanalyze.history.gather import Place
from kanalyze.history.merges import IsClean, of_merge
from kanalyze.history.model import Event
from kanalyze.history.runner import BlobId
from kanalyze.history.things import Link, Located, Look, Thing, described, difference, placed
from kanalyze.history.walk import CommitChange

# How alike two predicates must be to be one that was changed.
_ALIKE_IN_PLACE = 0.5
_ALIKE_ELSEWHERE = 0.75


def events_of(
    commit: CommitChange,
    places: Callable[[BlobId], Sequence[Place]],
    look: Look,
    is_clean: IsClean,
) -> list[Event]:
    """Return the events of one commit, in the order of its files.

    ``places`` gives the functions of a file version, ``look`` the things of a
    function.  A merge is asked only for what no parent has, and not for what
    ``is_clean`` says that git made by itself.
    """
    merge = len(commit.parents) > 1
    links = of_merge(commit, places, look, is_clean) if merge else _of_commit(commit, places, look)
    return [_event(commit, link, merge=merge) for link in links]


def _event(commit: CommitChange, link: Link, *, merge: bool) -> Event:
    thing = link.new or link.old
    assert thing is not None
    before, after, reason = "", "", link.reason
    if link.old and link.new:
        before, after, changes = difference(link.old, link.new)
        before, after = before or link.old.subject, after or link.new.subject
        reason = "; ".join(part for part in (link.reason, changes) if part)
    elif link.old:
        before = described(link.old)
    else:
        after = described(thing)
    moved = link.kind == "moved" and link.old is not None
    return Event(
        commit=commit.commit,
        date=commit.author_date,
        author=commit.author,
        subject=commit.subject,
        kind=link.kind,
        id=thing.id,
        role=thing.role,
        file=thing.file,
        function=thing.function,
        before=before,
        after=after,
        reason=reason,
        trailers=commit.trailers,
        merge=merge,
        from_file=link.old.file if moved and link.old else "",
        from_function=link.old.function if moved and link.old else "",
        from_id=link.old.id if link.old and link.new and link.old.id != link.new.id else "",
    )


# --------------------------------------------------------------- plain commits


def _of_commit(
    commit: CommitChange, places: Callable[[BlobId], Sequence[Place]], look: Look
) -> list[Link]:
    gone: list[Located] = []
    come: list[Located] = []
    for change in commit.changes:
        was = placed(change, change.old_blobs[0] if change.old_blobs else None, places)
        now = placed(change, change.new_blob, places)
        gone.extend(_without(was, now))
        come.extend(_without(now, was))
    old = [thing for path, place in gone for thing in look(path, place)]
    new = [thing for path, place in come for thing in look(path, place)]
    if not commit.parents:
        reason = "present where the history begins"
        return [Link("introduced", None, thing, reason) for thing in new]
    vanished = {place.name for _, place in gone} - {place.name for _, place in come}
    appeared = {place.name for _, place in come} - {place.name for _, place in gone}
    return _linked(old, new, vanished, appeared)


def _without(ours: Iterable[Located], theirs: Iterable[Located]) -> list[Located]:
    """Return the functions of ``ours`` that are not, text and conditions alike, in ``theirs``."""
    left = Counter((path, place.name, place.key, place.config) for path, place in theirs)
    found: list[Located] = []
    for path, place in ours:
        key = (path, place.name, place.key, place.config)
        if left[key]:
            left[key] -= 1
        else:
            found.append((path, place))
    return found


def _linked(
    old: list[Thing], new: list[Thing], vanished: set[str], appeared: set[str]
) -> list[Link]:
    """Hold old and new together, the surest links first."""
    links: list[Link] = []
    old, new = _pair(old, new, links, _same, _in_place)
    old, new = _pair(old, new, links, _alike, _in_place)
    old, new = _pair(old, new, links, _same_subject, _moved(vanished, appeared))
    old, new = _pair(old, new, links, _same_answer, _moved(vanished, appeared))
    links.extend(Link("removed", thing, None, "") for thing in old)
    links.extend(Link("introduced", None, thing, "") for thing in new)
    return links


def _pair(
    old: list[Thing],
    new: list[Thing],
    links: list[Link],
    fits: Callable[[Thing, Thing], float],
    link: Callable[[Thing, Thing], Link | None],
) -> tuple[list[Thing], list[Thing]]:
    """Link the best-fitting pairs; return what is left on both sides."""
    scored = [
        (score, -j, -i)
        for i, one in enumerate(old)
        for j, other in enumerate(new)
        if (score := fits(one, other)) > 0
    ]
    used_old: set[int] = set()
    used_new: set[int] = set()
    for _, minus_j, minus_i in sorted(scored, reverse=True):
        i, j = -minus_i, -minus_j
        if i in used_old or j in used_new:
            continue
        used_old.add(i)
        used_new.add(j)
        made = link(old[i], new[j])
        if made:
            links.append(made)
    return (
        [one for i, one in enumerate(old) if i not in used_old],
        [one for j, one in enumerate(new) if j not in used_new],
    )


def _same(one: Thing, other: Thing) -> float:
    return float((one.id, one.file) == (other.id, other.file))


def _alike(one: Thing, other: Thing) -> float:
    """Score a predicate that was changed where it stands."""
    if (one.function, one.file) != (other.function, other.file):
        return 0
    if (one.role == "section") != (other.role == "section"):
        return 0
    ratio = _ratio(one.subject, other.subject)
    if not set(one.names) & set(other.names):
        # What is asked may have got another name, if nothing else changed.
        same = ratio >= _ALIKE_ELSEWHERE and one.role == other.role
        return ratio / 2 if same and one.facets[-1] == other.facets[-1] else 0
    return ratio if ratio >= _ALIKE_IN_PLACE else 0


def _same_subject(one: Thing, other: Thing) -> float:
    """Score the same predicate in another function; the nearer file first."""
    if one.subject != other.subject or one.names != other.names:
        return 0
    return 1 + (one.file == other.file) + _ratio(str(one.facets), str(other.facets))


def _same_answer(one: Thing, other: Thing) -> float:
    """Score a predicate that changed its variables on the way to another function."""
    if one.names != other.names or one.role != other.role:
        return 0
    ratio = _ratio(one.subject, other.subject)
    return ratio if ratio >= _ALIKE_ELSEWHERE else 0


def _ratio(one: str, other: str) -> float:
    matcher = difflib.SequenceMatcher(None, one, other, autojunk=False)
    if matcher.real_quick_ratio() < _ALIKE_IN_PLACE:
        return 0
    return matcher.ratio()


def _in_place(old: Thing, new: Thing) -> Link | None:
    if not any(difference(old, new)):
        return None
    return Link("changed", old, new, "")


def _moved(vanished: set[str], appeared: set[str]) -> Callable[[Thing, Thing], Link | None]:
    def link(old: Thing, new: Thing) -> Link:
        same = "the same condition" if old.subject == new.subject else "asks the same signals"
        if old.function == new.function:
            how = f"{old.function}() moved from {old.file} to {new.file}"
        elif old.function in vanished and new.function in appeared:
            how = f"{old.function}() became {new.function}()"
        elif new.function in appeared:
            how = f"extracted from {old.function}() into the new {new.function}()"
        elif old.function in vanished:
            how = f"{old.function}() is gone, merged into {new.function}()"
        else:
            how = f"left {old.function}() and entered {new.function}()"
        return Link("moved", old, new, f"{same}: {how} in one commit")

    return link
