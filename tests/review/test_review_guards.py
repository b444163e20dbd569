"""Which generated cases guard a finding."""

from pathlib import Path

import pytest

from kanalyze.errors import InputError
from kanalyze.review.guards import guards, with_guards
from kanalyze.review.model import Finding, Review
from kanalyze.selftests.cases import CaseRecord
from kanalyze.selftests.cases_json import read_cases
from kanalyze.semantics.model import Rule

SUITE = Path(__file__).parents[2] / "selftests_out"


def finding(function: str, rule: Rule, state: str = "") -> Finding:
    return Finding(
        status="introduced", effect="breaks", about="decision", patch=1, function=function,
        file="mm/memory.c", what="", rules=(rule,), state=state,
    )  # fmt: skip


@pytest.fixture(scope="module")
def cases() -> tuple[CaseRecord, ...]:
    found = next(SUITE.rglob("*cases.json"), None)
    if found is None:
        pytest.skip("no generated suite with its cases")
    return read_cases(found.parent)


def test_cases_of_the_function_and_the_rule_guard_it(cases: tuple[CaseRecord, ...]) -> None:
    named = guards(finding("do_wp_page", "R1"), cases)
    by_name = {case.name: case for case in cases}
    assert named
    assert all(by_name[name].rule == "r1" for name in named)
    assert all("do_wp_page" in [one.function for one in by_name[name].covers] for name in named)


def test_those_with_the_very_state_come_alone(cases: tuple[CaseRecord, ...]) -> None:
    state = next(
        one.state
        for case in cases
        if case.rule == "r1"
        for one in case.covers
        if one.function == "do_wp_page" and one.state
    )
    every = guards(finding("do_wp_page", "R1"), cases)
    exact = guards(finding("do_wp_page", "R1", state), cases)
    assert exact
    assert set(exact) < set(every)


def test_nothing_guards_what_no_case_is_about(cases: tuple[CaseRecord, ...]) -> None:
    assert guards(finding("no_such_function", "R1"), cases) == ()


def test_a_directory_without_cases_is_one_line(tmp_path: Path) -> None:
    review = Review(
        tree="", title="", version=1, base="", base_describe="", base_how="", patches=(),
        findings=(),
    )  # fmt: skip
    with pytest.raises(InputError, match="cannot be read"):
        with_guards(review, tmp_path)
