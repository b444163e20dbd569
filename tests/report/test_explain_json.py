"""The JSON of explained trees and comparisons: an interface, with its schemas."""

import json
import re
import typing
from dataclasses import fields, replace
from pathlib import Path
from typing import Any

import jsonschema
import pytest
from compared import comparison, difference, hostile_comparison
from explained import explanation, hostile_tree, tree
from lane_records import hostile_lanes, lanes

import kanalyze.report
from kanalyze.report import comparison_json, explain_json, lanes_json
from kanalyze.semantics import model, states
from kanalyze.semantics.model import Comparison, ExplainedTree, Lanes

Record = ExplainedTree | Comparison | Lanes
GOLDEN = Path(__file__).parent / "golden"
SCHEMAS = Path(kanalyze.report.__file__).parent / "schemas"

RECORDS = {
    "features": states.Features,
    "explanation": model.Explanation,
    "outcome": model.OutcomeRow,
    "rule_result": model.RuleResult,
    "group": model.Group,
    "witness": model.Witness,
    "step": model.Step,
    "state": states.PageState,
    "arm": model.ArmAudit,
    "concept": model.Concept,
    "difference": model.Difference,
    "changed_group": model.ChangedGroup,
    "lane_point": model.LanePoint,
}
#: Where a schema must have the words that a type has.
WORDS = [
    ("explanation", "trigger", states.Trigger),
    ("explanation", "size", states.Size),
    ("rule_result", "rule", model.Rule),
    ("rule_result", "verdict", model.Verdict),
    ("arm", "verdict", model.ArmVerdict),
    ("state", "lru_refs", states.LruRefs),
    ("difference", "direction", model.Direction),
]
EXAMPLES = [
    tree(),
    tree(explanations=(), arms=(), concepts=(), invariants=(), notes=(), commit="", describe=""),
    tree(explanations=(explanation(outcomes=(), rules=(), site_ids=(), assumed=()),)),
    hostile_tree(),
    comparison(),
    comparison(differences=(), notes=()),
    comparison(differences=(difference(groups=(), states=0),)),
    hostile_comparison(),
    lanes(),
    lanes(releases=(), points=(), concepts=()),
    hostile_lanes(),
]
NAMES = ["tree", "comparison", "lanes"]


def schema(record: Record) -> Any:
    name = record.schema.removeprefix("kanalyze.").replace("/", "-")
    return json.loads((SCHEMAS / f"{name}.json").read_text(encoding="utf-8"))


def rendered(record: Record) -> str:
    if isinstance(record, ExplainedTree):
        return "".join(explain_json(record))
    if isinstance(record, Lanes):
        return "".join(lanes_json(record))
    return "".join(comparison_json(record))


def document(record: Record) -> Any:
    return json.loads(rendered(record))


def valid(record: Record, shown: Any) -> None:
    jsonschema.Draft202012Validator(schema(record)).validate(shown)


@pytest.mark.parametrize("record", [tree(), comparison(), lanes()], ids=NAMES)
def test_the_schemas_are_schemas_and_know_their_names(record: Record) -> None:
    jsonschema.Draft202012Validator.check_schema(schema(record))
    assert schema(record)["$id"] == record.schema == document(record)["schema"]


@pytest.mark.parametrize("record", EXAMPLES)
def test_documents_are_valid(record: Record) -> None:
    valid(record, document(record))


@pytest.mark.parametrize("record", [tree(), comparison(), lanes()], ids=NAMES)
def test_the_schemas_describe_every_field(record: Record) -> None:
    described = schema(record)
    names = {field.name for field in fields(record)}
    assert set(described["properties"]) == names == set(described["required"])
    for name, one in described["$defs"].items():
        names = {field.name for field in fields(RECORDS[name])}
        assert set(one["properties"]) == names == set(one["required"]), name
    for name, field, words in WORDS:
        if name in described["$defs"]:
            own = described["$defs"][name]["properties"][field]
            assert tuple(own["enum"]) == typing.get_args(words), (name, field)


def test_a_reader_of_today_accepts_fields_of_tomorrow() -> None:
    later = document(tree()) | {"more": 1}
    later["explanations"][0]["more"] = []
    valid(tree(), later)


@pytest.mark.parametrize(
    "change", [{"schema": "kanalyze.explain/2"}, {"explanations": [{}]}, {"features": 1}]
)
def test_the_schema_refuses_what_is_no_explained_tree(change: dict[str, Any]) -> None:
    with pytest.raises(jsonschema.ValidationError):
        valid(tree(), document(tree()) | change)


def test_what_was_found_is_there_to_the_last_step() -> None:
    shown = document(tree())
    assert shown["features"]["pin_bias"] is True
    broken = shown["explanations"][0]["rules"][2]
    assert (broken["verdict"], broken["states"], broken["of"]) == ("broken", 14, 20)
    witness = broken["groups"][0]["witness"]
    assert witness["state"]["my_pins"] == 1
    assert witness["counters"] == [["page_count", 1025], ["page_mapcount", 1]]
    assert witness["path"][0]["text"] == "PageAnon(vmf->page)"
    assert [arm["witness"] is None for arm in shown["arms"]].count(False) == 1
    group = document(comparison())["differences"][2]["groups"][0]
    assert (group["before"], group["after"], group["breaks"]) == (["copy"], ["reuse"], ["R1"])


def test_a_step_says_how_deep_it_is() -> None:
    path = document(tree())["explanations"][1]["rules"][0]["groups"][0]["witness"]["path"]
    assert [(step["function"], step["depth"]) for step in path[-2:]] == [
        ("reuse_swap_page", 1),
        ("do_wp_page", 0),
    ]


def test_lanes_look_as_the_reference_does() -> None:
    few = lanes(releases=("v5.10", "v6.12"))
    kept = tuple(point for point in few.points if point.release in few.releases)
    concepts = tuple(one for one in few.concepts if one[0] in few.releases)
    expected = (GOLDEN / "explain-over.json").read_text(encoding="utf-8")
    assert rendered(replace(few, points=kept, concepts=concepts)) == expected


def test_every_record_stands_on_its_own_line() -> None:
    lines = [line.rstrip(",]") for line in rendered(tree()).splitlines()]
    functions = [json.loads(line)["function"] for line in lines if line.startswith('{"function"')]
    assert functions == ["do_wp_page", "do_swap_page"]


def test_text_comes_through_and_bytes_that_are_none_are_replaced() -> None:
    shown = document(replace(tree(), notes=("caf\u00e9 \x1b[2J", "caf\udce9"), tree="\ud800"))
    assert shown["notes"] == ["caf\u00e9 \x1b[2J", "caf\ufffd"]
    assert shown["tree"] == "\ufffd"


@pytest.mark.parametrize(
    "record", [hostile_tree(), hostile_comparison(), hostile_lanes()], ids=NAMES
)
def test_the_document_is_utf8_that_no_terminal_obeys(record: Record) -> None:
    text = rendered(record)
    assert text.encode("utf-8").decode("utf-8") == text
    assert not re.search("[\x00-\x09\x0b-\x1f\x7f-\x9f\u2028-\u202e\u2066-\u2069]", text)
