"""The pages in docs/ against what they describe."""

import json
import re
import sqlite3
from pathlib import Path
from typing import Any

import pytest

from kanalyze.history.store import SCHEMA_VERSION, Store

TOP = Path(__file__).resolve().parent.parent
SCHEMAS = TOP / "kanalyze/report/schemas"
#: The pages on JSON, and what each calls the records of its schemas that have no name there.
PAGES = {
    "scan-json.md": {"scan-1.json": "document"},
    "generate-json.md": {"generate-1.json": "document"},
    "run-json.md": {"run-1.json": "document"},
    "mutation-json.md": {"mutation-1.json": "document"},
    "review-json.md": {"review-1.json": "document"},
    "history-json.md": {"history-1.json": "document", "history-against-1.json": "against"},
    "explain-json.md": {
        "explain-1.json": "document",
        "explain-compare-1.json": "comparison",
        "explain-over-1.json": "lanes",
    },
}


def sections(page: str, marks: str) -> dict[str, str]:
    """Return heading -> text of the parts of a page under headings of one level."""
    parts = re.split(rf"^{marks} (.+)$", (TOP / "docs" / page).read_text(), flags=re.MULTILINE)
    return dict(zip(parts[1::2], parts[2::2], strict=True))


def rows(text: str) -> list[tuple[str, str, str]]:
    """Return name, type and meaning of each row of the table in ``text``."""
    found = re.findall(r"^\| `(\w+)` \| (.+?) \| (.+) \|$", text, flags=re.MULTILINE)
    return [(name, kind, meaning) for name, kind, meaning in found]


def records(page: str) -> dict[str, dict[str, Any]]:
    """Return the records of a page's JSON schemas, the documents and the revision among them."""
    found: dict[str, dict[str, Any]] = {}
    for file, name in PAGES[page].items():
        schema = json.loads((SCHEMAS / file).read_text())
        found[name] = schema["properties"]
        if "revision" in schema["properties"]:
            found["revision"] = schema["properties"]["revision"]["properties"]
        found |= {name: record["properties"] for name, record in schema["$defs"].items()}
    return found


EVERY = [(page, name) for page in PAGES for name in records(page)]


def test_every_schema_has_its_page() -> None:
    assert {file for files in PAGES.values() for file in files} == {
        path.name for path in SCHEMAS.glob("*.json")
    }


@pytest.mark.parametrize("page", PAGES)
def test_every_record_of_the_json_has_its_place_in_the_page(page: str) -> None:
    assert set(sections(page, "##")) == set(records(page))


@pytest.mark.parametrize(("page", "name"), EVERY)
def test_every_field_of_the_json_is_described(page: str, name: str) -> None:
    described = rows(sections(page, "##")[name])
    assert [field for field, _, _ in described] == list(records(page)[name])


@pytest.mark.parametrize(("page", "name"), EVERY)
def test_the_types_of_the_json_are_right(page: str, name: str) -> None:
    words = {"string": "string", "integer": "number", "boolean": "boolean", "array": "list"}
    for field, kind, _ in rows(sections(page, "##")[name]):
        own = records(page)[name][field]
        expected = words.get(own.get("type", "string" if "const" in own or "enum" in own else ""))
        assert expected is None or kind.split()[0] == expected, field


@pytest.mark.parametrize(("page", "name"), EVERY)
def test_every_value_that_the_schema_lists_is_named(page: str, name: str) -> None:
    text = (TOP / "docs" / page).read_text()
    for field, own in records(page)[name].items():
        for value in own.get("enum", ()):
            assert f"`{value}`" in text, f"{name}.{field}"


@pytest.fixture
def tables(tmp_path: Path) -> dict[str, list[tuple[str, str]]]:
    """The tables of a real store: name -> columns with their types."""
    path = tmp_path / "facts.sqlite"
    with Store(path, "test"):
        pass
    database = sqlite3.connect(path)
    names = database.execute(
        "SELECT name FROM sqlite_master WHERE type = 'table' AND name NOT LIKE 'sqlite_%'"
    ).fetchall()
    return {
        name: [(row[1], row[2]) for row in database.execute(f"PRAGMA table_info({name})")]
        for (name,) in names
    }


def test_the_tables_of_the_store_are_those_of_the_page(
    tables: dict[str, list[tuple[str, str]]],
) -> None:
    described = {
        name: [(column, kind) for column, kind, _ in rows(text)]
        for name, text in sections("fact-store.md", "###").items()
    }
    assert described == tables


def test_the_page_is_about_the_schema_of_today() -> None:
    assert f"schema version {SCHEMA_VERSION} " in (TOP / "docs/fact-store.md").read_text()
