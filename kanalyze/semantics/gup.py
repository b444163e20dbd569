"""An access by get_user_pages(): the kernel follows an entry of mine to the page.

An entry that allows the access is followed.  One that is read-only is followed all
the same (to read, or with FOLL_FORCE to write), or a fault is asked for, or the
page is to be unshared first.  What it is called for is told by its flags:

GUP write         a pin for writing: pin_user_pages(FOLL_WRITE)
GUP forced write  a write past the mapping's permissions, as of a debugger
GUP read pin      a pin for reading that lasts as long as one transfer
GUP long pin      a pin for reading that stays: FOLL_LONGTERM
"""

import re
from collections.abc import Iterator, Mapping
from types import MappingProxyType
from typing import Final, Literal

from kanalyze.semantics.code import Code
from kanalyze.semantics.facts import ERRNO
from kanalyze.semantics.states import Trigger

Access = Literal["slow", "fast", ""]

# What it takes to find a page by an entry, and to ask what the entry allows.
_FINDS: Final = frozenset(
    {"vm_normal_page", "vm_normal_folio", "pte_page", "pmd_page", "pud_page", "pfn_to_page"}
)
# An entry of hugetlb's own kind.
_HUGETLB: Final = re.compile(r"huge_pte\w+")
_WRITABLE: Final = re.compile(r"(?:huge_)?p(?:te|md|ud)_write")
_PERMITTED: Final = re.compile(r"p(?:te|md|ud)_access_permitted")
_GIVES_PAGE: Final = re.compile(rb"\bstruct\s+page\s*\*\s*\w+\s*\(")
_TAKES_PAGES: Final = re.compile(rb"\bstruct\s+page\s*\*\s*\*\s*\w+")
# How deep what a function calls is read for flags.
_DEEP: Final = 3

#: The triggers, and a flag without which a tree has no such access.
NEEDS: Final[Mapping[Trigger, str]] = MappingProxyType(
    {
        "gup-write": "FOLL_WRITE",
        "gup-forced-write": "FOLL_FORCE",
        "gup-read-pin": "FOLL_PIN",
        "gup-long-pin": "FOLL_LONGTERM",
    }
)


def access(code: Code, name: str) -> Access:
    """Return how a function follows an entry for GUP; empty if it does not.

    The slow way gives back the page that it found (that of hugetlb fills an array
    in a loop of its own), the fast one fills an array without the page-table lock.
    """
    words = code.words(name)
    if not words & _FINDS:
        return ""
    header = code.header(name)
    gives, takes = _GIVES_PAGE.search(header), _TAKES_PAGES.search(header)
    if takes and any(map(_PERMITTED.fullmatch, words)):
        return "fast"
    loops = takes and any(map(_HUGETLB.fullmatch, words))
    asks = "FOLL_WRITE" in words and (gives or loops)
    return "slow" if asks and any(map(_WRITABLE.fullmatch, _near(code, name))) else ""


def triggers(code: Code, name: str) -> Iterator[Trigger]:
    """Yield the accesses that a function is asked for, those that the tree has."""
    kind = access(code, name)
    for trigger, flag in NEEDS.items() if kind else ():
        # What forces is left to the slow way.
        if code.uses(flag) and not (kind == "fast" and trigger == "gup-forced-write"):
            yield trigger


def gives_page(code: Code, name: str) -> bool:
    """Tell whether a function returns the page that it followed."""
    return _GIVES_PAGE.search(code.header(name)) is not None


def _near(code: Code, name: str) -> frozenset[str]:
    """Return the words of a function and of what it calls, a few calls deep."""
    found, layer = set(code.words(name)), {name}
    seen = {name}
    for _ in range(_DEEP):
        layer = {word for one in layer for word in code.words(one) if code.follows(word)} - seen
        seen |= layer
        for one in layer:
            found |= code.words(one)
    return frozenset(found)


# ------------------------------------------------------------ what is granted

WRITABLE: Final = "an entry is writable only where the page is mine alone, and I may write"
_PRESENT: Final = "an entry of the kind that the trigger says"
_PLAIN: Final = "an ordinary page: not the zero page, not a device's"

#: Calls that have one answer for GUP: name -> (answer, what is assumed).
GRANTED: Final[Mapping[str, tuple[int, str]]] = MappingProxyType(
    {
        **dict.fromkeys(
            ("pte_none", "pmd_none", "pud_none", "huge_pte_none", "pte_none_mostly",
             "huge_pte_none_mostly", "pte_protnone", "pmd_protnone", "pud_protnone",
             "pmd_bad", "pud_bad", "pmd_trans_splitting", "is_swap_pte", "is_hugepd"),
            (0, _PRESENT),
        ),
        **dict.fromkeys(
            ("pud_present", "pte_offset_map", "pte_offset_map_lock", "pte_offset_map_ro_nolock"),
            (1, _PRESENT),
        ),
        **dict.fromkeys(
            ("is_migrate_cma_page", "folio_is_pci_p2pdma", "folio_is_secretmem",
             "page_is_secretmem", "vma_is_secretmem", "PageSlab", "folio_test_slab"),
            (0, _PLAIN),
        ),
        **dict.fromkeys(
            ("folio_is_longterm_pinnable", "is_longterm_pinnable_page", "is_pinnable_page"),
            (1, "the page is where one may be pinned for long"),
        ),
        "follow_huge_addr": (-ERRNO["EINVAL"], "huge pages are mapped by a PMD"),
        **dict.fromkeys(
            ("arch_make_page_accessible", "arch_make_folio_accessible"),
            (0, "the processor may use the page"),
        ),
    }
)  # fmt: skip

#: What asks for a fault, in a loop that follows the entry again afterwards.
FAULTS: Final = frozenset({"handle_mm_fault", "hugetlb_fault"})


def asks_writable(name: str) -> bool:
    """Tell whether a call asks if an entry is writable."""
    return _WRITABLE.fullmatch(name) is not None


def asks_permission(name: str) -> bool:
    """Tell whether a call asks if an entry allows an access: a write, if it is told so last."""
    return _PERMITTED.fullmatch(name) is not None
