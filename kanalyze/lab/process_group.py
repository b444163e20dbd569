"""A command with all that it starts: none of it outlives us, and it may put its files away."""

import contextlib
import os
import signal
import subprocess
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path

_PATIENCE = 10.0  # seconds that it has to end by itself


@contextmanager
def process_group(
    command: Sequence[str], environment: Mapping[str, str], cwd: Path | None = None
) -> "Iterator[subprocess.Popen[bytes]]":
    """Give a command that runs for the block; its output and its complaints are ``stdout``.

    If the block fails, all of the command is told to end: a compiler then removes its
    temporary files.  What does not end is killed.  Raises OSError when it does not start.
    """
    process = subprocess.Popen(
        command,
        cwd=cwd,
        env=environment,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        process_group=0,  # a Ctrl-C is for us, and we then end it
    )
    with process:
        try:
            yield process
        except BaseException:
            for how in (signal.SIGTERM, signal.SIGKILL):
                if _is_there(process):
                    _end(process, how)
            raise


def _end(process: "subprocess.Popen[bytes]", how: signal.Signals) -> None:
    """Send a signal to the group, and wait until nobody is left in it, but not for ever."""
    with contextlib.suppress(ProcessLookupError):
        os.killpg(process.pid, how)
    until = time.monotonic() + _PATIENCE
    while _is_there(process) and time.monotonic() < until:
        time.sleep(0.02)


def _is_there(process: "subprocess.Popen[bytes]") -> bool:
    process.poll()
    try:
        os.killpg(process.pid, 0)
    except ProcessLookupError:
        return False
    return True
