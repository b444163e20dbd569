"""Opening trees of every kind, friendly or not, and reading from them."""

import os
import pickle
import shutil
import signal
import stat
from collections.abc import Iterator
from pathlib import Path

import pytest
from gitrepo import AUTHOR, Repo, git

from kanalyze.errors import EnvironmentFailure, InputError, KanalyzeError
from kanalyze.history import (
    BlobId,
    BlobTooLarge,
    CommitId,
    GitTree,
    MissingBlob,
    PlainTree,
    Range,
    UnreadableBlob,
    blob_id,
    first_releases,
    open_tree,
    runner,
    walk,
)

MEMORY = b"int page_count;\n"
NO_BLOB = BlobId("1234567890" * 4)


@pytest.fixture
def repo(tmp_path: Path) -> Repo:
    repo = Repo(tmp_path / "repo.git")
    link = repo.blob(b"/etc/passwd")
    files: dict[str, bytes | tuple[str, str] | None] = {
        "mm/memory.c": MEMORY,
        "mm/gup.c": b"int gup;\n",
        "mm/link.c": ("120000", link),
        "mm/module": ("160000", "1" * 40),
        "-dash.c": b"dash\n",
        "mm/*.c": b"star\n",
        ":(exclude)mm": b"magic\n",
        "caf\udce9.c": b"latin-1\n",
    }
    repo.commit(files, b"mm: begin\n")
    repo.commit({"mm/memory.c": MEMORY + b"\n"}, b"mm: go on\n")
    return repo


def opened(path: Path) -> GitTree:
    tree = open_tree(path)
    assert isinstance(tree, GitTree)
    return tree


def one_line(error: KanalyzeError) -> str:
    text = str(error)
    assert text and "\n" not in text
    return text


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


# ---------------------------------------------------------------------- files


def test_ls(repo: Repo) -> None:
    tree = opened(repo.path)
    tip = tree.resolve()
    everything = tree.ls(tip)
    assert everything.keys() == {
        "mm/memory.c", "mm/gup.c", "-dash.c", "mm/*.c", ":(exclude)mm", "caf\udce9.c"
    }  # fmt: skip
    assert tree.ls(tip, ["mm/memory.c", "mm/none.c", "mm/link.c"]).keys() == {"mm/memory.c"}
    assert tree.ls(tip, ["mm"]).keys() == {"mm/memory.c", "mm/gup.c", "mm/*.c"}
    for path in ("-dash.c", "mm/*.c", ":(exclude)mm", "caf\udce9.c"):
        assert tree.ls(tip, [path]).keys() == {path}
    assert tree.ls(tip, []) == {}
    many = [f"no/{n}.c" for n in range(1000)]
    assert tree.ls(tip, ["-dash.c", "mm/", *many]) == tree.ls(tip, ["-dash.c", "mm"])
    assert everything["mm/memory.c"] == blob_id(MEMORY + b"\n")


@pytest.mark.parametrize(
    "path", ["", "/", "/etc/passwd", "../x", "mm/../../x", "./mm", "a//b", "\0"]
)
def test_paths_out_of_the_tree(repo: Repo, tmp_path: Path, path: str) -> None:
    tree = opened(repo.path)
    with pytest.raises(InputError, match="not a path inside the tree"):
        tree.ls(tree.resolve(), [path])
    with pytest.raises(InputError, match="not a path inside the tree"):
        list(walk(tree, tree.resolve(), [path]))
    with pytest.raises(InputError, match="not a path inside the tree"):
        PlainTree(str(tmp_path)).ls([path])


def test_blobs(repo: Repo) -> None:
    tree = opened(repo.path)
    nul = BlobId(repo.blob(b"\0\n\0"))
    empty = BlobId(repo.blob(b""))
    with tree.blobs() as reader:
        assert reader.read(blob_id(MEMORY)) == MEMORY
        assert reader.read(nul) == b"\0\n\0"
        assert reader.read(empty) == b""
        with pytest.raises(MissingBlob, match="is missing") as caught:
            reader.read(NO_BLOB)
        assert caught.value.blob == NO_BLOB
        with pytest.raises(UnreadableBlob, match="is a commit, not a file"):
            reader.read(BlobId(tree.resolve()))
        for wrong in ("HEAD", "", "HEAD:mm/memory.c", str(NO_BLOB) + "\n"):
            with pytest.raises(ValueError, match="not an object id"):
                reader.read(BlobId(wrong))
        assert reader.read(blob_id(MEMORY)) == MEMORY


def test_fifty_megabytes(repo: Repo) -> None:
    big = BlobId(repo.blob(b"\0" * 50_000_000))
    bigger = BlobId(repo.blob(b"\0" * 80_000_000))
    with opened(repo.path).blobs(max_bytes=16_000_000) as reader:
        for blob, size in ((big, 50_000_000), (bigger, 80_000_000)):
            with pytest.raises(BlobTooLarge, match=str(size)) as caught:
                reader.read(blob)
            assert caught.value.size == size
            assert reader.read(blob_id(MEMORY)) == MEMORY


def test_a_killed_reader_is_a_failure_and_the_next_read_works(repo: Repo) -> None:
    with opened(repo.path).blobs() as reader:
        reader.read(blob_id(MEMORY))
        (child,) = children()
        os.kill(child, signal.SIGKILL)
        with pytest.raises(EnvironmentFailure, match="killed by signal 9") as caught:
            reader.read(blob_id(MEMORY))
        one_line(caught.value)
        assert reader.read(blob_id(MEMORY)) == MEMORY
    assert not children()


def children() -> list[int]:
    """Return the processes that this one has started and that still run."""
    text = Path(f"/proc/self/task/{os.getpid()}/children").read_text()
    return [int(child) for child in text.split()]


# --------------------------------------------------------- missing and damaged


@pytest.mark.parametrize("knows_no_lazy_fetch", [True, False])
def test_a_partial_clone_is_never_completed(
    repo: Repo, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, knows_no_lazy_fetch: bool
) -> None:
    """Also with a git that has never heard of GIT_NO_LAZY_FETCH."""
    repo.git("config", "uploadpack.allowFilter", "true")
    repo.git("config", "uploadpack.allowAnySHA1InWant", "true")
    clone = repo.clone(tmp_path / "partial", "--bare", "--filter=blob:none")
    marker = tmp_path / "contacted"
    git(clone, "config", "remote.origin.uploadpack", f"touch {marker}; git-upload-pack")
    if not knows_no_lazy_fetch:
        monkeypatch.delitem(runner._VARIABLES, "GIT_NO_LAZY_FETCH")
    before = sorted(path.name for path in clone.rglob("*"))
    tree = opened(clone)
    tip = tree.resolve()
    assert len(list(walk(tree, tip))) == 2
    blob = tree.ls(tip)["mm/gup.c"]
    with tree.blobs() as reader:
        for _ in range(2):
            with pytest.raises(MissingBlob, match="partial clone") as caught:
                reader.read(blob)
            assert caught.value.blob == blob
            one_line(caught.value)
    assert not marker.exists()
    assert before == sorted(path.name for path in clone.rglob("*"))
    # The trap works: git itself walks into it.
    monkeypatch.setenv("GIT_CONFIG_NOSYSTEM", "1")
    git(clone, "cat-file", "blob", blob)
    assert marker.exists()


def test_a_partial_clone_without_trees(repo: Repo, tmp_path: Path) -> None:
    repo.git("config", "uploadpack.allowFilter", "true")
    clone = repo.clone(tmp_path / "partial", "--bare", "--filter=tree:0")
    tree = opened(clone)
    tip = tree.resolve()
    for use in (lambda: tree.ls(tip), lambda: list(walk(tree, tip))):
        with pytest.raises(EnvironmentFailure, match="failed: ") as caught:
            use()
        one_line(caught.value)


def test_a_truncated_pack(repo: Repo, tmp_path: Path) -> None:
    for number in range(40):
        repo.commit({"mm/memory.c": os.urandom(4000)}, b"change %d\n" % number)
    repo.git("gc", "--quiet")
    tree = opened(repo.path)
    tip = tree.resolve()
    blobs = {change.changes[0].new_blob for change in walk(tree, tip, ["mm/memory.c"])}
    (pack,) = (repo.path / "objects" / "pack").glob("*.pack")
    pack.chmod(0o644)
    os.truncate(pack, pack.stat().st_size // 2)
    failures = 0
    with tree.blobs() as reader:
        for blob in blobs:
            assert blob is not None
            try:
                assert blob_id(reader.read(blob)) == blob
            except UnreadableBlob as error:
                failures += 1
                assert error.blob == blob and blob in one_line(error)
    assert failures
    os.truncate(pack, 100)
    with pytest.raises(KanalyzeError) as caught:
        list(walk(tree, tip))
    assert "git log failed" in one_line(caught.value)


def test_a_damaged_object_is_not_called_missing(repo: Repo) -> None:
    blob = BlobId(repo.blob(b"soon gone\n" * 100))
    loose = repo.path / "objects" / blob[:2] / blob[2:]
    loose.chmod(0o644)
    loose.write_bytes(loose.read_bytes()[:20])
    with opened(repo.path).blobs() as reader:
        with pytest.raises(UnreadableBlob, match="cannot be read") as caught:
            reader.read(blob)
        assert not isinstance(caught.value, MissingBlob)
        one_line(caught.value)
        assert reader.read(blob_id(MEMORY)) == MEMORY


# ------------------------------------------------------------------- hostility


@pytest.fixture
def trap(repo: Repo, tmp_path: Path) -> Iterator[Path]:
    """Make everything that a repository can configure touch the file that is given."""
    marker = tmp_path / "sprung"
    script = tmp_path / "trap"
    script.write_text(f'#!/bin/sh\necho "$0 $*" >> {marker}\ncat\n')
    script.chmod(0o755)
    hooks = tmp_path / "hooks"
    hooks.mkdir()
    for hook in ("fsmonitor-watchman", "post-checkout", "reference-transaction", "pre-auto-gc"):
        shutil.copy(script, hooks / hook)
    program = str(script)
    for key in (
        "core.fsmonitor", "core.sshCommand", "core.pager", "core.editor", "core.askPass",
        "core.gitProxy", "core.alternateRefsCommand", "diff.external", "diff.x.textconv",
        "diff.x.command", "filter.x.clean", "filter.x.smudge", "filter.x.process",
        "gpg.program", "gpg.ssh.program", "gpg.x509.program", "uploadpack.packObjectsHook",
        "credential.helper", "pager.log", "pager.rev-list", "interactive.diffFilter",
        "merge.x.driver", "trailer.x.command", "sendemail.smtpServer",
    ):  # fmt: skip
        repo.git("config", key, program)
    for alias in (
        "log",
        "cat-file",
        "ls-tree",
        "rev-parse",
        "rev-list",
        "for-each-ref",
        "describe",
    ):
        repo.git("config", f"alias.{alias}", f"!{program}")
    repo.git("config", "log.showSignature", "true")
    repo.git("config", "core.worktree", "/nonexistent")
    (repo.path / "info" / "attributes").write_text("* diff=x filter=x merge=x\n")
    signed = repo.git("cat-file", "commit", "master").replace(
        "\n\n", "\ngpgsig -----BEGIN PGP SIGNATURE-----\n \n x\n -----END PGP SIGNATURE-----\n\n", 1
    )
    commit = repo.git("hash-object", "-t", "commit", "-w", "--stdin", data=signed.encode())
    repo.git("update-ref", "refs/heads/master", commit)
    repo.git("tag", "v6.1", commit)
    repo.git("config", "core.hooksPath", str(hooks))  # last: building the trap must not spring it
    yield marker


def test_nothing_that_a_repository_configures_is_run(
    repo: Repo, trap: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert not trap.exists()
    program = str(tmp_path / "trap")
    for variable in ("GIT_EXTERNAL_DIFF", "GIT_PAGER", "PAGER", "GIT_SSH_COMMAND", "GIT_ASKPASS"):
        monkeypatch.setenv(variable, program)
    monkeypatch.setenv("GIT_DIR", "/nonexistent")
    monkeypatch.setenv("GIT_CONFIG_PARAMETERS", f"'core.pager'='{program}'")
    tree = opened(repo.path)
    tip = tree.resolve("master")
    assert tree.describe(tip) == "v6.1"
    assert tree.ls(tip)
    with tree.blobs() as reader:
        assert reader.read(blob_id(MEMORY)) == MEMORY
    assert len(list(walk(tree, tip))) == 2
    assert first_releases(tree, tip, [tip]).first == {tip: "v6.1"}
    assert not trap.exists()


def test_the_trap_is_set(repo: Repo, trap: Path) -> None:
    """Without it the test above would prove nothing."""
    repo.git("config", "--unset", "core.worktree")
    repo.git("log", "-1", "-p", "master")
    assert trap.exists()


def test_replacements_and_grafts_change_nothing(repo: Repo) -> None:
    tree = opened(repo.path)
    before = list(walk(tree, tree.resolve()))
    repo.git("replace", "master", "master~1")
    (repo.path / "info" / "grafts").write_text(before[0].commit + "\n")
    assert list(walk(tree, tree.resolve())) == before


# ------------------------------------------------------------------ plain trees


@pytest.fixture
def sources(tmp_path: Path) -> Path:
    top = tmp_path / "linux"
    (top / "mm").mkdir(parents=True)
    (top / "mm" / "memory.c").write_bytes(MEMORY)
    (top / "mm" / "notes.txt").write_bytes(b"no code\n")
    (tmp_path / "secret").mkdir()
    (tmp_path / "secret" / "memory.c").write_bytes(b"secret\n")
    (top / "mm" / "out.c").symlink_to(tmp_path / "secret" / "memory.c")
    (top / "mm" / "in.c").symlink_to("memory.c")
    (top / "away").symlink_to(tmp_path / "secret")
    os.mkfifo(top / "mm" / "fifo.c")
    (top / os.fsdecode(b"caf\xe9.c")).write_bytes(b"latin-1\n")
    return top


def test_a_plain_tree(sources: Path) -> None:
    tree = open_tree(sources)
    assert isinstance(tree, PlainTree) and not tree.has_history
    assert list(tree.files()) == ["caf\udce9.c", "mm/memory.c", "mm/notes.txt"]
    assert list(tree.files([".c"])) == ["caf\udce9.c", "mm/memory.c"]
    files = tree.ls()
    assert files == tree.ls(["mm", "caf\udce9.c"])
    assert files["mm/memory.c"] == blob_id(MEMORY)
    assert tree.ls(["mm/memory.c", "mm/gup.c", "mm/memory.c/x"]).keys() == {"mm/memory.c"}
    with tree.blobs(files) as reader:
        assert {path: reader.read(blob) for path, blob in files.items()} == {
            "caf\udce9.c": b"latin-1\n",
            "mm/memory.c": MEMORY,
            "mm/notes.txt": b"no code\n",
        }


@pytest.mark.parametrize(
    "path", ["mm/out.c", "mm/in.c", "away/memory.c", "mm/fifo.c", "mm", "none"]
)
def test_only_regular_files_of_the_tree_itself_are_read(sources: Path, path: str) -> None:
    tree = PlainTree(str(sources))
    assert tree.ls(["away", path]).keys() <= {"mm/memory.c", "mm/notes.txt"}
    with tree.blobs() as reader, pytest.raises(InputError, match="no regular file") as caught:
        reader.read_path(path)
    assert path in one_line(caught.value)


def test_a_plain_file_above_the_limit(sources: Path) -> None:
    big = sources / "mm" / "big.c"
    with big.open("wb") as file:
        file.truncate(50_000_000)
    tree = PlainTree(str(sources))
    files = tree.ls(["mm/big.c"])
    assert len(files) == 1
    with tree.blobs(files, max_bytes=1000) as reader, pytest.raises(BlobTooLarge, match="50000000"):
        reader.read(files["mm/big.c"])


def test_a_plain_file_that_changes_under_us(sources: Path) -> None:
    tree = PlainTree(str(sources))
    files = tree.ls(["mm/memory.c"])
    (sources / "mm" / "memory.c").write_bytes(b"other\n")
    with tree.blobs(files) as reader, pytest.raises(InputError, match="changed while"):
        reader.read(files["mm/memory.c"])


def test_an_unreadable_plain_file(sources: Path) -> None:
    (sources / "mm" / "memory.c").chmod(0)
    (sources / "shut").mkdir(mode=0)
    for parent in (sources, *sources.parents):  # the test's own directory is root's
        if parent.stat().st_uid == os.getuid() and parent != Path("/"):
            parent.chmod(parent.stat().st_mode | stat.S_IXOTH | stat.S_IROTH)
    effective = os.geteuid()
    if not effective:
        os.seteuid(65534)  # root reads anything
    try:
        tree = PlainTree(str(sources))
        for paths in (["mm/memory.c"], ["shut"], None):
            with pytest.raises(InputError, match="Permission denied") as caught:
                tree.ls(paths)
            assert str(sources) in one_line(caught.value)
    finally:
        if not effective:
            os.seteuid(0)
