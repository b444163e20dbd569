"""What the kernel does to a page on the way to a decision: every primitive, by all its names.

As with :mod:`reads`, only what lies at the bottom is listed; a function that does
these things under conditions (``try_to_free_swap``) is followed in the tree.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Final, TypeAlias

import numpy as np

from kanalyze.semantics.values import NEW, PAGE, THERE, Mask, Value, some
from kanalyze.semantics.world import (
    EXCLUSIVE,
    LRU,
    MY_MAPS,
    MY_SWAPS,
    OTHER_MAPS,
    OTHER_SWAPS,
    OWN,
    SWAP_CACHE,
    Store,
    World,
)

_LOCAL, _NO_LRU = 1, 0


@dataclass(frozen=True, slots=True)
class Done:
    """One call: the world it is done in and what it is given.

    ``page`` tells in which states an argument is the page that is decided about.
    """

    world: World
    store: Store
    arguments: tuple[Value, ...]
    page: Mask

    def number(self, place: int) -> int | None:
        """Return an argument that is the same known number in every state."""
        if place >= len(self.arguments):
            return None
        value = self.arguments[place]
        if not value.known.all() or some(value.data != value.data[0]):
            return None
        return int(value.data[0])


Effect: TypeAlias = Callable[[Done], Value | None]


def _add(key: str, by: int) -> Effect:
    def effect(done: Done) -> None:
        done.world.add(done.store, key, by, done.page)

    return effect


def _add_refs(sign: int) -> Effect:
    def effect(done: Done) -> Value:
        number = done.number(1)
        done.world.add(done.store, OWN, sign * (1 if number is None else number), done.page)
        return done.world.values.number(1)

    return effect


def _try_get(done: Done) -> Value:
    """Take a reference: nothing here is ever about to be freed, so it succeeds."""
    done.world.add(done.store, OWN, 1, done.page)
    return done.world.values.partly(
        done.page, done.world.values.number(PAGE), done.world.values.number(1)
    )


def _try_get_some(done: Done) -> Value:
    """Take as many references as the second argument says: one if that is not known."""
    number = done.number(1)
    done.world.add(done.store, OWN, 1 if number is None else number, done.page)
    return done.world.values.partly(
        done.page, done.world.values.number(PAGE), done.world.values.number(1)
    )


def _swap_cache_lookup(done: Done) -> Value:
    """Find the page in the swap cache and take a reference; NULL if it is not there."""
    world, store = done.world, done.store
    cached = store[SWAP_CACHE].data > 0
    world.add(store, OWN, 1, cached)
    return Value(np.where(cached, PAGE, 0).astype(np.int32), store[SWAP_CACHE].known)


def _swap_in(done: Done) -> Value:
    """Read the page into the swap cache, with a reference for the caller.

    A page that was read just now waits in this CPU's LRU cache.
    """
    world, store = done.world, done.store
    fresh = ~world.in_memory(store)
    world.set(store, SWAP_CACHE, 1, fresh)
    world.set(store, LRU, _LOCAL, fresh)
    world.add(store, OWN, 1)
    return world.values.number(PAGE)


def _allocate(done: Done) -> Value:
    """Allocate: a new page, or the place that the swapped content is read into."""
    world, store = done.world, done.store
    if world.universe.trigger != "swap-in":
        return world.values.number(NEW)
    fresh = ~world.in_memory(store)
    world.add(store, OWN, 1, fresh)
    return world.values.of(np.where(fresh, PAGE, NEW))


def _drain(done: Done) -> None:
    local = done.store[LRU].data == _LOCAL
    done.world.set(done.store, LRU, _NO_LRU, local)


def _drain_all(done: Done) -> None:
    done.world.set(done.store, LRU, _NO_LRU)


def _to_lru(done: Done) -> None:
    done.world.set(done.store, LRU, _LOCAL, done.page & (done.store[LRU].data == 0))


def _set(key: str, number: int) -> Effect:
    def effect(done: Done) -> None:
        done.world.set(done.store, key, number, done.page)

    return effect


def _mark(key: str, number: int) -> Effect:
    """As :func:`_set`, for what is called with an entry instead of the page; gives it back."""

    def effect(done: Done) -> Value:
        done.world.set(done.store, key, number)
        return done.arguments[0] if done.arguments else done.world.values.unknown

    return effect


def _map(done: Done) -> None:
    """Map the page for me: the caller's reference becomes the mapping's.

    With RMAP_EXCLUSIVE among the arguments the page is exclusive from then on,
    else not.  Linux kernel commit 6c287605fd56 ("mm: remember exclusively mapped
    anonymous pages with PG_anon_exclusive") (in v5.19).
    """
    world, store = done.world, done.store
    world.add(store, MY_MAPS, 1, done.page)
    world.add(store, OWN, -1, done.page)
    if not world.universe.features.exclusive_bit:
        return
    flags = done.arguments[-1]
    exclusive = Value((flags.data == 1).astype(np.int32), flags.known)
    store[EXCLUSIVE] = world.values.partly(done.page, exclusive, store[EXCLUSIVE])


def _map_new(done: Done) -> None:
    """Map a page that nobody else can know: exclusive where there is such a bit."""
    done.world.add(done.store, MY_MAPS, 1, done.page)
    done.world.add(done.store, OWN, -1, done.page)
    if done.world.universe.features.exclusive_bit:
        done.world.set(done.store, EXCLUSIVE, 1, done.page)


def _unmap(done: Done) -> None:
    """Take my mapping away: its reference is the caller's until it is dropped."""
    done.world.add(done.store, MY_MAPS, -1, done.page)
    done.world.add(done.store, OWN, 1, done.page)


def _duplicate(done: Done) -> None:
    """Map the page for the child, too: the reference taken for it becomes the mapping's.

    Once: where entries are copied in a loop, the next one is of another page.
    """
    world, store = done.world, done.store
    once = done.page & (store[OTHER_MAPS].data == world.universe.columns.other_maps)
    world.add(store, OTHER_MAPS, 1, once)
    world.add(store, OWN, -1, done.page)


def _duplicate_swap(done: Done) -> Value:
    fork = done.world.universe.trigger == "fork"
    done.world.add(done.store, OTHER_SWAPS if fork else MY_SWAPS, 1)
    return done.world.values.number(0)


def _drop_swap(done: Done) -> None:
    done.world.add(done.store, MY_SWAPS, -1)


def _to_swap_cache(succeeds: int) -> Effect:
    def effect(done: Done) -> Value:
        done.world.set(done.store, SWAP_CACHE, 1, done.page)
        return done.world.values.number(succeeds)

    return effect


def _same(done: Done) -> Value:
    return done.arguments[0]


def _second(done: Done) -> Value:
    return done.arguments[1]


def _page(done: Done) -> Value:
    return done.world.values.number(PAGE)


def _another(done: Done) -> Value:
    """Return a page that is not the one in question."""
    return done.world.values.number(THERE)


def _entry_to_page(done: Done) -> Value:
    """Return what an entry refers to: a new page if it was made from one, else the page."""
    values = done.world.values
    if not done.arguments:
        return values.number(PAGE)
    fresh = done.arguments[0].where(NEW)
    return values.partly(fresh, values.number(NEW), values.number(PAGE))


def _writeback(done: Done) -> Value:
    """Only what was in the swap cache (or in a file) before can be on its way out."""
    columns = done.world.universe.columns
    maybe = (columns.swap_cache > 0) | (columns.anonymous == 0)
    return Value(np.zeros(done.world.values.size, np.int32), ~maybe)


def _unknown(done: Done) -> Value:
    return done.world.values.unknown


def _names(effect: Effect, *names: str) -> dict[str, Effect]:
    return dict.fromkeys(names, effect)


_TAKEN: Final[Mapping[str, Effect]] = {
    **_names(_add(OWN, 1), "get_page", "folio_get", "page_cache_get"),
    **_names(_add_refs(1), "folio_ref_add", "page_ref_add", "folio_ref_inc", "page_ref_inc"),
    **_names(_try_get, "try_get_page", "folio_try_get", "get_page_unless_zero", "get_page_foll"),
    **_names(_try_get_some, "folio_ref_try_add", "folio_ref_try_add_rcu",
             "page_cache_add_speculative"),
}  # fmt: skip
#: What takes a reference.
TAKES_REFERENCE: Final = frozenset(_TAKEN)

EFFECTS: Final[Mapping[str, Effect]] = MappingProxyType(
    {
        # references
        **_TAKEN,
        **_names(_add(OWN, -1), "put_page", "folio_put", "page_cache_release",
                 "put_page_unless_one"),
        **_names(_add_refs(-1), "folio_ref_sub", "page_ref_sub", "folio_put_refs"),
        # LRU caches
        **_names(_drain, "lru_add_drain"),
        **_names(_drain_all, "lru_add_drain_all", "lru_cache_disable"),
        **_names(_to_lru, "lru_cache_add", "folio_add_lru", "lru_cache_add_active",
                 "lru_cache_add_inactive_or_unevictable", "folio_add_lru_vma",
                 "lru_cache_add_active_or_unevictable", "lru_cache_add_anon"),
        # swap
        **_names(_swap_cache_lookup, "lookup_swap_cache", "swap_cache_get_folio"),
        **_names(_swap_in, "swapin_readahead", "read_swap_cache_async", "swapin_sync",
                 "swapin_folio", "swapin_readahead_entry", "swap_cluster_readahead"),
        **_names(_set(SWAP_CACHE, 0), "delete_from_swap_cache", "__delete_from_swap_cache",
                 "swap_cache_del_folio", "__swap_cache_del_folio"),
        **_names(_to_swap_cache(1), "add_to_swap"),
        **_names(_to_swap_cache(0), "folio_alloc_swap"),
        **_names(_drop_swap, "swap_free", "swap_free_nr", "folio_put_swap",
                 "free_swap_and_cache"),
        **_names(_duplicate_swap, "swap_duplicate", "folio_dup_swap", "swap_dup_entry_direct"),
        # allocation
        **_names(
            _allocate, "alloc_page_vma", "alloc_page", "alloc_pages", "vma_alloc_folio",
            "alloc_hugepage_vma", "alloc_huge_page", "alloc_hugetlb_folio", "folio_prealloc",
            "page_copy_prealloc", "alloc_zeroed_user_highpage_movable", "folio_alloc",
            "alloc_zeroed_user_highpage",
            "vma_alloc_zeroed_movable_folio", "alloc_swap_folio", "alloc_transhuge_page_vma",
            "vma_alloc_anon_folio_pmd", "alloc_anon_folio", "swap_cache_alloc_folio",
            "__alloc_swap_folio", "alloc_swap_cache_folio",
        ),
        # mapping
        **_names(_map, "page_add_anon_rmap", "do_page_add_anon_rmap", "folio_add_anon_rmap_pte",
                 "folio_add_anon_rmap_ptes", "folio_add_anon_rmap_pmd", "hugepage_add_anon_rmap",
                 "hugetlb_add_anon_rmap"),
        **_names(_map_new, "page_add_new_anon_rmap", "folio_add_new_anon_rmap",
                 "hugepage_add_new_anon_rmap", "hugetlb_add_new_anon_rmap"),
        **_names(_unmap, "page_remove_rmap", "folio_remove_rmap_pte", "folio_remove_rmap_ptes",
                 "folio_remove_rmap_pmd", "hugetlb_remove_rmap"),
        **_names(_duplicate, "page_dup_rmap", "__page_dup_rmap", "page_dup_file_rmap",
                 "folio_dup_file_rmap_pte", "folio_dup_file_rmap_ptes",
                 "folio_dup_file_rmap_pmd", "hugetlb_add_file_rmap"),
        # the exclusive bit
        **_names(_set(EXCLUSIVE, 1), "SetPageAnonExclusive"),
        **_names(_set(EXCLUSIVE, 0), "ClearPageAnonExclusive", "__ClearPageAnonExclusive"),
        **_names(_mark(EXCLUSIVE, 0), "pte_swp_clear_exclusive", "pmd_swp_clear_exclusive"),
        **_names(_mark(EXCLUSIVE, 1), "pte_swp_mkexclusive", "pmd_swp_mkexclusive"),
        # whether a lock is free is nobody's to know
        **_names(_unknown, "trylock_page", "folio_trylock", "TestSetPageLocked"),
        **_names(_writeback, "PageWriteback", "folio_test_writeback"),
        # from one name of the page to another
        **_names(_same, "page_folio", "compound_head", "folio_page", "folio_file_page",
                 "nth_page", "ksm_might_need_to_copy", "virt_to_head_page",
                 "page_rmapping", "data_race", "READ_ONCE", "WRITE_ONCE", "atomic_read",
                 "rcu_dereference", "likely", "unlikely", "test_and_return",
                 "folio_raw_mapping", "folio_throttle", "page_head"),
        **_names(_page, "vm_normal_folio", "vm_normal_page", "vm_normal_page_pmd",
                 "vm_normal_folio_pmd", "vm_normal_page_pud", "_vm_normal_page"),
        # an entry that is read refers to the page
        **_names(_page, "ptep_get", "huge_ptep_get", "ptep_get_lockless", "pmdp_get",
                 "pmdp_get_lockless"),
        **_names(_entry_to_page, "pte_page", "pmd_page", "pud_page", "pfn_to_page",
                 "pfn_swap_entry_to_page", "pfn_swap_entry_folio", "pfn_folio",
                 "softleaf_to_page", "softleaf_to_folio", "migration_entry_to_page",
                 "swap_entry_to_page"),
        **_names(_another, "ZERO_PAGE"),
        # an entry is as new as the page that it was made from
        **_names(
            _same, "mk_pte", "folio_mk_pte", "mk_pmd", "mk_huge_pmd", "folio_mk_pmd",
            "mk_huge_pte", "pte_mkdirty", "pte_mkyoung", "pte_sw_mkyoung", "pmd_mkdirty",
            "pmd_mkyoung", "huge_pte_mkdirty", "huge_pte_mkyoung", "pte_mkold", "pte_mkspecial",
            "pte_mksoft_dirty", "pte_mkuffd_wp", "pte_clear_uffd_wp", "pte_mkhuge", "pmd_mkhuge",
            "pte_mkclean", "pmd_mkclean", "maybe_mkwrite", "maybe_pmd_mkwrite", "pte_mkwrite",
            "pte_mkwrite_novma", "pmd_mkwrite", "pmd_mkwrite_novma", "pte_wrprotect",
            "pmd_wrprotect", "huge_pte_wrprotect", "arch_make_huge_pte", "pte_clear_soft_dirty",
            "pte_advance_pfn", "pte_next_pfn", "pte_modify", "pmd_modify", "move_soft_dirty_pmd",
            "move_soft_dirty_pte", "move_pte", "clear_uffd_wp_pmd", "pmd_mkuffd_wp",
            "pmd_clear_uffd_wp", "pte_swp_mksoft_dirty", "pmd_mksoft_dirty", "pmd_mkold",
            "pmd_clear_soft_dirty", "pte_swp_mkuffd_wp", "pte_swp_clear_uffd_wp",
            "arch_make_pte", "pte_mkuffd", "pmd_mkuffd", "pte_clear_uffd",
            "huge_pte_clear_uffd_wp", "huge_pte_mkuffd_wp", "pmd_clear_uffd",
        ),
        **_names(_second, "make_huge_pte"),
    }
)  # fmt: skip

# What puts an entry into the page table.
PUTS_BACK: Final = frozenset(
    {"set_pte_at", "set_ptes", "set_pmd_at", "set_pud_at", "set_huge_pte_at", "set_pte",
     "set_pte_at_notify", "set_pte_ext"}
)  # fmt: skip

# What makes a PMD mapping one of page-table entries.
SPLITS: Final = frozenset({"__split_huge_pmd", "split_huge_pmd", "split_huge_page_pmd"})

# Counters of the mappings themselves: raising one at fork is mapping for the child.
MAP_COUNTERS: Final = frozenset(
    {"_mapcount", "_entire_mapcount", "_large_mapcount", "compound_mapcount"}
)

# What only gives one name of the page, or of an entry, for another.
_STILL = (_same, _second, _page, _another, _entry_to_page, _unknown)
# What changes the page, or tells something about it.
CHANGES: Final = frozenset(name for name, effect in EFFECTS.items() if effect not in _STILL)
