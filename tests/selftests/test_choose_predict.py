"""What a case must show, by the source of the kernel that it runs on."""

from collections import Counter
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest
from planned import tree_at, write_tree
from write_faults import COUNTED, MAPPED, MARKED, PINS

from kanalyze.selftests.cases import Case, CaseRecord, Plan, records
from kanalyze.selftests.choose import program_of
from kanalyze.selftests.plan import installed_pieces, plan
from kanalyze.selftests.predict import Expectation, predictions
from kanalyze.selftests.recipes import Cookbook
from kanalyze.semantics.given import Tree
from kanalyze.semantics.reading import read

# There are no large folios without this.
LARGE = b"""\
static int is_huge(pmd_t pmd)
{
	return pmd_trans_huge(pmd);
}
"""
FORK = b"""\
static int copy_present_pte(struct vm_area_struct *dst, struct vm_area_struct *src, pte_t *pte)
{
	struct page *page = vm_normal_page(src, 0, *pte);

%s	get_page(page);
	page_dup_rmap(page, false);
	ptep_set_wrprotect(src->vm_mm, 0, pte);
	return 0;
}
"""
Told = dict[str, Expectation]


def told(text: bytes, place: Path) -> Told:
    """Return what is predicted for every case that there could be on a tree, by its name."""
    tree, _ = tree_at(write_tree(place / "linux", memory=text), place / "facts")
    return predicted(tree, every_case(tree))


def every_case(tree: Tree) -> tuple[CaseRecord, ...]:
    features = read(tree).features
    cases = tuple(
        Case(recipe=recipe, program=program_of(recipe), state="", covers=())
        for recipe in Cookbook(installed_pieces()).recipes()
        if recipe.possible(features)
    )
    empty = Plan(describe="", commit="", range="", cases=cases, races=(), uncovered=())
    return records(empty)


def predicted(tree: Tree, cases: tuple[CaseRecord, ...]) -> Told:
    found = predictions(read(tree), installed_pieces(), cases)
    return {case.name: expected for case, expected in found}


def test_who_counts_references_keeps_rule_1(tmp_path: Path) -> None:
    found = told(COUNTED, tmp_path)
    small = [one for name, one in found.items() if name.startswith("anon ") and "R1" in name]
    assert small and {one.expected for one in small if one.function} == {"pass"}
    one = found["anon child none none read-then-write R1"]
    assert one.function == "do_wp_page"
    assert one.why == "mapped by me and another process: copy"


def test_who_counts_mappings_breaks_it_for_references(tmp_path: Path) -> None:
    failing = {name for name, one in told(MAPPED, tmp_path).items() if one.expected == "fail"}
    assert failing and all(name.endswith("R1") for name in failing)
    assert all("vmsplice" in name for name in failing)


def test_what_is_mine_alone_is_reused_or_copied(tmp_path: Path) -> None:
    found = told(COUNTED, tmp_path)
    assert found["anon child-exits none none write R2"].expected == "reuse"
    assert found["anon dontfork vmsplice none write R2"].expected == "reuse"
    assert found["swap-cache child-exits vmsplice none write R2"].expected == "copy"


def test_a_batch_of_another_cpu_may_be_emptied_by_who_runs_there(tmp_path: Path) -> None:
    there = told(COUNTED, tmp_path)
    case = "anon child-exits-lru-far none none {} R2"
    assert there[case.format("write")].expected == "copy"
    assert there[case.format("ptrace-poke")].expected == "either"
    near = case.replace("-far", "").format("ptrace-poke")
    assert there[near].expected == there[near.replace("ptrace-poke", "write")].expected


def test_what_is_mapped_writable_takes_no_fault(tmp_path: Path) -> None:
    found = told(LARGE + COUNTED, tmp_path)
    one = found["anon alone vmsplice none write R2"]
    assert (one.expected, one.why) == ("reuse", "it is mapped writable: no fault is taken")
    assert found["anon child-exits gup-short-rw-fast none write R2"] == one
    # read back from the swap area, or split by mprotect(): it is not
    assert found["swap-cache alone vmsplice none write R2"].expected == "copy"
    assert found["thp-pte alone vmsplice none write R2"].expected == "copy"


def test_gup_leaves_what_it_has_pinned_to_me_alone(tmp_path: Path) -> None:
    found = told(LARGE + MARKED, tmp_path)
    assert found["anon child-exits none none write R2"].expected == "copy"
    assert found["anon child-exits vmsplice none write R2"].expected == "copy"
    for pinned in ("process-vm", "gup-short-ro-fast"):
        assert found[f"anon child-exits {pinned} none write R2"].expected == "reuse"
    assert found["thp-one child-exits process-vm none write R2"].expected == "reuse"
    # of many pages it pins some, and all are counted
    assert found["thp-pte child-exits process-vm none write R2"].expected == "either"


def test_a_large_folio_that_is_mapped_in_part_is_between_two_states(tmp_path: Path) -> None:
    found = told(LARGE + COUNTED, tmp_path)
    assert found["thp-one child-exits none none write R2"].expected == "reuse"
    assert found["thp-pte child-exits none none write R2"].expected == "copy"
    part = found["thp-part child-exits none none write R2"]
    assert part.expected == "either"
    assert part.why == (
        "large folio, one page mapped by me alone: reuse; "
        "large folio, all its pages mapped by me alone: copy"
    )
    alike = told(LARGE + MARKED, tmp_path / "marked")["thp-part child-exits none none write R2"]
    assert (alike.expected, ";" in alike.why) == ("copy", False)


def test_a_pin_that_nothing_arms_stays(tmp_path: Path) -> None:
    found = told(COUNTED, tmp_path)
    pinned = {name: one for name, one in found.items() if name.endswith("R3")}
    assert pinned["anon alone uring none write R3"].expected == "pass"
    assert pinned["anon alone uring mprotect write R3"].expected == "either"


def test_who_marks_what_is_mine_keeps_what_is_pinned(tmp_path: Path) -> None:
    found = told(MARKED, tmp_path)
    pinned = [one for name, one in found.items() if name.endswith("R3") and one.function]
    assert pinned and {one.expected for one in pinned} == {"pass"}


@pytest.mark.parametrize(
    ("check", "expected"),
    [(b"", "fail"), (b"\tif (page_maybe_dma_pinned(page))\n\t\treturn -EAGAIN;\n", "pass")],
)
def test_fork_shares_a_pinned_page_or_not(tmp_path: Path, check: bytes, expected: str) -> None:
    found = told(PINS + COUNTED + FORK % check, tmp_path)
    forked = {
        name: one
        for name, one in found.items()
        if name in ("anon alone uring fork write R3", "anon alone gup-rw-fast fork write R3")
    }
    assert forked and {one.expected for one in forked.values()} == {expected}


def test_a_race_is_left_open(tmp_path: Path) -> None:
    tree, _ = tree_at(write_tree(tmp_path / "linux", memory=COUNTED), tmp_path / "facts")
    cases = every_case(tree)
    race = replace(cases[0], name="race", race="fork_gup")
    (one,) = predicted(tree, (race,)).values()
    assert one.expected == "either" and "races" in one.why


def test_pieces_of_another_installation_are_left_open(tmp_path: Path) -> None:
    tree, _ = tree_at(write_tree(tmp_path / "linux", memory=COUNTED), tmp_path / "facts")
    case = every_case(tree)[0]
    (one,) = predicted(tree, (replace(case, memory="gone"),)).values()
    assert one.expected == "either" and "not installed" in one.why


def test_what_upstream_knows_is_what_a_new_kernel_breaks(
    releases_repo: Path, release_tag: Callable[[str], str], shared_facts: Path
) -> None:
    """hugetlb_wp() asks for mappings, in every release; a PMD did so until v5.18."""
    tree, scope = tree_at(releases_repo, shared_facts, release_tag("7.2"))
    cases = records(plan(tree, installed_pieces(), scope))
    known = {case.name for case in cases if case.xfail}
    found = predicted(tree, cases)
    failing = {name for name, one in found.items() if one.expected == "fail"}
    assert failing and failing <= known
    figures = Counter(one.expected for one in found.values())
    assert figures["either"] < len(cases) / 9
    older, _ = tree_at(releases_repo, shared_facts, release_tag("5.10"))
    there = predicted(older, cases)
    broken = {case.memory for case in cases if there[case.name].expected == "fail"}
    assert {"hugetlb", "thp_pmd"} <= broken
