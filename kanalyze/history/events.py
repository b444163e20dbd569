"""What one commit did to sites and sections: introduced, changed, moved, removed.

Only functions that the commit changed are compared; ``links`` says what of the
old is held to be what of the new.
"""

from collections import Counter
from collections.abc import Iterable

from kanalyze.history.kin import Kin
from kanalyze.history.links import linked
from kanalyze.history.merges import of_merge
from kanalyze.history.model import Event, EventKind
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
    return [_event(commit, link, link.kind, merge) for link in links if link.kind != "same"]


def _event(commit: CommitChange, link: Link, kind: EventKind, merge: bool) -> Event:
    thing = link.old if kind == "removed" else link.new
    assert thing is not None
    before, after, reason = told(link)
    # What something was before, or what stands for it after its end.
    origin = link.old if kind != "removed" else None
    heir = link.new if kind == "removed" else None
    split = kind == "introduced"
    elsewhere = origin if split or kind == "moved" else None
    return Event(
        commit=commit.commit,
        date=commit.author_date,
        author=commit.author,
        subject=commit.subject,
        kind=kind,
        id=thing.id,
        role=thing.role,
        file=thing.file,
        function=thing.function,
        before=before,
        after=after,
        reason=reason,
        trailers=commit.trailers,
        merge=merge,
        from_file=elsewhere.file if elsewhere else "",
        from_function=elsewhere.function if elsewhere else "",
        from_id=origin.id if origin and (origin.id != thing.id or split) else "",
        into_file=heir.file if heir else "",
        into_function=heir.function if heir else "",
        into_id=heir.id if heir else "",
        links=link.reasons,
        confidence=link.confidence,
        perhaps=link.perhaps,
        predicate=thing.subject,
        policy=thing.policy,
    )


def told(link: Link) -> tuple[str, str, str]:
    """Return what was before, what is after and why the two are one.

    Before or after is empty for what begins or ends.
    """
    if link.kind == "removed" or link.new is None:
        assert link.old is not None
        return described(link.old), "", link.reason
    if link.kind == "introduced" or link.old is None:
        return "", described(link.new), link.reason
    before, after, changes = difference(link.old, link.new)
    reason = "; ".join(part for part in (link.reason, changes) if part)
    return before or link.old.subject, after or link.new.subject, reason


# --------------------------------------------------------------- plain commits


def _of_commit(commit: CommitChange, versions: Versions) -> list[Link]:
    gone: list[Located] = []
    come: list[Located] = []
    for change in comparable(commit, versions):
        was = placed(change, change.old_blobs[0] if change.old_blobs else None, versions)
        now = placed(change, change.new_blob, versions)
        gone.extend(without(was, now))
        come.extend(without(now, was))
    old = [thing for path, place in gone for thing in versions.reading.look(path, place)]
    new = [thing for path, place in come for thing in versions.reading.look(path, place)]
    if not commit.parents:
        reason = "present where the history begins"
        return [Link("introduced", None, thing, reason) for thing in new]
    return linked(old, new, Kin(gone, come, versions.reading))


def without(ours: Iterable[Located], theirs: Iterable[Located]) -> list[Located]:
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
