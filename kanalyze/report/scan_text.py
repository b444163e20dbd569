"""A scan for people: sites by file and function, sections, health, events, a summary."""

from collections.abc import Iterator
from itertools import groupby
from typing import TYPE_CHECKING

from kanalyze.report.event_text import event_lines
from kanalyze.report.layout import Paint, fill, one_line, wrap
from kanalyze.report.site_text import SiteWriter
from kanalyze.report.view import Left, View, select

if TYPE_CHECKING:
    from kanalyze.history.model import DerivedSignal, HealthRecord, Scan, SectionRecord

#: How many of a section's calls are named when the reader did not ask for all.
_CALLS = 8


def scan_text(scan: "Scan", view: View) -> Iterator[str]:
    """Yield the lines of the report, each with its newline.

    No line is wider than ``view.width``, except where that is below 40.
    """
    width = max(view.width, 40)
    paint = Paint(view.colour)
    shown, left = select(scan, view.shown_roles)
    parts = (
        _title(scan, paint, width),
        SiteWriter(scan, view, paint, width).lines(shown.sites),
        _sections(shown.sections, view, paint, width),
        _derived(scan.derived if view.verbose else (), paint, width),
        _health(scan.health, paint, width),
        _notes(scan.notes, paint, width),
        event_lines(shown.events, scan.range, view, paint, width),
        _summary(scan, left, paint, width),
    )
    for number, part in enumerate(parts):
        for index, line in enumerate(part):
            if number and not index:
                yield "\n"
            yield f"{line}\n"


def _title(scan: "Scan", paint: Paint, width: int) -> Iterator[str]:
    commit = one_line(scan.revision.commit)[:12]
    describe = one_line(scan.revision.describe)
    revision = f"{describe} ({commit})" if describe and commit else describe or commit
    where = f"{one_line(scan.tree)} at {revision}" if revision else one_line(scan.tree)
    files = f"{len(scan.files)} file{'s' * (len(scan.files) != 1)} read"
    for line in wrap(f"{where}, {files}", width):
        yield paint(line, "title")


def _sections(
    sections: "tuple[SectionRecord, ...]", view: View, paint: Paint, width: int
) -> Iterator[str]:
    if not sections:
        return
    yield paint("Seqcount sections", "title")
    for file, group in groupby(sections, key=lambda section: section.file):
        yield ""
        yield from (paint(line, "title") for line in wrap(one_line(file), width))
        for section in group:
            yield from _section(section, view, paint, width)


def _section(section: "SectionRecord", view: View, paint: Paint, width: int) -> Iterator[str]:
    lines = f"{section.begin_line}-{section.end_line}"
    yield from (f"  {line}" for line in wrap(one_line(section.function), width - 2))
    count = f"{section.statements} statement{'s' * (section.statements != 1)}"
    what = f"{section.side} section of {one_line(section.seqcount)}, {count}"
    indent = " " * 15
    first, *more = wrap(what, width - 15)
    yield f"{lines:>13}  {first}"
    yield from (indent + line for line in more)
    state = "balanced on every path"
    if not section.balanced:
        state = f"NOT balanced: {one_line(section.problem) or 'no reason given'}"
    for line in wrap(state, width - 15):
        yield indent + paint(line, "good" if section.balanced else "bad")
    calls = [one_line(call) for call in section.calls]
    if len(calls) > _CALLS and not view.verbose:
        calls = [*calls[:_CALLS], f"and {len(calls) - _CALLS} more"]
    for name, items in (("calls", calls), ("takes", [one_line(lock) for lock in section.locks])):
        for index, line in enumerate(fill(items, width - 22, ",")):
            yield f"{indent}{'' if index else name:5}  {line}"


def _derived(derived: "tuple[DerivedSignal, ...]", paint: Paint, width: int) -> Iterator[str]:
    if not derived:
        return
    yield paint("Derived signals", "title")
    for signal in derived:
        groups = ", ".join(one_line(group) for group in signal.groups)
        for index, line in enumerate(fill([f"{one_line(signal.name)}:", groups], width - 6)):
            yield f"{'      ' if index else '  '}{line}"


def _health(health: "tuple[HealthRecord, ...]", paint: Paint, width: int) -> Iterator[str]:
    if not health:
        return
    yield paint("Not fully understood", "title")
    for record in health:
        where = one_line(record.file) + (f":{record.line}:" if record.line else ":")
        text = f"{one_line(record.function)}: " if record.function else ""
        first, *more = wrap(f"{where} {text}{one_line(record.problem)}", width - 2)
        yield f"  {paint(first, 'bad')}"
        yield from (f"      {line}" for rest in more for line in wrap(rest, width - 6))


def _notes(notes: tuple[str, ...], paint: Paint, width: int) -> Iterator[str]:
    for note in notes:
        first, *more = wrap(one_line(note), width - 6)
        yield f"{paint('note:', 'title')} {first}"
        yield from (f"      {line}" for line in more)


def _summary(scan: "Scan", left: Left, paint: Paint, width: int) -> Iterator[str]:
    hidden = [_count(number, role) for role, number in left.by_role.items()]
    if left.events:
        hidden.append(_count(left.events, "event"))
    if hidden:
        yield from wrap(f"Not shown: {', '.join(hidden)}; --role all shows them.", width)
    roles = ("decision", "arm", "pin-check")
    counts = [_count(sum(site.role == role for site in scan.sites), role) for role in roles]
    places = {(site.file, site.function) for site in scan.sites if site.role in roles}
    places |= {(section.file, section.function) for section in scan.sections}
    unclear = {(record.file, record.function) for record in scan.health}
    total = (
        f"{', '.join(counts)}, {_count(len(scan.sections), 'section')}"
        f" in {_count(len(places), 'function')}"
        f" of {_count(len({file for file, _ in places}), 'file')};"
        f" {_count(len(unclear), 'function')} not fully understood"
    )
    if scan.events:
        total += f"; {_count(len(scan.events), 'event')}"
    for line in wrap(f"{total}.", width):
        yield paint(line, "title")


_PLURALS = {
    "arm": ("arming site", "arming sites"),
    "pin-check": ("pin check", "pin checks"),
    "accounting": ("accounting", "accounting"),
    "other": ("other", "other"),
}


def _count(number: int, what: str) -> str:
    one, many = _PLURALS.get(what, (what, f"{what}s"))
    return f"{number} {one if number == 1 else many}"
