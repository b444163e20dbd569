"""A scan says the same whatever was scanned before."""

import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import pytest
from kernelish import (
    CONFIG,
    GUP,
    MEMORY,
    Kernel,
    fault,
    helper,
    predicates,
    protect,
    source,
)

from kanalyze.history.model import Scan


@pytest.fixture
def kernel(tmp_path: Path) -> Kernel:
    return Kernel(tmp_path)


def same(one: Scan, other: Scan) -> None:
    """Two scans say the same, but for the order of commits on branches that ran side by side."""
    order = sorted(one.events, key=repr), sorted(other.events, key=repr)
    assert order[0] == order[1]
    assert replace(one, events=(), tree="") == replace(other, events=(), tree="")


def test_one_commit_more(kernel: Kernel) -> None:
    for number in range(4):
        kernel.memory(fault(f"page_count(page) == {number}"), protect())
        assert kernel.scan() == kernel.cold()
        assert kernel.scan() == kernel.cold()  # and warm


def test_a_helper_that_the_new_commits_bring_is_asked_in_the_old_ones(kernel: Kernel) -> None:
    """A warm scan knows the callers; that they ask a signal it only learns now."""
    kernel.memory(helper("return page->private == 1;"), fault("page_is_ours(page)"))
    kernel.memory(helper("return page->private == 2;"), fault("page_is_ours(page)", above="\t;"))
    old = kernel.scan()
    assert "do_wp_page: page_is_ours(page)" not in predicates(old)
    kernel.memory(helper(), fault("page_is_ours(page)"))
    new = kernel.scan()
    assert "do_wp_page: page_is_ours(page)" in predicates(new)
    assert new == kernel.cold()
    # The walk of before has its own events still.
    assert kernel.scan(revision="HEAD^") == kernel.cold(revision="HEAD^") == old


def test_a_helper_that_came_and_went_between_two_scans(kernel: Kernel) -> None:
    plain = helper("return page->private == 1;")
    kernel.memory(plain, fault("page_is_ours(page)"))
    kernel.scan()
    kernel.memory(helper(), fault("page_is_ours(page)"))
    kernel.memory(plain, fault("page_is_ours(page)"))
    assert kernel.scan() == kernel.cold()


def test_another_branch_and_back(kernel: Kernel) -> None:
    base = kernel.memory(fault())
    ours = kernel.memory(fault("page_mapcount(page) == 1"))
    theirs = kernel.commit(
        {MEMORY: source(helper(), fault("page_is_ours(page)"))}, branch="theirs", parents=[base]
    )
    for revision in (ours, theirs, base, ours, theirs):
        assert kernel.scan(revision=revision) == kernel.cold(revision=revision)


def test_a_branch_that_was_rewound_and_pushed_over(kernel: Kernel) -> None:
    base = kernel.memory(fault())
    kernel.memory(fault("page_mapcount(page) == 1"))
    kernel.scan()
    kernel.git("update-ref", "refs/heads/master", base)
    assert kernel.scan() == kernel.cold()
    kernel.memory(fault("swap_count(page) == 1"))
    assert kernel.scan() == kernel.cold()


def test_two_sets_of_paths_in_one_store(kernel: Kernel) -> None:
    kernel.commit({MEMORY: source(fault()), GUP: source(helper())})
    for number in range(2):
        kernel.commit({GUP: source(helper(f"return page_count(page) == {number};"))})
        for files in ((), (GUP,), (MEMORY,), (MEMORY, GUP), (GUP, MEMORY)):
            assert kernel.scan(files=files) == kernel.cold(files=files)


def test_a_merge_of_what_was_scanned(kernel: Kernel) -> None:
    base = kernel.memory(fault(), protect())
    side = kernel.commit(
        {MEMORY: source(fault(), protect(guard="shared"))}, branch="side", parents=[base]
    )
    ours = kernel.memory(fault("page_mapcount(page) == 1"), protect())
    kernel.scan()
    both = source(fault("page_mapcount(page) == 1"), protect(guard="shared"))
    kernel.commit({MEMORY: both}, b"Merge\n", parents=[ours, side])
    same(kernel.scan(), kernel.cold())
    kernel.memory(fault("page_mapcount(page) == 2"), protect(guard="shared"))
    same(kernel.scan(), kernel.cold())


@pytest.mark.parametrize("also", ["", "a change on top"])
def test_a_merge_that_takes_the_other_side(kernel: Kernel, also: str) -> None:
    """git follows the files to where they came from: what was scanned is no part of it."""
    base = kernel.memory(fault())
    ours = kernel.memory(fault("page_mapcount(page) == 1"))
    kernel.scan()
    theirs = kernel.commit(
        {MEMORY: source(fault("swap_count(page) == 1"))}, branch="side", parents=[base]
    )
    kernel.commit(
        {MEMORY: source(fault("swap_count(page) == 1"))}, b"Merge\n", parents=[ours, theirs]
    )
    if also:
        kernel.memory(fault("swap_count(page) == 2"))
    cold = kernel.cold()
    assert ours not in {event.commit for event in cold.events}
    same(kernel.scan(), cold)


def test_a_warm_scan_parses_nothing(kernel: Kernel) -> None:
    for number in range(3):
        kernel.memory(helper(), fault(f"page_count(page) == {number}"))
    kernel.scan()
    code = (
        "import sys; from kanalyze.cli.main import main\n"
        "try: main()\n"
        "finally: print([m for m in sys.modules if m.startswith('tree_sitter')], file=sys.stderr)"
    )
    line = [sys.executable, "-c", code, "scan", str(kernel.path), "--db", str(kernel.db)]
    done = subprocess.run(line, capture_output=True, text=True)
    assert (done.returncode, done.stderr) == (0, "[]\n")
    # The check can fail: a new commit is parsed.
    kernel.memory(fault("page_count(page) == 9"))
    assert "tree_sitter" in subprocess.run(line, capture_output=True, text=True).stderr


def test_another_size_limit_is_another_scan(kernel: Kernel) -> None:
    kernel.commit({MEMORY: source(fault()), GUP: source(helper()) + b"\n" * 5000})
    small = replace(CONFIG, files=replace(CONFIG.files, max_bytes=4000))
    assert kernel.scan(config=small) == kernel.cold(config=small) != kernel.scan()
    (health,) = kernel.scan(config=small).health
    assert (health.file, health.function) == (GUP, "")
    assert "more than the 4000 that are read" in health.problem
