"""Opening trees of every kind, and naming commits in them."""

import os
import pickle
from pathlib import Path

import pytest
from gitrepo import AUTHOR, Repo, git
from gittree import one_line, opened, small_kernel

from kanalyze.errors import EnvironmentFailure, InputError
from kanalyze.history import CommitId, PlainTree, Range, open_tree, walk


@pytest.fixture
def repo(tmp_path: Path) -> Repo:
    return small_kernel(tmp_path / "repo.git")


# ------------------------------------------------------------------ open_tree


def test_every_kind_of_repository_opens(repo: Repo, tmp_path: Path) -> None:
    clone = repo.clone(tmp_path / "clone")
    git(clone, "worktree", "add", "--quiet", "--detach", str(tmp_path / "linked"), "HEAD~1")
    (tmp_path / "alias").symlink_to(clone)
    tip = repo.git("rev-parse", "master")
    for path in (repo.path, clone, clone / ".git", tmp_path / "alias", clone / "mm"):
        tree = opened(path)
        assert tree.resolve() == tip
        assert tree.ls(tree.resolve(), ["mm/gup.c"])
        assert not tree.shallow
    linked = opened(tmp_path / "linked")
    assert linked.resolve() == repo.git("rev-parse", "master~1")
    assert linked.git.common_dir == str(clone / ".git")
    assert pickle.loads(pickle.dumps(linked)) == linked


def test_sources_inside_an_unrelated_repository_are_plain(repo: Repo, tmp_path: Path) -> None:
    clone = repo.clone(tmp_path / "clone")
    (clone / "linux-5.10" / "mm").mkdir(parents=True)
    assert isinstance(open_tree(clone / "linux-5.10"), PlainTree)
    assert isinstance(open_tree(tmp_path), PlainTree)


def test_a_shallow_clone_knows_where_it_ends(repo: Repo, tmp_path: Path) -> None:
    tree = opened(repo.clone(tmp_path / "shallow", "--depth=1"))
    assert tree.shallow == {tree.resolve()}
    with pytest.raises(InputError, match="unknown revision"):
        tree.resolve("HEAD~1")
    with pytest.raises(InputError, match="history is shallow"):
        tree.resolve(repo.git("rev-parse", "master~1"))


def test_what_is_no_tree_is_one_line(repo: Repo, tmp_path: Path) -> None:
    (tmp_path / "file.tar").write_bytes(b"")
    (tmp_path / "loop").symlink_to("loop")
    broken = tmp_path / "broken"
    (broken / ".git").mkdir(parents=True)
    moved = tmp_path / "moved"
    moved.mkdir()
    (moved / ".git").write_text("gitdir: /nonexistent/worktrees/x\n")
    dangling = tmp_path / "dangling"
    dangling.mkdir()
    (dangling / ".git").symlink_to("/nonexistent")
    garbage = tmp_path / "garbage"
    garbage.mkdir()
    (garbage / ".git").write_bytes(b"\xff/" * 4000 + b"\0")
    for path in ("garbage", "file.tar", "loop", "broken", "moved", "dangling", "none", "a\0b"):
        with pytest.raises(InputError) as caught:
            open_tree(tmp_path / path)
        assert path in one_line(caught.value) or path == "a\0b"


def test_a_repository_of_another_owner_opens(repo: Repo) -> None:
    if os.getuid():
        pytest.skip("only root can give files away")
    for path in (repo.path, *repo.path.rglob("*")):
        os.chown(path, 65534, 65534)
    tree = opened(repo.path)
    assert [c.subject for c in walk(tree, tree.resolve())] == ["mm: go on", "mm: begin"]


def test_without_git_there_is_one_line(repo: Repo, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", "/nonexistent")
    with pytest.raises(EnvironmentFailure, match="git is not installed"):
        open_tree(repo.path)


# ------------------------------------------------------------------ revisions


def test_revisions(repo: Repo) -> None:
    repo.git("tag", "-a", "-m", "annotated", "v1", "master~1")
    tree = opened(repo.path)
    first, second = repo.git("rev-list", "--reverse", "master").split()
    assert tree.resolve() == tree.resolve("master") == tree.resolve(second[:10]) == second
    assert tree.resolve("v1") == tree.resolve("HEAD~1") == tree.resolve(":/begin") == first
    assert tree.describe(CommitId(first)) == "v1"
    assert tree.describe(CommitId(second)) == f"v1-1-g{second[:12]}"
    repo.git("tag", "-d", "v1")
    assert tree.describe(CommitId(second)) == second[:12]


@pytest.mark.parametrize(
    ("revision", "message"),
    [
        ("-x", "not a revision"),
        ("--all", "not a revision"),
        ("--output=/tmp/owned", "not a revision"),
        ("^HEAD", "not a revision"),
        ("", "not a revision"),
        ("a\0b", "not a revision"),
        ("no-such", "unknown revision"),
        ("HEAD~9", "unknown revision"),
        ("HEAD..master", "unknown revision"),
        ("HEAD:mm/memory.c", "that is no commit"),
        ("HEAD^{tree}", "that is no commit"),
        ("1234567890" * 4, "no such commit"),
    ],
)
def test_revisions_that_cannot_be_used(repo: Repo, revision: str, message: str) -> None:
    with pytest.raises(InputError, match=message) as caught:
        opened(repo.path).resolve(revision)
    one_line(caught.value)


def test_an_ambiguous_revision(tmp_path: Path) -> None:
    repo = Repo(tmp_path / "repo.git")
    entry = b"commit refs/heads/master\ncommitter " + AUTHOR + b" %d +0000\ndata 0\n\n"
    repo.git("fast-import", "--quiet", data=b"".join(entry % n for n in range(1, 1500)))
    prefixes = [line[:4] for line in repo.git("rev-list", "master").split()]
    twice = next(p for p in prefixes if prefixes.count(p) > 1)
    with pytest.raises(InputError, match="several objects"):
        opened(repo.path).resolve(twice)


def test_head_of_an_empty_repository(tmp_path: Path) -> None:
    tree = opened(Repo(tmp_path / "empty.git").path)
    with pytest.raises(InputError, match="HEAD names no commit"):
        tree.resolve()


def test_ranges(repo: Repo) -> None:
    tree = opened(repo.path)
    old, new = tree.resolve("HEAD~1"), tree.resolve("HEAD")
    assert tree.parse_range("HEAD~1..HEAD") == Range(old, new)
    assert tree.parse_range("HEAD~1..") == Range(old, new)
    assert tree.parse_range("..HEAD~1") == Range(new, old)
    for text in ("", "HEAD", "..", "A...B", "HEAD..HEAD..HEAD", "-x..HEAD", "HEAD..-x", "....."):
        with pytest.raises(InputError) as caught:
            tree.parse_range(text)
        one_line(caught.value)


def test_an_unresolved_revision_is_never_an_option(repo: Repo, tmp_path: Path) -> None:
    """Commit ids come from resolve; should one not, it still does nothing."""
    tree = opened(repo.path)
    option = CommitId(f"--output={tmp_path}/owned")
    for use in (lambda: tree.ls(option), lambda: list(walk(tree, option))):
        with pytest.raises(EnvironmentFailure, match="failed: "):
            use()
    assert tree.describe(option) == option[:12]
    assert not (tmp_path / "owned").exists()
