"""The JSON of a run: an interface, with its schema."""

import json
import re
import typing
from dataclasses import fields
from pathlib import Path
from typing import Any

import jsonschema
import pytest
from runs import OLD, WORDS, hostile, many, run

import kanalyze.report
from kanalyze.lab import model
from kanalyze.lab.model import LabRun
from kanalyze.report import run_json

SCHEMAS = Path(kanalyze.report.__file__).parent / "schemas"
EMPTY = LabRun(kernels=(), programs=(), results=())
EXAMPLES = {"run": run(), "empty": EMPTY, "hostile": hostile(), "many": many(60, 3)}


@pytest.fixture(scope="module")
def schema() -> Any:
    return json.loads((SCHEMAS / "run-1.json").read_text(encoding="utf-8"))


def rendered(record: LabRun) -> str:
    return "".join(run_json(record))


def document(record: LabRun) -> Any:
    return json.loads(rendered(record))


def test_the_schema_is_one(schema: Any) -> None:
    jsonschema.Draft202012Validator.check_schema(schema)


@pytest.mark.parametrize("name", EXAMPLES)
def test_documents_are_valid(schema: Any, name: str) -> None:
    jsonschema.Draft202012Validator(schema).validate(document(EXAMPLES[name]))


@pytest.mark.parametrize(
    "change", [{"schema": "kanalyze.run/2"}, {"results": [{}]}, {"notes": None}]
)
def test_the_schema_refuses_what_is_no_run(schema: Any, change: dict[str, Any]) -> None:
    with pytest.raises(jsonschema.ValidationError):
        jsonschema.Draft202012Validator(schema).validate(document(run()) | change)


def test_a_reader_of_today_accepts_fields_of_tomorrow(schema: Any) -> None:
    later = document(run()) | {"more": 1}
    later["results"][0]["more"] = []
    later["results"][0]["evidence"]["more"] = {}
    jsonschema.Draft202012Validator(schema).validate(later)


def test_the_schema_describes_every_field(schema: Any) -> None:
    assert set(schema["properties"]) == {one.name for one in fields(LabRun)}
    assert set(schema["required"]) == set(schema["properties"])
    for name, record in (
        ("kernel", model.Kernel),
        ("program", model.TestProgram),
        ("boot", model.Boot),
        ("copies", model.Copies),
        ("evidence", model.Evidence),
        ("result", model.CaseResult),
        ("prediction", model.Prediction),
    ):
        described = schema["$defs"][name]
        assert set(described["properties"]) == {one.name for one in fields(record)}, name
        assert set(described["required"]) == set(described["properties"])
    outcomes = schema["$defs"]["result"]["properties"]["outcome"]["enum"]
    assert tuple(outcomes) == typing.get_args(model.Outcome)
    prediction = schema["$defs"]["prediction"]["properties"]
    assert tuple(prediction["expected"]["enum"]) == typing.get_args(model.Expected)
    assert tuple(prediction["agreement"]["enum"]) == typing.get_args(model.Agreement)


def test_everything_comes_through() -> None:
    shown = document(run())
    assert len(shown["results"]) == len(run().results)
    counted = [one for one in shown["results"] if one["copies"]]
    assert counted[0]["copies"] == {"copied": 512, "pages": 512}
    assert shown["kernels"][0]["name"] == OLD
    assert shown["kernels"][0]["image"] == f"/cache/kernels/{OLD}/vmlinuz"
    assert ["CONFIG_KSM", "y"] in shown["kernels"][0]["options"]
    assert [one["ready"] for one in shown["boots"]] == [2.4, None]
    assert {one["attempt"] for one in shown["results"]} == {1, 2}
    assert any(
        "Call Trace:" in line for one in shown["results"] for line in one["evidence"]["console"]
    )


def test_every_result_stands_on_its_own_line() -> None:
    lines = rendered(many(40, 2)).splitlines()
    records = [json.loads(line.rstrip(",")) for line in lines if line.startswith('{"kernel"')]
    assert len(records) == 80


def test_the_document_is_utf8_that_no_terminal_obeys() -> None:
    text = rendered(hostile())
    assert text.encode("utf-8").decode("utf-8") == text
    assert not re.search("[\x00-\x09\x0b-\x1f\x7f-\x9f\u2028-\u202e\u2066-\u2069]", text)
    reasons = {one["reason"] for one in json.loads(text)["results"]}
    assert '<script>alert("x")</script>' in reasons
    assert len(reasons) == len(WORDS)
