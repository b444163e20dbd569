"""A scan of every kind of tree, of some files and of all."""

from dataclasses import replace
from pathlib import Path

import pytest
from gitrepo import git
from kernelish import (
    CONFIG,
    GUP,
    MEMORY,
    Kernel,
    fault,
    findings,
    helper,
    predicates,
    protect,
    refused,
    scanned,
    source,
    unrelated,
)

from kanalyze.errors import InputError


@pytest.fixture
def kernel(tmp_path: Path) -> Kernel:
    return Kernel(tmp_path)


def test_every_kind_of_tree(kernel: Kernel, tmp_path: Path) -> None:
    kernel.memory(helper(), fault("page_is_ours(page)"))
    kernel.memory(helper(), fault("page_is_ours(page) || PageKsm(page)"))
    bare = kernel.cold()
    clone = kernel.clone(tmp_path / "clone")
    git(clone, "worktree", "add", "--quiet", str(tmp_path / "worktree"))
    (clone / MEMORY).write_bytes(b"not committed")
    for tree in (clone, clone / "mm", tmp_path / "worktree"):
        assert findings(scanned(tree, tmp_path / f"{tree.name}.sqlite")) == findings(bare)


def test_a_plain_directory_has_no_history(kernel: Kernel, tmp_path: Path) -> None:
    kernel.memory(helper(), fault("page_is_ours(page)"))
    tree = tmp_path / "sources"
    (tree / "mm").mkdir(parents=True)
    (tree / MEMORY).write_bytes(source(helper(), fault("page_is_ours(page)")))
    found = scanned(tree, tmp_path / "plain.sqlite")
    assert found.sites == kernel.cold().sites and not found.events
    assert found.notes == ("a plain directory: no history, so no events",)
    for wrong in ({"range": "a..b"}, {"revision": "v6.1"}):
        with pytest.raises(InputError):
            scanned(tree, tmp_path / "plain.sqlite", **wrong)


def test_files_to_read(kernel: Kernel) -> None:
    kernel.commit({MEMORY: source(fault()), "arch/x86/mm/gup.c": source(helper())})
    found = kernel.cold(files=("arch/x86/mm/gup.c",))
    assert found.files == ("arch/x86/mm/gup.c",)
    assert predicates(found) == ["page_is_ours: page_count(page) == 1"]
    assert {event.file for event in found.events} == {"arch/x86/mm/gup.c"}


@pytest.mark.parametrize(
    ("options", "line"),
    [
        ({"revision": "--output=/tmp/x"}, "'--output=/tmp/x': not a revision"),
        ({"revision": "v9.9"}, "unknown revision"),
        ({"range": "--all..HEAD"}, "'--all': not a revision"),
        ({"range": "HEAD"}, "'HEAD': not a range of commits (give A..B)"),
        ({"files": ("--all",)}, "--all: no such file in this revision"),
        ({"files": ("../etc/passwd",)}, "'../etc/passwd': not a path inside the tree"),
        ({"files": ("/etc/passwd",)}, "'/etc/passwd': not a path inside the tree"),
        ({"files": ("mm/none.c",)}, "mm/none.c: no such file in this revision"),
    ],
)
def test_what_cannot_be_scanned_is_one_line(
    kernel: Kernel, options: dict[str, object], line: str
) -> None:
    kernel.memory(fault())
    assert line in refused(kernel, InputError, **options)


def test_a_file_whose_name_begins_with_a_dash(kernel: Kernel) -> None:
    kernel.commit({"--all.c": source(fault()), "caf\udce9.c": source(helper())})
    found = kernel.cold(files=("--all.c", "caf\udce9.c"))
    assert found.files == ("--all.c", "caf\udce9.c") and len(found.events) == len(found.sites)


def test_not_a_kernel(kernel: Kernel) -> None:
    kernel.commit({"README": b"Nothing here.\n"})
    assert "none of the configured files is there" in refused(kernel, InputError)


def test_a_link_out_of_the_tree_is_no_file(kernel: Kernel, tmp_path: Path) -> None:
    secret = tmp_path / "secret.c"
    secret.write_bytes(source(helper()))
    kernel.commit({MEMORY: source(fault()), GUP: ("120000", kernel.blob(str(secret).encode()))})
    tree = tmp_path / "sources"
    (tree / "mm").mkdir(parents=True)
    (tree / MEMORY).write_bytes(source(fault()))
    (tree / GUP).symlink_to(secret)
    (tree / "kernel").symlink_to(tmp_path)
    for found in (kernel.cold(), scanned(tree, tmp_path / "x.sqlite")):
        assert found.files == (MEMORY,)
    swept = scanned(tree, tmp_path / "x.sqlite", all_files=True)
    assert swept.files == (MEMORY,)


ELSEWHERE = {
    MEMORY: source(helper(), fault("page_is_ours(page)")),
    "drivers/gpu/pages.c": source(fault("page_is_ours(page)", name="gpu_fault")),
    "fs/proc/page.h": source(protect()),
    "lib/fields.c": source(helper("return atomic_read(&page->_mapcount) == 0;", "is_mapped")),
    "net/macro.c": source(unrelated(), helper("return page_count (page) > 1;", "net_shared")),
    "net/none.c": source(unrelated(), "\n/* page_count(page) */\n"),
    "scripts/gup.py": b"page_count(page)\n",
}
FOUND_ELSEWHERE = [
    "gpu_fault: entry = maybe_mkwrite(entry, vma)",
    "gpu_fault: page_is_ours(page)",
    "gpu_fault: return VM_FAULT_WRITE",
    "is_mapped: atomic_read(&page->_mapcount) == 0",
    "net_shared: page_count (page) > 1",
    "page_is_ours: page_count(page) == 1",
    "protect_one: ptep_set_wrprotect(mm, addr, ptep)",
]


def test_the_whole_tree(kernel: Kernel, tmp_path: Path) -> None:
    kernel.commit(ELSEWHERE)
    for path, text in ELSEWHERE.items():
        (tmp_path / "sources" / path).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / "sources" / path).write_bytes(text)
    plain = scanned(tmp_path / "sources", tmp_path / "plain.sqlite", all_files=True)
    for found in (kernel.cold(all_files=True), plain):
        there = [one for one in predicates(found) if not one.startswith("do_wp_page")]
        assert there == FOUND_ELSEWHERE
        assert found.files[0] == MEMORY and "net/macro.c" in found.files
        assert not {"scripts/gup.py"} & set(found.files)
        assert not found.health


def test_files_of_a_whole_tree_that_are_too_large_are_reported(
    kernel: Kernel, tmp_path: Path
) -> None:
    kernel.commit({**ELSEWHERE, "net/table.h": b"/* page_count */\n" * 1000})
    clone = kernel.clone(tmp_path / "clone")
    (clone / ".git").rename(tmp_path / "moved.git")
    small = replace(CONFIG, files=replace(CONFIG.files, max_bytes=9000))
    for tree in (kernel.path, clone):
        found = scanned(tree, tmp_path / "x.sqlite", all_files=True, config=small)
        (health,) = found.health
        assert (health.file, health.function) == ("net/table.h", "")
        assert "more than the 9000 that are read" in health.problem
        assert len([site for site in found.sites if site.file == "net/macro.c"]) == 1
