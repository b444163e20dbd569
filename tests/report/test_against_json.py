"""The JSON of two trees held against each other: an interface, with its schema."""

import json
import typing
from dataclasses import fields, replace
from pathlib import Path
from typing import Any

import jsonschema
import pytest
from two_sides import comparison, hostile, nothing

import kanalyze.report
from kanalyze.history import model
from kanalyze.history.model import Against
from kanalyze.report import against_json

SCHEMAS = Path(kanalyze.report.__file__).parent / "schemas"
RECORDS = {
    "tree": model.TreeAt,
    "revision": model.Revision,
    "spot": model.Spot,
    "difference": model.Difference,
    "lone": model.LoneCommit,
    "fixed": model.Fixed,
    "matched": model.SameCommit,
    "event": model.Event,
    "perhaps": model.Perhaps,
}


@pytest.fixture(scope="module")
def schema() -> Any:
    return json.loads((SCHEMAS / "history-against-1.json").read_text(encoding="utf-8"))


def document(record: Against) -> Any:
    return json.loads("".join(against_json(record)))


def test_the_schema_is_one(schema: Any) -> None:
    jsonschema.Draft202012Validator.check_schema(schema)


@pytest.mark.parametrize("record", [comparison(), nothing(), comparison(wanted="do_wp_page")])
def test_documents_are_valid(schema: Any, record: Against) -> None:
    jsonschema.Draft202012Validator(schema).validate(document(record))


@pytest.mark.parametrize(
    "change", [{"schema": "kanalyze.history/1"}, {"differences": [{}]}, {"same": -1}]
)
def test_the_schema_refuses_what_is_none(schema: Any, change: dict[str, Any]) -> None:
    with pytest.raises(jsonschema.ValidationError):
        jsonschema.Draft202012Validator(schema).validate(document(comparison()) | change)


def test_the_schema_describes_every_field(schema: Any) -> None:
    assert set(schema["properties"]) == {one.name for one in fields(Against)}
    assert set(schema["required"]) == set(schema["properties"])
    assert set(schema["$defs"]) == set(RECORDS)
    for name, record in RECORDS.items():
        described = schema["$defs"][name]
        assert set(described["properties"]) == {one.name for one in fields(record)}
        assert set(described["required"]) == set(described["properties"])
    kinds = schema["$defs"]["difference"]["properties"]["kind"]["enum"]
    assert tuple(kinds) == typing.get_args(model.DifferenceKind)
    for name in ("fixed", "matched"):
        ways = schema["$defs"][name]["properties"]["how"]["enum"]
        assert tuple(ways) == typing.get_args(model.Sameness)


def test_an_event_is_what_it_is_in_a_history(schema: Any) -> None:
    history = json.loads((SCHEMAS / "history-1.json").read_text(encoding="utf-8"))
    for name in ("event", "perhaps"):
        assert schema["$defs"][name] == history["$defs"][name]


def test_every_difference_stands_on_its_own_line() -> None:
    lines = "".join(against_json(comparison())).splitlines()
    records = [json.loads(line.rstrip(",")) for line in lines if line.startswith('{"kind"')]
    assert len(records) == len(comparison().differences)


def test_the_document_is_utf8_whatever_the_tree_holds() -> None:
    text = "".join(against_json(hostile()))
    assert text.encode("utf-8").decode("utf-8") == text
    assert "\x1b" not in text and "\x9b" not in text
    assert len(json.loads(text)["commits"]) == len(hostile().commits)


def test_everything_comes_through() -> None:
    shown = document(replace(comparison(), same=7))
    assert shown["same"] == 7
    assert shown["differences"][0]["here"]["policy"] == "mapcount"
    assert shown["commits"][3]["fixes"][1]["how"] == "upstream commit"
    assert shown["matched"][0]["there"].startswith("09854ba94c6a")
