"""A page state as a small picture: the page, what I have of it, and what others have."""

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from kanalyze.semantics.states import PageState

WIDTH = 340
"""Of the picture, in its own units; a chip is :data:`CHIP` wide, the page what is left."""
CHIP = 108
TOP = 22
"""Chips begin here, below the names of the two sides."""
ROW = 28

_SIZES = {"small": "page", "large": "large folio", "pmd": "huge page", "hugetlb": "hugetlb page"}
_ENTRIES = {"small": "page table", "large": "page table", "pmd": "PMD entry", "hugetlb": "entry"}
_LRU = {"local": "LRU cache here", "remote": "LRU cache there"}


@dataclass(frozen=True, slots=True)
class Chip:
    """Something that refers to the page; ``kind`` is a class of the style sheet."""

    text: str
    kind: str
    y: int


@dataclass(frozen=True, slots=True)
class StatePicture:
    """Where everything stands; ``marks`` are lines in the page, which the first one names."""

    words: str
    height: int
    mine: tuple[Chip, ...]
    others: tuple[Chip, ...]
    marks: tuple[tuple[str, int], ...]


def state_picture(state: "PageState", words: str) -> StatePicture:
    """Return the picture of a page state; ``words`` say the same."""
    entry = _ENTRIES[state.size]
    mine = _chips(entry, state.my_maps, state.my_swaps, state.my_refs, state.my_pins)
    others = _chips(entry, state.other_maps, state.other_swaps, state.other_refs, state.other_pins)
    if state.lru_refs != "none":
        others = (*others, Chip(_LRU[state.lru_refs], "ref", TOP + ROW * len(others)))
    marks = [_SIZES[state.size]]
    marks += ["KSM"] if state.ksm else [] if state.anonymous else ["of a file"]
    marks += ["swap cache"] if state.swap_cache else []
    marks += ["exclusive"] if state.exclusive else []
    rows = max(len(mine), len(others), 2)
    height = max(ROW * rows, 16 * len(marks) + 12)
    first = TOP + height // 2 - 8 * len(marks) + 12
    return StatePicture(
        words=words,
        height=TOP + height,
        mine=mine,
        others=others,
        marks=tuple((text, first + 16 * index) for index, text in enumerate(marks)),
    )


def _chips(entry: str, maps: int, swaps: int, refs: int, pins: int) -> tuple[Chip, ...]:
    counts = (
        (entry, "map", maps),
        ("swap entry", "swap", swaps),
        ("GUP reference", "ref", refs),
        ("FOLL_PIN", "pin", pins),
    )
    found = [
        (f"{number} \u00d7 {text}" if number > 1 else text, kind)
        for text, kind, number in counts
        if number
    ]
    return tuple(Chip(text, kind, TOP + ROW * index) for index, (text, kind) in enumerate(found))
