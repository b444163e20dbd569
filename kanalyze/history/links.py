"""What of the old is what of the new: the links behind changed and moved.

Within a function, be it renamed, a thing is the same when its subject is; what
is left over on both sides is held together by what it asks, first in the same
function, then across functions and files that have to do with each other, and
only when that leaves no choice.  Otherwise it was removed, and something else
introduced: a wrong link is worse than none.  What might have been a link is
kept as a question.
"""

from dataclasses import dataclass
from operator import attrgetter

from kanalyze.history.fits import Fits
from kanalyze.history.helpers import Helpers, InItsPlace
from kanalyze.history.inplace import InPlace
from kanalyze.history.kin import Kin, Move
from kanalyze.history.model import BAR, EventKind, LinkReason, Perhaps
from kanalyze.history.pairing import Key, Pair, Pairing, grouped
from kanalyze.history.things import Link, Thing, difference
from kanalyze.history.twins import shape, twin

# What is less likely than this is not worth a question.
_WORTH_ASKING = 0.45
# So much more of what is written around must be the same to tell two from each other.
_MARGIN = 0.1
_HOME: Key = attrgetter("home")


def linked(old: list[Thing], new: list[Thing], kin: Kin) -> list[Link]:
    """Hold old and new together, the surest links first."""
    return _Linker(old, new, kin).links()


@dataclass(frozen=True, slots=True)
class _Held:
    """Two that are held to be one: how one came to the other, and how sure that is."""

    pair: Pair
    move: Move | None
    confidence: float


class _Linker:
    """The links of one commit."""

    def __init__(self, old: list[Thing], new: list[Thing], kin: Kin) -> None:
        self._kin = kin
        self._fits = Fits(kin, old, new)
        self._shapes = (grouped(old, _shape), grouped(new, _shape))
        self._names = (grouped(old, _names), grouped(new, _names))
        self._homes = (grouped(old, kin.home), grouped(new, _HOME))
        self._files = grouped(old, lambda thing: thing.file)
        self._helpers = Helpers(kin, self._fits, old, new)
        self._place = InPlace(kin, self._fits, self._helpers)
        self._pairing = Pairing(old, new)
        self._heirs: dict[int, Thing] = {}
        self._origins: dict[int, Thing] = {}
        self._copies: dict[int, Thing] = {}
        self._open: list[Pair] = []

    def links(self) -> list[Link]:
        """Return all links, with what begins and what ends."""
        pairs = self._paired()
        replaced = self._place.pairs(self._pairing, (self._kin.home, _HOME), pairs)
        replaced += self._helpers.moved(self._pairing)
        found = [self._link(pair) for pair in pairs] + [self._replaced(one) for one in replaced]
        pairs += [one.pair for one in replaced]
        self._heirs = {id(one): other for one, other in pairs}
        self._origins = {id(other): one for one, other in pairs}
        found += [self._begun(other) for other in self._pairing.new]
        found += [self._ended(one) for one in self._pairing.old]
        return found

    def _paired(self) -> list[Pair]:
        """Return the pairs that are sure enough, the surest way to find them first."""
        fits, kin = self._fits, self._kin

        def whole(home: Key) -> Key:
            return lambda thing: (home(thing), thing.subject, thing.role == "section")

        here: tuple[Key, Key] = (kin.home, _HOME)
        keys = (whole(kin.home), whole(_HOME))
        pairs = self._pairing.in_order(fits.same, keys, self._as_one)
        alike = self._pairing.undoubted(fits.alike)
        pairs += self._pairing.best(alike, here)
        pairs += self._pairing.best(fits.same_elsewhere, (_shape, _shape))
        pairs += self._pairing.best(fits.answer_elsewhere, (fits.asks, fits.asks))
        pairs = self._told_apart(pairs)
        pairs += self._pairing.best(alike, here)  # doubts may have been settled meanwhile
        sure = [pair for pair in pairs if self._held(pair).confidence >= BAR]
        kept = {id(one) for one, _ in sure}
        doubtful = [pair for pair in pairs if id(pair[0]) not in kept]
        self._pairing.old += [one for one, _ in doubtful]
        self._pairing.new += [other for _, other in doubtful]
        return sure

    def _as_one(self, pair: Pair, rival: Pair) -> bool:
        """Tell whether what stands against a pair is a copy of one of its ends."""
        if pair[0] is rival[0]:
            return self._fits.copied(*pair, rival[1])
        return self._fits.merged(rival[0], *pair)

    def _told_apart(self, pairs: list[Pair]) -> list[Pair]:
        """Return pairs of which what left its function goes with what is written around it.

        Of several that ask the same elsewhere only that tells which it became; where
        it does not, it is none of them.
        """
        found: list[Pair] = []
        for one, other in pairs:
            rivals = self._rivals(one, other) if one.home != other.home else []
            written = [self._fits.written(*rival) for rival in rivals]
            margin = self._fits.written(one, other) - max(written, default=-1)
            if margin > _MARGIN:
                found.append((one, other))
            elif margin < -_MARGIN:
                pair = rivals[written.index(max(written))]
                self._pairing.instead(pair, (one, other))
                found.append(pair)
            else:
                self._pairing.give_back((one, other))
                self._open += [(one, other), *rivals]
        return found

    def _rivals(self, one: Thing, other: Thing) -> list[Pair]:
        """Return what could be linked as well, where the other end of a pair is left alone."""
        fits = self._fits
        pairs = [
            (one, rival)
            for rival in self._pairing.new
            if _shape(rival) == _shape(other) and rival.home != other.home
        ] + [
            (rival, other)
            for rival in self._pairing.old
            if _shape(rival) == _shape(one) and rival.home != one.home
        ]
        return [
            pair
            for pair in pairs
            if fits.same_elsewhere(*pair)
            and self._held(pair).confidence >= BAR
            and not self._as_one((one, other), pair)
        ]

    def _held(self, pair: Pair) -> _Held:
        one, other = pair
        move = None if one.home == other.home else self._kin.moved(one, other)
        return _Held(pair, move, self._fits.confidence(one, other, move))

    # ------------------------------------------------------------------- links

    def _link(self, pair: Pair) -> Link:
        """Return the link between two: changed, moved or just the same."""
        one, other = pair
        held = self._held(pair)
        if held.move:
            same = "the same condition" if one.subject == other.subject else "asks the same signals"
            return self._made("moved", held, f"{same}: {held.move.said} in one commit")
        if any(difference(one, other)):
            return self._made("changed", held, "")
        if one.id != other.id:
            said = "nothing but its number among its like in the function"
            return self._made("changed", held, said)
        return Link("same", one, other, "", ("same",), 1.0)

    def _made(self, kind: EventKind, held: _Held, said: str) -> Link:
        one, other = held.pair
        reasons = self._fits.reasons(one, other, held.move)
        return Link(kind, one, other, said, reasons, held.confidence)

    def _replaced(self, found: InItsPlace) -> Link:
        move = self._held(found.pair).move or found.move
        reasons = self._fits.reasons(*found.pair, move)
        return Link("moved" if move else "changed", *found.pair, found.said, reasons, BAR)

    # ------------------------------------------------------ beginnings and ends

    def _begun(self, other: Thing) -> Link:
        """Return the beginning of something, as a copy if it is one."""
        for one in self._like(other, 0):
            heir = self._heirs.get(id(one))
            if heir and self._fits.copied(one, heir, other):
                self._copies[id(other)] = one
                said = f"a copy of the one in {one.function}()"
                return self._joined("introduced", one, other, said)
        for one in self._homes[0].get(other.home, ()):
            heir = self._heirs.get(id(one))
            if heir and self._fits.divided(one, heir, other):
                said = "what one asked is asked by two, the one behind the other"
                return self._joined("introduced", one, other, said)
            if heir and self._fits.parted(one, heir, other):
                said = "what one asked is asked by two, each in its own case"
                return self._joined("introduced", one, other, said)
        models = [
            one
            for one in self._files.get(other.file, ())
            if (heir := self._heirs.get(id(one))) and self._fits.doubled(one, heir, other)
        ]
        if models:
            model = max(models, key=lambda one: self._fits.alikeness(one, other))
            said = f"a copy of the one in {model.function}(), which became two"
            return self._joined("introduced", model, other, said)
        source = self._helpers.taken_in(other)
        if source and id(source) in self._heirs:
            said = f"what {source.function}() asked, which was called here"
            return self._joined("introduced", source, other, said)
        near = [one for one, new in self._open if new is other]
        near += self._homes[0].get(other.home, [])
        return Link("introduced", None, other, "", perhaps=self._asked(near, other, old=True))

    def _ended(self, one: Thing) -> Link:
        """Return the end of something, with what stands for it now."""
        for other in self._like(one, 1):
            origin = self._origins.get(id(other))
            if origin and self._fits.merged(one, origin, other):
                said = f"the one in {other.function}() stands for it"
                return self._joined("removed", one, other, said)
        asked = self._helpers.handed_on(one)
        if asked and id(asked) in self._origins:
            said = f"{asked.function}() asks for it, which is called here"
            return self._joined("removed", one, asked, said)
        near = [new for old, new in self._open if old is one]
        near += self._homes[1].get(self._kin.home(one), [])
        answers = [other for other in near if self._fits.answers(one, self._source(other))]
        if len(answers) == 1:
            said = "what the function asked that was called here is asked here"
            return self._joined("removed", one, answers[0], said)
        return Link("removed", one, None, "", perhaps=self._asked(near, one, old=False))

    def _like(self, thing: Thing, side: int) -> list[Thing]:
        """Return what asks in the same words, or the same names of something else."""
        alike = self._shapes[side].get(_shape(thing), [])
        named = self._names[side].get(_names(thing), [])
        return alike + [one for one in named if _shape(one) != _shape(thing)]

    def _joined(self, kind: EventKind, one: Thing, other: Thing, said: str) -> Link:
        """Return the link between a copy and what it was made from, or stands for."""
        held = self._held((one, other))
        first: LinkReason = "split" if kind == "introduced" else "merged"
        reasons = (first, *self._fits.reasons(one, other, held.move))
        return Link(kind, one, other, said, reasons, max(held.confidence, BAR))

    def _source(self, other: Thing) -> Thing | None:
        """Return what something is, or is a copy of."""
        return self._origins.get(id(other)) or self._copies.get(id(other))

    def _asked(self, others: list[Thing], thing: Thing, *, old: bool) -> tuple[Perhaps, ...]:
        """Return the best of what something may have come from, or gone to."""
        best: tuple[float, Thing] | None = None
        for other in others:
            if id(other) in self._heirs or id(other) in self._origins:
                continue
            pair = (other, thing) if old else (thing, other)
            if not self._fits.asks(other) & self._fits.asks(thing):
                continue
            sure = min(self._held(pair).confidence, BAR - 0.01)
            if sure >= _WORTH_ASKING and (best is None or sure > best[0]):
                best = (sure, other)
        return (self._question(thing, *best, old=old),) if best else ()

    def _question(self, thing: Thing, sure: float, other: Thing, *, old: bool) -> Perhaps:
        pair = (other, thing) if old else (thing, other)
        return Perhaps(
            id=other.id,
            file=other.file,
            function=other.function,
            predicate=other.subject,
            reasons=self._fits.reasons(*pair, self._held(pair).move),
            confidence=round(sure, 2),
        )


def _shape(thing: Thing) -> tuple[str, ...]:
    return shape(thing.subject)


def _names(thing: Thing) -> tuple[str, ...]:
    """Return what something asks by name, be it of a page or of a folio."""
    return tuple(map(twin, thing.names))
