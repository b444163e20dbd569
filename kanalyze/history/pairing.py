"""Choosing which of the old goes with which of the new, given how well each pair fits."""

from collections import Counter, defaultdict
from collections.abc import Callable, Hashable, Iterable, Iterator
from typing import TypeVar

from kanalyze.history.things import Thing

Fit = Callable[[Thing, Thing], float]
Key = Callable[[Thing], Hashable]
Pair = tuple[Thing, Thing]
AsOne = Callable[[Pair, Pair], bool]
"""Whether two pairs that share an end can both be: one became several, or several one."""
Item = TypeVar("Item")

# So much better an order must be than the next best, where a pair does not fit so well
# that it and what stands against it are the same but for their order.
_MARGIN, _WELL = 0.1, 0.4


class Pairing:
    """What has been paired so far, and what is left on both sides."""

    def __init__(self, old: Iterable[Thing], new: Iterable[Thing]) -> None:
        self.old, self.new = list(old), list(new)
        self._doubts: list[tuple[set[int], set[int]]] = []

    def best(self, fits: Fit, keys: tuple[Key, Key]) -> list[Pair]:
        """Take the pairs that fit best, of those that have the same key on both sides."""
        scored = [
            (score, -j, -i)
            for i, j in self._candidates(keys)
            if (score := fits(self.old[i], self.new[j])) > 0
        ]
        taken: list[tuple[int, int]] = []
        used: tuple[set[int], set[int]] = (set(), set())
        for _, minus_j, minus_i in sorted(scored, reverse=True):
            if -minus_i not in used[0] and -minus_j not in used[1]:
                used[0].add(-minus_i)
                used[1].add(-minus_j)
                taken.append((-minus_i, -minus_j))
        return self._take(taken)

    def in_order(self, fits: Fit, keys: tuple[Key, Key], as_one: AsOne) -> list[Pair]:
        """Take the pairs that fit best together, none of which crosses another.

        Code that stays stays in its order: of several that look alike the first
        goes with the first, unless one in between went or came.  Where another
        order is nearly as good nothing is taken: those are ``in_doubt``, unless a
        pair and what stands against it are ``as_one``: one that became several.
        """
        theirs = grouped(range(len(self.new)), lambda j: keys[1](self.new[j]))
        ours = grouped(range(len(self.old)), lambda i: keys[0](self.old[i]))
        taken: list[tuple[int, int]] = []
        for key, places in ours.items():
            left = sorted(places, key=lambda i: self.old[i].line)
            right = sorted(theirs.get(key, ()), key=lambda j: self.new[j].line)
            if right:
                score = [[fits(self.old[i], self.new[j]) for j in right] for i in left]
                every = [(left[i], right[j]) for i, j in _uncrossed(score)]
                sure = [(left[i], right[j]) for i, j in _sure(score)]
                settled = {i for i, _ in sure}, {j for _, j in sure}
                gone = [i for i in left if i not in settled[0]]
                come = [j for j in right if j not in settled[1]]
                pairs = [
                    one for one in every if one in sure or self._several(one, gone, come, as_one)
                ]
                taken += pairs
                if len(pairs) < len(every):
                    self._doubt(left, right, pairs)
        return self._take(taken)

    def _several(
        self, pair: tuple[int, int], left: list[int], right: list[int], as_one: AsOne
    ) -> bool:
        """Tell whether all that stands against a pair is a copy of one of its ends."""
        i, j = pair
        one, other = self.old[i], self.new[j]
        rivals = [(one, self.new[k]) for k in right if k != j]
        rivals += [(self.old[k], other) for k in left if k != i]
        return all(as_one((one, other), rival) for rival in rivals)

    def _doubt(self, left: list[int], right: list[int], pairs: list[tuple[int, int]]) -> None:
        """Note that of those that are left of a group nobody can say which is which."""
        sure = {i for i, _ in pairs}, {j for _, j in pairs}
        olds = {id(self.old[i]) for i in left if i not in sure[0]}
        news = {id(self.new[j]) for j in right if j not in sure[1]}
        self._doubts.append((olds, news))

    def in_doubt(self, one: Thing, other: Thing) -> bool:
        """Tell whether one of two may as well be another of its group, as long as there is one."""
        sides = (set(map(id, self.old)), set(map(id, self.new)))
        return any(
            (id(one) in olds and news & sides[1]) or (id(other) in news and olds & sides[0])
            for olds, news in self._doubts
        )

    def undoubted(self, fits: Fit) -> Fit:
        """Return a fit that leaves out what may as well be another of its like."""
        return lambda one, other: 0 if self.in_doubt(one, other) else fits(one, other)

    def give_back(self, pair: Pair) -> None:
        """Take a pair apart that cannot be told from others: its ends are left, and in doubt."""
        self.old.append(pair[0])
        self.new.append(pair[1])
        self._doubts.append(({id(pair[0])}, {id(pair[1])}))

    def take(self, pair: Pair) -> None:
        """Take a pair that was found otherwise."""
        self.old = [one for one in self.old if one is not pair[0]]
        self.new = [one for one in self.new if one is not pair[1]]

    def instead(self, pair: Pair, before: Pair) -> None:
        """Take a pair of which one end is in another one that was taken."""
        self.old = [one for one in [*self.old, before[0]] if one is not pair[0]]
        self.new = [one for one in [*self.new, before[1]] if one is not pair[1]]

    def alone(self, fits: Fit, keys: tuple[Key, Key]) -> list[Pair]:
        """Take the pairs that leave no choice: nothing else fits either of the two."""
        pairs = [(i, j) for i, j in self._candidates(keys) if fits(self.old[i], self.new[j])]
        ours, theirs = Counter(i for i, _ in pairs), Counter(j for _, j in pairs)
        return self._take([(i, j) for i, j in pairs if ours[i] == theirs[j] == 1])

    def _candidates(self, keys: tuple[Key, Key]) -> Iterator[tuple[int, int]]:
        theirs = grouped(range(len(self.new)), lambda j: keys[1](self.new[j]))
        for i, one in enumerate(self.old):
            for j in theirs.get(keys[0](one), ()):
                yield i, j

    def _take(self, taken: list[tuple[int, int]]) -> list[Pair]:
        pairs = [(self.old[i], self.new[j]) for i, j in taken]
        left, right = {i for i, _ in taken}, {j for _, j in taken}
        self.old = [one for i, one in enumerate(self.old) if i not in left]
        self.new = [one for j, one in enumerate(self.new) if j not in right]
        return pairs


def _sure(score: list[list[float]]) -> list[tuple[int, int]]:
    """Return those of the pairs without which the rest could not be nearly as good."""
    pairs = _uncrossed(score)
    if len(score) == len(score[0]) == 1:
        return pairs
    whole = sum(score[i][j] for i, j in pairs)
    found = []
    for i, j in pairs:
        other = [list(row) for row in score]
        other[i][j] = 0
        rest = sum(score[k][m] for k, m in _uncrossed(other))
        if whole - rest > _MARGIN or score[i][j] > _WELL:
            found.append((i, j))
    return found


def _uncrossed(score: list[list[float]]) -> list[tuple[int, int]]:
    """Return the pairs of row and column, both rising, with the greatest sum."""
    rows, columns = len(score), len(score[0])
    best = [[0.0] * (columns + 1) for _ in range(rows + 1)]
    for i in range(rows - 1, -1, -1):
        for j in range(columns - 1, -1, -1):
            pair = best[i + 1][j + 1] + score[i][j] if score[i][j] > 0 else 0
            best[i][j] = max(best[i + 1][j], best[i][j + 1], pair)
    found, i, j = [], 0, 0
    while i < rows and j < columns:
        if score[i][j] > 0 and best[i][j] == best[i + 1][j + 1] + score[i][j]:
            found.append((i, j))
            i, j = i + 1, j + 1
        elif best[i][j] == best[i + 1][j]:
            i += 1
        else:
            j += 1
    return found


def grouped(every: Iterable[Item], key: Callable[[Item], Hashable]) -> dict[Hashable, list[Item]]:
    """Return items by a key, each group in the order in which they came."""
    found: dict[Hashable, list[Item]] = defaultdict(list)
    for one in every:
        found[key(one)].append(one)
    return found
