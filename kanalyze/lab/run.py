"""``run``: test programs on kernels, several guests side by side."""

import os
import platform
import re
import threading
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import FIRST_EXCEPTION, Executor, Future, ThreadPoolExecutor, wait
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Literal

from kanalyze.errors import EnvironmentFailure, InputError
from kanalyze.lab.accel import Choice, Wanted, choose_accelerator
from kanalyze.lab.arch import find_arch
from kanalyze.lab.model import CaseResult, Kernel, LabRun, TestProgram
from kanalyze.lab.on_kernel import GuestSetup, KernelRun, OnKernel, Watcher
from kanalyze.lab.programs import scratch
from kanalyze.lab.settings import Settings, Swap
from kanalyze.lab.version_line import version_line

_SPARE_MB = 1024  # of the host's memory, left to everybody else


class Unwatched:
    """A watcher that nobody looks at."""

    def guest(self, kernel: str, doing: str, done: int) -> None:
        pass


@dataclass(frozen=True, slots=True, kw_only=True)
class RunRequest:
    """What to run, and on what.

    ``words`` narrow the cases of generated programs to those that have all of them
    in their names.  What fails is tried ``repeat`` times, the first ``most_repeated`` cases
    (None: all).  ``guests`` is how many may run at the same time (0: as many as
    the machine has processors and memory for).  ``swap`` is where guests swap to ("auto":
    what the kernel has).  ``logs``, which is empty or not there, keeps the consoles;
    without it they are gone when the run is over.
    """

    kernels: tuple[Kernel, ...]
    programs: tuple[TestProgram, ...]
    words: tuple[str, ...] = ()
    repeat: int = 1
    most_repeated: int | None = None
    accelerator: Wanted = "auto"
    memory_mb: int = 2048
    cpus: int = 2
    guests: int = 0
    swap: Swap | Literal["auto"] = "auto"
    logs: Path | None = None
    watcher: Watcher = field(default_factory=Unwatched)


def run_tests(request: RunRequest, notes: Sequence[str] = ()) -> LabRun:
    """Return the results of all programs on all kernels; ``notes`` go along with them.

    Raises InputError for what cannot be run, and when no case has all the words;
    EnvironmentFailure when QEMU is missing or the disk is full.  When it is interrupted,
    no guest is left behind.
    """
    if not request.programs:
        raise InputError("there is no test program to run")
    named = _named(request.kernels)
    choice = choose_accelerator(request.accelerator, named[0])
    guests = request.guests or room(request.memory_mb)
    stop = threading.Event()
    with scratch("run") as temporary:
        logs = request.logs or Path(temporary)
        work = [
            (kernel, programs, f"{kernel.name} [{part}]" if part > 1 else kernel.name)
            for kernel in named
            for part, programs in enumerate(_shares(request.programs, guests // len(named)), 1)
        ]

        def one(number: int) -> KernelRun:
            kernel, programs, shown_as = work[number]
            own = logs / f"{number + 1}"
            setup = GuestSetup(
                accelerator=choice.accelerator,
                memory_mb=request.memory_mb,
                cpus=request.cpus,
                settings=usual_settings(kernel, request.swap),
            )
            guest = OnKernel(kernel, setup, own, request.watcher, stop, shown_as=shown_as)
            run = guest.run(programs, request.words, request.repeat, request.most_repeated)
            kept = f"{logs.name}/{own.name}" if request.logs else ""
            run.results = tuple(_with_log(one, kept) for one in run.results)
            return run

        with ThreadPoolExecutor(max_workers=guests) as executor:
            found = _all(executor, one, len(work), stop)
    run = _together(request, named, choice, found, notes)
    return _with_words(run, request.words)


def _with_words(run: LabRun, words: Sequence[str]) -> LabRun:
    """Return a run without the programs of which no case has the words in its name.

    Raises InputError when none of any program has: nothing was tested then.
    """
    if not words:
        return run

    def tested(one: CaseResult) -> bool:
        return bool(one.case) or one.outcome != "skip"

    if not any(map(tested, run.results)):
        raise InputError(f"no case has all of these words in its name: {' '.join(words)}")
    kept = (one for one in run.results if tested(one) or one.suite != "generated")
    return replace(run, results=tuple(kept))


def usual_settings(kernel: Kernel, swap: Swap | Literal["auto"] = "auto") -> Settings:
    """Return what a guest is given, as far as the kernel can have it.

    Two nodes, for migration; a few hugepages, the rest is for the tests to ask for; and
    swap on a disk, since what goes to zram does not pass the swap cache on all kernels.
    """
    swaps: tuple[tuple[Swap, str], ...] = (
        ("disk", "virtio-blk"), ("zram", "zram"), ("brd", "brd"),
    )  # fmt: skip
    usable = [one for one, feature in swaps if feature not in kernel.lacks]
    return Settings(
        hugepages=((2048, 8),),
        swap=swap if swap != "auto" else usable[0] if usable else "none",
        thp="madvise",
        nodes=2,
    )


def _with_log(one: CaseResult, place: str) -> CaseResult:
    """Return a result whose console is named as it lies in ``place``; "" if it is not kept."""
    log = f"{place}/{one.evidence.log}" if place and one.evidence.log else ""
    return replace(one, evidence=replace(one.evidence, log=log))


def _named(kernels: Sequence[Kernel]) -> tuple[Kernel, ...]:
    """Return the kernels under names of which no two are the same."""
    if not kernels:
        raise InputError("there is no kernel to run on", hint="--kernel names one")
    seen: dict[str, int] = {}
    found = []
    for kernel in kernels:
        seen[kernel.name] = seen.get(kernel.name, 0) + 1
        count = seen[kernel.name]
        found.append(replace(kernel, name=f"{kernel.name} ({count})") if count > 1 else kernel)
    return tuple(found)


def room(memory_mb: int) -> int:
    """Return how many guests of this size the machine can have at the same time."""
    fitting = (_available_mb() - _SPARE_MB) // memory_mb
    return max(1, min(len(os.sched_getaffinity(0)), fitting))


def _available_mb() -> int:
    """Return the memory that could be had: that of the page cache is not lost to others."""
    try:
        found = re.search(r"^MemAvailable:\s+(\d+) kB", Path("/proc/meminfo").read_text(), re.M)
    except OSError:
        found = None
    if found:
        return int(found[1]) >> 10
    return int(os.sysconf("SC_AVPHYS_PAGES") * os.sysconf("SC_PAGE_SIZE") >> 20)


def _shares(programs: Sequence[TestProgram], guests: int) -> Iterator[tuple[TestProgram, ...]]:
    """Yield the programs in as many parts as there are guests for one kernel."""
    parts = max(1, min(guests, len(programs)))
    for part in range(parts):
        yield tuple(programs[part::parts])


def _all(
    executor: Executor, one: Callable[[int], KernelRun], count: int, stop: threading.Event
) -> list[KernelRun]:
    """Return what came of each piece of work; whatever goes wrong stops the others."""
    futures: list[Future[KernelRun]] = [executor.submit(one, number) for number in range(count)]
    try:
        wait(futures, return_when=FIRST_EXCEPTION)
        for future in futures:
            if future.done():
                future.result()  # what went wrong is known before the others are through
        return [future.result() for future in futures]
    except BaseException:
        stop.set()
        for future in futures:
            future.cancel()
        raise


def _together(
    request: RunRequest,
    kernels: tuple[Kernel, ...],
    choice: Choice,
    found: Sequence[KernelRun],
    given: Sequence[str],
) -> LabRun:
    results: list[CaseResult] = [result for one in found for result in one.results]
    order = {kernel.name: place for place, kernel in enumerate(kernels)}
    programs = {program.name: place for place, program in enumerate(request.programs)}
    results.sort(key=lambda one: (order[one.kernel], programs.get(one.program, -1)))
    notes = dict.fromkeys([*given, *(note for one in found for note in one.notes)])
    for kernel in kernels:
        if kernel.lacks:
            notes[f"{kernel.name} has no {', '.join(kernel.lacks)}"] = None
    return LabRun(
        kernels=kernels,
        programs=request.programs,
        results=tuple(results),
        boots=tuple(boot for one in found for boot in one.boots),
        machine=tuple(_machine(kernels[0], choice)),
        notes=tuple(notes),
    )


def _machine(kernel: Kernel, choice: Choice) -> Iterator[tuple[str, str]]:
    arch = find_arch(kernel.arch)
    qemu = arch.find_qemu()
    yield "qemu", version_line(qemu) or qemu
    yield "accelerator", f"{choice.accelerator} ({choice.why})"
    try:
        compiler = arch.find_compiler()
        yield "compiler", version_line(compiler) or compiler
    except EnvironmentFailure:
        yield "compiler", "none on this machine"
    yield "host", f"{platform.system()} {platform.release()}, {os.cpu_count()} processors"
