"""What another version of kanalyze has stored is not taken for this one's."""

import shutil
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from kernelish import Kernel, fault, protect

from kanalyze.history import CommitChange, timeline, walk
from kanalyze.source import version


@pytest.fixture
def kernel(tmp_path: Path) -> Kernel:
    kernel = Kernel(tmp_path)
    kernel.memory(fault(), message=b"mm: begin\n\nCc: a@b\n")
    kernel.memory(fault("page_mapcount(page) == 1"), protect(), message=b"mm: on\n\nCc: a@b\n")
    return kernel


def without_trailers(*arguments: Any) -> Iterator[CommitChange]:
    """Walk as code did that did not know trailers."""
    return (replace(change, trailers=()) for change in walk(*arguments))


@pytest.mark.parametrize("more", [False, True])
def test_events_are_made_anew_by_code_that_is_new(
    kernel: Kernel, monkeypatch: pytest.MonkeyPatch, more: bool
) -> None:
    """Also those of commits from which a walk could be carried on."""
    with monkeypatch.context() as old:
        old.setattr(timeline, "events_version", lambda: "old")
        with monkeypatch.context() as older:
            older.setattr(timeline, "walk", without_trailers)
            kernel.scan()
        if more:
            kernel.memory(fault("page_count(page) == 2"), message=b"mm: go on\n\nCc: a@b\n")
        stored = kernel.scan()
        assert any(not event.trailers for event in stored.events)  # what is there is used
    made = kernel.scan()
    assert made == kernel.cold() != stored
    assert {event.trailers for event in made.events} == {(("Cc", "a@b"),)}


@pytest.fixture
def package(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Give a copy of the code, and make it the one whose version is asked for."""
    copy = tmp_path / "package"
    shutil.copytree(version._PACKAGE, copy, ignore=shutil.ignore_patterns("__pycache__"))
    monkeypatch.setattr(version, "_PACKAGE", copy)
    return copy


def versions() -> tuple[str, str]:
    """Return the versions of facts and of events, worked out anew."""
    return version.analyser_version.__wrapped__(), version.events_version.__wrapped__()


@pytest.mark.parametrize(
    ("file", "facts", "events"),
    [
        ("source/lex.py", True, False),  # a store keeps events with the facts' version, too
        ("history/gather.py", True, True),
        ("history/walk.py", False, True),
        ("history/trailers.py", False, True),
        ("history/links.py", False, True),
        ("history/new.py", False, True),
        ("report/layout.py", False, False),
    ],
)
def test_what_depends_on_a_file(package: Path, file: str, facts: bool, events: bool) -> None:
    old = versions()
    with (package / file).open("a") as code:
        code.write("# changed\n")
    new = versions()
    assert [one != other for one, other in zip(old, new, strict=True)] == [facts, events]
    assert versions() == new


def test_a_line_that_moves_to_the_next_file_is_a_change(package: Path) -> None:
    one, next_one = package / "history" / "aaa.py", package / "history" / "aab.py"
    one.write_text("a = 1\nb = 2\n")
    next_one.write_text("")
    old = versions()
    one.write_text("a = 1\n")
    next_one.write_text("b = 2\n")
    assert versions()[1] != old[1]
