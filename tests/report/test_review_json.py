"""The JSON of a review: an interface, with its schema."""

import json
import re
import typing
from dataclasses import fields, replace
from pathlib import Path
from typing import Any

import jsonschema
import pytest
from review_parts import finding, patch
from reviews import diff, hostile, nothing, range_, review, series

import kanalyze.report
from kanalyze.report import review_json
from kanalyze.review import mail, model
from kanalyze.review.model import Review
from kanalyze.semantics.model import ChangedGroup, Difference, Witness

SCHEMAS = Path(kanalyze.report.__file__).parent / "schemas"
EXAMPLES = [review(), series(), nothing(), range_(), diff(), review(partial=True), hostile()]


@pytest.fixture(scope="module")
def schema() -> Any:
    return json.loads((SCHEMAS / "review-1.json").read_text(encoding="utf-8"))


def rendered(record: Review) -> str:
    return "".join(review_json(record))


def document(record: Review) -> Any:
    return json.loads(rendered(record))


def test_the_schema_is_one(schema: Any) -> None:
    jsonschema.Draft202012Validator.check_schema(schema)


@pytest.mark.parametrize("record", EXAMPLES)
def test_documents_are_valid(schema: Any, record: Review) -> None:
    jsonschema.Draft202012Validator(schema).validate(document(record))


@pytest.mark.parametrize(
    "change",
    [
        {"schema": "kanalyze.review/2"},
        {"findings": [{}]},
        {"version": "2"},
        {"cover": {}},
        {"facts": [["one"]]},
    ],
)
def test_the_schema_refuses_what_is_no_review(schema: Any, change: dict[str, Any]) -> None:
    with pytest.raises(jsonschema.ValidationError):
        jsonschema.Draft202012Validator(schema).validate(document(review()) | change)


def test_a_reader_of_today_accepts_fields_of_tomorrow(schema: Any) -> None:
    later = document(series()) | {"more": 1}
    later["findings"][0]["more"] = []
    later["patches"][0]["mail"]["more"] = {}
    jsonschema.Draft202012Validator(schema).validate(later)


def test_the_schema_describes_every_field(schema: Any) -> None:
    assert set(schema["properties"]) == {one.name for one in fields(Review)}
    assert set(schema["required"]) == set(schema["properties"])
    for name, record in (
        ("patch", model.PatchReview),
        ("touch", model.Touch),
        ("finding", model.Finding),
        ("anchor", model.Anchor),
        ("evidence", model.Evidence),
        ("mutant", model.Mutated),
        ("mail", mail.Mail),
        ("difference", Difference),
        ("changed_group", ChangedGroup),
        ("witness", Witness),
    ):
        described = schema["$defs"][name]
        assert set(described["properties"]) == {one.name for one in fields(record)}
        assert set(described["required"]) == set(described["properties"])
    own = schema["$defs"]["finding"]["properties"]
    for name, values in (
        ("status", model.Status),
        ("effect", model.Effect),
        ("about", model.About),
    ):
        assert tuple(own[name]["enum"]) == typing.get_args(values)


def test_records_of_other_commands_are_as_they_have_them(schema: Any) -> None:
    for file, names in (
        ("scan-1.json", ("event", "perhaps")),
        ("explain-compare-1.json", ("difference", "changed_group", "witness", "step", "state")),
    ):
        other = json.loads((SCHEMAS / file).read_text(encoding="utf-8"))
        for name in names:
            assert schema["$defs"][name] == other["$defs"][name]


def test_everything_comes_through() -> None:
    shown = document(series())
    assert shown["schema"] == "kanalyze.review/1"
    assert [one["patch"] for one in shown["findings"]] == [1, 1, 2, 0]
    assert shown["patches"][0]["mail"]["to"][0] == "linux-mm@kvack.org"
    assert shown["cover"]["subject"] == "[PATCH v2 0/2] mm: simpler COW"
    assert shown["findings"][0]["anchor"]["line"] == 11
    assert shown["differences"][0]["groups"][0]["breaks"] == ["R1"]
    assert document(diff())["cover"] is None


def test_every_finding_has_its_line() -> None:
    text = rendered(review(findings=(finding(), replace(finding(), function="x"))))
    lines = [line for line in text.split("\n") if line.startswith('{"status":')]
    assert len(lines) == 2


def test_what_a_terminal_obeys_is_written_as_escapes() -> None:
    text = rendered(hostile())
    text.encode("utf-8")
    assert not re.search("[\x00-\x09\x0b-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069]", text)
    evil = "\x1b[2J\u202e"
    again = document(review(patches=(patch(title=evil, diff=evil),)))
    assert again["patches"][0]["title"] == again["patches"][0]["diff"] == evil
