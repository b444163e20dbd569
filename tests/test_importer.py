"""Importing releases: what gets in, what is refused, and that a refusal leaves nothing."""

import io
import lzma
import os
import subprocess
import tarfile
from collections.abc import Callable
from pathlib import Path

import pytest
from click.testing import CliRunner
from hypothesis import given
from hypothesis import strategies as st

from kanalyze.cli.import_ import command
from kanalyze.errors import EnvironmentFailure, InputError, KanalyzeError
from kanalyze.history.import_paths import is_needed
from kanalyze.history.importer import import_releases
from kanalyze.history.kernel_version import KernelVersion, parse_tag, read_version


def makefile(version: str) -> bytes:
    numbers, _, extra = version.partition("-")
    v, p, s = (*numbers.split("."), "0")[:3]
    tail = f"-{extra}" if extra else ""
    text = f"VERSION = {v}\nPATCHLEVEL = {p}\nSUBLEVEL = {s}\nEXTRAVERSION ={tail}\nNAME = x\n"
    return text.encode()


def kernel_files(version: str, **more: bytes) -> dict[str, bytes]:
    return {
        "Makefile": makefile(version),
        "drivers/net/unwanted.c": b"int nic;\n",
        "mm/memory.c": f"/* {version} */\n".encode(),
        **more,
    }


def member(name: str, content: bytes = b"", **fields: object) -> tuple[tarfile.TarInfo, bytes]:
    info = tarfile.TarInfo(name)
    info.size, info.mode, info.mtime = len(content), 0o644, 1_600_000_000
    for field, value in fields.items():
        setattr(info, field, value)
    return info, content


def write_tar(path: Path, members: list[tuple[tarfile.TarInfo, bytes]], mode: str = "w:xz") -> Path:
    with tarfile.open(path, mode) as tar:  # type: ignore[call-overload]
        for info, content in members:
            tar.addfile(info, io.BytesIO(content))
    return path


def kernel_tar(
    path: Path,
    version: str,
    extra: list[tuple[tarfile.TarInfo, bytes]] | None = None,
    top: str = "linux/",
    mode: str = "w:xz",
) -> Path:
    members = [member(top.rstrip("/"), type=tarfile.DIRTYPE, mode=0o755)] if top else []
    members += [member(top + name, text) for name, text in kernel_files(version).items()]
    return write_tar(path, members + (extra or []), mode)


def git(repository: Path, *arguments: str) -> str:
    line = ["git", f"--git-dir={repository}", *arguments]
    return subprocess.run(line, capture_output=True, text=True, check=True).stdout


def left_behind(directory: Path) -> list[str]:
    return sorted(path.name for path in directory.iterdir() if "import" in path.name)


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


# -------------------------------------------------------------------- refusals
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
