"""Patches on top of a revision: all kinds of them, and none that leads out of the tree."""

from collections.abc import Iterator, Sequence
from pathlib import Path

import pytest
from gitrepo import Repo

from kanalyze.errors import InputError
from kanalyze.history.diffs import names, touched
from kanalyze.history.git import GitTree, open_tree
from kanalyze.history.patched import Change, DoesNotApply, base_of, patched
from kanalyze.history.plain import PlainTree
from kanalyze.history.runner import CommitId

TEXT = b"one\ntwo\nthree\n"
EDIT = "@@ -1,3 +1,3 @@\n one\n-two\n+2\n three\n"


def change(diff: str, title: str = "a change", author: str = "") -> Change:
    return Change(title=title, message="Why.", diff=diff, author=author)


def edit(path: str = "mm/memory.c", new: str = "") -> str:
    old, new = f"a/{path}", f"b/{new or path}"
    return f"diff --git {old} {new}\n--- {old}\n+++ {new}\n{EDIT}"


@pytest.fixture
def repo(tmp_path: Path) -> Repo:
    made = Repo(tmp_path / "tree")
    made.commit({"mm/memory.c": TEXT, "mm/rmap.c": TEXT, "mm/od d\u00e4.c": TEXT})
    return made


def applied(repo: Repo, *changes: Change) -> tuple[tuple[str, ...], Sequence[str]]:
    """Return the files that a series leaves out, and the tree of its last commit."""
    tree = open_tree(str(repo.path))
    assert isinstance(tree, GitTree)
    with patched(tree, tree.resolve("HEAD"), changes) as done:
        listing = Repo.git(_At(done.repository), "ls-tree", "-r", "-z", done.commits[-1])
        return done.left_out, [one for one in listing.split("\0") if one]


class _At(Repo):
    def __init__(self, path: str) -> None:
        self.path = Path(path)


@pytest.fixture(autouse=True)
def nothing_is_written_elsewhere(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Hold every test to it: the tree, the home and the directory stay as they were."""
    around = tmp_path / "around"
    for name in ("home", "cwd/.git/hooks"):
        (around / name).mkdir(parents=True)
    monkeypatch.setenv("HOME", str(around / "home"))
    monkeypatch.chdir(around / "cwd")
    before = sorted(around.rglob("*"))
    yield
    assert sorted(around.rglob("*")) == before


# ---------------------------------------------------------------- what applies


def test_each_patch_becomes_a_commit_and_the_tree_stays_as_it_is(repo: Repo) -> None:
    before = repo.git("for-each-ref") + repo.git("count-objects", "-v")
    left_out, files = applied(repo, change(edit()), change(edit("mm/rmap.c")))
    assert left_out == ()
    assert len(files) == 3
    assert repo.git("for-each-ref") + repo.git("count-objects", "-v") == before


@pytest.mark.parametrize(
    ("diff", "there", "gone"),
    [
        (edit(), "mm/memory.c", ""),
        (edit().removeprefix("diff --git a/mm/memory.c b/mm/memory.c\n"), "mm/memory.c", ""),
        (
            "diff --git a/mm/memory.c b/mm/fault.c\nsimilarity index 60%\n"
            "rename from mm/memory.c\nrename to mm/fault.c\n"
            f"--- a/mm/memory.c\n+++ b/mm/fault.c\n{EDIT}",
            "mm/fault.c",
            "mm/memory.c",
        ),
        (
            "diff --git a/mm/new.c b/mm/new.c\nnew file mode 100644\n--- /dev/null\n"
            "+++ b/mm/new.c\n@@ -0,0 +1 @@\n+one\n",
            "mm/new.c",
            "",
        ),
        (
            "diff --git a/mm/memory.c b/mm/memory.c\ndeleted file mode 100644\n"
            "--- a/mm/memory.c\n+++ /dev/null\n@@ -1,3 +0,0 @@\n-one\n-two\n-three\n",
            "mm/rmap.c",
            "mm/memory.c",
        ),
        (
            "diff --git a/mm/memory.c b/mm/memory.c\nold mode 100644\nnew mode 100755\n",
            "mm/memory.c",
            "",
        ),
        (
            'diff --git "a/mm/od d\\303\\244.c" "b/mm/od d\\303\\244.c"\n'
            f'--- "a/mm/od d\\303\\244.c"\n+++ "b/mm/od d\\303\\244.c"\n{EDIT}',
            "mm/od d\u00e4.c",
            "",
        ),
        (
            "diff --git a/link b/link\nnew file mode 120000\n--- /dev/null\n+++ b/link\n"
            "@@ -0,0 +1 @@\n+/etc/passwd\n\\ No newline at end of file\n",
            "link",
            "",
        ),
    ],
    ids=["edit", "no git header", "rename", "new", "deleted", "mode", "quoted", "symlink"],
)
def test_all_kinds_of_changes_apply(repo: Repo, diff: str, there: str, gone: str) -> None:
    left_out, files = applied(repo, change(diff))
    paths = [one.partition("\t")[2] for one in files]
    assert left_out == ()
    assert there in paths
    assert gone not in paths or not gone


def test_what_the_tree_does_not_have_is_left_out(repo: Repo) -> None:
    rename = (
        "diff --git a/fs/old.c b/fs/new.c\nsimilarity index 60%\nrename from fs/old.c\n"
        f"rename to fs/new.c\n--- a/fs/old.c\n+++ b/fs/new.c\n{EDIT}"
    )
    binary = (
        "diff --git a/logo.png b/logo.png\nindex 11..22 100644\n"
        "Binary files a/logo.png and b/logo.png differ\n"
    )
    left_out, _ = applied(repo, change(edit() + edit("net/core/sock.c") + rename + binary))
    assert left_out == ("net/core/sock.c", "fs/old.c", "logo.png")


def test_a_directory_is_taken_as_it_is(tmp_path: Path) -> None:
    place = tmp_path / "dir" / "mm"
    place.mkdir(parents=True)
    (place / "memory.c").write_bytes(TEXT)
    tree = open_tree(str(tmp_path / "dir"))
    assert isinstance(tree, PlainTree)
    with patched(tree, None, [change(edit())], ["mm/memory.c"]) as done:
        shown = Repo.git(_At(done.repository), "show", f"{done.commits[-1]}:mm/memory.c")
    assert shown == "one\n2\nthree"
    assert (place / "memory.c").read_bytes() == TEXT


@pytest.mark.parametrize(
    "author", ["", "A <a@b.c>", "<>", ". <.>", "A\0B <a\n@b.c>", "\u00e4 <ä@b.c>", "A <a@b.c"]
)
def test_any_author_makes_a_commit(repo: Repo, author: str) -> None:
    applied(repo, change(edit(), title="x\0y", author=author))


# ------------------------------------------------------------ what does not


@pytest.mark.parametrize(
    "path",
    [
        "../../etc/passwd",
        "/etc/passwd",
        ".git/hooks/post-commit",
        "mm/../../x",
        ".GIT/config",
        "mm/./x.c",
        '"a/../x"',
    ],
)
def test_a_path_that_leads_out_of_the_tree_is_refused(repo: Repo, path: str) -> None:
    new = (
        f"diff --git a/{path} b/{path}\nnew file mode 100755\n--- /dev/null\n+++ b/{path}\n"
        "@@ -0,0 +1 @@\n+#!/bin/sh\n"
    )
    if path.startswith('"'):
        new = new.replace(f"a/{path}", path).replace(f"b/{path}", path)
    for diff in (new, edit("mm/memory.c", path) if not path.startswith('"') else new):
        with pytest.raises(InputError):
            applied(repo, change(diff))


def test_nothing_goes_through_a_symbolic_link(repo: Repo, tmp_path: Path) -> None:
    target = tmp_path / "target"
    target.mkdir()
    link = (
        "diff --git a/way b/way\nnew file mode 120000\n--- /dev/null\n+++ b/way\n"
        f"@@ -0,0 +1 @@\n+{target}\n\\ No newline at end of file\n"
    )
    through = (
        "diff --git a/way/x b/way/x\nnew file mode 100644\n--- /dev/null\n+++ b/way/x\n"
        "@@ -0,0 +1 @@\n+x\n"
    )
    with pytest.raises(InputError):
        applied(repo, change(link), change(through))
    assert list(target.iterdir()) == []


def test_a_patch_that_does_not_apply_says_which_and_where(repo: Repo) -> None:
    with pytest.raises(DoesNotApply, match=r"patch 2 .*does not apply") as failed:
        applied(repo, change(edit()), change(edit(), title="again"))
    assert failed.value.number == 2
    assert "mm/memory.c" in failed.value.file


@pytest.mark.parametrize(
    "diff",
    [
        "diff --git a/mm/memory.c b/mm/memory.c\nindex 11..22 100644\n"
        "GIT binary patch\nliteral 5\nzzzz\n\n",
        edit().replace("@@ -1,3 +1,3 @@", "@@ garbage @@"),
        edit().replace("\n", "\r\n"),
        "diff --git a/mm/memory.c b/mm/memory.c\nnew file mode 100644\n--- /dev/null\n"
        "+++ b/mm/memory.c\n@@ -0,0 +1 @@\n+one\n",
    ],
    ids=["binary", "garbage", "CR LF", "new but there"],
)
def test_what_git_refuses_is_one_line(repo: Repo, diff: str) -> None:
    with pytest.raises(DoesNotApply):
        applied(repo, change(diff))


# ------------------------------------------------------------------ the base


def test_the_newest_commit_with_the_files_is_the_base(repo: Repo) -> None:
    old = repo.git("rev-parse", "HEAD")
    blob = repo.git("rev-parse", "HEAD:mm/memory.c")
    repo.commit({"mm/memory.c": b"other\n"})
    repo.commit({"mm/rmap.c": b"other\n"})
    tree = open_tree(str(repo.path))
    assert isinstance(tree, GitTree)
    head = tree.resolve("HEAD")
    diff = edit().replace("--- a", f"index {blob[:12]}..1234567 100644\n--- a", 1)
    assert base_of(tree, head, [diff]) == CommitId(old)
    assert base_of(tree, head, [edit()]) is None


def test_names_are_those_of_the_tree() -> None:
    assert touched(edit("mm/a.c") + edit("mm/b.c")) == ("mm/a.c", "mm/b.c")
    assert names(edit("mm/a.c", "mm/b.c")) == ("mm/a.c", "mm/b.c")
    assert names('diff --git "a/\\t\\"x\\\\" b/y\nold mode 100644\n') == ('\t"x\\', "y")
    assert names("--- a/mm/a.c\t2001-01-01 10:00\n+++ b/mm/a.c\t2001-01-02\n") == (
        "mm/a.c",
        "mm/a.c",
    )
