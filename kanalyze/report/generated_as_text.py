"""Generated tests for people: decision, state, scenario, case; and what has no case."""

from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from itertools import groupby
from typing import TYPE_CHECKING

from kanalyze.report.explain_words import SIZES, count, listed, situation
from kanalyze.report.layout import one_line
from kanalyze.report.view import View
from kanalyze.report.writer import Writer, separated

if TYPE_CHECKING:
    from kanalyze.selftests.cases import CaseRecord, Covered, Generated, Uncovered, Unreached

#: What is shown of a list unless all of it is wanted.
_STATES = 4
_IDS = 3

_KINDS = {"decision": "decision", "arm": "arming site", "section": "section"}
#: What leads to places where it is not the page's state.
_ASKED = {"unmap": "by what arms", "fork": "by races with fork", "other": "by GUP"}


@dataclass(frozen=True, slots=True)
class _Place:
    """One function: what cases are about there, and the cases by trigger, size, state and name."""

    about: "dict[str, Covered]"
    cases: "dict[str, dict[str, dict[str, dict[str, CaseRecord]]]]"


def generated_text(found: "Generated", view: View) -> Iterator[str]:
    """Yield the lines of the plan, or of what was written of it, each with its newline.

    No line is wider than ``view.width``, except where that is below 40.
    """
    writer = Writer(view)
    listing = not found.directory
    return separated(
        [
            _title(found, writer),
            *(_places(found, writer) if listing or writer.verbose else ()),
            _placeless(found, writer) if listing or writer.verbose else iter(()),
            _uncovered(found.uncovered, writer),
            _unreached(found.unreached, writer) if listing or writer.verbose else iter(()),
            _files(found, writer),
            _summary(found, writer),
        ]
    )


def _title(found: "Generated", writer: Writer) -> Iterator[str]:
    commit, describe = one_line(found.commit)[:12], one_line(found.describe)
    revision = f"{describe} ({commit})" if describe and commit else describe or commit
    where = f"{found.tree} at {revision}" if revision else found.tree
    changed = f", what {one_line(found.range)} changed" if found.range else ""
    yield from writer.title(f"{where}{changed}: {count(len(found.cases), 'case')}")


# -------------------------------------------------------------- what has a case


def _places(found: "Generated", writer: Writer) -> Iterator[Iterator[str]]:
    """Yield a part for each function that cases are about, in the order of the files."""
    places: dict[tuple[str, str], _Place] = {}
    for case in found.cases:
        for one in case.covers:
            place = places.setdefault((one.file, one.function), _Place({}, {}))
            place.about[one.id] = one
            situations = place.cases.setdefault(one.trigger, {}).setdefault(one.size, {})
            situations.setdefault(one.state, {})[case.name] = case
    for file, function in sorted(places):
        yield _place(f"{one_line(function)}, {one_line(file)}", places[file, function], writer)


def _place(name: str, place: _Place, writer: Writer) -> Iterator[str]:
    names = {
        case
        for sizes in place.cases.values()
        for states in sizes.values()
        for cases in states.values()
        for case in cases
    }
    yield from writer.beside(name, count(len(names), "case"))
    for one in sorted(place.about.values(), key=lambda one: one.id):
        said = writer.text(one.predicate, 160)
        commit = f" [{writer.text(one.commit, 100)}]" if one.commit else ""
        yield from writer.row(_KINDS[one.kind], f"{one_line(one.id)}: {said}{commit}", 15)
    for trigger, sizes in place.cases.items():
        for size, states in sizes.items():
            yield from _by_state(trigger, size, states, writer)


def _by_state(
    trigger: str, size: str, states: "dict[str, dict[str, CaseRecord]]", writer: Writer
) -> Iterator[str]:
    asked = states.get("", {})
    if asked:
        yield from writer.row("", f"{_ASKED[trigger]}, {SIZES[size]}:", 2)
        yield from _scenarios(list(asked.values()), writer)
    told = [(words, cases) for words, cases in states.items() if words]
    if told:
        yield from writer.row("", f"{situation(trigger, size)}:", 2)
    shown = told if writer.verbose else told[:_STATES]
    for words, cases in shown:
        yield from writer.row("-", one_line(words), 6, 4)
        yield from _scenarios(list(cases.values()), writer)
    if len(told) > len(shown):
        left = count(len(told) - len(shown), "more state")
        yield from writer.row("-", f"{left}; --verbose names all", 6, 4)


def _placeless(found: "Generated", writer: Writer) -> Iterator[str]:
    """Yield the cases whose page is decided about without a place that scan lists."""
    cases = [case for case in found.cases if not case.covers]
    if cases:
        yield from writer.title("Where all that decides is what kind of page it is")
        states: dict[str, list[CaseRecord]] = {}
        for case in cases:
            states.setdefault(case.state, []).append(case)
        for words, alike in states.items():
            yield from writer.row("-", one_line(words), 6, 4)
            yield from _scenarios(alike, writer)


def _scenarios(cases: "list[CaseRecord]", writer: Writer) -> Iterator[str]:
    """Yield the cases of one state: by rule, or one a line."""
    if writer.verbose:
        for case in cases:
            known = f" (expected to fail: {one_line(case.xfail)})" if case.xfail else ""
            yield from writer.row("", f"{one_line(case.name)}{known}", 8)
        return
    for rule, of_rule in groupby(sorted(cases, key=_rule), _rule):
        same = list(of_rule)
        example = one_line(same[0].name)
        more = f", and {count(len(same) - 1, 'other')} like it" if len(same) > 1 else ""
        yield from writer.row(rule.upper(), f"{example}{more}", 9, 6)


def _rule(case: "CaseRecord") -> str:
    return case.rule


# ------------------------------------------------------------------ what has none


def _uncovered(uncovered: "Iterable[Uncovered]", writer: Writer) -> Iterator[str]:
    by_reason: dict[str, list[Uncovered]] = {}
    for one in uncovered:
        by_reason.setdefault(one.reason, []).append(one)
    if by_reason:
        yield from writer.title("Without a case")
    for reason, ones in by_reason.items():
        names = [f"{one_line(one.id)} in {one_line(one.file)}" for one in ones]
        if len(names) > _IDS and not writer.verbose:
            names = [*names[:_IDS], f"and {len(names) - _IDS} more"]
        yield from writer.row("-", f"{writer.text(reason)}:", 4)
        yield from writer.items("", names, ",", 6)


def _unreached(unreached: "Iterable[Unreached]", writer: Writer) -> Iterator[str]:
    """Yield the states in which decisions come to something, and that no recipe brings about."""
    groups = list(unreached)
    if groups:
        yield from writer.title("Page states that no recipe leads to")
    for one in groups:
        outcomes = listed([one_line(outcome) for outcome in one.outcomes], "or")
        told = (
            f"{one_line(one.function)}, {situation(one.trigger, one.size)}: "
            f"{count(one.states, 'state')} -> {outcomes}, the smallest: {one_line(one.words)}"
        )
        yield from writer.row("-", told, 4)


# ----------------------------------------------------------------------- figures


def _files(found: "Generated", writer: Writer) -> Iterator[str]:
    if not found.directory:
        return
    told = [
        f"{count(len(files), 'file')} {what}"
        for what, files in (
            ("written", found.written),
            ("as they were", found.unchanged),
            ("removed", found.removed),
        )
        if files
    ]
    yield from writer.row("", f"{one_line(found.directory)}: {listed(told)}.", 0)
    if writer.verbose:
        yield from writer.items("", found.written, ",", 2)


def _summary(found: "Generated", writer: Writer) -> Iterator[str]:
    rules = Counter(case.rule for case in found.cases)
    by_rule = ", ".join(f"{rule.upper()} {rules[rule]}" for rule in sorted(rules))
    every = found.covered + len(found.uncovered)
    expected = sum(bool(case.xfail) for case in found.cases)
    text = (
        f"{count(len(found.cases), 'case')} ({by_rule}) for {found.covered} of {every}"
        " decisions, arming sites and sections"
    )
    if expected:
        text += f"; {expected} expected to fail"
    yield from writer.title(f"{text}.")
