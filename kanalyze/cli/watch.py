"""Guests at work: a line for each kernel, on stderr, when that is a terminal."""

import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

from kanalyze.terminal import printable

if TYPE_CHECKING:
    from rich.progress import Progress, TaskID

    from kanalyze.lab import Watcher


class _Nobody:
    def guest(self, kernel: str, doing: str, done: int) -> None:
        pass


class _Lines:
    """One line a kernel: what its guest does, and how many cases it has done."""

    def __init__(self, shown: "Progress") -> None:
        self._shown = shown
        self._lines: dict[str, TaskID] = {}
        self._lock = threading.Lock()

    def guest(self, kernel: str, doing: str, done: int) -> None:
        from rich.markup import escape

        with self._lock:
            if kernel not in self._lines:
                self._lines[kernel] = self._shown.add_task("", total=None)
            text = escape(printable(f"{kernel}: {doing}"))
            self._shown.update(self._lines[kernel], description=text, completed=done)


@contextmanager
def guest_watch(*, quiet: bool = False) -> "Iterator[Watcher]":
    """Give a watcher that shows what guests do, for the length of the block."""
    if quiet or not sys.stderr.isatty():
        yield _Nobody()
        return

    from rich.console import Console
    from rich.progress import Progress, SpinnerColumn, TextColumn, TimeElapsedColumn

    columns = (
        SpinnerColumn(), TextColumn("{task.description}"),
        TextColumn("{task.completed} cases"), TimeElapsedColumn(),
    )  # fmt: skip
    with Progress(*columns, console=Console(stderr=True), transient=True) as shown:
        yield _Lines(shown)
