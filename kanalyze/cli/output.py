"""Results on their way out: to stdout, whatever that is, and without a traceback."""

import os
import shutil
import sys
from collections.abc import Iterable

from kanalyze.errors import EnvironmentFailure


def terminal_width() -> int:
    """Return the columns of the terminal, or 80 when stdout is none ($COLUMNS overrides)."""
    return shutil.get_terminal_size((80, 24)).columns


def colours() -> bool:
    """Say whether stdout is a terminal that shows colours and a user who wants them."""
    if os.environ.get("NO_COLOR") or os.environ.get("TERM") == "dumb":
        return False
    return sys.stdout.isatty()


def fill_streams() -> None:
    """Open the null device for each standard stream that we were started without (``>&-``).

    The next file to be opened would otherwise be that stream, to git and to QEMU as well.
    """
    for number, name in enumerate(("stdin", "stdout", "stderr")):
        if getattr(sys, name) is None:
            null = os.open(os.devnull, os.O_RDWR)
            if null != number:
                os.dup2(null, number)
                os.close(null)
            os.set_inheritable(number, True)
            setattr(sys, name, os.fdopen(number, "w" if number else "r", encoding="utf-8"))


def write(pieces: Iterable[str], *, utf8: bool) -> None:
    """Write ``pieces`` to stdout, as UTF-8 or in the encoding that the terminal has.

    All results go this way.  A reader that has seen enough (``| head``) is no error;
    a disk that is full is an EnvironmentFailure.
    """
    stream = sys.stdout
    reconfigure = getattr(stream, "reconfigure", None)
    if reconfigure:
        if utf8:
            reconfigure(encoding="utf-8")
        else:  # a terminal that lacks a character sees its number
            reconfigure(errors="backslashreplace")
    try:
        stream.writelines(pieces)
        stream.flush()
    except OSError as error:
        drop_output()
        if not isinstance(error, BrokenPipeError):
            reason = error.strerror or str(error)
            raise EnvironmentFailure(reason, where="standard output") from error


def drop_output() -> None:
    """Send stdout nowhere from here on: what it still holds would fail again as Python exits."""
    os.dup2(os.open(os.devnull, os.O_WRONLY), 1)
