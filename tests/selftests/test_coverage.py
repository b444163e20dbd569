"""The table of what upstream tests and we test: nothing is left out, nothing is made up."""

import os
import re
import subprocess
from pathlib import Path

import pytest
from coverage_page import PAGE, page
from planned import planned

from kanalyze.errors import EnvironmentFailure
from kanalyze.resources import templates_dir
from kanalyze.selftests.coverage import COVERAGE, Coverage, read_coverage
from kanalyze.selftests.pieces import Pieces, read_pieces
from kanalyze.selftests.recipes import Cookbook

PIECES = templates_dir() / "selftests"
RELEASE = "v7.2.13"
WHERE = "tools/testing/selftests/mm"


@pytest.fixture(scope="module")
def coverage() -> Coverage:
    return read_coverage(PIECES)


@pytest.fixture(scope="module")
def pieces() -> Pieces:
    return read_pieces(PIECES)


def made(pieces: Pieces) -> set[str]:
    """Return the names of all cases that there can be."""
    recipes = Cookbook(pieces).recipes()
    cases = [[*(piece.name for piece in one.pieces), one.rule.upper()] for one in recipes]
    cases += [[memory, race.name, "R3"] for race in pieces.of("race") for memory in race.memory]
    return {" ".join(case).replace("_", "-") for case in cases}


def test_the_page_is_made_from_the_data(coverage: Coverage) -> None:
    assert PAGE.read_text() == page(coverage), "python tests/selftests/coverage_page.py"


def test_every_case_named_can_be_generated(coverage: Coverage, pieces: Pieces) -> None:
    assert coverage.cases - made(pieces) == set()


def test_a_scenario_comes_once_and_has_a_case(coverage: Coverage) -> None:
    found = list(coverage.counterparts())
    names = [(one.file, one.name) for one in found]
    assert len(names) == len(set(names)) > 200
    assert all(one.cases for one in found)


def test_each_kind_of_memory_gets_its_cases(coverage: Coverage) -> None:
    (one,) = [
        one for one in coverage.counterparts()
        if one.name == "vmsplice() + unmap in child ... with PTE-mapped THP"
    ]  # fmt: skip
    assert one.cases == tuple(
        f"{memory} child-vmsplice-unmap none none write R1" for memory in ("thp-pte", "mthp")
    )


def test_damaged_data_is_said_to_be_so(tmp_path: Path) -> None:
    (tmp_path / COVERAGE).write_text("[[group]]\nfile = 1\n")
    with pytest.raises(EnvironmentFailure, match="group"):
        read_coverage(tmp_path)


# ------------------------------------------------------------------ upstream's source


def upstream(file: str) -> str:
    """Return one of the kernel's tests, from a source tree or from the releases at hand."""
    if source := os.environ.get("KANALYZE_KERNEL_SOURCE"):
        return (Path(source) / WHERE / file).read_text()
    repository = os.environ.get("KANALYZE_RELEASES", "")
    if repository:
        show = ["git", "-C", repository, "show", f"{RELEASE}:{WHERE}/{file}"]
        done = subprocess.run(show, capture_output=True, text=True)
        if not done.returncode:
            return done.stdout
    pytest.skip("KANALYZE_KERNEL_SOURCE names no kernel source, and the releases have no tests")


def test_no_test_of_upstream_is_left_out(coverage: Coverage) -> None:
    for file in {group.file for group in coverage.groups}:
        text = upstream(file)
        tests = [test for group in coverage.groups if group.file == file for test in group.tests]
        assert {test.function for test in tests} == functions(text)
        printed = {(test.name, test.function) for test in tests if test.name}
        assert printed == set(re.findall(r'\{\s*"([^"]+)",\s*(test_\w+),', text))


def functions(text: str) -> set[str]:
    """Return the functions that are tests: helpers are called by others only."""
    return set(
        re.findall(r"^static void (test_\w+)\((?:void|char \*mem|int fd)", text, re.MULTILINE)
    )


def test_no_kind_of_memory_of_upstream_is_left_out(coverage: Coverage) -> None:
    for file in {group.file for group in coverage.groups if group.memory}:
        ours = {
            (memory.name, memory.function)
            for group in coverage.groups
            if group.file == file
            for memory in group.memory
        }
        assert ours == runners(upstream(file))


def runners(text: str) -> set[tuple[str, str]]:
    """Return what tests print of the memory that they run with, and the function."""
    start = r"^static void (run_with_\w+)\([^{]*\{.*?"
    prints = r'log_test_start\("%s \.\.\. ([^"]*?)(?: \(%zu kB\))?"'
    found = re.findall(start + prints, text, re.MULTILINE | re.DOTALL)
    return {(name, function) for function, name in found}


# --------------------------------------------------------------------- what is planned


@pytest.mark.slow
def test_every_case_named_is_in_the_full_set(coverage: Coverage, tmp_path: Path) -> None:
    repository = os.environ.get("KANALYZE_RELEASES")
    if not repository:
        pytest.skip("KANALYZE_RELEASES names no repository")
    plan = planned(Path(repository), tmp_path / "db", RELEASE)
    names = {case.name for case in plan.cases} | {race.name for race in plan.races}
    assert coverage.cases - names == set()
