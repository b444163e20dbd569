"""A run on a terminal: what it says, that it fits, and that no guest speaks through it."""

import re
import time
from dataclasses import replace
from pathlib import Path

import pytest
from runs import NEW, OLD, OWN, PINS, REUSE, hostile, kernel, many, result, run

from kanalyze.lab.model import LabRun, Outcome
from kanalyze.report import View, run_text
from kanalyze.report.layout import columns

GOLDEN = Path(__file__).parent / "golden"
SGR = re.compile(r"\x1b\[[0-9;]*m")


def text(record: LabRun, view: View | None = None) -> str:
    return "".join(run_text(record, view or View()))


@pytest.mark.parametrize(
    ("name", "view"),
    [
        ("80", View()),
        ("80-verbose", View(verbose=True)),
        ("80-colour", View(colour=True)),
        ("140", View(width=140)),
        ("40", View(width=40)),
    ],
)
def test_it_looks_as_the_reference_does(name: str, view: View) -> None:
    expected = (GOLDEN / f"run-{name}.txt").read_text(encoding="utf-8")
    assert text(run(), view) == expected


def test_colour_changes_nothing_but_the_colour() -> None:
    assert SGR.sub("", text(run(), View(colour=True))) == text(run())
    assert "\x1b" not in text(run())


@pytest.mark.parametrize("width", [1, 40, 57, 80, 160])
@pytest.mark.parametrize("verbose", [False, True])
def test_no_line_is_wider_than_the_terminal(width: int, verbose: bool) -> None:
    for record in (run(), hostile(), many(200, 12)):
        for line in text(record, View(width=width, verbose=verbose)).split("\n"):
            assert columns(line) <= max(width, 40), line


def test_no_guest_speaks_to_the_terminal() -> None:
    for verbose in (False, True):
        shown = text(hostile(), View(verbose=verbose))
        shown.encode("utf-8")
        assert not re.search("[\x00-\x09\x0b-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069]", shown)


def test_what_went_wrong_is_always_there_and_what_went_well_is_folded() -> None:
    record = many()
    shown = " ".join(text(record).split())
    bad = {one.case for one in record.results if one.outcome == "fail"}
    assert bad
    assert all(case in shown for case in bad)
    good = {one.case for one in record.results} - bad
    assert not any(f" {case} " in shown for case in good if case.endswith("R1"))
    whole = " ".join(text(record, View(verbose=True)).split())
    assert all(case in whole for case in good)


def test_a_big_run_is_quick_to_show() -> None:
    record = many(1400, 5)
    begun = time.process_time()
    shown = text(record)
    assert time.process_time() - begun < 2
    assert "1,400 cases on 5 kernels" in shown
    folded = [line for line in shown.splitlines() if re.match(r"  \S.*, [0-9]+ cases? ", line)]
    assert sum(int(re.findall(r", (\d+) cases?", line)[0]) for line in folded) == 1400


def test_more_kernels_than_fit_come_one_table_after_the_other() -> None:
    shown = text(many(20, 12))
    assert re.search(r"^cow_rules_reuse +A +B +C +D +E +F$", shown, re.MULTILINE)
    assert re.search(r"^cow_rules_reuse +G +H +I +J +K +L$", shown, re.MULTILINE)


def test_the_worst_of_several_attempts_counts_and_all_are_told() -> None:
    leak = "anon child none none write R1"
    outcomes: tuple[Outcome, ...] = ("pass", "fail", "pass")
    attempts = tuple(
        result(OLD, REUSE, leak, outcome, attempt=number)
        for number, outcome in enumerate(outcomes, 1)
    )
    shown = text(LabRun(kernels=(kernel(OLD),), programs=(), results=attempts))
    assert "1 case on 1 kernel: 1 fail" in shown
    assert "FAIL*" in shown
    assert "attempt 1: pass, attempt 2: fail, attempt 3: pass" in shown


def test_predictions_that_failed_come_before_the_matrix() -> None:
    shown = " ".join(text(run()).split())
    assert "2 of 4 tested agree (50.0 %), 2 do not; 1 could not be tested" in shown
    assert shown.index("predicted pass, observed fail") < shown.index(f" {REUSE} A B C D ")
    assert "the pin is seen at fork" in shown
    assert "predicted" not in text(run(predictions=()))


def test_nearly_all_is_not_all() -> None:
    one = run().predictions[1]
    most = tuple(replace(one, agreement="agrees") for _ in range(2999))
    record = run(predictions=(*most, replace(one, agreement="disagrees")))
    assert "(99.9 %)" in text(record)


def test_a_run_without_anything() -> None:
    assert text(LabRun(kernels=(), programs=(), results=())) == "0 cases on 0 kernels: nothing\n"
    shown = text(LabRun(kernels=(kernel(OWN),), programs=(), results=()))
    assert OWN in shown


def test_spurious_copies_have_their_table() -> None:
    shown = text(run())
    assert re.search(
        r"^  thp-pte-2048kB child-exits none none write R2 +512/512 +0/512", shown, re.M
    )
    assert "none in 1 other case" in shown
    assert "Spurious" not in text(run(results=tuple(r for r in run().results if not r.copies)))


def test_results_of_a_kernel_that_is_not_listed_do_not_break_it() -> None:
    record = run(kernels=run().kernels[:1])
    assert NEW not in text(record)
    assert PINS in text(record)


def test_where_nothing_was_copied_there_is_no_table() -> None:
    quiet = tuple(r for r in run().results if r.copies and not r.copies.copied)
    shown = text(run(results=quiet))
    assert "  none in 2 cases\n" in shown
    assert "copied/pages" not in shown


def test_upstreams_cases_are_folded_by_their_memory_too() -> None:
    cases = [f"Basic COW ... with PTE-mapped THP ({size} kB)" for size in (16, 32, 64)]
    results = tuple(result(OLD, "cow", case, "pass") for case in (*cases, "Basic COW"))
    shown = text(LabRun(kernels=(kernel(OLD),), programs=(), results=results))
    assert re.search(r"^  PTE-mapped THP, 3 cases +pass$", shown, re.MULTILINE)
    assert re.search(r"^  all, 1 case +pass$", shown, re.MULTILINE)
