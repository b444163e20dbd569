"""The steps of a life as text: what each changed, and why it is the same thing still."""

from collections.abc import Iterable, Iterator
from itertools import chain
from typing import TYPE_CHECKING

from kanalyze.report.history_words import (
    Change,
    around,
    changes,
    commit_line,
    cut,
    day,
    has_releases,
    link_words,
    only_around,
    question,
    remarks,
    sureness,
    tone,
    trailers,
    when,
)
from kanalyze.report.layout import columns, fill, one_line, wrap
from kanalyze.report.writer import Writer

if TYPE_CHECKING:
    from kanalyze.history.model import Event, Lifeline, Step

#: The column of all that is said of a step: the day stands to the left.
_AT = 11
#: The most columns that a release gets.
_RELEASE = 14
_SIGNS = {"-": "bad", "+": "good"}
_TONES = {"same": "good", "other": "changed", "plain": ""}
_WAYS = {"moved": "to", "removed": "from"}


class StepWriter:
    """Lays steps out for one reader.

    ``shortened`` says afterwards whether steps were put into one line each.
    """

    def __init__(
        self, lives: "tuple[Lifeline, ...]", writer: Writer, *, links: bool, indent: int = 0
    ) -> None:
        self._writer = writer
        self._links = links
        self._width = writer.width - indent
        self._room = self._width - _AT
        self._released = has_releases(lives)
        events = (step.event for life in lives for step in life.steps)
        widest = max((columns(when(event, True)) for event in events), default=0)
        self._release = min(widest, _RELEASE)
        self.shortened = False

    def life(self, life: "Lifeline") -> Iterator[str]:
        """Yield the steps of one life, oldest first, whole ones between empty lines."""
        before: Step | None = None
        apart = True
        for step in life.steps:
            asked = self._links and (step.event.perhaps or step.event.links)
            short = not self._writer.verbose and not asked and only_around(step)
            if apart or not short:
                yield ""
            if short:
                yield self._short(step.event)
                self.shortened = True
            else:
                yield from self._whole(step, before)
            apart = not short
            before = step

    def links(self, life: "Lifeline") -> Iterator[str]:
        """Yield the links and questions of one life and nothing else of it."""
        for step in life.steps:
            lines = list(self._linked(step.event))
            if lines:
                head = f"{self._head(step.event)} {one_line(step.event.commit)[:12]}"
                first = f"{head} {lines[0]}"
                beside = len(lines) == 1 and columns(first) <= self._width
                yield from wrap(first if beside else head, self._width)
                yield from (" " * _AT + line for line in lines[beside:])

    def _head(self, event: "Event") -> str:
        """Return day and release, the release in as many columns as all of them have."""
        head = day(event)
        head += " " * (_AT - 1 - columns(head))
        if not self._released:
            return head
        release = cut(when(event, True), self._release)
        return f"{head} {release}{' ' * (self._release - columns(release))}"

    def _short(self, event: "Event") -> str:
        head = self._head(event)
        line = f"{head} {one_line(event.commit)[:12]} {around(event)}"
        return cut(line, self._width)

    def _whole(self, step: "Step", before: "Step | None") -> Iterator[str]:
        event, paint = step.event, self._writer.paint
        where = []
        if before is None or _place(before.event) != _place(event):
            way = _WAYS.get(event.kind, "in")
            where.append(f"{way} {one_line(event.function)}, {one_line(event.file)}")
        if event.merge:
            where.append("(by the merge itself)")
        head = self._head(event)
        beside = f" {' '.join(where)}" if where else ""
        if columns(f"{head} {event.kind}{beside}") <= self._width:
            where = []
        else:
            beside = ""
        yield f"{head} {paint(event.kind, event.kind)}{beside}"
        rest = chain(
            fill(where, self._room),
            wrap(commit_line(event), self._room),
            self._linked(event),
            self._told(event),
            self._meaning(step),
            self._trailers(event),
        )
        yield from (f"{' ' * _AT}{line}".rstrip() for line in rest)

    def _told(self, event: "Event") -> Iterator[str]:
        """Yield why both ends are one thing, what changed, and what else is known of it."""
        words = link_words(event)
        for text in words if not self._links else ():
            yield from wrap(self._writer.text(text), self._room)
        told = changes(event)
        if len(told) > 1 and not self._writer.verbose:
            # The compound conditions that were passed follow the other changes.
            told = [change for change in told if change.name != "passed"]
        alone = event.kind in ("introduced", "removed")
        for change in told[:1] if alone else told:
            yield from self._change(change)
        # What goes has been told in full by the steps before.
        if event.kind == "introduced" or (alone and self._writer.verbose):
            known = [self._writer.text(change.line()) for change in told[1:]]
            yield from (f"  {line}" for line in fill(known, self._room - 2, ";"))
        if not words or self._writer.verbose or self._links:
            for text in remarks(event):
                yield from wrap(self._writer.text(text), self._room)

    def _change(self, change: Change) -> Iterator[str]:
        """Yield a change in one line if it is not the predicate's, else as a diff has it."""
        label = f"{change.name}: " if change.name else ""
        whole = change.line()
        if label and not change.growth and columns(whole) <= self._room:
            yield whole
            return
        for sign, text in (("-", change.before), ("+", change.after)):
            if text:
                lines = wrap(self._writer.text(label + text), self._room - 2)
                for index, line in enumerate(lines):
                    mark = " " if index else sign
                    yield self._writer.paint(f"{mark} {line}", _SIGNS[sign])

    def _linked(self, event: "Event") -> Iterator[str]:
        """Yield the link with how sure it is, if asked for, and what was not believed.

        Who did not ask sees the best question where a life begins or ends.
        """
        if self._links and event.links:
            reasons = ", ".join(link_words(event, every=True))
            told = f"link ({sureness(event.confidence)}): {reasons}"
            yield from wrap(self._writer.text(told), self._room)
        asked = sorted(event.perhaps, key=lambda one: -one.confidence)
        if not self._links:
            asked = asked[:1] if event.kind in ("introduced", "removed") else []
        for one in asked:
            lines = wrap(self._writer.text(question(one, event)), self._room - 2)
            yield from (f"{'  ' if index else '? '}{line}" for index, line in enumerate(lines))

    def _meaning(self, step: "Step") -> Iterator[str]:
        if step.meaning:
            style = _TONES[tone(step.meaning)]
            for line in wrap(self._writer.text(step.meaning), self._room):
                yield self._writer.paint(line, style)

    def _trailers(self, event: "Event") -> Iterator[str]:
        if not self._writer.verbose:
            told: Iterable[str] = fill(
                [self._writer.text(one) for one in trailers(event)], self._room, ";"
            )
        else:
            every = [f"{one_line(key)}: {one_line(value)}" for key, value in event.trailers]
            every.append(f"Author: {one_line(event.author)}")
            told = chain.from_iterable(wrap(one, self._room) for one in every)
        yield from (self._writer.paint(line, "dim") for line in told)


def _place(event: "Event") -> tuple[str, str]:
    return event.function, event.file
