"""Lives as text: what they say, that they fit, and that no tree speaks through them."""

import re
import unicodedata
from dataclasses import replace
from pathlib import Path

import pytest
from histories import history, hostile, many
from lives import SAME, at, lives
from scans import HOSTILE

from kanalyze.history.model import Event, History, Lifeline, Step
from kanalyze.report import View, history_text
from kanalyze.report.history_words import (
    changes,
    cut,
    link_words,
    only_around,
    tone,
    trailers,
)
from kanalyze.report.layout import columns
from kanalyze.semantics import meaning

GOLDEN = Path(__file__).parent / "golden"
SGR = re.compile(r"\x1b\[[0-9;]*m")
FAULT, SECTION, HUGE, REUSE = lives()


def text(record: History, view: View | None = None, *, links: bool = False) -> str:
    return "".join(history_text(record, view or View(), links=links))


def told(record: History, view: View | None = None, *, links: bool = False) -> str:
    """Return the text with its line breaks and margins taken away."""
    return " ".join(text(record, view, links=links).split())


def of(*events: Event, **changes: object) -> History:
    """Return the history of one life with these events."""
    life = replace(FAULT, steps=tuple(Step(event=one) for one in events), **changes)  # type: ignore[arg-type]
    return history("one", lifelines=(life,), notes=())


@pytest.mark.parametrize(
    ("name", "wanted", "view", "links"),
    [
        ("life-80", FAULT.id, View(), False),
        ("life-80-verbose", FAULT.id, View(verbose=True), False),
        ("life-80-links", FAULT.id, View(), True),
        ("life-80-colour", FAULT.id, View(colour=True), False),
        ("all-80", "", View(), False),
        ("all-80-links", "", View(), True),
        ("all-120", "", View(width=120), False),
    ],
)
def test_it_looks_as_the_reference_does(name: str, wanted: str, view: View, links: bool) -> None:
    expected = (GOLDEN / f"history-{name}.txt").read_text(encoding="utf-8")
    assert text(history(wanted), view, links=links) == expected


def test_several_lives_come_as_a_table_and_one_by_one() -> None:
    record = history("mm", lifelines=lives())
    expected = (GOLDEN / "history-several-80.txt").read_text(encoding="utf-8")
    assert text(record) == expected


def test_colour_changes_nothing_but_the_colour() -> None:
    assert SGR.sub("", text(history(FAULT.id), View(colour=True))) == text(history(FAULT.id))
    assert "\x1b" not in text(history(FAULT.id))


@pytest.mark.parametrize("width", [1, 40, 41, 57, 80, 160])
@pytest.mark.parametrize("verbose", [False, True])
@pytest.mark.parametrize("links", [False, True])
def test_no_line_is_wider_than_the_terminal(width: int, verbose: bool, links: bool) -> None:
    view = View(width=width, verbose=verbose)
    everything = replace(history(), wanted="everything")
    for record in (history(), everything, hostile(), hostile("one")):
        lines = text(record, view, links=links).split("\n")
        assert [line[:80] for line in lines if cells(line) > max(width, 40)] == []


@pytest.mark.parametrize("width", [40, 80, 120])
def test_a_mail_with_it_has_no_blanks_at_the_ends_of_lines(width: int) -> None:
    for record in (history(), replace(history(), wanted="everything")):
        lines = text(record, View(width=width), links=True).split("\n")
        assert [line for line in lines if line != line.rstrip()] == []


def cells(line: str) -> int:
    """Count columns independently of the code under test."""
    return sum(
        0 if unicodedata.combining(c) else 2 if unicodedata.east_asian_width(c) in "WF" else 1
        for c in line
    )


@pytest.mark.parametrize("wanted", ["", "one"])
@pytest.mark.parametrize("links", [False, True])
def test_a_hostile_tree_does_not_reach_the_terminal(wanted: str, links: bool) -> None:
    shown = text(hostile(wanted), View(verbose=True), links=links)
    shown.encode("utf-8")
    assert not [c for c in shown if c != "\n" and unicodedata.category(c) in ("Cc", "Cs")]
    assert not re.search("[\u202a-\u202e\u2066-\u2069]", shown)
    assert "\\x1b[2J\\x1b]0;owned\\x07" in shown
    painted = text(hostile(wanted), View(colour=True), links=links)
    assert "\x1b" not in SGR.sub("", painted)


def test_a_hostile_subject_forges_no_step() -> None:
    shown = text(of(at("simple", subject="x\n2026-01-01 v7.2 removed")))
    assert "\n2026-01-01" not in shown
    assert "x 2026-01-01 v7.2 removed" in " ".join(shown.split())


def test_commits_are_cited_as_in_mails() -> None:
    shown = told(history(FAULT.id))
    assert '09854ba94c6a ("mm: do_wp_page() simplification")' in shown
    assert "09854ba94c6aa" not in shown


def test_every_step_is_told_and_those_of_surroundings_in_one_line() -> None:
    lines = text(history(FAULT.id)).splitlines()
    assert "2005-06-21 v2.6.12 d296e9cd02c9 guards gained: PageAnon(old_page)" in lines
    assert [line for line in lines if line.startswith("2009-09-21")] == [
        "2009-09-21 v2.6.32 9a840895147b guards gained: !PageKsm(old_page); locks gain..."
    ]
    assert "changed only guards or locks: --verbose" in told(history(FAULT.id))
    whole = told(history(FAULT.id), View(verbose=True))
    assert "+ locks: folio lock, page-table lock" in whole
    assert '9a840895147b ("ksm: Kernel SamePage Merging")' in whole
    assert "--verbose" not in whole
    assert sum(bool(re.match(r"\d{4}-\d\d-\d\d", line)) for line in lines) == len(FAULT.steps)


def test_surroundings_that_changed_an_answer_are_no_short_step() -> None:
    event = FAULT.steps[1].event
    assert only_around(Step(event=event))
    assert only_around(Step(event=event, meaning=SAME))
    assert not only_around(Step(event=event, meaning="mine alone -> copy"))
    assert not only_around(Step(event=replace(event, links=("API renamed",))))
    assert not only_around(Step(event=replace(event, kind="moved")))
    assert not only_around(FAULT.steps[4])


def test_answers_are_the_same_other_or_unsure() -> None:
    assert tone(SAME) == tone(meaning.SAME) == tone(meaning.SAME_BOTH) == "same"
    assert tone(meaning.SAME_SO_FAR) == tone("") == "plain"
    assert tone("mine alone, one FOLL_PIN of mine: was copy, is now reuse") == "other"


def test_links_are_told_in_words() -> None:
    assert link_words(REUSE.steps[1].event) == [
        "function renamed: can_share_swap_page -> reuse_swap_page"
    ]
    assert link_words(FAULT.steps[2].event) == [
        "API renamed: can_share_swap_page -> reuse_swap_page"
    ]
    assert link_words(FAULT.steps[5].event) == [
        "extracted into wp_can_reuse_anon_folio, from do_wp_page",
        "API renamed",  # more than one name changed
    ]
    assert link_words(HUGE.steps[0].event) == [
        "split: copied from do_wp_page in mm/memory.c (do_wp_page.75e69100)"
    ]
    assert link_words(REUSE.steps[2].event) == [
        "merged into wp_can_reuse_anon_folio in mm/memory.c (wp_can_reuse_anon_folio.aa00bb11)"
    ]
    ends = {"from_function": "a", "function": "b", "from_file": "x.c", "file": "y.c"}
    for reason, words in (
        ("moved to file", "moved to file: x.c -> y.c"),
        ("moved to function", "moved to function: a -> b"),
        ("inlined from", "inlined from a, into b"),
    ):
        assert link_words(at("simple", links=(reason,), **ends)) == [words]
    assert link_words(at("simple", kind="moved", **ends)) == ["moved from a in x.c"]
    plain = at("simple", links=("same", "predicate changed", "context changed"))
    assert link_words(plain) == []
    assert link_words(plain, every=True) == ["same", "predicate changed", "context changed"]


def test_questions_are_marked_and_shown_whole_only_when_asked_for() -> None:
    few = [line.strip() for line in text(history(HUGE.id)).splitlines()]
    assert [line for line in few if line.startswith("?")] == [
        "? perhaps it came from hugetlb_cow.5e5e5e5e (hugetlb_cow in"
    ]
    assert "write_protect_page" not in " ".join(few)
    every = told(history(HUGE.id), links=True)
    assert every.count("? perhaps it came from") == 2
    assert "page_count(old_page) == 1; split, API renamed, 0.55" in every
    assert "swapped != page_count(page); 0.30" in every
    assert "link (0.72): split: copied from do_wp_page in mm/memory.c" in every
    # In the middle of a life they are for who asks.
    assert "reuse_ksm_page" not in told(history(FAULT.id))
    assert "? perhaps it came from reuse_ksm_page.77007700" in told(history(FAULT.id), links=True)
    gone = replace(REUSE.steps[2].event, perhaps=HUGE.steps[0].event.perhaps[:1])
    assert "? perhaps it went into hugetlb_cow" in told(of(gone))


def test_the_table_has_a_line_a_life() -> None:
    shown = text(many(40))
    rows = [line for line in shown.splitlines() if re.match(r"    \.[0-9a-f]{8} ", line)]
    assert len(rows) == 40
    assert "v2.6.12..today" in rows[0]
    assert "v2.6.12..v5.18" in rows[3]
    assert rows[3].split()[-2:] == ["3", "swap-count"]
    assert rows[1].split()[-1] == "section"


def test_without_releases_there_are_days() -> None:
    bare = tuple(
        replace(life, steps=tuple(Step(event=replace(s.event, release="")) for s in life.steps))
        for life in lives()
    )
    table = text(history(lifelines=bare))
    assert "2005-04-16..today" in table
    assert "unreleased" not in table
    one = text(history(FAULT.id, lifelines=bare[:1]))
    assert "\n2020-08-21 changed\n" in one
    assert "ended 2022-03-24" in told(history(REUSE.id, lifelines=bare[3:]))
    assert "2026-05-02 unreleased" in text(history(HUGE.id))


def test_changes_are_told_by_what_they_are_of() -> None:
    simple = changes(FAULT.steps[4].event)
    assert [change.line() for change in simple] == [
        "reuse_swap_page(page, &total_map_swapcount) -> page_count(page) != 1",
        "if true: reuse -> copy",
        "if false: copy -> reuse",
        "policy: swap-count -> refcount",
    ]
    odd = at("simple", before="a | outcomes: none", after="a | outcomes: true: x, y, false: z")
    assert [change.line() for change in changes(odd)] == [
        "if true: none -> x, y",
        "if false: none -> z",
    ]
    strange = at("simple", before="a | outcomes: what", after="a | outcomes: ever")
    assert [change.line() for change in changes(strange)] == ["outcomes: what -> ever"]


def test_what_was_passed_is_told_where_nothing_else_is_or_all_of_it() -> None:
    both = at("simple", before="a | guards: g | passed: p", after="b | guards: h | passed: q")
    assert "passed" not in told(of(both))
    assert "passed: p -> q" in told(of(both), View(verbose=True))
    alone = at("simple", before="a | passed: p", after="a | passed: q")
    assert "passed: p -> q" in told(of(alone))


def test_trailers_are_short() -> None:
    assert trailers(FAULT.steps[4].event) == [
        'Fixes: 7b1fe59793e6 ("mm: reuse_swap_page replaces")',
        "Reported-by: Jann Example",
        "Link: https://example.org/r/1",
        "Cc: stable # 5.8+",
        "Upstream-commit: 09854ba94c6a",
    ]
    picked = at("simple", trailers=(("Cherry-picked-from", "0" * 40), ("CC", "stable@kernel.org")))
    assert trailers(picked) == ["Cherry-picked-from: 000000000000", "Cc: stable"]


def test_an_empty_history_says_so() -> None:
    empty = text(history("nothing", lifelines=(), notes=()))
    assert empty.splitlines()[-1] == "No lifelines."
    assert text(history(lifelines=(), notes=())).splitlines()[-1] == "No lifelines."
    stepless: tuple[Lifeline, ...] = (replace(FAULT, steps=()), replace(REUSE, steps=()))
    assert "ended" in text(history("x", lifelines=stepless))
    assert "2 lifelines, 1 alive; 0 steps." in text(history(lifelines=stepless))


@pytest.mark.parametrize("name", HOSTILE)
@pytest.mark.parametrize("width", [3, 4, 5, 14, 80])
def test_what_is_cut_fits(name: str, width: int) -> None:
    assert columns(cut(name, width)) <= width
    if columns(name) <= width:
        assert cut(name, width) == name
