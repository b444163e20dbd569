"""What the page on lives says beside its picture: a table of them, and every step in words."""

from dataclasses import dataclass
from typing import TYPE_CHECKING

from kanalyze.report.explain_words import count
from kanalyze.report.history_table import span
from kanalyze.report.history_words import (
    changes,
    commit_line,
    day,
    has_releases,
    kind_of,
    link_words,
    only_around,
    question,
    remarks,
    sureness,
    tone,
    trailers,
)
from kanalyze.report.layout import one_line, shortened

if TYPE_CHECKING:
    from kanalyze.history.model import Event, History, Lifeline, Step

_LONG = 2000


@dataclass(frozen=True, slots=True)
class Difference:
    """What changed: both sides of the predicate, or one line on anything else."""

    sign: str
    text: str


@dataclass(frozen=True, slots=True)
class Entry:
    """One step in words; ``around``: it changed nothing but guards and locks."""

    anchor: str
    kind: str
    day: str
    release: str
    where: str
    commit: str
    link: tuple[str, ...]
    sure: str
    differences: tuple[Difference, ...]
    remarks: tuple[str, ...]
    meaning: str
    tone: str
    questions: tuple[str, ...]
    trailers: tuple[str, ...]
    around: bool


@dataclass(frozen=True, slots=True)
class Life:
    """One life: a row of the table, and a chapter of the list."""

    number: int
    id: str
    function: str
    file: str
    predicate: str
    kind: str
    role: str
    span: str
    state: str
    steps: int
    origin: str
    origin_number: int
    goal: str
    goal_number: int
    entries: tuple[Entry, ...]


def chapters(history: "History") -> tuple[Life, ...]:
    """Return every life with its steps, numbered as in the picture."""
    released = has_releases(history.lifelines)
    numbers = {life.id: number for number, life in enumerate(history.lifelines, 1)}
    return tuple(
        _chapter(life, number, released, numbers)
        for number, life in enumerate(history.lifelines, 1)
    )


def subtitle(history: "History") -> str:
    """Return in a sentence how much there is."""
    lives = history.lifelines
    days = sorted(filter(None, (day(step.event) for life in lives for step in life.steps)))
    told = (
        f"{count(len(lives), 'lifeline')}, {sum(life.alive for life in lives)} alive;"
        f" {count(sum(len(life.steps) for life in lives), 'step')}"
    )
    return f"{told}, {days[0]} to {days[-1]}" if days else told


def heading(history: "History") -> str:
    """Return what the picture and the page are called."""
    what = one_line(history.wanted) or "every decision, arming site, pin check and section"
    return shortened(f"The history of {what}", 160)


def source(history: "History") -> str:
    """Return which tree it was, and at what revision."""
    commit = one_line(history.revision.commit)[:12]
    describe = one_line(history.revision.describe)
    revision = f"{describe} ({commit})" if describe and commit else describe or commit
    tree = shortened(one_line(history.tree), 160)
    return f"{tree} at {revision}" if revision else tree


def _chapter(life: "Lifeline", number: int, released: bool, numbers: dict[str, int]) -> Life:
    entries = []
    before = None
    for index, step in enumerate(life.steps, 1):
        entries.append(_entry(step, before, f"step-{number}-{index}"))
        before = step.event
    return Life(
        number=number,
        id=one_line(life.id),
        function=_text(life.function),
        file=_text(life.file),
        predicate=_text(life.predicate),
        kind=kind_of(life),
        role=life.role,
        span=span(life, released),
        state="alive" if life.alive else "ended",
        steps=len(life.steps),
        origin=_text(life.split_from),
        origin_number=numbers.get(life.split_from, 0),
        goal=_text(life.merged_into),
        goal_number=numbers.get(life.merged_into, 0),
        entries=tuple(entries),
    )


def _entry(step: "Step", before: "Event | None", anchor: str) -> Entry:
    event = step.event
    place = (event.function, event.file)
    moved = before is None or (before.function, before.file) != place
    return Entry(
        anchor=anchor,
        kind=event.kind,
        day=day(event),
        release=one_line(event.release),
        where=f"{_text(event.function)} in {_text(event.file)}" if moved else "",
        commit=_text(commit_line(event)) + (" (a merge)" if event.merge else ""),
        link=tuple(_text(line) for line in link_words(event, every=True)) if event.links else (),
        sure=sureness(event.confidence),
        differences=tuple(_differences(event)),
        remarks=() if link_words(event) else tuple(_text(line) for line in remarks(event)),
        meaning=_text(step.meaning),
        tone=tone(step.meaning),
        questions=tuple(_text(question(one, event)) for one in event.perhaps),
        trailers=tuple(_text(line) for line in trailers(event)),
        around=only_around(step),
    )


def _differences(event: "Event") -> list[Difference]:
    """Return both sides of the predicate, as a diff has them, and everything else in lines."""
    found: list[Difference] = []
    others: list[str] = []
    for change in changes(event):
        if change.name:
            others.append(change.line())
        else:
            sides = (("-", change.before), ("+", change.after))
            found += [Difference(sign, _text(text)) for sign, text in sides if text]
    if event.kind in ("introduced", "removed") and others:
        others = ["; ".join(others)]
    return found + [Difference("", _text(text)) for text in others]


def _text(text: str) -> str:
    return shortened(one_line(text), _LONG)
