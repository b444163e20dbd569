"""The tables of policies over releases: what they say, that they fit, and that they are safe."""

import re
import unicodedata
from dataclasses import replace
from pathlib import Path

import pytest
from lane_records import RELEASES, hostile_lanes, lanes, points

from kanalyze.report import View, lanes_text
from kanalyze.report.layout import columns
from kanalyze.semantics.model import LanePoint, Lanes

GOLDEN = Path(__file__).parent / "golden"
SGR = re.compile(r"\x1b\[[0-9;]*m")
NOTHING = Lanes(releases=(), points=(), concepts=())
VIEWS = [
    ("80", View(width=80)),
    ("80-verbose", View(width=80, verbose=True)),
    ("80-colour", View(width=80, colour=True)),
    ("160", View(width=160)),
]


def text(record: Lanes, view: View | None = None) -> str:
    return "".join(lanes_text(record, view or View()))


def blocks(record: Lanes, view: View | None = None) -> list[list[str]]:
    """Return the lines of the parts that an empty line divides."""
    return [part.splitlines() for part in text(record, view).split("\n\n")]


def one(**changes: object) -> Lanes:
    """Return lanes with one decision in one release."""
    point: LanePoint = replace(points()[0], **changes)  # type: ignore[arg-type]
    return lanes(releases=(point.release,), points=(point,), concepts=())


@pytest.mark.parametrize(("name", "view"), VIEWS)
def test_it_looks_as_the_reference_does(name: str, view: View) -> None:
    assert text(lanes(), view) == (GOLDEN / f"lanes-{name}.txt").read_text(encoding="utf-8")


@pytest.mark.parametrize("record", [lanes(), hostile_lanes(), NOTHING])
def test_colour_changes_nothing_but_the_colour(record: Lanes) -> None:
    assert SGR.sub("", text(record, View(colour=True))) == text(record)
    assert "\x1b" not in text(record)


@pytest.mark.parametrize("width", [1, 40, 41, 60, 79, 80, 120, 500])
@pytest.mark.parametrize("verbose", [False, True])
def test_no_line_is_wider_than_the_terminal(width: int, verbose: bool) -> None:
    for record in (lanes(), hostile_lanes(), NOTHING):
        lines = text(record, View(width=width, verbose=verbose)).split("\n")
        assert [line[:80] for line in lines if columns(line) > max(width, 40)] == []
        assert record == hostile_lanes() or not [line for line in lines if line != line.rstrip()]


@pytest.mark.parametrize("verbose", [False, True])
def test_a_hostile_tree_does_not_reach_the_terminal(verbose: bool) -> None:
    shown = text(hostile_lanes(), View(verbose=verbose))
    shown.encode("utf-8")  # no surrogate is left
    assert not [c for c in shown if c != "\n" and unicodedata.category(c) in ("Cc", "Cs")]
    assert not re.search("[\u202a-\u202e\u2066-\u2069]", shown)


def test_every_release_is_in_one_block_and_blocks_are_alike() -> None:
    heads = [block[0].split() for block in blocks(lanes())[1:4]]
    assert [name for head in heads for name in head] == list(RELEASES)
    assert [len(head) for head in heads] == [3, 3, 3]
    many = tuple(f"v{number}" for number in range(41))
    everywhere = tuple(replace(points()[0], release=release) for release in many)
    record = lanes(releases=many, points=everywhere, concepts=())
    heads = [block[0].split() for block in blocks(record)[1:-1]]
    assert [name for head in heads for name in head] == list(many)
    assert len(heads) == 9 and {len(head) for head in heads[:-1]} == {5}


def test_a_cell_says_what_decides_how_complex_it_is_and_what_is_wrong() -> None:
    cell = blocks(one(broken=("R1", "R3"), spurious=38, policy="refcount"))[1]
    assert [" ".join(line.split()) for line in cell] == [
        "v5.8",
        "write fault, small refcount",
        "page 17 R1! R3!",
        "38 spurious",
    ]
    assert "spurious" not in "\n".join(blocks(one(spurious=0))[1])
    assert "none" in text(one(policy=""))


def test_who_decides_is_told_when_asked_for_and_when_there_are_two() -> None:
    record = one()
    assert "do_wp_page" not in text(record)
    assert "do_wp_page" in text(record, View(verbose=True))
    other = replace(record.points[0], function="a_second_one")
    both = text(lanes(releases=("v5.8",), points=(*record.points, other), concepts=()))
    assert "do_wp_page" in both and "a_second_one" in both


def test_a_release_that_was_named_twice_is_told_once() -> None:
    record = one()
    twice = lanes(releases=("v5.8", "v5.8"), points=record.points * 2, concepts=())
    assert text(twice) == text(record)


def test_a_release_without_a_decision_or_a_concept_says_so() -> None:
    assert "fork                  -              pin            pin" in text(lanes())
    few = lanes(concepts=lanes().concepts[1:])
    assert "  conditions      -     13" in text(few)
    assert "the code that implements it" not in text(lanes(concepts=()))


def test_the_code_of_a_rule_is_counted_over_releases() -> None:
    part = next(block for block in blocks(lanes()) if block[0].startswith("R3 pinned pages stay"))
    assert part[1].split() == list(RELEASES)
    rows = {name: figures for name, *figures in map(str.split, part[2:])}
    assert list(rows) == ["functions", "conditions", "lines", "complexity"]
    assert rows["functions"] == ["11"] * 9
    assert rows["complexity"][::8] == ["20", "92"]


def test_the_end_sums_up() -> None:
    told = " ".join(text(lanes()).split())
    assert told.endswith(
        "5 decisions in 9 releases: R1 broken in 10 of 44 cases, R3 broken in 5 of 44 cases."
    )
    assert text(NOTHING).endswith("0 decisions in 0 releases: nothing was found.\n")
    assert "R1 not broken, R3 not broken." in text(one(broken=()))
