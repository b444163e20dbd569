"""A review for a terminal: what it says first, and that it fits."""

import re
from pathlib import Path

import pytest
from review_parts import arm, finding
from reviews import diff, hostile, nothing, range_, review, series

from kanalyze.report import View, review_text
from kanalyze.report.layout import columns
from kanalyze.report.review_evidence import tested as run_showed
from kanalyze.report.review_words import (
    VERDICTS,
    counts,
    facts,
    introduced,
    remarks,
    severity,
    verdict,
)
from kanalyze.review.model import Evidence, Review

GOLDEN = Path(__file__).parent / "golden"
VIEWS = {
    "80": View(width=80),
    "80-colour": View(width=80, colour=True),
    "120-verbose": View(width=120, verbose=True),
}


def shown(record: Review, view: View) -> str:
    return "".join(review_text(record, view))


@pytest.mark.parametrize("name", VIEWS)
def test_the_text_is_as_it_was(name: str) -> None:
    assert shown(series(), VIEWS[name]) == (GOLDEN / f"review-{name}.txt").read_text("utf-8")


@pytest.mark.parametrize("width", [40, 80, 200])
@pytest.mark.parametrize("record", [review(), series(), nothing(), diff(), range_(), hostile()])
def test_lines_fit_and_a_terminal_obeys_none(record: Review, width: int) -> None:
    text = shown(record, View(width=width))
    text.encode("utf-8")
    assert not re.search("[\x00-\x09\x0b-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069]", text)
    assert max(columns(line) for line in text.split("\n")) <= width


def test_the_worst_comes_first() -> None:
    record = series(findings=(finding(effect="changes", rules=()), arm(effect="unknown"), arm()))
    text = shown(record, View(width=120))
    places = [text.index(f"\n{VERDICTS[effect]} ") for effect in ("breaks", "unknown", "changes")]
    assert places == sorted(places)


# ------------------------------------------------------------------ the words


@pytest.mark.parametrize(
    ("effect", "words"),
    [
        ("breaks", "This patch breaks rule 1 in do_wp_page() (by analysis)."),
        ("weakens", "This patch weakens what keeps rule 1 in do_wp_page() (by analysis)."),
        ("restores", "This patch restores rule 1 in do_wp_page() (by analysis)."),
        ("same", "This patch changes no answer of do_wp_page() (by analysis)."),
    ],
)
def test_the_verdict_is_that_of_the_worst(effect: str, words: str) -> None:
    assert verdict(review(findings=(finding(effect=effect),))) == words


def test_what_the_series_takes_back_is_no_verdict_on_it() -> None:
    back = (finding(mended=2), finding(effect="restores", patch=2, undoes=1))
    record = series(findings=back)
    assert verdict(record) == "This series breaks rule 1 in do_wp_page(), and takes that back."
    assert [severity(one) for one in back] == ["warning", "note"]
    assert "Patch 2 takes that back; whoever bisects" in " ".join(remarks(record, back))
    assert "That undoes what patch 1 did." in remarks(record, back)
    both = series(findings=(*back, arm()))
    assert verdict(both) == "This series breaks rule 3 in __copy_present_ptes() (by analysis)."
    assert [one.mended for one in introduced(both)] == [0, 2, 0]


def test_many_functions_are_counted() -> None:
    found = tuple(finding(function=f"f{number}") for number in range(9))
    assert "in f0(), f1(), f2() and 6 more (by" in verdict(review(findings=found))


def test_a_series_that_touches_nothing_gets_one_line() -> None:
    assert verdict(nothing()).startswith("This patch touches no decision")
    assert verdict(nothing(partial=True)).endswith("section (by its hunks only).")
    assert verdict(review(findings=())) == (
        "This patch touches decisions and changes none of their answers."
    )
    assert counts(review(findings=())) == "1 site touched; none changed in meaning."


def test_nothing_is_claimed_that_was_not_run() -> None:
    assert run_showed(review()) == "By analysis of the source only: nothing was run."
    assert run_showed(review(partial=True)).startswith("By its hunks only")
    hunks = review(partial=True, findings=(finding(effect="unknown", function="", rules=()),))
    assert verdict(hunks) == (
        "This patch changes mm/memory.c; what that comes to could not be followed"
        " (by its hunks only)."
    )
    assert counts(hunks) == "1 finding in its hunks; what they come to was not evaluated."
    same = Evidence(case="a", kernel="k", before="pass", after="pass")
    assert run_showed(review(evidence=(same,))) == "On k: 1 test case, none lost."
    assert "; 1 skipped." in run_showed(series())
    fails = Evidence(case="a", kernel="k", before="fail", after="fail")
    assert "; 1 did not pass before." in run_showed(review(evidence=(fails,)))


def test_findings_of_one_place_are_said_once() -> None:
    said = remarks(review(), [arm(), arm(function="copy_pte_range")])
    assert len([one for one in said if "write-protects a page" in one]) == 1
    assert len([one for one in said if one.startswith("There: ")]) == 1
    assert [one for one in said if "copy_pte_range()" in one]
    several = finding(why=("also: it sinks", "there: x", "also: it burns"))
    assert "There: x. Also: it sinks; it burns." in remarks(review(), [several, several])


def test_facts_are_what_somebody_needs_to_see_it_again() -> None:
    told = dict(facts(series()))
    assert told["base"] == "24aed0945127 v7.2 (the mails' base-commit)"
    assert told["again"] == "kanalyze review TREE MBOX --base 24aed0945127 --run --mutate"
    assert told["compiler"] == "gcc 12.2.0"
    assert dict(facts(range_()))["again"].endswith("--range 24aed0945127..5d1cc85b01ec")
