"""Changes of real decisions, and the page states that each must change: worked out by hand."""

import re
from collections.abc import Callable
from dataclasses import dataclass

from rewrites import Files, place, replaced

from kanalyze.semantics.model import Direction
from kanalyze.semantics.states import Size, Trigger
from kanalyze.semantics.universe import Columns
from kanalyze.semantics.values import Ints, Mask


@dataclass(frozen=True)
class Mutant:
    """One change: what is replaced in which function, and what must come of it.

    ``changed`` are the states of the decision whose outcomes differ, ``breaks``
    the ones among them that break a rule since.
    """

    name: str
    series: str
    function: str
    pattern: bytes
    new: bytes
    places: int
    decision: str
    trigger: Trigger
    size: Size
    changed: Callable[[Columns], Mask]
    before: str
    after: str
    direction: Direction
    r1: Callable[[Columns], Mask]
    r3: Callable[[Columns], Mask]

    def made(self, files: Files) -> Files:
        """Return the release with the change."""
        at = place(files, self.function)
        assert at is not None, f"{self.function} is not in Linux {self.series}"
        text, number = re.subn(self.pattern, self.new, at.text)
        assert number == self.places, f"{self.name}: {number} places in Linux {self.series}"
        return replaced(files, at, text)


def pins(c: Columns) -> Ints:
    return c.my_pins + c.other_pins


def references(c: Columns) -> Ints:
    """Return what FOLL_GET and FOLL_PIN hold."""
    return c.my_refs + c.other_refs + pins(c)


def nobody(c: Columns) -> Mask:
    found: Mask = c.my_pins < 0
    return found


def plain(c: Columns) -> Mask:
    """Return the anonymous pages that KSM has not merged and nobody else maps."""
    found: Mask = (c.anonymous > 0) & (c.ksm == 0) & (c.other_maps == 0)
    return found


def one_extra(c: Columns) -> Mask:
    """Return where the page has one reference that no page table of mine explains."""
    extra = c.my_refs + c.other_refs + (c.lru_refs > 0) + c.swap_cache
    found: Mask = plain(c) & (pins(c) == 0) & (extra == 1)
    return found


def settles(c: Columns) -> Mask:
    """Return where nothing but what can be dropped at once holds a page that I alone map."""
    found: Mask = (c.other_maps == 0) & (references(c) == 0) & (c.lru_refs < 2) & (c.exclusive == 0)
    return found


MUTANTS = (
    Mutant(
        "mappings are counted instead of references", "5.10", "do_wp_page",
        rb"\bpage_count\((\w+)\) != 1", rb"page_mapcount(\1) != 1", 2,
        "do_wp_page", "write-fault", "small",
        lambda c: plain(c) & ((references(c) > 0) | (c.lru_refs > 0) | (c.swap_cache > 0)),
        "copy", "copy or reuse", "weakens", lambda c: c.shared, nobody,
    ),
    Mutant(
        "KSM is forgotten", "5.10", "do_wp_page",
        rb"\bPageKsm\(\w+\) \|\| ", b"", 2,
        "do_wp_page", "write-fault", "small",
        lambda c: (
            (c.ksm > 0) & (c.other_maps == 0) & (references(c) == 0)
            & (c.lru_refs == 0) & (c.swap_cache == 0)
        ),
        "copy", "copy or reuse", "weakens", lambda c: c.shared, nobody,
    ),
    Mutant(
        "one reference more is let through", "5.10", "do_wp_page",
        rb"\bpage_count\((\w+)\) != 1", rb"page_count(\1) > 2", 2,
        "do_wp_page", "write-fault", "small",
        one_extra, "copy", "copy or reuse", "weakens", lambda c: c.shared, nobody,
    ),
    Mutant(
        "the recheck has nothing to find where nothing was changed", "5.10", "do_wp_page",
        rb"(?<=\bpage_mapcount\(page\) != 1) \|\| page_count\(\w+\) != 1", b"", 1,
        "do_wp_page", "write-fault", "small",
        nobody, "", "", "refactors", nobody, nobody,
    ),
    Mutant(
        "a lock that is not free is waited for", "5.10", "do_wp_page",
        rb"\btrylock_page\((\w+)\)", rb"lock_page(\1), 0", 1,
        "do_wp_page", "write-fault", "small",
        lambda c: (
            plain(c) & (references(c) == 0) & (c.lru_refs == 0) & (c.swap_cache == 0)
        ),
        "copy or reuse", "reuse", "changes", nobody, nobody,
    ),
    Mutant(
        "references are not counted again once the swap cache was asked", "6.1", "do_wp_page",
        rb"folio_ref_count\(folio\) != 1", b"0", 1,
        "do_wp_page", "write-fault", "small",
        lambda c: settles(c) & (c.ksm == 0) & (c.other_swaps > 0),
        "copy", "copy or reuse", "weakens", lambda c: c.shared, nobody,
    ),
    Mutant(
        "KSM is forgotten", "6.1", "do_wp_page",
        rb"folio_test_ksm\(folio\) \|\| ", b"", 2,
        "do_wp_page", "write-fault", "small",
        lambda c: settles(c) & (c.ksm > 0) & (c.other_swaps == 0),
        "copy", "copy or reuse", "weakens", lambda c: c.shared, nobody,
    ),
    Mutant(
        "the exclusive bit is forgotten", "6.12", "do_wp_page",
        rb"PageAnonExclusive\(vmf->page\) \|\|", b"", 1,
        "do_wp_page", "write-fault", "large",
        lambda c: c.exclusive > 0,
        "reuse", "copy", "weakens", nobody, lambda c: c.my_pins > 0,
    ),
    Mutant(
        "pins are forgotten at fork", "6.1", "page_needs_cow_for_dma",
        rb"return page_maybe_dma_pinned\(\w+\)", b"return false", 1,
        "copy_present_pte", "fork", "small",
        lambda c: (c.anonymous > 0) & (c.my_pins > 0),
        "copy", "share", "weakens", nobody, lambda c: c.my_pins > 0,
    ),
    Mutant(
        "references are not counted", "7.3", "hugetlb_wp",
        rb"folio_mapcount\(old_folio\) == 1", b"1", 1,
        "hugetlb_wp", "write-fault", "hugetlb",
        lambda c: (c.anonymous > 0) & (c.other_maps > 0),
        "copy", "reuse", "weakens", lambda c: c.shared, nobody,
    ),
)  # fmt: skip
