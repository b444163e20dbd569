"""Running a program: how long it takes, and how much memory our own processes need."""

import os
import resource
import shlex
import statistics
import subprocess
import tempfile
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import IO

#: When one round takes longer than this, there is no second (seconds).
PATIENCE = 120.0
# VmHWM only ever grows: what is missed is growth in a process's last moments.
_SAMPLE = 0.01
_CHILDREN = Path("/proc/self/task") / str(os.getpid()) / "children"
# A child that has not yet become git shares our memory for a moment.
_SEEN = 3


class BenchError(Exception):
    """Something that ends the benchmark, or one figure of it; one line."""


@dataclass(frozen=True, slots=True)
class Run:
    """The seconds of one run: on the clock, and of all processors together."""

    clock: float
    cpu: float


@dataclass(frozen=True, slots=True)
class Timing:
    """The seconds that each run took, and the processor time of each."""

    seconds: tuple[float, ...]
    cpu: tuple[float, ...] = ()

    @property
    def median(self) -> float:
        return statistics.median(self.seconds)

    @property
    def median_cpu(self) -> float:
        """The processor time, which suffers less from what else the machine does."""
        return statistics.median(self.cpu)

    def __str__(self) -> str:
        low, high = min(self.seconds), max(self.seconds)
        runs = len(self.seconds)
        if runs == 1:
            return f"{self.median:.2f} s (1 run)"
        return f"{self.median:.2f} s ({low:.2f}-{high:.2f}, {runs} runs)"


@dataclass(frozen=True, slots=True)
class Program:
    """A command line with its environment.

    ``fine`` are the exit statuses of success; a program that ``speaks`` and
    prints nothing has failed, however quickly.
    """

    command: Sequence[str]
    environment: Mapping[str, str]
    fine: frozenset[int] = frozenset({0})
    speaks: bool = True

    def run(self) -> Run:
        """Run to the end and return the time that it took, its children's included.

        Its output goes to a file: given /dev/null, grep stops at the first match.
        """
        with tempfile.TemporaryFile() as out, tempfile.TemporaryFile() as err:
            before = _cpu_of_children()
            start = time.perf_counter()
            with self._start(out.fileno(), err.fileno()) as process:
                status = process.wait()
            taken = Run(time.perf_counter() - start, _cpu_of_children() - before)
            self._check(status, out, err)
        return taken

    def peaks(self) -> tuple[float, float]:
        """Run to the end; return the peak memory of the process and of its biggest worker (MB).

        Programs that it starts, such as git, are not counted.
        """
        if not _CHILDREN.exists():
            raise BenchError("this kernel does not list the children of a process")
        with tempfile.TemporaryFile() as out, tempfile.TemporaryFile() as err:
            with self._start(out.fileno(), err.fileno()) as process:
                peaks: dict[int, int] = {}
                seen: dict[int, int] = {}
                while process.poll() is None:
                    for pid in _ours(process.pid):
                        seen[pid] = seen.get(pid, 0) + 1
                        peaks[pid] = max(peaks.get(pid, 0), _high_water(pid))
                    time.sleep(_SAMPLE)
            self._check(process.returncode, out, err)
        main = peaks.pop(process.pid, 0)
        workers = [peak for pid, peak in peaks.items() if seen[pid] >= _SEEN]
        return main / 1024, max(workers, default=0) / 1024

    def _start(self, out: int, err: int) -> "subprocess.Popen[bytes]":
        try:
            return subprocess.Popen(
                self.command,
                stdin=subprocess.DEVNULL,
                stdout=out,
                stderr=err,
                env=dict(self.environment),
            )
        except OSError as error:
            raise BenchError(f"{self.command[0]}: {error.strerror}") from error

    def _check(self, status: int, out: IO[bytes], err: IO[bytes]) -> None:
        if status in self.fine and (out.seek(0, os.SEEK_END) or not self.speaks):
            return
        err.seek(0)
        lines = err.read().decode(errors="replace").strip().splitlines()
        what = lines[-1] if lines else "it printed nothing"
        raise BenchError(f"{shlex.join(self.command)[:100]}: exit status {status}: {what}")


def in_turns(runs: int, actions: Mapping[str, Callable[[], Run]]) -> dict[str, Timing]:
    """Run each action ``runs`` times, one after the other, so that noise meets all of them.

    If the first round takes too long, it stays the only one.
    """
    taken: dict[str, list[Run]] = {name: [] for name in actions}
    for number in range(runs):
        start = time.perf_counter()
        for name, action in actions.items():
            taken[name].append(action())
        if not number and time.perf_counter() - start > PATIENCE:
            break
    return {
        name: Timing(tuple(one.clock for one in done), tuple(one.cpu for one in done))
        for name, done in taken.items()
    }


def _cpu_of_children() -> float:
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime


def _ours(root: int) -> list[int]:
    """Return ``root`` and those of its descendants that run the same program."""
    try:
        program = Path(f"/proc/{root}/exe").readlink()
    except OSError:
        return []
    found: list[int] = []
    waiting = [root]
    while waiting:
        pid = waiting.pop()
        try:
            if Path(f"/proc/{pid}/exe").readlink() == program:
                found.append(pid)
            for thread in Path(f"/proc/{pid}/task").iterdir():
                children = (thread / "children").read_text()
                waiting.extend(map(int, children.split()))
        except OSError:  # it has ended meanwhile
            continue
    return found


def _high_water(pid: int) -> int:
    """Return the most memory that a process ever had resident, in kB; 0 if it has ended."""
    try:
        for line in Path(f"/proc/{pid}/status").read_text().splitlines():
            if line.startswith("VmHWM:"):
                return int(line.split()[1])
    except OSError:
        pass
    return 0
