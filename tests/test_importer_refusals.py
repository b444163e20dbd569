"""What an import refuses, and that a refusal leaves nothing behind."""

import lzma
import os
import subprocess
import tarfile
from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from kernel_trees import git, kernel_tar, left_behind, makefile, member, write_tar

from kanalyze.errors import EnvironmentFailure, InputError, KanalyzeError
from kanalyze.history.importer import import_releases


def _other_project(path: Path) -> Path:
    return write_tar(path, [member("u-boot/Makefile", makefile("2026.1"))])


def _truncated(path: Path) -> Path:
    whole = kernel_tar(path, "6.1", [member("linux/mm/big", os.urandom(100_000))]).read_bytes()
    path.write_bytes(whole[: len(whole) // 2])
    return path


def _truncated_plain(path: Path) -> Path:
    whole = kernel_tar(path, "6.1", [member("linux/mm/big", b"x" * 1024)], mode="w").read_bytes()
    path.write_bytes(whole[: whole.index(b"linux/mm/big") + 512])
    return path


def _without_end(path: Path) -> Path:
    whole = kernel_tar(path, "6.1", mode="w").read_bytes()
    path.write_bytes(whole.rstrip(b"\0") + bytes(-len(whole.rstrip(b"\0")) % 512))
    return path


def _damaged_header(path: Path) -> Path:
    whole = bytearray(kernel_tar(path, "6.1", [member("linux/mm/z.c")], mode="w").read_bytes())
    whole[whole.index(b"linux/mm/z.c") + 3] ^= 0x55
    path.write_bytes(whole)
    return path


def _damaged_xz(path: Path) -> Path:
    data = bytearray(kernel_tar(path, "6.1").read_bytes())
    data[-20] ^= 0xFF  # in the index, after all of the archive
    path.write_bytes(data)
    return path


def _text(path: Path) -> Path:
    path.write_text("not a tarball, whatever its name says\n" * 100)
    return path


def _empty(path: Path) -> Path:
    path.write_bytes(b"")
    return path


def _xz_of_text(path: Path) -> Path:
    path.write_bytes(lzma.compress(b"no tar inside\n" * 100))
    return path


def _fifo(path: Path) -> Path:
    os.mkfifo(path)
    return path


def _empty_directory(path: Path) -> Path:
    path.mkdir()
    return path


def _with(name: str, **fields: object) -> Callable[[Path], Path]:
    return lambda path: kernel_tar(path, "6.1", [member(name, **fields)])  # type: ignore[arg-type]


_REFUSED: list[tuple[Callable[[Path], Path], str]] = [
    (_other_project, "no kernel release"),
    (_truncated, "broken or no tarball"),
    (_truncated_plain, "broken or no tarball"),
    (_without_end, "broken or no tarball"),
    (_damaged_header, "broken or no tarball"),
    (_damaged_xz, "broken or no tarball"),
    (_text, "broken or no tarball"),
    (_empty, "broken or no tarball"),
    (_xz_of_text, "broken or no tarball"),
    (_fifo, "neither a tarball nor a directory"),
    (_empty_directory, "has no Makefile"),
    (lambda path: path, "No such file"),
    (_with("linux/../../evil"), "leaves the tree"),
    (_with("/etc/evil"), "leaves the tree"),
    (_with("linux/mm/pipe", type=tarfile.FIFOTYPE), "a device or a pipe"),
    (_with("linux/mm/null", type=tarfile.CHRTYPE), "a device or a pipe"),
    (_with("other/file"), "lies beside"),
    (_with("linux/mm/x", type=tarfile.LNKTYPE, linkname="linux/mm/none"), "hard link"),
    (_with("linux/mm/x", type=tarfile.LNKTYPE, linkname="/etc/passwd"), "leaves the tree"),
    (_with("linux/Makefile", type=tarfile.SYMTYPE, linkname="/etc/passwd"), "no kernel version"),
]


@pytest.mark.parametrize(("make", "message"), _REFUSED)
def test_refused_sources_leave_nothing(
    tmp_path: Path, make: Callable[[Path], Path], message: str
) -> None:
    good, repo = kernel_tar(tmp_path / "good.tar.xz", "6.2"), tmp_path / "r.git"
    bad = make(tmp_path / "bad")
    with pytest.raises(InputError, match=message) as caught:
        import_releases([good, bad], repo)
    assert str(bad) in str(caught.value)
    assert "\n" not in str(caught.value)
    assert not repo.exists()
    assert left_behind(tmp_path) == []


def test_a_refusal_leaves_a_repository_as_it_was(tmp_path: Path) -> None:
    repo = tmp_path / "r.git"
    import_releases([kernel_tar(tmp_path / "a.tar.xz", "6.1")], repo)
    before = sorted(path for path in repo.rglob("*"))
    with pytest.raises(InputError):
        import_releases(
            [kernel_tar(tmp_path / "b.tar.xz", "6.2"), _truncated(tmp_path / "c")], repo
        )
    assert sorted(path for path in repo.rglob("*")) == before


def test_another_tree_under_the_same_tag(tmp_path: Path) -> None:
    repo = tmp_path / "r.git"
    ours = import_releases([kernel_tar(tmp_path / "a.tar.xz", "6.1")], repo)[0]
    other = kernel_tar(tmp_path / "b.tar.xz", "6.1", [member("linux/mm/new.c", b"x")])
    before = git(repo, "for-each-ref")
    with pytest.raises(InputError, match=f"v6.1 is tree .* tree {ours.tree[:12]} in {repo}"):
        import_releases([other], repo)
    assert git(repo, "for-each-ref") == before
    with pytest.raises(InputError, match="a.tar.xz"):
        import_releases([tmp_path / "a.tar.xz", other], tmp_path / "fresh.git")
    assert not (tmp_path / "fresh.git").exists()


def _plain_repository(path: Path) -> None:
    subprocess.run(["git", "init", "-q", "--bare", str(path)], check=True)


def _full_directory(path: Path) -> None:
    path.mkdir()
    (path / "thesis.txt").write_text("mine")


def _file(path: Path) -> None:
    path.write_text("mine")


def _dangling(path: Path) -> None:
    path.symlink_to("nowhere")


@pytest.mark.parametrize("make", [_plain_repository, _full_directory, _file, _dangling])
def test_what_is_not_ours_is_left_alone(tmp_path: Path, make: Callable[[Path], None]) -> None:
    repo = tmp_path / "r.git"
    make(repo)
    with pytest.raises(InputError, match="exists and is no repository"):
        import_releases([kernel_tar(tmp_path / "a.tar.xz", "6.1")], repo)


@pytest.mark.skipif(os.geteuid() == 0, reason="root may look everywhere")
def test_a_place_that_cannot_be_seen(tmp_path: Path) -> None:
    closed = tmp_path / "closed"
    closed.mkdir(mode=0o000)
    with pytest.raises(KanalyzeError, match="Permission denied"):
        import_releases([kernel_tar(tmp_path / "a.tar.xz", "6.1")], closed / "r.git")


def test_names_that_are_too_long(tmp_path: Path) -> None:
    with pytest.raises(KanalyzeError, match="File name too long"):
        import_releases([kernel_tar(tmp_path / "a.tar.xz", "6.1")], tmp_path / ("x" * 300))


def test_an_empty_directory_is_a_free_place(tmp_path: Path) -> None:
    (tmp_path / "r.git").mkdir()
    import_releases([kernel_tar(tmp_path / "a.tar.xz", "6.1")], tmp_path / "r.git")
    assert git(tmp_path / "r.git", "tag").split() == ["v6.1"]


def test_commits_of_others_on_the_branch_are_not_thrown_away(tmp_path: Path) -> None:
    repo = tmp_path / "r.git"
    made = import_releases([kernel_tar(tmp_path / "a.tar.xz", "6.1")], repo)[0]
    identity = ("-c", "user.name=n", "-c", "user.email=e@example.org")
    commit = ("commit-tree", made.tree, "-p", made.commit, "-m", "my own")
    mine = git(repo, *identity, *commit).strip()
    git(repo, "update-ref", "refs/heads/releases", mine)
    with pytest.raises(InputError, match=f"holds {mine}"):
        import_releases([kernel_tar(tmp_path / "b.tar.xz", "6.2")], repo)
    assert git(repo, "rev-parse", "releases").strip() == mine


def test_a_place_that_cannot_be_written(tmp_path: Path) -> None:
    with pytest.raises(EnvironmentFailure, match="No such file"):
        import_releases([kernel_tar(tmp_path / "a.tar.xz", "6.1")], tmp_path / "no/r.git")


def _fake_git(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, fast_import: str) -> None:
    """Put a git before the real one that does something else for fast-import."""
    real = subprocess.run(["which", "git"], capture_output=True, text=True, check=True).stdout
    script = tmp_path / "bin/git"
    script.parent.mkdir()
    body = f'case "$*" in *" fast-import "*) {fast_import} ;; esac\nexec {real.strip()} "$@"\n'
    script.write_text(f"#!/bin/sh\n{body}")
    script.chmod(0o755)
    monkeypatch.setenv("PATH", f"{script.parent}:{os.environ['PATH']}")


def test_a_full_disk(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    _fake_git(tmp_path, monkeypatch, "echo 'fatal: cannot write: No space left' >&2; exit 128")
    source = kernel_tar(
        tmp_path / "a.tar", "6.1", [member("linux/mm/big", bytes(1 << 20))], mode="w"
    )
    with pytest.raises(EnvironmentFailure, match="fast-import failed: .*No space left") as caught:
        import_releases([source], tmp_path / "r.git")
    assert str(caught.value).startswith(str(tmp_path / "r.git"))
    assert left_behind(tmp_path) == []
    assert not (tmp_path / "r.git").exists()


def test_no_git(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    source = kernel_tar(tmp_path / "a.tar.xz", "6.1")
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(EnvironmentFailure, match="git is not installed"):
        import_releases([source], tmp_path / "r.git")


def test_nothing_in_a_repository_is_run(tmp_path: Path) -> None:
    repo, witness = tmp_path / "r.git", tmp_path / "ran"
    import_releases([kernel_tar(tmp_path / "a.tar.xz", "6.1")], repo)
    hooks = repo / "hooks"
    hooks.mkdir()
    for name in ("reference-transaction", "post-update", "fsmonitor", "update"):
        (hooks / name).write_text(f"#!/bin/sh\ntouch {witness}\n")
        (hooks / name).chmod(0o755)
    git(repo, "config", "core.fsmonitor", str(hooks / "fsmonitor"))
    git(repo, "config", "core.hooksPath", str(hooks))
    import_releases([kernel_tar(tmp_path / "b.tar.xz", "6.2")], repo)
    assert not witness.exists()


@given(st.data())
def test_damaged_tarballs_end_in_one_line(
    tmp_path_factory: pytest.TempPathFactory, data: st.DataObject
) -> None:
    place = tmp_path_factory.mktemp("damaged")
    mode = data.draw(st.sampled_from(["w", "w:gz", "w:bz2", "w:xz"]))
    source = kernel_tar(place / "a", "6.1", mode=mode)
    content = bytearray(source.read_bytes())
    for _ in range(data.draw(st.integers(1, 4))):
        content[data.draw(st.integers(0, len(content) - 1))] = data.draw(st.integers(0, 255))
    source.write_bytes(content[: data.draw(st.integers(0, len(content)))])
    try:
        import_releases([source], place / "r.git")
    except KanalyzeError as error:
        assert "\n" not in str(error)
        assert not (place / "r.git").exists()
    assert left_behind(place) == []
