"""How well something before a commit and something after it fit together.

A fit is a number, 0 for pairs that are not to be considered; a link is made of
the best.  How sure a link is, and why its ends are one thing, is said here too.
"""

from collections.abc import Sequence

from kanalyze.history.around import (
    behind,
    chooses,
    context,
    decides,
    goes_on,
    parts,
    same_words,
    stands_alike,
    surroundings,
)
from kanalyze.history.flow import Flow
from kanalyze.history.kin import NAMESAKES, Kin, Move
from kanalyze.history.model import LinkReason
from kanalyze.history.pairing import grouped
from kanalyze.history.things import Home, Thing
from kanalyze.history.twins import likeness, namesakes, tokens, twin

# How alike two predicates must be to be one that was changed.
_ALIKE_IN_PLACE = 0.5
_ALIKE_ELSEWHERE = 0.75
# What tells several that ask the same in one function from each other.  What was passed
# before does less: that changes with all that stands above; what comes of it does most.
_OWN = ("outcomes", "outcomes", "guards")
# What is left of certainty where the surroundings have nothing in common.
_UPROOTED = 0.88
# What is left where one of two that are not alike only asserts.
_OTHER_USE = 0.9
# And where something left its function and its file, and asks in other words.
_ASTRAY = 0.85
# And where something asks in other words, and elsewhere in its function: so many lines
# that stayed lie between, and so little of what is written next to it came along.
_CARRIED_OFF, _FEW_LINES, _LITTLE = 0.85, 4, 0.3
#: So much of what is written next to it shows that something came along with that.
AMONG = 0.5
# How alike the names of helpers are of which one took the other's place.
_TWIN_HELPERS = 0.75

# What a mapping allows and a fault wants: each name says something else.
_CONTEXT_GROUPS = frozenset({"mapping", "write-permission"})

Asked = frozenset[str]


class Fits:
    """The fits of one commit, given which functions have to do with each other."""

    def __init__(self, kin: Kin, old: Sequence[Thing], new: Sequence[Thing]) -> None:
        self._kin = kin
        self._asked: dict[tuple[str, ...], Asked] = {}
        self._flow = Flow(kin, old, new)
        self._sides = [grouped(sorted(side, key=_line), _home) for side in (old, new)]

    # ------------------------------------------------------------ in one function

    def same(self, one: Thing, other: Thing) -> float:
        """Score the same predicate in the same function.

        It may stand there several times, and its ids are numbered from the top: one
        more above is not a change of what is below, so what stands around decides, and
        what is written next to it.
        """
        ours, theirs = dict(one.facets), dict(other.facets)
        own = sum(ours.get(name) == theirs.get(name) for name in _OWN) / len(_OWN)
        score = 1 + 2 * (own + surroundings(one, other) + self.written(one, other))
        # One that fits wholly says more than two that fit by half.
        return (score / 7) ** 2 + (one.id == other.id) / 100

    def written(self, one: Thing, other: Thing) -> float:
        """Score what is written next to two, and whether it is the same line; at most 1."""
        nearby = self._kin.nearby
        return (2 * nearby.alike(one, other) + nearby.unmoved(one, other)) / 3

    def alike(self, one: Thing, other: Thing) -> float:
        """Score a predicate that was changed where it stands."""
        if not self._kin.together(one, other):
            return 0
        like = self._likeness(one, other)
        if not self.kindred(one, other):
            # What is asked may have got another name, if it decides what it did.
            if self._flow.hands_over(one, other):
                return 0
            return like / 2 if like >= _ALIKE_ELSEWHERE and stands_alike(one, other) else 0
        if like < _ALIKE_IN_PLACE:
            return 0
        if one.subject == other.subject and self._carried_off(one, other):
            return 0  # it would cross those of its like that stayed
        return like + surroundings(one, other) / 4 - self._flow.distance(one, other) / 4

    def same_place(self, one: Thing, other: Thing) -> float:
        """Score a condition that decides now what another did: same outcomes, guards and locks.

        What chooses between reuse and copy there, and nothing else does, need
        not stand among the same.
        """
        if one.role != "decision" or other.role != "decision" or not chooses(one):
            return 0
        if one.outcomes != other.outcomes or not self._kin.together(one, other):
            return 0
        if self._flow.hands_over(one, other):
            return 0
        ours, theirs = dict(one.facets), dict(other.facets)
        if ours["locks"] != theirs["locks"]:
            return 0
        if decides(one):
            return 1
        (whole,), (now,) = ours["condition"], theirs["condition"]
        if whole.replace(one.subject, other.subject) != now:
            return 0
        return float(all(ours[name] == theirs[name] for name in ("guards", "passed")))

    # ------------------------------------------------------------------ elsewhere

    def same_elsewhere(self, one: Thing, other: Thing) -> float:
        """Score the same predicate in another function; the nearer file first."""
        if self.asks(one) != self.asks(other):
            return 0
        if self.written(one, other) < AMONG and not self._flow.carries(one, other):
            return 0
        score = 1 + (one.file == other.file) + surroundings(one, other)
        return self._believed(one, other, score + (one.subject == other.subject))

    def answer_elsewhere(self, one: Thing, other: Thing) -> float:
        """Score a predicate that changed its variables on the way to another function."""
        if self.asks(one) != self.asks(other) or one.role != other.role:
            return 0
        like = likeness(one.subject, other.subject)
        if like < _ALIKE_ELSEWHERE or not self._kin.close(one, other):
            return 0
        return self._believed(one, other, like) if self._flow.carries(one, other) else 0

    def _believed(self, one: Thing, other: Thing, score: float) -> float:
        if one.home == other.home or not self._kin.moved(one, other):
            return 0
        return score + namesakes(one.function, other.function)

    def copied(self, one: Thing, heir: Thing, other: Thing) -> bool:
        """Tell whether ``other`` stands beside the ``heir`` of ``one`` as a copy.

        It may ask for itself what a helper asked for it and for others.
        """
        stays = self._kin.home(one) == heir.home
        if same_words(one, other) and (
            self._beside(one, heir, other, stays=stays) or self._doubled_with(one, other)
        ):
            return True
        return self._kin.fetched(one, heir, other) and self._still_asked(one, other)

    def _doubled_with(self, one: Thing, other: Thing) -> bool:
        """Tell whether the function of ``other`` is a part of that of ``one``, and has both."""
        if one.role != other.role or not self._kin.parted(one.home, other.home):
            return False
        ours = [thing for thing in self._sides[0].get(one.home, ()) if same_words(thing, one)]
        theirs = [thing for thing in self._sides[1].get(other.home, ()) if same_words(thing, one)]
        rows = zip(ours, theirs, strict=False)  # in their order, if there are as many
        return len(ours) == len(theirs) and any(one is was and other is now for was, now in rows)

    def divided(self, one: Thing, heir: Thing, other: Thing) -> bool:
        """Tell whether ``other`` asks behind the ``heir`` of ``one`` what that asked as well.

        Where that said no, or was not asked; in other words, and to the same end.
        """
        if not self._kin.together(one, other) or heir.home != other.home or one.role != other.role:
            return False
        if same_words(one, other) or not self.kindred(one, other):
            return False
        if not behind(heir, other):
            return False
        ours, theirs = dict(one.facets), dict(other.facets)
        ends = {end for end in set(one.outcomes) & set(other.outcomes) if not goes_on(end)}
        if not ends or ours["locks"] != theirs["locks"]:
            return False
        like = self._likeness(one, other)
        return like >= _ALIKE_IN_PLACE or self.written(one, other) >= AMONG

    def parted(self, one: Thing, heir: Thing, other: Thing) -> bool:
        """Tell whether a condition parts ``other`` from the ``heir`` of ``one``.

        They may ask different helpers that came for one.
        """
        if not self._kin.together(one, other) or heir.home != other.home or one.role != other.role:
            return False
        if not same_words(one, other) and not self._took_over(one, other):
            return False
        return heir.outcomes == other.outcomes and parts(one, heir, other)

    def doubled(self, one: Thing, heir: Thing, other: Thing) -> bool:
        """Tell whether the function of ``one`` became two, of which ``other`` is in the second.

        That is new, nothing else became it, and it has nearly the name that the function
        had, which went on under another.
        """
        gone = one.home in self._kin.became and heir.home == self._kin.home(one)
        if not gone or heir.function == one.function or other.home in self._kin.heirs:
            return False
        names = (one.function, other.function)
        if other.function not in self._kin.appeared or namesakes(*names) < _TWIN_HELPERS:
            return False
        same = [*map(twin, one.names)] == [*map(twin, other.names)]
        return one.file == other.file and same and self.carried(one, other)

    def merged(self, one: Thing, origin: Thing, other: Thing) -> bool:
        """Tell whether ``other``, which ``origin`` became, stands for ``one`` as well.

        It may be in a helper that asks for both now.
        """
        stays = self._kin.home(origin) == other.home
        if same_words(one, other) and self._beside(other, origin, one, stays=stays):
            return True
        return self._kin.handed(one, origin, other) and self._still_asked(one, other)

    def _beside(self, one: Thing, twin: Thing, other: Thing, *, stays: bool) -> bool:
        """Tell whether ``other`` stands beside ``twin`` for the same ``one`` on the other side.

        In one function that is so where a condition parts the two.  In two, where
        both have the name of the function that they come from; but what ``stays``
        where it is only had a model made after it.
        """
        if one.role != other.role or self.asks(one) != self.asks(other):
            return False
        if twin.home == other.home:
            return twin.outcomes == other.outcomes and parts(one, twin, other)
        names = (one.function, other.function)
        return (
            not stays
            and one.home != other.home
            and namesakes(*names) >= NAMESAKES
            and twin.outcomes == other.outcomes
            and bool(self._kin.moved(one, other) or self._kin.moved(other, one))
        )

    def answers(self, call: Thing, asked: Thing | None) -> bool:
        """Tell whether something was asked by the helper, now gone, that another called."""
        if asked is None:
            return False
        return asked.function in call.names and asked.function in self._kin.vanished

    def hands_over(self, one: Thing, other: Thing) -> bool:
        """Tell whether one of two calls a helper that asks now, or asked, what the other asks."""
        return self._flow.hands_over(one, other)

    def _still_asked(self, one: Thing, other: Thing) -> bool:
        """Tell whether a question went along, if only what it is asked of has another name."""
        alike = same_words(one, other) or (
            one.role == other.role
            and bool(one.outcomes) == bool(other.outcomes)
            and likeness(one.subject, other.subject) >= _ALIKE_ELSEWHERE
        )
        return alike and self.carried(one, other)

    def carried(self, one: Thing, other: Thing) -> bool:
        """Tell whether two ask the same, and it can be believed that it went along.

        An assertion in other words is made wherever somebody thinks of it.
        """
        if "assertion" in (one.role, other.role) and not same_words(one, other):
            return False
        return self.asks(one) == self.asks(other) and self._flow.carries(one, other)

    # ------------------------------------------------------------- what is asked

    def asks(self, thing: Thing) -> Asked:
        """Return what something asks: the kind of evidence, or the helper by its present name."""
        if thing.names not in self._asked:
            self._asked[thing.names] = frozenset(map(self._meant, thing.names))
        return self._asked[thing.names]

    def kindred(self, one: Thing, other: Thing) -> bool:
        """Tell whether two ask the same kind of thing, or a helper that took a helper's place."""
        return bool(self.asks(one) & self.asks(other)) or self._took_over(one, other)

    def _took_over(self, one: Thing, other: Thing) -> bool:
        """Tell whether two ask helpers of which one took the other's place."""
        return any(
            namesakes(ours, theirs) >= _TWIN_HELPERS
            for ours in one.names
            if ours in self._kin.vanished
            for theirs in other.names
            if theirs in self._kin.appeared
        )

    def alikeness(self, one: Thing, other: Thing) -> float:
        """Return how alike two predicates are, and what stands around them."""
        return likeness(one.subject, other.subject) + surroundings(one, other)

    def _likeness(self, one: Thing, other: Thing) -> float:
        """Return how alike two predicates are, names of helpers that took a place apart."""
        like = likeness(one.subject, other.subject)
        if self.asks(one) & self.asks(other) or not self.kindred(one, other):
            return like
        return max(like, _ALIKE_ELSEWHERE)

    def _meant(self, name: str) -> str:
        group = self._kin.groups.get(name, "")
        if group not in _CONTEXT_GROUPS and group:
            return group
        return twin(self._kin.renamed.get(name, name))

    # ------------------------------------------------------- how sure, and why

    def confidence(self, one: Thing, other: Thing, move: Move | None) -> float:
        """Return how sure it is that two are one, from 0 to 1."""
        sure = move.confidence if move else 1.0
        sure *= _UPROOTED + (1 - _UPROOTED) * surroundings(one, other)
        if one.subject != other.subject:
            like = likeness(one.subject, other.subject)
            if like < 1 and self._carried_off(one, other):
                sure *= _CARRIED_OFF
            sure *= 0.97 if like == 1 else 0.6 + 0.4 * like
            if not self.kindred(one, other):
                sure *= 0.9
            if one.role != other.role and "assertion" in (one.role, other.role):
                sure *= _OTHER_USE
            if like < 1 and one.file != other.file and self._kin.home(one) != other.home:
                sure *= _ASTRAY
        return round(sure, 2)

    def _carried_off(self, one: Thing, other: Thing) -> bool:
        """Tell whether lines that stayed lie between two next to which other things are written."""
        nearby = self._kin.nearby
        return nearby.jumped(one, other) > _FEW_LINES and nearby.alike(one, other) < _LITTLE

    def reasons(self, one: Thing, other: Thing, move: Move | None) -> tuple[LinkReason, ...]:
        """Return why two are one thing, the most telling first."""
        found: list[LinkReason] = [move.reason] if move else []
        if one.file != other.file and "moved to file" not in found:
            found.append("moved to file")
        if one.subject != other.subject:
            renamed, other_words = self._differing(one, other)
            found += ["API renamed"] if renamed else []
            found += ["predicate changed"] if other_words else []
        elif not found and context(one) != context(other):
            found.append("context changed")
        return tuple(found or ["same"])

    def _differing(self, one: Thing, other: Thing) -> tuple[bool, bool]:
        """Tell whether names that are asked differ, and whether anything else does."""
        renamed = set(one.names) != set(other.names) and self.kindred(one, other)
        if renamed and {*map(twin, one.names)} != {*map(twin, other.names)}:
            return True, True
        ours = [token for token in tokens(one.subject) if token not in one.names]
        theirs = [token for token in tokens(other.subject) if token not in other.names]
        return renamed, not renamed or ours != theirs


def _home(thing: Thing) -> Home:
    return thing.home


def _line(thing: Thing) -> int:
    return thing.line
