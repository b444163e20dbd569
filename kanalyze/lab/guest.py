"""Runs programs on a kernel in QEMU and tells what happens while it happens."""

import os
import selectors
import tempfile
import threading
import time
from collections import deque
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path

from kanalyze.errors import EnvironmentFailure, InputError
from kanalyze.lab.arch import Accelerator, Arch, find_arch
from kanalyze.lab.channel import Beat, ChannelReader, Done, GarbledChannel, Greeted, Stuck, Told
from kanalyze.lab.console import ConsoleLog
from kanalyze.lab.events import Booted, GuestEvent, Loss, Lost
from kanalyze.lab.guest_init import build_init
from kanalyze.lab.initramfs import pack
from kanalyze.lab.model import Kernel, TestProgram
from kanalyze.lab.qemu import Qemu
from kanalyze.lab.settings import DIRECTORIES, Settings, kernel_parameters, orders

# Seconds to the first test.  A small kernel takes three; one that checks every access to
# memory, emulated on a host with ten others at work, takes its time.
BOOT_DEADLINE = 300.0
_POLL = 0.25  # seconds between looks at the clock and at ``stop``
_LAST_WORDS = 5.0  # seconds that a guest has to go away after its last frame
_TRACE = 10.0  # seconds that a panic has for its message, until the guest is ended
_CHUNK = 1 << 20
# Linux on x86 patches code with breakpoints, and QEMU before 8.1 may execute what it
# translated while that went on: QEMU commit deba78709ae8 ("accel/tcg: Always lock pages
# before translation").
_STALE = "QEMU executed code that the kernel had just patched, as QEMU before 8.1 may"

_PARAMETERS = (
    "loglevel=5",  # warnings; the boot itself is not of interest, and slow to print
    "printk.devkmsg=on",  # init's marks are not to be rate-limited
    "panic=-1",
    "oops=panic",
    "mitigations=off",
    "nokaslr",
    "nowatchdog",  # a busy host is no lockup of the kernel's
    "rcupdate.rcu_cpu_stall_suppress=1",
    "random.trust_cpu=on",
    "audit=0",
)


@dataclass(frozen=True, slots=True, kw_only=True)
class GuestProgram:
    """A static program to run; ``deadline`` is in seconds, from its start."""

    path: Path
    arguments: tuple[str, ...] = ()
    deadline: int = 600

    @classmethod
    def of(cls, program: TestProgram) -> "GuestProgram":
        """Return what a guest is told of a test program."""
        return cls(path=program.path, arguments=program.arguments, deadline=program.deadline)


@dataclass(frozen=True, slots=True, kw_only=True)
class GuestRequest:
    """A guest: its kernel, what it runs one after the other, and what it has.

    ``carried`` are further programs, which those start as /carried/NAME.
    ``workdir`` gets the console's log, and a swap disk for as long as the guest
    runs.  ``boot_deadline`` is the time in seconds to the first test, and
    ``silence`` how long nothing may come from the guest after that; init gives a
    sign of life every second.
    """

    kernel: Kernel
    programs: tuple[GuestProgram, ...]
    workdir: Path
    carried: tuple[Path, ...] = ()
    settings: Settings = Settings()
    accelerator: Accelerator = "tcg"
    memory_mb: int = 1024
    cpus: int = 2
    boot_deadline: float = BOOT_DEADLINE
    silence: float = 60.0


@dataclass(frozen=True, slots=True, kw_only=True)
class GuestEnd:
    """How a guest went: its console's log, times in seconds, and why it was lost, if it was."""

    console: Path
    release: str
    ready: float | None
    seconds: float
    lost: Lost | None


def run_guest(
    request: GuestRequest,
    on_event: Callable[[GuestEvent], None],
    stop: threading.Event | None = None,
) -> GuestEnd:
    """Run a guest to its end and tell what happens as it happens.

    Whatever happens here, also an exception out of ``on_event``, QEMU is gone
    when this returns.  So it is when our thread ends, or our process is killed.
    Setting ``stop`` from another thread ends the guest within a second.

    Raises EnvironmentFailure when QEMU is missing or does not start, or when the
    disk is full; InputError when the kernel or a program cannot be read.
    """
    arch = find_arch(request.kernel.arch)
    arch.check_image(request.kernel.image)
    program = arch.find_qemu()
    with ExitStack() as stack:
        console = stack.enter_context(ConsoleLog(request.workdir / "console.log"))
        files = stack.enter_context(_Descriptors())
        arguments = tuple(_arguments(arch, request, files))
        qemu = stack.enter_context(Qemu(program, arguments, files.numbers))
        return _Watch(request, qemu, console, on_event, stop).to_the_end()


class _Descriptors:
    """Files without a name that QEMU inherits: nobody ever has to delete them."""

    def __init__(self) -> None:
        self.numbers: list[int] = []

    def __enter__(self) -> "_Descriptors":
        return self

    def __exit__(self, *_: object) -> None:
        for number in self.numbers:
            os.close(number)

    def in_memory(self, data: bytes) -> str:
        """Keep ``data`` and return a path that is good in QEMU."""
        number = os.memfd_create("kanalyze")
        self.numbers.append(number)
        with open(number, "wb", closefd=False) as file:
            file.write(data)
        return f"/dev/fd/{number}"

    def on_disk(self, directory: Path, size: int) -> str:
        """Reserve ``size`` bytes in ``directory``; EnvironmentFailure when there is no room."""
        try:
            with tempfile.TemporaryFile(dir=directory) as file:
                os.posix_fallocate(file.fileno(), 0, size)
                self.numbers.append(os.dup(file.fileno()))
        except OSError as error:
            raise EnvironmentFailure(
                f"no swap disk of {size >> 20} MB: {error.strerror}", where=str(directory)
            ) from error
        return f"/dev/fd/{self.numbers[-1]}"


def _arguments(arch: Arch, request: GuestRequest, files: _Descriptors) -> Iterator[str]:
    """Return QEMU's arguments."""
    settings = request.settings
    yield from ("-nodefaults", "-no-user-config", "-display", "none", "-no-reboot")
    yield from arch.machine
    if request.accelerator == "kvm":
        yield from ("-accel", "kvm", "-cpu", arch.kvm_cpu)
    else:
        yield from ("-accel", "tcg,thread=multi", "-cpu", arch.tcg_cpu)
    yield from ("-smp", f"{request.cpus},sockets={settings.nodes}", "-m", f"{request.memory_mb}M")
    if settings.nodes > 1:
        yield from _nodes(request)
    yield from ("-serial", "chardev:console", *arch.channel)
    if settings.swap == "disk":
        path = files.on_disk(request.workdir, settings.swap_mb << 20)
        drive = f"if=none,id=swap,format=raw,cache=unsafe,file.locking=off,file={path}"
        yield from ("-drive", drive, "-device", "virtio-blk-pci,drive=swap")
    yield from ("-kernel", str(request.kernel.image.absolute()))
    yield from ("-initrd", files.in_memory(_initramfs(arch, request)))
    parameters = [*arch.parameters, *_PARAMETERS, *kernel_parameters(settings)]
    if request.accelerator == "tcg":
        parameters += arch.emulated
    yield from ("-append", " ".join(parameters))


def _nodes(request: GuestRequest) -> Iterator[str]:
    nodes = request.settings.nodes
    if request.memory_mb % nodes or request.cpus % nodes:
        raise InputError(f"memory and cpus cannot be divided among {nodes} NUMA nodes")
    each = request.cpus // nodes
    for node in range(nodes):
        backend = f"memory-backend-ram,id=node{node},size={request.memory_mb // nodes}M"
        yield from ("-object", backend)
        cpus = f"cpus={node * each}-{node * each + each - 1}"
        yield from ("-numa", f"node,nodeid={node},memdev=node{node},{cpus}")


def _initramfs(arch: Arch, request: GuestRequest) -> bytes:
    places: dict[Path, str] = {}
    for program in request.programs:  # two of the same name are two directories
        places.setdefault(program.path, f"tests/{len(places)}/{program.path.name}")
    runs = [
        (program.deadline, (f"/{places[program.path]}", *program.arguments))
        for program in request.programs
    ]
    modules = request.kernel.modules
    programs = {place: _read(path) for path, place in places.items()}
    programs |= {f"carried/{path.name}": _read(path) for path in request.carried}
    files = {f"modules/{path.name}": _read(path) for path in modules}
    files["orders"] = orders(arch, request.settings, modules, runs).encode()
    return pack({"init": build_init(arch), **programs}, files, DIRECTORIES)


def _read(path: Path) -> bytes:
    try:
        return path.read_bytes()
    except OSError as error:
        raise InputError(error.strerror or str(error), where=str(path)) from error


class _Watch:
    """Looks after one guest until it is gone."""

    def __init__(
        self,
        request: GuestRequest,
        qemu: Qemu,
        console: ConsoleLog,
        on_event: Callable[[GuestEvent], None],
        stop: threading.Event | None,
    ) -> None:
        self._request = request
        self._qemu = qemu
        self._console = console
        self._on_event = on_event
        self._stop = stop
        self._reader = ChannelReader(len(request.programs))
        self._begin = self._last_sign = time.monotonic()
        self._ready: float | None = None
        self._panicked = 0.0
        self._done = False
        self._stuck = ""
        self._complaint: deque[bytes] = deque(maxlen=20)

    def to_the_end(self) -> GuestEnd:
        """Follow the guest until it is done or lost."""
        try:
            problem = self._follow()
        except GarbledChannel as garbled:
            problem = ("channel", f"the guest's words make no sense: {garbled}")
        lost = self._lost(*problem) if problem is not None else None
        if lost is not None:
            self._on_event(lost)
        return GuestEnd(
            console=self._console.path,
            release=self._reader.release,
            ready=self._ready,
            seconds=self._elapsed(),
            lost=lost,
        )

    def _follow(self) -> tuple[Loss, str] | None:
        """Read all that comes, until QEMU is gone or has to be ended."""
        with selectors.DefaultSelector() as selector:
            for source, take in (
                (self._qemu.channel, self._take_channel),
                (self._qemu.console, self._console.feed),
                (self._qemu.stderr, self._complaint.append),
            ):
                selector.register(source, selectors.EVENT_READ, take)
            while selector.get_map():
                for key, _ in selector.select(_POLL):
                    data = os.read(key.fd, _CHUNK)
                    if data:
                        key.data(data)
                    else:
                        selector.unregister(key.fileobj)
                problem = self._overdue()
                if problem is not None:
                    return problem
                if self._over():
                    return self._how_it_ended(None)
        return self._how_it_ended(self._qemu.wait(_LAST_WORDS))

    def _over(self) -> bool:
        """Return whether all is said, and the guest does not go by itself."""
        said_all = self._done or self._stuck
        return bool(said_all) and self._since_last_sign() > _LAST_WORDS

    def _take_channel(self, data: bytes) -> None:
        for told in self._reader.feed(data, self._elapsed()):
            self._last_sign = time.monotonic()
            self._take(told)

    def _take(self, told: Told) -> None:
        match told:
            case Done():
                self._done = True
            case Stuck(text):
                self._stuck = text
            case Beat() | Greeted():
                pass
            case _:
                if isinstance(told, Booted):
                    self._ready = told.seconds
                self._on_event(told)

    def _overdue(self) -> tuple[Loss, str] | None:
        """Return what is wrong when the guest has to be ended."""
        request = self._request
        if self._stop is not None and self._stop.is_set():
            return "stopped", "the run was stopped"
        if self._done or self._stuck:
            return None
        if self._console.panic:
            self._panicked = self._panicked or time.monotonic()
            if time.monotonic() - self._panicked > _TRACE:
                return self._panic()
        if self._ready is None:
            if self._elapsed() > request.boot_deadline:
                return "boot", f"no test was started within {request.boot_deadline:.0f} s"
        elif self._since_last_sign() > request.silence:
            return "hang", f"no sign of life for {request.silence:.0f} s"
        return None

    def _how_it_ended(self, status: int | None) -> tuple[Loss, str] | None:
        """Return what was wrong, now that QEMU is gone (``None``: it is about to be)."""
        if self._stuck:
            return "hang", self._stuck
        if self._done:
            return None
        if status is not None and status < 0:
            said = _last_line(b"".join(self._complaint))
            return "qemu-died", f"QEMU was killed by signal {-status}" + (said and f": {said}")
        if status:
            said = _last_line(b"".join(self._complaint)) or f"exit status {status}"
            if not self._console.size and not self._reader.release:
                raise EnvironmentFailure(f"QEMU does not start: {said}")
            return "qemu-died", f"QEMU ended: {said}"
        if self._console.panic:
            return self._panic()
        if self._ready is None:
            return "boot", "the guest went away before the first test"
        return "reset", "the guest went away without a word"

    def _panic(self) -> tuple[Loss, str]:
        if self._console.int3 and self._request.accelerator == "tcg":
            return "emulator", _STALE
        return "boot" if self._ready is None else "panic", self._console.panic

    def _lost(self, why: Loss, reason: str) -> Lost:
        return Lost(why=why, reason=reason, console=self._console.tail())

    def _elapsed(self) -> float:
        return time.monotonic() - self._begin

    def _since_last_sign(self) -> float:
        return time.monotonic() - self._last_sign


def _last_line(said: bytes) -> str:
    lines = said.decode("utf-8", "replace").strip().splitlines()
    return lines[-1][:500] if lines else ""
