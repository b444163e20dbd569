"""What of the old is what of the new: the links behind changed and moved.

Within a function, be it renamed, a thing is the same when its subject is; what
is left over on both sides is held together by what it asks, first in the same
function, then across functions and files that have to do with each other, and
only when that leaves no choice.  Otherwise it was removed, and something else
introduced: a wrong link is worse than none.  What might have been a link is
kept as a question.
"""

from collections import Counter, defaultdict
from collections.abc import Callable, Hashable, Iterable, Iterator
from typing import TypeVar

from kanalyze.history.fits import Fits, surroundings
from kanalyze.history.kin import Kin
from kanalyze.history.model import BAR, EventKind, Perhaps
from kanalyze.history.things import Link, Thing, difference
from kanalyze.history.twins import shape

# What is less likely than this is not worth a question.
_WORTH_ASKING = 0.45
# So much of what stands around a copy in the same function has to be the same.
_ABOUT_THE_SAME = 0.6

Fit = Callable[[Thing, Thing], float]
Key = Callable[[Thing], Hashable]
Item = TypeVar("Item")


def linked(old: list[Thing], new: list[Thing], kin: Kin) -> list[Link]:
    """Hold old and new together, the surest links first."""
    return _Linker(old, new, kin).links()


class _Linker:
    """The links of one commit; what has none yet is in ``_old`` and ``_new``."""

    def __init__(self, old: list[Thing], new: list[Thing], kin: Kin) -> None:
        self._old, self._new = old, new
        self._kin = kin
        self._shapes = (_grouped(old, _shape), _grouped(new, _shape))
        self._homes = (_grouped(old, kin.home), _grouped(new, _home))
        self._fits = Fits(kin)
        self._pairs: list[tuple[Thing, Thing]] = []

    def links(self) -> list[Link]:
        """Return all links, with what begins and what ends."""
        fits = self._fits
        here: tuple[Key, Key] = (self._kin.home, _home)
        self._pair(fits.same, here)
        self._pair(fits.alike, here)
        self._pair(fits.same_elsewhere, (_shape, _shape))
        self._pair(fits.answer_elsewhere, (fits.asks, fits.asks))
        found = [self._link(one, other) for one, other in self._pairs]
        count = len(self._pairs)
        self._pair(self._only(fits.same_place, here), here)
        found += [self._replaced(one, other) for one, other in self._pairs[count:]]
        found += [self._ended(one) for one in self._old]
        found += [self._begun(other) for other in self._new]
        return found

    # ----------------------------------------------------------------- pairing

    def _pair(self, fits: Fit, keys: tuple[Key, Key]) -> None:
        """Pair what fits best, among what has the same key on both sides."""
        scored = sorted(
            (
                (score, -j, -i)
                for i, j in self._candidates(keys)
                if (score := fits(self._old[i], self._new[j])) > 0
            ),
            reverse=True,
        )
        used: tuple[set[int], set[int]] = (set(), set())
        for _, minus_j, minus_i in scored:
            i, j = -minus_i, -minus_j
            if i not in used[0] and j not in used[1]:
                used[0].add(i)
                used[1].add(j)
                self._pairs.append((self._old[i], self._new[j]))
        self._old = [one for i, one in enumerate(self._old) if i not in used[0]]
        self._new = [one for j, one in enumerate(self._new) if j not in used[1]]

    def _candidates(self, keys: tuple[Key, Key]) -> Iterator[tuple[int, int]]:
        theirs = _grouped(range(len(self._new)), lambda j: keys[1](self._new[j]))
        for i, one in enumerate(self._old):
            for j in theirs.get(keys[0](one), ()):
                yield i, j

    def _only(self, fits: Fit, keys: tuple[Key, Key]) -> Fit:
        """Return ``fits`` for those pairs only that leave no choice."""
        pairs = [(i, j) for i, j in self._candidates(keys) if fits(self._old[i], self._new[j])]
        ours = Counter(id(self._old[i]) for i, _ in pairs)
        theirs = Counter(id(self._new[j]) for _, j in pairs)

        def alone(one: Thing, other: Thing) -> float:
            return fits(one, other) if ours[id(one)] == theirs[id(other)] == 1 else 0

        return alone

    # ------------------------------------------------------------------- links

    def _link(self, one: Thing, other: Thing) -> Link:
        """Return the link between two: changed, moved or just the same."""
        if (one.file, one.function) != (other.file, other.function):
            return self._moved(one, other)
        if any(difference(one, other)):
            return self._made(one, other, "")
        if one.id != other.id:
            said = "nothing but its number among its like in the function"
            return self._made(one, other, said)
        return Link("same", one, other, "", ("same",), 1.0)

    def _made(self, one: Thing, other: Thing, said: str) -> Link:
        return Link(
            "changed",
            one,
            other,
            said,
            self._fits.reasons(one, other, None),
            self._fits.sure(one, other, None),
        )

    def _moved(self, one: Thing, other: Thing) -> Link:
        move = self._kin.moved(one, other)
        assert move is not None
        same = "the same condition" if one.subject == other.subject else "asks the same signals"
        return Link(
            "moved",
            one,
            other,
            f"{same}: {move.said} in one commit",
            self._fits.reasons(one, other, move),
            self._fits.sure(one, other, move),
        )

    def _replaced(self, one: Thing, other: Thing) -> Link:
        move = None if _home(one) == _home(other) else self._kin.moved(one, other)
        said = "another condition with the same outcomes in its place"
        kind: EventKind = "moved" if move else "changed"
        return Link(kind, one, other, said, self._fits.reasons(one, other, move), BAR)

    # ------------------------------------------------------ beginnings and ends

    def _begun(self, other: Thing) -> Link:
        """Return the beginning of something, as a copy of what it was copied from."""
        for one in self._shapes[0].get(_shape(other), ()):
            if self._copied(one, other):
                move = None if _home(one) == _home(other) else self._kin.moved(one, other)
                reasons = ("split", *self._fits.reasons(one, other, move))
                sure = self._fits.sure(one, other, move)
                said = f"a copy of the one in {one.function}()"
                return Link("introduced", one, other, said, reasons, sure)
        near = self._homes[0].get(_home(other), ())
        return Link("introduced", None, other, "", perhaps=self._asked(near, other, old=True))

    def _ended(self, one: Thing) -> Link:
        """Return the end of something, with what stands for it now."""
        for other in self._shapes[1].get(_shape(one), ()):
            if self._copied(one, other):
                move = None if _home(one) == _home(other) else self._kin.moved(one, other)
                reasons = ("merged", *self._fits.reasons(one, other, move))
                sure = self._fits.sure(one, other, move)
                said = f"the one in {other.function}() stands for it"
                return Link("removed", one, other, said, reasons, sure)
        near = self._homes[1].get(self._kin.home(one), ())
        return Link("removed", one, None, "", perhaps=self._asked(near, one, old=False))

    def _copied(self, one: Thing, other: Thing) -> bool:
        """Tell whether one has the other's condition, in a function that has to do with it."""
        if one.role != other.role or self._fits.asks(one) != self._fits.asks(other):
            return False
        if self._kin.together(one, other):
            return one.outcomes == other.outcomes and surroundings(one, other) >= _ABOUT_THE_SAME
        new_function = other.function in self._kin.appeared or one.function in self._kin.vanished
        return (
            new_function and self._kin.close(one, other) and self._kin.moved(one, other) is not None
        )

    def _asked(self, others: Iterable[Thing], thing: Thing, *, old: bool) -> tuple[Perhaps, ...]:
        """Return the best of what something may have come from, or gone to."""
        best: tuple[float, Thing] | None = None
        for other in others:
            pair = (other, thing) if old else (thing, other)
            if not self._kin.together(*pair) or not self._fits.asks(other) & self._fits.asks(thing):
                continue
            sure = min(self._fits.confidence(*pair, None), BAR - 0.01)
            if sure >= _WORTH_ASKING and (best is None or sure > best[0]):
                best = (sure, other)
        if best is None:
            return ()
        sure, other = best
        pair = (other, thing) if old else (thing, other)
        return (
            Perhaps(
                id=other.id,
                file=other.file,
                function=other.function,
                predicate=other.subject,
                reasons=self._fits.reasons(*pair, None),
                confidence=sure,
            ),
        )


def _grouped(every: Iterable[Item], key: Callable[[Item], Hashable]) -> dict[Hashable, list[Item]]:
    found: dict[Hashable, list[Item]] = defaultdict(list)
    for one in every:
        found[key(one)].append(one)
    return found


def _home(thing: Thing) -> tuple[str, str]:
    return (thing.file, thing.function)


def _shape(thing: Thing) -> tuple[str, ...]:
    return shape(thing.subject)
