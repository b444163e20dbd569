"""Source directories without git."""

import os
import stat
from pathlib import Path

import pytest
from gittree import MEMORY, one_line

from kanalyze.errors import InputError
from kanalyze.history import BlobTooLarge, PlainTree, blob_id, open_tree


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
