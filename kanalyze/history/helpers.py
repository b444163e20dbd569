"""What went into a helper, or came out of one: that is called where it stood.

A helper that has come asks for all who call it, and one that is gone was asked for all
who called it.  What is not in the same words on both sides is the same still if the call
of the helper stands in its place, and it is the only one there that is about the same.
Whoever called a function may ask now, before it does, what that asked.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from kanalyze.history.fits import Fits
from kanalyze.history.flow import EVERYWHERE
from kanalyze.history.kin import Kin, Move
from kanalyze.history.model import BAR, LinkReason
from kanalyze.history.pairing import Pair, Pairing, grouped
from kanalyze.history.things import Thing
from kanalyze.history.twins import likeness, namesakes, tokens, twin

# So much more alike the best must be, and so much alike what sets a variable.
_MARGIN, _SET_ALIKE = 0.1, 0.5


@dataclass(frozen=True, slots=True)
class InItsPlace:
    """Two that are one by their place; ``move`` if that is in another function."""

    pair: Pair
    said: str
    move: Move | None = None


class Helpers:
    """The helpers of one commit, those that have come and those that are gone."""

    def __init__(self, kin: Kin, fits: Fits, old: Sequence[Thing], new: Sequence[Thing]) -> None:
        self._kin = kin
        self._fits = fits
        self._sides = (old, new)
        self._inside = (grouped(old, _function), grouped(new, _function))
        self._fresh = (kin.vanished, kin.appeared)

    def about(self, thing: Thing, side: int) -> frozenset[str]:
        """Return what something asks, with what is asked in the helpers that it calls."""
        found = set(self._fits.asks(thing))
        for name in set(thing.names) - self._kin.groups.keys():
            for held in self._inside[side].get(name, ()):
                found |= self._fits.asks(held)
        return frozenset(found)

    def moved(self, pairing: Pairing) -> list[InItsPlace]:
        """Take what went into a new helper, and what came out of one that is gone."""
        found: list[InItsPlace] = []
        for one in [*pairing.old]:
            other = self.handed_on(one)
            if other and any(other is left for left in pairing.new):
                pairing.take((one, other))
                said = f"extracted from {one.function}() into the new {other.function}()"
                found.append(_called_there((one, other), "extracted into", said))
        for other in [*pairing.new]:
            source = self.taken_in(other)
            if source and any(source is left for left in pairing.old):
                pairing.take((source, other))
                said = f"{source.function}() is gone, merged into {other.function}()"
                found.append(_called_there((source, other), "inlined from", said))
        return found

    def handed_on(self, one: Thing) -> Thing | None:
        """Return what asks, in a new helper called where something stood, what that asked."""
        return self._over(one, 0)

    def taken_in(self, other: Thing) -> Thing | None:
        """Return what asked, in a helper now gone called where something stands, what that asks."""
        return self._over(other, 1)

    def _over(self, thing: Thing, side: int) -> Thing | None:
        """Return the only one in the helpers called in its place that something can be."""
        found = [one for one in self._called(thing, side) if self._like(thing, one, side)]
        best = max(found, key=lambda one: _alike(thing, one), default=None)
        if best is None or _clearly(best, thing, found):
            return best
        # Several that cannot be told from each other keep their order.
        ours = [one for one in self._sides[side] if one.home == thing.home]
        ours = [one for one in ours if _alike(one, best) == _alike(thing, best)]
        theirs = [one for one in found if _alike(thing, one) == _alike(thing, best)]
        if len(ours) != len(theirs) or len({one.home for one in theirs}) > 1:
            return None
        rows = zip(sorted(ours, key=_line), sorted(theirs, key=_line), strict=True)
        return next(other for one, other in rows if one is thing)

    def _called(self, thing: Thing, side: int) -> Iterator[Thing]:
        """Yield what is in the helpers that came or went and are called where something stands."""
        home = self._kin.origin(thing) if side else self._kin.home(thing)
        stead = self._kin.nearby.stead(thing, side, home)
        # What is asked all over is no sign of a way that long.
        groups = {self._kin.groups.get(name, name) for name in thing.names}
        far = not side and not groups <= EVERYWHERE
        callers = [*self._kin.still_call(thing.function)] if far else []
        for function in self._fresh[1 - side]:
            held = self._inside[1 - side].get(function, ())
            # The first line of a function names itself, by whatever pages are called.
            if not held or twin(function) == twin(thing.function):
                continue
            names = {function, *self._kin.over(function, 1 - side)}
            here = stead is not None and any(map(stead.calls, names))
            if here or any(names & calls for calls in callers):
                yield from held

    def _like(self, thing: Thing, one: Thing, side: int) -> bool:
        """Tell whether two are about the same, and both conditions or both statements."""
        old, new = (one, thing) if side else (thing, one)
        if old.role != new.role or bool(old.outcomes) != bool(new.outcomes):
            return False
        hands_out = {old.role, new.role} == {"other"} and "return" in (_first(old), _first(new))
        if old.role == "accounting" or hands_out:
            return False  # it keeps, or gives to others, what those ask
        if old.outcomes and _numbers(old) != _numbers(new):
            return False
        sets = {"=" in tokens(one.subject) for one in (old, new)}
        if sets != {False} and likeness(old.subject, new.subject) < _SET_ALIKE:
            return False  # whatever is kept in a variable is told by its text
        return self._fits.carried(old, new) and not self._kin.together(old, new)


def _called_there(pair: Pair, reason: LinkReason, said: str) -> InItsPlace:
    return InItsPlace(pair, f"{said}, called in its place", Move(reason, said, BAR))


def _alike(one: Thing, other: Thing) -> float:
    """Return how alike two are in their text, or in the name that they ask."""
    names = [namesakes(ours, theirs) for ours in one.names for theirs in other.names]
    return max(likeness(one.subject, other.subject), *names, 0.0)


def _clearly(best: Thing, thing: Thing, found: Iterable[Thing]) -> bool:
    """Tell whether nothing else that was found is nearly as much alike as the best."""
    others = [_alike(thing, one) for one in found if one is not best]
    return _alike(thing, best) - max(others, default=-1.0) > _MARGIN


def _numbers(thing: Thing) -> set[str]:
    return {token for token in tokens(thing.subject) if token.isdigit()}


def _first(thing: Thing) -> str:
    return thing.subject.split(" ", 1)[0]


def _line(thing: Thing) -> int:
    return thing.line


def _function(thing: Thing) -> str:
    return thing.function
