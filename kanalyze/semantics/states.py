"""The abstract page: who has it, and in what way.

A state names two parties, *me* (the process whose page-table entry, swap entry
or mapping the kernel is looking at) and *other* (everybody else: a child, a
parent, the holder of a pipe).  Counts are small: enough to tell none, one and
more apart.  What the kernel reads (``page_count`` and the like) is derived from
a state, by :mod:`kanalyze.semantics.counters`.
"""

from dataclasses import dataclass
from typing import Literal

Trigger = Literal[
    "write-fault", "unshare-fault", "swap-in", "fork", "unmap", "other",
    "gup-write", "gup-forced-write", "gup-read-pin", "gup-long-pin",
]  # fmt: skip
Size = Literal["small", "large", "pmd", "hugetlb"]
LruRefs = Literal["none", "local", "remote"]

# What get_user_pages() is called for, see :mod:`kanalyze.semantics.gup`.
GUP: frozenset[Trigger] = frozenset(
    {"gup-write", "gup-forced-write", "gup-read-pin", "gup-long-pin"}
)
# A large folio has this many pages here: enough to be mapped in part.
LARGE_PAGES = 4


@dataclass(frozen=True, slots=True, kw_only=True)
class PageState:
    """One page (or folio), as it is when the kernel is about to decide.

    ``my_maps`` and ``other_maps`` count page-table entries (one for a PMD or a
    hugetlb entry), ``my_swaps`` and ``other_swaps`` swap entries for the same
    content.  ``refs`` are references of the FOLL_GET kind (a pipe), ``pins``
    those of FOLL_PIN.  ``lru_refs`` is a reference that an LRU cache holds: of
    this CPU (``lru_add_drain()`` drops it) or of another one.  ``exclusive`` is
    the exclusive bit, of the page while it is mapped and of the swap entry
    while it is not.
    """

    size: Size = "small"
    anonymous: bool = True
    my_maps: int = 0
    other_maps: int = 0
    my_swaps: int = 0
    other_swaps: int = 0
    swap_cache: bool = False
    my_refs: int = 0
    other_refs: int = 0
    my_pins: int = 0
    other_pins: int = 0
    lru_refs: LruRefs = "none"
    ksm: bool = False
    exclusive: bool = False

    @property
    def shared(self) -> bool:
        """Tell whether somebody else can still read the page, now or by swapping it in.

        A file page is in the page cache, where everybody can; a KSM page belongs
        to whoever has, or will have, the same content.
        """
        return (
            (not self.anonymous)
            or self.ksm
            or bool(self.other_maps or self.other_swaps or self.other_refs or self.other_pins)
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Features:
    """What a tree has that decides which states there are and what counters read.

    Probed in the source, never taken from a version: see
    :func:`kanalyze.semantics.features.probe`.
    """

    exclusive_bit: bool
    """Linux kernel commit 6c287605fd56 ("mm: remember exclusively mapped anonymous
    pages with PG_anon_exclusive") (in v5.19)."""
    pin_bias: bool
    """A FOLL_PIN is told from a plain reference.  Linux kernel commit 3faa52c03f44
    ("mm/gup: track FOLL_PIN pages") (in v5.7)."""
    pin_counter: bool
    """Large folios count pins apart from the references.  Linux kernel commit
    47e29d32afba ("mm/gup: page->hpage_pinned_refcount: exact pin counts for huge
    pages") (in v5.7)."""
    large_folios: bool
    """There are transparent huge pages, mapped by a PMD or by PTEs.  Linux kernel
    commit 71e3aac0724f ("thp: transparent hugepage core") (in v2.6.38)."""
    ksm: bool
    """Linux kernel commit f8af4da3b4c1 ("ksm: the mm interface to ksm") (in v2.6.32)."""
    pins_stay_mapped: bool = False
    """What unmaps a page for the swap area keeps away from what is pinned: found by
    following those functions, see :func:`kanalyze.semantics.arms.pins_stay_mapped`.
    Linux kernel commit feb889fb40fa ("mm: don't put pinned pages into the swap
    cache") (in v5.11) made reclaim do so."""
