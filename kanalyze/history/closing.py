"""What is open until it is closed, as a context manager."""

from types import TracebackType
from typing import Self


class Closing:
    """Gives a class that has ``close`` a ``with`` block that calls it."""

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        value: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()

    def close(self) -> None:
        """Let go of what is open."""
        raise NotImplementedError
