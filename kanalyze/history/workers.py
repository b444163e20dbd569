"""The worker processes of one scan: started when needed, and never left behind."""

import contextlib
import os
import signal
import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import BrokenExecutor, Executor
from typing import TYPE_CHECKING

from kanalyze.errors import EnvironmentFailure

if TYPE_CHECKING:
    from multiprocessing.process import BaseProcess

# How often a worker looks whether the process that it works for is still there.
_LOOK_EVERY = 0.5


@contextlib.contextmanager
def workers(jobs: int) -> Iterator[Callable[[], Executor]]:
    """Give a function that starts the worker processes when they are first needed.

    ``jobs`` is their number (0: one a processor).  However the block is left, no
    worker outlives it; if it fails, nobody waits for what they are doing.
    Raises EnvironmentFailure when one was killed.
    """
    started: list[Executor] = []
    others: set[object] = set()

    def executor() -> Executor:
        if not started:
            # Here and not above: most scans need no worker, and no 10 ms of imports.
            from concurrent.futures import ProcessPoolExecutor

            others.update(_children())
            count = jobs or len(os.sched_getaffinity(0))
            started.append(ProcessPoolExecutor(count, initializer=_begin, initargs=(os.getpid(),)))
        return started[0]

    try:
        yield executor
    except BaseException as error:
        for child in _children() if started else ():
            if child not in others:
                child.terminate()
        if isinstance(error, BrokenExecutor):
            raise EnvironmentFailure(
                "a worker process was killed", where="scan", hint="short of memory? try --jobs 1"
            ) from error
        raise
    finally:
        for one in started:
            one.shutdown(wait=True, cancel_futures=True)


def _children() -> "list[BaseProcess]":
    from multiprocessing import active_children

    return active_children()


def _begin(parent: int) -> None:
    """Make this process a worker that ends with its parent, and not before."""
    # Ctrl-C goes to everybody at the terminal; the parent says what to do.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    threading.Thread(target=_end_with, args=(parent,), daemon=True).start()


def _end_with(parent: int) -> None:
    # A pool's pipes stay open as long as there is one worker: no end of file.
    while os.getppid() == parent:
        time.sleep(_LOOK_EVERY)
    os._exit(1)
