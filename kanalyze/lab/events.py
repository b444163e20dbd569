"""What happens in a guest, told as it happens: what is run there, and what judges it, meet here."""

from dataclasses import dataclass
from typing import Literal

Loss = Literal["boot", "panic", "hang", "reset", "qemu-died", "emulator", "channel", "stopped"]
"""Why a guest was lost: it never came to the first test; the kernel panicked; nothing
was heard from it any more, or a process of a test outlived SIGKILL; it restarted without
a word; QEMU ended or was killed; QEMU emulated wrongly, for which the kernel is not to
blame; results were garbled; the run was stopped by us."""

#: Losses that are the host's: nothing may be concluded from them.
NOT_THE_KERNEL: frozenset[Loss] = frozenset({"qemu-died", "emulator", "channel"})


@dataclass(frozen=True, slots=True, kw_only=True)
class Booted:
    """The guest is about to run its first program, after ``seconds``; ``release``: uname -r."""

    seconds: float
    release: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Started:
    """Program ``index`` of the request (from 0) was started."""

    index: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """A program wrote a line, given without its end.

    Bytes that are not UTF-8 are lone surrogates, as ``surrogateescape`` has them.
    """

    index: int
    text: str
    stream: Literal["out", "err"] = "out"


@dataclass(frozen=True, slots=True, kw_only=True)
class Noted:
    """Something that a reader must know: what could not be set up, or what was left out.

    ``index`` is the program that it is about; ``None``: the whole guest.
    """

    text: str
    index: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Ended:
    """A program ended with ``status``, was killed by ``signal``, or by us at its deadline.

    ``status`` is ``None`` where a signal or the deadline ended it, ``signal`` 0
    where none did.  ``error`` is the errno of a program that could not be started.
    """

    index: int
    seconds: float
    status: int | None = None
    signal: int = 0
    timeout: bool = False
    error: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Lost:
    """Nothing more will come: ``console`` are the last lines that the kernel wrote.

    ``reason`` says in a line what was seen.
    """

    why: Loss
    console: tuple[str, ...] = ()
    reason: str = ""


GuestEvent = Booted | Started | Line | Noted | Ended | Lost
