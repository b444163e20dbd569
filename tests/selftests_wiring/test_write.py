"""An output directory in which people work: what is theirs stays, what is ours is kept up."""

import hashlib
import os
import resource
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest

from kanalyze.errors import EnvironmentFailure, InputError
from kanalyze.selftests import MANIFEST, OutputFile, write_files

_ONE = OutputFile("one.c", b"one\n")
_TWO = OutputFile("patches/two.patch", b"two\n")
_SCRIPT = OutputFile("run.sh", b"#!/bin/sh\n", executable=True)
_ALL = (_ONE, _TWO, _SCRIPT)


def _contents(directory: Path) -> dict[str, bytes]:
    return {
        str(path.relative_to(directory)): path.read_bytes()
        for path in sorted(directory.rglob("*"))
        if path.is_file() and path.name != MANIFEST
    }


def test_files_and_their_digests_are_written(tmp_path: Path) -> None:
    out = tmp_path / "a" / "b"
    done = write_files(out, _ALL)
    assert done.written == ("one.c", "patches/two.patch", "run.sh")
    assert _contents(out) == {file.path: file.content for file in _ALL}
    assert [os.access(out / file.path, os.X_OK) for file in _ALL] == [False, False, True]
    check = ["sha256sum", "--check", "--strict", "--quiet", MANIFEST]
    assert subprocess.run(check, cwd=out, capture_output=True, check=False).returncode == 0


def test_the_same_again_writes_nothing(tmp_path: Path) -> None:
    write_files(tmp_path, _ALL)
    names = ("one.c", MANIFEST)
    before = [(tmp_path / name).stat().st_ino for name in names]
    done = write_files(tmp_path, _ALL)
    assert (done.written, done.removed) == ((), ())
    assert done.unchanged == ("one.c", "patches/two.patch", "run.sh")
    assert before == [(tmp_path / name).stat().st_ino for name in names]


def test_a_lost_mode_is_given_back(tmp_path: Path) -> None:
    write_files(tmp_path, _ALL)
    (tmp_path / "run.sh").chmod(0o644)
    assert write_files(tmp_path, _ALL).written == ("run.sh",)
    assert os.access(tmp_path / "run.sh", os.X_OK)


def test_edited_files_are_named_and_nothing_is_changed(tmp_path: Path) -> None:
    write_files(tmp_path, _ALL)
    (tmp_path / "one.c").write_text("mine\n")
    (tmp_path / "patches/two.patch").write_text("mine too\n")
    before = _contents(tmp_path)
    new = (OutputFile("one.c", b"new\n"), OutputFile("run.sh", b"new\n"))
    with pytest.raises(InputError, match=r"one\.c, patches/two\.patch \(--force") as caught:
        write_files(tmp_path, new)
    assert "run.sh" not in str(caught.value)
    assert "\n" not in str(caught.value)
    assert _contents(tmp_path) == before


def test_force_overwrites_what_it_writes_and_leaves_the_rest(tmp_path: Path) -> None:
    write_files(tmp_path, _ALL)
    (tmp_path / "one.c").write_text("mine\n")
    (tmp_path / "patches/two.patch").write_text("mine too\n")
    done = write_files(tmp_path, (_ONE,), force=True)
    assert (done.written, done.removed) == (("one.c",), ("run.sh",))
    assert _contents(tmp_path) == {"one.c": b"one\n", "patches/two.patch": b"mine too\n"}
    # What was left is theirs from now on, and in nobody's way.
    assert write_files(tmp_path, (_ONE,)).unchanged == ("one.c",)


def test_a_file_that_was_there_before_is_not_ours(tmp_path: Path) -> None:
    (tmp_path / "one.c").write_text("mine\n")
    with pytest.raises(InputError, match=r"one\.c"):
        write_files(tmp_path, _ALL)
    assert _contents(tmp_path) == {"one.c": b"mine\n"}


def test_only_what_we_wrote_is_removed(tmp_path: Path) -> None:
    write_files(tmp_path, _ALL)
    (tmp_path / "notes").write_text("mine\n")
    done = write_files(tmp_path, (_ONE,))
    assert done.removed == ("patches/two.patch", "run.sh")
    assert _contents(tmp_path) == {"notes": b"mine\n", "one.c": b"one\n"}
    assert not (tmp_path / "patches").exists()


def test_a_directory_with_something_else_in_it_stays(tmp_path: Path) -> None:
    write_files(tmp_path, _ALL)
    (tmp_path / "patches/mine").write_text("mine\n")
    write_files(tmp_path, (_ONE,))
    assert (tmp_path / "patches/mine").read_text() == "mine\n"


def test_a_deleted_file_is_written_again(tmp_path: Path) -> None:
    write_files(tmp_path, _ALL)
    (tmp_path / "one.c").unlink()
    assert write_files(tmp_path, _ALL).written == ("one.c",)


def test_what_a_run_that_was_cut_short_left_is_ours(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    write_files(tmp_path, _ALL)
    new = tuple(OutputFile(file.path, b"new " + file.content) for file in _ALL)
    replace = Path.replace

    def stops(self: Path, target: Path) -> Path:
        if target.name == "two.patch":
            raise KeyboardInterrupt
        return replace(self, target)

    monkeypatch.setattr(Path, "replace", stops)
    with pytest.raises(KeyboardInterrupt):
        write_files(tmp_path, new)
    monkeypatch.undo()
    assert sorted(_contents(tmp_path)) == ["one.c", "patches/two.patch", "run.sh"]  # no litter
    assert (tmp_path / "one.c").read_bytes() == b"new one\n"
    third = tuple(OutputFile(file.path, b"third\n") for file in _ALL)
    assert len(write_files(tmp_path, third).written) == 3


def test_links_are_never_written_through(tmp_path: Path) -> None:
    out, elsewhere = tmp_path / "out", tmp_path / "elsewhere"
    elsewhere.mkdir()
    victim = elsewhere / "two.patch"
    victim.write_text("mine\n")
    write_files(out, (_ONE,))
    (out / "one.c").unlink()
    (out / "one.c").symlink_to(victim)
    with pytest.raises(InputError, match=r"one\.c"):
        write_files(out, (_ONE,))
    write_files(out, (_ONE,), force=True)
    assert not (out / "one.c").is_symlink()
    (out / "patches").symlink_to(elsewhere)
    for force in (False, True):
        with pytest.raises(InputError, match="behind a link"):
            write_files(out, _ALL, force=force)
    assert victim.read_text() == "mine\n"


@pytest.mark.parametrize(
    "damage",
    [
        lambda text: text.replace(b"one.c", b"../../one.c"),
        lambda text: text.replace(b"one.c", b"/etc/passwd"),
        lambda text: text.partition(b"\n")[2],  # somebody else's list of digests
        lambda text: text[:-1],
        lambda text: text + b"\xff\n",
        lambda text: b"",
    ],
)
def test_a_list_of_digests_that_is_not_ours_is_not_believed(
    tmp_path: Path, damage: Callable[[bytes], bytes]
) -> None:
    write_files(tmp_path, _ALL)
    manifest = tmp_path / MANIFEST
    manifest.write_bytes(damage(manifest.read_bytes()))
    before = _contents(tmp_path)
    with pytest.raises(InputError, match="is not as kanalyze wrote it"):
        write_files(tmp_path, (OutputFile("run.sh", b"other\n"),), force=True)
    assert _contents(tmp_path) == before


def test_a_directory_in_the_way_is_one_line(tmp_path: Path) -> None:
    (tmp_path / "one.c").mkdir()
    for force in (False, True):
        with pytest.raises(InputError, match="is a directory"):
            write_files(tmp_path, _ALL, force=force)
    assert not (tmp_path / MANIFEST).exists()


def test_a_place_that_is_a_file_is_one_line(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("mine\n")
    for place in ("file", "file/below"):
        with pytest.raises(InputError, match="cannot be written") as caught:
            write_files(tmp_path / place, _ALL)
        assert "\n" not in str(caught.value)
    assert (tmp_path / "file").read_text() == "mine\n"


def test_a_directory_that_cannot_be_written_is_one_line(tmp_path: Path) -> None:
    tmp_path.chmod(0o555)
    user = os.geteuid()
    try:
        if not user:
            os.seteuid(65534)  # nothing is forbidden to root
        with pytest.raises(InputError, match="cannot be written: Permission denied"):
            write_files(tmp_path, _ALL)
    finally:
        os.seteuid(user)
        tmp_path.chmod(0o755)
    assert _contents(tmp_path) == {}


def test_a_disk_that_is_full_is_one_line_and_no_half_a_file(tmp_path: Path) -> None:
    write_files(tmp_path, _ALL)
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    large = OutputFile("large.c", b"x" * 100_000)
    resource.setrlimit(resource.RLIMIT_FSIZE, (50_000, hard))
    try:
        with pytest.raises(EnvironmentFailure, match="cannot be written: ") as caught:
            write_files(tmp_path, (*_ALL, large))
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))
    assert "\n" not in str(caught.value)
    assert _contents(tmp_path) == {file.path: file.content for file in _ALL}
    assert write_files(tmp_path, (*_ALL, large)).written == ("large.c",)


@pytest.mark.parametrize("path", ["../x", "/x", "a//b", "", "a/..", MANIFEST])
def test_paths_that_leave_the_directory_are_a_mistake_of_ours(tmp_path: Path, path: str) -> None:
    with pytest.raises(ValueError, match="not a path"):
        write_files(tmp_path, (OutputFile(path, b""),))


def test_digests_are_those_of_the_files(tmp_path: Path) -> None:
    write_files(tmp_path, (_ONE,))
    line = (tmp_path / MANIFEST).read_text().splitlines()[1]
    assert line == f"{hashlib.sha256(_ONE.content).hexdigest()}  one.c"
