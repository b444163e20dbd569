"""Lanes made by hand, for the tests of the picture."""

from dataclasses import replace
from typing import Any

from explained import concepts
from scans import HOSTILE

from kanalyze.semantics.model import Concept, LanePoint, Lanes, Rule

RELEASES = ("v5.8", "v5.10", "v5.15", "v5.19", "v6.1", "v6.6", "v6.12", "v6.15", "v7.2")

#: Decision -> (first release, function, policy, complexity, broken, spurious), as it changed.
_HISTORY: dict[str, list[tuple[str, str, str, int, tuple[Rule, ...], int]]] = {
    "write fault, small page": [
        ("v5.8", "do_wp_page", "refcount+mapcount", 17, ("R1",), 0),
        ("v5.10", "do_wp_page", "refcount", 12, ("R3",), 38),
        ("v5.19", "do_wp_page", "exclusive-bit", 15, (), 12),
        ("v6.12", "wp_can_reuse_anon_folio", "mixed", 19, (), 12),
    ],
    "write fault, PMD mapping": [
        ("v5.8", "do_huge_pmd_wp_page", "mapcount", 14, ("R1", "R3"), 0),
        ("v5.19", "do_huge_pmd_wp_page", "exclusive-bit", 16, (), 9),
    ],
    "write fault, hugetlb page": [
        ("v5.8", "hugetlb_cow", "mapcount", 21, ("R1",), 0),
        ("v5.19", "hugetlb_wp", "exclusive-bit", 24, (), 4),
    ],
    "swap-in": [
        ("v5.8", "reuse_swap_page", "swap-count", 9, ("R1",), 0),
        ("v5.19", "should_try_to_free_swap", "refcount", 7, (), 20),
    ],
    "fork": [("v5.10", "page_needs_cow_for_dma", "pin", 3, (), 0)],
}


def concepts_at(number: int) -> tuple[Concept, ...]:
    """Return concepts that get simpler for R1 and larger for R3."""
    r1, r2, r3 = concepts()
    return (
        replace(r1, conditions=14 - number, lines=26 - 2 * number, complexity=60 - 5 * number),
        r2,
        replace(r3, conditions=4 + number, lines=12 + 4 * number, complexity=20 + 9 * number),
    )


def points() -> tuple[LanePoint, ...]:
    """Return a point for every decision and release, as history went more or less."""
    found = []
    for decision, steps in _HISTORY.items():
        starts = [RELEASES.index(release) for release, *_ in steps]
        ends = [*starts[1:], len(RELEASES)]
        for start, end, (_, function, policy, complexity, broken, spurious) in zip(
            starts, ends, steps, strict=True
        ):
            found += [
                LanePoint(
                    release=release,
                    decision=decision,
                    function=function,
                    policy=policy,
                    complexity=complexity + number // 2,
                    broken=broken,
                    spurious=spurious,
                )
                for number, release in enumerate(RELEASES[start:end])
            ]
    return tuple(found)


def lanes(**changes: Any) -> Lanes:
    """Return five decisions over nine releases."""
    base = Lanes(
        releases=RELEASES,
        points=points(),
        concepts=tuple((name, concepts_at(number)) for number, name in enumerate(RELEASES)),
    )
    return replace(base, **changes)


def hostile_lanes() -> Lanes:
    """Return lanes with hostile text wherever text may come from a tree or its user."""
    texts = (*HOSTILE, '<script>alert("x")</script>', "]]>&amp;'", "a\ufffeb\uffffc")
    return Lanes(
        releases=texts,
        points=tuple(
            LanePoint(
                release=text,
                decision=text,
                function=text,
                policy=text,
                complexity=123456,
                broken=("R1", "R2", "R3"),
                spurious=99999,
            )
            for text in texts
        ),
        concepts=tuple((text, concepts_at(0)) for text in texts),
    )
