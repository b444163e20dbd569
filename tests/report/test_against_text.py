"""Two trees held against each other, as text: what it says, and that it fits."""

import re
import unicodedata
from dataclasses import replace
from pathlib import Path

import pytest
from two_sides import comparison, difference, hostile, lone, nothing, spot

from kanalyze.history.model import Against, Revision
from kanalyze.report import View, against_text
from kanalyze.report.layout import columns

GOLDEN = Path(__file__).parent / "golden"
SGR = re.compile(r"\x1b\[[0-9;]*m")


def text(record: Against, view: View | None = None, *, links: bool = False) -> str:
    return "".join(against_text(record, view or View(), links=links))


def told(record: Against, view: View | None = None, *, links: bool = False) -> str:
    """Return the text with its line breaks and margins taken away."""
    return " ".join(text(record, view, links=links).split())


@pytest.mark.parametrize(
    ("name", "view", "links"),
    [
        ("80", View(), False),
        ("80-verbose-links", View(verbose=True), True),
        ("120-colour", View(width=120, colour=True), False),
    ],
)
def test_it_looks_as_the_reference_does(name: str, view: View, links: bool) -> None:
    expected = (GOLDEN / f"against-{name}.txt").read_text(encoding="utf-8")
    assert text(comparison(), view, links=links) == expected


def test_missing_fixes_stand_on_top_and_then_what_differs() -> None:
    shown = text(comparison())
    titles = ["Missing here: 1 fix", "Missing there: 1 fix", "Differ, ", "The same, among",
              "The same in another place", "Only here: ", "Only there: ", "Commits only here: 1",
              "Commits only there: 1", "note: ", "91 sites"]  # fmt: skip
    places = [shown.index(title) for title in titles]
    assert places == sorted(places)


def test_both_predicates_stand_one_under_the_other() -> None:
    lines = text(comparison()).splitlines()
    at = next(n for n, line in enumerate(lines) if "- page_mapcount(page) == 1" in line)
    assert lines[at + 1].lstrip().startswith("+ page_count(page) == 1")


def test_what_the_same_guards_are_around_is_told_once() -> None:
    assert told(comparison()).count("guards gained: page") == 1


def test_a_tree_and_itself_are_told_in_a_line() -> None:
    lines = text(nothing()).splitlines()
    assert lines[-1] == "No difference: 91 sites and sections the same on both sides."
    assert len(lines) == 4


def test_a_fix_says_what_it_repairs_and_how_that_is_known() -> None:
    shown = told(comparison())
    assert 'fixes 09854ba94c6a ("mm: do_wp_page() simplification"), here as b0a5c0ffee00' in shown
    assert "(its message names the original)" in shown
    assert "reverted here by f00df00df00d" in shown


def test_long_lists_of_commits_are_cut_and_verbose_has_them_all() -> None:
    many = tuple(lone("ksm", "there", subject=f"mm: number {n}") for n in range(50))
    record = comparison(commits=many)
    short, whole = text(record), text(record, View(verbose=True))
    assert "Commits only there: 50, the last 20: --verbose lists all" in short
    assert short.count("mm: number") == 20 and "mm: number 49" in short
    assert whole.count("mm: number") == 50


def test_the_summary_counts_what_is_shown() -> None:
    shown = told(comparison())
    assert (
        "91 sites and sections the same on both sides, 2 different, 2 among other guards or"
        " locks, 1 in another place, 1 only here, 1 only there." in shown
    )
    assert (
        "Commits: 2 only here (1 fix missing there), 2 only there (1 fix missing here), 1 in both"
        " under two ids (1 by upstream commit)." in shown
    )


def test_what_changed_its_meaning_is_no_matter_of_guards() -> None:
    guards = {"before": "x | guards: none", "after": "x | guards: y", "reason": "guards gained"}
    record = comparison(differences=(difference(**guards),))
    assert "Differ, - here and + there: 1" in text(record)
    same = replace(record.differences[0], meaning="same answers in every page state")
    assert "The same, among other guards" in text(replace(record, differences=(same,)))


def test_what_a_function_means_is_told_once() -> None:
    twice = comparison(differences=(difference(), difference(there=spot(id="do_wp_page.2"))))
    assert told(twice).count("mends R1; 12 of 64") == 1
    other = replace(twice.differences[1], meaning="same answers in every page state")
    both = replace(twice, differences=(twice.differences[0], other))
    assert "mends R1; 12 of 64" in told(both) and "same answers in every" in told(both)


def test_links_say_how_sure_they_are() -> None:
    shown = told(comparison(), links=True)
    assert "link: predicate changed, 0.80" in shown
    assert "(extracted into, API renamed, 0.95)" in shown
    assert "0.80" not in told(comparison())


def test_a_name_that_was_asked_for_is_told() -> None:
    assert "only what is about do_wp_page" in text(comparison(wanted="do_wp_page"))


def test_a_plain_directory_has_no_revision_to_show() -> None:
    here = replace(comparison().here, revision=Revision())
    assert text(comparison(here=here)).startswith("here: stable\nthere: linux at v7.2.13 (7777")


def test_colour_changes_nothing_but_the_colour() -> None:
    assert SGR.sub("", text(comparison(), View(colour=True))) == text(comparison())
    assert "\x1b" not in text(comparison())


@pytest.mark.parametrize("width", [1, 40, 41, 57, 79, 80, 100, 160, 500])
@pytest.mark.parametrize("verbose", [False, True])
@pytest.mark.parametrize("links", [False, True])
def test_no_line_is_wider_than_the_terminal(width: int, verbose: bool, links: bool) -> None:
    view = View(width=width, verbose=verbose)
    for record in (comparison(), hostile()):
        lines = text(record, view, links=links).split("\n")
        assert [line[:80] for line in lines if columns(line) > max(width, 40)] == []


@pytest.mark.parametrize("width", [40, 80, 120])
def test_a_mail_with_it_has_no_blanks_at_the_ends_of_lines(width: int) -> None:
    lines = text(comparison(), View(width=width), links=True).split("\n")
    assert [line for line in lines if line != line.rstrip()] == []


@pytest.mark.parametrize("links", [False, True])
def test_a_hostile_tree_does_not_reach_the_terminal(links: bool) -> None:
    shown = text(hostile(), View(verbose=True), links=links)
    shown.encode("utf-8")
    assert not [c for c in shown if c != "\n" and unicodedata.category(c) in ("Cc", "Cs")]
    assert not re.search("[\u202a-\u202e\u2066-\u2069]", shown)
    painted = text(hostile(), View(colour=True), links=links)
    assert "\x1b" not in SGR.sub("", painted)


def test_a_hostile_subject_forges_no_commit() -> None:
    forged = lone("ksm", "there", subject="x\nMissing here: 9 fixes")
    shown = text(comparison(commits=(forged,)))
    assert "\nMissing here" not in shown


def test_what_is_said_of_a_spot_is_one_line() -> None:
    record = comparison(
        differences=(difference(kind="only here", before="a\nb", after="", there=spot("c\nd")),)
    )
    assert "c d" in told(record) and "c\nd" not in text(record)
