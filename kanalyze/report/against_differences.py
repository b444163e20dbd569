"""Decisions in which two trees differ, as text: both sides one under the other."""

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import replace
from itertools import groupby, zip_longest
from typing import TYPE_CHECKING

from kanalyze.report.against_words import (
    kind_of,
    question,
    stands_for,
    why_one,
)
from kanalyze.report.history_words import (
    Change,
    changes,
    cut,
    remarks,
    tone,
)
from kanalyze.report.layout import columns, one_line, wrap
from kanalyze.report.writer import Writer

if TYPE_CHECKING:
    from kanalyze.history.model import Difference, Spot

_AT = 4
"""Of the lines of a function."""
_SIGNS = {"-": "bad", "+": "good"}
Lines = Callable[["list[Difference]"], Iterator[str]]


class DifferenceWriter:
    """Lays differences out for one reader; ``links`` shows how sure each link is."""

    def __init__(self, writer: Writer, *, links: bool) -> None:
        self._writer = writer
        self._links = links
        self._room = writer.width - _AT

    def whole(self, title: str, found: "Sequence[Difference]") -> Iterator[str]:
        """Yield differences with both sides."""
        return self._listed(title, found, _each(self._both))

    def short(self, title: str, found: "Sequence[Difference]") -> Iterator[str]:
        """Yield differences with what is around them, the thing itself being the same."""
        return self._listed(title, found, self._around)

    def places(self, title: str, found: "Sequence[Difference]") -> Iterator[str]:
        """Yield differences with both places, the thing itself being the same."""
        return self._listed(title, found, _each(self._moved))

    def alone(self, title: str, found: "Sequence[Difference]") -> Iterator[str]:
        """Yield what is on one side only."""
        return self._listed(title, found, _each(self._one))

    def _listed(self, title: str, found: "Sequence[Difference]", told: Lines) -> Iterator[str]:
        """Yield differences under their files and functions."""
        if not found:
            return
        yield from self._writer.title(f"{title}: {len(found)}")
        for file, in_file in groupby(found, key=lambda one: _spot(one).file):
            yield ""
            yield from self._writer.title(file)
            for function, group in groupby(in_file, key=lambda one: _spot(one).function):
                for line in wrap(one_line(function), self._writer.width - 2):
                    yield f"  {self._writer.paint(line, 'title')}".rstrip()
                yield from (f"{'':{_AT}}{line}".rstrip() for line in told(_meant_once(group)))

    # ------------------------------------------------------------ one difference

    def _both(self, one: "Difference") -> Iterator[str]:
        told = self._told(one)
        subjects = [change for change in told if not change.name]
        if subjects:
            yield from self._sides(subjects[0], kind_of(one))
        else:
            yield from self._subject(one)
        yield from self._why(one)
        for change in told:
            if change.name:
                yield from (f"  {line}" for line in self._change(change))
        if not told:
            for text in remarks(one):
                yield from self._text(text)
        yield from self._end(one)

    def _around(self, found: "list[Difference]") -> Iterator[str]:
        """Yield what differs around things of one function, told once where it is the same."""
        for text, alike in groupby(found, key=self._surroundings):
            for one in alike:
                yield from self._subject(one)
                if self._links:
                    yield from self._why(one)
                yield from self._end(one)
            if text:
                yield from self._text(text)

    def _surroundings(self, one: "Difference") -> str:
        told = "; ".join(change.line() for change in self._told(one))
        return told if self._writer.verbose else cut(told, 3 * self._room)

    def _moved(self, one: "Difference") -> Iterator[str]:
        yield from self._subject(one)
        yield from self._why(one)
        yield from self._end(one)

    def _one(self, one: "Difference") -> Iterator[str]:
        yield from self._subject(one)
        if self._writer.verbose:
            for change in changes(one)[1:]:
                yield from self._text(change.line())
        if text := stands_for(one):
            yield from self._text(text)
        if self._links:
            yield from self._why(one)
        yield from self._end(one)

    # ---------------------------------------------------------------------- parts

    def _told(self, one: "Difference") -> list[Change]:
        """Return what differs; what was asked on the way only if there is nothing else."""
        told = changes(one)
        shown = [change for change in told if change.name != "passed"]
        return told if self._writer.verbose else shown or told

    def _subject(self, one: "Difference") -> Iterator[str]:
        """Yield what it asks, and its id and kind beside."""
        spot = _spot(one)
        name = one_line(spot.id).removeprefix(f"{one_line(spot.function)}")
        tag = f"{name} {kind_of(one)}"
        text = self._writer.text(spot.predicate)
        yield from self._beside(wrap(text, self._room), tag, kind_of(one))

    def _beside(self, lines: list[str], tag: str, style: str) -> Iterator[str]:
        """Yield lines with a tag at the right margin of the last one, or below."""
        room = self._room - columns(lines[-1]) - columns(tag)
        yield from lines[:-1]
        if room >= 2:
            yield f"{lines[-1]}{' ' * room}{self._writer.paint(tag, style)}"
            return
        yield lines[-1]
        for line in wrap(tag, self._room):
            yield f"{' ' * (self._room - columns(line))}{self._writer.paint(line, style)}"

    def _sides(self, change: Change, kind: str) -> Iterator[str]:
        for sign, text in (("-", change.before), ("+", change.after)):
            lines = wrap(self._writer.text(text), self._room - 2)
            shown = [f"{' ' if index else sign} {line}" for index, line in enumerate(lines)]
            painted = [self._writer.paint(line, _SIGNS[sign]) for line in shown]
            room = self._room - columns(shown[-1]) - columns(kind)
            if sign == "+" and room >= 2:
                painted[-1] += " " * room + self._writer.paint(kind, kind)
            yield from painted

    def _change(self, change: Change) -> Iterator[str]:
        line = change.line()
        if change.growth or columns(line) <= self._room - 2:
            yield from wrap(self._writer.text(line), self._room - 2)
            return
        for sign, text in (("-", change.before), ("+", change.after)):
            if text:
                lines = wrap(self._writer.text(f"{change.name}: {text}"), self._room - 4)
                for index, part in enumerate(lines):
                    yield self._writer.paint(f"{' ' if index else sign} {part}", _SIGNS[sign])

    def _why(self, one: "Difference") -> Iterator[str]:
        if text := why_one(one, every=self._links):
            yield from self._text(text)

    def _end(self, one: "Difference") -> Iterator[str]:
        """Yield what it means, and the best question."""
        if one.meaning:
            style = {"same": "good", "other": "changed"}.get(tone(one.meaning), "")
            for line in wrap(self._writer.text(one.meaning), self._room - 2):
                yield f"  {self._writer.paint(line, style)}"
        asked = sorted(one.perhaps, key=lambda perhaps: -perhaps.confidence)
        for perhaps in asked if self._links else asked[:1]:
            lines = wrap(self._writer.text(question(perhaps, one)), self._room - 4)
            for index, line in enumerate(lines):
                yield f"  {'  ' if index else '? '}{line}"

    def _text(self, text: str) -> Iterator[str]:
        for line in wrap(self._writer.text(text, 3 * self._room), self._room - 2):
            yield f"  {line}"


def _each(told: "Callable[[Difference], Iterator[str]]") -> Lines:
    return lambda found: (line for one in found for line in told(one))


def _meant_once(found: "Iterable[Difference]") -> "list[Difference]":
    """Return differences of one function, with the meaning that several share at the last."""
    every = list(found)
    return [
        replace(one, meaning="") if after and after.meaning == one.meaning else one
        for one, after in zip_longest(every, every[1:])
    ]


def _spot(one: "Difference") -> "Spot":
    """Return where a difference is listed: there, unless it is only here."""
    return one.here if one.kind == "only here" else one.there
