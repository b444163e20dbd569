"""Which test cases can show what a series does: few, and the likeliest first."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from kanalyze.history.scan import ScanRequest
from kanalyze.progress import Silent
from kanalyze.review.guards import guards, is_about
from kanalyze.review.model import Finding, Review
from kanalyze.review.request import Opened
from kanalyze.review.scanned import scanned_tree
from kanalyze.selftests.cases import CaseRecord, records
from kanalyze.selftests.cases_json import read_cases
from kanalyze.selftests.pieces import Pieces
from kanalyze.selftests.plan import installed_pieces, plan
from kanalyze.selftests.predict import predictions
from kanalyze.selftests.scope import Scope
from kanalyze.semantics.given import Tree
from kanalyze.semantics.reading import read

#: So many cases are run for a series: a few minutes on an emulated machine.
MOST = 120


@dataclass(frozen=True, slots=True, kw_only=True)
class Chosen:
    """The cases to run, and of how many that are about what the series touches."""

    cases: tuple[CaseRecord, ...]
    of: int
    pieces: Pieces


def choose_cases(
    found: Review,
    series: Opened,
    scan: ScanRequest,
    tests: Path | None,
    *,
    most: int = MOST,
    first: frozenset[str] = frozenset(),
) -> Chosen:
    """Return the cases that guard what a series touches, at most so many, and ``first`` of all.

    They are those in ``tests``, or made for the base; for what the base does not have
    yet, for the tip.  Raises InputError and EnvironmentFailure as scan does.
    """
    progress = scan.progress or Silent()
    base = _tree(scan, series, series.base)
    tip = _tree(scan, series, series.tip)
    pieces = installed_pieces()
    progress.stage("choosing test cases", None)
    if tests is not None:
        cases = read_cases(tests)
    else:
        cases = next((made for tree in (base, tip) if (made := _made(found, tree, pieces))), ())
    cases = tuple(one for one in cases if _concerns(one, found))
    changed = _told_otherwise(base, tip, pieces, cases)
    picked = frozenset(pick(found, cases, (first, changed), most))
    return Chosen(
        cases=tuple(one for one in cases if one.name in picked), of=len(cases), pieces=pieces
    )


def _tree(scan: ScanRequest, series: Opened, revision: str) -> Tree:
    return scanned_tree(replace(scan, tree=series.repository, revision=revision))


def concerned(found: Review) -> list[Finding]:
    """Return the findings that a run is for: what the series does, and what it goes by."""
    return [one for one in found.findings if one.status != "pre-existing"]


def touched_names(found: Review) -> frozenset[str]:
    """Return the functions, and the ids of sites and sections, that a series is about."""
    names = {name for one in concerned(found) for name in (one.function, *one.ids)}
    for patch in found.patches:
        for touch in patch.touches:
            event = touch.event
            names |= {event.id, event.function, event.from_id, event.from_function}
    return frozenset(names - {""})


def _made(found: Review, tree: Tree, pieces: Pieces) -> tuple[CaseRecord, ...]:
    """Return the cases for what is touched and there in a tree."""
    names = touched_names(found)
    there = {
        name
        for one in tree.sites
        if one.role in ("decision", "arm")
        for name in (one.id, one.function)
    }
    there |= {name for one in tree.sections for name in (one.id, one.function)}
    wanted = tuple(sorted(names & there))
    return records(plan(tree, pieces, Scope(wanted=wanted))) if wanted else ()


def _concerns(case: CaseRecord, found: Review) -> bool:
    names = touched_names(found)
    return any(one.id in names or one.function in names for one in case.covers)


def _told_otherwise(
    base: Tree, tip: Tree, pieces: Pieces, cases: tuple[CaseRecord, ...]
) -> frozenset[str]:
    """Return the names of cases that must come to something else behind the series."""
    before = _predicted(base, pieces, cases)
    after = _predicted(tip, pieces, cases)
    return frozenset(name for name in before if before[name] != after[name])


def _predicted(tree: Tree, pieces: Pieces, cases: tuple[CaseRecord, ...]) -> Mapping[str, str]:
    return {case.name: one.expected for case, one in predictions(read(tree), pieces, cases)}


# ------------------------------------------------------------------------- order


def pick(
    found: Review,
    cases: Sequence[CaseRecord],
    known: Sequence[frozenset[str]],
    most: int = MOST,
) -> list[str]:
    """Return the names of so many cases, the likeliest to show something first.

    First those that are ``known`` to, such as by what the source says; then those with
    the page in the very state of a finding; then those of its function and rule; then
    the rest.  Of equals, unlike ones come first.
    """
    findings = [one for one in concerned(found) if one.status == "introduced"]
    exact = {name for one in findings if one.state for name in _exact(one, cases)}
    close = {name for one in findings for name in guards(replace(one, state=""), cases)}
    sets = (*known, exact, close)
    ranked: list[list[CaseRecord]] = [[] for _ in range(len(sets) + 1)]
    for case in cases:
        place = next((at for at, names in enumerate(sets) if case.name in names), len(sets))
        ranked[place].append(case)
    names = [case.name for several in ranked for case in _spread(several)]
    return list(dict.fromkeys(names))[:most]


def _exact(finding: Finding, cases: Iterable[CaseRecord]) -> Iterator[str]:
    for case in cases:
        if any(is_about(one, finding) and one.state == finding.state for one in case.covers):
            yield case.name


def _spread(cases: Iterable[CaseRecord]) -> Iterator[CaseRecord]:
    """Yield the cases with the first of each kind of memory, rule and access in front."""
    queues: dict[tuple[str, str, str], list[CaseRecord]] = {}
    for one in cases:
        queues.setdefault((one.rule, one.memory, one.access), []).append(one)
    longest = max(map(len, queues.values()), default=0)
    for at in range(longest):
        yield from (several[at] for several in queues.values() if at < len(several))
