"""Commits that one of two trees lacks, as text: the fixes among them first."""

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

from kanalyze.report.against_words import cited, fixed
from kanalyze.report.explain_words import count
from kanalyze.report.history_words import changes, cut
from kanalyze.report.layout import columns, fill, one_line, wrap
from kanalyze.report.writer import Writer

if TYPE_CHECKING:
    from kanalyze.history.model import Event, LoneCommit, SameCommit

#: The column of all that is said of a commit: the day stands to the left.
_AT = 11
#: So many commits of a side are listed without --verbose.
_LISTED = 20
_OTHER = {"here": "there", "there": "here"}


def missing_fixes(commits: "Sequence[LoneCommit]", side: str, writer: Writer) -> Iterator[str]:
    """Yield the fixes that ``side`` lacks, with what they did to its decisions elsewhere."""
    fixes = [one for one in commits if one.fixes and one.side != side]
    if not fixes:
        return
    title = f"Missing {side}: {count(len(fixes), 'fix', 'fixes')} of what is {side}"
    for line in wrap(title, writer.width):
        yield writer.paint(line, "bad")
    for one in fixes:
        yield ""
        yield from _head(one, writer)
        for repaired in one.fixes:
            yield from _lines(writer.text(fixed(repaired, side)), writer)
        for event in one.events:
            yield from _event(event, writer)
        yield from _reverted(one, writer)


def other_commits(commits: "Sequence[LoneCommit]", side: str, writer: Writer) -> Iterator[str]:
    """Yield the commits that only ``side`` has and that are no missing fixes."""
    rest = [one for one in commits if one.side == side and not one.fixes]
    if not rest:
        return
    shown = rest if writer.verbose else rest[-_LISTED:]
    of = f", the last {len(shown)}: --verbose lists all" if len(shown) < len(rest) else ""
    yield from writer.title(f"Commits only {side}: {len(rest)}{of}")
    for one in reversed(shown):
        yield from _head(one, writer)
        functions = dict.fromkeys(one_line(event.function) for event in one.events)
        if writer.verbose:
            for event in one.events:
                yield from _event(event, writer)
        else:
            for line in fill(["touches", *functions], writer.width - _AT):
                yield f"{'':{_AT}}{line}"
        yield from _reverted(one, writer)


def same_commits(pairs: "Sequence[SameCommit]", writer: Writer) -> Iterator[str]:
    """Yield the commits that both have under two ids, for a reader who wants it all."""
    if not pairs or not writer.verbose:
        return
    yield from writer.title(f"Commits in both, under two ids: {len(pairs)}")
    for one in pairs:
        ids = f"{one_line(one.here)[:12]} {one_line(one.there)[:12]}"
        yield from wrap(f'{ids} ("{one_line(one.subject)}"), by {one.how}', writer.width)


def _head(one: "LoneCommit", writer: Writer) -> Iterator[str]:
    day = cut(one_line(one.date).partition("T")[0], _AT - 1)
    release = f"{one_line(one.release)} " if one.release else ""
    lines = wrap(release + cited(one.commit, one.subject), writer.width - _AT)
    for index, line in enumerate(lines):
        margin = " " * _AT if index else day + " " * (_AT - columns(day))
        yield f"{margin}{line}".rstrip()


def _event(event: "Event", writer: Writer) -> Iterator[str]:
    told = changes(event)
    alone = event.kind in ("introduced", "removed")
    what = "; ".join(change.line() for change in (told[:1] if alone else told))
    where = f"{one_line(event.function)}, {one_line(event.file)}"
    text = f"{event.kind} in {where}: {what}" if what else f"{event.kind} in {where}"
    yield from _lines(writer.text(text), writer)


def _reverted(one: "LoneCommit", writer: Writer) -> Iterator[str]:
    if one.reverted_by:
        yield from _lines(
            f"reverted {_OTHER[one.side]} by {one_line(one.reverted_by)[:12]}", writer
        )


def _lines(text: str, writer: Writer) -> Iterator[str]:
    room = writer.width - _AT
    first, *more = wrap(text, room)
    yield f"{'':{_AT}}{first}".rstrip()
    for line in wrap(" ".join(more), room - 2) if more else ():
        yield f"{'':{_AT + 2}}{line}".rstrip()
