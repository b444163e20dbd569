"""One guest of a campaign: programs run under the conductor, and what came of them."""

import shutil
import tempfile
from collections.abc import Iterable, Sequence
from dataclasses import replace
from pathlib import Path

from kanalyze.errors import EnvironmentFailure
from kanalyze.lab.conduct import cases_of
from kanalyze.lab.events import NOT_THE_KERNEL, GuestEvent, Line, Started
from kanalyze.lab.guest import GuestEnd, GuestProgram, GuestRequest, run_guest
from kanalyze.lab.model import CaseResult, TestProgram
from kanalyze.lab.mutant_model import CaseCount, MutantSetup, Suspect
from kanalyze.lab.run import usual_settings
from kanalyze.lab.verdict import judge

# Seconds: for a program to begin and end, for a case that hangs, which has a shorter
# deadline of its own, and for one that does not.
_PROGRAM, _CASE, _QUICK = 60, 25, 5
# A test of the source's own on the unchanged kernel; behind it, so many times what it took there.
_WHOLE, _TIMES = 900, 3
_TRIES = 3


def in_guest(
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
                programs=tuple(GuestProgram.of(one) for one in programs),
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


def of_tree(
    path: Path, arguments: tuple[str, ...], setup: MutantSetup, took: int = 0
) -> TestProgram:
    """Return a test of the source's own, which runs as a whole.

    On the unchanged kernel it ``took`` so many milliseconds; 0 where that is not known.
    """
    deadline = _PROGRAM + _TIMES * took // 1000 if took else _WHOLE
    return TestProgram(
        name=path.name, path=setup.conductor, suite="tree", arguments=arguments, deadline=deadline
    )


def chosen(
    path: Path,
    suspect: Suspect,
    cases: Sequence[CaseCount],
    setup: MutantSetup,
    *,
    patient: bool = False,
) -> TestProgram:
    """Return some cases of a generated program under a mutant.

    They end with the first that hangs, unless we are ``patient``.
    """
    numbers = ",".join(str(one.number) for one in cases)
    # What hangs one case hangs others, each until its deadline.
    hasty = () if patient else ("--one-hang",)
    arguments = ("--announce", "--one-size", *hasty, "--only", numbers)
    each = _CASE if patient else _QUICK
    return TestProgram(
        name=path.name, path=setup.conductor, suite="generated",
        arguments=cases_of(suspect.number, suspect.delay, path, arguments),
        deadline=_PROGRAM + _CASE + each * len(cases), cases=tuple(one.case for one in cases),
    )  # fmt: skip


def lines_of(events: Iterable[GuestEvent], index: int) -> list[str]:
    """Return what one program of a guest wrote."""
    return [one.text for one in events if isinstance(one, Line) and one.index == index]
