"""Which function became which, where a commit renames them or moves them to another file.

A function that went and one that came are the same if their text says so, or
if those who called the one call the other now.  Whatever pages are called, and
however a local variable is named, is no difference.
"""

import re
from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from kanalyze.history.gather import Place
from kanalyze.history.things import Home, Located, Reading
from kanalyze.history.twins import namesakes, twin
from kanalyze.source.lex import blank

_WORD = re.compile(rb"[A-Za-z_]\w*|[-+*/%&|^<>=!]=|[<>!~?]|&&|\|\|")
# How much of their text, of their names and of their callers two functions share.
_TEXT, _NAME, _CALLERS = 0.55, 0.2, 0.25
# From here on two functions are one; never with less text in common than this.
_ENOUGH = 0.55
_LEAST_TEXT = 0.3
# The runner-up must be so much worse.
_MARGIN = 0.05
_LEAST_SURE = 0.85
# A name has changed hands if so much more of the texts is the same then, and names are so alike.
_HANDS, _NAMESAKES = 0.15, 0.6
# Who calls a function over one that has come as well says half as much about it.
_OVER = 0.5
# Of a function that another was parted from so much is in both, so much of it went, and so
# much of that is in the other; what has only its model in a function takes nothing from it.
_BOTH, _WENT, _THERE = 0.6, 0.15, 0.5
# And so alike is the name of each of two functions that came of one.
_NEARLY = 0.75
# With more pairs to look at than this, only functions count that hold anything.
_MANY = 200


@dataclass(frozen=True, slots=True)
class Became:
    """Where a function went on, and how sure that is (0 to 1)."""

    home: Home
    confidence: float


def successors(
    gone: Iterable[Located], come: Iterable[Located], reading: Reading
) -> dict[Home, Became]:
    """Return what became of the functions that are no longer where they were."""
    olds, news = _by_home(gone), _by_home(come)
    left = {home: place for home, place in olds.items() if home not in news}
    fresh = {home: place for home, place in news.items() if home not in olds}
    if not left or not fresh:
        return {}
    pairs = _Pairs(olds, news, reading)
    found = pairs.changed_hands(left, fresh)
    left = {home: place for home, place in left.items() if home not in found}
    taken = {became.home for became in found.values()}
    fresh = {home: place for home, place in fresh.items() if home not in taken}
    if len(left) * len(fresh) > _MANY:
        left = {home: place for home, place in left.items() if reading.look(home[0], place)}
        fresh = {home: place for home, place in fresh.items() if reading.look(home[0], place)}
    return found | _best(list(pairs.scored(left, fresh)))


def parted(was: bytes, now: bytes, other: bytes) -> bool:
    """Tell from their texts whether a function gave a part to another, new one.

    ``was`` and ``now`` are what it was and is, ``other`` the new one.
    """
    old, kept, new = map(_words, (was, now, other))
    went = old - kept
    if _shared(old, new) < _BOTH or went.total() < _WENT * old.total():
        return False
    return (went & new).total() >= _THERE * went.total()


def _by_home(located: Iterable[Located]) -> dict[Home, Place]:
    """Return the functions by file and name; of several definitions the first."""
    found: dict[Home, Place] = {}
    for path, place in located:
        found.setdefault((path, place.name), place)
    return found


def _best(scored: list[tuple[float, Home, Home]]) -> dict[Home, Became]:
    """Return the pairs in which each is the other's best, and clearly so."""
    left = sorted((one for one in scored if one[0] >= _ENOUGH - _MARGIN), reverse=True)
    found: dict[Home, Became] = {}
    while left:
        score, old, new = left[0]
        rivals = [
            one
            for one in left[1:]
            if new == one[2] or (old == one[1] and not _became_two(old, new, one[2]))
        ]
        if score >= _ENOUGH and (not rivals or rivals[0][0] <= score - _MARGIN):
            found[old] = Became(new, _sure(score))
            left = [one for one in left if old != one[1] and new != one[2]]
        else:
            left = left[1:]
    return found


def _became_two(old: Home, new: Home, other: Home) -> bool:
    """Tell whether two functions may have come of one: both have nearly its name still."""
    alike = all(namesakes(old[1], one[1]) >= _NEARLY for one in (new, other))
    return alike and old[0] == new[0] == other[0]


def _sure(score: float) -> float:
    """Return how sure it is that two are one, of which nothing else is as likely."""
    return round(_LEAST_SURE + (1 - _LEAST_SURE) * min(1.0, (score - _ENOUGH) / (1 - _ENOUGH)), 2)


class _Pairs:
    """Scores pairs of functions; each is read once."""

    def __init__(self, olds: dict[Home, Place], news: dict[Home, Place], reading: Reading) -> None:
        self._reading = reading
        self._olds, self._news = olds, news
        self._texts: dict[bytes, Counter[str]] = {}
        self._names = ({name for _, name in olds}, {name for _, name in news})
        self._old_calls = self._calls(olds)
        self._new_calls = self._calls(news)

    def scored(
        self, left: dict[Home, Place], fresh: dict[Home, Place]
    ) -> Iterator[tuple[float, Home, Home]]:
        """Yield the pairs that have something in common, with how much."""
        self._read([*left.values(), *fresh.values()])
        for old, was in left.items():
            for new, now in fresh.items():
                score = self._score(old, was, new, now)
                if score:
                    yield score, old, new

    def changed_hands(
        self, left: dict[Home, Place], fresh: dict[Home, Place]
    ) -> dict[Home, Became]:
        """Return what became of functions whose name is another one's now, and of those.

        One went on under a new name in the same file, and one that is gone under its.
        """
        found: dict[Home, Became] = {}
        for home, place in self._olds.items():
            if home not in self._news or not self._reading.look(home[0], place):
                continue
            for new in _namesakes(home, fresh):
                for old in _namesakes(home, left):
                    kept = self._text(home, home) + self._text(old, new)
                    went, took = self._text(home, new), self._text(old, home)
                    if min(went, took) >= _ENOUGH and went + took - kept >= _HANDS:
                        found[home], found[old] = (
                            Became(new, _sure(went)),
                            Became(home, _sure(took)),
                        )
        return found

    def _text(self, old: Home, new: Home) -> float:
        """Return how much of the text of two functions is the same."""
        was, now = self._olds[old], self._news[new]
        self._read([place for place in (was, now) if place.key not in self._texts])
        return _shared(self._texts[was.key], self._texts[now.key])

    def _score(self, old: Home, was: Place, new: Home, now: Place) -> float:
        same_name = old[1] == new[1]
        if not same_name and (old[1] in self._names[1] or new[1] in self._names[0]):
            return 0  # one of them lives on, in another file
        text = _shared(self._texts[was.key], self._texts[now.key])
        if text < _LEAST_TEXT:
            return 0
        name = namesakes(old[1], new[1])
        callers = self._succession(old[1], new[1]) if not same_name else 1.0
        nearness = (old[0] == new[0]) / 50
        if callers is None:
            return (_TEXT * text + _NAME * name) / (_TEXT + _NAME) + nearness
        return _TEXT * text + _NAME * name + _CALLERS * callers + nearness

    def _succession(self, old: str, new: str) -> float | None:
        """Return the share of those that no longer call ``old`` that call ``new`` now.

        None where nobody who was looked at called it.
        """
        lost = [
            home
            for home, calls in self._old_calls.items()
            if old in calls and home in self._new_calls and old not in self._new_calls[home]
        ]
        if not lost:
            return None
        over = self._wrappers(new)
        found = 0.0
        for home in lost:
            calls = self._new_calls[home] - self._old_calls[home]
            found += 1 if new in calls else _OVER * bool(over & calls)
        return found / len(lost)

    def _wrappers(self, function: str) -> frozenset[str]:
        """Return the functions that have come and call one that has."""
        return frozenset(
            name
            for (path, name), calls in self._new_calls.items()
            if function in calls and name not in self._names[0]
        )

    def _calls(self, places: dict[Home, Place]) -> dict[Home, frozenset[str]]:
        called = self._reading.calls(places.values())
        return {home: called[place.key] for home, place in places.items()}

    def _read(self, places: Iterable[Place]) -> None:
        for key, text in self._reading.texts(places).items():
            if key not in self._texts:
                self._texts[key] = _words(text)


def _namesakes(home: Home, others: Iterable[Home]) -> list[Home]:
    """Return those of the same file whose name is like that of a function."""
    alike = (other for other in others if other[0] == home[0])
    return [other for other in alike if namesakes(home[1], other[1]) >= _NAMESAKES]


def _words(text: bytes) -> Counter[str]:
    return Counter(twin(word.decode()) for word in _WORD.findall(blank(text)))


def _shared(one: Counter[str], other: Counter[str]) -> float:
    """Return how much of two texts is the same, word by word, whatever the order."""
    whole = one.total() + other.total()
    return 2 * (one & other).total() / whole if whole else 0
