"""Which sequence counts the races are about: those that keep GUP and fork apart."""

import re
from collections.abc import Iterator, Mapping
from typing import Protocol

from kanalyze.selftests.cases import Race
from kanalyze.selftests.covers import covered
from kanalyze.selftests.pieces import Pieces
from kanalyze.selftests.scope import Thing
from kanalyze.selftests.through import Reach, sizes
from kanalyze.semantics.explainer import Explainer
from kanalyze.semantics.given import SectionLike
from kanalyze.semantics.states import Size


class _Known(Protocol):
    def xfail(self, names: Mapping[str, str]) -> str: ...


def races(
    explainer: Explainer, pieces: Pieces, known: _Known, reach: Reach, things: tuple[Thing, ...]
) -> Iterator[Race]:
    """Yield the races that have something in scope to be about."""
    counts = _counts(explainer, reach)
    for race in pieces.of("race"):
        for name in race.memory:
            memory = pieces[f"memory/{name}"]
            size = Race(race=race, memory=memory, covers=()).size
            covers = tuple(
                covered(thing, "fork", size)
                for thing in things
                if _is_about(thing, reach.of(race), counts, size)
            )
            if covers:
                xfail = known.xfail({"race": race.name, "memory": name, "rule": "r3"})
                yield Race(race=race, memory=memory, covers=covers, xfail=xfail)


def _counts(explainer: Explainer, reach: Reach) -> frozenset[str]:
    """Return the sequence counts that fork writes under."""
    return frozenset(
        count_of(section)
        for section in explainer.tree.sections
        if section.side == "write" and section.function in reach.forks
    )


def count_of(section: SectionLike) -> str:
    """Return the name of a section's sequence count, whatever it is a field of."""
    return re.split(r"->|\.", section.seqcount)[-1].strip()


def _is_about(thing: Thing, reached: frozenset[str], counts: frozenset[str], size: Size) -> bool:
    if thing.function not in reached:
        return False
    if thing.section:
        own = "hugetlb" in thing.function or thing.file.endswith("/hugetlb.c")
        fits = thing.section.side == "read" or own == (size == "hugetlb")
        return count_of(thing.section) in counts and fits
    return thing.kind == "decision" and thing.site is not None and size in sizes(thing.site)
