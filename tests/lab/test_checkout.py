"""Revisions of a repository in one place: what differs is written, and nothing else."""

import subprocess
from pathlib import Path

import pytest

from kanalyze.errors import EnvironmentFailure, InputError
from kanalyze.lab import git
from kanalyze.lab.checkout import checked_out
from kanalyze.progress import Silent

pytestmark = pytest.mark.usefixtures("private_home")

_SMALL = ("small-x86-64", "1")


def say(repository: Path, *arguments: str) -> str:
    identity = ("-c", "user.name=n", "-c", "user.email=n@example.org")
    command = ("git", "-C", str(repository), *identity, *arguments)
    return subprocess.run(command, check=True, capture_output=True, text=True).stdout.strip()


@pytest.fixture
def repository(tmp_path: Path) -> Path:
    """Give a repository with two revisions, v1 and v2, of which v2 is checked out and altered."""
    place = tmp_path / "linux"
    (place / "mm").mkdir(parents=True)
    say(place, "init", "--quiet")
    for name in ("mm/memory.c", "mm/gup.c", "mm/gone.c"):
        (place / name).write_text("one\n")
    say(place, "add", ".")
    say(place, "commit", "--quiet", "--message=one")
    say(place, "tag", "v1")
    (place / "mm/memory.c").write_text("two\n")
    (place / "mm/gone.c").unlink()
    (place / "mm/new.c").write_text("two\n")
    say(place, "add", "--all")
    say(place, "commit", "--quiet", "--message=two")
    say(place, "tag", "v2")
    (place / "mm/gup.c").write_text("not committed\n")
    return place


def files(repository: Path, tag: str, variant: tuple[str, str] = _SMALL) -> dict[str, str]:
    """Return what is in the place when a revision is."""
    tree = say(repository, "rev-parse", f"{tag}^{{tree}}")
    with checked_out(str(repository), tree, variant, Silent()) as place:
        found = (path for path in place.directory.rglob("*") if path.is_file())
        return {str(path.relative_to(place.directory)): path.read_text() for path in found}


def objects(repository: Path, variant: tuple[str, str]) -> Path:
    tree = say(repository, "rev-parse", "v1^{tree}")
    with checked_out(str(repository), tree, variant, Silent()) as place:
        return place.objects


V1 = {"mm/memory.c": "one\n", "mm/gup.c": "one\n", "mm/gone.c": "one\n"}
V2 = {"mm/memory.c": "two\n", "mm/gup.c": "one\n", "mm/new.c": "two\n"}


def test_a_revision_has_its_own_files(repository: Path) -> None:
    before = say(repository, "status", "--porcelain")
    index = (repository / ".git/index").read_bytes()
    assert [files(repository, tag) for tag in ("v1", "v2", "v1")] == [V1, V2, V1]
    assert say(repository, "status", "--porcelain") == before == "M mm/gup.c"
    assert (repository / ".git/index").read_bytes() == index


def test_what_does_not_differ_is_not_written(repository: Path, private_home: Path) -> None:
    files(repository, "v1")
    (source,) = (private_home / ".cache/kanalyze/checkouts").glob("linux-*/source")
    before = {path.name: path.stat().st_mtime_ns for path in source.rglob("*.c")}
    files(repository, "v2")
    after = {path.name: path.stat().st_mtime_ns for path in source.rglob("*.c")}
    assert after["gup.c"] == before["gup.c"]
    assert after["memory.c"] > before["memory.c"]


def test_one_that_was_killed_on_the_way_is_begun_anew(repository: Path, private_home: Path) -> None:
    files(repository, "v1")
    (place,) = (private_home / ".cache/kanalyze/checkouts").glob("linux-*")
    (place / "whole").unlink()
    (place / "index.lock").touch()
    (place / "source/mm/memory.c").write_text("half")
    (place / "source/mm/other.c").write_text("of a revision that never came to be there")
    assert files(repository, "v1") == V1


def test_what_a_repository_is_set_to_does_not_matter(repository: Path, tmp_path: Path) -> None:
    say(repository, "config", "core.sparseCheckout", "true")
    (repository / ".git/info").mkdir(exist_ok=True)
    (repository / ".git/info/sparse-checkout").write_text("/mm/gup.c\n")
    say(repository, "config", "core.splitIndex", "true")
    hook = repository / ".git/hooks/post-index-change"
    hook.parent.mkdir(exist_ok=True)
    hook.write_text(f"#!/bin/sh\ntouch {tmp_path}/called\n")
    hook.chmod(0o755)
    assert files(repository, "v2") == V2
    assert not (tmp_path / "called").exists()
    assert not list((repository / ".git").glob("sharedindex*"))


def test_a_bare_repository_and_a_work_tree_are_others_and_the_same(
    repository: Path, tmp_path: Path, private_home: Path
) -> None:
    bare, beside = tmp_path / "bare.git", tmp_path / "beside"
    say(tmp_path, "clone", "--quiet", "--bare", str(repository), str(bare))
    say(repository, "worktree", "add", "--quiet", str(beside), "v1")
    assert files(bare, "v1") == files(beside, "v1") == files(repository, "v1") == V1
    names = {path.name.rpartition("-")[0] for path in _places(private_home)}
    assert names == {"bare.git", "linux"} and len(_places(private_home)) == 2


def _places(home: Path) -> list[Path]:
    return list((home / ".cache/kanalyze/checkouts").iterdir())


def test_objects_are_kept_while_they_are_good_for_anything(repository: Path) -> None:
    small = objects(repository, ("small-x86-64", "1"))
    (small / "memory.o").touch()
    kasan = objects(repository, ("kasan-x86-64", "1"))
    assert objects(repository, ("small-x86-64", "1")) == small and (small / "memory.o").exists()
    newer = objects(repository, ("small-x86-64", "2"))
    assert newer.is_dir() and kasan.is_dir() and not small.exists()


def test_what_git_cannot_do(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(InputError, match="not a git repository"):
        git.ask(str(tmp_path), "status")
    git_that_fails = tmp_path / "git"
    git_that_fails.write_text("#!/bin/sh\necho 'fatal: x: No space left on device' >&2; exit 128\n")
    git_that_fails.chmod(0o755)
    monkeypatch.setenv("PATH", str(tmp_path), prepend=":")
    with pytest.raises(EnvironmentFailure, match="No space left on device"):
        git.ask(str(tmp_path), "status")
    git_that_fails.unlink()
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(EnvironmentFailure, match="git is missing"):
        git.ask(str(tmp_path), "status")
