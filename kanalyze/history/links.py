"""What of the old is what of the new: the links behind changed and moved.

Within a function a thing is the same when its subject is; what is left over on
both sides is held together by what it asks, first in the same function, then
across functions and files that have to do with each other, and only when that
leaves no choice.  Otherwise it was removed, and something else introduced: a
wrong link is worse than none.
"""

import difflib
import functools
from collections import Counter
from collections.abc import Callable, Iterable, Mapping

from kanalyze.history.gather import Place
from kanalyze.history.things import Link, Located, Thing, difference

# How alike two predicates must be to be one that was changed.
_ALIKE_IN_PLACE = 0.5
_ALIKE_ELSEWHERE = 0.75
# How alike the names of two functions must be to be one that was renamed.
_NAMESAKES = 0.6
# Up to so many functions go or come in a commit that is about one thing.
_FEW = 5

Fit = Callable[[Thing, Thing], float]


class Kin:
    """Which of the functions that a commit changed have to do with each other.

    Text that left one function and entered another was moved only if there is
    a reason to think so: one calls the other, before or after, or a function
    went and one of much the same name came.
    """

    def __init__(
        self,
        gone: Iterable[Located],
        come: Iterable[Located],
        calls: Callable[[Iterable[Place]], Mapping[bytes, frozenset[str]]],
    ) -> None:
        self._sides = ([place for _, place in gone], [place for _, place in come])
        self._calls = calls
        old, new = ({place.name for place in side} for side in self._sides)
        self.vanished = old - new
        self.appeared = new - old

    @functools.cached_property
    def _graphs(self) -> list[dict[str, frozenset[str]]]:
        """Return function -> the changed functions that it calls, before and after."""
        changed = {place.name for side in self._sides for place in side}
        graphs = []
        for side in self._sides:
            called = self._calls(side)
            graphs.append({place.name: called[place.key] & changed for place in side})
        return graphs

    def moved(self, old: Thing, new: Thing) -> str:
        """Return how ``old`` came to be ``new``, elsewhere; empty if that is not to be believed."""
        was, now = old.function, new.function
        if was == now:
            return f"{was}() moved from {old.file} to {new.file}"
        gone, fresh = was in self.vanished, now in self.appeared
        if gone and fresh and self._renamed(old, new):
            return f"{was}() became {now}()"
        if fresh and not gone and self._related(was, now, far=True):
            return f"extracted from {was}() into the new {now}()"
        if gone and not fresh and self._related(was, now, far=True):
            return f"{was}() is gone, merged into {now}()"
        if not gone and not fresh and self._few and self._related(was, now, far=False):
            return f"left {was}() and entered {now}()"
        return ""

    def _renamed(self, old: Thing, new: Thing) -> bool:
        """Say whether of two functions one went and the other came in its place."""
        if _namesakes(old, new) or self._related(old.function, new.function, far=True):
            return True
        return self._few and old.file == new.file

    @property
    def _few(self) -> bool:
        return len(self.vanished) <= _FEW and len(self.appeared) <= _FEW

    def close(self, old: Thing, new: Thing) -> bool:
        """Say whether it is beyond doubt that two functions have to do with each other."""
        return bool(_namesakes(old, new)) or self._related(old.function, new.function, far=False)

    def _related(self, one: str, other: str, *, far: bool) -> bool:
        """Say whether one calls the other; ``far``: over one function, or its name says so."""
        if far and _stem(one) in other or far and _stem(other) in one:
            return True
        for graph in self._graphs:
            for caller, callee in ((one, other), (other, one)):
                called = graph.get(caller, frozenset())
                if callee in called:
                    return True
                if far and any(callee in graph.get(between, ()) for between in called):
                    return True
        return False


def _stem(name: str) -> str:
    return name.strip("_")


def linked(old: list[Thing], new: list[Thing], kin: Kin) -> list[Link]:
    """Hold old and new together, the surest links first."""
    links: list[Link] = []
    old, new = _pair(old, new, links, _same, _in_place)
    old, new = _pair(old, new, links, _alike, _in_place)
    old, new = _pair(old, new, links, _believed(_same_subject, kin), _moved(kin))
    old, new = _pair(old, new, links, _believed(_same_answer, kin, close=True), _moved(kin))
    old, new = _pair(old, new, links, _only(old, new, _same_place), _replaced)
    links.extend(Link("removed", thing, None, "") for thing in old)
    links.extend(Link("introduced", None, thing, "") for thing in new)
    return links


def _pair(
    old: list[Thing],
    new: list[Thing],
    links: list[Link],
    fits: Fit,
    link: Callable[[Thing, Thing], Link | None],
) -> tuple[list[Thing], list[Thing]]:
    """Link the best-fitting pairs; return what is left on both sides."""
    scored = [
        (score, -j, -i)
        for i, one in enumerate(old)
        for j, other in enumerate(new)
        if (score := fits(one, other)) > 0
    ]
    used_old: set[int] = set()
    used_new: set[int] = set()
    for _, minus_j, minus_i in sorted(scored, reverse=True):
        i, j = -minus_i, -minus_j
        if i in used_old or j in used_new:
            continue
        used_old.add(i)
        used_new.add(j)
        made = link(old[i], new[j])
        if made:
            links.append(made)
    return (
        [one for i, one in enumerate(old) if i not in used_old],
        [one for j, one in enumerate(new) if j not in used_new],
    )


def _same(one: Thing, other: Thing) -> float:
    """Score the same predicate in the same function.

    It may stand there several times, and its ids are numbered from the top: one
    more above is not a change of what is below, so what stands around decides.
    """
    if one.subject != other.subject or not _together(one, other):
        return 0
    return 1 + _surroundings(one, other) + (one.id == other.id) / 100


def _surroundings(one: Thing, other: Thing) -> float:
    """Return how much of what stands around two is the same, at most 1."""
    theirs = dict(other.facets)
    parts = [_share(value, theirs.get(name, ())) for name, value in one.facets]
    return sum(parts) / len(parts)


def _share(one: tuple[str, ...], other: tuple[str, ...]) -> float:
    whole = {*one, *other}
    return len(whole.intersection(one, other)) / len(whole) if whole else 1


def _alike(one: Thing, other: Thing) -> float:
    """Score a predicate that was changed where it stands."""
    if not _together(one, other):
        return 0
    ratio = _ratio(one.subject, other.subject)
    if not set(one.names) & set(other.names):
        # What is asked may have got another name, if it decides what it did.
        return ratio / 2 if ratio >= _ALIKE_ELSEWHERE and _stands_alike(one, other) else 0
    return ratio if ratio >= _ALIKE_IN_PLACE else 0


def _together(one: Thing, other: Thing) -> bool:
    """Say whether two are of one function, and both sites or both sections."""
    kinds = {one.role == "section", other.role == "section"}
    return (one.function, one.file) == (other.function, other.file) and len(kinds) == 1


def _stands_alike(one: Thing, other: Thing) -> bool:
    """Say whether two have role, outcomes and conditional code in common, and as many guards."""
    ours, theirs = dict(one.facets), dict(other.facets)
    same = all(ours.get(name) == theirs.get(name) for name in ("role", "outcomes", "config"))
    return same and len(ours.get("guards", ())) == len(theirs.get("guards", ()))


def _same_place(one: Thing, other: Thing) -> float:
    """Score a condition that decides now what another did: same outcomes, guards and locks."""
    ours, theirs = dict(one.facets), dict(other.facets)
    if not _together(one, other) or one.role != "decision" or not ours["outcomes"]:
        return 0
    if all(side.endswith(": continue") for side in ours["outcomes"]):
        return 0
    (whole,), (now,) = ours["condition"], theirs["condition"]
    if whole.replace(one.subject, other.subject) != now:
        return 0
    names = ("role", "outcomes", "guards", "passed", "locks", "config")
    return float(all(ours[name] == theirs[name] for name in names))


def _only(old: list[Thing], new: list[Thing], fits: Fit) -> Fit:
    """Return ``fits`` for those pairs only that leave no choice."""
    pairs = [(id(one), id(other)) for one in old for other in new if fits(one, other)]
    ours = Counter(one for one, _ in pairs)
    theirs = Counter(other for _, other in pairs)

    def alone(one: Thing, other: Thing) -> float:
        return fits(one, other) if ours[id(one)] == theirs[id(other)] == 1 else 0

    return alone


def _believed(fits: Fit, kin: Kin, *, close: bool = False) -> Fit:
    """Return ``fits`` for those pairs only of which a move can be believed.

    ``close``: the predicate alone tells too little, the functions must be kin.
    """

    def believed(one: Thing, other: Thing) -> float:
        score = fits(one, other)
        if not score or (close and not kin.close(one, other)) or not kin.moved(one, other):
            return 0
        return score + _namesakes(one, other)

    return believed


def _same_subject(one: Thing, other: Thing) -> float:
    """Score the same predicate in another function; the nearer file first."""
    if one.subject != other.subject or one.names != other.names:
        return 0
    return 1 + (one.file == other.file) + _ratio(str(one.facets), str(other.facets))


def _same_answer(one: Thing, other: Thing) -> float:
    """Score a predicate that changed its variables on the way to another function."""
    if one.names != other.names or one.role != other.role:
        return 0
    ratio = _ratio(one.subject, other.subject)
    return ratio if ratio >= _ALIKE_ELSEWHERE else 0


def _namesakes(one: Thing, other: Thing) -> float:
    """Return how alike the names of two functions are, 0 if they have little in common."""
    ratio = _ratio(one.function, other.function)
    return ratio if ratio >= _NAMESAKES else 0


def _ratio(one: str, other: str) -> float:
    matcher = difflib.SequenceMatcher(None, one, other, autojunk=False)
    if matcher.real_quick_ratio() < _ALIKE_IN_PLACE:
        return 0
    return matcher.ratio()


def _in_place(old: Thing, new: Thing) -> Link | None:
    if any(difference(old, new)):
        return Link("changed", old, new, "")
    if old.id != new.id:
        return Link("changed", old, new, "nothing but its number among its like in the function")
    return None


def _replaced(old: Thing, new: Thing) -> Link | None:
    return Link("changed", old, new, "another condition with the same outcomes in its place")


def _moved(kin: Kin) -> Callable[[Thing, Thing], Link | None]:
    def link(old: Thing, new: Thing) -> Link:
        same = "the same condition" if old.subject == new.subject else "asks the same signals"
        return Link("moved", old, new, f"{same}: {kin.moved(old, new)} in one commit")

    return link
