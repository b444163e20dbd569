"""Directories of ours in which one process works at a time."""

import fcntl
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from kanalyze.errors import EnvironmentFailure


@contextmanager
def alone(directory: Path) -> Iterator[None]:
    """Make a directory, and keep other processes from working in it for the block.

    EnvironmentFailure when it cannot be made or written to.
    """
    try:
        directory.mkdir(parents=True, exist_ok=True)
        descriptor = os.open(directory / "lock", os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    except OSError as error:
        raise EnvironmentFailure(error.strerror or str(error), where=str(directory)) from error
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX)
        yield
    finally:
        os.close(descriptor)
