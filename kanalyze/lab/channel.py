"""What a guest tells over its channel, as events; see templates/lab/init.c for the other end.

A frame is a line "INDEX KIND TEXT", where INDEX is "-" for the guest itself.
What does not look like one after the guest has said hello is a sign of a broken
kernel, and never guessed at.
"""

from collections.abc import Iterator
from dataclasses import dataclass

from kanalyze.lab.events import Booted, Ended, Line, Noted, Started

_VERSION = "1"  # as in init.c
_LONGEST = 8192  # bytes of a frame; init.c cuts a test's lines at 4000


@dataclass(frozen=True, slots=True)
class Greeted:
    """Our init runs, on this release of the kernel."""

    release: str


@dataclass(frozen=True, slots=True)
class Beat:
    """A sign of life."""


@dataclass(frozen=True, slots=True)
class Stuck:
    """A process survived SIGKILL; the guest ends."""

    text: str


@dataclass(frozen=True, slots=True)
class Done:
    """All orders have been followed."""


Told = Greeted | Booted | Started | Line | Noted | Ended | Beat | Stuck | Done


class GarbledChannel(Exception):
    """Something came that init never sends.  The text is for a person."""


class ChannelReader:
    """Turns the bytes of a channel into what was told.

    ``running`` is the index of the program that runs, as far as was told, and
    ``release`` what kernel it runs on.
    """

    def __init__(self, programs: int) -> None:
        self.running: int | None = None
        self.release = ""
        self._programs = programs
        self._pending = b""
        self._greeted = False

    def feed(self, data: bytes, elapsed: float) -> Iterator[Told]:
        """Return what ``data`` completes; GarbledChannel when it makes no sense."""
        *lines, self._pending = (self._pending + data).split(b"\n")
        for line in lines:
            told = self._read(line.decode("utf-8", "surrogateescape"), elapsed)
            if told is not None:
                yield told
        if len(self._pending) > _LONGEST:
            raise GarbledChannel(f"a frame of more than {_LONGEST} bytes")

    def _read(self, line: str, elapsed: float) -> Told | None:
        about, _, rest = line.partition(" ")
        kind, _, text = rest.partition(" ")
        if not self._greeted:
            if (about, kind) != ("-", "hello"):
                return None  # firmware may print to any port
            return self._hello(text)
        try:
            if about == "-":
                return self._of_guest(kind, text, elapsed)
            return self._of_program(int(about), kind, text)
        except ValueError:
            raise GarbledChannel(f"no frame: {line[:200]!a}") from None

    def _hello(self, text: str) -> Greeted:
        version, _, self.release = text.partition(" ")
        if version != _VERSION:
            raise GarbledChannel(f"an init of version {version[:20]!a}")
        self._greeted = True
        return Greeted(self.release)

    def _of_guest(self, kind: str, text: str, elapsed: float) -> Told:
        match kind:
            case "ready":
                return Booted(seconds=elapsed, release=self.release)
            case "note":
                return Noted(text=text)
            case "beat":
                return Beat()
            case "done":
                return Done()
        raise ValueError

    def _of_program(self, index: int, kind: str, text: str) -> Told:
        if kind == "start":
            if self.running is not None or not 0 <= index < self._programs:
                raise ValueError
            self.running = index
            return Started(index=index)
        if index != self.running:
            raise ValueError
        match kind:
            case "out" | "err":
                return Line(index=index, text=text, stream=kind)
            case "note":
                return Noted(index=index, text=text)
            case "beat":
                return Beat()
            case "stuck":
                return Stuck(text)
            case "end":
                self.running = None
                return _ended(index, text)
        raise ValueError


def _ended(index: int, text: str) -> Ended:
    how, code, milliseconds = text.split()
    seconds = int(milliseconds) / 1000
    match how:
        case "exit":
            return Ended(index=index, seconds=seconds, status=int(code))
        case "signal":
            return Ended(index=index, seconds=seconds, signal=int(code))
        case "timeout":
            return Ended(index=index, seconds=seconds, timeout=True)
        case "error":
            return Ended(index=index, seconds=seconds, error=int(code))
    raise ValueError
