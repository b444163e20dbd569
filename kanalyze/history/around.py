"""What stands around something: guards, locks, outcomes, and what these tell of two."""

from typing import Any

from kanalyze.history.things import Thing
from kanalyze.history.twins import shape

# What belongs to the place of something, and not to itself.
_CONTEXT = ("role", "condition", "outcomes", "guards", "passed", "locks", "config", "calls")


def surroundings(one: Thing, other: Thing) -> float:
    """Return how much of what stands around two is the same, at most 1."""
    theirs = dict(other.facets)
    parts = [_share(value, theirs.get(name, ())) for name, value in one.facets]
    return sum(parts) / len(parts)


def _share(one: tuple[str, ...], other: tuple[str, ...]) -> float:
    if one == other:
        return 1
    return (_overlap(set(one), set(other)) + _overlap(_shapes(one), _shapes(other))) / 2


def _shapes(texts: tuple[str, ...]) -> set[tuple[str, ...]]:
    return {shape(text) for text in texts}


def _overlap(one: set[Any], other: set[Any]) -> float:
    return len(one & other) / len(one | other)


def context(thing: Thing) -> list[set[tuple[str, ...]]]:
    """Return what something stands among, as far as that does not just have other names."""
    return [_shapes(value) for name, value in thing.facets if name in _CONTEXT]


def same_words(one: Thing, other: Thing) -> bool:
    """Tell whether two ask the same in the same words, be it of a page or of a folio."""
    return shape(one.subject) == shape(other.subject)


def behind(heir: Thing, other: Thing) -> bool:
    """Tell whether something stands where another said no, or was not asked."""
    facets = dict(other.facets)
    passed = (*facets.get("guards", ()), *facets.get("passed", ()))
    return any(one.startswith("!") and heir.subject in one for one in passed)


def goes_on(end: str) -> bool:
    """Tell whether an outcome decides nothing."""
    return end.endswith(": continue")


def chooses(thing: Thing) -> bool:
    """Tell whether a condition has outcomes, and does not just go on on both sides."""
    return not all(map(goes_on, thing.outcomes))


def decides(thing: Thing) -> bool:
    """Tell whether one side of a condition reuses, copies or unshares a page."""
    return any(side.endswith((": reuse", ": copy", ": unshare")) for side in thing.outcomes)


def parts(one: Thing, twin: Thing, other: Thing) -> bool:
    """Tell whether a condition parts two that were, or became, ``one``.

    What holds for the one, that condition being true, is false for the other.  It is
    one more than ``one`` stands under, which stands for both.
    """
    whole, ours, theirs = (_guards(thing) for thing in (one, twin, other))
    if len(whole) >= len(ours):
        return False
    return any(
        _opposite(guard) in theirs and not {guard, _opposite(guard)} & whole for guard in ours
    )


def _guards(thing: Thing) -> set[tuple[str, ...]]:
    return _shapes(dict(thing.facets).get("guards", ()))


def _opposite(guard: tuple[str, ...]) -> tuple[str, ...]:
    return guard[1:] if guard[:1] == ("!",) else ("!", *guard)


def stands_alike(one: Thing, other: Thing) -> bool:
    """Say whether two have role, outcomes and conditional code in common, and as many guards."""
    ours, theirs = dict(one.facets), dict(other.facets)
    same = all(ours.get(name) == theirs.get(name) for name in ("role", "outcomes", "config"))
    return same and len(ours.get("guards", ())) == len(theirs.get("guards", ()))
