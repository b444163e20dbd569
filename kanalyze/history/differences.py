"""In what two versions differ: the links between them as records."""

from collections.abc import Iterable, Sequence

from kanalyze.history.events import told
from kanalyze.history.model import Difference, DifferenceKind, Spot
from kanalyze.history.things import Link, Thing, difference

_KINDS: dict[str, DifferenceKind] = {
    "changed": "changed",
    "moved": "moved",
    "removed": "only here",
    "introduced": "only there",
}


def differences(links: Iterable[Link], order: Sequence[str]) -> tuple[int, tuple[Difference, ...]]:
    """Return how many things are the same on both sides, and how the others differ.

    ``order`` is that of the files.
    """
    same, found = 0, []
    for link in links:
        if is_same(link):
            same += 1
        else:
            found.append(_difference(link))
    place = {path: number for number, path in enumerate(order)}

    def at(one: Difference) -> tuple[int, int, str]:
        spot = one.here if one.kind == "only here" else one.there
        return place.get(spot.file, len(place)), spot.line, spot.id

    return same, tuple(sorted(found, key=at))


def is_same(link: Link) -> bool:
    """Tell what has one form on both sides, be it that it is another of its like there."""
    if link.kind == "changed" and link.old and link.new:
        return not any(difference(link.old, link.new))
    return link.kind == "same"


def _difference(link: Link) -> Difference:
    before, after, reason = told(link)
    kind = _KINDS[link.kind]
    thing = link.old if kind == "only here" else link.new
    assert thing is not None
    return Difference(
        kind=kind,
        role=thing.role,
        here=_spot(link.old),
        there=_spot(link.new),
        before=before,
        after=after,
        reason=reason,
        links=link.reasons,
        confidence=link.confidence,
        perhaps=link.perhaps,
    )


def _spot(thing: Thing | None) -> Spot:
    if thing is None:
        return Spot()
    return Spot(
        id=thing.id,
        file=thing.file,
        function=thing.function,
        line=thing.line,
        predicate=thing.subject,
        policy=thing.policy,
    )
