"""The text: what it says, that it fits, and that nothing in a tree can speak to the terminal."""

import re
import unicodedata
from dataclasses import replace
from pathlib import Path

import pytest
from scans import event, example, hostile, site

from kanalyze.history.model import Scan
from kanalyze.report import ROLES, View, render, roles_of
from kanalyze.report.guards import choose, conjunction
from kanalyze.report.layout import columns, fill, one_line, wrap

GOLDEN = Path(__file__).parent / "golden"
SGR = re.compile(r"\x1b\[[0-9;]*m")


def text(scan: Scan, view: View | None = None) -> str:
    return "".join(render(scan, view or View()))


def cells(line: str) -> int:
    """Count columns independently of the code under test."""
    if line.isascii():
        return len(line)
    return sum(
        0 if unicodedata.combining(c) else 2 if unicodedata.east_asian_width(c) in "WF" else 1
        for c in line
    )


@pytest.mark.parametrize(
    ("name", "view"),
    [
        ("scan-80", View(width=80)),
        ("scan-80-verbose", View(width=80, verbose=True)),
        ("scan-140", View(width=140)),
        ("scan-80-all", View(width=80, roles=roles_of(["all"]))),
        ("scan-80-colour", View(width=80, colour=True)),
    ],
)
def test_it_looks_as_the_reference_does(name: str, view: View) -> None:
    assert text(example(), view) == (GOLDEN / f"{name}.txt").read_text(encoding="utf-8")


def test_colour_changes_nothing_but_the_colour() -> None:
    assert SGR.sub("", text(example(), View(colour=True))) == text(example())
    assert "\x1b" not in text(example())


@pytest.mark.parametrize("width", [1, 40, 41, 79, 80, 100, 127, 128, 140, 200, 500])
@pytest.mark.parametrize("verbose", [False, True])
def test_no_line_is_wider_than_the_terminal(width: int, verbose: bool) -> None:
    view = View(width=width, verbose=verbose, roles=roles_of(["all"]))
    for scan in (example(), hostile()):
        lines = text(scan, view).split("\n")
        assert [line[:80] for line in lines if cells(line) > max(width, 40)] == []


@pytest.mark.parametrize("verbose", [False, True])
def test_a_hostile_tree_does_not_reach_the_terminal(verbose: bool) -> None:
    shown = text(hostile(), View(verbose=verbose, roles=roles_of(["all"])))
    shown.encode("utf-8")  # no surrogate is left
    assert not [c for c in shown if c != "\n" and unicodedata.category(c) in ("Cc", "Cs")]
    assert not re.search("[\u202a-\u202e\u2066-\u2069]", shown)
    assert "\\x1b[2J\\x1b]0;owned\\x07" in shown
    assert "caf\\xe9" in shown


def test_colours_are_ours_alone_in_a_hostile_tree() -> None:
    shown = text(hostile(), View(colour=True))
    assert "\x1b" not in SGR.sub("", shown)
    assert "\x1b[2J" not in shown


def test_a_hostile_line_break_does_not_forge_a_line() -> None:
    forged = replace(example(), sites=(site(predicate="x\n   1  forged(page)"),))
    assert "\n   1  forged" not in text(forged)
    assert "x 1 forged(page)" in text(forged)


def test_long_text_is_shortened_unless_all_of_it_is_wanted() -> None:
    long = replace(example(), sites=(site(predicate="y" * 5000),))
    assert text(long).count("y") < 400
    assert "(4760 more characters)" in text(long)
    assert text(long, View(verbose=True)).count("y") >= 5000


def test_roles_choose_what_is_shown() -> None:
    arms = text(example(), View(roles=roles_of(["arm"])))
    assert "pmdp_set_wrprotect" in arms
    assert "wp_can_reuse_anon_folio" not in arms
    assert "Seqcount sections" not in arms
    assert "Not shown: 3 decisions, 1 pin check, 1 assertion, 1 other, 2 sections, 4 events" in (
        " ".join(arms.split())
    )
    sections = text(example(), View(roles=roles_of(["section"])))
    assert "uprobes_seqcount" in sections
    assert "pmdp_set_wrprotect" not in sections
    assert "Not shown" not in text(example(), View(roles=roles_of(["all"])))


def test_health_and_notes_are_shown_whatever_the_roles_are() -> None:
    for role in ROLES:
        shown = text(example(), View(roles=roles_of([role])))
        assert "mm/memory.c:12: odd: syntax not understood" in shown
        assert "mm/big.c: larger than max_bytes" in shown
        assert "note: the history is shallow" in shown


def test_an_empty_scan_says_so() -> None:
    empty = replace(
        example(), sites=(), sections=(), derived=(), health=(), events=(), notes=(), files=()
    )
    assert text(replace(empty, range="a..b")).splitlines()[2:] == [
        "No events in a..b.",
        "",
        "0 decisions, 0 arming sites, 0 pin checks, 0 sections in 0 functions of 0 files;",
        "0 functions not fully understood.",
    ]


def test_events_stand_newest_first_and_a_commit_has_one_heading() -> None:
    shown = text(replace(example(), events=(event(id="a"), event(id="b"), event(commit="f" * 40))))
    events = shown[shown.index("Events") :]
    assert events.index("f" * 12) < events.index("09854ba94c6a")
    assert events.count("09854ba94c6a") == 1
    assert events.count("changed    do_wp_page") == 2
    assert events.count("do_wp_page in mm/memory.c (decision) (2 times)") == 1


def test_where_a_history_begins_is_told_in_one_sentence() -> None:
    first = [
        event(kind="introduced", before="", function=f"f{number}", reason="here from the start")
        for number in range(12)
    ]
    scan = replace(example(), events=(*first, event(function="other")))
    told = " ".join(text(scan, View(width=79)).split())
    assert (
        "introduced 12 sites and sections in 12 functions: here from the start;"
        " --verbose lists them"
    ) in told
    assert "f3 in mm/memory.c" not in told
    assert "changed other in mm/memory.c" in told
    assert "f3 in mm/memory.c" in text(scan, View(verbose=True))
    few = text(replace(scan, events=tuple(first[1:])))
    assert "f3 in mm/memory.c" in few


def test_a_history_without_releases_does_not_call_every_commit_unreleased() -> None:
    scan = replace(example(), events=(event(release=""),))
    assert "unreleased" not in text(scan)
    assert "unreleased" in text(replace(scan, events=(*scan.events, event(commit="f" * 40))))


def test_the_same_change_of_several_sites_is_told_once() -> None:
    scan = replace(
        example(),
        events=tuple(
            event(
                before=f"page_count(page) == {number} | guards: none | passed: a",
                after=f"page_count(page) == {number} | guards: !PageKsm(page) | passed: b",
                reason="guards gained; passed changed",
            )
            for number in (1, 2)
        ),
    )
    shown = [line.strip() for line in text(scan).splitlines()]
    begin = shown.index("changed    do_wp_page in mm/memory.c (decision)")
    assert sorted(shown[begin + 1 : begin + 3]) == [
        "page_count(page) == 1",
        "page_count(page) == 2",
    ]
    assert shown[begin + 3 : begin + 5] == ["+ guards: !PageKsm(page)", ""]
    assert "- guards: none" in text(scan, View(verbose=True))
    assert "+ passed: b" in text(scan, View(verbose=True))


def test_an_or_in_c_is_not_taken_for_the_next_part_of_a_side() -> None:
    scan = replace(
        example(),
        events=(
            event(
                before="flags & (FOLL_WRITE | FOLL_PIN) | guards: a | b",
                after="flags & (FOLL_WRITE | FOLL_PIN) | guards: a | c",
                reason="guards changed",
            ),
        ),
    )
    lines = [line.strip() for line in text(scan).splitlines()]
    assert "flags & (FOLL_WRITE | FOLL_PIN)" in lines
    assert "- guards: a | b" in lines
    assert "+ guards: a | c" in lines


@pytest.mark.parametrize(
    ("guard", "written"),
    [
        ("a", "a"),
        ("a == b", "a == b"),
        ("a <= b", "a <= b"),
        ("a & b", "a & b"),
        ("f(a, b = c, d || e)", "f(a, b = c, d || e)"),
        ("!(a || b)", "!(a || b)"),
        ("a || b", "(a || b)"),
        ("a = b", "(a = b)"),
        ("a ? b : c", "(a ? b : c)"),
        ("=", "(=)"),
        (")a || b", ")a || b"),
    ],
)
def test_guards_get_brackets_where_c_needs_them(guard: str, written: str) -> None:
    assert conjunction([guard]) == [written]


def test_guards_that_read_a_signal_stay_when_others_go() -> None:
    guards = ("page_count(page) == 1", "x", "y", "a > b", "c > d", "e > f", "z")
    assert choose(guards, frozenset({"page_count"})) == (
        ["page_count(page) == 1", "a > b", "c > d", "e > f"],
        3,
    )
    assert choose(guards[:4], frozenset()) == (list(guards[:4]), 0)


def test_wrapping_loses_nothing() -> None:
    words = "one two\u6f22\u5b57three " + "four" * 30 + " e\u0301" * 20
    for width in range(2, 60):
        lines = wrap(words, width)
        assert "".join(lines).replace(" ", "") == words.replace(" ", "")
        assert all(columns(line) <= width for line in lines)
        assert "".join(fill(words.split(" "), width)).replace(" ", "") == words.replace(" ", "")


def test_one_line_is_one_line() -> None:
    assert one_line("a\n\t b\rc\x85d") == "a b\\x0dc\\x85d"
