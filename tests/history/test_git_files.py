"""Reading files from git, whole, missing and damaged."""

import os
import signal
from pathlib import Path

import pytest
from gitrepo import Repo, git
from gittree import MEMORY, one_line, opened, small_kernel

from kanalyze.errors import EnvironmentFailure, InputError, KanalyzeError
from kanalyze.history import (
    BlobId,
    BlobTooLarge,
    MissingBlob,
    PlainTree,
    UnreadableBlob,
    blob_id,
    runner,
    walk,
)

NO_BLOB = BlobId("1234567890" * 4)


@pytest.fixture
def repo(tmp_path: Path) -> Repo:
    return small_kernel(tmp_path / "repo.git")


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
    before = children()  # Python's fork server, where another test has started it
    with opened(repo.path).blobs() as reader:
        reader.read(blob_id(MEMORY))
        (child,) = children() - before
        os.kill(child, signal.SIGKILL)
        with pytest.raises(EnvironmentFailure, match="killed by signal 9") as caught:
            reader.read(blob_id(MEMORY))
        one_line(caught.value)
        assert reader.read(blob_id(MEMORY)) == MEMORY
    assert children() == before


def children() -> set[int]:
    """Return the processes that this one has started and that still run."""
    text = Path(f"/proc/self/task/{os.getpid()}/children").read_text()
    return {int(child) for child in text.split()}


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
