"""The JSON of a campaign: an interface, with its schema."""

import json
import re
import typing
from dataclasses import fields, replace
from pathlib import Path
from typing import Any

import jsonschema
import pytest
from mutations import hostile, mutation

import kanalyze.report
from kanalyze.lab import model, mutant_model
from kanalyze.mutants import Mutant, MutantWitness
from kanalyze.report import mutation_json
from kanalyze.review.mutation import Mutation

SCHEMA = Path(kanalyze.report.__file__).parent / "schemas/mutation-1.json"
#: What only the campaign itself has a use for.
LEFT_OUT = {"edits", "choices", "counts"}


@pytest.fixture(scope="module")
def schema() -> Any:
    return json.loads(SCHEMA.read_text(encoding="utf-8"))


def document(record: Mutation) -> Any:
    return json.loads("".join(mutation_json(record)))


def test_the_schema_is_one(schema: Any) -> None:
    jsonschema.Draft202012Validator.check_schema(schema)


@pytest.mark.parametrize("record", [mutation(), hostile()])
def test_documents_are_as_the_schema_says(schema: Any, record: Mutation) -> None:
    jsonschema.validate(document(record), schema)
    empty = replace(record, mutants=(), results=(), facts=(), notes=())
    jsonschema.validate(document(empty), schema)


@pytest.mark.parametrize(
    ("name", "record"),
    [
        ("mutant", Mutant),
        ("witness", MutantWitness),
        ("result", mutant_model.MutantResult),
        ("verdict", mutant_model.SuiteVerdict),
        ("kill", mutant_model.Kill),
        ("baseline", mutant_model.Baseline),
        ("case", mutant_model.CaseCount),
    ],
)
def test_no_field_is_forgotten(schema: Any, name: str, record: Any) -> None:
    expected = [one.name for one in fields(record) if one.name not in LEFT_OUT]
    assert list(schema["$defs"][name]["properties"]) == expected
    assert schema["$defs"][name]["required"] == expected


def test_every_outcome_is_in_the_schema(schema: Any) -> None:
    known = schema["$defs"]
    assert known["verdict"]["properties"]["outcome"]["enum"] == list(
        typing.get_args(mutant_model.MutantOutcome)
    )
    assert known["case"]["properties"]["outcome"]["enum"] == list(typing.get_args(model.Outcome))


def test_the_document_says_what_the_campaign_found() -> None:
    found = document(mutation())
    assert found["schema"] == "kanalyze.mutation/1"
    assert found["results"][0]["verdicts"][0]["kills"][0]["line"] == "not ok 7 anon child R1"
    assert found["mutants"][3]["witness"] is None
    assert found["baseline"]["cases"][1] == {
        "program": "cow", "case": "fork", "number": 0, "outcome": "fail", "copied": 0,
        "milliseconds": 0,
    }  # fmt: skip
    assert not LEFT_OUT & {name for one in found["mutants"] for name in one}


def test_a_record_a_line() -> None:
    lines = "".join(mutation_json(mutation())).splitlines()
    assert sum(line.startswith('{"id":') for line in lines) == 8 + 7


def test_no_tree_speaks_to_the_terminal() -> None:
    text = "".join(mutation_json(hostile()))
    text.encode("utf-8")
    assert not re.search("[\x00-\x09\x0b-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069]", text)
