"""Two trees compared: what was only written differently is the same, what was changed is told.

The refactorings and the changes are made here, on functions of real releases;
see test_compare_commits.py for those that people made, and test_compare_made.py for
what is not about kernels.
"""

from collections.abc import Callable
from dataclasses import replace

import numpy as np
import pytest
from mutants import MUTANTS, Mutant
from real_explainers import Explainers
from rewrites import REWRITES, Files
from trees import tree_of

from kanalyze.semantics.changed import Changes
from kanalyze.semantics.compare import Comparer, compare
from kanalyze.semantics.explainer import Explainer
from kanalyze.semantics.model import Comparison, Difference
from kanalyze.semantics.states import GUP

# They follow whole trees many times over: minutes, not seconds.
pytestmark = pytest.mark.slow

# Decisions and predicates that are written in other ways.
REWRITTEN = {
    "5.10": ("do_wp_page", "do_swap_page", "do_huge_pmd_wp_page", "hugetlb_cow",
             "copy_present_pte", "reuse_swap_page"),
    "6.1": ("do_wp_page", "do_swap_page", "do_huge_pmd_wp_page", "hugetlb_wp",
            "copy_present_pte"),
    "6.12": ("do_wp_page", "do_swap_page", "hugetlb_wp", "wp_can_reuse_anon_folio"),
    "7.3": ("do_wp_page", "do_swap_page", "copy_huge_pmd", "can_change_pte_writable"),
}  # fmt: skip
# So many of them can be written in each way, at least.
APPLICABLE = {"conditions nested": 5, "conditions reordered": 3, "goto replaced": 7,
              "folios asked": 8, "De Morgan": 13, "helpers extracted": 13}  # fmt: skip

Faults = dict[tuple[str, str, str], Difference]


@pytest.fixture(scope="module")
def releases(explainers: Explainers) -> Explainers:
    return explainers


def against(before: Explainer, files: Files, wanted: str) -> Comparison:
    """Return a release compared with files that were made of it."""
    return Comparer(before, Explainer(tree_of(files))).comparison(wanted)


def changed(found: Comparison) -> list[tuple[str, str, str, str, int]]:
    """Return what of a comparison is not the same on both sides, or not known to be."""
    return [
        (one.function_before, one.function_after, one.trigger, one.size, one.states)
        for one in found.differences
        if one.states or one.partial or not one.function_before or not one.function_after
    ]


# ------------------------------------------------------------------- refactorings


@pytest.mark.parametrize("series", REWRITTEN)
@pytest.mark.parametrize("rewrite", REWRITES)
def test_a_rewrite_changes_no_state(releases: Explainers, rewrite: str, series: str) -> None:
    before = releases(series)
    for name in REWRITTEN[series]:
        files = REWRITES[rewrite](dict(before.tree.files), name)
        if files is None:
            continue
        assert files != before.tree.files
        found = against(before, files, name)
        assert found.differences, f"{name} is gone"
        assert changed(found) == [], name
        assert all(one.direction == "refactors" for one in found.differences)


@pytest.mark.parametrize("rewrite", REWRITES)
def test_there_is_enough_to_be_written_otherwise(releases: Explainers, rewrite: str) -> None:
    made = [
        REWRITES[rewrite](dict(releases(series).tree.files), name)
        for series, names in REWRITTEN.items()
        for name in names
    ]
    assert sum(files is not None for files in made) >= APPLICABLE.get(rewrite, 15)


@pytest.mark.parametrize("series", REWRITTEN)
def test_all_decisions_written_in_several_ways_at_once(releases: Explainers, series: str) -> None:
    before = releases(series)
    files = dict(before.tree.files)
    for rewrite in ("helpers extracted", "branches swapped", "De Morgan", "function moved"):
        for name in REWRITTEN[series]:
            files = REWRITES[rewrite](files, name) or files
    found = compare(before.tree, replace(before.tree, files=files))
    # The loops of mprotect() in 5.10 are not followed to their end on either side.
    faults = tuple(one for one in found.differences if one.trigger not in {"other", *GUP})
    assert changed(replace(found, differences=faults)) == []
    assert not any(one.states for one in found.differences)
    assert len(faults) >= 10


def test_a_tree_is_the_same_as_itself_and_quickly_so(releases: Explainers) -> None:
    found = compare(releases("7.2").tree, releases("7.2").tree)
    assert changed(found) == []
    assert found.notes == ()


# ------------------------------------------------------------------------ changes


@pytest.fixture(scope="module")
def mutated(releases: Explainers) -> Callable[[Mutant], Explainer]:
    def make(mutant: Mutant) -> Explainer:
        return Explainer(tree_of(mutant.made(dict(releases(mutant.series).tree.files))))

    return make


def changes_of(comparer: Comparer, mutant: Mutant) -> Changes:
    """Return the states in which one decision changed."""
    for one, other in comparer.sides(mutant.decision):
        assert one is not None
        entry = one.decision.entry
        if (entry.trigger, entry.size) == (mutant.trigger, mutant.size):
            assert other is not None
            assert one.evaluation is not None
            assert other.evaluation is not None
            return comparer.changes(one.evaluation, other.evaluation)
    pytest.fail(f"{mutant.decision} was not evaluated for {mutant.trigger}, {mutant.size}")


def difference(found: Comparison, mutant: Mutant) -> Difference:
    (one,) = (d for d in found.differences if (d.trigger, d.size) == (mutant.trigger, mutant.size))
    return one


@pytest.mark.parametrize("mutant", MUTANTS, ids=lambda one: f"{one.series}: {one.name}")
def test_a_change_is_seen_in_exactly_the_states_that_it_is_in(
    releases: Explainers, mutated: Callable[[Mutant], Explainer], mutant: Mutant
) -> None:
    changes = changes_of(Comparer(releases(mutant.series), mutated(mutant)), mutant)
    columns = changes.aligned.columns
    expected = mutant.changed(columns)
    assert np.array_equal(changes.differ, expected)
    assert changes.direction == mutant.direction
    assert np.array_equal(changes.breaks["R1"], expected & mutant.r1(columns))
    assert np.array_equal(changes.breaks["R3"], expected & mutant.r3(columns))
    assert not any(mask.any() for mask in changes.mends.values())
    for codes, outcomes in zip(changes.codes, (mutant.before, mutant.after), strict=True):
        told = {" or ".join(changes.outcomes(int(code))) for code in codes[changes.differ]}
        assert told == ({outcomes} if outcomes else set())


@pytest.mark.parametrize("mutant", MUTANTS, ids=lambda one: f"{one.series}: {one.name}")
def test_a_change_taken_back_is_the_opposite(
    releases: Explainers, mutated: Callable[[Mutant], Explainer], mutant: Mutant
) -> None:
    before, after = releases(mutant.series), mutated(mutant)
    there = difference(Comparer(before, after).comparison(mutant.decision), mutant)
    back = difference(Comparer(after, before).comparison(mutant.decision), mutant)
    assert (back.states, back.of) == (there.states, there.of)
    turned = {"weakens": "strengthens"}
    assert back.direction == turned.get(there.direction, there.direction)
    for one, other in zip(there.groups, back.groups, strict=True):
        assert (one.before, one.after) == (other.after, other.before)
        assert (one.breaks, one.mends) == (other.mends, other.breaks)
        assert (one.words, one.states) == (other.words, other.states)


@pytest.mark.parametrize("mutant", MUTANTS, ids=lambda one: f"{one.series}: {one.name}")
def test_the_groups_are_the_changed_states(
    releases: Explainers, mutated: Callable[[Mutant], Explainer], mutant: Mutant
) -> None:
    found = Comparer(releases(mutant.series), mutated(mutant)).comparison(mutant.decision)
    one = difference(found, mutant)
    assert sum(group.states for group in one.groups) == one.states
    for group in one.groups:
        before, after = group.witness_before, group.witness_after
        assert before.state == after.state
        assert before.words
        # Each witness shows what its side alone can come to, if there is anything.
        assert before.outcome in set(group.before) - set(group.after) or set(group.before) <= set(
            group.after
        )
        assert after.outcome in set(group.after) - set(group.before) or set(group.after) <= set(
            group.before
        )
        assert group.words


def test_a_group_is_told_in_words(
    releases: Explainers, mutated: Callable[[Mutant], Explainer]
) -> None:
    mutant = next(one for one in MUTANTS if one.name == "one reference more is let through")
    found = Comparer(releases("5.10"), mutated(mutant)).comparison("do_wp_page")
    told = [(group.words, group.states) for group in difference(found, mutant).groups]
    assert told == [
        ("mine alone, one GUP reference of mine", 1),
        ("mine alone, in this CPU's LRU cache", 1),
        ("one GUP reference held by another process", 1),
        ("mine alone, in the swap cache", 1),
        ("mine alone, in another CPU's LRU cache", 1),
        ("swap entries of other processes, in the swap cache", 2),
    ]


# ----------------------------------------------------------------------- releases


def test_swap_in_without_its_count_is_the_same(releases: Explainers) -> None:
    """Linux kernel commit 34f6c8932e11 ("mm: drop stale folio_ref_count()==1 check") (in v7.3).

    A page that was found in, or read into, the swap cache has its reference and
    the fault's: it never counts one there, and a copy by KSM is exclusive anyway.
    What is mine alone without the bit goes on to the write fault on both sides,
    which counts; only the swap cache is dropped there instead of before.
    """
    found = compare(releases("7.2").tree, releases("7.3").tree)
    swapped_in = [one for one in found.differences if one.trigger == "swap-in"]
    assert [(one.function_after, one.size) for one in swapped_in] == [
        ("do_swap_page", "small"),
        ("do_swap_page", "large"),
    ]
    assert changed(replace(found, differences=tuple(swapped_in))) == []
    # Nor did anything else that faults or forks change from one to the other.
    faults = tuple(one for one in found.differences if one.trigger not in {"other", *GUP})
    assert changed(replace(found, differences=faults)) == []
    assert len(faults) == 14


def test_what_the_conversion_to_folios_changed_and_what_not(releases: Explainers) -> None:
    found = compare(releases("6.1").tree, releases("6.12").tree)
    faults: dict[tuple[str, str, str], Difference] = {
        (one.function_after, one.trigger, one.size): one
        for one in found.differences
        if one.trigger not in {"other", *GUP}
    }
    differ = {key: one.states for key, one in faults.items() if one.states}
    assert differ == {
        # Linux kernel commit dec078cc2181 ("memory: move exclusivity detection in
        # do_wp_page() into wp_can_reuse_anon_folio()") (in v6.7): a large folio is
        # never reused without the bit.  One page of it was left, and counted one.
        ("do_wp_page", "write-fault", "large"): 2,
        # Linux kernel commit 8d6a0ac09a16 ("mm: extend FAULT_FLAG_UNSHARE support to
        # anything in a COW mapping") (in v6.2): a page of a file is copied, too.
        ("do_wp_page", "unshare-fault", "small"): 729,
        ("do_wp_page", "unshare-fault", "large"): 1458 + 2,
    }
    assert not any(one.partial for one in faults.values())
    assert not any(group.breaks for one in faults.values() for group in one.groups)
    assert faults["copy_present_ptes", "fork", "small"].function_before == "copy_present_pte"
    for group in faults["do_wp_page", "unshare-fault", "small"].groups:
        assert (group.words, group.before, group.after) == ("a file page", ("none",), ("copy",))


def test_the_exclusive_bit_mends_what_a_count_of_references_broke(releases: Explainers) -> None:
    """Linux kernel commit 6c287605fd56 ("mm: remember exclusively mapped anonymous pages
    with PG_anon_exclusive") (in v5.19).
    """  # noqa: D205, D209
    found = compare(releases("5.10").tree, releases("6.1").tree)
    faults: Faults = {
        (one.function_after, one.trigger, one.size): one
        for one in found.differences
        if one.trigger not in {"other", *GUP} and one.function_before
    }
    assert faults["hugetlb_wp", "write-fault", "hugetlb"].function_before == "hugetlb_cow"
    expected = (
        (("do_wp_page", "write-fault", "small"), {"R3"}),
        (("do_huge_pmd_wp_page", "write-fault", "pmd"), {"R1"}),
        (("copy_hugetlb_page_range", "fork", "hugetlb"), {"R3"}),
    )
    for key, mended in expected:
        one = faults[key]
        assert one.direction == "strengthens"
        assert {rule for group in one.groups for rule in group.mends} == mended
    assert any("a pinned anonymous page is exclusive" in note for note in found.notes)
    assert any("5148 of 6561 page states of v5.10" in note for note in found.notes)
