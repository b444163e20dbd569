"""Guests for tests: a kernel, programs that do bad things, and what was told of them."""

import os
import shutil
import subprocess
import threading
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from kanalyze.lab.events import Ended, GuestEvent, Line, Lost, Noted
from kanalyze.lab.guest import GuestEnd, GuestProgram, GuestRequest, run_guest
from kanalyze.lab.kernels import find_kernel
from kanalyze.lab.model import Kernel
from kanalyze.lab.settings import Settings

_DEEDS = Path(__file__).parent / "deeds.c"


def kernel_to_boot(variable: str = "KANALYZE_KERNEL", qemu: str = "qemu-system-x86_64") -> Kernel:
    """Return the kernel that an environment variable names, or skip the test."""
    given = os.environ.get(variable)
    if not given:
        pytest.skip(f"{variable} is not set: a kernel to boot, as `kanalyze run` takes them")
    if shutil.which(qemu) is None:
        pytest.skip(f"there is no {qemu}")
    return find_kernel(given)


def build_deeds(directory: Path, compiler: str = "gcc") -> Path:
    """Build the program that does bad things."""
    if shutil.which(compiler) is None:
        pytest.skip(f"there is no {compiler}")
    program = directory / "deeds"
    command = (compiler, "-O2", "-static", "-pthread", "-o", str(program), str(_DEEDS))
    subprocess.run(command, check=True, capture_output=True)
    return program


@dataclass
class Told:
    """What a guest told, and how it ended."""

    events: list[GuestEvent] = field(default_factory=list)
    end: GuestEnd | None = None

    def lines(self, index: int, stream: str = "out") -> list[str]:
        return [
            event.text
            for event in self.events
            if isinstance(event, Line) and (event.index, event.stream) == (index, stream)
        ]

    def ended(self) -> list[Ended]:
        return [event for event in self.events if isinstance(event, Ended)]

    def notes(self) -> list[str]:
        return [event.text for event in self.events if isinstance(event, Noted)]

    @property
    def lost(self) -> Lost | None:
        assert self.end is not None
        return self.end.lost

    @property
    def console(self) -> str:
        assert self.end is not None
        return self.end.console.read_text(errors="replace")


def run_deeds(
    kernel: Kernel,
    program: Path,
    workdir: Path,
    deeds: Sequence[tuple[str, ...]],
    *,
    deadline: int = 20,
    settings: Settings | None = None,
    silence: float = 60,
    memory_mb: int = 1024,
    boot_deadline: float = 240,
    also: Callable[[GuestEvent], None] = lambda event: None,
    stop: threading.Event | None = None,
) -> Told:
    """Let a guest do ``deeds`` one after the other."""
    told = Told()
    request = GuestRequest(
        kernel=kernel,
        programs=tuple(
            GuestProgram(path=program, arguments=deed, deadline=deadline) for deed in deeds
        ),
        workdir=workdir,
        settings=settings or Settings(),
        silence=silence,
        memory_mb=memory_mb,
        boot_deadline=boot_deadline,
    )

    def on_event(event: GuestEvent) -> None:
        told.events.append(event)
        also(event)

    told.end = run_guest(request, on_event, stop)
    return told


def qemus(parent: int | None = None) -> set[int]:
    """Return the QEMU processes that have ``parent`` (else: us) as their parent."""
    found = set()
    for entry in Path("/proc").iterdir():
        if entry.name.isdigit():
            try:
                name, _, rest = (entry / "stat").read_text().rpartition(") ")
            except OSError:
                continue
            if "(qemu-system" in name and int(rest.split()[1]) == (parent or os.getpid()):
                found.add(int(entry.name))
    return found


def wait_for_qemu(parent: int | None = None, seconds: float = 60) -> int:
    """Return the one QEMU that ``parent`` (else: we) started, as soon as it is there."""
    until = time.monotonic() + seconds
    while time.monotonic() < until:
        found = qemus(parent)
        if found:
            return found.pop()
        time.sleep(0.05)
    raise AssertionError("no QEMU was started")


def is_gone(process: int, seconds: float = 20) -> bool:
    """Return whether ``process`` ends within ``seconds``; a zombie has ended."""
    until = time.monotonic() + seconds
    while time.monotonic() < until:
        try:
            state = Path(f"/proc/{process}/stat").read_text().rpartition(") ")[2][0]
        except OSError:
            return True
        if state == "Z":
            return True
        time.sleep(0.05)
    return False
