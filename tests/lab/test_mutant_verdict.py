"""What results come to for a mutant, which cases it is asked by, and how counts are read."""

from typing import Any

import pytest
from faked_mutants import TREE, of

from kanalyze.lab.conduct import came_by, counted, not_changed
from kanalyze.lab.model import CaseResult, Copies
from kanalyze.lab.mutant_choice import that_come_by
from kanalyze.lab.mutant_model import Baseline, CaseCount
from kanalyze.lab.mutant_verdict import verdict_of


def result(case: str, outcome: str, program: str = "cow", **more: Any) -> CaseResult:
    return CaseResult(
        kernel="k", suite="tree", program=program, case=case,
        outcome=outcome, **more,  # type: ignore[arg-type]
    )  # fmt: skip


def test_a_program_that_stops_between_its_cases_is_noticed() -> None:
    found = verdict_of("tree", [result("t1", "pass"), result("", "fail")], TREE.cases)
    assert (found.outcome, found.ran) == ("killed-by-crash", 1)
    before = (*TREE.cases, CaseCount(program="cow", case="", number=0, outcome="fail"))
    found = verdict_of("tree", [result("t1", "pass"), result("", "fail")], before)
    assert found.outcome == "survived"


def test_a_program_that_told_nothing_at_all_is_noticed() -> None:
    found = verdict_of("tree", [result("", "pass")], TREE.cases)
    assert found.outcome == "killed-by-crash"
    assert found.kills[0].line == "it told of none of its cases"
    found = verdict_of("tree", [result("t1", "skip"), result("t2", "skip")], TREE.cases)
    assert found.outcome == "survived"


def test_what_was_not_run_shows_nothing() -> None:
    results = [result("t1", "not-run", reason="cow could not be started")]
    found = verdict_of("tree", results, TREE.cases)
    assert (found.outcome, found.reason) == ("infrastructure-failed", "cow could not be started")
    killed = [*results, result("t2", "fail")]
    assert verdict_of("tree", killed, TREE.cases).outcome == "killed-by-crash"


def test_an_assertion_counts_for_more_than_a_crash() -> None:
    line = result("t1", "fail")
    evidence = type(line.evidence)(ktap=("# t1: the child sees it", "not ok 1 t1"))
    results = [result("t1", "fail", evidence=evidence), result("t2", "kernel-panic")]
    found = verdict_of("tree", results, TREE.cases)
    assert found.outcome == "killed-by-assertion"
    assert found.kills[0].line == "not ok 1 t1"


def test_copies_are_counted_and_kill_nothing() -> None:
    known = [CaseCount(program="cow", case="t1", number=0, outcome="pass", copied=5)]
    copies = Copies(copied=512, pages=512)
    found = verdict_of("tree", [result("t1", "pass", copies=copies)], known)
    assert (found.outcome, found.copies) == ("survived", 507)


def test_unlike_cases_come_first_and_what_only_costs_copies_last() -> None:
    names = ("anon a R1", "anon b R1", "anon c R2", "thp a R1", "hugetlb a R3")
    known = Baseline(
        cases=tuple(
            CaseCount(program="p", case=name, number=at, outcome="pass", counts=((4, 2, 1),))
            for at, name in enumerate(names, 1)
        )
    )
    assert [one.case for one in that_come_by(of(4), known)] == [
        "anon a R1", "thp a R1", "hugetlb a R3", "anon c R2", "anon b R1",
    ]  # fmt: skip


def test_a_place_that_never_answers_otherwise_needs_no_case() -> None:
    known = Baseline(
        cases=(CaseCount(program="p", case="a", number=1, outcome="pass", counts=((4, 9, 0),)),)
    )
    assert not that_come_by(of(4), known)
    assert len(that_come_by(of(4, counts_answers=False), known)) == 1
    # Without the delays the race was never lost.
    assert len(that_come_by(of(4, delay=300), known)) == 1


def test_counts_are_read_with_the_case_before_them() -> None:
    lines = [
        "TAP version 13", "1..2", "# a: missing: swap", "ok 1 # SKIP a", "@counts 1 3:10:2 7:1:0",
        "no test at all", "@counts 2",
        "ok 3 c", "@counts 3",
    ]  # fmt: skip
    found = list(counted(lines))
    assert [(one.number, one.result.name, one.counts) for one in found] == [
        (1, "a", ((3, 10, 2), (7, 1, 0))),
        (3, "c", ()),
    ]


@pytest.mark.parametrize(
    ("lines", "counts"),
    [
        (["ok 1 a", "@mutant 4 17 3"], (17, 3)),
        (["@mutant 4 17"], (0, 0)),
        (["x @mutant 4 17 3"], (0, 0)),
        ([], (0, 0)),
    ],
)
def test_how_often_a_mutant_was_reached(lines: list[str], counts: tuple[int, int]) -> None:
    assert came_by(lines) == counts


def test_only_what_goes_wrong_before_the_change_is_the_conductors_fault() -> None:
    assert not_changed(["@error /proc/kanalyze: No such file"]) == "/proc/kanalyze: No such file"
    assert not not_changed(["ok 1 a", "@error /sys/x: Bad address"])
    assert not not_changed(["@error /carried/cow: Bad address"])
    assert not not_changed([])


def test_what_takes_long_is_for_what_is_won_or_lost_by_time() -> None:
    def took(case: str, milliseconds: int) -> CaseCount:
        return CaseCount(
            program="rules", case=case, number=1, outcome="pass", counts=((4, 9, 9),),
            milliseconds=milliseconds,
        )  # fmt: skip

    known = Baseline(cases=(took("anon-many fork-gup R3", 10_000), took("anon alone R1", 90)))
    quick_first = ["anon alone R1", "anon-many fork-gup R3"]
    assert [one.case for one in that_come_by(of(4), known)] == quick_first
    assert [one.case for one in that_come_by(of(4, delay=300), known)] == quick_first[::-1]


def test_counts_say_how_long_a_case_took() -> None:
    lines = ["TAP version 13", "1..1", "ok 1 a", "@took 1250", "@counts 3 4:9:2", "ok 2 b"]
    (found,) = counted(lines)
    assert (found.number, found.milliseconds, found.counts) == (3, 1250, ((4, 9, 2),))
