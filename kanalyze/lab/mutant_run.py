"""A campaign's guests: the unchanged kernel, and each mutant with the cases that come by it."""

from collections.abc import Iterable, Sequence
from dataclasses import replace

from kanalyze.errors import EnvironmentFailure
from kanalyze.lab.conduct import (
    as_a_whole,
    counted,
    counted_as_a_whole,
    counting,
    not_changed,
)
from kanalyze.lab.events import Ended, GuestEvent
from kanalyze.lab.model import CaseResult, TestProgram
from kanalyze.lab.mutant_batch import Told, Try, run_batch
from kanalyze.lab.mutant_choice import programs_that_come_by, that_come_by
from kanalyze.lab.mutant_guest import in_guest, lines_of, of_tree
from kanalyze.lab.mutant_model import (
    Baseline,
    CaseCount,
    MutantOutcome,
    MutantResult,
    MutantSetup,
    Suspect,
)
from kanalyze.lab.mutant_verdict import KILLS, added
from kanalyze.lab.said import said

#: So many cases are tried first, and more only for what they do not notice.
FIRST = 16
_MORE = 48
# So few are tried to their ends behind one that hung: each may take its whole deadline.
_PATIENT = 6
# What is reached so often in one case goes round for ever, however busy the host is.
_FOR_EVER = 100_000
# So often a mutant may take the guest along before no other case is asked any more.
_CRASHES = 4
_LOST = frozenset({"kernel-panic", "lost-vm", "boot-failure"})


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
        *(of_tree(path, as_a_whole(path), setup) for path in setup.tree),
    ]  # fmt: skip
    events, results = in_guest(setup, programs, "baseline")
    lost = [one for one in results if one.outcome in _LOST]
    if lost:
        raise EnvironmentFailure(
            f"the unchanged kernel was lost: {lost[0].reason}", where=setup.kernel.name
        )
    found: list[CaseCount] = []
    for index, program in enumerate(programs):
        lines = lines_of(events, index)
        if program.suite == "generated":
            _check_counted(program.name, index, events)
            found += _counted(program.name, lines)
        else:
            own = [one for one in results if one.program == f"{program.name}@{index}"]
            found += _as_a_whole(program.name, own, lines, _milliseconds(index, events))
    return Baseline(cases=tuple(found))


def run_mutants(
    setup: MutantSetup, suspects: Sequence[Suspect], known: Baseline
) -> tuple[MutantResult, ...]:
    """Return what the suites notice of each of several mutants, one after the other in a guest.

    A mutant that left something behind, or took the guest along, is the last of its
    guest: those after it get another one.
    """
    found: dict[str, Told] = {}
    waiting = list(suspects)
    while waiting:
        tries = [_first(one, known) for one in waiting]
        found.update({one.result.id: one for one in run_batch(setup, tries, known)})
        waiting = [one for one in waiting if one.id not in found]
    return tuple(_looked_closer(setup, one, known, found[one.id]) for one in suspects)


def _first(suspect: Suspect, known: Baseline) -> Try:
    tree = programs_that_come_by(suspect, known)
    return Try(suspect=suspect, cases=_cases(suspect, known)[:FIRST], tree=tree)


def _cases(suspect: Suspect, known: Baseline) -> tuple[CaseCount, ...]:
    return tuple(that_come_by(suspect, known))


def _looked_closer(
    setup: MutantSetup, suspect: Suspect, known: Baseline, told: Told
) -> MutantResult:
    """Return what further cases say, where the first ones do not say all."""
    if _outcome(told.result) == "killed-by-timeout" and told.result.reached < _FOR_EVER:
        told = _again(setup, suspect, known)
    told = _beyond_crashes(setup, suspect, known, told)
    if _worth_more(suspect, told.result, known):
        # What breaks a rule may show in a single case: none is left out.
        cases = _cases(suspect, known)[FIRST : None if suspect.breaks else FIRST + _MORE]
        (more,) = run_batch(setup, [Try(suspect=suspect, cases=cases)], known)
        return _joined(told.result, more.result)
    return told.result


def _again(setup: MutantSetup, suspect: Suspect, known: Baseline) -> Told:
    """Return what a mutant comes to on which a case hung, which ended its program.

    Other cases may say what is wrong instead, so that a few run on behind one that hangs.
    If none of these does, the host may have been busy: what hangs does so twice.
    """
    first = _first(suspect, known)
    few = replace(first, cases=first.cases[:_PATIENT], patient=True)
    (told,) = run_batch(setup, [few], known)
    killed = any(verdict.outcome in KILLS.values() for verdict in told.result.verdicts)
    if killed or few.cases == first.cases:
        return told
    (told,) = run_batch(setup, [first], known)
    return told


def _beyond_crashes(setup: MutantSetup, suspect: Suspect, known: Baseline, told: Told) -> Told:
    """Return what the cases say that were lost with a guest: one may show it by an assertion."""
    for _ in range(_CRASHES):
        if not told.lost or _outcome(told.result) != "killed-by-crash":
            break
        (more,) = run_batch(setup, [Try(suspect=suspect, cases=told.lost)], known)
        told = replace(more, result=_joined(told.result, more.result))
    return told


def _outcome(result: MutantResult) -> MutantOutcome | None:
    """Return what the generated cases came to; of the tree's tests if there are none."""
    return next((verdict.outcome for verdict in result.verdicts), None)


def _worth_more(suspect: Suspect, result: MutantResult, known: Baseline) -> bool:
    verdict = next((one for one in result.verdicts if one.suite == "generated"), None)
    if verdict is None or verdict.outcome != "survived":
        return False
    if not suspect.breaks and (verdict.copies or suspect.allowed):
        return False
    return len(_cases(suspect, known)) > FIRST


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


def _check_counted(program: str, index: int, events: Iterable[GuestEvent]) -> None:
    """Raise EnvironmentFailure when a program was not counted to its end.

    Cases without counts would look as if they came by no mutant.
    """
    ended = next((one for one in events if isinstance(one, Ended) and one.index == index), None)
    if ended is None or ended.status != 0:
        told = not_changed(lines_of(events, index))
        if ended and ended.timeout:
            told = f"not within {ended.seconds:.0f} s"
        raise EnvironmentFailure(
            f"its cases could not be counted: {told or 'the conductor failed'}", where=program
        )


def _milliseconds(index: int, events: Iterable[GuestEvent]) -> int:
    ends = (one for one in events if isinstance(one, Ended) and one.index == index)
    return next((round(1000 * one.seconds) for one in ends), 0)


def _as_a_whole(
    program: str, results: Iterable[CaseResult], lines: Iterable[str], milliseconds: int
) -> Iterable[CaseCount]:
    """Yield the cases of a test of the tree's own, each with counts and time of all of it.

    Raises EnvironmentFailure when these were not told: nothing would come by any mutant.
    """
    counts = counted_as_a_whole(lines)
    if counts is None:
        raise EnvironmentFailure("its decisions could not be counted", where=program)
    for one in results:
        yield CaseCount(
            program=program, case=one.case, number=0, outcome=one.outcome, counts=counts,
            milliseconds=milliseconds,
        )  # fmt: skip


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
            milliseconds=one.milliseconds,
        )
