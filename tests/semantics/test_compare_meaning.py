"""More commits of the mainline history that changed what is decided, and in which states.

What each did was read in its diff (``git show``).
"""

from pathlib import Path

import pytest
from test_compare_commits import of_commit

from kanalyze.semantics.model import Comparison, Difference, Rule

pytestmark = pytest.mark.slow


def the_only(found: Comparison, name: str) -> Difference:
    """Return the difference of one decision: the only one on both sides that has any."""
    (one,) = (d for d in found.differences if d.states)
    assert one.function_before == one.function_after == name
    assert not one.partial
    return one


def rules(one: Difference) -> tuple[set[Rule], set[Rule]]:
    """Return the rules that are broken since, and those that are not any more."""
    return (
        {rule for group in one.groups for rule in group.breaks},
        {rule for group in one.groups for rule in group.mends},
    )


def test_a_lock_that_is_waited_for_spares_pinned_pages(
    kernel_repo: Path, shared_facts: Path
) -> None:
    """Linux kernel commit ab967d86015a ("mm: wp lock page before deciding cow") (in v2.6.29).

    A page was copied whenever its lock was taken: now only where it is shared.
    """
    one = the_only(of_commit(kernel_repo, shared_facts, "ab967d86015a"), "do_wp_page")
    assert one.direction == "strengthens"
    assert rules(one) == (set(), {"R3"})
    assert {(group.before, group.after) for group in one.groups} == {
        (("copy", "reuse"), ("reuse",))
    }
    (pinned,) = (group for group in one.groups if group.mends)
    assert pinned.words == "mine alone, pinned by me"
    assert any(step.open for step in pinned.witness_before.path)  # the lock


def test_swap_in_stopped_to_reuse_what_ksm_had_merged(
    kernel_repo: Path, shared_facts: Path
) -> None:
    """Linux kernel commit 5ad6468801d2 ("ksm: let shared pages be swappable") (in v2.6.33)."""
    one = the_only(of_commit(kernel_repo, shared_facts, "5ad6468801d2"), "do_swap_page")
    assert (one.direction, rules(one)) == ("strengthens", (set(), {"R1"}))
    (group,) = one.groups
    assert group.states == one.states == 243
    assert group.words == "merged by KSM, in the swap cache"
    assert (group.before, group.after) == (("reuse",), ("copy",))


def test_swap_in_counted_mappings_too(kernel_repo: Path, shared_facts: Path) -> None:
    """Linux kernel commit c475a8ab625d ("can_share_swap_page: use page_mapcount") (in v2.6.13).

    What the swap cache still has and a pipe refers to is reused by who swaps it in.
    """
    found = of_commit(kernel_repo, shared_facts, "c475a8ab625d")
    (one,) = (d for d in found.differences if d.trigger == "swap-in")
    assert rules(one) == ({"R1"}, {"R3"})
    broken = {group.words: group.states for group in one.groups if group.breaks}
    assert broken == {
        "pinned by another process, in the swap cache": 54,
        "GUP references held by another process, in the swap cache": 162,
    }


def test_hugetlb_reused_pages_of_the_file(kernel_repo: Path, shared_facts: Path) -> None:
    """Linux kernel commit 0fe6e20b9c4c ("hugetlb, rmap: add reverse mapping") (in v2.6.36).

    A page of the page cache that one process maps counts one mapping: that was
    mended by Linux kernel commit 37a2140dc219 ("mm, hugetlb: do not use a page in
    page cache for cow optimization") (in v3.12).
    """
    one = the_only(of_commit(kernel_repo, shared_facts, "0fe6e20b9c4c"), "hugetlb_cow")
    broken = {group.words: group.states for group in one.groups if group.breaks}
    assert broken["a file page"] == 81


def test_ksm_came_and_nothing_that_was_there_before_changed(
    kernel_repo: Path, shared_facts: Path
) -> None:
    """Linux kernel commit 9a840895147b ("ksm: identify PageKsm pages") (in v2.6.32)."""
    found = of_commit(kernel_repo, shared_facts, "9a840895147b")
    assert not any(one.states for one in found.differences)
    assert any("there is no KSM" in note for note in found.notes)
