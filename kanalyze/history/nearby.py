"""Where things stand in the text of their functions, and what is written next to them.

Of several questions in the same words nothing but the text tells which is which.
Lines are compared whatever pages are called in them, and however they are indented.
"""

import difflib
import functools
import re
from bisect import bisect_right
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from kanalyze.history.gather import Place
from kanalyze.history.things import Home, Located, Reading, Thing
from kanalyze.history.twins import LOCAL, shape, twin
from kanalyze.source.lex import blank

# So many lines above and below are next to something.
_ABOVE, _BELOW = 2, 3

_JUMP = re.compile(r"\bgoto\s+(\w+)")

# More lines than this between two that stayed are no place any more.
_GAP = 14

Line = tuple[str, ...]
Standing = tuple[Place, int]


@dataclass(frozen=True, slots=True)
class Stead:
    """The lines of a function that stand where others stood, from one that stayed to the next.

    ``first`` and ``last`` are those two, counted from the top of the file; ``names``
    what all of them name, by their twins.
    """

    home: Home
    first: int
    last: int
    names: frozenset[str]

    def holds(self, thing: Thing) -> bool:
        """Tell whether something stands there, between the lines that stayed."""
        return thing.home == self.home and self.first < thing.line < self.last

    def calls(self, function: str) -> bool:
        """Tell whether a function is named there, by whatever pages are called."""
        return twin(function) in self.names


class Nearby:
    """The texts of the functions that a commit changed, before and after."""

    def __init__(self, gone: Iterable[Located], come: Iterable[Located], reading: Reading) -> None:
        self._places = (_by_home(gone), _by_home(come))
        self._reading = reading

    def jumped(self, one: Thing, other: Thing) -> int:
        """Return how many lines that both texts have lie between where two stand.

        None lies between where a thing was and where it is if it was changed in its
        place.  0 also where a text is not known.
        """
        was, now = self._standing(one, 0), self._standing(other, 1)
        if was is None or now is None:
            return 0
        pairs = self._same_lines(was[0], now[0])
        return sum((i < was[1]) != (j < now[1]) for i, j in pairs if i != was[1] and j != now[1])

    def unmoved(self, one: Thing, other: Thing) -> bool:
        """Tell whether it is the same line, as one text is held against the other."""
        was, now = self._standing(one, 0), self._standing(other, 1)
        if was is None or now is None:
            return False
        return (was[1], now[1]) in self._same_lines(was[0], now[0])

    def alike(self, one: Thing, other: Thing) -> float:
        """Return how much of what is written next to two is the same, from 0 to 1."""
        was, now = self._beside(one, 0), self._beside(other, 1)
        whole = was.total() + now.total()
        return 2 * (was & now).total() / whole if whole else 0.0

    def stead(self, thing: Thing, side: int, home: Home) -> Stead | None:
        """Return what function ``home`` of the other side has where something stood.

        ``side`` is that of the thing: 0 before, 1 after.  None if the function is not
        there, or if so many lines between two that stayed are others now that
        they say nothing about one of them.
        """
        standing, places = self._standing(thing, side), self._places[1 - side].get(home)
        if standing is None or not places:
            return None
        place = places[0]
        pair = (place, standing[0]) if side else (standing[0], place)
        same = sorted((j, i) if side else (i, j) for i, j in self._same_lines(*pair))
        above = max((one for one in same if one[0] < standing[1]), default=(0, 0))
        last = (len(self._lines(standing[0])), len(self._lines(place)))
        below = min((one for one in same if one[0] >= standing[1]), default=last)
        if max(below[0] - above[0], below[1] - above[1]) > _GAP:
            return None
        lines = self._lines(place)[above[1] : below[1] + 1]
        return Stead(
            home=home,
            first=place.line + above[1],
            last=place.line + below[1],
            names=frozenset(word for line in lines for word in line if _is_name(word)),
        )

    def text(self, home: Home, side: int) -> bytes:
        """Return the text of a function, of several definitions the first; empty if it is not."""
        places = self._places[side].get(home, [])[:1]
        return next(iter(self._reading.texts(places).values()), b"") if places else b""

    def _beside(self, thing: Thing, side: int) -> Counter[str]:
        """Return the names next to something; not its own, which are the same anyway."""
        standing = self._standing(thing, side)
        if standing is None:
            return Counter()
        place, line = standing
        near = self._lines(place)[max(0, line - _ABOVE) : line + _BELOW + 1]
        own = shape(thing.subject)
        return Counter(word for text in near for word in text if _is_name(word)) - Counter(own)

    # ------------------------------------------------------------------- the text

    def _standing(self, thing: Thing, side: int) -> Standing | None:
        """Return the function that something is in, and in which line of it."""
        places = self._places[side].get(thing.home, ())
        started = bisect_right([place.line for place in places], thing.line)
        return (places[started - 1], thing.line - places[started - 1].line) if started else None

    @functools.cache  # noqa: B019 - lives as long as the commit is looked at
    def _same_lines(self, was: Place, now: Place) -> frozenset[tuple[int, int]]:
        """Return the lines in common that name something, each by its number on both sides."""
        ours, theirs = (
            [(place, line) for place, line in enumerate(self._lines(one)) if _says(line)]
            for one in (was, now)
        )
        matcher = difflib.SequenceMatcher(
            None, [line for _, line in ours], [line for _, line in theirs], autojunk=False
        )
        return frozenset(
            (ours[one.a + step][0], theirs[one.b + step][0])
            for one in matcher.get_matching_blocks()
            for step in range(one.size)
        )

    @functools.cache  # noqa: B019 - lives as long as the commit is looked at
    def _lines(self, place: Place) -> Sequence[Line]:
        (text,) = self._reading.texts([place]).values()
        return [_line(line.decode(errors="replace")) for line in blank(text).split(b"\n")]


def _by_home(located: Iterable[Located]) -> dict[Home, list[Place]]:
    """Return the functions by file and name, of several definitions each, from the top."""
    found: dict[Home, list[Place]] = {}
    for path, place in located:
        found.setdefault((path, place.name), []).append(place)
    for places in found.values():
        places.sort(key=lambda place: place.line)
    return found


def _line(text: str) -> Line:
    """Return what a line says, whatever its variables are called; a jump says where to."""
    return (*shape(text), *(f"to_{label}" for label in _JUMP.findall(text)))


def _says(line: Line) -> bool:
    return any(_is_name(word) for word in line)


def _is_name(word: str) -> bool:
    return word != LOCAL and (word[:1].isalpha() or word[:1] == "_")
