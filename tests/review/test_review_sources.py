"""Of what source a review builds: the tree stays as it is, and nothing is left behind."""

from pathlib import Path

import pytest
from made_machine import (
    CODE,
    MAPCOUNT,
    WRONG,
    Machine,
    a_machine,
    a_source,
    commits,
    diff,
    files,
    reviewed,
    whole,
)

from kanalyze.errors import InputError
from kanalyze.places import user_cache_dir

machine = pytest.fixture(a_machine)
source = pytest.fixture(a_source)


def test_the_base_is_built_once_for_several_reviews(source: Path, machine: Machine) -> None:
    reviewed(source, MAPCOUNT)
    other = CODE.replace("!= 1", "> 2")
    reviewed(source, diff({"mm/memory.c": (CODE, other)}))
    assert machine.built == [WRONG, CODE, other]
    assert len(set(machine.copies)) == 1
    # A base that was changed is built anew.
    (source / "mm/memory.c").write_text("/* new */\n" + CODE)
    reviewed(source, diff({"mm/memory.c": ("/* new */\n" + CODE, "/* new */\n" + WRONG)}))
    assert machine.built[3:] == ["/* new */\n" + WRONG, "/* new */\n" + CODE]


def test_files_come_and_go_with_the_series(source: Path, machine: Machine) -> None:
    seen: list[dict[str, bool]] = []

    def look(text: str) -> bool:
        place = machine.copies[-1]
        seen.append({one: (place / one).exists() for one in ("mm/new.c", "mm/old.c")})
        return False

    (source / "mm/old.c").write_text("int old;\n")
    machine.fails_to_build = look
    changes = {
        "mm/memory.c": (CODE, WRONG),
        "mm/new.c": ("", "int new;\n"),
        "mm/old.c": ("int old;\n", ""),
    }
    reviewed(source, diff(changes))
    assert seen == [{"mm/new.c": True, "mm/old.c": False}, {"mm/new.c": False, "mm/old.c": True}]


def test_a_repository_with_a_part_of_the_source(tmp_path: Path, machine: Machine) -> None:
    tree = whole(tmp_path / "linux")
    (tree / "Kconfig").unlink()
    commits(tree)
    with pytest.raises(InputError, match="only a part of a kernel's source") as error:
        reviewed(tree, range="HEAD~1..HEAD")
    assert "unpacked source" in error.value.hint
    assert not machine.built


def test_commits_of_a_repository(source: Path, machine: Machine) -> None:
    commits(source)
    (source / "mm/memory.c").write_text("what lies in the work tree does not count")
    found = reviewed(source, range="HEAD~1..HEAD")
    assert machine.built == [WRONG, CODE]
    assert found.evidence[0].after == "fail"
    assert reviewed(source, MAPCOUNT, base="HEAD~1").evidence == found.evidence
    assert machine.built == [WRONG, CODE, WRONG]


def test_a_patch_behind_a_link_is_refused(source: Path, tmp_path: Path, machine: Machine) -> None:
    (tmp_path / "outside").mkdir()
    (source / "link").symlink_to(tmp_path / "outside")
    changes = {"mm/memory.c": (CODE, WRONG), "link/evil.c": ("", "int evil;\n")}
    with pytest.raises(InputError, match="behind a link"):
        reviewed(source, diff(changes))
    assert not list((tmp_path / "outside").iterdir())


def test_a_review_that_was_killed_leaves_nothing_behind(
    source: Path, machine: Machine, monkeypatch: pytest.MonkeyPatch
) -> None:
    from kanalyze.review.evidence_source import PrivateSource

    with monkeypatch.context() as killed:
        killed.setattr(PrivateSource, "restore", lambda self: None)
        with pytest.raises(KeyboardInterrupt):
            machine.fails_to_build = interrupt
            reviewed(source, diff({"mm/memory.c": (CODE, WRONG), "mm/new.c": ("", "int new;\n")}))
    (copy,) = (user_cache_dir() / "review").glob("*/source")
    assert (copy / "mm/new.c").exists()
    machine.fails_to_build = lambda text: False
    reviewed(source, MAPCOUNT)
    assert machine.built[1:] == [WRONG, CODE]
    assert not (copy / "mm/new.c").exists()
    assert files(copy) == {str(copy / name): files(source)[str(source / name)]
                           for name in ("Makefile", "Kconfig", "mm/memory.c")}  # fmt: skip


def interrupt(text: str) -> bool:
    raise KeyboardInterrupt
