"""The picture of policies over releases: what it shows, and that it is safe to look at."""

import re
from dataclasses import replace
from itertools import pairwise
from pathlib import Path
from xml.etree import ElementTree

import pytest
from lane_records import RELEASES, hostile_lanes, lanes, points
from readable import contrast

from kanalyze.report import lanes_svg
from kanalyze.report.lanes_bars import panels
from kanalyze.report.lanes_layout import LEFT, PALETTE, plan
from kanalyze.report.layout import columns
from kanalyze.semantics.model import LanePoint, Lanes

GOLDEN = Path(__file__).parent / "golden/lanes.svg"
SVG = "{http://www.w3.org/2000/svg}"
NOTHING = Lanes(releases=(), points=(), concepts=())


def picture(record: Lanes) -> str:
    return "".join(lanes_svg(record))


def texts(record: Lanes) -> list[str]:
    """Return everything that is written in the picture."""
    root = ElementTree.fromstring(picture(record))
    return [element.text or "" for element in root.iter(f"{SVG}text")]


def tooltips(record: Lanes) -> list[str]:
    root = ElementTree.fromstring(picture(record))
    return [title.text or "" for title in root.iterfind(f".//{SVG}g/{SVG}title")]


def point(**changes: object) -> LanePoint:
    return replace(points()[0], **changes)  # type: ignore[arg-type]


def test_it_looks_as_the_reference_does() -> None:
    """Who changes the picture looks at it: in a browser, light and dark."""
    assert picture(lanes()) == GOLDEN.read_text(encoding="utf-8")


@pytest.mark.parametrize(
    "record",
    [lanes(), hostile_lanes(), NOTHING, lanes(points=()), lanes(concepts=()), lanes(releases=())],
)
def test_it_is_xml_that_needs_nothing_else_and_runs_nothing(record: Lanes) -> None:
    text = picture(record)
    text.encode("utf-8")
    root = ElementTree.fromstring(text)
    names = {element.tag.removeprefix(SVG) for element in root.iter()}
    assert names <= {"svg", "title", "desc", "style", "rect", "text", "line", "g"}
    attributes = {name for element in root.iter() for name in element.attrib}
    assert not [name for name in attributes if name.startswith("on") or "href" in name]
    style = root.findtext(f"{SVG}style") or ""
    assert not re.search(r"url\(|@import|@font-face", style)


def test_what_a_tree_holds_is_text_in_the_picture() -> None:
    record = hostile_lanes()
    assert any('<script>alert("x")</script>' in told for told in tooltips(record))
    everything = "".join([*texts(record), *tooltips(record)])
    assert not [char for char in everything if ord(char) < 0x20 or 0x7F <= ord(char) < 0xA0]
    assert not re.search("[\u202a-\u202e\u2066-\u2069\ufffe\uffff]", everything)


def test_releases_that_tell_the_same_are_one_segment() -> None:
    first, *_ = plan(lanes()).lanes
    assert [segment.labels[-1].text for segment in first.segments] == [
        "do_wp_page",
        "do_wp_page",
        "do_wp_page",
        "wp_can_reuse_anon_folio",
    ]
    assert [len(segment.cells) for segment in first.segments] == [1, 2, 3, 3]
    assert sum(len(one.cells) for lane in plan(lanes()).lanes for one in lane.segments) == 44


def test_a_segment_ends_where_a_release_lacks_the_decision() -> None:
    without = tuple(one for one in points() if one.release != "v6.1")
    lane = plan(lanes(points=without)).lanes[1]
    assert [len(segment.cells) for segment in lane.segments] == [3, 1, 4]
    column = plan(lanes()).column
    assert lane.absent == (LEFT + column * RELEASES.index("v6.1"),)


def test_two_functions_of_one_release_stand_below_each_other() -> None:
    other = tuple(point(release=release, function="a_second_one") for release in ("v5.10", "v5.15"))
    lane, *rest = plan(lanes(points=(*points(), *other))).lanes
    second = [one for one in lane.segments if one.labels[-1].text == "a_second_one"]
    assert [len(one.cells) for one in second] == [2]
    assert second[0].y > lane.segments[0].y
    assert rest[0].y > lane.y + lane.height


def test_policies_are_written_and_not_only_coloured() -> None:
    written = texts(lanes())
    for policy in ("refcount", "mapcount", "exclusive-bit", "swap-count", "pin", "mixed"):
        assert written.count(policy) >= 2, policy  # in the legend and on a segment
    assert "refcount+mapcount" not in written  # no colour of its own: each of them has one
    first = plan(lanes()).lanes[0].segments[0]
    assert first.fill == PALETTE["refcount"][0]
    assert [stripe.fill for stripe in first.stripes] == [PALETTE["mapcount"][0]]
    assert [
        label.text for label in plan(lanes()).lanes[0].segments[0].labels if "count" in label.text
    ] == ["refcount+", "mapcount"]
    assert "no evidence" in texts(lanes(points=(point(policy=""),)))
    assert "ours" in texts(lanes(points=(point(policy="ours"),)))


def test_broken_rules_are_marked_and_explained() -> None:
    assert texts(lanes()).count("R1 R3") == 3
    assert (
        "v5.10, write fault, small page: do_wp_page() decides by refcount; complexity 12;"
        " R3 broken; a copy that was not needed in 38 page states"
    ) in tooltips(lanes())
    assert "all" in texts(lanes(points=(point(broken=("R1", "R2", "R3")),)))
    assert "a rule is broken in 12 of 44 cases" in picture(lanes())
    assert "no rule is broken in any of 1 case" in picture(lanes(points=(point(broken=()),)))


def test_points_of_releases_that_are_not_shown_do_not_count() -> None:
    few = lanes(releases=("v6.1",), concepts=())
    assert "5 decisions in 1 release; no rule is broken in any of 5 cases" in picture(few)
    assert "mapcount" not in texts(few)


def test_the_code_per_rule_stands_below_the_release_in_bars_to_one_scale() -> None:
    upper = plan(lanes())
    lower = panels(lanes(), upper)
    assert [panel.name.text for panel in lower.panels] == [
        "conditions",
        "lines of code",
        "complexity",
    ]
    for panel in lower.panels:
        assert len(panel.bars) == 3 * len(RELEASES)
        assert all(bar.height + bar.y == pytest.approx(panel.base) for bar in panel.bars)
    assert "v7.2: R3 pinned pages stay, 92 complexity" in tooltips(lanes())
    assert panels(lanes(concepts=()), upper).panels == ()


@pytest.mark.parametrize("record", [lanes(), hostile_lanes()], ids=["lanes", "hostile"])
def test_nothing_stands_on_anything_else(record: Lanes) -> None:
    upper = plan(record)
    for above, below in pairwise(upper.lanes):
        assert above.y + above.height < below.y
    for lane in upper.lanes:
        for segment in lane.segments:
            for label in segment.labels:
                size = 12 * 0.68 if label.style == "policy" else 11 * 0.62
                assert label.x + columns(label.text) * size <= segment.x + segment.width
                assert label.y < segment.y + segment.height - 18
            for cell in segment.cells:
                figure_ends = 8 + len(cell.complexity) * 7.5
                assert figure_ends <= cell.width - cell.badge_width - 7
    for panel in panels(record, upper).panels:
        lefts = sorted(bar.x for bar in panel.bars)
        assert all(right - left >= 26 for left, right in pairwise(lefts))


@pytest.mark.parametrize("policy", PALETTE)
def test_a_name_can_be_read_on_its_colour(policy: str) -> None:
    """WCAG asks for a contrast of 4.5."""
    fill, ink = PALETTE[policy]
    assert contrast(fill, "#ffffff" if ink == "light" else "#000000") >= 4.5
