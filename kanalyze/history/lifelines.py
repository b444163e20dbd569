"""Events of many things in one stream -> the life of each.

A thing is known by file, function and id, which change on its way; an event
that changes them says both names.  Histories branch: where two branches tell
of the same thing, both tell of one life, by whatever name it had there.
"""

import itertools
from collections import Counter
from collections.abc import Iterable, Sequence, Set
from dataclasses import dataclass, field, replace

from kanalyze.history.model import Event, Lifeline, Step

#: What a thing is known by at one time: file, function and id.
Name = tuple[str, str, str]


@dataclass(slots=True, eq=False)
class _Life:
    """A life in the making; ``name`` is None once it has ended."""

    events: list[Event] = field(default_factory=list)
    name: Name | None = None
    split_from: "_Life | None" = None
    merged_into: "_Life | None" = None


def lifelines(events: Iterable[Event]) -> tuple[Lifeline, ...]:
    """Return the lives that events tell of, given oldest first; in the order of their beginnings.

    A life whose beginning is not among the events begins with the first that is.
    """
    lives = _Lives()
    for _, same in itertools.groupby(events, key=lambda event: event.commit):
        lives.commit(list(same))
    return lives.told()


class _Lives:
    """All lives, by what they are called now and by what they were called before."""

    def __init__(self) -> None:
        self._lives: list[_Life] = []
        self._now: dict[Name, _Life] = {}
        self._once: dict[Name, _Life] = {}

    def commit(self, events: Sequence[Event]) -> None:
        """Go on with what one commit did.

        It may give the name of one thing to another, so all old names are looked
        up before any new one counts.
        """
        left = {_before(event) for event in events if event.kind != "introduced"}
        owners = [(event, self._owner(event, left)) for event in events]
        for event, life in owners:
            if event.kind != "introduced" or life.name is None:
                self._forget(life)
        for event, life in owners:
            life.events.append(event)
            if event.kind != "removed":
                self._name(life, _after(event))
        for event, life in owners:
            if event.kind == "introduced" and event.from_id:
                life.split_from = self._find(_before(event))
            elif event.kind == "removed" and event.into_id:
                life.merged_into = self._find((event.into_file, event.into_function, event.into_id))

    def _owner(self, event: Event, left: Set[Name]) -> _Life:
        """Return whose event this is: a life that goes on, or a new one.

        ``left`` are the names that the commit takes from what has them.
        """
        if event.kind == "introduced":  # again, if another branch did it before
            life = self._now.get(_after(event)) if _after(event) not in left else None
        else:  # elsewhere it may have its new name already, or still an old one
            life = self._now.get(_before(event)) or self._now.get(_after(event))
            life = life or self._once.get(_before(event))
        if life is None:
            life = _Life()
            self._lives.append(life)
        return life

    def _find(self, name: Name) -> _Life | None:
        return self._now.get(name) or self._once.get(name)

    def _forget(self, life: _Life) -> None:
        if life.name is not None:
            self._once[life.name] = life
            if self._now.get(life.name) is life:
                del self._now[life.name]
            life.name = None

    def _name(self, life: _Life, name: Name) -> None:
        other = self._now.get(name)
        if other is not None and other is not life:
            self._forget(other)
        self._now[name] = life
        life.name = name

    # ------------------------------------------------------------------ telling

    def told(self) -> tuple[Lifeline, ...]:
        """Return every life."""
        seen: Counter[str] = Counter()
        called: dict[int, str] = {}
        for life in self._lives:
            last = life.events[-1].id
            seen[last] += 1
            called[id(life)] = f"{last}~{seen[last]}" if seen[last] > 1 else last
        return tuple(self._told(life, called) for life in self._lives)

    @staticmethod
    def _told(life: _Life, called: dict[int, str]) -> Lifeline:
        last = life.events[-1]
        return Lifeline(
            id=called[id(life)],
            role=last.role,
            file=last.file,
            function=last.function,
            predicate=last.predicate,
            policy=last.policy,
            alive=life.name is not None,
            steps=tuple(Step(event=event) for event in life.events),
            split_from=called[id(life.split_from)] if life.split_from else "",
            merged_into=called[id(life.merged_into)] if life.merged_into else "",
        )


def _after(event: Event) -> Name:
    return (event.file, event.function, event.id)


def _before(event: Event) -> Name:
    """Return what a thing was called before an event, or what it was copied from."""
    return (
        event.from_file or event.file,
        event.from_function or event.function,
        event.from_id or event.id,
    )


def still_there(lives: Sequence[Lifeline], names: Iterable[Name]) -> tuple[Lifeline, ...]:
    """Return lives of which those go on that a revision has.

    Where branches came together, what one of them took away may be there, and
    the reverse: the revision is what counts.  Of several lives with one name it
    has the one that events say goes on, or else the last.
    """
    known = {(file, function, one.partition("~")[0]) for file, function, one in names}
    holders: dict[Name, int] = {}
    for place, life in enumerate(lives):
        name = _last_name(life)
        if name in known and (life.alive or name not in holders or not lives[holders[name]].alive):
            holders[name] = place
    there = set(holders.values())
    return tuple(replace(life, alive=place in there) for place, life in enumerate(lives))


def _last_name(life: Lifeline) -> Name:
    return (life.file, life.function, life.id.partition("~")[0])
