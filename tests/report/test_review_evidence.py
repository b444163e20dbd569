"""What running a series has shown, in words: nothing is claimed that no case shows."""

import json
import re
from dataclasses import replace

import pytest
from review_forms import FORMS
from review_parts import ALONE, LEAK, RACE, evidence, finding, mutated
from reviews import nothing, review, series, unbuilt

from kanalyze.report import View, review_sarif, review_text
from kanalyze.report.review_evidence import again, by_cases, by_mutants, lost, shown
from kanalyze.report.review_evidence import tested as run_showed
from kanalyze.report.review_words import verdict
from kanalyze.review.model import Evidence, Review

FAILS = evidence(after="fail")


def said(record: Review) -> str:
    return " ".join(by_cases(record, record.findings[:1]))


def with_cases(*cases: Evidence, **changes: object) -> Review:
    guards = tuple(one.case for one in cases)
    return review(evidence=cases, findings=(finding(guards=guards, **changes),))


def test_a_finding_that_a_case_shows_says_which_on_which_kernel() -> None:
    record = with_cases(FAILS)
    assert said(record) == f'Shown by "{LEAK}" on 7.2.13 (config small): pass -> fail.'
    assert "do_wp_page() (by analysis; shown by 1 test case)." in verdict(record)


def test_cases_that_came_to_the_same_are_told_together() -> None:
    several = tuple(replace(FAILS, case=f"case {number} R1") for number in range(6))
    text = said(with_cases(*several, replace(FAILS, case="other R1", after="kernel-panic")))
    assert '"case 0 R1", "case 1 R1", "case 2 R1" and 3 more on' in text
    assert text.endswith('Shown by "other R1" on 7.2.13 (config small): pass -> kernel-panic.')


@pytest.mark.parametrize(
    ("before", "after"),
    [("fail", "fail"), ("pass", "pass"), ("fail", "pass"), ("pass", "skip"), ("pass", "not-run")],
)
def test_what_is_not_lost_shows_nothing_broken(before: str, after: str) -> None:
    record = with_cases(evidence(before=before, after=after))
    assert not lost(record) and not shown(record, record.findings[0])
    assert verdict(record).endswith("do_wp_page() (by analysis).")
    assert "Shown" not in said(record)


def test_a_case_that_could_not_be_judged_is_said_so() -> None:
    assert said(with_cases(evidence(case=RACE, before="skip", after="skip"))) == (
        "1 test case for it ran on 7.2.13 (config small); it could not be judged."
    )
    both = with_cases(evidence(case=RACE, before="skip", after="skip"), evidence())
    assert said(both) == "2 test cases for it ran on 7.2.13 (config small) and do not show it."


def test_what_restores_a_rule_is_shown_by_what_passes_now() -> None:
    mends = evidence(before="fail", after="pass")
    record = with_cases(mends, effect="restores")
    assert "fail -> pass" in said(record)
    assert "passed after it only" in run_showed(record)
    assert not shown(with_cases(FAILS, effect="restores"), finding(effect="restores"))


def test_more_copies_are_shown_and_are_no_loss() -> None:
    copies = evidence(case=ALONE, pages=512, copied_after=512)
    record = with_cases(copies, effect="changes", rules=("R2",))
    assert "pass -> pass, copied 0 -> 512 of 512 pages" in said(record)
    assert not lost(record)
    few = with_cases(replace(copies, copied_before=3, copied_after=9), effect="changes")
    assert "Shown" not in said(few)
    many = [replace(copies, case=f"{n} R2", copied_before=n) for n in range(9)]
    assert "So do 6 others in other ways." in said(with_cases(*many, effect="changes"))
    fewer = with_cases(replace(copies, copied_before=512, copied_after=0), effect="changes")
    assert "Shown" not in said(fewer)


def test_a_case_about_something_else_shows_nothing() -> None:
    record = review(evidence=(FAILS,), findings=(finding(guards=("another",)),))
    assert said(record) == "Test cases for what it speaks of: another."
    assert run_showed(record).startswith("On 7.2.13 (config small): 1 of 1 test case lost")


def test_what_a_later_patch_mends_is_not_shown_on_the_series() -> None:
    record = with_cases(FAILS, mended=2)
    assert not shown(record, record.findings[0])


def test_a_series_that_does_not_build_says_so_in_every_form() -> None:
    record = unbuilt()
    words = "On 7.2.13 (config small): the kernel builds before it, and not after it: build-failed."
    assert run_showed(record) == words
    for form in FORMS.values():
        text = form(record)
        plain = " ".join(re.sub(r"[\\>|]|&gt;|&#39;", " ", text).split())
        assert "build-failed" in plain and "implicit declaration" in plain, text
    assert json.loads(FORMS["b4.json"](record))[1]["status"] == "fail"


def test_mutants_say_whether_the_cases_can_fail() -> None:
    record = series()
    assert by_mutants(record, [finding()]) == [
        "Of 2 mutants of do_wp_page() the cases notice 1, such as force-reuse of"
        f' wp_can_reuse_anon_folio(folio, vma) (by "{LEAK}").',
        "Not noticed: drop-atom of wp_can_reuse_anon_folio(folio, vma).",
    ]
    assert by_mutants(record, [finding(function="other", ids=())]) == []
    # a finding names sites of helpers by their ids
    helper = mutated(function="wp_can_reuse_anon_folio")
    assert by_mutants(series(mutants=(helper,)), [finding()])
    same = mutated(outcome="equivalent", cases=())
    assert by_mutants(series(mutants=(same,)), [finding()]) == []


def test_cases_that_have_failed_need_not_notice_mutants() -> None:
    """What fails behind the series takes no part: that nothing else notices is no news."""
    left = mutated(outcome="survived", cases=())
    failed = with_cases(FAILS)
    assert not by_mutants(replace(failed, mutants=(left,)), failed.findings)
    passed = with_cases(evidence())
    assert by_mutants(replace(passed, mutants=(left,)), passed.findings)[0].endswith("notice 0.")
    assert by_mutants(replace(failed, mutants=(left, mutated())), failed.findings)


def test_of_many_cases_the_first_are_told_and_what_is_alike_once() -> None:
    several = tuple(
        replace(FAILS, case=f"case {number} R1", reason="seen", lines=("not ok",))
        for number in range(12)
    )
    text = "".join(review_text(with_cases(*several), View(width=80)))
    assert (text.count("pass -> fail  "), text.count("not ok")) == (10, 1)
    assert "and 2 more (-v: all)" in text
    every = "".join(review_text(with_cases(*several), View(width=80, verbose=True)))
    assert (every.count("pass -> fail  "), every.count("not ok")) == (12, 12)


def test_sarif_has_the_cases_that_show_a_result() -> None:
    log = json.loads("".join(review_sarif(with_cases(FAILS))))
    (result,) = log["runs"][0]["results"]
    assert result["properties"]["shown"] == [
        {"case": LEAK, "kernel": "7.2.13 (config small)", "before": "pass", "after": "fail"}
    ]


def test_nothing_that_was_not_run_is_told_as_shown() -> None:
    assert "hown" not in FORMS["text.txt"](nothing())
    assert "hown by" not in FORMS["markdown.md"](review())


def test_the_way_to_see_it_again_is_told() -> None:
    assert again(review()) == ""
    assert again(review(evidence=(evidence(),))) == " --run"
    tree = evidence(suite="tree", config="debug-vm")
    assert again(review(evidence=(tree,), mutants=(mutated(),))) == (
        " --run --build-config debug-vm --suite tree --mutate"
    )
