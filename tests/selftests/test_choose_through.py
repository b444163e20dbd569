"""What a piece gets to work: by the words of the interface, in whatever functions they are."""

from collections.abc import Callable
from pathlib import Path

import pytest
from planned import tree_at, write_tree

from kanalyze.selftests.pieces import Kind, Piece, Pieces
from kanalyze.selftests.plan import installed_pieces
from kanalyze.selftests.through import Reach, sizes
from kanalyze.semantics.explainer import Explainer
from kanalyze.semantics.states import Size

MADVISE = b"""\
static void cold_entry(pmd_t *pmd)
{
	pmdp_invalidate(pmd);
}

static void free_range(void)
{
}

static const struct mm_walk_ops cold_walk_ops = {
	.pmd_entry	= cold_entry,
};

static long pageout(void)
{
	return walk_page_range(&cold_walk_ops);
}

static bool known(int behavior)
{
	switch (behavior) {
	case MADV_FREE:
	case MADV_PAGEOUT:
		return true;
	default:
		return false;
	}
}

static long one_behavior(int behavior)
{
	switch (behavior) {
	case MADV_FREE:
		free_range();
		return 0;
	case MADV_COLD:
	case MADV_PAGEOUT:
		return pageout();
	}
	if (behavior == MADV_COLLAPSE)
		free_range();
	return 0;
}

SYSCALL_DEFINE3(madvise, unsigned long, start, size_t, len, int, behavior)
{
	return known(behavior) ? one_behavior(behavior) : 0;
}
"""
FAULT = b"""\
static vm_fault_t do_wp_page(struct vm_fault *vmf)
{
	if (page_count(vmf->page) != 1)
		return wp_page_copy(vmf);
	wp_page_reuse(vmf);
	return 0;
}

static vm_fault_t handle(struct vm_area_struct *vma)
{
	struct vm_fault vmf;

	return do_wp_page(&vmf);
}

static void pin(unsigned int flags)
{
	if (flags & FOLL_WRITE)
		handle(NULL);
}

static void touch(void)
{
	pin(FOLL_WRITE);
}

static void arms(void)
{
	touch();
	handle(NULL);
}
"""


def piece(kind: Kind, *through: str, trigger: str = "") -> Piece:
    return Piece(
        kind=kind,
        name="piece",
        says="a piece",
        needs=(),
        state=(("trigger", trigger),) if trigger else (),
        memory=(),
        missing="",
        through=through,
        shared=False,
        untold="",
        code="",
    )


def reached(place: Path, one: Piece, **files: bytes) -> frozenset[str]:
    tree, _ = tree_at(write_tree(place / "linux", **files), place / "facts")
    return Reach(Explainer(tree), Pieces([one])).of(one)


def test_of_a_switch_only_the_case_is_reached(tmp_path: Path) -> None:
    found = reached(tmp_path, piece("arm", "MADV_PAGEOUT"), madvise=MADVISE)
    assert "pageout" in found and "free_range" not in found


def test_a_label_leads_to_what_stands_behind_the_next(tmp_path: Path) -> None:
    found = reached(tmp_path, piece("arm", "MADV_COLD"), madvise=MADVISE)
    assert "pageout" in found and "free_range" not in found


def test_a_table_of_functions_is_followed(tmp_path: Path) -> None:
    assert "cold_entry" in reached(tmp_path, piece("arm", "MADV_PAGEOUT"), madvise=MADVISE)


def test_a_word_that_is_compared_leads_to_the_whole_function(tmp_path: Path) -> None:
    found = reached(tmp_path, piece("arm", "MADV_COLLAPSE"), madvise=MADVISE)
    assert {"pageout", "free_range"} <= found


def test_a_system_call_begins_where_it_is_defined(tmp_path: Path) -> None:
    found = reached(tmp_path, piece("arm", "sys_madvise"), madvise=MADVISE)
    assert {"one_behavior", "cold_entry"} <= found


def test_what_no_piece_names_is_not_reached(tmp_path: Path) -> None:
    assert reached(tmp_path, piece("arm", "MADV_NOWHERE"), madvise=MADVISE) == frozenset()
    assert reached(tmp_path / "more", piece("arm"), madvise=MADVISE) == frozenset()


def test_a_fault_on_the_way_has_a_state_of_its_own(tmp_path: Path) -> None:
    found = reached(tmp_path, piece("arm", "arms"), memory=FAULT)
    assert "touch" in found and not found & {"handle", "do_wp_page"}


def test_what_gup_does_for_others_is_for_references_to_show(tmp_path: Path) -> None:
    code = FAULT + b"static void follow(void)\n{\n}\n"
    code = code.replace(
        b"handle(NULL);\n}\n\nstatic void touch", b"follow();\n}\n\nstatic void touch"
    )
    assert "follow" not in reached(tmp_path, piece("arm", "arms"), memory=code)
    assert "follow" in reached(tmp_path / "more", piece("reference", "touch"), memory=code)


@pytest.mark.parametrize(
    ("file", "function", "signals", "found"),
    [
        ("mm/rmap.c", "unmap_one", ("ptep_clear_flush",), {"small", "large"}),
        ("mm/vmscan.c", "shrink", ("folio_ref_count",), {"small", "large", "pmd"}),
        ("mm/huge_memory.c", "change_huge_pmd", (), {"pmd"}),
        ("mm/huge_memory.c", "copy_huge_pud", (), set()),
        ("mm/hugetlb.c", "whatever", ("ptep_get",), {"hugetlb"}),
        ("mm/rmap.c", "unmap_one", ("huge_ptep_clear_flush",), {"hugetlb"}),
    ],
)
def test_the_sizes_that_a_site_is_about(
    file: str, function: str, signals: tuple[str, ...], found: set[Size]
) -> None:
    class Site:
        pass

    site = Site()
    site.__dict__.update(file=file, function=function, signals=signals)
    assert sizes(site) == found  # type: ignore[arg-type]


def test_the_words_of_the_pieces_lead_somewhere(
    releases_repo: Path, release_tag: Callable[[str], str], shared_facts: Path
) -> None:
    tree, _ = tree_at(releases_repo, shared_facts, release_tag("7.2"))
    pieces = installed_pieces()
    reach = Reach(Explainer(tree), pieces)
    asking = [
        one
        for kind in ("arm", "reference", "access", "race")
        for one in pieces.of(kind)
        if any(needed.through for needed in pieces.in_order([one]))
    ]
    nowhere = {one.path for one in asking if not reach.of(one)}
    # kernel/sys.c, with prctl(), is not read.
    assert nowhere == {"arm/unmerge_prctl"}
    assert len(asking) > 20
