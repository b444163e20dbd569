"""The CSV: one table, a header that stays, and nothing that a spreadsheet would run."""

import csv
import io
from dataclasses import replace

import pytest
from scans import HOSTILE, example, hostile, site

from kanalyze.history.model import Scan
from kanalyze.report import View, What, render, roles_of


def rows(scan: Scan, what: What = "sites", *roles: str) -> list[dict[str, str]]:
    text = "".join(render(scan, View(format="csv", what=what, roles=roles_of(roles))))
    return list(csv.DictReader(io.StringIO(text), strict=True))


@pytest.mark.parametrize(
    ("what", "header"),
    [
        (
            "sites",
            "id,role,file,line,function,policy,predicate,condition,true,true_by,false,false_by,"
            "signals,derived,guards,locks,config,reason,locked_by,installed_by,passed",
        ),
        (
            "sections",
            "id,seqcount,side,file,function,begin_line,end_line,statements,calls,locks,"
            "balanced,problem",
        ),
        (
            "events",
            "commit,date,author,subject,kind,id,role,file,function,before,after,reason,"
            "from_file,from_function,release,merge,trailers,from_id",
        ),
    ],
)
def test_the_header_stays(what: What, header: str) -> None:
    text = "".join(render(example(), View(format="csv", what=what)))
    assert text.splitlines()[0] == header


def test_a_row_a_site() -> None:
    found = rows(example())
    assert len(found) == len(example().sites)
    one = found[1]
    assert one["predicate"] == "wp_can_reuse_anon_folio(folio, vma)"
    assert (one["true"], one["true_by"]) == ("reuse", "wp_page_reuse")
    assert (one["false"], one["false_by"]) == ("copy", "goto copy")
    assert one["guards"].split("; ")[1:] == ["folio", "folio_test_anon(folio)"]
    assert (found[3]["true"], found[3]["false_by"]) == ("", "")
    assert found[2]["line"] == "5052"


def test_sections_and_events_when_asked_for() -> None:
    assert [row["balanced"] for row in rows(example(), "sections")] == ["yes", "no"]
    events = rows(example(), "events")
    assert [row["kind"] for row in events] == ["introduced", "changed", "removed", "moved"]
    assert events[1]["trailers"] == "Link: https://example.org/r/1"
    assert events[3]["merge"] == "yes"


def test_roles_choose_rows() -> None:
    assert {row["role"] for row in rows(example(), "sites", "arm", "other")} == {"arm", "other"}
    assert len(rows(example(), "events", "assertion")) == 1
    assert rows(example(), "sections", "arm") == []


@pytest.mark.parametrize("text", ["=1+1", "+a", "-EBUSY", "@x", " =cmd()", "\t=x", "\n-1"])
def test_text_is_no_formula(text: str) -> None:
    (row,) = rows(replace(example(), sites=(site(predicate=text, guards=(text, "a")),)))
    assert row["predicate"].startswith("'")
    assert row["guards"].startswith("'")


def test_text_that_is_no_formula_stays_as_it_is() -> None:
    text = '!(a == b) && "c, d" + 1'
    (row,) = rows(replace(example(), sites=(site(predicate=text),)))
    assert row["predicate"] == text


@pytest.mark.parametrize("what", ["sites", "sections", "events"])
def test_a_hostile_tree_makes_no_rows_and_no_control_characters(what: What) -> None:
    text = "".join(render(hostile(), View(format="csv", what=what)))
    text.encode("utf-8")
    assert not [c for c in text if c != "\n" and not c.isprintable() and ord(c) < 0xA0]
    scan = hostile()
    expected = {"sites": scan.sites, "sections": scan.sections, "events": scan.events}[what]
    assert text.count("\n") == len(expected) + 1
    assert len(rows(scan, what)) == len(expected)
    assert len(expected) % len(HOSTILE) == 0


def test_many_rows_come_in_pieces() -> None:
    many = replace(example(), sites=tuple(site(line=number) for number in range(1, 1002)))
    pieces = list(render(many, View(format="csv")))
    assert len(pieces) > 3
    assert [row["line"] for row in rows(many)] == [str(number) for number in range(1, 1002)]
