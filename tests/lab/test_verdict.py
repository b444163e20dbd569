"""What became of every case: the test's word, the kernel's, and the guest's fate."""

import errno
from collections import Counter
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from kanalyze.lab import model
from kanalyze.lab.agreement import held_against
from kanalyze.lab.events import Booted, Ended, GuestEvent, Line, Lost, Started
from kanalyze.lab.ktap import parse
from kanalyze.lab.model import CaseResult, Copies, Expected, Outcome, Prediction
from kanalyze.lab.said import said
from kanalyze.lab.verdict import judge, merged

LOGS = Path(__file__).parent / "logs"
CASES = ("one R1", "two R1", "three R1")
RULES = model.TestProgram(name="rules", path=Path("rules"), suite="generated", cases=CASES)
COW = model.TestProgram(name="cow", path=Path("cow"), suite="tree")
UP = Booted(seconds=2.0, release="6.12")


def lines(text: str, index: int = 0) -> list[GuestEvent]:
    return [Started(index=index), *(Line(index=index, text=line) for line in text.splitlines())]


def ended(index: int = 0, **how: Any) -> Ended:
    return Ended(index=index, seconds=3.0, **(how or {"status": 0}))


def told(results: tuple[CaseResult, ...]) -> list[tuple[str, str, str]]:
    return [(one.program, one.case, one.outcome) for one in results]


def rules(*events: GuestEvent, console: str = "", **more: Any) -> tuple[CaseResult, ...]:
    return judge("k", [RULES], [UP, *events], console.splitlines(), **more)


WHOLE = """TAP version 13
1..3
# one R1: spurious copies: 3 of 512 pages
ok 1 one R1
# two R1: missing: swap
ok 2 # SKIP two R1
# three R1: the child sees what I wrote
not ok 3 three R1
"""


@pytest.mark.parametrize(
    ("text", "outcome", "reason"),
    [
        ("ok 1 a", "pass", ""),
        ("# a: the child sees it\nnot ok 1 a", "fail", "the child sees it"),
        ("# a: missing: swap\nok 1 # SKIP a", "skip", "missing: swap"),
        ("ok 1 a # SKIP no swap", "skip", "no swap"),
        ("# a: it is seen\n# a: expected to fail: memory.c\nok 1 # XFAIL a", "xfail",
         "it is seen; expected to fail: memory.c"),
        ("# a: timeout after 20 s\nnot ok 1 # error a", "timeout", "timeout after 20 s"),
        ("# a: died of signal 11\nnot ok 1 # error a", "fail", "died of signal 11"),
        ("not ok 1 a # TIMEOUT 45 seconds", "timeout", "45 seconds"),
        ("not ok 1 a # TODO later", "xfail", "later"),
        ("# [RUN] a\n# Leak from parent into child\nnot ok 1 a", "fail",
         "Leak from parent into child"),
        ("# [RUN] a\n# MADV_PAGEOUT did not work\nok 1 # SKIP a", "skip",
         "MADV_PAGEOUT did not work"),
        ("# [RUN] a\n# chatter\nok 1 a", "pass", ""),
    ],
)  # fmt: skip
def test_what_a_test_says(text: str, outcome: Outcome, reason: str) -> None:
    (result,) = parse(text.splitlines()).results
    assert (said(result).outcome, said(result).reason) == (outcome, reason)


def test_a_guest_in_which_all_went_well() -> None:
    results = rules(*lines(WHOLE), ended(), log="console.txt", attempt=2)
    assert told(results) == [
        ("rules", "one R1", "pass"),
        ("rules", "two R1", "skip"),
        ("rules", "three R1", "fail"),
    ]
    assert results[0].copies == Copies(copied=3, pages=512)
    assert results[1].reason == "missing: swap"
    assert results[2].evidence.ktap[-1] == "not ok 3 three R1"
    assert {(one.attempt, one.evidence.log) for one in results} == {(2, "console.txt")}


def test_a_panic_is_that_of_the_case_that_was_running() -> None:
    console = (LOGS / "mkdirty-6.12-then-panic.log").read_text()
    results = rules(*lines("1..3\nok 1 one R1"), Lost(why="panic"), console=console)
    assert told(results) == [
        ("rules", "one R1", "pass"),
        ("rules", "two R1", "kernel-panic"),
        ("rules", "three R1", "not-run"),
    ]
    assert results[1].reason == "Kernel panic - not syncing: sysrq triggered crash"
    assert any("sysrq_handle_crash" in line for line in results[1].evidence.console)
    assert "two R1" in results[2].reason


def test_a_panic_says_what_came_before_it() -> None:
    console = """\
[    2.410000] kanalyze: program 0 result 1
[    2.410224] cow_rules_case: two R1
[    2.570732] kernel BUG at mm/memory.c:4972!
[    2.581961] Oops: invalid opcode: 0000 [#1] SMP
[    2.582732] RIP: 0010:do_swap_page+0x17ca/0x1a80
[    2.585146]  <TASK>
[    2.585673]  ? handle_mm_fault+0x89/0x470
[    2.586928]  </TASK>
[    2.587303] ---[ end trace 0000000000000000 ]---
[    2.588800] Kernel panic - not syncing: Fatal exception
"""
    results = rules(*lines("1..3\nok 1 one R1"), Lost(why="panic"), console=console)
    assert (results[1].case, results[1].outcome) == ("two R1", "kernel-panic")
    assert results[1].reason == (
        "kernel BUG at mm/memory.c:4972!; Kernel panic - not syncing: Fatal exception"
    )


def test_a_case_that_was_announced_is_the_one_that_was_running() -> None:
    results = rules(*lines("1..3\nok 1 one R1\n# starting three R1"), Lost(why="hang"))
    assert ("rules", "three R1", "lost-vm") in told(results)


def test_a_splat_makes_a_pass_into_a_warning_and_keeps_both() -> None:
    splat = "WARNING: CPU: 0 PID: 9 at mm/memory.c:1 do_wp_page+0x1/0x2"
    text = "TAP version 13\n1..3\nok 1 one R1\nok 2 two R1\nnot ok 3 three R1\n"
    for marks in (
        "kanalyze: program 0 result 1\n{}\nkanalyze: program 0 result 2\n{}",
        "kanalyze: program 0 result 0\nx_case: two R1\n{}\nx_case: three R1\n{}",
    ):
        results = rules(*lines(text), ended(), console=marks.format(splat, splat))
        assert [one.outcome for one in results] == ["pass", "kernel-warning", "fail"]
        assert results[1].reason == f"pass, and the kernel said: {splat}"
        assert results[1].evidence.ktap == ("ok 2 two R1",)
        assert results[1].evidence.console == (splat,)
        assert splat in results[2].reason


def test_a_splat_while_no_test_ran_is_told_of_the_boot() -> None:
    results = rules(*lines(WHOLE), ended(), console="BUG: Bad page state in process swapper\n")
    assert told(results)[0] == ("", "", "kernel-warning")
    assert len(results) == 4


def test_a_splat_behind_the_last_case_is_the_programs() -> None:
    console = "kanalyze: program 0 result 3\nBUG: Bad page state in process x\n"
    results = rules(*lines(WHOLE), ended(), console=console)
    assert told(results)[-1] == ("rules", "", "kernel-warning")


def test_a_kernel_that_does_not_boot() -> None:
    lost = Lost(why="boot", console=("VFS: cannot open root device",))
    results = judge("k", [RULES, COW], [lost], [])
    assert told(results) == [
        ("", "", "boot-failure"),
        *(("rules", case, "not-run") for case in CASES),
        ("cow", "", "not-run"),
    ]
    assert results[0].evidence.console == ("VFS: cannot open root device",)
    assert judge("k", [COW], [Lost(why="qemu-died")], [])[0].outcome == "lost-vm"
    panic = judge("k", [COW], [Lost(why="boot")], ["Kernel panic - not syncing: no init"])
    assert panic[0].reason == "Kernel panic - not syncing: no init"


@pytest.mark.parametrize(
    ("how", "outcome"),
    [
        ({"timeout": True}, "timeout"),
        ({"signal": 11}, "fail"),
        ({"status": 1}, "fail"),
    ],
)
def test_a_program_that_stops_in_a_case(how: dict[str, Any], outcome: Outcome) -> None:
    results = rules(*lines("1..3\nok 1 one R1"), ended(**how))
    assert [one.outcome for one in results] == ["pass", outcome, "not-run"]


@pytest.mark.parametrize(
    ("text", "status", "outcome", "reason"),
    [
        ("TAP version 13\n1..0 # SKIP no soft-dirty", 4, "skip", "no soft-dirty"),
        ("all good", 0, "pass", ""),
        ("no such file", 1, "fail", "status 1: no such file"),
        ("needs root", 4, "skip", "needs root"),
    ],
)
def test_a_program_without_results(text: str, status: int, outcome: str, reason: str) -> None:
    (result,) = judge("k", [COW], [UP, *lines(text), ended(status=status)], [])
    assert (result.case, result.outcome, result.reason) == ("", outcome, reason)


def test_a_program_that_cannot_be_started() -> None:
    found = Ended(index=0, seconds=0, error=errno.ENOEXEC)
    results = rules(Started(index=0), found)
    assert {one.outcome for one in results} == {"not-run"}
    assert "Exec format error" in results[0].reason


def test_names_that_are_given_twice_stay_apart() -> None:
    results = judge("k", [COW], [UP, *lines("1..2\nok 1 a\nnot ok 2 a"), ended(status=1)], [])
    assert [one.case for one in results] == ["a", "a (2)"]


def test_upstreams_cow_on_a_real_kernel() -> None:
    text = (LOGS / "cow-5.10-debian.log").read_text()
    results = judge("k", [COW], [UP, *lines(text), ended(status=1)], [])
    counts = Counter(one.outcome for one in results)
    # the last lines of the log are the guest's
    assert counts == {"pass": 47, "fail": 10, "xfail": 4, "skip": 112}
    assert {one.reason for one in results if one.outcome == "fail"} == {
        "Leak from parent into child",
        "Leak from child into parent",
        "Longtom R/W pin is not reliable",
    }
    assert all(one.reason for one in results if one.outcome in ("skip", "xfail"))


def test_a_program_that_was_asked_for_one_case_only() -> None:
    chosen = model.TestProgram(
        name="rules", path=Path("rules"), suite="generated", cases=("two R1",)
    )
    results = judge("k", [chosen], [UP, *lines("1..3\nok 2 two R1"), ended()], [])
    assert told(results) == [("rules", "two R1", "pass")]


@pytest.mark.parametrize("how", [{"status": 0}, {"status": 1}, {"signal": 11}, {"timeout": True}])
def test_a_case_whose_result_is_nowhere_has_failed(how: dict[str, Any]) -> None:
    """Its line may have come garbled: a kernel that is broken may do that to a test."""
    results = rules(*lines("1..3\nok 1 one R1\nok 2 t\0o R1\nok 3 three R1"), ended(**how))
    assert ("rules", "two R1", "fail") in told(results)
    (lost,) = [one for one in results if one.case == "two R1"]
    assert lost.reason == "rules told no result of it, and went on"


def test_a_case_without_a_result_has_what_the_kernel_said_of_it() -> None:
    splat = "BUG: Bad page state in process rules"
    console = f"kanalyze: program 0 result 1\nx_case: two R1\n{splat}\nx_case: three R1\n"
    results = rules(*lines("1..3\nok 1 one R1\nok 3 three R1"), ended(), console=console)
    assert told(results) == [
        ("rules", "one R1", "pass"),
        ("rules", "two R1", "fail"),
        ("rules", "three R1", "pass"),
    ]
    assert results[1].reason.endswith(f"; the kernel said: {splat}")
    assert results[1].evidence.console == (splat,)


def test_results_that_went_with_the_guest_are_still_to_come() -> None:
    results = rules(*lines("1..3\n# starting three R1"), Lost(why="hang"))
    assert ("rules", "one R1", "not-run") in told(results)
    results = rules(*lines("1..3\nok 2 two R1\n# starting three R1"), Lost(why="hang"))
    assert told(results) == [
        ("rules", "one R1", "not-run"),
        ("rules", "two R1", "pass"),
        ("rules", "three R1", "lost-vm"),
    ]
    assert results[0].reason == "its result was lost with the guest"


def test_a_guest_that_goes_on_behind_another() -> None:
    first = rules(*lines("1..3\nok 1 one R1"), Lost(why="panic"))
    rest = replace(RULES, cases=CASES[2:])  # as it is asked for the rest
    second = judge("k", [rest], [UP, *lines("1..3\nok 3 three R1"), ended()], [])
    assert told(second) == [("rules", "three R1", "pass")]
    both = merged(first, second)
    assert told(both) == [
        ("rules", "one R1", "pass"),
        ("rules", "two R1", "kernel-panic"),
        ("rules", "three R1", "pass"),
    ]
    assert merged(both, second) == both  # nothing is overwritten


def test_what_was_not_known_beforehand_takes_the_place_of_not_run() -> None:
    first = judge("k", [RULES, COW], [UP, *lines("1..3"), Lost(why="hang")], [])
    assert told(first)[-1] == ("cow", "", "not-run")
    second = judge("k", [RULES, COW], [UP, *lines("1..1\nok 1 a", 1), ended(1)], [])
    both = merged(first, second)
    assert ("cow", "a", "pass") in told(both)
    assert ("cow", "", "not-run") not in told(both)


@pytest.mark.parametrize(
    ("expected", "outcomes", "copied", "agreement"),
    [
        ("pass", ["pass"], None, "agrees"),
        ("pass", ["fail"], None, "disagrees"),
        ("fail", ["pass", "fail"], None, "agrees"),
        ("pass", ["pass", "fail"], None, "disagrees"),
        ("fail", ["xfail"], None, "agrees"),
        ("pass", ["skip"], None, "untested"),
        ("pass", ["kernel-warning"], None, "untested"),
        ("pass", [], None, "untested"),
        ("either", ["pass"], None, "untested"),
        ("copy", ["pass"], 2, "agrees"),
        ("copy", ["pass"], 0, "disagrees"),
        ("reuse", ["pass"], 0, "agrees"),
        ("copy", ["skip"], None, "untested"),
    ],
)
def test_predictions(
    expected: Expected, outcomes: list[Outcome], copied: int | None, agreement: str
) -> None:
    copies = None if copied is None else Copies(copied=copied, pages=2)
    results = [
        CaseResult(kernel="k", suite="generated", program="p", case="c", outcome=one, copies=copies)
        for one in outcomes
    ]
    prediction = Prediction(kernel="k", program="p", case="c", expected=expected)
    (held,) = held_against([prediction], results)
    assert held.agreement == agreement
