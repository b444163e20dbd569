"""All programs on one kernel, in as many guests as it takes.

A case that kills its kernel, or never ends, takes nothing else along: the next
guest goes on behind it.  A case that failed can be repeated, each time in a guest
of its own; no result overwrites another.
"""

import re
import threading
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Protocol

from kanalyze.errors import EnvironmentFailure
from kanalyze.lab.arch import Accelerator
from kanalyze.lab.events import (
    NOT_THE_KERNEL,
    Booted,
    Ended,
    GuestEvent,
    Line,
    Lost,
    Noted,
    Started,
)
from kanalyze.lab.guest import BOOT_DEADLINE, GuestEnd, GuestProgram, GuestRequest, run_guest
from kanalyze.lab.ktap import Parser
from kanalyze.lab.model import Boot, CaseResult, Kernel, TestProgram
from kanalyze.lab.settings import Settings
from kanalyze.lab.verdict import judge, merged

# A listing is quick, or the program is broken; a busy host may take its time to pass it on.
_LISTING = 300
_LIST = "listing"
# So many guests in a row may come to no result: one may be the machine's fault.
_IN_VAIN = 2
_FAILED = frozenset({"fail", "timeout", "kernel-warning", "kernel-panic", "lost-vm"})
_UNFIT = re.compile(r"[^\w.+-]")  # for the name of a directory


#: A program, and the numbers of the cases that have no result (none: all of them).
_Pending = tuple[TestProgram, tuple[int, ...]]


class Watcher(Protocol):
    """Told what the guest of a kernel does; calls come from several threads."""

    def guest(self, kernel: str, doing: str, done: int) -> None:
        """Say what is being done, and how many cases of this kernel have a result."""


@dataclass(frozen=True, slots=True, kw_only=True)
class GuestSetup:
    """What every guest of a run has."""

    accelerator: Accelerator = "tcg"
    memory_mb: int = 2048
    cpus: int = 2
    settings: Settings = Settings()
    boot_deadline: float = BOOT_DEADLINE
    silence: float = 60.0


@dataclass(slots=True)
class KernelRun:
    """What came of one kernel."""

    results: tuple[CaseResult, ...] = ()
    boots: list[Boot] = field(default_factory=list)
    notes: dict[str, None] = field(default_factory=dict)


class OnKernel:
    """Runs programs on one kernel."""

    def __init__(
        self,
        kernel: Kernel,
        setup: GuestSetup,
        logs: Path,
        watcher: Watcher,
        stop: threading.Event,
        *,
        shown_as: str = "",
        most_guests: int = 40,
    ) -> None:
        self._kernel = kernel
        self._shown_as = shown_as or kernel.name
        self._setup = setup
        self._logs = logs
        self._watcher = watcher
        self._stop = stop
        self._left = most_guests
        self._guests = 0
        self._cases: dict[str, tuple[str, ...]] = {}
        self._retried: set[tuple[str, str]] = set()
        self._run = KernelRun()

    def run(
        self,
        programs: Sequence[TestProgram],
        words: Sequence[str] = (),
        repeat: int = 1,
        most_repeated: int | None = None,
    ) -> KernelRun:
        """Run all cases whose names hold all words; repeat those that fail, up to ``repeat``.

        Of these the first ``most_repeated`` (None: all).
        Raises EnvironmentFailure and InputError as run_guest does.
        """
        pending: list[_Pending] = [(program, ()) for program in programs]
        in_vain = 0
        while pending and self._left and not self._stop.is_set():
            self._left -= 1
            before = _ran(self._run.results)
            found = self._guest(list(self._asked(pending, words)))
            earlier = self._without_boots()
            self._run.results = merged(earlier, found) if earlier else found
            in_vain = in_vain + 1 if _ran(self._run.results) == before else 0
            if in_vain == _IN_VAIN:
                break  # the next one would come no further
            pending = list(self._pending(programs))
        if pending and not self._left:
            self._note("was lost so often that the rest was not run")
        for attempt in range(2, repeat + 1):
            self._again(programs, words, attempt, most_repeated)
        return self._run

    def _without_boots(self) -> tuple[CaseResult, ...]:
        """Return the results so far, but for guests that came to no test: these are notes.

        Called when another guest was started: what that one comes to counts.
        """
        for one in self._run.results:
            if not one.program and one.outcome in ("boot-failure", "lost-vm"):
                self._note(f"was started again: {one.reason}")
        return tuple(
            one for one in self._run.results
            if one.program or one.outcome not in ("boot-failure", "lost-vm")
        )  # fmt: skip

    def _note(self, text: str) -> None:
        self._run.notes[f"{self._kernel.name}: {text}"] = None

    # ------------------------------------------------------------ one guest

    def _guest(self, asked: Sequence[TestProgram], attempt: int = 1) -> tuple[CaseResult, ...]:
        """Run programs in a guest, and return their results."""
        logs = self._place()
        watch = _Watch(self._shown_as, self._watcher, asked, len(_ran(self._run.results)))
        end = run_guest(
            GuestRequest(
                kernel=self._kernel,
                programs=tuple(GuestProgram.of(one) for one in asked),
                workdir=logs,
                settings=self._setup.settings,
                accelerator=self._setup.accelerator,
                memory_mb=self._setup.memory_mb,
                cpus=self._setup.cpus,
                boot_deadline=self._setup.boot_deadline,
                silence=self._setup.silence,
            ),
            watch,
            self._stop,
        )
        self._account(end, watch)
        known = [self._with_cases(one, index, watch) for index, one in enumerate(asked)]
        log = str(end.console.relative_to(self._logs))
        with end.console.open("rb") as console:
            found = judge(self._kernel.name, known, watch.events, console, log=log, attempt=attempt)
        own = tuple(one for one in found if one.suite != _LIST)
        own = tuple(self._cut_short(own, watch))
        if end.lost and end.lost.why in NOT_THE_KERNEL:
            return tuple(self._lost_by_host(own, end.lost))
        return own

    def _lost_by_host(self, results: Iterable[CaseResult], lost: Lost) -> Iterator[CaseResult]:
        """Yield results with the case that was running when the host failed as not run."""
        for one in results:
            ill = one.program and one.outcome == "lost-vm"
            yield self._once_more(one, lost.why) if ill else one

    def _cut_short(self, results: Sequence[CaseResult], watch: "_Watch") -> Iterator[CaseResult]:
        """Yield results with the case that ran at a program's deadline as not run.

        It may have been nothing but the last one of a program that is slow here.  One
        that had the whole deadline for itself is what took so long.
        """
        told: set[str] = set()  # programs with a result before this one
        for one in results:
            overdue = one.program in watch.overdue and one.suite == "generated"
            stopped = one.outcome == "timeout" and one.reason.startswith(f"{one.program} was")
            again = overdue and stopped and one.program in told
            if one.outcome != "not-run":
                told.add(one.program)
            yield self._once_more(one, "the time of its program was over") if again else one

    def _once_more(self, one: CaseResult, why: str) -> CaseResult:
        """Return a result as not run; one with which that happens again is what it is."""
        key = (one.program, one.case)
        if key in self._retried:
            return one
        self._retried.add(key)
        self._note(f"{one.case or one.program} was run again: {why}")
        return replace(one, outcome="not-run")

    def _asked(self, pending: Sequence[_Pending], words: Sequence[str]) -> Iterator[TestProgram]:
        """Yield what a guest is to run; a program that is new is asked for its cases first."""
        for program, left in pending:
            if program.suite != "generated":
                yield program
                continue
            if program.name not in self._cases:
                yield replace(program, suite=_LIST, arguments=("--list", *words), deadline=_LISTING)
            cases = self._cases.get(program.name, ())
            begin: tuple[str, ...] = ()
            if left and left == tuple(range(left[0], len(cases) + 1)):
                begin = ("--from", str(left[0]))
            elif left:
                begin = ("--only", ",".join(map(str, left)))
            yield replace(
                program,
                arguments=("--announce", *begin, *words),
                cases=tuple(cases[number - 1] for number in left),
            )

    def _place(self) -> Path:
        self._guests += 1
        place = self._logs / f"{_UNFIT.sub('_', self._kernel.name)}-{self._guests}"
        try:
            place.mkdir(parents=True)
        except OSError as error:
            where = str(error.filename or place)
            raise EnvironmentFailure(error.strerror or str(error), where=where) from error
        return place

    def _account(self, end: GuestEnd, watch: "_Watch") -> None:
        self._run.boots.append(
            Boot(
                kernel=self._kernel.name,
                release=end.release,
                accelerator=self._setup.accelerator,
                ready=end.ready,
                seconds=end.seconds,
            )
        )
        for text in watch.notes:
            self._note(text)

    def _with_cases(self, program: TestProgram, index: int, watch: "_Watch") -> TestProgram:
        """Return a program with the cases that it has in this guest."""
        if program.suite == _LIST:
            # half a list would make the other half look as if it did not exist
            if index in watch.ended_well:
                self._cases[program.name] = tuple(watch.lines.get(index, ()))
        elif program.suite == "generated" and not program.cases:
            return replace(program, cases=self._cases.get(program.name, ()))
        return program

    # -------------------------------------------------------------- the next

    def _pending(self, programs: Sequence[TestProgram]) -> Iterator[_Pending]:
        """Yield what still has to run.

        That may be cases before the one that was fatal: their results were on their way
        when the guest died.
        """
        for program in programs:
            own = [one for one in self._run.results if one.program == program.name]
            if any(one.outcome == "not-run" for one in own):
                ran = {one.case for one in own if one.outcome != "not-run"}
                cases = self._cases.get(program.name, ())
                left = tuple(at for at, name in enumerate(cases, 1) if name not in ran)
                if left or not cases:
                    yield program, left

    def _again(
        self, programs: Sequence[TestProgram], words: Sequence[str], attempt: int, most: int | None
    ) -> None:
        """Run what failed the last time once more, in guests of their own.

        Of generated programs each case by itself; a program of the tree as a whole.
        """
        failed = [
            one for one in self._run.results
            if one.program and one.attempt == attempt - 1 and one.outcome in _FAILED
        ][:most]  # fmt: skip
        by_name = {one.name: one for one in programs}
        wanted: dict[TestProgram, set[str]] = {}
        for one in failed:
            program = self._only(by_name[one.program], one.case, words)
            wanted.setdefault(program, set()).add(one.case)
        for program, cases in wanted.items():
            found: tuple[CaseResult, ...] = ()
            for _ in range(_IN_VAIN):
                if self._stop.is_set():
                    return
                found = self._guest([program], attempt)
                if any(one.program and one.outcome != "not-run" for one in found):
                    break
            self._run.results += tuple(one for one in found if one.program and one.case in cases)

    def _only(self, program: TestProgram, case: str, words: Sequence[str]) -> TestProgram:
        """Return a program that runs one of its cases, as far as it can be told to."""
        if program.suite != "generated":
            return program
        cases = self._cases.get(program.name, ())
        if case not in cases:
            return replace(program, arguments=("--announce", *words))
        number = str(cases.index(case) + 1)
        return replace(program, arguments=("--announce", "--only", number, *words), cases=(case,))


def _ran(results: Iterable[CaseResult]) -> set[tuple[str, str]]:
    return {(one.program, one.case) for one in results if one.program and one.outcome != "not-run"}


class _Watch:
    """Keeps what a guest tells, and tells on how far it is."""

    def __init__(
        self, kernel: str, watcher: Watcher, asked: Sequence[TestProgram], done: int
    ) -> None:
        self.events: list[GuestEvent] = []
        self.lines: dict[int, list[str]] = {}
        self.notes: list[str] = []
        self.ended_well: set[int] = set()
        self.overdue: set[str] = set()
        self._kernel = kernel
        self._watcher = watcher
        self._asked = asked
        self._done = done
        self._parsers = [Parser() for _ in asked]
        self._doing = "boots"
        watcher.guest(kernel, self._doing, done)

    def __call__(self, event: GuestEvent) -> None:
        """Take one event, as it happens."""
        self.events.append(event)
        match event:
            case Booted():
                self._doing = "begins"
            case Noted(text=text):
                self.notes.append(text)
            case Started(index=index):
                self._doing = self._asked[index].name
            case Line(index=index, text=text):
                if self._asked[index].suite == _LIST:
                    self.lines.setdefault(index, []).append(text)
                else:
                    self._done += len(self._parsers[index].feed(text))
            case Ended(index=index, status=0):
                self.ended_well.add(index)
                return
            case Ended(index=index, timeout=True):
                self.overdue.add(self._asked[index].name)
                return
            case _:
                return
        self._watcher.guest(self._kernel, self._doing, self._done)
