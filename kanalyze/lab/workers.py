"""Worker processes for guests: none outlives who started it, and each puts its guest away."""

import multiprocessing
import os
import signal
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import Executor, Future, ProcessPoolExecutor
from contextlib import contextmanager
from functools import partial
from types import FrameType
from typing import ParamSpec, TypeVar

P = ParamSpec("P")
T = TypeVar("T")


@contextmanager
def guest_workers(jobs: int) -> Iterator[Executor]:
    """Give worker processes (0: one a processor) for the length of the block.

    If it fails, nobody waits for what they are doing: they end with their guests, and
    leave no file.  Processes are forked from one that has no threads.
    """
    context = multiprocessing.get_context("forkserver")
    with _Workers(jobs or None, mp_context=context, initializer=_begin) as executor:
        try:
            yield executor
        except BaseException:
            for child in multiprocessing.active_children():
                child.terminate()
            raise


class _Workers(ProcessPoolExecutor):
    """A pool whose processes can be ended in the middle of their work."""

    def submit(self, fn: Callable[P, T], /, *args: P.args, **kwargs: P.kwargs) -> Future[T]:
        return super().submit(partial(_to_the_end, fn), *args, **kwargs)


class _Ended(SystemExit):
    """Raised in a worker that is to end, wherever it is: everybody on the way cleans up."""


def _to_the_end(work: Callable[P, T], *args: P.args, **kwargs: P.kwargs) -> T:
    try:
        return work(*args, **kwargs)
    except _Ended:
        os._exit(1)  # the pool would take it for a result, and give us more to do


def _begin() -> None:
    """Make this process a worker that ends with its parent, and not before."""
    # Ctrl-C goes to everybody at the terminal; the parent says what to do.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    signal.signal(signal.SIGTERM, _end)
    threading.Thread(target=_end_with_parent, daemon=True).start()


def _end(number: int, _frame: FrameType | None) -> None:
    signal.signal(number, signal.SIG_IGN)
    raise _Ended(1)


def _end_with_parent() -> None:
    # The pool's pipes stay open as long as there is one worker: no end of file.
    parent = multiprocessing.parent_process()
    if parent is not None:
        parent.join()
        os.kill(os.getpid(), signal.SIGTERM)
