"""The picture of lives: what it shows, and that it is safe to look at."""

import re
from dataclasses import replace
from itertools import pairwise
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import pytest
from histories import history, hostile, many
from lives import at, lives

from kanalyze.history.model import History, Step
from kanalyze.report import history_svg
from kanalyze.report.history_axis import axis
from kanalyze.report.history_layout import NAMES, Lane, Plan, plan
from kanalyze.report.lanes_layout import PALETTE
from kanalyze.report.layout import columns

GOLDEN = Path(__file__).parent / "golden/history.svg"
SVG = "{http://www.w3.org/2000/svg}"
FAULT, SECTION, HUGE, REUSE = lives()


def picture(record: History) -> str:
    return "".join(history_svg(record))


def root(record: History) -> ElementTree.Element:
    return ElementTree.fromstring(picture(record))


def texts(record: History) -> list[str]:
    return [element.text or "" for element in root(record).iter(f"{SVG}text")]


def tooltips(record: History) -> list[str]:
    return [element.text or "" for element in root(record).iter(f"{SVG}title")]


def lanes(drawn: Plan) -> list[Lane]:
    return [lane for group in drawn.groups for lane in group.lanes]


def test_it_looks_as_the_reference_does() -> None:
    assert picture(history()) == GOLDEN.read_text(encoding="utf-8")


RECORDS = [history(), hostile(), many(200), history(lifelines=(), notes=())]


@pytest.mark.parametrize("record", RECORDS, ids=["small", "hostile", "many", "empty"])
def test_it_is_xml_that_loads_and_runs_nothing(record: History) -> None:
    text = picture(record)
    text.encode("utf-8")
    tree = ElementTree.fromstring(text)
    names = {element.tag.removeprefix(SVG) for element in tree.iter()}
    drawn = {"rect", "text", "line", "g", "circle", "path"}
    assert names <= {"svg", "title", "desc", "style"} | drawn
    attributes = {name for element in tree.iter() for name in element.attrib}
    assert not [name for name in attributes if name.startswith("on") or "href" in name]
    style = tree.findtext(f"{SVG}style") or ""
    assert not re.search(r"url\(|@import|@font-face", style)


def test_what_a_tree_holds_is_text_in_the_picture() -> None:
    everything = "".join([*texts(hostile()), *tooltips(hostile())])
    assert '<script>alert("x")</script>' in everything
    assert not [c for c in everything if (ord(c) < 0x20 and c != "\n") or 0x7F <= ord(c) < 0xA0]
    assert not re.search("[\u202a-\u202e\u2066-\u2069\ufffe\uffff\ud800-\udfff]", everything)


def test_a_lane_a_life_below_its_function() -> None:
    drawn = plan(history().lifelines)
    assert [group.function for group in drawn.groups] == [life.function for life in lives()]
    assert [len(lane.marks) for lane in lanes(drawn)] == [6, 2, 2, 3]
    together = plan(tuple(replace(life, function="f", file="mm/x.c") for life in lives()))
    assert [len(group.lanes) for group in together.groups] == [4]
    for above, below in pairwise(lanes(together)):
        assert below.y - above.y == 40


def test_releases_stand_in_the_order_of_versions_and_what_is_unreleased_last() -> None:
    drawn = plan(history().lifelines)
    assert [column.name for column in drawn.columns] == [
        "v2.6.12",
        "v2.6.29",
        "v2.6.32",
        "v2.6.38",
        "v5.9",
        "v5.11",
        "v5.18",
        "v6.10",
        "unreleased",
    ]
    assert len({column.width for column in drawn.columns}) == 1

    def order(*releases: str) -> list[str]:
        steps = tuple(
            Step(event=at("simple", release=release, date=f"20{20 - number}-01-01"))
            for number, release in enumerate(releases)
        )
        return [column.name for column in axis((replace(FAULT, steps=steps),)).columns]

    assert order("v6.1", "v5.10.262", "v5.9", "", "v6.1-rc2", "v5.10.3") == [
        "v5.9",
        "v5.10.3",
        "v5.10.262",
        "v6.1-rc2",
        "v6.1",
        "unreleased",
    ]
    # By their first days where not all of them are versions.
    assert order("v6.1", "next-20200101", "v5.9") == ["v5.9", "next-20200101", "v6.1"]


def test_without_releases_there_are_years() -> None:
    bare = replace(
        FAULT, steps=tuple(Step(event=replace(s.event, release="")) for s in FAULT.steps)
    )
    names = [column.name for column in plan((bare,)).columns]
    assert names == ["2005", "2009", "2020", "2022"]


def test_few_releases_have_much_room_and_many_as_much_as_their_names_need() -> None:
    def widths(number: int) -> set[float]:
        steps = tuple(Step(event=at("simple", release=f"v5.{minor}")) for minor in range(number))
        return {column.width for column in axis((replace(FAULT, steps=steps),)).columns}

    assert widths(2) == {170}
    assert widths(10) == {88}
    assert widths(60) == {66}


def test_marks_of_one_life_stand_apart() -> None:
    crowd = tuple(Step(event=at("simple", subject=str(number))) for number in range(20))
    drawn = plan((replace(FAULT, steps=(*FAULT.steps, *crowd)), REUSE))
    for lane in lanes(drawn):
        places = [mark.x for mark in lane.marks]
        assert all(after - before >= 15 for before, after in pairwise(sorted(places)))


def test_a_life_has_the_colour_of_its_policy_at_each_time() -> None:
    fault, section, huge, reuse = lanes(plan(history().lifelines))
    assert [piece.fill for piece in fault.pieces] == [
        PALETTE["swap-count"][0],
        PALETTE["refcount"][0],
    ]
    assert [label.text for label in fault.policies] == ["swap-count", "refcount"]
    assert fault.pieces[0].x + fault.pieces[0].width == pytest.approx(fault.marks[4].x)
    # A stripe for each kind of evidence.
    assert [piece.fill for piece in huge.pieces] == [
        PALETTE["refcount"][0],
        PALETTE["mapcount"][0],
    ]
    assert huge.pieces[0].y + huge.pieces[0].height == pytest.approx(huge.pieces[1].y)
    assert section.policies == ()
    # What has ended ends at its last mark; what is alive goes on.
    width = plan(history().lifelines).width
    assert reuse.pieces[-1].x + reuse.pieces[-1].width == pytest.approx(reuse.marks[-1].x)
    assert fault.pieces[-1].x + fault.pieces[-1].width == pytest.approx(width - 6)
    assert dict(plan(history().lifelines).evidence)["refcount"] == PALETTE["refcount"][0]


def test_steps_that_do_not_say_have_the_policy_of_the_life() -> None:
    steps = tuple(Step(event=replace(step.event, policy="")) for step in FAULT.steps)
    (lane,) = lanes(plan((replace(FAULT, steps=steps),)))
    assert [label.text for label in lane.policies] == ["refcount"]


def test_marks_tell_kind_meaning_and_weight() -> None:
    fault, _, _, reuse = lanes(plan(history().lifelines))
    assert [(mark.kind, mark.tone, mark.small) for mark in fault.marks] == [
        ("introduced", "plain", False),
        ("changed", "plain", True),
        ("changed", "same", False),
        ("changed", "plain", True),
        ("changed", "other", False),
        ("moved", "plain", False),
    ]
    assert [mark.kind for mark in reuse.marks] == ["introduced", "moved", "removed"]
    told = tooltips(history())
    assert (
        "v2.6.29, 2009-01-06: changed\n"
        '7b1fe59793e6 ("mm: reuse_swap_page replaces can_share_swap_page")\n'
        "API renamed: can_share_swap_page -> reuse_swap_page\n"
        "can_share_swap_page(old_page) -> reuse_swap_page(old_page)\n"
        "same answers in every page state"
    ) in told


def test_links_between_lanes_carry_their_reason() -> None:
    drawn = plan(history().lifelines)
    assert [joint.label.text for joint in drawn.joints] == ["split", "merged"]
    split, merged = drawn.joints
    fault, _, huge, reuse = lanes(drawn)

    def ends(path: str) -> tuple[float, float]:
        numbers = [float(one) for one in re.findall(r"-?[\d.]+", path)]
        return numbers[1], numbers[-1]

    assert ends(split.path) == (fault.y + 25, huge.y + 25 - 11)
    assert ends(merged.path) == (reuse.y + 25, fault.y + 25 + 11)
    assert split.tooltip == f"split: {FAULT.id} -> {HUGE.id}"
    assert f"merged: {REUSE.id} -> {FAULT.id}" in tooltips(history())
    # A life that is not in the picture is not pointed at.
    assert plan((HUGE, REUSE)).joints == ()
    itself = replace(HUGE, split_from=HUGE.id)
    assert plan((itself,)).joints == ()


@pytest.mark.parametrize("record", RECORDS[:3], ids=["small", "hostile", "many"])
def test_nothing_stands_outside(record: History) -> None:
    drawn = plan(record.lifelines)
    for lane in lanes(drawn):
        assert 0 <= lane.y <= drawn.height - 40
        for mark in lane.marks:
            assert 8 <= mark.x <= drawn.width - 8
        for piece in lane.pieces:
            assert piece.x + piece.width <= drawn.width
        for label in lane.policies:
            after = [piece.x for piece in lane.pieces if piece.x > label.x]
            room = min(after, default=drawn.width) - label.x
            assert columns(label.text) * 11 * 0.62 <= room
        assert columns(lane.name) * 12 * 0.62 <= NAMES
    assert [round(b.x - a.x - a.width, 1) for a, b in pairwise(drawn.columns)] == [0.0] * (
        len(drawn.columns) - 1
    )


def test_a_life_without_steps_is_an_empty_lane() -> None:
    bare: Any = (replace(FAULT, steps=()), replace(REUSE, steps=()))
    assert [lane.marks for lane in lanes(plan(bare))] == [(), ()]
    assert "0 steps" in "".join(texts(history(lifelines=bare)))
