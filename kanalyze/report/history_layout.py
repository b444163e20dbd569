"""Where everything stands in the picture of lives: one lane each, grouped by function.

Three parts share their rows and columns: the names on the left, the releases
above, and the lanes; a page can hold the first two in place while the lanes move.
"""

from dataclasses import dataclass
from itertools import groupby, pairwise
from typing import TYPE_CHECKING

from kanalyze.report.explain_words import count
from kanalyze.report.history_axis import Axis, Column, axis
from kanalyze.report.history_words import (
    around,
    changes,
    commit_line,
    day,
    kind_of,
    link_words,
    only_around,
    tone,
)
from kanalyze.report.lanes_layout import OTHER, PALETTE, Label, evidence_of, fitted
from kanalyze.report.layout import shortened
from kanalyze.report.markup import clean

if TYPE_CHECKING:
    from kanalyze.history.model import Lifeline, Step

NAMES = 276
"""The width of the names."""
AXIS = 32
"""The height of the releases."""
_GROUP = 34
_ROW = 40
_BAR = 8
_LINE = 25
"""Where in its row the line of a life runs."""
_NOW = 44
"""Room after the last release: what is alive goes on there."""
_LONG = 160
_WIDE = 0.62


@dataclass(frozen=True, slots=True)
class Piece:
    """A part of a life with one policy, or the share that one kind of evidence has in it."""

    x: float
    y: float
    width: float
    height: float
    fill: str


@dataclass(frozen=True, slots=True)
class Mark:
    """A step: its shape by ``kind``, its ``tone`` by what it meant.

    ``small``: it changed nothing but guards or locks.  ``anchor`` is where the
    page tells it.
    """

    x: float
    y: float
    kind: str
    tone: str
    small: bool
    anchor: str
    tooltip: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Lane:
    """One life: its name and what else is said beside it, its pieces, policies and marks."""

    y: float
    number: int
    name: str
    detail: str
    tooltip: str
    pieces: tuple[Piece, ...]
    policies: tuple[Label, ...]
    marks: tuple[Mark, ...]


@dataclass(frozen=True, slots=True)
class Group:
    """The lanes of one function below its name."""

    y: float
    height: float
    function: str
    file: str
    lanes: tuple[Lane, ...]


@dataclass(frozen=True, slots=True)
class Joint:
    """A link between two lanes: a line with an arrow at its end, and the reason."""

    path: str
    arrow: str
    label: Label
    tooltip: str


@dataclass(frozen=True, slots=True)
class Plan:
    """The picture; ``width`` is that of the lanes, without the names."""

    width: float
    height: float
    columns: tuple[Column, ...]
    groups: tuple[Group, ...]
    joints: tuple[Joint, ...]
    evidence: tuple[tuple[str, str], ...]


def plan(lives: "tuple[Lifeline, ...]") -> Plan:
    """Return where names, releases, lanes and the links between them stand."""
    time = axis(lives)
    groups: list[Group] = []
    y = 0.0
    numbered = list(enumerate(lives, 1))
    for (file, function), members in groupby(
        numbered, key=lambda one: (one[1].file, one[1].function)
    ):
        top = y
        y += _GROUP
        lanes = []
        for number, life in members:
            lanes.append(_lane(life, number, y, time))
            y += _ROW
        room = NAMES - 16
        name = fitted(function, room, 13, 0.68)
        groups.append(Group(top, y - top, name, fitted(file, room, 11), tuple(lanes)))
    flat = [lane for group in groups for lane in group.lanes]
    used = {part for life in lives for policy in _policies(life) for part in evidence_of(policy)}
    order = [part for part in PALETTE if part in used] + sorted(used - set(PALETTE))
    return Plan(
        width=round(time.right + _NOW, 1),
        height=y + 12,
        columns=time.columns,
        groups=tuple(groups),
        joints=tuple(_joints(lives, flat)),
        evidence=tuple((clean(part) or "no evidence", _colour(part)) for part in order),
    )


def _colour(part: str) -> str:
    return PALETTE.get(part, OTHER)[0]


def _policies(life: "Lifeline") -> list[str]:
    """Return the policy after each step; that of the whole life where steps do not say."""
    found = [step.event.policy for step in life.steps]
    return found if any(found) else [life.policy] * len(found)


def _lane(life: "Lifeline", number: int, y: float, time: Axis) -> Lane:
    places = time.places([step.event for step in life.steps])
    end = time.right + _NOW - 6 if life.alive else max(places, default=0)
    pieces: list[Piece] = []
    labels: list[Label] = []
    runs = _runs(_policies(life), places)
    for (policy, x), (_, after) in pairwise([*runs, ("", end)]):
        pieces += _pieces(policy, x, after, y)
        room = after - x - 22
        told = fitted(policy, room, 11) if policy else ""
        if told and not told.endswith("\u2026"):
            labels.append(Label(round(x + 11, 1), y + 14, told, "policy"))
    marks = tuple(
        _mark(step, x, y, f"step-{number}-{index}")
        for index, (step, x) in enumerate(zip(life.steps, places, strict=True), 1)
    )
    suffix = clean(life.id).removeprefix(f"{clean(life.function)}")
    detail = f"{suffix}, {kind_of(life)}, {count(len(life.steps), 'step')}"
    return Lane(
        y=y,
        number=number,
        name=fitted(life.predicate, NAMES - 28, 12, 0.64),
        detail=fitted(detail, NAMES - 28, 11),
        tooltip=shortened(f"{clean(life.id)}: {clean(life.predicate)}", _LONG),
        pieces=tuple(pieces),
        policies=tuple(labels),
        marks=marks,
    )


def _runs(policies: list[str], places: list[float]) -> list[tuple[str, float]]:
    """Return from where on which policy holds.

    A backport can have a date before and a release after its neighbour's.
    """
    found: list[tuple[str, float]] = []
    for x, policy in sorted(zip(places, policies, strict=True), key=lambda one: one[0]):
        if not found or found[-1][0] != policy:
            found.append((policy, x))
    return found


def _pieces(policy: str, x: float, end: float, y: float) -> list[Piece]:
    """Return the line of a life, a stripe for each kind of evidence."""
    parts = evidence_of(policy)
    height = _BAR / len(parts)
    top = y + _LINE - _BAR / 2
    width = round(max(end - x, 0), 1)
    return [
        Piece(x, round(top + index * height, 1), width, round(height, 1), _colour(part))
        for index, part in enumerate(parts)
    ]


def _mark(step: "Step", x: float, y: float, anchor: str) -> Mark:
    return Mark(
        x, y + _LINE, step.event.kind, tone(step.meaning), only_around(step), anchor, _tooltip(step)
    )


def _tooltip(step: "Step") -> tuple[str, ...]:
    event = step.event
    when = ", ".join(part for part in (clean(event.release), day(event)) if part)
    told = [f"{when}: {event.kind}", commit_line(event), *link_words(event)]
    if event.kind in ("changed", "moved"):
        told += [change.line() for change in changes(event)] or [around(event)]
    if step.meaning:
        told.append(step.meaning)
    return tuple(shortened(clean(line), _LONG) for line in told)


def _joints(lives: "tuple[Lifeline, ...]", lanes: list[Lane]) -> list[Joint]:
    """Return the links between lanes that are both in the picture."""
    by_id = {life.id: lane for life, lane in zip(lives, lanes, strict=True)}
    found = []
    for life, lane in zip(lives, lanes, strict=True):
        if not lane.marks:
            continue
        origin, goal = by_id.get(life.split_from), by_id.get(life.merged_into)
        if life.split_from and origin and origin is not lane:
            mark = lane.marks[0]
            label = Label(mark.x - 12, lane.y + 14, "split", "reason before")
            found.append(_joint(mark.x, origin.y, lane.y, label, life.split_from, life.id))
        if life.merged_into and goal and goal is not lane:
            mark = lane.marks[-1]
            label = Label(mark.x + 12, lane.y + 14, "merged", "reason")
            found.append(_joint(mark.x, lane.y, goal.y, label, life.id, life.merged_into))
    return found


def _joint(x: float, start: float, end: float, label: Label, old: str, new: str) -> Joint:
    """Return a line from lane to lane; it bends so that what lies between can be seen."""
    down = 1 if end > start else -1
    first, last = start + _LINE, end + _LINE - 11 * down
    bend = x + 15
    path = f"M{x} {first}C{bend} {first + 14 * down} {bend} {last - 20 * down} {x} {last}"
    tip = last + 4 * down
    arrow = f"M{x - 4} {tip - 7 * down}L{x + 4} {tip - 7 * down}L{x} {tip}Z"
    return Joint(
        path, arrow, label, shortened(f"{label.text}: {clean(old)} -> {clean(new)}", _LONG)
    )
