"""What the kernel reads to learn who has a page: every primitive, by all its names.

Functions that compute an answer from these are not listed: they are followed in
the tree that is explained, whatever their names are there.
"""

from collections.abc import Callable, Mapping
from types import MappingProxyType
from typing import Final, TypeAlias

import numpy as np

from kanalyze.semantics.outcomes import COPIED, REUSED
from kanalyze.semantics.values import Value
from kanalyze.semantics.world import (
    EXCLUSIVE,
    KSM,
    LRU,
    MY_MAPS,
    MY_SWAPS,
    OUTCOME,
    SWAP_CACHE,
    Store,
    World,
)

Read: TypeAlias = Callable[[World, Store], Value]


def _count(world: World, store: Store) -> Value:
    return world.count(store)


def _mapcount(world: World, store: Store) -> Value:
    return world.mapcount(store)


def _page_mapcount(world: World, store: Store) -> Value:
    return world.page_mapcount(store)


def _mapped(world: World, store: Store) -> Value:
    count = world.mapcount(store)
    return Value((count.data > 0).astype(np.int32), count.known)


def _shared_by_mapcount(world: World, store: Store) -> Value:
    count = world.page_mapcount(store)
    return Value((count.data > 1).astype(np.int32), count.known)


def _swapcount(world: World, store: Store) -> Value:
    return world.swapcount(store)


def _swapped(world: World, store: Store) -> Value:
    count = world.swapcount(store)
    return Value((count.data > 0).astype(np.int32), count.known)


def _map_swapcount(world: World, store: Store) -> Value:
    """Return map count and swap count of one page together; without the swap cache no swap count.

    Linux kernel commit 6d0a07edd17c ("mm: thp: calculate the mapcount correctly for
    THP pages during WP faults") (in v4.6); the swap counts of huge pages came in v4.14.
    """
    maps = world.page_mapcount(store)
    swaps, cache = world.swapcount(store), store[SWAP_CACHE]
    data = maps.data + np.where(cache.data > 0, swaps.data, 0)
    return Value(data.astype(np.int32), maps.known & swaps.known & cache.known)


def _on_lru(world: World, store: Store) -> Value:
    """Tell whether it is on an LRU list: a page that waits in an LRU cache is not, yet."""
    lru = store[LRU]
    return Value((lru.data == 0).astype(np.int32), lru.known)


def _in_lru_cache(world: World, store: Store) -> Value:
    return world.values.negated(_on_lru(world, store))


def _large(world: World, store: Store) -> Value:
    return world.values.number(int(world.universe.page_size != "small"))


def _small(world: World, store: Store) -> Value:
    return world.values.number(int(world.universe.page_size == "small"))


def _hugetlb(world: World, store: Store) -> Value:
    return world.values.number(int(world.universe.page_size == "hugetlb"))


def _pmd_mapped(world: World, store: Store) -> Value:
    return world.values.number(int(world.universe.page_size == "pmd"))


def _pages(world: World, store: Store) -> Value:
    return world.values.number(world.pages)


def _pin_count(world: World, store: Store) -> Value:
    return world.pin_count()


def _has_pin_count(world: World, store: Store) -> Value:
    large = world.universe.page_size != "small"
    return world.values.number(int(large and world.universe.features.pin_counter))


def _anonymous(world: World, store: Store) -> Value:
    """Tell whether it is anonymous."""
    return world.anonymous()


def _part(key: str) -> Read:
    def read(world: World, store: Store) -> Value:
        return store[key]

    return read


def _swap_exclusive(world: World, store: Store) -> Value:
    entry, bit = store[MY_SWAPS], store[EXCLUSIVE]
    return Value(((entry.data > 0) & (bit.data > 0)).astype(np.int32), bit.known)


def _expected(world: World, store: Store) -> Value:
    """Return the references that mappings and caches explain: ``folio_expected_ref_count``."""
    maps, cache = world.mapcount(store), store[SWAP_CACHE]
    anonymous = world.anonymous()
    data = maps.data + world.pages * (cache.data + (1 - anonymous.data))
    return Value(data.astype(np.int32), maps.known & cache.known)


def _made_writable(world: World, store: Store) -> Value:
    """Tell whether the entry that was made at swap-in is writable; of others nothing is known."""
    outcome = store[OUTCOME]
    if world.universe.trigger != "swap-in":
        return world.values.unknown
    writable = (outcome.data == REUSED) | (outcome.data == COPIED)
    return Value(writable.astype(np.int32), outcome.known)


def _batch(world: World, store: Store) -> Value:
    """Return how many entries of mine in a row map the folio, from the one looked at."""
    return store[MY_MAPS]


def _names(read: Read, *names: str) -> dict[str, Read]:
    return dict.fromkeys(names, read)


# Called with the page (or the folio) as first argument.
READS: Final[Mapping[str, Read]] = MappingProxyType(
    {
        **_names(_count, "page_count", "page_ref_count", "folio_ref_count"),
        **_names(
            _mapcount, "folio_mapcount", "total_mapcount", "folio_large_mapcount",
            "compound_mapcount",
        ),
        **_names(
            _page_mapcount, "page_mapcount", "__page_mapcount", "page_trans_huge_mapcount",
            "folio_precise_page_mapcount", "folio_average_page_mapcount",
            "folio_estimated_sharers",
        ),
        **_names(_mapped, "page_mapped", "folio_mapped"),
        **_names(_shared_by_mapcount, "folio_likely_mapped_shared"),
        **_names(
            _swapcount, "page_swapcount", "swp_swapcount", "__swp_swapcount", "__swap_count",
            "swap_swapcount",
        ),
        **_names(
            _swapped, "page_swapped", "folio_swapped", "folio_maybe_swapped",
            "swap_page_trans_huge_swapped", "swap_entry_swapped",
        ),
        **_names(_map_swapcount, "page_trans_huge_map_swapcount"),
        **_names(_on_lru, "PageLRU", "folio_test_lru"),
        **_names(_in_lru_cache, "folio_may_be_in_lru_cache"),
        **_names(
            _large, "PageTransCompound", "PageCompound", "PageTransHuge", "PageHead",
            "folio_test_large", "folio_test_pmd_mappable",
        ),
        **_names(_small, "folio_is_order0"),
        **_names(_hugetlb, "PageHuge", "folio_test_hugetlb"),
        **_names(_pmd_mapped, "folio_entire_mapcount"),
        **_names(_pages, "thp_nr_pages", "hpage_nr_pages", "folio_nr_pages", "compound_nr",
                 "folio_large_nr_pages"),
        **_names(_pin_count, "compound_pincount", "head_compound_pincount",
                 "hpage_pincount", "folio_pincount_ptr", "compound_pincount_ptr"),
        **_names(_has_pin_count, "hpage_pincount_available", "folio_has_pincount"),
        **_names(_anonymous, "PageAnon", "folio_test_anon"),
        **_names(_part(KSM), "PageKsm", "folio_test_ksm"),
        **_names(_part(SWAP_CACHE), "PageSwapCache", "folio_test_swapcache"),
        **_names(_part(EXCLUSIVE), "PageAnonExclusive", "folio_test_anon_exclusive"),
        **_names(_expected, "folio_expected_ref_count"),
    }
)  # fmt: skip

# Called with a page-table entry, or with no page at all.
ENTRY_READS: Final[Mapping[str, Read]] = MappingProxyType(
    {
        **_names(_swap_exclusive, "pte_swp_exclusive", "pmd_swp_exclusive"),
        **_names(_pmd_mapped, "pmd_trans_huge", "pmd_leaf", "pmd_is_huge"),
        **_names(_made_writable, "pte_write"),
        **_names(_batch, "folio_pte_batch", "folio_pte_batch_flags"),
    }
)

# Fields of a page that are read directly.
FIELDS: Final[Mapping[str, Read]] = MappingProxyType(
    {
        **_names(_count, "_refcount", "_count"),
        **_names(_pin_count, "_pincount", "hpage_pinned_refcount", "compound_pinned_refcount"),
        **_names(_mapcount, "_large_mapcount"),
    }
)

# Bits asked by name: test_bit(BIT, ...), mm_flags_test(BIT, mm), mm->FIELD.
BITS: Final[Mapping[str, Read]] = MappingProxyType(
    {
        "FOLIO_MM_IDS_SHARED_BITNUM": lambda world, store: world.mapped_by_others(store),
        "MMF_HAS_PINNED": lambda world, store: world.has_pinned(),
        "has_pinned": lambda world, store: world.has_pinned(),
    }
)
