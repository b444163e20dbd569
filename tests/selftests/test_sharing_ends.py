"""Arms that share the page with more, or with less: what others see of it is judged, too.

The pieces in faulty/arm/ are what a broken kernel would do, or a broken piece.
"""

import re
from pathlib import Path

import pytest
from assemble import Case
from c_program import Result, built, needs_compiler, needs_root, one

CASES = (
    Case("leaky", "alone", "none", "merged", "write", "r1"),
    Case("leaky", "alone", "none", "unmerged", "write", "r2"),
    Case("ksm", "alone", "none", "stays_merged", "write", "r2"),
    Case("ksm", "alone", "none", "unmerge", "write", "r2"),
    Case("ksm", "child", "none", "unmerge", "write", "r2"),
    Case("anon", "alone", "none", "ksm", "write", "r1"),
    Case("anon", "alone", "none", "still_writable", "write", "r2"),
    Case("anon", "alone", "uring", "still_writable", "write", "r3"),
    Case("anon", "alone", "none", "mprotect", "write", "r2"),
    Case("anon", "child_exits_lru_far", "none", "none", "write", "r2"),
)


@pytest.fixture(scope="module")
def program(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return built(tmp_path_factory.mktemp("sharing"), "sharing", CASES)


def merged(program: Path, name: str) -> Result:
    """Run a case that needs KSM: who else uses it may stop it at any time."""
    result = one(program, name)
    if "KSM does not merge" in result.said:
        pytest.skip(result.said)
    return result


@needs_root
@needs_compiler
@pytest.mark.parametrize("name", ["leaky alone none merged", "leaky alone none unmerged"])
def test_what_the_page_was_merged_with_may_not_change(program: Path, name: str) -> None:
    result = one(program, name)
    assert result.verdict == "not ok"
    assert "what my page was merged with has changed" in result.said


@needs_root
@needs_compiler
def test_a_page_that_stays_merged_proves_nothing(program: Path) -> None:
    result = merged(program, "stays-merged")
    assert (result.verdict, "the page is still merged" in result.said) == ("ok SKIP", True)


@needs_root
@needs_compiler
@pytest.mark.parametrize("name", ["ksm alone none unmerge", "ksm child none unmerge"])
def test_an_unmerged_page_is_mine_whoever_has_the_other(program: Path, name: str) -> None:
    result = merged(program, name)
    assert result.verdict == "ok"
    assert "spurious copies: " in result.said


@needs_root
@needs_compiler
def test_a_page_that_ksm_merges_is_seen_by_its_twin(program: Path) -> None:
    assert merged(program, "anon alone none ksm write R1").verdict == "ok"


@needs_root
@needs_compiler
@pytest.mark.parametrize("reference", ["none", "uring"])
def test_a_mapping_that_stays_writable_proves_nothing(program: Path, reference: str) -> None:
    """With a pin it is the twin that is looked at."""
    result = one(program, f"{reference} still-writable")
    assert result.verdict == "ok SKIP"
    assert "not reached: the mapping is still writable" in result.said


@needs_root
@needs_compiler
def test_a_page_in_a_batch_is_counted_if_it_is_copied(program: Path) -> None:
    result = one(program, "child-exits-lru-far")
    if result.verdict == "ok SKIP":
        assert "not reached: the page is not in a batch any more" in result.said
    else:
        assert re.search(r"spurious copies: [01] of 1 pages", result.said)
