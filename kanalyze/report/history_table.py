"""Lives as a table, one a line: what it asks, from when to when, how often it changed."""

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import groupby
from typing import TYPE_CHECKING

from kanalyze.report.history_steps import StepWriter
from kanalyze.report.history_words import cut, has_releases, kind_of, when
from kanalyze.report.layout import columns, one_line, wrap
from kanalyze.report.writer import Writer

if TYPE_CHECKING:
    from kanalyze.history.model import Lifeline

INDENT = 4
"""Of the lines of a function."""
#: The most columns of an id, a span of releases, and a policy.
_MOST = (15, 26, 18)
_STEPS = 5
#: With less room for predicates, what else there is to tell goes into a line of its own.
_LEAST = 16


@dataclass(frozen=True, slots=True)
class _Row:
    name: str
    asks: str
    span: str
    steps: str
    kind: str


_HEADER = _Row(".id", "asks", "from..to", "steps", "policy or role")


def table(
    lives: "tuple[Lifeline, ...]", writer: Writer, steps: StepWriter | None = None
) -> Iterator[str]:
    """Yield a table of ``lives``, which stand in the order of file and function.

    ``steps`` writes the links of each life below it.
    """
    if not lives:
        return
    released = has_releases(lives)
    rows = [_row(life, released) for life in lives]
    shown = [_HEADER, *rows]
    sizes = tuple(
        min(max(columns(text) for text in column), most)
        for column, most in zip(
            ([r.name for r in shown], [r.span for r in shown], [r.kind for r in shown]),
            _MOST,
            strict=True,
        )
    )
    room = writer.width - INDENT - sum(sizes) - _STEPS - 4
    room = min(room, max(max(columns(row.asks) for row in shown), _LEAST))
    told = f"An id is a function and what stands first below it: {one_line(lives[0].id)}."
    yield from wrap(told, writer.width)
    yield ""
    for line in _lines(_HEADER, sizes, room, writer):
        yield writer.paint(line, "dim")
    at = 0
    for number, (file, in_file) in enumerate(groupby(lives, key=lambda life: life.file)):
        if number:
            yield ""
        yield from writer.title(file)
        for function, group in groupby(in_file, key=lambda life: life.function):
            for line in wrap(one_line(function), writer.width - 2):
                yield f"  {writer.paint(line, 'title')}"
            for life in group:
                yield from _lines(rows[at], sizes, room, writer)
                yield from (f"{'':{INDENT}}{line}" for line in _links(life, steps))
                at += 1


def _row(life: "Lifeline", released: bool) -> _Row:
    name = one_line(life.id)
    prefix = f"{one_line(life.function)}."
    return _Row(
        # The function stands above; an id that is not made of it is shown whole.
        f".{name.removeprefix(prefix)}" if name.startswith(prefix) else name,
        one_line(life.predicate),
        span(life, released),
        str(len(life.steps)),
        kind_of(life),
    )


def _lines(row: _Row, sizes: tuple[int, ...], room: int, writer: Writer) -> Iterator[str]:
    name, span_of, kind = (
        _padded(text, size)
        for text, size in zip((row.name, row.span, row.kind), sizes, strict=True)
    )
    told = f"{span_of} {row.steps:>{_STEPS}} {writer.paint(kind.rstrip(), row.kind)}"
    if room >= _LEAST:
        yield f"{'':{INDENT}}{name} {_padded(row.asks, room)} {told}".rstrip()
        return
    yield f"{'':{INDENT}}{name} {cut(row.asks, writer.width - INDENT - sizes[0] - 1)}".rstrip()
    rest = " ".join(f"{row.span} {row.steps} {row.kind}".split())
    yield from (f"{'':{INDENT + 2}}{line}" for line in wrap(rest, writer.width - INDENT - 2))


def _padded(text: str, size: int) -> str:
    shown = cut(text, size)
    return shown + " " * (size - columns(shown))


def _links(life: "Lifeline", steps: StepWriter | None) -> Iterator[str]:
    return steps.links(life) if steps else iter(())


def span(life: "Lifeline", released: bool) -> str:
    """Return when a life began and ended, by releases or days: ``v2.6.12..today``."""
    if not life.steps:
        return "today" if life.alive else "ended"
    first, last = (when(life.steps[n].event, released) for n in (0, -1))
    return f"{first}..{'today' if life.alive else last}"
