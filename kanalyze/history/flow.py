"""How much goes from one function to another, and from where to where in it.

A condition that could stand anywhere, such as whether a page is KSM's, is no
sign that code moved.  It goes along where other code went.
"""

import functools
from collections import Counter
from collections.abc import Sequence

from kanalyze.history.kin import Kin
from kanalyze.history.things import Home, Thing
from kanalyze.history.twins import shape

#: Evidence that is asked all over: whose answer matters depends on where it is asked.
EVERYWHERE = frozenset({"ksm", "swap-cache", "mapping", "write-permission"})
# A call with one argument, the test of one flag.
_SHORT = 5
# So much of a function must have come from, or gone to, another for the rest to follow.
_MOST = 0.5


class Flow:
    """Where the things of each function of a commit are found again."""

    def __init__(self, kin: Kin, old: Sequence[Thing], new: Sequence[Thing]) -> None:
        self._kin = kin
        self._old, self._new = old, new

    def carries(self, one: Thing, other: Thing) -> bool:
        """Tell whether it can be believed that something went from one function to another."""
        asked = {self._kin.groups.get(name, name) for name in one.names}
        if not asked <= EVERYWHERE or len(shape(one.subject)) > _SHORT:
            return True
        return self._share(one.home, other.home) >= _MOST

    def hands_over(self, one: Thing, other: Thing) -> bool:
        """Tell whether one of two calls a helper that asks now, or asked, what the other asks."""
        sides = ((one, other, self._kin.appeared, 1), (other, one, self._kin.vanished, 0))
        return any(
            shape(asked.subject) in self._inside[side].get(name, ())
            for asked, call, helpers, side in sides
            for name in call.names
            if name in helpers
        )

    def distance(self, one: Thing, other: Thing) -> float:
        """Return how far apart two are in their functions: 0 for the same place, at most 1."""
        return abs(self._places[0][id(one)] - self._places[1][id(other)])

    @functools.cached_property
    def _places(self) -> tuple[dict[int, float], dict[int, float]]:
        """Return where in its function each thing stands, from 0 to 1."""
        found: list[dict[int, float]] = []
        for side in (self._old, self._new):
            rows: dict[Home, list[Thing]] = {}
            for thing in side:
                rows.setdefault(thing.home, []).append(thing)
            found.append(
                {
                    id(thing): place / len(row)
                    for row in rows.values()
                    for place, thing in enumerate(sorted(row, key=lambda thing: thing.line))
                }
            )
        return found[0], found[1]

    @functools.cached_property
    def _held(self) -> tuple[dict[Home, Counter[object]], dict[Home, Counter[object]]]:
        """Return what each function holds, by what it looks like."""
        found: list[dict[Home, Counter[object]]] = []
        for side in (self._old, self._new):
            held: dict[Home, Counter[object]] = {}
            for thing in side:
                held.setdefault(thing.home, Counter())[shape(thing.subject)] += 1
            found.append(held)
        return found[0], found[1]

    @functools.cached_property
    def _inside(self) -> tuple[dict[str, set[object]], dict[str, set[object]]]:
        """Return what functions of a name hold, by what it looks like."""
        found: list[dict[str, set[object]]] = []
        for side in self._held:
            inside: dict[str, set[object]] = {}
            for (_, name), held in side.items():
                inside.setdefault(name, set()).update(held)
            found.append(inside)
        return found[0], found[1]

    @functools.cache  # noqa: B019 - lives as long as the commit is looked at
    def _share(self, source: Home, target: Home) -> float:
        """Return how much of what went, or of what came, is in the other function."""
        went, came = self._held[0][source], self._held[1][target]
        same = (went & came).total()
        shares = [0.0]
        if source[1] in self._kin.vanished:
            shares.append(same / went.total())
        if target[1] in self._kin.appeared:
            shares.append(same / came.total())
        return max(shares)
