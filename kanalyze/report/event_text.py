"""The events of a scan as text: one entry a commit, newest first, as ``git log`` has it."""

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import groupby
from typing import TYPE_CHECKING

from kanalyze.report.facets import VISIBLE, facets
from kanalyze.report.layout import Paint, columns, fill, one_line, shortened, wrap
from kanalyze.report.view import View

if TYPE_CHECKING:
    from kanalyze.history.model import Event

#: Longest description of one side that is shown whole without --verbose.
_LONG = 240
#: From how many events on a commit's beginnings are told in one sentence.
_MANY = 12
_INDENT = " " * 15
#: What stands between the parts of a side: "predicate | outcomes: ... | locks: ...".
_SIGNS = {"-": "bad", "+": "good", " ": ""}


def event_lines(
    events: "tuple[Event, ...]", span: str, view: View, paint: Paint, width: int
) -> Iterator[str]:
    """Yield the lines for ``events``, which stand in the order in which they happened.

    ``span`` is the range that was asked for, empty for the whole history.
    """
    if not events:
        if span:
            yield from wrap(f"No events in {one_line(span)}.", width)
        return
    title = f"Events of {one_line(span)}, newest first" if span else "Events, newest first"
    for line in wrap(title, width):
        yield paint(line, "title")
    # Without any release the history has no tags, and there is nothing to say.
    released = any(event.release for event in events)
    for _, group in groupby(reversed(events), key=lambda event: event.commit):
        of_commit = list(group)
        yield ""
        yield from _commit(of_commit[0], released, view, paint, width)
        told_together, told_alone = ([], of_commit) if view.verbose else _parted(of_commit)
        yield from _together(told_together, paint, width)
        for gist, same in groupby(reversed(told_alone), key=lambda event: _gist(event, view)):
            yield from _change(gist, list(same), view, paint, width)


def _parted(events: "list[Event]") -> "tuple[list[Event], list[Event]]":
    """Return those of a commit's events that have the same to tell, when many, and the others.

    That is a history's first commit: all that it has begins there.
    """
    same = [e for e in events if e.kind == "introduced" and e.reason and not e.merge]
    if len(same) < _MANY or len({event.reason for event in same}) > 1:
        return [], events
    chosen = set(map(id, same))
    return same, [event for event in events if id(event) not in chosen]


def _together(events: "list[Event]", paint: Paint, width: int) -> Iterator[str]:
    if not events:
        return
    functions = len({(event.file, event.function) for event in events})
    told = f"{len(events)} sites and sections in {functions} functions: "
    lines = wrap(f"{told}{one_line(events[0].reason)}; --verbose lists them", width - 15)
    for index, line in enumerate(lines):
        yield f"    {paint('introduced', 'introduced')} {line}" if not index else _INDENT + line


def _commit(event: "Event", released: bool, view: View, paint: Paint, width: int) -> Iterator[str]:
    commit = one_line(event.commit)[:12]
    words = [one_line(event.date)[:10], commit]
    if released:
        words.append(one_line(event.release) or "unreleased")
    subject = one_line(event.subject) + (" (a merge)" if event.merge else "")
    lines = fill(words, width)
    # The subject stands beside the rest where there is room for all of it.
    beside = len(lines) == 1 and columns(lines[0]) + 2 + columns(subject) <= width
    if beside:
        lines[0] += f"  {subject}"
    for line in lines:
        yield line.replace(commit, paint(commit, "changed"), 1)
    if not beside:
        yield from (f"    {line}" for line in wrap(subject, width - 4))
    if view.verbose:
        for key, value in event.trailers:
            line, *more = wrap(f"{one_line(key)}: {one_line(value)}", width - 6)
            yield f"    {line}"
            yield from (f"      {rest}" for rest in more)
        yield from (f"    {line}" for line in wrap(f"Author: {one_line(event.author)}", width - 6))


@dataclass(frozen=True, slots=True)
class _Gist:
    """What an event tells beside what it is about: where, and what changed.

    Events in a row that tell the same, such as one new guard before five
    conditions, are shown as one.
    """

    kind: str
    where: tuple[str, ...]
    origin: tuple[str, ...]
    changes: tuple[tuple[str, str], ...]
    reasons: tuple[str, ...]


def _gist(event: "Event", view: View) -> _Gist:
    reasons = one_line(event.reason).split("; ")
    told = [one for one in reasons if one and (view.verbose or not VISIBLE.fullmatch(one))]
    moved = event.kind == "moved"
    return _Gist(
        event.kind,
        (one_line(event.function), "in", one_line(event.file), f"({event.role})"),
        (one_line(event.from_function), "in", one_line(event.from_file)) if moved else (),
        tuple(_changes(event, view)),
        tuple(told),
    )


def _change(
    gist: _Gist, events: "list[Event]", view: View, paint: Paint, width: int
) -> Iterator[str]:
    subjects = [(" ", subject) for event in events if (subject := _kept_subject(event))]
    alike = len(events) - len(subjects)
    where = [*gist.where, f"({alike} times)"] if alike > 1 else gist.where
    for index, line in enumerate(fill(where, width - 15)):
        yield _INDENT + line if index else f"    {paint(f'{gist.kind:10}', gist.kind)} {line}"
    if gist.origin:
        yield from (_INDENT + line for line in fill(["from", *gist.origin], width - 15))
    for sign, text in (*subjects, *gist.changes):
        shown = text if view.verbose else shortened(text, _LONG)
        for index, line in enumerate(wrap(shown, width - 17)):
            yield _INDENT + paint(f"{' ' if index else sign} {line}", _SIGNS[sign])
    yield from (_INDENT + line for line in fill(gist.reasons, width - 15, ";"))


def _kept_subject(event: "Event") -> str:
    """Return what the event is about, if that is on both sides the same."""
    old, new = facets(event.before), facets(event.after)
    return new[""] if old and new and old[""] == new[""] else ""


def _changes(event: "Event", view: View) -> list[tuple[str, str]]:
    """Return what changed, as a diff has it: sign and text.

    Where a list only grew or only shrank, the other side says nothing new; and
    the compound conditions passed follow the other changes unless they stand alone.
    """
    old, new = facets(event.before), facets(event.after)
    if not old or not new:
        sign = "+" if new else "-"
        told = [_labelled(name, text) for name, text in (old | new).items()]
        return [(sign, text) for text in (told[0], "; ".join(told[1:])) if text] if told else []
    reasons = set(event.reason.split("; "))
    changes: list[tuple[str, str]] = []
    names = [name for name in dict.fromkeys([*old, *new]) if old.get(name) != new.get(name)]
    if not view.verbose and len(names) > 1:
        names = [name for name in names if name != "passed"]
    for name in names:
        for sign, text, idle in (
            ("-", old.get(name, ""), f"{name} gained"),
            ("+", new.get(name, ""), f"{name} lost"),
        ):
            if text and (view.verbose or not (idle in reasons or text == "none")):
                changes.append((sign, _labelled(name, text)))
    return changes


def _labelled(name: str, text: str) -> str:
    return f"{name}: {text}" if name else text
