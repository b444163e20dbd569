"""A copy of a source that is patched again and again, and the source that nobody touches."""

import os
import shutil
import subprocess
from pathlib import Path

import pytest

from kanalyze.errors import EnvironmentFailure, InputError
from kanalyze.lab import patched
from kanalyze.lab.patched import patched_copy
from kanalyze.progress import Silent

MEMORY = "int one;\nint two;\nint three;\n"
FIRST = """\
--- a/mm/memory.c
+++ b/mm/memory.c
@@ -1,3 +1,3 @@
 int one;
-int two;
+int mutant;
 int three;
--- /dev/null
+++ b/mm/mutant.c
@@ -0,0 +1 @@
+int added;
"""
SECOND = """\
--- a/mm/gup.c
+++ b/mm/gup.c
@@ -1 +1 @@
-int gup;
+int other;
"""


@pytest.fixture
def source(tmp_path: Path) -> Path:
    place = tmp_path / "linux"
    (place / "mm").mkdir(parents=True)
    (place / "Makefile").write_text("VERSION = 7\n")
    (place / "mm/memory.c").write_text(MEMORY)
    (place / "mm/gup.c").write_text("int gup;\n")
    (place / "mm/link.c").symlink_to("gup.c")
    (place / ".config.old").write_text("hidden\n")
    return place


def files(place: Path) -> dict[str, str]:
    return {
        str(path.relative_to(place)): path.read_text()
        for path in sorted(place.rglob("*"))
        if path.is_file()
    }


def patch(source: Path, campaign: Path, diff: str) -> dict[str, str]:
    campaign.mkdir(exist_ok=True)
    patched_copy(source, campaign / "source", diff, Silent())
    return files(campaign / "source")


def with_first(source: Path) -> dict[str, str]:
    changed = MEMORY.replace("two", "mutant")
    return files(source) | {"mm/memory.c": changed, "mm/mutant.c": "int added;\n"}


def with_second(source: Path) -> dict[str, str]:
    return files(source) | dict.fromkeys(("mm/gup.c", "mm/link.c"), "int other;\n")


def test_the_copy_is_patched_and_the_source_is_not(source: Path, tmp_path: Path) -> None:
    before = files(source)
    assert patch(source, tmp_path / "c", FIRST) == with_first(source)
    assert files(source) == before
    assert (tmp_path / "c/source/mm/link.c").is_symlink()


def test_one_patch_follows_another(source: Path, tmp_path: Path) -> None:
    patch(source, tmp_path / "c", FIRST)
    before = (tmp_path / "c/source/Makefile").stat().st_mtime_ns
    assert patch(source, tmp_path / "c", SECOND) == with_second(source)
    assert patch(source, tmp_path / "c", FIRST) == with_first(source)
    assert (tmp_path / "c/source/Makefile").stat().st_mtime_ns == before


def test_the_same_patch_again_writes_nothing(source: Path, tmp_path: Path) -> None:
    patch(source, tmp_path / "c", FIRST)
    path = tmp_path / "c/source/mm/memory.c"
    before = path.stat()
    patch(source, tmp_path / "c", FIRST)
    assert (path.stat().st_mtime_ns, path.stat().st_ino) == (before.st_mtime_ns, before.st_ino)


def test_a_source_that_was_changed_is_copied_again(source: Path, tmp_path: Path) -> None:
    patch(source, tmp_path / "c", FIRST)
    (source / "mm/gup.c").write_text("int changed;\n")
    (source / "mm/new.c").write_text("int new;\n")
    assert patch(source, tmp_path / "c", FIRST) == with_first(source)
    assert (tmp_path / "c/source/mm/gup.c").read_text() == "int changed;\n"


class Killed(BaseException):
    """The process ends here."""


@pytest.mark.parametrize("moment", ["cp", "rename", "write", "replace", "git", "half", "mark"])
def test_whenever_it_is_killed_the_next_one_gets_it_right(
    source: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, moment: str
) -> None:
    campaign = tmp_path / "c"
    if moment not in ("cp", "rename"):
        patch(source, campaign, SECOND)
    said, write_text = patched._said, Path.write_text
    with monkeypatch.context() as context:

        def killed(*_: object, **__: object) -> None:
            raise Killed

        def said_until(command: tuple[str, ...], place: Path, *more: object, **how: object) -> None:
            if command[0] == "cp" and moment == "cp":
                shutil.copy(source / "Makefile", command[4])
                raise Killed
            if command[0] == "git" and moment == "half":
                (campaign / "source/mm/mutant.c").write_text("int add")
            if command[0] == "git" and moment in ("git", "half"):
                raise Killed
            said(command, place, *more, **how)  # type: ignore[arg-type]

        def written(path: Path, text: str, *more: str) -> int:
            if path.name == "patched.sha256":
                write_text(path, text[:9])
                raise Killed
            return write_text(path, text, *more)

        context.setattr(patched, "_said", said_until)
        if moment == "mark":
            context.setattr(Path, "write_text", written)
        names = {"rename": "rename", "replace": "replace", "write": "write_bytes"}
        if moment in names:
            context.setattr(Path, names[moment], killed)
        with pytest.raises(Killed):
            patch(source, campaign, FIRST)
    assert patch(source, campaign, FIRST) == with_first(source)
    assert patch(source, campaign, SECOND) == with_second(source)


def test_a_copy_inside_a_repository_is_none_of_its_business(
    source: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def git(*arguments: str) -> str:
        done = subprocess.run(
            ("git", "-C", str(tmp_path), *arguments), capture_output=True, text=True, check=True
        )
        return done.stdout

    git("init", "-q")
    git("config", "apply.whitespace", "error-all")
    home = tmp_path / "home"
    home.mkdir()
    (home / ".gitconfig").write_text("[apply]\n\twhitespace = fix\n")
    monkeypatch.setenv("HOME", str(home))
    monkeypatch.setenv("GIT_DIR", str(tmp_path / "nowhere"))
    blanks = SECOND.replace("+int other;", "+int other; \t")
    found = patch(source, tmp_path / "c", blanks)
    assert found["mm/gup.c"] == "int other; \t\n"
    monkeypatch.delenv("GIT_DIR")
    assert not git("diff", "--cached", "--name-only")


def test_history_is_not_copied(source: Path, tmp_path: Path) -> None:
    (source / ".git").mkdir()
    (source / ".git/HEAD").write_text("ref: refs/heads/x\n")
    found = patch(source, tmp_path / "c", FIRST)
    assert ".git/HEAD" not in found
    assert ".config.old" in found


def test_a_patch_that_does_not_apply(source: Path, tmp_path: Path) -> None:
    with pytest.raises(EnvironmentFailure, match="git fails: error: mm/memory.c: patch does not"):
        patch(source, tmp_path / "c", FIRST.replace("int one", "int zero"))
    assert patch(source, tmp_path / "c", FIRST) == with_first(source)


def test_a_campaign_in_the_source_is_refused(source: Path) -> None:
    before = files(source)
    with pytest.raises(InputError, match="lies in the source"):
        patched_copy(source, source / "campaign/source", FIRST, Silent())
    assert files(source) == before


def test_a_source_that_cannot_be_read(source: Path, tmp_path: Path) -> None:
    if os.geteuid() == 0:
        shutil.rmtree(source)
    else:
        source.chmod(0)
    with pytest.raises(EnvironmentFailure) as raised:
        patch(source, tmp_path / "c", FIRST)
    assert "\n" not in str(raised.value)
    assert not (tmp_path / "c/source").exists()


def test_bytes_that_are_no_text_are_patched(source: Path, tmp_path: Path) -> None:
    (source / "mm/gup.c").write_bytes(b"/* caf\xe9 */\nint gup;\n")
    diff = b"--- a/mm/gup.c\n+++ b/mm/gup.c\n@@ -1,2 +1,2 @@\n /* caf\xe9 */\n-int gup;\n+int x;\n"
    (tmp_path / "c").mkdir()
    for _ in range(2):
        patched_copy(
            source, tmp_path / "c/source", diff.decode("utf-8", "surrogateescape"), Silent()
        )
        assert (tmp_path / "c/source/mm/gup.c").read_bytes() == b"/* caf\xe9 */\nint x;\n"
