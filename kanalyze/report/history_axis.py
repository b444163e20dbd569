"""The time axis of the picture of lives: a column a release, or a year where there are none."""

import re
from collections import Counter
from dataclasses import dataclass
from typing import TYPE_CHECKING

from kanalyze.report.history_words import day, has_releases
from kanalyze.report.lanes_layout import fitted
from kanalyze.report.layout import columns
from kanalyze.report.markup import clean

if TYPE_CHECKING:
    from kanalyze.history.model import Event, Lifeline

#: The width of a column, and what each of its marks takes of it.
_COLUMN = (66, 128)
#: Few columns share so much, each with at most so much of it: names of policies want room.
_ROOM = (880, 170)
_MARK = 17
_CHARACTER = 8.4
"""The width of a character of a column's name, on the safe side."""
_SIZE = 12
_VERSION = re.compile(r"v?(\d+(?:\.\d+)*)(?:-rc(\d+))?")


@dataclass(frozen=True, slots=True)
class Column:
    """One release, or one year: its name, in full and as far as it fits."""

    x: float
    width: float
    name: str
    label: str

    @property
    def middle(self) -> float:
        """Where the label stands."""
        return round(self.x + self.width / 2, 1)


@dataclass(frozen=True, slots=True)
class Axis:
    """The columns in their order, and how events find theirs."""

    columns: tuple[Column, ...]
    released: bool

    @property
    def right(self) -> float:
        """Where the last column ends."""
        return self.columns[-1].x + self.columns[-1].width if self.columns else 0.0

    def places(self, events: "list[Event]") -> list[float]:
        """Return where the marks of one life stand: side by side within a column."""
        names = [bucket(event, self.released) for event in events]
        counts, seen = Counter(names), Counter[str]()
        by_name = {column.name: column for column in self.columns}
        found = []
        for name in names:
            seen[name] += 1
            column = by_name[name]
            found.append(round(column.x + column.width * seen[name] / (counts[name] + 1), 1))
        return found


def axis(lives: "tuple[Lifeline, ...]") -> Axis:
    """Return a column for every release, or year, in which something happened.

    All have one width, except where the marks of a life need more.
    """
    released = has_releases(lives)
    first: dict[str, str] = {}
    most: Counter[str] = Counter()
    for life in lives:
        names = [bucket(step.event, released) for step in life.steps]
        for name, step in zip(names, life.steps, strict=True):
            first[name] = min(first.get(name, "~"), day(step.event))
        for name, number in Counter(names).items():
            most[name] = max(most[name], number)
    widest = max((columns(name) for name in first), default=0)
    usual = min(max(widest * _CHARACTER + 12, _COLUMN[0]), _COLUMN[1])
    usual = max(usual, min(_ROOM[0] / max(len(first), 1), _ROOM[1]))
    x = 0.0
    found = []
    for name in _ordered(first, released):
        width = round(max(usual, _MARK * (most[name] + 1)), 1)
        label = fitted(name, width - 6, _SIZE, 0.68)
        found.append(Column(round(x, 1), width, name, label))
        x += width
    return Axis(tuple(found), released)


def bucket(event: "Event", released: bool) -> str:
    """Return the column of an event."""
    if released:
        return clean(event.release) or "unreleased"
    return clean(day(event))[:4] or "undated"


def _ordered(first: dict[str, str], released: bool) -> list[str]:
    """Return columns by version if all are versions, else by their first day; unreleased last."""
    names = sorted(first)
    last = [name for name in names if name == "unreleased"] if released else []
    rest = [name for name in names if name not in last]
    versions = {name: _VERSION.fullmatch(name) for name in rest}
    if released and all(versions.values()):
        return sorted(rest, key=_version) + last
    return (sorted(rest, key=lambda name: first[name]) if released else rest) + last


def _version(name: str) -> tuple[list[int], float]:
    match = _VERSION.fullmatch(name)
    numbers, candidate = match.groups() if match else ("", None)
    # v6.1-rc2 comes before v6.1.
    parts = [int(one) for one in numbers.split(".") if one]
    return parts, float(candidate) if candidate else float("inf")
