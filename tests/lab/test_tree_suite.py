"""A tree's own tests: built as they are, with what the machine has."""

import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest

from kanalyze.errors import EnvironmentFailure, InputError
from kanalyze.lab import tree_suite
from kanalyze.lab.arch import X86_64
from kanalyze.lab.tree_suite import build_tree_tests

MM = "tools/testing/selftests/mm"
# As the kernel's own: headers for user space go to O=.
MAKEFILE = """\
headers:
	mkdir -p $(O)/usr/include/linux
	cp uapi.h $(O)/usr/include/linux/made.h
"""
COW = """\
#include "local_config.h"
#include <linux/made.h>
#include "../kselftest.h"
#include "vm_util.h"
#ifdef LOCAL_CONFIG_HAVE_LIBURING
#include <liburing.h>
#endif
int main(void) { return MADE + KSFT + util(); }
"""


@pytest.fixture
def source(tmp_path: Path) -> Path:
    place = tmp_path / "linux"
    for name, text in {
        "Makefile": MAKEFILE,
        "uapi.h": "#define MADE 4\n",
        "tools/testing/selftests/kselftest.h": "#define KSFT 2\n",
        f"{MM}/vm_util.h": "int util(void);\n",
        f"{MM}/vm_util.c": '#include "vm_util.h"\nint util(void) { return 1; }\n',
        f"{MM}/cow.c": COW,
        f"{MM}/mkdirty.c": "int main(void) { return 0; }\n",
    }.items():
        (place / name).parent.mkdir(parents=True, exist_ok=True)
        (place / name).write_text(text)
    return place


@pytest.fixture
def with_libraries(monkeypatch: pytest.MonkeyPatch) -> Callable[..., None]:
    def found(*headers: str) -> None:
        monkeypatch.setattr(tree_suite, "_available", lambda compiler: frozenset(headers))

    return found


@pytest.fixture
def build(tmp_path: Path) -> Path:
    place = tmp_path / "build"
    place.mkdir()
    return place


def error_of(source: Path, names: tuple[str, ...], build: Path) -> str:
    with pytest.raises((InputError, EnvironmentFailure)) as raised:
        build_tree_tests(source, names, X86_64, build)
    assert "\n" not in str(raised.value)
    return str(raised.value)


def test_tests_are_built_with_the_trees_headers_and_helpers(
    source: Path, build: Path, with_libraries: Callable[..., None]
) -> None:
    with_libraries()
    before = sorted(source.rglob("*"))
    programs, notes = build_tree_tests(source, (), X86_64, build)
    assert [(one.name, one.suite) for one in programs] == [("cow", "tree"), ("mkdirty", "tree")]
    assert subprocess.run((programs[0].path,), check=False).returncode == 7
    assert notes == (
        "this tree has no gup_longterm",
        "this tree has no ksm_functional_tests",
        "this tree has no madv_populate",
        "parts that need liburing.h are left out (apt install liburing-dev)",
    )
    assert sorted(source.rglob("*")) == before


def test_the_tests_of_older_trees_lie_elsewhere(source: Path, build: Path) -> None:
    (source / MM).rename(source / "tools/testing/selftests/vm")
    (source / "Makefile").write_text(MAKEFILE.replace("headers:", "headers_install:"))
    programs, _ = build_tree_tests(source, ("mkdirty",), X86_64, build)
    assert [one.name for one in programs] == ["mkdirty"]


def test_only_those_that_are_named(source: Path, build: Path) -> None:
    programs, notes = build_tree_tests(source, ("mkdirty",), X86_64, build)
    assert ([one.name for one in programs], notes) == (["mkdirty"], ())


@pytest.mark.parametrize("name", ["nothing", "../mm/cow", "cow.c", "", "/etc/passwd"])
def test_a_test_that_is_not_there(source: Path, build: Path, name: str) -> None:
    assert f"has no {name}.c" in error_of(source, (name,), build)


def test_a_source_without_selftests(tmp_path: Path, build: Path) -> None:
    assert "has no memory selftests (an unpacked kernel" in error_of(tmp_path, (), build)


def test_what_does_not_compile_is_a_note_unless_it_was_named(source: Path, build: Path) -> None:
    (source / MM / "mkdirty.c").write_text("int main(void) { return MISSING; }\n")
    programs, notes = build_tree_tests(source, (), X86_64, build)
    assert [one.name for one in programs] == ["cow"]
    (note,) = [one for one in notes if one.startswith("mkdirty: does not build: ")]
    assert "MISSING" in note
    assert "mkdirty.c: does not build" in error_of(source, ("mkdirty",), build)


def test_a_library_that_a_test_cannot_do_without(
    source: Path,
    build: Path,
    with_libraries: Callable[..., None],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    with_libraries()
    monkeypatch.setitem(tree_suite._NEEDS, "nowhere.h", "libnowhere-dev")
    (source / MM / "mkdirty.c").write_text("#include <nowhere.h>\nint main(void) { return 0; }\n")
    needs = "mkdirty needs nowhere.h (apt install libnowhere-dev)"
    assert needs in error_of(source, ("mkdirty",), build)
    programs, notes = build_tree_tests(source, (), X86_64, build)
    assert [one.name for one in programs] == ["cow"]
    assert needs in notes


def test_headers_that_cannot_be_made(source: Path, build: Path) -> None:
    (source / "Makefile").write_text(
        "headers:\n\t@echo \"*** The source tree is not clean, run 'make mrproper'\" >&2; false\n"
    )
    assert "The source tree is not clean" in error_of(source, (), build)
