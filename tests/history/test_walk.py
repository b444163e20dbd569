"""Walking commits: each once, with what it did, whatever the repository says."""

import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from gitrepo import Repo

from kanalyze.errors import EnvironmentFailure
from kanalyze.history import CommitChange, CommitId, GitTree, blob_id, open_tree, walk


@pytest.fixture
def repo(tmp_path: Path) -> Repo:
    return Repo(tmp_path / "repo.git")


def changes(repo: Repo, *paths: str, old: str | None = None) -> list[CommitChange]:
    tree = open_tree(repo.path)
    assert isinstance(tree, GitTree)
    return list(walk(tree, tree.resolve(), paths, None if old is None else CommitId(old)))


def test_a_file_comes_changes_and_goes(repo: Repo) -> None:
    added = repo.commit({"mm/memory.c": b"1\n", "README": b"x\n"}, b"mm: add\n", zone=b"-0730")
    changed = repo.commit({"mm/memory.c": b"2\n"}, b"mm: change\nit\n\nBecause.\n\nCc: a@b\n")
    repo.commit({"README": b"y\n"})
    gone = repo.commit({"mm/memory.c": None}, b"mm: remove\n")
    third, second, first = changes(repo, "mm/memory.c", "mm/gup.c")
    assert [c.commit for c in (third, second, first)] == [gone, changed, added]
    assert first.parents == () and second.parents == (added,)
    assert first.author == "A U Thor <author@localhost>"
    assert first.author_date == first.committer_date == "2008-01-10T14:50:00-07:30"
    assert second.subject == "mm: change it" and second.trailers == (("Cc", "a@b"),)
    one, two = blob_id(b"1\n"), blob_id(b"2\n")
    (add,), (change,), (remove,) = first.changes, second.changes, third.changes
    assert (add.old_blobs, add.new_blob, add.status) == ((None,), one, "A")
    assert (change.old_blobs, change.new_blob, change.status) == ((one,), two, "M")
    assert (remove.old_blobs, remove.new_blob, remove.status) == ((two,), None, "D")
    assert [c.commit for c in changes(repo, "mm/memory.c", old=added)] == [gone, changed]
    assert not changes(repo, "mm/memory.c", old=gone)
    assert len(changes(repo)) == 4


def test_a_backport_names_its_original(repo: Repo) -> None:
    message = b"mm: fix\r\n\r\n[ Upstream commit 09854BA94C6A ]\r\n\r\nText.\r\n\r\nCc: a@b\r\n"
    repo.commit({"mm/memory.c": b"1\n"}, message)
    (change,) = changes(repo)
    assert change.subject == "mm: fix"
    assert change.trailers == (("Upstream-commit", "09854ba94c6a"), ("Cc", "a@b"))


def test_paths_are_literal(repo: Repo) -> None:
    names = ("-dash.c", "mm/*.c", ":(exclude)mm", "caf\udce9.c", "a\tb\nc.c")
    for name in names:
        repo.commit({name: name.encode("utf-8", "surrogateescape")})
    repo.commit({"mm/memory.c": b"not matched by a star\n"})
    for name in names:
        ((change,),) = (c.changes for c in changes(repo, name))
        assert change.path == name
    assert len(changes(repo, "mm")) == 2
    assert len(changes(repo)) == 6


def test_a_move_is_seen_from_both_ends(repo: Repo) -> None:
    repo.commit({"mm/memory.c": b"1\n" * 50, "mm/old.c": b"same\n" * 50})
    repo.commit({"mm/old.c": None, "mm/new.c": b"same\n" * 50, "mm/copy.c": b"1\n" * 50})
    copy, new, old = changes(repo)[0].changes
    assert (copy.path, copy.status, copy.old_path) == ("mm/copy.c", "A", None)
    assert (new.path, new.status, new.old_path) == ("mm/new.c", "A", "mm/old.c")
    assert (old.path, old.status, old.new_blob) == ("mm/old.c", "D", None)


def test_merges(repo: Repo) -> None:
    base = repo.commit({"mm/memory.c": b"base\n", "mm/gup.c": b"base\n"})
    ours = repo.commit({"mm/memory.c": b"ours\n"}, branch="ours", parents=[base])
    theirs = repo.commit({"mm/gup.c": b"theirs\n"}, branch="theirs", parents=[base])
    files = {"mm/memory.c": b"ours\n", "mm/gup.c": b"theirs\n"}
    clean = repo.commit(files, b"Merge\n", parents=[ours, theirs])
    assert sorted(c.commit for c in changes(repo)) == sorted([base, ours, theirs])
    evil = repo.commit({**files, "mm/memory.c": b"evil\n"}, b"Merge\n", parents=[ours, theirs])
    found = changes(repo)
    assert len(found) == 4 and found[0].commit == evil != clean
    assert found[0].parents == (ours, theirs)
    (change,) = found[0].changes
    assert change.old_blobs == (blob_id(b"ours\n"), blob_id(b"base\n"))
    assert (change.new_blob, change.status) == (blob_id(b"evil\n"), "MM")
    (added,) = evil_octopus(repo, [base, ours, theirs])[0].changes
    assert (added.old_blobs, added.status) == ((None, None, None), "AAA")


def evil_octopus(repo: Repo, parents: list[str]) -> list[CommitChange]:
    repo.commit({"mm/new.c": b"from nowhere\n"}, b"Merge\n", parents=parents)
    return changes(repo, "mm/new.c")


def test_links_and_submodules_are_no_files(repo: Repo) -> None:
    link = ("120000", repo.blob(b"memory.c"))
    repo.commit({"link": link, "module": ("160000", "1" * 40), "file": b"1\n"})
    repo.commit({"link": b"a file now\n", "file": link})
    repo.commit({"link": None, "module": None})
    gone, swapped, first = changes(repo)
    assert [c.path for c in first.changes] == ["file"]
    file, was_link = swapped.changes
    assert (file.status, file.new_blob) == ("T", None)
    assert (was_link.status, was_link.old_blobs) == ("T", (None,))
    assert [c.path for c in gone.changes] == ["link"]


def test_the_edge_of_a_shallow_clone_introduces_nothing(repo: Repo, tmp_path: Path) -> None:
    for number in range(4):
        repo.commit({"mm/memory.c": b"%d\n" % number}, b"change %d\n" % number)
    repo.path = repo.clone(tmp_path / "shallow", "--depth=2")
    newest, edge = changes(repo, "mm/memory.c")
    assert not newest.boundary and newest.changes[0].status == "M"
    assert edge.boundary and edge.changes == () and edge.subject == "change 2"
    assert not changes(repo, "mm/none.c")  # a file that the edge has not cannot be older


LATIN_1 = "J\udcf6rn <j@localhost>"


def test_bytes_that_are_not_utf_8_survive(repo: Repo) -> None:
    author = "Jörn <j@localhost>"
    repo.commit({"a": b"1"}, "Grüße\n".encode("latin-1"), author=author.encode("latin-1"))
    repo.commit({"a": b"2"}, "Grüße\n".encode(), author=author.encode())
    repo.commit(
        {"a": b"3"},
        "Grüße\n\nCc: Jörn\n".encode("latin-1"),
        author=author.encode("latin-1"),
        encoding="ISO-8859-1",
    )
    repo.commit({"a": b"4"}, b"\xff\n", author=author.encode("latin-1"), encoding="no-such-thing")
    for configured in ("", "ISO-8859-1", "UTF-16", "no-such-thing"):
        repo.git("config", "i18n.logOutputEncoding", configured)
        repo.git("config", "i18n.commitEncoding", configured)
        unknown, declared, utf_8, bare = changes(repo)
        assert (bare.author, bare.subject) == (LATIN_1, "Gr\udcfc\udcdfe")
        assert (utf_8.author, utf_8.subject) == (author, "Grüße")
        assert (declared.author, declared.subject) == (author, "Grüße")
        assert declared.trailers == (("Cc", "Jörn"),)
        assert (unknown.author, unknown.subject) == (LATIN_1, "\udcff")


def test_a_message_cannot_pose_as_output(repo: Repo) -> None:
    raw = b":100644 100644 " + b"1" * 40 + b" " + b"2" * 40 + b" M\n"
    repo.commit({"a": b"1"}, b"commit \n" + raw + b"\ncommit \n\n\n" + raw)
    repo.commit({"a": b"2"}, b"")
    empty, posing = changes(repo)
    assert (empty.subject, len(empty.changes)) == ("", 1)
    assert posing.subject.startswith("commit :100644") and len(posing.changes) == 1


def test_the_configuration_changes_nothing(repo: Repo) -> None:
    base = repo.commit({"a": b"1\n" * 50, "c": b"c\n"})
    side = repo.commit({"a": None, "b": b"1\n" * 50}, branch="side", parents=[base])
    repo.commit({"c": b"d\n"})
    repo.commit({"c": b"evil\n", "b": b"1\n" * 50, "a": None}, parents=["master", side])
    expected = changes(repo), changes(repo, "b")
    for key, value in {
        "log.showRoot": "false", "log.follow": "true", "log.date": "relative",
        "log.diffMerges": "first-parent", "log.decorate": "full", "log.abbrevCommit": "true",
        "log.mailmap": "true", "mailmap.file": "/nonexistent", "format.pretty": "oneline",
        "format.notes": "true", "diff.renames": "copies", "diff.orderFile": "/nonexistent",
        "diff.relative": "true", "diff.ignoreSubmodules": "all", "diff.external": "false",
        "color.ui": "always", "color.diff": "always", "core.abbrev": "5",
        "core.quotePath": "true", "core.logAllRefUpdates": "true", "diff.stat": "true",
        "core.worktree": "/nonexistent", "core.bare": "false",
    }.items():  # fmt: skip
        repo.git("config", "--file", str(repo.path / "config"), key, value)
        assert (changes(repo), changes(repo, "b")) == expected, key


@pytest.fixture
def dying_git(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """Put a git in the path whose log breaks off; what it says last is in the file given."""
    real = subprocess.run(["which", "git"], capture_output=True, text=True).stdout.strip()
    last_words = tmp_path / "last-words"
    script = tmp_path / "bin" / "git"
    script.parent.mkdir()
    script.write_text(
        f"#!{sys.executable}\n"
        "import os, subprocess, sys\n"
        f"real = {real!r}\n"
        "if 'log' not in sys.argv:\n"
        "    os.execv(real, ['git', *sys.argv[1:]])\n"
        "out = subprocess.run([real, *sys.argv[1:]], capture_output=True).stdout\n"
        "os.write(1, out[:len(out) * 2 // 3])\n"
        f"words = open({str(last_words)!r}).read()\n"
        "if words:\n"
        "    sys.exit(words)\n"
        "os.kill(os.getpid(), 9)\n"
    )
    script.chmod(0o755)
    monkeypatch.setenv("PATH", f"{script.parent}:{os.environ['PATH']}")
    yield last_words


@pytest.mark.parametrize(
    ("words", "message"),
    [
        ("", "git log failed: killed by signal 9"),
        (
            "error: bad tree\nfatal: unable to read x\nhint: pray\n",
            "git log failed: unable to read x",
        ),
    ],
)
def test_git_dies_in_the_middle(repo: Repo, dying_git: Path, words: str, message: str) -> None:
    for number in range(9):
        repo.commit({"a": b"%d" % number})
    dying_git.write_text(words)
    tree = open_tree(repo.path)
    assert isinstance(tree, GitTree)
    whole = repo.git("rev-list", "master").split()
    found: list[CommitChange] = []
    with pytest.raises(EnvironmentFailure, match=message) as caught:
        for change in walk(tree, tree.resolve()):
            found.append(change)
    assert "\n" not in str(caught.value)
    assert 0 < len(found) < 9
    assert [c.commit for c in found] == whole[: len(found)]
    assert all(len(c.changes) == 1 for c in found)


def test_closing_the_walk_ends_git(repo: Repo) -> None:
    for number in range(3):
        repo.commit({"a": b"%d" % number})
    tree = open_tree(repo.path)
    assert isinstance(tree, GitTree)
    own = Path(f"/proc/self/task/{os.getpid()}/children")
    before = own.read_text()  # Python's fork server, where another test has started it
    steps = walk(tree, tree.resolve())
    next(steps)
    steps.close()  # type: ignore[attr-defined]
    assert own.read_text() == before


# ------------------------------------------------------------- the real history


@pytest.mark.slow
def test_a_real_history(kernel_repo: Path) -> None:
    """Every commit that git lists comes once, and its author's bytes are the commit's own."""
    tree = open_tree(kernel_repo)
    assert isinstance(tree, GitTree)
    tip = tree.resolve()
    paths = ["mm/rmap.c", "mm/swapfile.c", "mm/ksm.c", "Documentation/filesystems"]
    found = list(walk(tree, tip, paths))
    listing = tree.git.output("log", "--format=%H", "--no-merges", tip, "--", *paths)
    plain = listing.decode().split()
    assert [c.commit for c in found if len(c.parents) < 2] == plain
    assert len({c.commit for c in found}) == len(found)
    strange = [c for c in found if any(letter >= "\udc80" for letter in c.author)]
    for change in strange[:5]:
        raw = tree.git.output("cat-file", "commit", change.commit)
        assert b"\nauthor " + change.author.encode("utf-8", "surrogateescape") in raw
