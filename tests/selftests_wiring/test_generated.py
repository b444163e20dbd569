"""What a plan becomes: a directory that builds by itself, and patches that a tree takes."""

import os
import re
import shutil
import subprocess
import tempfile
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest
from made_plans import made_plan, pieces
from wiring_trees import (
    AUTHOR,
    SERIES,
    TOP,
    built,
    checked_out,
    complaints,
    git,
    made_up,
    release_files,
)

from kanalyze.errors import InputError
from kanalyze.selftests import MANIFEST, OutputFile, write_files
from kanalyze.selftests.cases import Plan, records
from kanalyze.selftests.cases_json import read_cases
from kanalyze.selftests.generated import MAILBOX, generate

PLAN = made_plan(hostile=True)


def _generated(plan: Plan = PLAN, files: dict[str, bytes] | None = None) -> list[OutputFile]:
    return list(generate(plan, pieces(), made_up() if files is None else files, AUTHOR))


def test_a_directory_has_programs_cases_and_patches(tmp_path: Path) -> None:
    names = {file.path for file in _generated()}
    programs = {f"{program}.c" for program in PLAN.programs}
    assert programs | {"Makefile", "ksft.h", "cow_rules_harness.h", "cases.json"} <= names
    assert {name for name in names if name.startswith("patches/")} == {
        "patches/0001-selftests-mm-test-the-rules-of-copy-on-write.patch",
        "patches/0002-selftests-mm-run-the-cow-rules-tests.patch",
        "patches/0003-selftests-mm-config-add-what-cow-rules-needs.patch",
    }
    write_files(tmp_path, _generated())
    assert read_cases(tmp_path) == records(PLAN)
    patches = sorted(tmp_path.glob("patches/*"))
    assert (tmp_path / MAILBOX).read_bytes() == b"".join(it.read_bytes() for it in patches)


def test_the_same_input_gives_the_same_bytes() -> None:
    files = made_up()
    assert _generated(files=dict(reversed(files.items()))) == _generated(files=files)


def test_regenerating_leaves_what_is_as_it_should_be(tmp_path: Path) -> None:
    write_files(tmp_path, _generated())
    assert write_files(tmp_path, _generated()).written == ()
    fewer = replace(PLAN, cases=PLAN.cases[:1], races=())
    done = write_files(tmp_path, _generated(fewer))
    assert "cow_rules_reuse.c" in done.removed
    names = {path.name for path in tmp_path.glob("*.c")}
    assert names == {f"{PLAN.cases[0].program}.c"}


def test_files_that_were_edited_are_named_and_kept(tmp_path: Path) -> None:
    write_files(tmp_path, _generated())
    edited = tmp_path / "cow_rules_arms.h"
    edited.write_text("mine\n")
    fewer = replace(PLAN, cases=PLAN.cases[:1])
    with pytest.raises(InputError, match=r"cow_rules_arms\.h \(--force overwrites"):
        write_files(tmp_path, _generated(fewer))
    assert edited.read_text() == "mine\n"
    write_files(tmp_path, _generated(), force=True)
    assert edited.read_text() != "mine\n"
    check = ["sha256sum", "--check", "--strict", "--quiet", MANIFEST]
    assert not subprocess.run(check, cwd=tmp_path, check=False).returncode


def test_a_tree_that_has_the_tests_gets_no_patch() -> None:
    files = made_up()
    first = _generated(files=files)
    (mailbox,) = [file for file in first if file.path == MAILBOX]
    after = _applied(files, mailbox.content)
    names = {file.path for file in _generated(files=after)}
    assert MAILBOX not in names and "cow_rules_reuse.c" in names


def _applied(files: dict[str, bytes], mailbox: bytes) -> dict[str, bytes]:
    """Return what a tree's files are when git has applied the patches."""
    with tempfile.TemporaryDirectory() as name:
        where = Path(name)
        for path, content in files.items():
            (where / path).parent.mkdir(parents=True, exist_ok=True)
            (where / path).write_bytes(content)
        git(where, "init", "--quiet")
        git(where, "add", "--all", "--force")
        git(where, "commit", "--quiet", "--message", "base")
        git(where, "am", "--quiet", data=mailbox)
        listed = git(where, "ls-files", "-z").decode().split("\0")[:-1]
        return {path: (where / path).read_bytes() for path in listed}


@pytest.mark.parametrize("without", ["Makefile", "kselftest"])
def test_a_tree_without_selftests_is_one_line(without: str) -> None:
    with pytest.raises(InputError, match="has no ") as caught:
        _generated(files=made_up(**{without: None}))
    assert "\n" not in str(caught.value)


def test_a_plan_without_a_case_is_one_line() -> None:
    with pytest.raises(InputError, match="no case"):
        _generated(replace(PLAN, cases=(), races=()))


# ------------------------------------------------------------------------ building


COMPILERS = {
    "gcc": "gcc",
    "clang": "clang",
    "static": "gcc",
    "arm64": "aarch64-linux-gnu-gcc",
}
_SLOW = [pytest.param(way, marks=pytest.mark.slow) for way in COMPILERS if way != "gcc"]


@pytest.mark.parametrize("way", ["gcc", *_SLOW])
def test_it_builds_by_itself_without_a_warning(tmp_path: Path, way: str) -> None:
    compiler = COMPILERS[way]
    if not shutil.which(compiler) or not shutil.which("make"):
        pytest.skip(f"{compiler} or make is missing")
    write_files(tmp_path, _generated())
    flags = "-static" if way in ("static", "arm64") else ""
    command = ["make", "-j2", f"CC={compiler}", "CFLAGS=-O1 -Werror", f"LDFLAGS={flags}"]
    done = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, check=False)
    assert not done.returncode, done.stderr
    assert done.stderr == ""
    if way != "arm64":
        _lists_its_cases(tmp_path, tmp_path)


def _lists_its_cases(output: Path, where: Path) -> None:
    """Check that the programs are the cases, with sizes where the machine has several."""
    for program in PLAN.programs:
        done = subprocess.run(
            [output / program, "--list"], cwd=where, capture_output=True, text=True, check=True
        )
        names = [re.sub(r"^(\S+?)-\d+kB ", r"\1 ", name) for name in done.stdout.splitlines()]
        wanted = [case.name for case in records(PLAN) if case.program == program]
        assert list(dict.fromkeys(names)) == wanted


@pytest.mark.slow
@pytest.mark.parametrize("series", SERIES)
def test_releases_take_the_series_and_build_it_without_a_complaint(
    releases_repo: Path, release_tag: Callable[[str], str], tmp_path: Path, series: str
) -> None:
    for tool in ("perl", "make", "gcc"):
        if not shutil.which(tool):
            pytest.skip(f"{tool} is not installed")
    tag = release_tag(series)
    tree = checked_out(releases_repo, tag, tmp_path / "tree")
    write_files(tmp_path / "out", _generated(files=release_files(releases_repo, tag)))
    for patch in sorted((tmp_path / "out/patches").iterdir()):
        git(tree, "am", "--quiet", data=patch.read_bytes())
        assert complaints(tree, patch.read_bytes()) <= {"FILE_PATH_CHANGES"}
    assert git(tree, "status", "--porcelain") == b""
    output = built(tree, tmp_path / "output", *PLAN.programs)
    _lists_its_cases(output, tmp_path)
    (runner,) = (tree / TOP).glob("*m/run_vmtests*")
    said = runner.read_text()
    assert all(f"./{program}" in said for program in PLAN.programs)
    assert os.access(runner, os.X_OK)
