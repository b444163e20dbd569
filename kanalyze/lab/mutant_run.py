"""Mutants in guests: the cases that come by each, and what they noticed.

What a kernel that is broken on purpose leaves behind must not be held against the
next mutant: see :func:`run_mutants`.
"""

import shutil
import tempfile
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from kanalyze.errors import EnvironmentFailure
from kanalyze.lab.conduct import came_by, changing, counted, counting, not_changed
from kanalyze.lab.events import NOT_THE_KERNEL, Ended, GuestEvent, Line, Started
from kanalyze.lab.guest import GuestEnd, GuestProgram, GuestRequest, run_guest
from kanalyze.lab.model import CaseResult, TestProgram
from kanalyze.lab.mutant_choice import by_program, that_come_by
from kanalyze.lab.mutant_model import (
    Baseline,
    CaseCount,
    MutantResult,
    MutantSetup,
    Suspect,
)
from kanalyze.lab.mutant_verdict import KILLS, added, verdict_of
from kanalyze.lab.run import usual_settings
from kanalyze.lab.said import said
from kanalyze.lab.verdict import judge

# Seconds: for a program to begin and end, and for each of its cases.  These have a shorter
# deadline of their own, so that a busy host makes no timeout of what is none.
_PROGRAM, _CASE = 60, 25
_WHOLE = 900
#: So many cases are tried first, and more only for what they do not notice.
FIRST = 16
_MORE = 48
# So few are tried to their ends behind one that hung: each may take its whole deadline.
_PATIENT = 6
# So many of them are run once more with nothing changed.
_CONTROLS = 3
_LOST = frozenset({"kernel-panic", "lost-vm", "boot-failure"})
_TRIES = 3


def baseline(setup: MutantSetup, words: Sequence[str] = ()) -> Baseline:
    """Return what the tests come to on the kernel as it is, and by which mutants they come.

    Raises EnvironmentFailure when the guest is lost, or not all cases were counted:
    nothing can be said then.
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
    lost = [one for one in results if one.outcome in _LOST]
    if lost:
        raise EnvironmentFailure(
            f"the unchanged kernel was lost: {lost[0].reason}", where=setup.kernel.name
        )
    found: list[CaseCount] = []
    for index, program in enumerate(programs):
        if program.suite == "generated":
            _check_counted(program.name, index, events)
            found += _counted(program.name, _lines(events, index))
    found += [
        CaseCount(
            program=one.program.rpartition("@")[0], case=one.case, number=0, outcome=one.outcome
        )
        for one in results
        if one.suite == "tree"
    ]
    return Baseline(cases=tuple(found))


def run_mutants(
    setup: MutantSetup, suspects: Sequence[Suspect], known: Baseline
) -> tuple[MutantResult, ...]:
    """Return what the suites notice of each of several mutants, one after the other in a guest.

    Behind each comes a control, the same cases with nothing changed: where one does not
    pass, the mutant has left something behind, and those after it get a guest of their own.
    So do those behind one that took the guest along.
    """
    found: dict[str, MutantResult] = {}
    waiting = list(suspects)
    while waiting:
        told = _batch(setup, waiting, known, FIRST)
        found.update({one.id: one for one in told})
        waiting = [one for one in waiting if one.id not in found]
    for one in suspects:
        if _hung(found[one.id]):
            found[one.id] = _again(setup, one, known)
        # Others, for those that the first did not notice.
        if _worth_more(one, found[one.id], known):
            more = _batch(setup, [one], known, _MORE, begin=FIRST)
            found[one.id] = _joined(found[one.id], more[0])
    return tuple(found[one.id] for one in suspects)


def _hung(result: MutantResult) -> bool:
    return any(verdict.outcome == "killed-by-timeout" for verdict in result.verdicts)


def _again(setup: MutantSetup, suspect: Suspect, known: Baseline) -> MutantResult:
    """Return what a mutant comes to on which a case hung, which ended its program.

    Other cases may say what is wrong instead, so that a few run on behind one that hangs.
    If none of these does, the host may have been busy: what hangs does so twice.
    """
    (result,) = _batch(setup, [suspect], known, _PATIENT, patient=True)
    killed = any(verdict.outcome in KILLS.values() for verdict in result.verdicts)
    if killed or len(that_come_by(suspect, known)) <= _PATIENT:
        return result
    return _batch(setup, [suspect], known, FIRST)[0]


def _worth_more(suspect: Suspect, result: MutantResult, known: Baseline) -> bool:
    verdict = next((one for one in result.verdicts if one.suite == "generated"), None)
    if verdict is None or verdict.outcome != "survived" or verdict.copies or suspect.allowed:
        return False
    return len(that_come_by(suspect, known)) > FIRST


def _joined(one: MutantResult, other: MutantResult) -> MutantResult:
    """Return a result with what further cases of the generated suite came to."""
    more = {verdict.suite: verdict for verdict in other.verdicts}
    verdicts = tuple(
        added(verdict, more[verdict.suite]) if verdict.suite == "generated" else verdict
        for verdict in one.verdicts
    )
    return replace(
        one,
        verdicts=verdicts,
        reached=one.reached + other.reached,
        infected=one.infected + other.infected,
    )


@dataclass(frozen=True, slots=True)
class _Part:
    """One program of a batch: whose it is, and whether it is the control behind it."""

    suspect: Suspect
    program: TestProgram
    cases: tuple[CaseCount, ...]
    control: bool = False


def _batch(
    setup: MutantSetup,
    suspects: Sequence[Suspect],
    known: Baseline,
    most: int,
    *,
    begin: int = 0,
    patient: bool = False,
) -> list[MutantResult]:
    """Run mutants in one guest; return the results of those that can be relied on.

    That is always at least the first one.  ``most`` cases from ``begin`` on are tried;
    those of a program end with the first that hangs, unless we are ``patient``.
    """
    parts = [part for one in suspects for part in _parts(setup, one, known, begin, most, patient)]
    events: list[GuestEvent] = []
    results: list[tuple[CaseResult, ...]] = [() for _ in parts]
    if parts:
        events, judged = _guest(setup, [part.program for part in parts], suspects[0].id)
        results = _by_part(parts, judged)
    told: list[MutantResult] = []
    for suspect in suspects:
        own = [at for at, part in enumerate(parts) if part.suspect is suspect]
        if told and own and not any(_started(events, at) for at in own):
            break  # the one before it took the guest along
        told.append(_result(setup, suspect, known, parts, own, results, events))
        controls = [at for at in own if parts[at].control]
        if any(_spoiled(results[at], known) for at in controls):
            break
    return told


def _parts(
    setup: MutantSetup, suspect: Suspect, known: Baseline, begin: int, most: int, patient: bool
) -> Iterator[_Part]:
    """Yield what is run for one mutant: cases that come by it, the tree's tests, the control."""
    paths = {path.name: path for path in setup.generated}
    cases = that_come_by(suspect, known)[begin : begin + most]
    for name, several in by_program(cases).items():
        program = _chosen(paths[name], suspect, several, setup, patient=patient)
        yield _Part(suspect, program, tuple(several))
    if not begin:
        for path in setup.tree:
            yield _Part(suspect, _of_tree(path, suspect, setup), ())
    unchanged = replace(suspect, number=0, delay=0)
    for name, several in by_program(cases[:_CONTROLS]).items():
        program = _chosen(paths[name], unchanged, several, setup)
        yield _Part(suspect, program, tuple(several), control=True)


def _by_part(parts: Sequence[_Part], judged: Iterable[CaseResult]) -> list[tuple[CaseResult, ...]]:
    """Return the results of each part: parts of one program are told apart by their place."""
    found: list[list[CaseResult]] = [[] for _ in parts]
    for one in judged:
        if one.program:
            name, _, at = one.program.rpartition("@")
            reason = one.reason.replace(one.program, name)
            found[int(at)].append(replace(one, program=name, reason=reason))
    return [tuple(several) for several in found]


def _started(events: Iterable[GuestEvent], index: int) -> bool:
    return any(isinstance(one, Started) and one.index == index for one in events)


def _spoiled(results: Iterable[CaseResult], known: Baseline) -> bool:
    """Tell whether a case with nothing changed does not pass any more."""
    return any(one.outcome in KILLS or one.outcome == "not-run" for one in results)


def _result(
    setup: MutantSetup,
    suspect: Suspect,
    known: Baseline,
    parts: Sequence[_Part],
    own: Sequence[int],
    results: Sequence[tuple[CaseResult, ...]],
    events: Sequence[GuestEvent],
) -> MutantResult:
    """Return what the parts of one mutant came to."""
    changed = [at for at in own if not parts[at].control]
    failed = next((why for at in changed if (why := not_changed(_lines(events, at)))), "")
    counts = [came_by(_lines(events, at)) for at in changed]
    verdicts = []
    if setup.generated:
        mine = [at for at in changed if parts[at].program.suite == "generated"]
        cases = [case for at in mine for case in parts[at].cases]
        verdict = verdict_of("generated", [one for at in mine for one in results[at]], cases)
        if not mine:
            verdict = replace(verdict, outcome="not-reached")
        verdicts.append(verdict)
    if setup.tree and any(parts[at].program.suite == "tree" for at in changed):
        mine = [at for at in changed if parts[at].program.suite == "tree"]
        passed = [one for one in known.cases if not one.number]
        verdict = verdict_of("tree", [one for at in mine for one in results[at]], passed)
        reached = [came_by(_lines(events, at))[0] for at in mine]
        if verdict.outcome == "survived" and not any(reached):
            verdict = replace(verdict, outcome="not-reached")
        verdicts.append(verdict)
    if failed:
        verdicts = [
            replace(one, outcome="infrastructure-failed", kills=(), reason=failed)
            for one in verdicts
        ]
    return MutantResult(
        id=suspect.id,
        verdicts=tuple(verdicts),
        reached=sum(count for count, _ in counts),
        infected=sum(count for _, count in counts),
    )


# ------------------------------------------------------------------------ guest


def _guest(
    setup: MutantSetup, programs: Sequence[TestProgram], name: str
) -> tuple[list[GuestEvent], tuple[CaseResult, ...]]:
    """Run programs in a fresh guest, and return what it told and what came of them.

    In the results a program has its place behind its name: it may run more than once.
    What the host does to a guest is nothing that a mutant did: it is tried again.
    Raises EnvironmentFailure when that does not help.
    """
    for _ in range(_TRIES):
        events, results, end = _one_guest(setup, programs, name)
        began = any(isinstance(one, Started) for one in events)
        if began and not (end.lost and end.lost.why in NOT_THE_KERNEL):
            return events, results
    assert end.lost is not None
    raise EnvironmentFailure(f"the guest was lost: {end.lost.reason}", where=setup.kernel.name)


def _one_guest(
    setup: MutantSetup, programs: Sequence[TestProgram], name: str
) -> tuple[list[GuestEvent], tuple[CaseResult, ...], GuestEnd]:
    events: list[GuestEvent] = []
    placed = [replace(one, name=f"{one.name}@{at}") for at, one in enumerate(programs)]
    try:
        place = Path(tempfile.mkdtemp(prefix="guest-", dir=setup.logs))
    except OSError as error:
        raise EnvironmentFailure(error.strerror or str(error), where=str(setup.logs)) from error
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
            return events, judge(setup.kernel.name, placed, events, console, log=name), end
    finally:
        shutil.rmtree(place, ignore_errors=True)


def _of_tree(path: Path, suspect: Suspect, setup: MutantSetup) -> TestProgram:
    return TestProgram(
        name=path.name, path=setup.conductor, suite="tree",
        arguments=changing(suspect.number, suspect.delay, path), deadline=_WHOLE,
    )  # fmt: skip


def _chosen(
    path: Path,
    suspect: Suspect,
    cases: Sequence[CaseCount],
    setup: MutantSetup,
    *,
    patient: bool = False,
) -> TestProgram:
    numbers = ",".join(str(one.number) for one in cases)
    # What hangs one case hangs others, each until its deadline.
    hasty = () if patient else ("--one-hang",)
    return TestProgram(
        name=path.name, path=setup.conductor, suite="generated",
        arguments=changing(
            suspect.number,
            suspect.delay,
            path,
            ("--announce", "--one-size", *hasty, "--only", numbers),
        ),
        deadline=_PROGRAM + _CASE * len(cases), cases=tuple(one.case for one in cases),
    )  # fmt: skip


def _lines(events: Iterable[GuestEvent], index: int) -> list[str]:
    return [one.text for one in events if isinstance(one, Line) and one.index == index]


def _check_counted(program: str, index: int, events: Iterable[GuestEvent]) -> None:
    """Raise EnvironmentFailure when a program was not counted to its end.

    Cases without counts would look as if they came by no mutant.
    """
    ended = next((one for one in events if isinstance(one, Ended) and one.index == index), None)
    if ended is None or ended.status != 0:
        told = not_changed(_lines(events, index))
        if ended and ended.timeout:
            told = f"not within {ended.seconds:.0f} s"
        raise EnvironmentFailure(
            f"its cases could not be counted: {told or 'the conductor failed'}", where=program
        )


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
