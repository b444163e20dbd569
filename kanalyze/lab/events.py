"""What happens in a guest, told as it happens: what is run there, and what judges it, meet here."""

from dataclasses import dataclass
from typing import Literal

Loss = Literal["boot", "panic", "hang", "qemu-died", "channel"]
"""Why a guest was lost: it never came to the first test; the kernel panicked; nothing
was heard from it until its deadline; QEMU ended or was killed; results were garbled."""


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


@dataclass(frozen=True, slots=True, kw_only=True)
class Ended:
    """A program ended with ``status``, was killed by ``signal``, or by us at its deadline.

    ``status`` is ``None`` where a signal or the deadline ended it, ``signal`` 0
    where none did.
    """

    index: int
    seconds: float
    status: int | None = None
    signal: int = 0
    timeout: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Lost:
    """Nothing more will come: ``console`` are the last lines that the kernel wrote."""

    why: Loss
    console: tuple[str, ...] = ()


GuestEvent = Booted | Started | Line | Ended | Lost
