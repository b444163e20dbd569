"""A QEMU process: how it is started, and that it never outlives us."""

import contextlib
import fcntl
import os
import signal
import subprocess
import sys
import time
from collections.abc import Sequence
from contextlib import ExitStack
from types import TracebackType
from typing import Self

from kanalyze.errors import EnvironmentFailure

_PATIENCE = 10.0  # seconds that a killed QEMU may take to be gone

# QEMU is to die with the one who started it, even with one who is killed.
# Linux does that for a process that asks for it (PR_SET_PDEATHSIG is 1), and
# what asks must be between fork and exec: a program, since Python code there
# is not safe when other threads run.  Arguments: our id, then the command.
_LEASH = (
    "import ctypes, os, signal, sys\n"
    "ctypes.CDLL(None).prctl(1, signal.SIGKILL)\n"
    "os.getppid() == int(sys.argv[1]) or sys.exit(1)\n"
    "os.execv(sys.argv[2], sys.argv[2:])\n"
)


# Bytes that wait for a reader who gets no time to run.  A kernel waits 10 ms for
# a serial port that takes nothing, and then prints on regardless.
_ROOM = 1 << 20


class Qemu:
    """QEMU with a console and a channel; a context manager, after which it is gone.

    ``console``, ``channel`` and ``stderr`` are to be read by the caller, all the
    time; they end when QEMU does.  ``arguments`` may name the character devices
    "console" and "channel".
    """

    def __init__(self, program: str, arguments: Sequence[str], files: Sequence[int] = ()) -> None:
        """Start it; it inherits the descriptors ``files``.

        EnvironmentFailure when the machine does not let us start a process.
        """
        with ExitStack() as ours, ExitStack() as its:
            try:
                self.console, far_console = _pipe(ours, its)
                self.channel, far_channel = _pipe(ours, its)
                self.stderr, far_stderr = _pipe(ours, its)
                self._process = subprocess.Popen(
                    (
                        *(sys.executable, "-I", "-S", "-c", _LEASH, str(os.getpid())),
                        program,
                        *("-chardev", f"file,id=console,path=/dev/fd/{far_console}"),
                        *("-chardev", f"file,id=channel,path=/dev/fd/{far_channel}"),
                        *arguments,
                    ),
                    stdin=subprocess.DEVNULL,
                    stdout=subprocess.DEVNULL,
                    stderr=far_stderr,
                    pass_fds=(far_console, far_channel, *files),
                    process_group=0,  # a Ctrl-C is for us, and we then end it
                )
            except OSError as error:
                raise EnvironmentFailure(
                    f"cannot be started: {error.strerror or error}", where=program
                ) from error
            self._ours = ours.pop_all()

    @property
    def pid(self) -> int:
        return self._process.pid

    def status(self) -> int | None:
        """Return how it ended (a negative number: by that signal), None while it runs."""
        return self._process.poll()

    def wait(self, seconds: float) -> int | None:
        """Wait until it has ended, but not longer than ``seconds``; see ``status``."""
        with contextlib.suppress(subprocess.TimeoutExpired):
            self._process.wait(seconds)
        return self._process.returncode

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        try:
            self._kill()
        finally:
            self._ours.close()

    def _kill(self) -> None:
        """Kill it, and wait for it even when Ctrl-C is pressed once more."""
        interrupted = None
        until = time.monotonic() + _PATIENCE
        while self._process.poll() is None and time.monotonic() < until:
            try:
                with contextlib.suppress(ProcessLookupError):
                    os.killpg(self._process.pid, signal.SIGKILL)
                self.wait(0.5)
            except KeyboardInterrupt as error:
                interrupted = error
        if interrupted is not None:
            raise interrupted


def _pipe(ours: ExitStack, its: ExitStack) -> tuple[int, int]:
    """Make a pipe from QEMU to us."""
    near, far = os.pipe()
    ours.callback(os.close, near)
    its.callback(os.close, far)
    os.set_blocking(near, False)
    with contextlib.suppress(OSError):  # less is allowed on some machines
        fcntl.fcntl(near, fcntl.F_SETPIPE_SZ, _ROOM)
    return near, far
