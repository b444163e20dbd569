"""How a room tells that it is getting on, without knowing who watches."""

from typing import Protocol


class Progress(Protocol):
    """Told what is being done, and how far it has come.

    Calls are cheap: a room may call :meth:`step` for every item.  They come from
    one thread of the process that was given the object; workers report to nobody.
    """

    def stage(self, text: str, total: int | None) -> None:
        """Begin the next piece of work: what it is, and its steps (None: not known)."""

    def step(self, n: int = 1) -> None:
        """Say that ``n`` more steps of the current stage are done."""


class Silent:
    """Progress that nobody watches."""

    def stage(self, text: str, total: int | None) -> None:
        pass

    def step(self, n: int = 1) -> None:
        pass
