"""What one commit did to sites and sections: introduced, changed, moved, removed.

Only functions that the commit changed are compared; ``links`` says what of the
old is held to be what of the new.
"""

from collections import Counter
from collections.abc import Iterable

from kanalyze.history.links import Kin, linked
from kanalyze.history.merges import of_merge
from kanalyze.history.model import Event
from kanalyze.history.things import (
    Link,
    Located,
    Versions,
    comparable,
    described,
    difference,
    placed,
)
from kanalyze.history.walk import CommitChange


def events_of(commit: CommitChange, versions: Versions) -> list[Event]:
    """Return the events of one commit, in the order of its files.

    A merge is asked only for what no parent has, and not for what git makes of
    the parents by itself.
    """
    merge = len(commit.parents) > 1
    links = of_merge(commit, versions) if merge else _of_commit(commit, versions)
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


def _of_commit(commit: CommitChange, versions: Versions) -> list[Link]:
    gone: list[Located] = []
    come: list[Located] = []
    for change in comparable(commit, versions):
        was = placed(change, change.old_blobs[0] if change.old_blobs else None, versions)
        now = placed(change, change.new_blob, versions)
        gone.extend(_without(was, now))
        come.extend(_without(now, was))
    old = [thing for path, place in gone for thing in versions.look(path, place)]
    new = [thing for path, place in come for thing in versions.look(path, place)]
    if not commit.parents:
        reason = "present where the history begins"
        return [Link("introduced", None, thing, reason) for thing in new]
    return linked(old, new, Kin(gone, come, versions.calls))


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
