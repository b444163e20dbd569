"""What stands now where something stood: the lines around it say so, not what it asks.

A question that was put in other words has often nothing in common with the one before
but its place: the lines above and below stayed, what either side of it leads to did, and
nothing else that is about the same is there.
"""

from collections.abc import Iterable, Sequence

from kanalyze.history.around import chooses
from kanalyze.history.fits import AMONG, Fits
from kanalyze.history.flow import EVERYWHERE
from kanalyze.history.helpers import Helpers, InItsPlace
from kanalyze.history.kin import Kin
from kanalyze.history.pairing import Key, Pair, Pairing
from kanalyze.history.things import Thing
from kanalyze.history.twins import twin

# What chooses, and so may be asked for one another.
_CHOOSING = frozenset({"decision", "pin-check"})
# How many use a page can be counted in several ways, and one count stand for another.
_COUNTS = frozenset({"refcount", "mapcount", "swap-count"})
# Atoms of one condition stand so close.
_ONE_CONDITION = 6
_BY_OUTCOME = "another condition with the same outcomes in its place"
_BY_LINES = "another condition about the same between the same lines"
_TOGETHER = "what was asked together with it went along"


class InPlace:
    """The places of one commit, given what is in its functions on both sides."""

    def __init__(self, kin: Kin, fits: Fits, helpers: Helpers) -> None:
        self._kin = kin
        self._fits = fits
        self._helpers = helpers

    def pairs(
        self, pairing: Pairing, keys: tuple[Key, Key], known: Sequence[Pair]
    ) -> list[InItsPlace]:
        """Take what is one by its place in its function, the surest first.

        ``keys`` are the functions of things before and after, ``known`` what is paired already.
        """
        found = [
            InItsPlace(pair, said)
            for fits, said in (
                (self._fits.same_place, _BY_OUTCOME),
                (self._same_end, _BY_OUTCOME),
                (self._between, _BY_LINES),
            )
            for pair in pairing.alone(pairing.undoubted(fits), keys)
        ]
        for pair in [*known, *(one.pair for one in found)]:
            for beside in self._companions(pair, pairing.old, pairing.new):
                pairing.take(beside)
                found.append(InItsPlace(beside, _TOGETHER))
        return found

    def _same_end(self, one: Thing, other: Thing) -> float:
        """Score a question about the same, to the same end."""
        if one.role not in _CHOOSING or one.role != other.role or one.outcomes != other.outcomes:
            return 0
        if not self._kin.together(one, other) or not chooses(one):
            return 0
        return float(self._alike(one, other))

    def _between(self, one: Thing, other: Thing) -> float:
        """Score a question about the same between the same lines, whichever way it is put."""
        if not one.outcomes or not {one.role, other.role} <= _CHOOSING | {one.role}:
            return 0
        if not self._kin.together(one, other) or _ends(one) != _ends(other):
            return 0
        if not self._alike(one, other):
            return 0
        stead = self._kin.nearby.stead(one, 0, other.home)
        among = stead is not None and stead.holds(other)
        return float(among or self._fits.written(one, other) >= AMONG)

    def _companions(self, pair: Pair, left: Iterable[Thing], fresh: Iterable[Thing]) -> list[Pair]:
        """Return what was asked together with one of two that are one, and still is.

        What is ``left`` of the one's condition and what is ``fresh`` in the other's are one
        if they are about the same, and there is nothing else.
        """
        ours = [one for one in left if _asked_together(pair[0], one)]
        theirs = [other for other in fresh if _asked_together(pair[1], other)]
        if len(ours) != 1 or len(theirs) != 1 or ours[0].role != theirs[0].role:
            return []
        one, other = ours[0], theirs[0]
        same = self._helpers.about(one, 0) & self._helpers.about(other, 1)
        return [(one, other)] if same and not self._fits.hands_over(one, other) else []

    def _alike(self, one: Thing, other: Thing) -> bool:
        """Tell whether two are about the same, which is not asked all over.

        What a helper counted can be counted otherwise without it, but what one of two
        calls now, or called, is not the other if that is in there.
        """
        if self._fits.hands_over(one, other) or twin(other.function) in map(twin, other.names):
            return False  # or it has become another name of the function that has it now
        ours, theirs = self._helpers.about(one, 0), self._helpers.about(other, 1)
        if (ours & theirs) - EVERYWHERE:
            return True
        helped = ours != self._fits.asks(one) or theirs != self._fits.asks(other)
        return helped and bool(ours & _COUNTS) and bool(theirs & _COUNTS)


def _ends(thing: Thing) -> list[str]:
    """Return what the two sides of a condition lead to, whichever is which."""
    return sorted(end.split(": ", 1)[-1] for end in thing.outcomes)


def _asked_together(one: Thing, other: Thing) -> bool:
    """Tell whether two are parts of one condition."""
    if one is other or one.home != other.home or abs(one.line - other.line) > _ONE_CONDITION:
        return False
    ours, theirs = dict(one.facets), dict(other.facets)
    whole = ours.get("condition", ())
    return bool(whole) and whole == theirs.get("condition") and whole != (one.subject,)
