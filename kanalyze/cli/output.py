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


def write(pieces: Iterable[str], *, utf8: bool) -> None:
    """Write ``pieces`` to stdout, as UTF-8 or in the encoding that the terminal has.

    A reader that has seen enough (``| head``) is no error; a disk that is full is
    an EnvironmentFailure.
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
        # What is still buffered would fail again when Python exits.
        os.dup2(os.open(os.devnull, os.O_WRONLY), stream.fileno())
        if not isinstance(error, BrokenPipeError):
            reason = error.strerror or str(error)
            raise EnvironmentFailure(reason, where="standard output") from error
