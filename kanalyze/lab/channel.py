"""What a guest tells over its channel, as events; see templates/lab/init.c for the other end.

A frame is a line "INDEX KIND TEXT".  What does not look like one after the
guest has said hello is a sign of a broken kernel, and never guessed at.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal

_VERSION = "1"  # as in init.c
_LONGEST = 8192  # bytes of a frame; init.c cuts a test's lines at 4000

Why = Literal["boot", "panic", "hang", "reset", "qemu-died", "channel", "stopped"]
"""How a guest can be lost: it never came to its first test, the kernel panicked,
nothing came from it any more (or a process outlived SIGKILL), it started anew
without a word, QEMU died or was killed, what it said makes no sense, or the
caller wanted it to stop."""


@dataclass(frozen=True, slots=True)
class Booted:
    """Our init runs on kernel ``release``, ``seconds`` after QEMU's start."""

    seconds: float
    release: str


@dataclass(frozen=True, slots=True)
class Ready:
    """Everything is set up and the first test is about to start."""

    seconds: float


@dataclass(frozen=True, slots=True)
class Missing:
    """Something in the guest could not be set up; ``text`` says what and why."""

    text: str


@dataclass(frozen=True, slots=True)
class Started:
    """The program with this index (from 0, in the request) was started."""

    index: int


@dataclass(frozen=True, slots=True)
class Line:
    """A line that a program wrote; ``whole`` is false where it was cut for its length.

    Also false: the last one, when no newline came after it.
    """

    index: int
    text: str
    stream: Literal["out", "err"] = "out"
    whole: bool = True


@dataclass(frozen=True, slots=True)
class Console:
    """A line of the kernel's, while the program with this index ran (``None``: none did)."""

    index: int | None
    text: str


@dataclass(frozen=True, slots=True)
class Cut:
    """The program printed more than ``limit`` bytes, and what comes after them is left out."""

    index: int
    limit: int


@dataclass(frozen=True, slots=True)
class Ended:
    """The program is gone, and everything that it had started.

    ``code`` is its exit status, the signal that killed it, or the errno that
    starting it gave; 0 where it ran into its deadline.
    """

    index: int
    how: Literal["exit", "signal", "timeout", "error"]
    code: int
    seconds: float


@dataclass(frozen=True, slots=True)
class Lost:
    """The guest is gone before its work was done.

    ``index`` is the program that ran then.  ``reason`` says it in a line, and
    ``tail`` is the end of the console.
    """

    why: Why
    index: int | None
    reason: str
    tail: tuple[str, ...]


GuestEvent = Booted | Ready | Missing | Started | Line | Console | Cut | Ended | Lost


@dataclass(frozen=True, slots=True)
class Done:
    """All orders have been followed."""


@dataclass(frozen=True, slots=True)
class Beat:
    """A sign of life."""


@dataclass(frozen=True, slots=True)
class Stuck:
    """A process survived SIGKILL; the guest ends."""

    text: str


Told = Booted | Ready | Missing | Started | Line | Cut | Ended | Done | Beat | Stuck


class GarbledChannel(Exception):
    """Something came that init never sends.  The text is for a person."""


class ChannelReader:
    """Turns the bytes of a channel into what was told."""

    def __init__(self, programs: int) -> None:
        self._programs = programs
        self._pending = b""
        self._greeted = False
        self._running: int | None = None

    @property
    def running(self) -> int | None:
        """The index of the program that runs, as far as was told."""
        return self._running

    def feed(self, data: bytes, elapsed: float) -> Iterator[Told]:
        """Return what ``data`` completes; GarbledChannel when it makes no sense."""
        *lines, self._pending = (self._pending + data).split(b"\n")
        for line in lines:
            told = self._read(line.decode("utf-8", "replace"), elapsed)
            if told is not None:
                yield told
        if len(self._pending) > _LONGEST:
            raise GarbledChannel(f"a frame of more than {_LONGEST} bytes")

    def _read(self, line: str, elapsed: float) -> Told | None:
        index, _, rest = line.partition(" ")
        kind, _, text = rest.partition(" ")
        if not self._greeted:
            if (index, kind) != ("0", "hello"):
                return None  # firmware may print to any port
            return self._hello(text, elapsed)
        try:
            if index == "0":
                return _of_guest(kind, text, elapsed)
            return self._of_program(int(index) - 1, kind, text)
        except ValueError:
            raise GarbledChannel(f"no frame: {line[:200]!r}") from None

    def _hello(self, text: str, elapsed: float) -> Booted:
        version, _, release = text.partition(" ")
        if version != _VERSION:
            raise GarbledChannel(f"an init of version {version[:20]!r}")
        self._greeted = True
        return Booted(elapsed, release)

    def _of_program(self, index: int, kind: str, text: str) -> Told:
        if kind == "start":
            if self._running is not None or not 0 <= index < self._programs:
                raise ValueError
            self._running = index
            return Started(index)
        if index != self._running:
            raise ValueError
        if kind == "end":
            self._running = None
            return _ended(index, text)
        return _while_running(index, kind, text)


def _of_guest(kind: str, text: str, elapsed: float) -> Told:
    match kind:
        case "ready":
            return Ready(elapsed)
        case "missing":
            return Missing(text)
        case "beat":
            return Beat()
        case "done":
            return Done()
    raise ValueError


def _while_running(index: int, kind: str, text: str) -> Told:
    match kind:
        case "out" | "err":
            return Line(index, text, kind)
        case "out+":
            return Line(index, text, "out", whole=False)
        case "err+":
            return Line(index, text, "err", whole=False)
        case "cut":
            return Cut(index, int(text))
        case "beat":
            return Beat()
        case "missing":
            return Missing(text)
        case "stuck":
            return Stuck(text)
    raise ValueError


def _ended(index: int, text: str) -> Ended:
    how, code, milliseconds = text.split()
    if how not in ("exit", "signal", "timeout", "error"):
        raise ValueError
    return Ended(index, how, int(code), int(milliseconds) / 1000)  # type: ignore[arg-type]
