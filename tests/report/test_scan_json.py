"""The JSON: the interface that other programs rely on."""

import json
import re
import time
import typing
from dataclasses import fields, replace
from pathlib import Path
from typing import Any

import jsonschema
import pytest
from scans import event, example, hostile, section, site

import kanalyze.report
from kanalyze.history import model
from kanalyze.history.model import Scan
from kanalyze.report import ROLES, View, render, roles_of
from kanalyze.source import Outcomes, Role

SCHEMA_PATH = Path(kanalyze.report.__file__).parent / "schemas/scan-1.json"

#: What the design promises to others.
PROMISED = {
    "": "schema tree revision sites sections health events",
    "revision": "commit describe",
    "sites": ("id role file line function signals predicate outcomes policy guards locks config"),
    "sections": ("id seqcount side file function begin_line end_line statements calls balanced"),
    "health": "file function line problem",
    "events": "commit date subject kind id before after reason",
}


@pytest.fixture(scope="module")
def schema() -> Any:
    return json.loads(SCHEMA_PATH.read_text(encoding="utf-8"))


def rendered(scan: Scan, *roles: str) -> str:
    return "".join(render(scan, View(format="json", roles=roles_of(roles))))


def document(scan: Scan, *roles: str) -> Any:
    return json.loads(rendered(scan, *roles))


def valid(schema: Any, scan: Scan) -> None:
    jsonschema.Draft202012Validator(schema).validate(document(scan))


def test_the_schema_is_one(schema: Any) -> None:
    jsonschema.Draft202012Validator.check_schema(schema)


def test_documents_are_valid(schema: Any) -> None:
    valid(schema, example())
    valid(schema, hostile())
    empty = replace(
        example(), sites=(), sections=(), derived=(), health=(), events=(), notes=(), files=()
    )
    valid(schema, replace(empty, revision=model.Revision()))


@pytest.mark.parametrize("change", [{"schema": "kanalyze.scan/2"}, {"sites": [{}]}, {"roles": 1}])
def test_the_schema_refuses_what_is_no_scan(schema: Any, change: dict[str, Any]) -> None:
    with pytest.raises(jsonschema.ValidationError):
        jsonschema.Draft202012Validator(schema).validate(document(example()) | change)


def test_a_reader_of_today_accepts_fields_of_tomorrow(schema: Any) -> None:
    later = document(example()) | {"more": 1}
    later["sites"][0]["more"] = []
    jsonschema.Draft202012Validator(schema).validate(later)


def test_the_schema_describes_every_field(schema: Any) -> None:
    assert list(schema["properties"])[:2] == ["schema", "roles"]
    names = {field.name for field in fields(Scan)}
    assert set(schema["properties"]) == names | {"roles"} == set(schema["required"])
    for name, record in (
        ("site", model.SiteRecord),
        ("section", model.SectionRecord),
        ("problem", model.HealthRecord),
        ("derived", model.DerivedSignal),
        ("event", model.Event),
        ("perhaps", model.Perhaps),
        ("outcomes", Outcomes),
    ):
        described = schema["$defs"][name]
        assert set(described["properties"]) == {field.name for field in fields(record)}
        assert set(described["required"]) == set(described["properties"])
    assert tuple(schema["$defs"]["site"]["properties"]["role"]["enum"]) == typing.get_args(Role)
    assert (*typing.get_args(Role), "section") == ROLES
    reasons = typing.get_args(model.LinkReason)
    assert tuple(schema["$defs"]["event"]["properties"]["links"]["items"]["enum"]) == reasons
    below = schema["$defs"]["perhaps"]["properties"]["confidence"]["exclusiveMaximum"]
    assert below == model.BAR


def test_what_the_design_promises_is_there() -> None:
    shown = document(example())
    assert shown["schema"] == "kanalyze.scan/1"
    for place, names in PROMISED.items():
        part = shown[place] if place else shown
        for record in part if isinstance(part, list) else [part]:
            assert set(names.split()) <= set(record), place
    assert shown["sites"][1]["outcomes"] == {
        "true": "reuse",
        "false": "copy",
        "true_by": "wp_page_reuse",
        "false_by": "goto copy",
    }
    assert shown["sites"][3]["outcomes"] is None
    assert shown["events"][1]["trailers"] == [["Link", "https://example.org/r/1"]]
    assert shown["events"][1]["links"] == ["predicate changed"]
    assert shown["events"][1]["confidence"] == 0.8
    assert shown["derived"] == [{"name": "wp_can_reuse_anon_folio", "groups": ["ksm", "refcount"]}]


def test_it_holds_everything_unless_roles_are_asked_for() -> None:
    scan = example()
    everything = document(scan)
    assert everything["roles"] == list(ROLES)
    assert len(everything["sites"]) == len(scan.sites)
    assert len(everything["events"]) == len(scan.events)
    arms = document(scan, "arm")
    assert arms["roles"] == ["arm"]
    assert [one["role"] for one in arms["sites"]] == ["arm"]
    assert (arms["sections"], arms["events"]) == ([], [])
    assert len(arms["health"]) == len(scan.health)
    assert len(document(scan, "section")["sections"]) == 2


def test_every_record_stands_on_its_own_line() -> None:
    lines = rendered(example()).splitlines()
    records = [json.loads(line.rstrip(",")) for line in lines if line.startswith('{"id"')]
    assert len(records) == len(example().sites) + len(example().sections)


@pytest.mark.parametrize(
    ("text", "read"),
    [
        ("caf\udce9", "caf\ufffd"),
        ("\ud800x\udfff", "\ufffdx\ufffd"),
        ("caf\u00e9 \U0001f600", "caf\u00e9 \U0001f600"),
        ("\x1b[2J\x9b\x7f\x00", "\x1b[2J\x9b\x7f\x00"),
        ("a\u202eb\u2028", "a\u202eb\u2028"),
        ('quote " back \\ slash', 'quote " back \\ slash'),
    ],
)
def test_text_comes_through(text: str, read: str) -> None:
    scan = replace(
        example(), sites=(site(guards=(text,)),), events=(event(subject=text),), tree=text
    )
    shown = document(scan)
    assert shown["sites"][0]["guards"] == [read]
    assert shown["events"][0]["subject"] == read
    assert shown["tree"] == read


def test_the_document_is_utf8_that_no_terminal_obeys() -> None:
    text = rendered(hostile())
    assert text.encode("utf-8").decode("utf-8") == text
    assert not re.search("[\x00-\x09\x0b-\x1f\x7f-\x9f\u2028-\u202e\u2066-\u2069]", text)


def test_a_large_scan_is_written_fast() -> None:
    sites = tuple(site(line=number, id=f"f.{number}") for number in range(1, 1001))
    events = tuple(event(commit=f"{number:040x}", author="Jos\udce9") for number in range(5000))
    large = replace(example(), sites=sites, sections=(section(),) * 50, events=events)
    document(large)
    times = []
    for _ in range(5):
        begin = time.process_time()
        for piece in render(large, View(format="json")):
            piece.encode()
        times.append(time.process_time() - begin)
    # 50 ms is the aim, of work and not of waiting: the machine may be busy otherwise.
    assert min(times) < 0.25, times
