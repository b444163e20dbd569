"""All programs on one kernel, in as many guests as it takes.

A case that kills its kernel, or never ends, takes nothing else along: the next
guest goes on behind it.  A case that failed can be repeated, each time in a guest
of its own; no result overwrites another.
"""

import threading
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Protocol

from kanalyze.lab.arch import Accelerator
from kanalyze.lab.events import Booted, GuestEvent, Line, Lost, Noted, Started
from kanalyze.lab.guest import GuestEnd, GuestProgram, GuestRequest, run_guest
from kanalyze.lab.ktap import Parser
from kanalyze.lab.model import Boot, CaseResult, Kernel, TestProgram
from kanalyze.lab.settings import Settings
from kanalyze.lab.verdict import judge, merged

# A listing is quick, or the program is broken.
_LISTING = 60
_LIST = "listing"
# So many guests in a row may come to no result: one may be the machine's fault.
_IN_VAIN = 2
_NOT_THE_KERNEL = frozenset({"emulator", "qemu-died", "channel"})


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
    boot_deadline: float = 120.0
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
        most_guests: int = 40,
    ) -> None:
        self._kernel = kernel
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
        self, programs: Sequence[TestProgram], words: Sequence[str] = (), repeat: int = 1
    ) -> KernelRun:
        """Run all cases whose names hold all words; repeat those that fail, up to ``repeat``."""
        pending = [(program, 1) for program in programs]
        in_vain = 0
        while pending and self._left and not self._stop.is_set():
            before = _ran(self._run.results)
            found = self._guest(pending, words)
            self._run.results = merged(self._run.results, found) if self._run.results else found
            in_vain = in_vain + 1 if _ran(self._run.results) == before else 0
            if in_vain == _IN_VAIN:
                break  # the next one would come no further
            pending = list(self._pending(programs))
        for attempt in range(2, repeat + 1):
            self._again(programs, attempt)
        return self._run

    # ------------------------------------------------------------ one guest

    def _guest(
        self, pending: Sequence[tuple[TestProgram, int]], words: Sequence[str], attempt: int = 1
    ) -> tuple[CaseResult, ...]:
        """Run programs, each from one of its cases on, and return the results."""
        asked = list(self._asked(pending, words))
        logs = self._place()
        watch = _Watch(self._kernel.name, self._watcher, asked, len(_ran(self._run.results)))
        end = run_guest(
            GuestRequest(
                kernel=self._kernel,
                programs=tuple(
                    GuestProgram(path=one.path, arguments=one.arguments, deadline=one.deadline)
                    for one in asked
                ),
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
        with end.console.open("rb") as console:
            found = judge(
                self._kernel.name, known, watch.events, console,
                log=f"{logs.name}/{end.console.name}", attempt=attempt,
            )  # fmt: skip
        own = tuple(one for one in found if one.suite != _LIST)
        if end.lost and end.lost.why in _NOT_THE_KERNEL:
            return tuple(self._once_more(own, end.lost))
        return own

    def _once_more(self, results: Iterable[CaseResult], lost: Lost) -> Iterator[CaseResult]:
        """Yield results with the case that was running when the host failed as not run.

        Once: a case with which that happens again is what it is.
        """
        for one in results:
            key = (one.program, one.case)
            if one.outcome == "lost-vm" and one.case and key not in self._retried:
                self._retried.add(key)
                self._run.notes[f"{self._kernel.name}: {one.case} was run again: {lost.why}"] = None
                yield replace(one, outcome="not-run")
            else:
                yield one

    def _asked(
        self, pending: Sequence[tuple[TestProgram, int]], words: Sequence[str]
    ) -> Iterator[TestProgram]:
        """Yield what a guest is to run; a program that is new is asked for its cases first."""
        for program, start in pending:
            if program.suite != "generated":
                yield program
                continue
            if program.name not in self._cases:
                yield replace(program, suite=_LIST, arguments=("--list", *words), deadline=_LISTING)
            begin = ("--from", str(start)) if start > 1 else ()
            yield replace(program, arguments=("--announce", *begin, *words))

    def _place(self) -> Path:
        self._guests += 1
        self._left -= 1
        place = self._logs / f"{self._kernel.name}-{self._guests}"
        place.mkdir(parents=True)
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
        self._run.notes.update(dict.fromkeys(watch.notes))

    def _with_cases(self, program: TestProgram, index: int, watch: "_Watch") -> TestProgram:
        """Return a program with the cases that it has in this guest."""
        if program.suite == _LIST:
            listed = tuple(watch.lines.get(index, ()))
            if listed:
                self._cases[program.name] = listed
        elif program.suite == "generated":
            return replace(program, cases=self._cases.get(program.name, ()))
        return program

    # -------------------------------------------------------------- the next

    def _pending(self, programs: Sequence[TestProgram]) -> Iterator[tuple[TestProgram, int]]:
        """Yield what still has to run, and from which case on."""
        for program in programs:
            own = [one for one in self._run.results if one.program == program.name]
            if any(one.outcome == "not-run" for one in own):
                begun = any(one.outcome != "not-run" for one in own)
                if program.suite != "generated" and begun:
                    continue
                ran = {one.case for one in own if one.outcome != "not-run"}
                cases = self._cases.get(program.name, ())
                last = max((at for at, name in enumerate(cases, 1) if name in ran), default=0)
                if last < len(cases) or not begun:
                    yield program, last + 1

    def _again(self, programs: Sequence[TestProgram], attempt: int) -> None:
        """Run each case that failed the last time once more, in a guest of its own."""
        failed = [
            one for one in self._run.results
            if one.attempt == attempt - 1 and one.outcome in ("fail", "timeout") and one.case
            and one.suite == "generated"
        ]  # fmt: skip
        by_name = {one.name: one for one in programs}
        for one in failed:
            if self._stop.is_set() or not self._left:
                return
            program = by_name[one.program]
            found = self._guest([(program, 1)], (one.case,), attempt)
            self._run.results += tuple(each for each in found if each.case == one.case)


def _ran(results: Iterable[CaseResult]) -> set[tuple[str, str]]:
    return {(one.program, one.case) for one in results if one.outcome != "not-run"}


class _Watch:
    """Keeps what a guest tells, and tells on how far it is."""

    def __init__(
        self, kernel: str, watcher: Watcher, asked: Sequence[TestProgram], done: int
    ) -> None:
        self.events: list[GuestEvent] = []
        self.lines: dict[int, list[str]] = {}
        self.notes: list[str] = []
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
                self.notes.append(f"{self._kernel}: {text}")
            case Started(index=index):
                self._doing = self._asked[index].name
            case Line(index=index, text=text):
                if self._asked[index].suite == _LIST:
                    self.lines.setdefault(index, []).append(text)
                else:
                    self._done += len(self._parsers[index].feed(text))
            case _:
                return
        self._watcher.guest(self._kernel, self._doing, self._done)
