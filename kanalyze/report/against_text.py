"""A tree held against another, for people: missing fixes first, then what differs."""

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING

from kanalyze.report.against_commits import missing_fixes, other_commits, same_commits
from kanalyze.report.against_differences import DifferenceWriter
from kanalyze.report.against_words import is_around_only, is_moved_only, tree_line
from kanalyze.report.explain_words import count
from kanalyze.report.layout import one_line, wrap
from kanalyze.report.view import View
from kanalyze.report.writer import Writer, separated

if TYPE_CHECKING:
    from kanalyze.history.model import Against, Difference


def against_text(record: "Against", view: View, *, links: bool = False) -> Iterator[str]:
    """Yield the lines of the report, each with its newline.

    No line is wider than ``view.width``, except where that is below 40.
    """
    writer = Writer(view)
    differing = DifferenceWriter(writer, links=links)
    groups = _groups(record)
    return separated(
        [
            _title(record, writer),
            missing_fixes(record.commits, "here", writer),
            missing_fixes(record.commits, "there", writer),
            differing.whole("Differ, - here and + there", groups.changed),
            differing.short("The same, among other guards or locks", groups.around),
            differing.places("The same in another place", groups.moved),
            differing.alone("Only here", groups.here),
            differing.alone("Only there", groups.there),
            other_commits(record.commits, "here", writer),
            other_commits(record.commits, "there", writer),
            same_commits(record.matched, writer),
            _notes(record, writer),
            _summary(record, groups, writer),
        ]
    )


@dataclass(frozen=True, slots=True)
class _Groups:
    """Differences by what is to be told of them."""

    changed: "list[Difference]"
    around: "list[Difference]"
    moved: "list[Difference]"
    here: "list[Difference]"
    there: "list[Difference]"


def _groups(record: "Against") -> _Groups:
    groups = _Groups([], [], [], [], [])
    for one in record.differences:
        if one.kind == "only here":
            groups.here.append(one)
        elif one.kind == "only there":
            groups.there.append(one)
        elif is_moved_only(one):
            groups.moved.append(one)
        else:
            (groups.around if is_around_only(one) else groups.changed).append(one)
    return groups


def _title(record: "Against", writer: Writer) -> Iterator[str]:
    yield from writer.title(f"here: {tree_line(record.here)}")
    yield from writer.title(f"there: {tree_line(record.there)}")
    if record.wanted:
        yield from writer.title(f"only what is about {one_line(record.wanted)}")


def _notes(record: "Against", writer: Writer) -> Iterator[str]:
    for note in record.notes:
        first, *more = wrap(one_line(note), writer.width - 6)
        yield f"{writer.paint('note:', 'bad')} {first}"
        yield from (f"      {line}" for line in more)


def _summary(record: "Against", groups: _Groups, writer: Writer) -> Iterator[str]:
    told = f"{count(record.same, 'site or section', 'sites and sections')} the same on both sides"
    if record.differences:
        told += f", {len(groups.changed)} different, {len(groups.around)} among other guards or"
        told += f" locks, {len(groups.moved)} in another place, {len(groups.here)} only here,"
        told += f" {len(groups.there)} only there"
    else:
        told = f"No difference: {told}"
    yield from writer.title(f"{told}.")
    if record.commits or record.matched:
        yield from writer.title(f"{_commits(record)}.")


def _commits(record: "Against") -> str:
    parts = []
    for side, other in (("here", "there"), ("there", "here")):
        lone = [one for one in record.commits if one.side == side]
        fixes = sum(bool(one.fixes) for one in lone)
        of = f" ({count(fixes, 'fix', 'fixes')} missing {other})" if fixes else ""
        parts.append(f"{len(lone)} only {side}{of}")
    ways = Counter(one.how for one in record.matched)
    told = ", ".join(f"{number} by {how}" for how, number in sorted(ways.items()))
    parts.append(f"{len(record.matched)} in both under two ids" + (f" ({told})" if told else ""))
    return f"Commits: {', '.join(parts)}"
