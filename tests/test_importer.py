"""Importing releases: which versions, which files, and what history comes of them."""

import os
import subprocess
import tarfile
from collections.abc import Callable
from pathlib import Path

import pytest
from click.testing import CliRunner
from hypothesis import given
from hypothesis import strategies as st
from kernel_trees import git, kernel_files, kernel_tar, left_behind, makefile, member, write_tar

from kanalyze.cli.import_ import command
from kanalyze.errors import InputError
from kanalyze.history.import_paths import is_needed
from kanalyze.history.importer import import_releases
from kanalyze.history.kernel_version import KernelVersion, parse_tag, read_version


# ------------------------------------------------------------------- versions
@pytest.mark.parametrize(
    ("text", "tag"),
    [
        ("6.12.117", "v6.12.117"),
        ("6.12", "v6.12"),
        ("7.3-rc2", "v7.3-rc2"),
        ("2.6.0", "v2.6.0"),
        ("2.6.12-rc2", "v2.6.12-rc2"),
    ],
)
def test_version_and_tag(text: str, tag: str) -> None:
    version = read_version(makefile(text), where="t")
    assert version.tag == tag
    assert parse_tag(tag) == version


def test_stable_releases_of_old_have_a_fourth_number() -> None:
    text = b"VERSION = 2\nPATCHLEVEL = 6\nSUBLEVEL = 32\nEXTRAVERSION = .27\n"
    assert read_version(text, where="t").tag == "v2.6.32.27"
    assert parse_tag("v2.6.32.27") == KernelVersion(2, 6, 32, ".27")


def test_order() -> None:
    tags = ["v2.6.9", "v2.6.32", "v2.6.32.9", "v2.6.32.27", "v5.10", "v5.10.262"]
    tags += ["v6.12-rc2", "v6.12-rc10", "v6.12", "v6.12.1"]
    versions = [parse_tag(tag) for tag in reversed(tags)]
    ordered = sorted((v for v in versions if v), key=lambda v: v.order)
    assert [v.tag for v in ordered] == tags


@pytest.mark.parametrize("tag", ["6.1", "v6", "vx.y", "v6.1.0", "nightly", "v6.1 ", ""])
def test_other_tags(tag: str) -> None:
    assert parse_tag(tag) is None


@pytest.mark.parametrize(
    "text",
    [
        b"",
        b"VERSION = 6\n",
        b"VERSION = 6\nPATCHLEVEL = x\nSUBLEVEL = 1\n",
        b"VERSION = $(shell id)\nPATCHLEVEL = 1\nSUBLEVEL = 1\n",
        b"VERSION = 6\nPATCHLEVEL = 1\nSUBLEVEL = 1\nEXTRAVERSION = ..\n",
        b"VERSION = 6\nPATCHLEVEL = 1\nSUBLEVEL = 1\nEXTRAVERSION = -a b\n",
        b"VERSION = 6\nPATCHLEVEL = 1\nSUBLEVEL = 1\nEXTRAVERSION = /../x\n",
    ],
)
def test_no_version(text: bytes) -> None:
    with pytest.raises(InputError, match="names no kernel version"):
        read_version(text, where="t")


@given(st.binary(max_size=300))
def test_any_makefile_gives_a_tag_or_an_error(text: bytes) -> None:
    try:
        tag = read_version(b"VERSION = 1\nPATCHLEVEL = 2\nSUBLEVEL = 3\n" + text, where="t").tag
    except InputError:
        return
    assert tag.startswith("v1.2.3")
    subprocess.run(["git", "check-ref-format", f"refs/tags/{tag}"], check=True)


def test_paths() -> None:
    needed = ["mm/ksm.c", "mm/damon/core.c", "include/linux/mm.h", "arch/x86/mm/gup.c", "Makefile"]
    needed += ["tools/testing/selftests/lib.mk", "tools/testing/selftests/vm/Makefile"]
    needed += ["arch/arm64/include/asm/pgtable-prot.h", "scripts/checkpatch.pl", "mm/Kconfig"]
    assert [path for path in needed if not is_needed(path)] == []
    others = ["drivers/mm/x.c", "mm.c", "kernel/fork.c.orig", "fs/proc/base.c", "mm/.git/config"]
    assert [path for path in others if is_needed(path)] == []


# --------------------------------------------------------------------- history
def test_releases_become_tagged_commits_in_version_order(tmp_path: Path) -> None:
    newer = kernel_tar(tmp_path / "b.tar.xz", "6.12.3")
    older = kernel_tar(tmp_path / "a.tar.gz", "6.2", mode="w:gz")
    repo = tmp_path / "r.git"
    done = import_releases([newer, older], repo)

    assert [(r.tag, r.files, r.new) for r in done] == [("v6.12.3", 2, True), ("v6.2", 2, True)]
    assert git(repo, "log", "--format=%s|%an|%at|%cn", "releases").splitlines() == [
        "Linux 6.12.3|kanalyze|1600000000|kanalyze",
        "Linux 6.2|kanalyze|1600000000|kanalyze",
    ]
    assert git(repo, "ls-tree", "-r", "--name-only", "v6.2").split() == ["Makefile", "mm/memory.c"]
    assert git(repo, "show", "v6.12.3:mm/memory.c") == "/* 6.12.3 */\n"
    assert git(repo, "describe", "releases").strip() == "v6.12.3"
    assert git(repo, "symbolic-ref", "HEAD").strip() == "refs/heads/releases"
    assert len(git(repo, "for-each-ref").splitlines()) == 3
    git(repo, "fsck", "--strict")
    assert left_behind(tmp_path) == []
    assert left_behind(repo) == []


def test_all_paths(tmp_path: Path) -> None:
    import_releases(
        [kernel_tar(tmp_path / "a.tar", "6.1", mode="w")], tmp_path / "r.git", everything=True
    )
    assert "drivers/net/unwanted.c" in git(tmp_path / "r.git", "ls-tree", "-r", "v6.1")


def test_again_changes_nothing(tmp_path: Path) -> None:
    source, repo = kernel_tar(tmp_path / "a.tar.xz", "6.1.2"), tmp_path / "r.git"
    first = import_releases([source], repo)
    before = git(repo, "for-each-ref")
    second = import_releases([source, source], repo)
    assert git(repo, "for-each-ref") == before
    assert [r.new for r in second] == [False, False]
    assert {r.commit for r in second} == {first[0].commit}


def test_any_order_and_any_number_of_runs_give_the_same_commits(tmp_path: Path) -> None:
    sources = [
        kernel_tar(tmp_path / f"{version}.tar.xz", version) for version in ("6.1", "5.10.3", "7.2")
    ]
    import_releases(sources, tmp_path / "once.git")
    for source in sources:  # the second is older than the first: the chain is made anew
        import_releases([source], tmp_path / "often.git")
    expected = git(tmp_path / "once.git", "for-each-ref")
    assert git(tmp_path / "often.git", "for-each-ref") == expected
    git(tmp_path / "often.git", "fsck", "--strict")
    subjects = git(tmp_path / "often.git", "log", "--format=%s", "releases")
    assert subjects.splitlines() == ["Linux 7.2", "Linux 6.1", "Linux 5.10.3"]


def test_no_commit_is_younger_than_its_child(tmp_path: Path) -> None:
    old = kernel_tar(tmp_path / "old.tar.xz", "6.1.99")
    new = [member("l", type=tarfile.DIRTYPE)]
    new += [member(f"l/{n}", c, mtime=1_500_000_000) for n, c in kernel_files("6.2").items()]
    import_releases([old, write_tar(tmp_path / "new.tar.xz", new)], tmp_path / "r.git")
    dates = git(tmp_path / "r.git", "log", "--format=%at %ct", "releases").splitlines()
    assert dates == ["1500000000 1600000000", "1600000000 1600000000"]


def test_a_directory_and_its_tarball_are_the_same_release(tmp_path: Path) -> None:
    tree = tmp_path / "tree"
    for name, content in kernel_files("6.1").items():
        (tree / name).parent.mkdir(parents=True, exist_ok=True)
        (tree / name).write_bytes(content)
    script, link = tree / "mm/run.sh", tree / "mm/link"
    script.write_bytes(b"#!/bin/sh\n")
    script.chmod(0o755)
    link.symlink_to("/etc/passwd")
    (tree / "mm/dir").symlink_to("/etc")
    (tree / ".git").mkdir()
    (tree / ".git/config").write_text("[core]\n")
    with tarfile.open(tmp_path / "t.tar.xz", "w:xz") as tar:
        tar.add(tree, "linux-6.1")
    first, second = import_releases(
        [tree, tmp_path / "t.tar.xz"], tmp_path / "r.git", everything=True
    )
    assert first.tree == second.tree
    listing = git(tmp_path / "r.git", "ls-tree", "-r", "v6.1")
    assert "100755 blob" in listing
    assert listing.count("120000 blob") == 2
    assert ".git/" not in listing
    assert git(tmp_path / "r.git", "show", "v6.1:mm/link") == "/etc/passwd"


@pytest.mark.parametrize("top", ["", "./", "./linux-x/", "linux-x/"])
def test_top_directories(tmp_path: Path, top: str) -> None:
    import_releases([kernel_tar(tmp_path / "a.tar", "6.1", top=top, mode="w")], tmp_path / "r.git")
    names = git(tmp_path / "r.git", "ls-tree", "-r", "--name-only", "v6.1").split()
    assert names == ["Makefile", "mm/memory.c"]


def test_strange_names_come_through(tmp_path: Path) -> None:
    names = ['mm/a"b.c', "mm/a\\b.c", "mm/new\nline.c", "mm/ sp ace ", "mm/caf\udce9.c", "mm/ü.c"]
    extra = [member(f"linux/{name}", b"x") for name in names]
    import_releases([kernel_tar(tmp_path / "a.tar", "6.1", extra, mode="w")], tmp_path / "r.git")
    line = ["git", f"--git-dir={tmp_path / 'r.git'}", "ls-tree", "-rz", "--name-only", "v6.1"]
    found = subprocess.run(line, capture_output=True, check=True).stdout.split(b"\0")
    assert set(found) >= {os.fsencode(name) for name in names}


def test_hard_links_are_the_same_file(tmp_path: Path) -> None:
    extra = [member("linux/mm/twin.c", type=tarfile.LNKTYPE, linkname="linux/mm/memory.c")]
    import_releases([kernel_tar(tmp_path / "a.tar", "6.1", extra, mode="w")], tmp_path / "r.git")
    assert git(tmp_path / "r.git", "show", "v6.1:mm/twin.c") == "/* 6.1 */\n"


# ---------------------------------------------------------------- command line
def test_command(tmp_path: Path) -> None:
    source, repo = kernel_tar(tmp_path / "a.tar.xz", "6.1"), tmp_path / "r.git"
    first = CliRunner().invoke(command, [str(source), "--into", str(repo)], catch_exceptions=False)
    assert first.exit_code == 0
    assert first.output.startswith("v6.1 ")
    assert "2 files" in first.output
    again = CliRunner().invoke(command, [str(source), "--into", str(repo), "--format", "json"])
    assert '"schema": "kanalyze.import/1"' in again.output
    assert '"new": false' in again.output


def test_real_releases(releases_repo: Path, release_tag: Callable[[str], str]) -> None:
    tag = release_tag("6.12")
    names = set(git(releases_repo, "ls-tree", "-r", "--name-only", tag).split("\n"))
    assert {"mm/memory.c", "kernel/fork.c", "tools/testing/selftests/lib.mk"} <= names
    assert git(releases_repo, "show", "-s", "--format=%s", f"{tag}^{{commit}}").strip() == (
        f"Linux {tag[1:]}"
    )
