"""What reads the same in two trees, so that it need not be followed twice."""

import functools

from kanalyze.semantics.code import Code


class Alike:
    """The functions of two trees, held against each other word by word, comments aside."""

    def __init__(self, before: Code, after: Code) -> None:
        self._before = before
        self._after = after

    @functools.cached_property
    def changed(self) -> frozenset[str]:
        """Return the functions whose own code differs, or that are on one side only."""
        before, after = self._before, self._after
        names = {*before.names(), *after.names()}
        return frozenset(name for name in names if _text(before, name) != _text(after, name))

    @functools.cached_property
    def reached(self) -> frozenset[str]:
        """Return these, and the functions that name them, and those that name these."""
        found = set(self.changed)
        waiting = list(found)
        while waiting:
            name = waiting.pop()
            above = {*self._before.mentions(name), *self._after.mentions(name)} - found
            found |= above
            waiting += above
        return frozenset(found)


def _text(code: Code, name: str) -> list[bytes]:
    """Return the words of a function's text; where it stands does not matter."""
    return code.text(name).split()
