"""Being told to end: on SIGTERM and SIGHUP everything is put away first, as on Ctrl-C."""

import os
import signal
from types import FrameType

_ENDING = (signal.SIGTERM, signal.SIGHUP)


class ToldToEnd(KeyboardInterrupt):
    """A signal told us to end; it goes the way of a Ctrl-C, through everybody's cleaning up."""

    def __init__(self, number: int) -> None:
        super().__init__(number)
        self.number = number


def heed_signals() -> None:
    """Have SIGTERM and SIGHUP raise ToldToEnd; one that is ignored, as by nohup, stays so."""
    ours = os.getpid()

    def end(number: int, _frame: FrameType | None) -> None:
        if os.getpid() != ours:  # a process that we forked: what it was doing is ours to put away
            die_of(number)
        for one in _ENDING:  # who is in a hurry has SIGKILL
            signal.signal(one, signal.SIG_IGN)
        raise ToldToEnd(number)

    for number in _ENDING:
        if signal.getsignal(number) is signal.SIG_DFL:
            signal.signal(number, end)


def die_of(number: int) -> None:
    """End as a process does that has no handler, so that who started us is not misled."""
    signal.signal(number, signal.SIG_DFL)
    os.kill(os.getpid(), number)
