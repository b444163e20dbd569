"""Lives for people: one or a few with every step, or all of them as a table."""

from collections.abc import Iterator
from typing import TYPE_CHECKING

from kanalyze.report.explain_words import count
from kanalyze.report.history_steps import StepWriter
from kanalyze.report.history_table import INDENT, table
from kanalyze.report.history_words import day, has_releases, kind_of, when
from kanalyze.report.layout import one_line, wrap
from kanalyze.report.view import View
from kanalyze.report.writer import Writer, separated

if TYPE_CHECKING:
    from kanalyze.history.model import History, Lifeline


def history_text(history: "History", view: View, *, links: bool = False) -> Iterator[str]:
    """Yield the lines of the report, each with its newline.

    No line is wider than ``view.width``, except where that is below 40.
    """
    writer = Writer(view)
    lives = history.lifelines
    released = has_releases(lives)
    parts = [_title(history, writer)]
    steps = StepWriter(lives, writer, links=links, indent=0 if history.wanted else INDENT)
    if not history.wanted:
        parts.append(table(lives, writer, steps if links else None))
    else:
        if len(lives) > 1:
            parts.append(table(lives, writer))
        parts += [_life(life, released, writer, steps) for life in lives]
    parts += [_notes(history, writer), _summary(history, released, steps, writer)]
    return separated(parts)


def _title(history: "History", writer: Writer) -> Iterator[str]:
    commit = one_line(history.revision.commit)[:12]
    describe = one_line(history.revision.describe)
    revision = f"{describe} ({commit})" if describe and commit else describe or commit
    where = f"{one_line(history.tree)} at {revision}" if revision else one_line(history.tree)
    what = f"history of {one_line(history.wanted)}" if history.wanted else "all lifelines"
    yield from writer.title(f"{where}, {what}")


def _life(life: "Lifeline", released: bool, writer: Writer, steps: StepWriter) -> Iterator[str]:
    state = "alive" if life.alive else "ended"
    if life.steps and not life.alive:
        state += f" {when(life.steps[-1].event, released)}"
    kind = kind_of(life)
    told = [life.role, *([kind] if kind != life.role else []), state]
    where = f"{one_line(life.function)}, {one_line(life.file)}"
    yield from writer.beside(where, ", ".join(told), kind)
    facts = [one_line(life.id), count(len(life.steps), "step")]
    if life.split_from:
        facts.append(f"copied from {one_line(life.split_from)}")
    if life.merged_into:
        facts.append(f"merged into {one_line(life.merged_into)}")
    for text in (writer.text(life.predicate), ", ".join(facts)):
        yield from (f"  {line}".rstrip() for line in wrap(text, writer.width - 2))
    yield from steps.life(life)


def _notes(history: "History", writer: Writer) -> Iterator[str]:
    for note in history.notes:
        first, *more = wrap(one_line(note), writer.width - 6)
        yield f"{writer.paint('note:', 'bad')} {first}"
        yield from (f"      {line}" for line in more)


def _summary(
    history: "History", released: bool, steps: StepWriter, writer: Writer
) -> Iterator[str]:
    lives = history.lifelines
    if not lives:
        yield from writer.title("No lifelines.")
        return
    alive = sum(life.alive for life in lives)
    total = sum(len(life.steps) for life in lives)
    days = sorted(filter(None, (day(step.event) for life in lives for step in life.steps)))
    span = f", {days[0]} to {days[-1]}" if days else ""
    told = f"{count(len(lives), 'lifeline')}, {alive} alive; {count(total, 'step')}{span}."
    if history.wanted and steps.shortened:
        told += " Steps in one line changed only guards or locks: --verbose shows them whole."
    yield from writer.title(told)
