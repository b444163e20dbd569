"""Commits of the mainline history, before and after: what changed the meaning, and what did not.

What each did was read in its diff (``git show``).
"""

import subprocess
from pathlib import Path

import pytest
from real_explainers import tree_at

from kanalyze.semantics import compared
from kanalyze.semantics.model import Comparison

# Moved, renamed, taken apart or cleaned up, and nothing decided otherwise.
REFACTORINGS = {
    "529ae9aaa08378cfe2a4350bded76f32cc8ff0ce": "mm: rename page trylock",
    "cbf84b7add8": "mm: further cleanup page_add_new_anon_rmap",
    "edc315fd222": "badpage: remove vma from page_remove_rmap",
    "91f47662dfa": "mm: hugetlb: remove redundant `if' operation",
    "30c9f3a9fae7": "Remove internal use of 'write_access' in mm/memory.c",
    "253d553ba75": "swap_info: SWAP_HAS_CACHE cleanups",
    "03f6462a3ae": "mm: move highest_memmap_pfn",
    "d559db086ff": "mm: clean up mm_counter",
    "ece0e2b6406": "mm: remove pte_*map_nested()",
    "b009c024ff0": "do_wp_page: remove the 'reuse' flag",
}


def of_commit(repository: Path, facts: Path, commit: str) -> Comparison:
    """Return what a commit changed; skips where the history does not have it."""
    known = subprocess.run(
        ["git", f"--git-dir={repository}", "cat-file", "-e", f"{commit}^{{commit}}"],
        capture_output=True,
        check=False,
    )
    if known.returncode:
        pytest.skip(f"{commit} is not in this history")
    before, after = (tree_at(repository, one, facts) for one in (f"{commit}~1", commit))
    return compared(before, after)


@pytest.mark.slow
@pytest.mark.parametrize("commit", REFACTORINGS, ids=REFACTORINGS.values())
def test_a_refactoring_changes_no_state(kernel_repo: Path, shared_facts: Path, commit: str) -> None:
    found = of_commit(kernel_repo, shared_facts, commit)
    assert sum(one.of for one in found.differences) > 10_000
    assert [(one.function_after, one.states) for one in found.differences if one.states] == []
    assert all(one.function_before and one.function_after for one in found.differences)


@pytest.mark.slow
def test_counting_mappings_instead_of_references_breaks_r1(
    kernel_repo: Path, shared_facts: Path
) -> None:
    """Linux kernel commit c475a8ab625d ("can_share_swap_page: use page_mapcount") (in v2.6.13).

    What a child had put into a pipe could be written by its parent from then on.
    """
    found = of_commit(kernel_repo, shared_facts, "c475a8ab625d")
    (one,) = (d for d in found.differences if d.function_after == "do_wp_page")
    assert one.direction == "weakens"
    broken = [group for group in one.groups if "R1" in group.breaks]
    assert any(group.witness_after.state.other_refs for group in broken)
    assert all("reuse" in group.after and group.before == ("copy",) for group in broken)


@pytest.mark.slow
def test_hugetlb_did_so_five_years_later(kernel_repo: Path, shared_facts: Path) -> None:
    """Linux kernel commit 0fe6e20b9c4c ("hugetlb, rmap: add reverse mapping") (in v2.6.36).

    It is the same for a page that I have pinned: that one is kept since.
    """
    found = of_commit(kernel_repo, shared_facts, "0fe6e20b9c4c")
    (one,) = (d for d in found.differences if d.states)
    assert (one.function_after, one.direction) == ("hugetlb_cow", "weakens")
    assert {rule for group in one.groups for rule in group.breaks} == {"R1"}
    assert {rule for group in one.groups for rule in group.mends} == {"R3"}
