"""The JSON of a history: an interface, with its schema."""

import json
import re
import typing
from dataclasses import fields, replace
from pathlib import Path
from typing import Any

import jsonschema
import pytest
from histories import WORDS, history, hostile, many

import kanalyze.report
from kanalyze.history import model
from kanalyze.history.model import History, Lifeline
from kanalyze.report import history_json

SCHEMAS = Path(kanalyze.report.__file__).parent / "schemas"
EXAMPLES = [
    history(),
    history("do_wp_page"),
    history(lifelines=(), notes=(), revision=model.Revision()),
    history(lifelines=(replace(history().lifelines[0], steps=()),)),
    hostile(),
]


@pytest.fixture(scope="module")
def schema() -> Any:
    return json.loads((SCHEMAS / "history-1.json").read_text(encoding="utf-8"))


def rendered(record: History) -> str:
    return "".join(history_json(record))


def document(record: History) -> Any:
    return json.loads(rendered(record))


def test_the_schema_is_one(schema: Any) -> None:
    jsonschema.Draft202012Validator.check_schema(schema)


@pytest.mark.parametrize("record", EXAMPLES)
def test_documents_are_valid(schema: Any, record: History) -> None:
    jsonschema.Draft202012Validator(schema).validate(document(record))


@pytest.mark.parametrize(
    "change", [{"schema": "kanalyze.history/2"}, {"lifelines": [{}]}, {"wanted": None}]
)
def test_the_schema_refuses_what_is_no_history(schema: Any, change: dict[str, Any]) -> None:
    with pytest.raises(jsonschema.ValidationError):
        jsonschema.Draft202012Validator(schema).validate(document(history()) | change)


def test_a_reader_of_today_accepts_fields_of_tomorrow(schema: Any) -> None:
    later = document(history()) | {"more": 1}
    later["lifelines"][0]["more"] = []
    later["lifelines"][0]["steps"][0]["more"] = {}
    jsonschema.Draft202012Validator(schema).validate(later)


def test_the_schema_describes_every_field(schema: Any) -> None:
    assert set(schema["properties"]) == {one.name for one in fields(History)}
    assert set(schema["required"]) == set(schema["properties"])
    for name, record in (
        ("lifeline", Lifeline),
        ("step", model.Step),
        ("event", model.Event),
        ("perhaps", model.Perhaps),
    ):
        described = schema["$defs"][name]
        assert set(described["properties"]) == {one.name for one in fields(record)}
        assert set(described["required"]) == set(described["properties"])
    kinds = schema["$defs"]["event"]["properties"]["kind"]["enum"]
    assert tuple(kinds) == typing.get_args(model.EventKind)


def test_an_event_is_what_it_is_in_a_scan(schema: Any) -> None:
    scan = json.loads((SCHEMAS / "scan-1.json").read_text(encoding="utf-8"))
    for name in ("event", "perhaps"):
        assert schema["$defs"][name] == scan["$defs"][name]


def test_everything_comes_through() -> None:
    shown = document(history())
    assert shown["schema"] == "kanalyze.history/1"
    first = shown["lifelines"][0]
    assert [step["event"]["release"] for step in first["steps"]] == [
        "v2.6.12",
        "v2.6.12",
        "v2.6.29",
        "v2.6.32",
        "v5.9",
        "v5.18",
    ]
    assert first["steps"][2]["meaning"] == "same answers in every page state"
    assert first["steps"][5]["event"]["links"] == ["extracted into", "API renamed"]
    assert first["steps"][4]["event"]["perhaps"][0]["confidence"] == 0.4
    assert shown["lifelines"][2]["split_from"] == first["id"]
    assert shown["lifelines"][3]["merged_into"] == first["id"]


def test_every_lifeline_stands_on_its_own_line() -> None:
    lines = rendered(many(30)).splitlines()
    records = [json.loads(line.rstrip(",")) for line in lines if line.startswith('{"id"')]
    assert len(records) == 30


def test_the_document_is_utf8_that_no_terminal_obeys() -> None:
    text = rendered(hostile())
    assert text.encode("utf-8").decode("utf-8") == text
    assert not re.search("[\x00-\x09\x0b-\x1f\x7f-\x9f\u2028-\u202e\u2066-\u2069]", text)
    names = {life["function"] for life in json.loads(text)["lifelines"]}
    assert len(names) == len(WORDS)
    assert '<script>alert("x")</script>' in names
