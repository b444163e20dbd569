"""The page as the code that is being followed has changed it so far.

What a function does to the page (drops it from the swap cache, takes a
reference, maps it) is kept beside its local variables, under names that no C
identifier can have.  The counters that the kernel reads derive from both the
state in which it all began and these.
"""

from typing import Final, TypeAlias

import numpy as np

from kanalyze.semantics.states import LARGE_PAGES
from kanalyze.semantics.universe import Universe
from kanalyze.semantics.values import Ints, Mask, Value, Values

Store: TypeAlias = dict[str, Value]

MY_MAPS: Final = "@my_maps"
OTHER_MAPS: Final = "@other_maps"
MY_SWAPS: Final = "@my_swaps"
OTHER_SWAPS: Final = "@other_swaps"
SWAP_CACHE: Final = "@swap_cache"
LRU: Final = "@lru_refs"
EXCLUSIVE: Final = "@exclusive"
KSM: Final = "@ksm"
OWN: Final = "@own"  # references that the code followed has taken and not dropped
OUTCOME: Final = "@outcome"
ARMED: Final = "@armed"  # what became of my entry, the worse the more:
WRITE_PROTECTED: Final = 1
UNMAPPED: Final = 2
RETURN: Final = "@return"

COUNTED: Final = frozenset({MY_MAPS, OTHER_MAPS, MY_SWAPS, OTHER_SWAPS, OWN})
_KEPT = (MY_MAPS, OTHER_MAPS, MY_SWAPS, OTHER_SWAPS, SWAP_CACHE, LRU, EXCLUSIVE, KSM)

# What FOLL_PIN adds to the references of a small page: GUP_PIN_COUNTING_BIAS,
# Linux kernel commit 3faa52c03f44 ("mm/gup: track FOLL_PIN pages") (in v5.7).
PIN_BIAS = 1024


class World:
    """Reads and changes the page in a :data:`Store`; knows the universe it is one of."""

    def __init__(self, universe: Universe) -> None:
        self.universe = universe
        self.values = Values(universe.size)
        self._columns = universe.columns

    def begin(self) -> Store:
        """Return the store in which nothing has happened yet."""
        store: Store = {
            key: self.values.of(getattr(self._columns, key.removeprefix("@"))) for key in _KEPT
        }
        for key in (OWN, OUTCOME, ARMED):
            store[key] = self.values.number(0)
        return store

    # -------------------------------------------------------------- counters

    @property
    def pages(self) -> int:
        """How many pages the folio has: what it holds of the swap cache's references."""
        return 1 if self.universe.page_size == "small" else LARGE_PAGES

    def count(self, store: Store) -> Value:
        """Return the references: ``page_count``, ``folio_ref_count``.

        An entry, the swap cache (for each page), the page cache (for each page), an LRU cache and
        every FOLL_GET hold one.  A FOLL_PIN holds 1024 of a small page; of a
        large one it holds one and counts in a counter of its own.
        """
        columns = self._columns
        pins = columns.my_pins + columns.other_pins
        cached = self.values.of(columns.anonymous == 0)
        plain = columns.my_refs + columns.other_refs + pins * self._bias()
        total = self._sum(store, MY_MAPS, OTHER_MAPS, OWN)
        lru = Value((store[LRU].data > 0).astype(np.int32), store[LRU].known)
        caches = store[SWAP_CACHE].data + cached.data
        return Value(
            total.data + plain + lru.data + caches * self.pages,
            total.known & lru.known & store[SWAP_CACHE].known,
        )

    def _bias(self) -> int:
        features = self.universe.features
        if not features.pin_bias:
            return 1
        large = self.universe.page_size != "small"
        return 1 if large and features.pin_counter else PIN_BIAS

    def pin_count(self) -> Value:
        """Return the counter of pins that a large folio has, see :class:`Features`."""
        return self.values.of(self._columns.my_pins + self._columns.other_pins)

    def mapcount(self, store: Store) -> Value:
        """Return how often the folio is mapped, over all its pages."""
        return self._sum(store, MY_MAPS, OTHER_MAPS)

    def page_mapcount(self, store: Store) -> Value:
        """Return how often one page of it is mapped: the one that is decided about.

        Somebody who maps one page only of a large folio maps this one.
        """
        if self.universe.page_size != "large":
            return self.mapcount(store)
        mine, other = store[MY_MAPS], store[OTHER_MAPS]
        data = (mine.data > 0).astype(np.int32) + (other.data > 0)
        return Value(data, mine.known & other.known)

    def swapcount(self, store: Store) -> Value:
        """Return how many swap entries there are for the page."""
        return self._sum(store, MY_SWAPS, OTHER_SWAPS)

    def mapped_by_others(self, store: Store) -> Value:
        """Return the bit "more than one mm maps it": may stay set when that is over.

        Linux kernel commit 6af8cb80d3a9 ("mm/rmap: basic MM owner tracking for
        large folios (!hugetlb)") (in v6.15).
        """
        others = store[OTHER_MAPS].data > 0
        return Value(others.astype(np.int32), others & store[OTHER_MAPS].known)

    def in_memory(self, store: Store) -> Mask:
        """Return where the page is in memory by now."""
        here = store[MY_MAPS].data + store[OTHER_MAPS].data + store[SWAP_CACHE].data
        found: Mask = (here + store[OWN].data > 0) | (self._columns.anonymous == 0)
        return found

    def anonymous(self) -> Value:
        """Return whether the page is anonymous."""
        return self.values.of(self._columns.anonymous)

    def has_pinned(self) -> Value:
        """Return whether my mm ever pinned a page: yes if I hold a pin, else not known."""
        pinned = self._columns.my_pins > 0
        return Value(pinned.astype(np.int32), pinned)

    def _sum(self, store: Store, *keys: str) -> Value:
        data: Ints = sum((store[key].data for key in keys), np.zeros(self.values.size, np.int32))
        known = self.values.all
        for key in keys:
            known = known & store[key].known
        return Value(data.astype(np.int32), known)

    # --------------------------------------------------------------- changes

    def set(self, store: Store, key: str, number: int, where: Mask | None = None) -> None:
        """Set one part of the page to ``number`` where ``where`` holds (None: everywhere)."""
        new = self.values.number(number)
        store[key] = new if where is None else self.values.partly(where, new, store[key])

    def add(self, store: Store, key: str, number: int, where: Mask | None = None) -> None:
        """Add ``number`` to one part of the page; nothing goes below zero."""
        old = store[key]
        new = Value(np.maximum(old.data + number, 0).astype(np.int32), old.known)
        store[key] = new if where is None else self.values.partly(where, new, old)


def hangs_on(kept: str, key: str) -> bool:
    """Tell whether what is kept was about the thing that ``key`` names."""
    if kept[0] == "?":
        return _mentions(kept, key)
    return kept.startswith((f"{key}->", f"{key}.", f"{key}[")) or kept == f"*{key}"


def _mentions(text: str, key: str) -> bool:
    place = text.find(key)
    while place >= 0:
        before, after = text[place - 1], text[place + len(key) : place + len(key) + 1]
        if not (before.isalnum() or before == "_") and not (after.isalnum() or after == "_"):
            return True
        place = text.find(key, place + 1)
    return False
