"""A series on kernels: which are built, and what is told of them."""

from dataclasses import replace
from pathlib import Path

import pytest
from made_machine import CODE, MAPCOUNT, WRONG, Machine, a_machine, a_source, diff, files, reviewed

from kanalyze.errors import InputError
from kanalyze.review.on_kernels import OnKernels

machine = pytest.fixture(a_machine)
source = pytest.fixture(a_source)


def test_a_wrong_patch_is_shown_by_the_case_that_fails(source: Path, machine: Machine) -> None:
    before = files(source)
    found = reviewed(source, MAPCOUNT)
    assert files(source) == before
    assert sorted(machine.built) == sorted([CODE, WRONG])
    first, second = found.evidence
    assert (first.case, first.before, first.after) == (
        "anon child none none write R1", "pass", "fail",
    )  # fmt: skip
    assert (first.kernel, first.config, first.log) == ("7.2.1-small", "small", "logs/1")
    assert first.lines == ("fail 1 anon child none none write R1",)
    assert second.pages == 512 and second.copied_before != second.copied_after
    finding = next(one for one in found.findings if one.status == "introduced")
    assert finding.guards == ("anon child none none write R1",)
    facts = dict(found.facts)
    assert facts["config"] == "small" and facts["built with"] == "gcc 13"
    (request,) = machine.requests
    assert [one.name for one in request.kernels] == ["base", "with the series"]
    assert request.repeat > 1 and request.most_repeated


def test_a_series_that_does_not_build_is_said_so(source: Path, machine: Machine) -> None:
    machine.fails_to_build = lambda text: "mapcount" in text
    found = reviewed(source, MAPCOUNT)
    (one,) = found.evidence
    assert (one.case, one.before, one.after) == ("the kernel builds", "pass", "build-failed")
    assert all(finding.guards for finding in found.findings if finding.status == "introduced")
    assert one.lines == ("does not build: mm/memory.c:7: error: no",)
    assert one.log == "/log" and one.suite == ""
    assert not machine.requests


def test_a_base_that_does_not_build_is_an_error(source: Path, machine: Machine) -> None:
    machine.fails_to_build = lambda text: True
    with pytest.raises(InputError, match="the base does not build"):
        reviewed(source, MAPCOUNT)


def test_a_series_that_does_not_boot_is_said_so(source: Path, machine: Machine) -> None:
    machine.boots = lambda text: "mapcount" not in text
    (one,) = reviewed(source, MAPCOUNT).evidence
    assert (one.case, one.after) == ("the kernel boots", "boot-failure")
    assert one.lines == ("panic",) and one.reason == "it said nothing"


def test_a_base_that_does_not_boot_is_an_error(source: Path, machine: Machine) -> None:
    machine.boots = lambda text: False
    with pytest.raises(InputError, match="the base does not boot"):
        reviewed(source, MAPCOUNT)


def test_what_failed_before_is_kept_as_that(source: Path, machine: Machine) -> None:
    machine.judge = lambda case, text: "fail" if case.endswith("R1") else "pass"
    first = reviewed(source, MAPCOUNT).evidence[0]
    assert (first.before, first.after) == ("fail", "fail")


def test_nothing_is_built_for_what_touches_nothing(source: Path, machine: Machine) -> None:
    comment = CODE.replace("copy:\n", "copy:\n\t/* a comment */\n")
    found = reviewed(source, diff({"mm/memory.c": (CODE, comment)}))
    assert not machine.built and not found.evidence
    assert found.notes[-1] == "nothing was run: it touches no decision"
    found = reviewed(source, diff({"mm/memory.c": (WRONG, CODE)}))
    assert found.partial and found.notes[-1] == "nothing was run: it does not apply"


def test_the_trees_own_tests_are_those_of_the_series(source: Path, machine: Machine) -> None:
    how = OnKernels(suites=("tree",), tree_tests=("cow",))
    found = reviewed(source, MAPCOUNT, how)
    assert [one.name for one in machine.requests[0].programs] == ["cow"]
    assert "asked for cow" in found.notes and found.evidence
    assert "test cases" not in dict(found.facts)
    reviewed(source, MAPCOUNT, replace(how, suites=("generated", "tree")))
    assert [one.suite for one in machine.requests[1].programs][-2:] == ["generated", "tree"]
