"""What a guest's kernel prints: kept in a file of bounded size, and read for what it tells."""

import re
from collections import deque
from pathlib import Path
from types import TracebackType
from typing import BinaryIO, Self

from kanalyze.errors import EnvironmentFailure

_TAIL_LINES = 60
_LONGEST = 1000  # bytes of a line in the tail; the file has all of it
_END_ROOM = 64 << 10  # bytes at the end that are kept of a console that is too long

_MARK = re.compile(r"kanalyze: program \d+ ")  # by init.c, see there
_INT3 = re.compile(r"\bint3: 0000 \[#\d+\]")
_PANIC = re.compile(r"Kernel panic - not syncing.*|double fault.*halting.*")


class ConsoleLog:
    """The console of one guest, as it comes; a context manager that completes the file.

    The file gets the first ``limit`` bytes and the last ones; between them a
    line says how much is left out.  EnvironmentFailure when the file cannot be
    written.

    ``panic`` is the message of a kernel that panicked.  ``int3`` tells that it
    came upon a breakpoint that is not there: kernels put one for a moment where
    they patch their own code.
    """

    def __init__(self, path: Path, limit: int = 4 << 20) -> None:
        self.path = path
        self.panic = ""
        self.int3 = False
        self.size = 0
        self._limit = limit
        self._end = b""
        self._pending = b""
        self._tail: deque[str] = deque(maxlen=_TAIL_LINES)
        self._file: BinaryIO | None = None

    def __enter__(self) -> Self:
        try:
            self._file = self.path.open("wb", buffering=0)
        except OSError as error:
            raise self._failure(error) from error
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        assert self._file is not None
        left_out = self.size - self._limit - len(self._end)
        try:
            if left_out > 0:
                self._file.write(b"\n[... %d bytes left out ...]\n" % left_out)
            self._file.write(self._end)
        except OSError as full:
            if kind is None:
                raise self._failure(full) from full
        finally:
            self._file.close()

    def feed(self, data: bytes) -> None:
        """Keep what has come, and look for a panic in it."""
        self._keep(data)
        *lines, pending = (self._pending + data).split(b"\n")
        self._pending = pending[-_LONGEST:]
        for line in lines:
            text = line[:_LONGEST].decode("utf-8", "surrogateescape").rstrip("\r")
            self._tail.append(text)
            self.int3 = self.int3 or bool(_INT3.search(text))
            if not self.panic and (panic := _PANIC.search(text)):
                self.panic = panic[0]

    def tail(self) -> tuple[str, ...]:
        """Return the last lines, without the marks of our own."""
        last = self._pending.decode("utf-8", "surrogateescape").strip("\r")
        lines = (*self._tail, *((last,) if last else ()))
        return tuple(line for line in lines if not _MARK.search(line))

    def _keep(self, data: bytes) -> None:
        assert self._file is not None
        room = max(self._limit - self.size, 0)
        self.size += len(data)
        self._end = (self._end + data[room:])[-_END_ROOM:]
        try:
            if data[:room]:
                self._file.write(data[:room])
        except OSError as error:
            raise self._failure(error) from error

    def _failure(self, error: OSError) -> EnvironmentFailure:
        return EnvironmentFailure(
            f"the console cannot be kept: {error.strerror}", where=str(self.path)
        )
