"""Bars for work that takes long: on stderr, and only when that is a terminal."""

import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from kanalyze.terminal import printable

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
