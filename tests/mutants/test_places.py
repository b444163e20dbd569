"""Where decisions stand: in arms of ``#if``, in headers, in variables, beside what has effects."""

from pathlib import Path

from mutant_trees import apply_check, change, tree_of, written
from small_code import HEADER

from kanalyze.mutants import make_mutants

ARMS = """\
static bool can_reuse(struct folio *folio)
{
#ifdef CONFIG_TRANSPARENT_HUGEPAGE
	if (folio_mapcount(folio) > 1)
		return false;
#else
	if (folio_ref_count(folio) > 1)
		return false;
#endif
	return true;
}

static vm_fault_t do_wp_page(struct vm_fault *vmf, struct folio *folio)
{
	if (can_reuse(folio)) {
		wp_page_reuse(vmf, folio);
		return 0;
	}
	return wp_page_copy(vmf);
}
"""


def test_both_arms_of_a_conditional(tmp_path: Path) -> None:
    tree = tree_of(tmp_path, {"mm/memory.c": ARMS})
    weaker = [one for one in make_mutants(tree) if one.operator == "weaken"]
    assert [change(one)[1] for one in weaker] == [
        ["if (folio_mapcount(folio) > 2)"],
        ["if (folio_ref_count(folio) > 2)"],
    ]
    # The arm that the evaluated configuration does not compile is not judged.
    assert [one.verdict for one in weaker] == ["distinct", "unknown"]


def test_two_definitions_of_a_function(tmp_path: Path) -> None:
    body = ARMS.replace("can_reuse(struct folio", "again(struct folio").split("static vm_fault_t")[
        0
    ]
    text = f"#ifdef CONFIG_NUMA\n{ARMS}#else\n{ARMS}#endif\n{body}"
    tree = tree_of(tmp_path, {"mm/memory.c": text})
    found = [one for one in make_mutants(tree, ["can_reuse"]) if one.operator == "weaken"]
    assert len(found) == 4 and len({one.line for one in found}) == 4
    assert {one.why for one in found[2:]} == {
        "another definition of the function is the one evaluated"
    }


KEPT = """\
static vm_fault_t do_swap_page(struct vm_fault *vmf)
{
	struct folio *folio = swap_cache_get_folio(vmf->entry);
	bool exclusive = false;
	int count = folio_ref_count(folio);

	exclusive = pte_swp_exclusive(vmf->orig_pte);
	if (exclusive || count == 1)
		pte = maybe_mkwrite(pte_mkdirty(pte), vma);
	return 0;
}
"""


def test_answers_that_are_kept_in_variables(tmp_path: Path) -> None:
    """A truth value is made constant, a count is another count: never a truth value."""
    tree = tree_of(tmp_path, {"include/linux/mm.h": HEADER, "mm/memory.c": KEPT})
    lines = {change(one)[1][0] for one in make_mutants(tree, ["do_swap_page"])}
    assert {"exclusive = true;", "exclusive = false;"} <= lines
    assert "int count = folio_mapcount(folio);" in lines
    assert not any("count = true" in line or "count = false" in line for line in lines)


def test_a_page_is_not_counted_as_a_folio(tmp_path: Path) -> None:
    """The counterpart takes the same type; where there is none there is no mutant."""
    body = """\
static vm_fault_t do_wp_page(struct vm_fault *vmf, struct page *page)
{
	if (page_count(page) == 1) {
		wp_page_reuse(vmf, page);
		return 0;
	}
	return wp_page_copy(vmf);
}
"""
    tree = tree_of(tmp_path, {"include/linux/mm.h": HEADER, "mm/memory.c": body}, "folios")
    assert not [one for one in make_mutants(tree, ["do_wp_page"]) if one.operator == "mapcount"]
    pages = HEADER.replace(
        "folio_mapcount(const struct folio *folio)", "page_mapcount(struct page *p)"
    )
    tree = tree_of(tmp_path, {"include/linux/mm.h": pages, "mm/memory.c": body}, "pages")
    (one,) = (one for one in make_mutants(tree, ["do_wp_page"]) if one.operator == "mapcount")
    assert change(one)[1] == ["if (page_mapcount(page) == 1) {"]
    assert one.verdict == "distinct" and one.witness is not None and one.witness.breaks == ("R1",)


def test_a_file_without_a_last_newline_and_odd_bytes(tmp_path: Path) -> None:
    text = ARMS.replace("static vm_fault_t", "/* \udce9t\udce9 */\nstatic vm_fault_t").rstrip("\n")
    tree = tree_of(tmp_path, {"mm/memory.c": ""})
    (tmp_path / "small/mm/memory.c").write_bytes(text.encode("utf-8", "surrogateescape"))
    tree = tree_of(tmp_path, {}, "small")
    written(tree, tmp_path / "copy")
    found = make_mutants(tree)
    assert found
    for one in found:
        apply_check(tmp_path / "copy", one.diff)
