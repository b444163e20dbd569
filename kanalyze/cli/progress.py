"""Bars for work that takes long: on stderr, and only when that is a terminal."""

import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from time import monotonic
from typing import TYPE_CHECKING

from kanalyze.progress import Progress as StageProgress
from kanalyze.progress import Silent
from kanalyze.terminal import printable

if TYPE_CHECKING:
    from rich.progress import Progress, TaskID

#: Told what is being worked on, how many bytes of it are done, and how many it has (0: unknown).
ByteProgress = Callable[[str, int, int], None]


@contextmanager
def byte_progress() -> Iterator[ByteProgress]:
    """Give a function that shows progress, one bar for each name it is told.

    Nothing is shown when stderr is no terminal; rich is not even imported then.
    """
    if not sys.stderr.isatty():
        yield lambda name, done, total: None
        return

    from rich.console import Console
    from rich.markup import escape
    from rich.progress import BarColumn, DownloadColumn, Progress, TaskID, TextColumn

    columns = (TextColumn("{task.description}"), BarColumn(), DownloadColumn())
    bars: dict[str, TaskID] = {}
    with Progress(*columns, console=Console(stderr=True), transient=True) as shown:

        def show(name: str, done: int, total: int) -> None:
            if name not in bars:
                bars[name] = shown.add_task(escape(printable(name)), total=None)
            shown.update(bars[name], completed=done, total=total or None)

        yield show


#: Work shorter than this is over before a bar could be read (seconds).
_PATIENCE = 0.5
#: The shortest time between two drawings (seconds).
_REDRAW = 0.1


@contextmanager
def stage_progress(*, quiet: bool = False) -> Iterator[StageProgress]:
    """Give the progress that rooms report to: one bar for the current stage.

    Nothing is shown in the first half second, when stderr is no terminal, or when
    the user wants quiet.  The bar is gone when the work is done.
    """
    if quiet or not sys.stderr.isatty():
        yield Silent()
        return
    shown = _Stages()
    try:
        yield shown
    finally:
        shown.close()


class _Stages:
    """Draws the current stage, without a thread: workers may be forked at any time."""

    def __init__(self) -> None:
        self._text = ""
        self._total: int | None = None
        self._done = 0
        self._next = monotonic() + _PATIENCE
        self._bar: tuple[Progress, TaskID] | None = None

    def stage(self, text: str, total: int | None) -> None:
        self._text, self._total, self._done = text, total, 0
        if self._bar:
            # rich takes a total of None for "as before": a stage is a task of its own.
            bar, task = self._bar
            bar.remove_task(task)
            self._bar = bar, bar.add_task(printable(text), total=total)
        if monotonic() >= self._next:
            self._draw()

    def step(self, n: int = 1) -> None:
        self._done += n
        if monotonic() >= self._next:
            self._draw()

    def close(self) -> None:
        if self._bar:
            self._bar[0].stop()

    def _draw(self) -> None:
        if self._bar is None:
            self._bar = self._made()
        bar, task = self._bar
        text = printable(self._text)
        bar.update(task, description=text, completed=self._done)
        bar.refresh()
        self._next = monotonic() + _REDRAW

    def _made(self) -> "tuple[Progress, TaskID]":
        from rich.console import Console
        from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn

        # The text may hold square brackets: it is no markup.
        columns = (
            TextColumn("{task.description}", markup=False),
            BarColumn(),
            MofNCompleteColumn(),
        )
        bar = Progress(
            *columns,
            console=Console(stderr=True),
            transient=True,
            auto_refresh=False,
            redirect_stdout=False,
            redirect_stderr=False,
        )
        bar.start()
        return bar, bar.add_task("", total=self._total)
