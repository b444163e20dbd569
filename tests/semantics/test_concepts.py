"""How much code implements each rule, against what was counted in the source by hand."""

import pytest
from real_explainers import Explainers

from kanalyze.semantics.complexity import complexity
from kanalyze.semantics.concepts import concepts
from kanalyze.semantics.model import Concept, Rule


def concept(explainers: Explainers, series: str, rule: Rule) -> Concept:
    return next(one for one in concepts(explainers(series)) if one.rule == rule)


def test_exclusive_ownership_in_5_10(explainers: Explainers) -> None:
    # mm/memory.c:      PageAnon; PageKsm, page_count; and under the page lock again PageKsm,
    #                   page_mapcount, page_count (do_wp_page, 3 lines);
    #                   the answer of reuse_swap_page (do_swap_page, 1 line)
    # mm/huge_memory.c: the same answer (do_huge_pmd_wp_page, 1 line)
    # mm/swapfile.c:    PageKsm; count <= 1 (reuse_swap_page, 2 lines)
    # mm/hugetlb.c:     page_mapcount, PageAnon (hugetlb_cow, 1 line)
    found = concept(explainers, "5.10", "R1")
    assert set(found.functions) == {
        "do_wp_page", "do_swap_page", "do_huge_pmd_wp_page", "reuse_swap_page", "hugetlb_cow",
    }  # fmt: skip
    assert (found.conditions, found.lines) == (12, 8)
    assert found.files == ("mm/huge_memory.c", "mm/hugetlb.c", "mm/memory.c", "mm/swapfile.c")
    assert {"page-table lock", "folio lock"} <= set(found.locks)


def test_exclusive_ownership_in_7_2(explainers: Explainers) -> None:
    # mm/memory.c:      folio_test_anon; PageAnonExclusive and the answer of the helper
    #                   (do_wp_page, 2 lines); the answer of the helper for large folios;
    #                   KSM and folio_ref_count under the lock (wp_can_reuse_anon_folio, 2);
    #                   map count against reference count, and once more with the bit of
    #                   sharing under its lock (__wp_can_reuse_large_anon_folio, 3);
    #                   KSM; exclusive, folio_ref_count (do_swap_page, 2)
    # mm/huge_memory.c: PageAnonExclusive twice, folio_ref_count (do_huge_pmd_wp_page, 3)
    # mm/hugetlb.c:     folio_mapcount, folio_test_anon (hugetlb_wp, 1)
    found = concept(explainers, "7.2", "R1")
    assert (found.conditions, found.lines) == (17, 13)


def test_sparing_copies_in_5_10(explainers: Explainers) -> None:
    # mm/swapfile.c: count == 1 and PageSwapCache, and what they lead to,
    #                delete_from_swap_cache() (reuse_swap_page, 2 lines); page_swapped
    #                and again delete_from_swap_cache() (try_to_free_swap, 2)
    # mm/memory.c:   the call of the latter (do_swap_page, 1)
    found = concept(explainers, "5.10", "R2")
    assert (found.conditions, found.lines) == (3, 5)
    assert "do_wp_page" not in found.functions


def test_sparing_copies_before_the_check_under_the_lock(explainers: Explainers) -> None:
    # "these early checks are just an optimization to avoid locking the folio and
    # freeing the swapcache if there is little hope that we can reuse" (7.2)
    rules = {one.rule: one for one in concepts(explainers("7.2"))}
    assert "wp_can_reuse_anon_folio" in rules["R1"].functions
    assert "wp_can_reuse_anon_folio" in rules["R2"].functions
    assert "folio_free_swap" in rules["R2"].functions
    assert "folio_free_swap" not in rules["R1"].functions


@pytest.mark.parametrize(
    ("series", "functions"),
    [
        ("5.10", {"copy_page_range", "lockless_pages_from_mm"}),
        ("7.2", {"copy_page_range", "gup_fast", "copy_hugetlb_page_range"}),
    ],
)
def test_the_seqcount_of_fork_and_of_nothing_else(
    explainers: Explainers, series: str, functions: set[str]
) -> None:
    # git grep -n write_protect_seq: begin and end where fork copies, read by GUP-fast;
    # mems_allowed_seq and the others in these files are no part of it.
    found = concept(explainers, series, "R3")
    assert len(found.sections) == len(functions)
    assert functions <= set(found.functions)


def test_swap_out_leaves_pinned_pages_alone(explainers: Explainers) -> None:
    # Linux kernel commit feb889fb40fa ("mm: don't put pinned pages into the swap
    # cache") (in v5.11; in 5.10 through stable).
    assert "shrink_page_list" in concept(explainers, "5.10", "R3").functions


@pytest.mark.parametrize(
    ("series", "function", "expected"),
    [
        # Choices counted in the source: 1 + uffd 1 + flush 2 + no page 1 + shared 1 +
        # anonymous 1 + early 2 + trylock 1 + locked 3 + shared 1.
        ("5.10", "do_wp_page", 14),
        # 1 + unshare 1 + uffd 1 + async 1 + flush 2 + page 1 + shared 1 + no page or DAX 2 +
        # the decision 4 + set the bit 1 + unshare 1 + folio 1 + KSM event 2.
        ("7.2", "do_wp_page", 19),
        # 1 + THP and large 2 + early 2 + LRU 1 + references 1 + trylock 1 + swap cache 1 +
        # locked 2; IS_ENABLED() is a condition like any other.
        ("7.2", "wp_can_reuse_anon_folio", 11),
    ],
)
def test_complexity_of_real_functions(
    explainers: Explainers, series: str, function: str, expected: int
) -> None:
    program = explainers(series).code.program(function)
    assert program is not None
    assert complexity(program) == expected
