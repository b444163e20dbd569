"""Each operator on small functions: the lines that it changes, written by hand."""

from pathlib import Path

import pytest
from mutant_trees import change, tree_of
from small_code import FORK, GUP, HEADER, WRITE_FAULT

from kanalyze.mutants import Mutant, make_mutants


@pytest.fixture(scope="module")
def mutants(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Mutant]:
    """Give the mutants of the small decisions by their ids."""
    files = {
        "include/linux/mm.h": HEADER,
        "mm/memory.c": WRITE_FAULT + FORK.replace("#include <linux/mm.h>\n", ""),
        "mm/gup.c": GUP,
    }
    tree = tree_of(tmp_path_factory.mktemp("small"), files)
    found = make_mutants(tree)
    assert len({one.id for one in found}) == len(found)
    return {one.id: one for one in found}


ON_CONDITIONS = {
    "can_reuse.force-reuse.1": (
        ["if (folio_test_ksm(folio) || folio_ref_count(folio) > 3)"],
        ["if (false)"],
    ),
    "can_reuse.force-copy.2": (
        ["if (folio_test_ksm(folio) || folio_ref_count(folio) != 1) {"],
        ["if (true) {"],
    ),
    "can_reuse.drop-atom.2": (
        ["if (folio_test_ksm(folio) || folio_ref_count(folio) > 3)"],
        ["if (folio_test_ksm(folio))"],
    ),
    "can_reuse.weaken.1": (
        ["if (folio_test_ksm(folio) || folio_ref_count(folio) > 3)"],
        ["if (folio_test_ksm(folio) || folio_ref_count(folio) > 4)"],
    ),
    "can_reuse.weaken.2": (
        ["if (folio_test_ksm(folio) || folio_ref_count(folio) != 1) {"],
        ["if (folio_test_ksm(folio) || folio_ref_count(folio) > 2) {"],
    ),
    "can_reuse.mapcount.2": (
        ["if (folio_test_ksm(folio) || folio_ref_count(folio) != 1) {"],
        ["if (folio_test_ksm(folio) || folio_mapcount(folio) != 1) {"],
    ),
    # There may be no page at all: that is asked still.  The helper frees a swap
    # cache entry: it is called still.
    "do_wp_page.force-reuse.1": (
        ["(PageAnonExclusive(vmf->page) || can_reuse(folio, vma))) {"],
        ["((void)(PageAnonExclusive(vmf->page) || can_reuse(folio, vma)), true)) {"],
    ),
    "do_wp_page.drop-exclusive.1": (
        ["(PageAnonExclusive(vmf->page) || can_reuse(folio, vma))) {"],
        ["(can_reuse(folio, vma))) {"],
    ),
    "try_dup.drop-pin-check.1": (
        ["if (folio_maybe_dma_pinned(folio) && PageAnonExclusive(page))"],
        ["if (PageAnonExclusive(page))"],
    ),
    "copy_present_pte.drop-pin-check.1": (
        ["if (unlikely(try_dup(folio, page)))"],
        ["if (((void)unlikely(try_dup(folio, page)), false))"],
    ),
    "folio_maybe_dma_pinned.drop-pin-check.1": (
        ["return folio_ref_count(folio) >= GUP_PIN_COUNTING_BIAS;"],
        ["return false;"],
    ),
    "gup_must_unshare.skip-unshare.1": (
        ["return !PageAnonExclusive(page);"],
        ["return false;"],
    ),
    "follow_page_pte.skip-unshare.1": (
        ["if (!pte_write(pte) && gup_must_unshare(flags, page))"],
        ["if (false)"],
    ),
    "follow_page_pte.skip-unshare.2": (
        ["if (!pte_write(pte) && gup_must_unshare(flags, page))"],
        ["if (!pte_write(pte))"],
    ),
}

ON_STATEMENTS = {
    "try_dup.keep-exclusive.1": (["ClearPageAnonExclusive(page);"], []),
    "copy_present_pte.skip-protection.1": (
        ["ptep_set_wrprotect(src_vma->vm_mm, addr, src_pte);"],
        [],
    ),
    "copy_present_pte.every-skip-protection.1": (
        ["ptep_set_wrprotect(src_vma->vm_mm, addr, src_pte);", "pte = pte_wrprotect(pte);"],
        [],
    ),
    # What is all that an `if` does leaves an empty statement behind.
    "copy_page_range.drop-write-side.1": (
        [
            "raw_write_seqcount_begin(&src_vma->vm_mm->write_protect_seq);",
            "raw_write_seqcount_end(&src_vma->vm_mm->write_protect_seq);",
        ],
        [";"],
    ),
    "gup_fast.ignore-retry.1": (
        ["if (read_seqcount_retry(&current->mm->write_protect_seq, seq)) {"],
        ["if (false) {"],
    ),
    "gup_fast.ignore-odd.1": (
        ["if (!raw_seqcount_try_begin(&current->mm->write_protect_seq, seq))"],
        ["if (!((void)raw_seqcount_try_begin(&current->mm->write_protect_seq, seq), true))"],
    ),
    "old_gup_fast.ignore-odd.1": (["if (seq & 1)"], ["if (false)"]),
    "old_gup_fast.drop-read-side.1": (
        [
            "if (seq & 1)",
            "if (read_seqcount_retry(&current->mm->write_protect_seq, seq))",
        ],
        ["if (false)", "if (false)"],
    ),
}

TOGETHER = {
    "can_reuse.every-drop-atom.1": ("can_reuse.drop-atom.1", "can_reuse.drop-atom.3"),
    "can_reuse.every-weaken.1": ("can_reuse.weaken.1", "can_reuse.weaken.2"),
    "can_reuse.every-mapcount.1": ("can_reuse.mapcount.1", "can_reuse.mapcount.2"),
}


@pytest.mark.parametrize("name", [*ON_CONDITIONS, *ON_STATEMENTS])
def test_lines(mutants: dict[str, Mutant], name: str) -> None:
    assert change(mutants[name]) == {**ON_CONDITIONS, **ON_STATEMENTS}[name]


@pytest.mark.parametrize("name", TOGETHER)
def test_redundant_checks_are_changed_together(mutants: dict[str, Mutant], name: str) -> None:
    group, parts = mutants[name], TOGETHER[name]
    assert group.group == parts
    assert set(group.edits) == {edit for part in parts for edit in mutants[part].edits}


def test_what_was_changed_is_told_by_line_and_scan_id(mutants: dict[str, Mutant]) -> None:
    one = mutants["can_reuse.weaken.2"]
    assert (one.file, one.function, one.line) == ("mm/memory.c", "can_reuse", 11)
    assert one.text == "folio_ref_count(folio) != 1"
    assert len(one.ids) == 1 and one.ids[0].startswith("can_reuse.")


def test_nothing_is_made_twice(mutants: dict[str, Mutant]) -> None:
    assert len({one.diff for one in mutants.values()}) == len(mutants)


def test_only_what_is_wanted(tmp_path: Path) -> None:
    tree = tree_of(tmp_path, {"include/linux/mm.h": HEADER, "mm/memory.c": WRITE_FAULT})
    found = make_mutants(tree, ["do_wp_page"])
    assert {one.function for one in found} == {"do_wp_page"}
    (site,) = {one.id for one in tree.sites if one.predicate == "PageAnonExclusive(vmf->page)"}
    assert {one.line for one in make_mutants(tree, [site])} == {25}


def bound(text: str, tmp_path: Path) -> list[str]:
    """Return what weakening makes of one condition that ends in a copy."""
    body = f"""\
static bool can_reuse(struct folio *folio, int extra)
{{
	if ({text})
		return false;
	return true;
}}

static vm_fault_t do_wp_page(struct vm_fault *vmf, struct folio *folio)
{{
	if (can_reuse(folio, 1)) {{
		wp_page_reuse(vmf, folio);
		return 0;
	}}
	return wp_page_copy(vmf);
}}
"""
    tree = tree_of(tmp_path, {"mm/memory.c": body})
    found = make_mutants(tree, ["can_reuse"])
    return [change(one)[1][0] for one in found if one.operator == "weaken"]


@pytest.mark.parametrize(
    ("text", "weaker"),
    [
        ("folio_ref_count(folio) > 1", "folio_ref_count(folio) > 2"),
        ("folio_ref_count(folio) >= 2", "folio_ref_count(folio) >= 3"),
        ("folio_ref_count(folio) != 1", "folio_ref_count(folio) > 2"),
        ("!(folio_ref_count(folio) == 1)", "!(folio_ref_count(folio) <= 2)"),
        ("!(folio_ref_count(folio) < 2)", "!(folio_ref_count(folio) < 3)"),
        ("1 != folio_ref_count(folio)", "folio_ref_count(folio) > 2"),
        ("2 <= folio_ref_count(folio)", "folio_ref_count(folio) >= 3"),
        ("folio_ref_count(folio) > extra", "folio_ref_count(folio) > extra + 1"),
        (
            "folio_ref_count(folio) > 1 + folio_test_swapcache(folio)",
            "folio_ref_count(folio) > 2 + folio_test_swapcache(folio)",
        ),
        (
            "folio_mapcount(folio) != folio_ref_count(folio)",
            "folio_ref_count(folio) > folio_mapcount(folio) + 1",
        ),
        (
            "folio_ref_count(folio) != (extra & 1)",
            "folio_ref_count(folio) > (extra & 1) + 1",
        ),
        # Here few are what is kept away from.
        ("folio_large_mapcount(folio) <= 1", "folio_large_mapcount(folio) <= 0"),
    ],
)
def test_bounds(text: str, weaker: str, tmp_path: Path) -> None:
    assert bound(text, tmp_path) == [f"if ({weaker})"]


def test_a_bound_that_is_no_bound_is_left_alone(tmp_path: Path) -> None:
    """Who has exactly three is kept away: that cannot be weakened by one."""
    assert bound("folio_ref_count(folio) == 3", tmp_path) == []
