"""Decisions over real releases: one row each, on the evidence that the source shows."""

import pytest
from real_explainers import Explainers

from kanalyze.semantics.model import LanePoint, Lanes
from kanalyze.semantics.over import lanes


@pytest.fixture(scope="module")
def over(explainers: Explainers) -> Lanes:
    return lanes([(series, explainers(series)) for series in ("5.10", "7.2")])


def point(over: Lanes, release: str, decision: str) -> LanePoint:
    (found,) = (p for p in over.points if (p.release, p.decision) == (release, decision))
    return found


@pytest.mark.parametrize(
    ("release", "decision", "function", "policy"),
    [
        # mm/memory.c:3191 asks page_count, :3195 page_mapcount and page_count.
        ("5.10", "write fault, base page", "do_wp_page", "refcount+mapcount"),
        # mm/huge_memory.c:1312 asks reuse_swap_page(), which counts mappings and swap entries.
        ("5.10", "write fault, PMD", "do_huge_pmd_wp_page", "mapcount+swap-count"),
        # mm/hugetlb.c:4152 asks page_mapcount, and :5511 of 7.2 folio_mapcount.
        ("5.10", "write fault, hugetlb", "hugetlb_cow", "mapcount"),
        ("7.2", "write fault, hugetlb", "hugetlb_wp", "mapcount"),
        # mm/memory.c:4316 asks the bit, or wp_can_reuse_anon_folio(): the references (:4209).
        ("7.2", "write fault, base page", "do_wp_page", "exclusive-bit+refcount"),
        # The same, and __wp_can_reuse_large_anon_folio(): mappings against references (:4147).
        ("7.2", "write fault, large folio", "do_wp_page", "exclusive-bit+refcount+mapcount"),
        # mm/huge_memory.c:1094 asks page_maybe_dma_pinned: a reference count, but of pins.
        ("5.10", "fork, PMD", "copy_huge_pmd", "pin"),
        ("7.2", "fork, PMD", "copy_huge_pmd", "exclusive-bit+pin"),
    ],
)
def test_what_decides_rests_on(
    over: Lanes, release: str, decision: str, function: str, policy: str
) -> None:
    found = point(over, release, decision)
    assert (found.function, found.policy) == (function, policy)


def test_no_decision_twice_in_a_release(over: Lanes) -> None:
    named = [(point.release, point.decision) for point in over.points]
    assert len(named) == len(set(named))


def test_unshare_faults_came_with_the_exclusive_bit(over: Lanes) -> None:
    # Linux kernel commit c89357e27f20 ("mm: support GUP-triggered unsharing of
    # anonymous pages") (in v5.19).
    releases = {point.release for point in over.points if point.decision.startswith("unshare")}
    assert releases == {"7.2"}


def test_a_map_count_breaks_exclusive_ownership(over: Lanes) -> None:
    # CVE-2020-29374: a child that keeps a page by vmsplice() reads what the
    # parent writes after it has unmapped it; hugetlb still counts mappings only.
    for decision in ("write fault, PMD", "write fault, hugetlb"):
        assert "R1" in point(over, "5.10", decision).broken
    assert "R1" not in point(over, "5.10", "write fault, base page").broken
    assert point(over, "7.2", "write fault, PMD").broken == ()


def test_a_check_in_a_helper_counts(over: Lanes) -> None:
    # do_wp_page alone has 19 in 7.2, wp_can_reuse_anon_folio 11 (counted in test_concepts).
    assert point(over, "5.10", "write fault, base page").complexity == 14
    assert point(over, "7.2", "write fault, base page").complexity >= 19 + 11


def test_concepts_of_every_release(over: Lanes) -> None:
    assert [release for release, _ in over.concepts] == ["5.10", "7.2"]
    assert all([one.rule for one in found] == ["R1", "R2", "R3"] for _, found in over.concepts)
