"""The arming sites of real releases, held against R3, and of releases with a check taken out."""

from collections.abc import Callable, Iterator
from dataclasses import replace

import pytest
from real_explainers import Explainers

from kanalyze.semantics.arms import audit
from kanalyze.semantics.explainer import Explainer
from kanalyze.semantics.model import ArmAudit
from kanalyze.semantics.reading import read

Read = Callable[[str], Explainer]
SEQCOUNT = "write_protect_seq in copy_"
# The functions in which fork write-protects an entry of the parent.
FORK = ("__copy_present_ptes", "copy_huge_pmd", "copy_hugetlb_page_range")


@pytest.fixture(scope="module")
def releases(explainers: Explainers) -> Read:
    """Give a function from a series to its release, as `kanalyze explain` reads it."""
    return explainers.read


def audited(release: Explainer, function: str) -> list[ArmAudit]:
    """Return the audit of every arming site of a function; there must be some."""
    found = list(audit(release, function))
    assert found, f"{function} has no arming site"
    return found


# -------------------------------------------------------------------------------- fork


@pytest.mark.parametrize("series", ["6.12", "7.2"])
@pytest.mark.parametrize("function", FORK)
def test_fork_looks_for_pins_inside_the_section(releases: Read, series: str, function: str) -> None:
    # Linux kernel commit 70e806e4e645 ("mm: Do early cow for pinned pages during
    # fork() for ptes") (in v5.9), and 57efa1fe5957 ("mm/gup: prevent gup_fast from
    # racing with COW during fork") (in v5.11) for the section.
    for one in audited(releases(series), function):
        assert one.verdict == "checked", (one.text, one.reason)
        assert "dup_anon_rmap" in one.check
        assert any(SEQCOUNT in section for section in one.sections)
        assert one.witness is None


@pytest.mark.parametrize("function", ["copy_present_pte", "copy_huge_pmd"])
def test_fork_looked_for_pins_in_5_10_too(releases: Read, function: str) -> None:
    # The first two of the three that came in v5.9, and the section through stable.
    for one in audited(releases("5.10"), function):
        assert one.verdict == "checked", (one.text, one.reason)
        assert any(SEQCOUNT in section for section in one.sections)


def test_hugetlb_fork_did_not_look_in_5_10(releases: Read) -> None:
    # Linux kernel commit 4eae4efa2c29 ("hugetlb: do early cow when page pinned on
    # src mm") (in v5.12).
    (one,) = audited(releases("5.10"), "copy_hugetlb_page_range")
    assert one.verdict == "finding"
    assert one.sections == ()
    assert one.witness is not None
    assert one.witness.state.my_pins
    assert one.witness.outcome == "armed"
    assert not one.witness.state.shared


# ------------------------------------------------------------------------ other arming


@pytest.mark.parametrize("series", ["5.10", "6.1", "6.12", "7.2"])
def test_ksm_puts_back_what_turns_out_to_be_referenced(releases: Read, series: str) -> None:
    # "Check that no O_DIRECT or similar I/O is in progress on the page": in
    # write_protect_page() since Linux kernel commit 31dbd01f3143 ("ksm: Kernel
    # SamePage Merging") (in v2.6.32), behind the flush of the entry.
    found = audited(releases(series), "write_protect_page")
    assert [one.verdict for one in found if one.kind == "unmap"] == ["undone"]
    assert {one.verdict for one in found if one.kind == "write-protect"} == {"checked"}
    for one in found:
        assert "mapcount" in one.check
        assert "+ 1 + swapped != " in one.check


@pytest.mark.parametrize(
    ("series", "function"),
    [
        ("5.10", "page_mkclean_one"),
        ("6.1", "page_vma_mkclean_one"),
        ("6.12", "page_vma_mkclean_one"),
        ("7.2", "page_vma_mkclean_one"),
    ],
)
def test_cleaning_leaves_private_mappings_out(releases: Read, series: str, function: str) -> None:
    # invalid_mkclean_vma(): "if (vma->vm_flags & VM_SHARED) return false; return true;"
    for one in audited(releases(series), function):
        assert one.verdict == "harmless"
        assert "invalid_mkclean_vma() leaves private ones out" in one.reason


@pytest.mark.parametrize("function", ["change_pte_range", "clear_soft_dirty"])
def test_without_the_bit_write_protection_costs_a_pinned_page(
    releases: Read, function: str
) -> None:
    # mprotect(), userfaultfd and soft-dirty write-protect in place; that the write
    # after it copies is what Linux kernel commit 6c287605fd56 ("mm: remember
    # exclusively mapped anonymous pages with PG_anon_exclusive") (in v5.19) mends.
    for one in audited(releases("5.10"), function):
        assert one.verdict == "finding"
        assert one.kind == "write-protect"
        assert one.witness is not None
        assert one.witness.state.my_pins
        assert one.witness.path


def test_with_the_bit_soft_dirty_is_harmless(releases: Read) -> None:
    # Tried for what it rests on: the tree's own write fault reuses the page.
    for one in audited(releases("7.2"), "clear_soft_dirty"):
        assert one.verdict == "harmless"
        assert "do_wp_page() reuses the page at the next write" in one.reason


@pytest.mark.parametrize("series", ["5.10", "6.1"])
def test_what_userfaultfd_arms_is_not_called_harmless(releases: Read, series: str) -> None:
    # do_swap_page() write-protects what it maps for a swap entry with the uffd-wp bit.
    found = audited(releases(series), "do_swap_page")
    assert {(one.verdict, one.reason) for one in found} == {
        ("not-evaluated", "taken for granted: no userfaultfd on the range")
    }


def test_a_device_exclusive_entry_keeps_the_page(releases: Read) -> None:
    # make_device_exclusive() looks its page up with GUP, which is not followed.
    for one in audited(releases("7.2"), "make_device_exclusive"):
        assert one.verdict == "harmless" and "stays exclusive" in one.reason


@pytest.mark.parametrize("series", ["6.1", "6.12"])
def test_with_the_bit_only_a_uprobe_moves_a_pinned_page(releases: Read, series: str) -> None:
    # It maps a copy in place of the page that it has to write a breakpoint to.
    found = {one.function for one in audit(releases(series)) if one.verdict == "finding"}
    assert found == {"__replace_page"}


def test_a_release_without_a_finding(releases: Read) -> None:
    found = list(audit(releases("7.2")))
    assert [(one.function, one.text) for one in found if one.verdict == "finding"] == []
    assert len(found) == sum(site.role == "arm" for site in releases("7.2").tree.sites)
    assert all(one.reason for one in found)
    assert {one.verdict for one in found} >= {"checked", "undone", "harmless"}


# ----------------------------------------------------------------------------- mutants


def without(release: Explainer, path: str, check: str, inside: str = "") -> Explainer:
    """Return a release with 0 for a check in one file, the first behind ``inside`` if given."""
    tree = release.tree
    before, mark, text = tree.files[path].rpartition(inside.encode() or b"\0")
    assert bool(mark) is bool(inside)
    assert inside or text.count(check.encode()) == 1, f"{path}: {check}"
    assert check.encode() in text
    changed = before + mark + text.replace(check.encode(), b"0", 1)
    return read(replace(tree, files={**tree.files, path: changed}))


def lost(release: Explainer, mutant: Explainer, function: str) -> Iterator[ArmAudit]:
    """Yield what the sites of a function come to in a mutant, where it is a finding only there."""
    before = {one.id: one.verdict for one in audited(release, function)}
    for one in audited(mutant, function):
        if one.verdict == "finding" and before[one.id] != "finding":
            yield one


@pytest.mark.parametrize(
    ("series", "path", "check", "function"),
    [
        # Fork, each size.
        (
            "7.2",
            "include/linux/rmap.h",
            "folio_needs_cow_for_dma(vma, folio)",
            "copy_hugetlb_page_range",
        ),
        (
            "7.2",
            "include/linux/rmap.h",
            "folio_needs_cow_for_dma(src_vma, folio)",
            "__copy_present_ptes",
        ),
        (
            "6.12",
            "include/linux/rmap.h",
            "folio_needs_cow_for_dma(src_vma, folio)",
            "copy_huge_pmd",
        ),
        ("5.10", "mm/huge_memory.c", "page_maybe_dma_pinned(src_page)", "copy_huge_pmd"),
        ("5.10", "mm/memory.c", "page_maybe_dma_pinned(page)", "copy_present_pte"),
        # KSM: the check stands behind the flush.
        (
            "5.10",
            "mm/ksm.c",
            "page_mapcount(page) + 1 + swapped != page_count(page)",
            "write_protect_page",
        ),
    ],
)
def test_a_check_taken_out_is_a_finding(
    releases: Read, series: str, path: str, check: str, function: str
) -> None:
    release = releases(series)
    found = list(lost(release, without(release, path, check), function))
    assert found
    for one in found:
        assert one.check == ""
        assert one.reason
        assert one.witness is not None
        assert one.witness.state.my_pins
        assert not one.witness.state.shared
        assert one.witness.outcome == "armed"


def test_where_two_checks_stand_one_may_go(releases: Read) -> None:
    # write_protect_page() has had two since Linux kernel commit 6c287605fd56 (in
    # v5.19): the counts, and folio_try_share_anon_rmap_pte() for what is exclusive.
    release = releases("7.2")
    counts = "folio_mapcount(folio) + 1 + swapped != folio_ref_count(folio)"
    one = without(release, "mm/ksm.c", counts)
    assert list(lost(release, one, "write_protect_page")) == []
    assert [site.check for site in audited(one, "write_protect_page")] != [
        site.check for site in audited(release, "write_protect_page")
    ]
    pinned = "folio_maybe_dma_pinned(folio)"
    other = without(release, "include/linux/rmap.h", pinned, "int __folio_try_share_anon_rmap(")
    assert list(lost(release, other, "write_protect_page")) == []
    neither = without(one, "include/linux/rmap.h", pinned, "int __folio_try_share_anon_rmap(")
    found = list(lost(release, neither, "write_protect_page"))
    assert {site.kind for site in found} == {"unmap", "write-protect"}
    assert all(site.witness and site.witness.state.my_pins for site in found)


def test_a_check_taken_out_elsewhere_is_no_finding(releases: Read) -> None:
    release = releases("7.2")
    mutant = without(
        release, "mm/ksm.c", "folio_mapcount(folio) + 1 + swapped != folio_ref_count(folio)"
    )
    for function in FORK:
        assert list(lost(release, mutant, function)) == []
