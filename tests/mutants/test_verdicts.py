"""What is known of mutants before anything is built: worked out by hand, from the code."""

import functools
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from mutant_trees import Releases, tree_of
from small_code import FORK, GUP, HEADER, WRITE_FAULT

from kanalyze.mutants import Mutant, make_mutants

SMALL = {
    "include/linux/mm.h": HEADER,
    "mm/memory.c": WRITE_FAULT + FORK.replace("#include <linux/mm.h>\n", ""),
    "mm/gup.c": GUP,
}


@pytest.fixture(scope="module")
def small(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Mutant]:
    tree = tree_of(tmp_path_factory.mktemp("small"), SMALL)
    return {one.id: one for one in make_mutants(tree)}


@pytest.mark.parametrize(
    ("name", "verdict", "breaks"),
    [
        ("can_reuse.placebo.1", "equivalent", ()),
        # The same is asked again under the lock, and more strictly.
        ("can_reuse.force-reuse.1", "equivalent", ()),
        ("can_reuse.drop-atom.1", "equivalent", ()),
        ("can_reuse.weaken.1", "equivalent", ()),
        # A KSM page has been sent away by the first check.
        ("can_reuse.drop-atom.3", "equivalent", ()),
        ("can_reuse.every-drop-atom.1", "distinct", ("R1",)),
        ("can_reuse.weaken.2", "distinct", ("R1",)),
        # A pipe has a reference and no mapping.
        ("can_reuse.mapcount.2", "distinct", ("R1",)),
        ("can_reuse.force-reuse.2", "distinct", ("R1",)),
        # A copy more is no broken rule.
        ("can_reuse.force-copy.1", "distinct", ()),
        ("try_dup.force-reuse.1", "distinct", ("R3",)),
        ("try_dup.drop-pin-check.1", "distinct", ()),
        ("copy_present_pte.drop-pin-check.1", "distinct", ("R3",)),
        ("folio_maybe_dma_pinned.drop-pin-check.1", "distinct", ("R3",)),
        # A page that is mapped has one reference more than its pins count.
        ("folio_maybe_dma_pinned.weaken.1", "equivalent", ()),
        ("try_dup.keep-exclusive.1", "distinct", ("R1",)),
        ("copy_present_pte.every-skip-protection.1", "distinct", ("R1",)),
        # One of two entries is left writable: the evaluation knows only one.
        ("copy_present_pte.skip-protection.1", "unknown", ()),
        ("copy_page_range.drop-write-side.1", "unknown", ()),
        ("gup_fast.ignore-retry.1", "unknown", ()),
        ("gup_must_unshare.skip-unshare.1", "distinct", ()),
        ("follow_page_pte.skip-unshare.1", "unknown", ()),
    ],
)
def test_small(small: dict[str, Mutant], name: str, verdict: str, breaks: tuple[str, ...]) -> None:
    one = small[name]
    assert one.verdict == verdict, one.why
    assert (one.witness.breaks if one.witness else ()) == breaks, one.why
    assert (one.witness is not None) == (verdict == "distinct")


def test_the_witness_says_who_has_the_page(small: dict[str, Mutant]) -> None:
    witness = small["can_reuse.every-drop-atom.1"].witness
    assert witness is not None
    assert witness.function == "do_wp_page"
    assert witness.words == "mapped by me only, merged by KSM"
    assert (witness.before, witness.after) == (("copy",), ("copy", "reuse"))
    assert witness.states > 0


def test_workers_come_to_the_same(small: dict[str, Mutant], tmp_path: Path) -> None:
    tree = tree_of(tmp_path, SMALL)
    with ThreadPoolExecutor(1) as executor:
        found = make_mutants(tree, executor=executor)
    assert {one.id: one for one in found} == small


# Written before anything was run: series, function, operator, what stands there,
# verdict, and the rules that the mutant breaks.
KNOWN = [
    # What could have another reference was sent away, and the swap cache was emptied.
    ("7.2", "do_huge_pmd_wp_page", "force-reuse", "folio_ref_count(folio) == 1", "equivalent", ""),
    ("7.2", "do_huge_pmd_wp_page", "every-weaken", "folio_ref_count(folio) >", "distinct", "R1"),
    ("7.2", "wp_can_reuse_anon_folio", "weaken", "folio_ref_count(folio) > 3", "equivalent", ""),
    ("7.2", "wp_can_reuse_anon_folio", "every-mapcount", "folio_ref_count", "distinct", "R1"),
    ("7.2", "do_wp_page", "drop-exclusive", "PageAnonExclusive(vmf->page)", "distinct", "R3"),
    ("7.2", "hugetlb_wp", "weaken", "folio_mapcount(old_folio) == 1", "distinct", "R1"),
    # CVE-2020-29374: what a child has in a pipe is counted as a reference only.
    ("5.10", "do_wp_page", "every-mapcount", "page_count(page)", "distinct", "R1"),
    # Nothing changes between the first check and the second but by a race.
    ("5.10", "do_wp_page", "drop-atom", "PageKsm(page)", "equivalent", ""),
    ("5.10", "copy_present_page", "drop-pin-check", "page_maybe_dma_pinned", "distinct", "R3"),
    # What the audit tells: a page that is pinned is unmapped for migration or swap.
    ("7.2", "__folio_try_share_anon_rmap", "drop-pin-check", "dma_pinned", "distinct", "R3"),
    # Linux kernel commit 5535be309971 ("mm/gup: fix FOLL_FORCE COW security issue and
    # remove FOLL_COW") (in v6.0): only what is exclusive is written to by force.
    ("7.2", "can_follow_write_common", "drop-exclusive", "AnonExclusive", "distinct", "R1"),
    # Linux kernel commit a7f226604170 ("mm/gup: trigger FAULT_FLAG_UNSHARE when R/O-pinning
    # a possibly shared anonymous page") (in v5.19).
    ("7.2", "gup_fast_pte_range", "skip-back-off", "gup_must_unshare", "distinct", "R3"),
    # No page that is mapped has so few references.
    ("7.2", "try_get_folio", "skip-back-off", "folio_ref_count(folio) < 0", "equivalent", ""),
]  # fmt: skip


@pytest.fixture(scope="module")
def made(release_tree: Releases) -> Callable[[str], tuple[Mutant, ...]]:
    """Give a function from a series to the mutants of its functions above, made at once."""

    @functools.cache
    def of(series: str) -> tuple[Mutant, ...]:
        return make_mutants(release_tree(series), [row[1] for row in KNOWN if row[0] == series])

    return of


@pytest.mark.parametrize(("series", "function", "operator", "text", "verdict", "breaks"), KNOWN)
def test_real(
    made: Callable[[str], tuple[Mutant, ...]],
    series: str,
    function: str,
    operator: str,
    text: str,
    verdict: str,
    breaks: str,
) -> None:
    found = [
        one
        for one in made(series)
        if (one.function, one.operator) == (function, operator) and text in one.text
    ]
    assert found
    for one in found:
        assert one.verdict == verdict, f"{one.id}: {one.why}"
        assert (one.witness.breaks if one.witness else ()) == ((breaks,) if breaks else ())
