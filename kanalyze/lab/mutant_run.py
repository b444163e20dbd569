"""One mutant in a guest of its own: the cases that come by it, and what they noticed.

A guest is started anew for each: what a kernel that is broken on purpose leaves
behind must not be held against the next one.
"""

import shutil
import tempfile
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from pathlib import Path

from kanalyze.errors import EnvironmentFailure
from kanalyze.lab.conduct import came_by, changing, counted, counting
from kanalyze.lab.events import GuestEvent, Line
from kanalyze.lab.guest import GuestProgram, GuestRequest, run_guest
from kanalyze.lab.model import CaseResult, TestProgram
from kanalyze.lab.mutant_model import (
    Baseline,
    CaseCount,
    Kill,
    MutantOutcome,
    MutantResult,
    MutantSetup,
    SuiteVerdict,
    Suspect,
)
from kanalyze.lab.run import usual_settings
from kanalyze.lab.said import said
from kanalyze.lab.verdict import judge

# Seconds: for a program to begin and end, and for each of its cases.
_PROGRAM, _CASE = 60, 12
_WHOLE = 900
#: So many cases are tried first; the rest only for what they do not notice.
FIRST = 24
_RANK: tuple[MutantOutcome, ...] = (
    "killed-by-assertion", "killed-by-crash", "killed-by-timeout", "survived", "not-reached",
    "infrastructure-failed",
)  # fmt: skip
_KILLS: Mapping[str, MutantOutcome] = {
    "fail": "killed-by-assertion",
    "kernel-warning": "killed-by-crash",
    "kernel-panic": "killed-by-crash",
    "lost-vm": "killed-by-timeout",
    "timeout": "killed-by-timeout",
}


def baseline(setup: MutantSetup, words: Sequence[str] = ()) -> Baseline:
    """Return what the tests come to on the kernel as it is, and by which mutants they come.

    Raises EnvironmentFailure when the guest is lost: nothing can be said then.
    """
    programs = [
        *(
            TestProgram(
                name=path.name, path=setup.conductor, suite="generated",
                arguments=counting(path, words), deadline=3600,
            )
            for path in setup.generated
        ),
        *(_of_tree(path, Suspect(id="", number=0), setup) for path in setup.tree),
    ]  # fmt: skip
    events, results = _guest(setup, programs, "baseline")
    lost = [one for one in results if one.outcome in ("kernel-panic", "lost-vm", "boot-failure")]
    if lost:
        raise EnvironmentFailure(
            f"the unchanged kernel was lost: {lost[0].reason}", where=setup.kernel.name
        )
    found: list[CaseCount] = []
    for index, program in enumerate(programs):
        if program.suite == "generated":
            found += _counted(program.name, _lines(events, index))
    found += [
        CaseCount(program=one.program, case=one.case, number=0, outcome=one.outcome)
        for one in results
        if one.suite == "tree"
    ]
    return Baseline(cases=tuple(found))


def run_mutant(setup: MutantSetup, suspect: Suspect, known: Baseline) -> MutantResult:
    """Return what the suites notice of one mutant."""
    cases = _that_come_by(suspect, known)
    programs = {path.name: path for path in setup.generated}
    verdicts = []
    reached = infected = 0
    if setup.generated:
        generated = SuiteVerdict(suite="generated", outcome="not-reached", ran=0)
        for part in (cases[:FIRST], cases[FIRST:]):
            if part and not generated.kills:
                asked = [
                    _chosen(programs[name], suspect, numbered, setup)
                    for name, numbered in _by_program(part).items()
                ]
                events, results = _guest(setup, asked, suspect.id)
                one = _verdict("generated", results, part)
                generated = _sum(generated, one)
                counts = [came_by(_lines(events, index)) for index in range(len(asked))]
                reached += sum(count for count, _ in counts)
                infected += sum(count for _, count in counts)
        verdicts.append(generated)
    if setup.tree:
        asked = [_of_tree(path, suspect, setup) for path in setup.tree]
        events, results = _guest(setup, asked, suspect.id)
        passed = [one for one in known.cases if not one.number]
        counts = [came_by(_lines(events, index)) for index in range(len(asked))]
        verdict = _verdict("tree", results, passed)
        if not verdict.kills and not any(count for count, _ in counts):
            verdict = replace(verdict, outcome="not-reached")
        verdicts.append(verdict)
        reached += sum(count for count, _ in counts)
        infected += sum(count for _, count in counts)
    return MutantResult(id=suspect.id, verdicts=tuple(verdicts), reached=reached, infected=infected)


# ------------------------------------------------------------------------ guest


def _guest(
    setup: MutantSetup, programs: Sequence[TestProgram], name: str
) -> tuple[list[GuestEvent], tuple[CaseResult, ...]]:
    """Run programs in a fresh guest, and return what it told and what came of them."""
    events: list[GuestEvent] = []
    place = Path(tempfile.mkdtemp(prefix="guest-", dir=setup.logs))
    try:
        end = run_guest(
            GuestRequest(
                kernel=setup.kernel,
                programs=tuple(
                    GuestProgram(path=one.path, arguments=one.arguments, deadline=one.deadline)
                    for one in programs
                ),
                carried=(*setup.generated, *setup.tree),
                workdir=place,
                settings=usual_settings(setup.kernel),
                accelerator=setup.accelerator,
                memory_mb=setup.memory_mb,
                cpus=setup.cpus,
            ),
            events.append,
        )
        with end.console.open("rb") as console:
            return events, judge(setup.kernel.name, programs, events, console, log=name)
    finally:
        shutil.rmtree(place, ignore_errors=True)


def _of_tree(path: Path, suspect: Suspect, setup: MutantSetup) -> TestProgram:
    return TestProgram(
        name=path.name, path=setup.conductor, suite="tree",
        arguments=changing(suspect.number, suspect.delay, path), deadline=_WHOLE,
    )  # fmt: skip


def _chosen(
    path: Path, suspect: Suspect, cases: Sequence[CaseCount], setup: MutantSetup
) -> TestProgram:
    numbers = ",".join(str(one.number) for one in cases)
    return TestProgram(
        name=path.name, path=setup.conductor, suite="generated",
        arguments=changing(
            suspect.number, suspect.delay, path, ("--announce", "--only", numbers)
        ),
        deadline=_PROGRAM + _CASE * len(cases), cases=tuple(one.case for one in cases),
    )  # fmt: skip


def _lines(events: Iterable[GuestEvent], index: int) -> list[str]:
    return [one.text for one in events if isinstance(one, Line) and one.index == index]


def _counted(program: str, lines: Iterable[str]) -> Iterable[CaseCount]:
    for one in counted(lines):
        told = said(one.result)
        yield CaseCount(
            program=program,
            case=one.result.name,
            number=one.number,
            outcome=told.outcome,
            copied=told.copies.copied if told.copies else 0,
            counts=one.counts,
        )


# ---------------------------------------------------------------------- choosing


def _that_come_by(suspect: Suspect, known: Baseline) -> list[CaseCount]:
    """Return the cases that a mutant could show in, the likeliest first.

    That is where it answers otherwise, or, if that is not told, where it is reached.
    Only what passes without it can notice anything; and what checks rule 2 counts.
    """
    found: list[tuple[bool, int, CaseCount]] = []
    for one in known.cases:
        own = [each for each in one.counts if each[0] == suspect.number]
        if not own or one.outcome != "pass":
            continue
        _, reached, infected = own[0]
        often = infected if suspect.counts_answers else reached
        if often:
            found.append((one.case.endswith(" R2"), often, one))
    found.sort(key=lambda each: each[:2])
    return _spread([one for _, _, one in found])


def _spread(cases: Sequence[CaseCount]) -> list[CaseCount]:
    """Return the cases with unlike ones at the front: each memory's first case comes first."""
    queues: dict[str, list[CaseCount]] = {}
    for one in cases:
        key = one.case.split(" ")[0] + one.case[-3:]
        queues.setdefault(key, []).append(one)
    spread: list[CaseCount] = []
    while queues:
        for key in list(queues):
            spread.append(queues[key].pop(0))
            if not queues[key]:
                del queues[key]
    return spread


def _by_program(cases: Iterable[CaseCount]) -> dict[str, list[CaseCount]]:
    found: dict[str, list[CaseCount]] = {}
    for one in sorted(cases, key=lambda each: each.number):
        found.setdefault(one.program, []).append(one)
    return found


# ----------------------------------------------------------------------- verdict


def _verdict(suite: str, results: Iterable[CaseResult], known: Sequence[CaseCount]) -> SuiteVerdict:
    """Return what a suite noticed: what passes without the mutant, and does not with it."""
    passed = {(one.program, one.case): one for one in known if one.outcome == "pass"}
    kills: list[Kill] = []
    ran = copies = 0
    reason = ""
    for one in results:
        before = passed.get((one.program, one.case))
        if one.outcome in ("kernel-panic", "lost-vm") or (before and one.outcome in _KILLS):
            kills.append(
                Kill(
                    suite=suite, program=one.program, case=one.case, outcome=one.outcome,
                    line=_telling(one),
                )
            )  # fmt: skip
        if one.outcome == "boot-failure":
            reason = one.reason
        ran += before is not None and one.outcome != "not-run"
        if before and one.copies:
            copies += max(0, one.copies.copied - before.copied)
    if reason and not kills:
        return SuiteVerdict(suite=suite, outcome="infrastructure-failed", ran=ran, reason=reason)
    outcomes = [_KILLS[one.outcome] for one in kills]
    outcome = min(outcomes, key=_RANK.index) if outcomes else "survived"
    return SuiteVerdict(suite=suite, outcome=outcome, ran=ran, kills=tuple(kills), copies=copies)


def _telling(one: CaseResult) -> str:
    """Return the line that says that something is wrong."""
    lines = [line for line in one.evidence.ktap if line.startswith("not ok")]
    return (lines or [one.reason])[0]


def _sum(one: SuiteVerdict, other: SuiteVerdict) -> SuiteVerdict:
    return replace(
        other,
        ran=one.ran + other.ran,
        kills=one.kills + other.kills,
        copies=one.copies + other.copies,
    )
