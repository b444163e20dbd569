"""A review for programs that count, collect or mark: checks, SARIF, annotations, JUnit."""

import json
import re
import xml.etree.ElementTree as ET
from dataclasses import replace
from pathlib import Path
from typing import Any

import jsonschema
import pytest
from review_parts import LEAK, arm, finding, touched
from reviews import ATTACKS, diff, hostile, nothing, review, series

import kanalyze.report
from kanalyze.report import (
    View,
    review_annotations,
    review_b4,
    review_junit,
    review_patchwork,
    review_sarif,
)
from kanalyze.review.model import Review

GOLDEN = Path(__file__).parent / "golden"
RECORDS = {
    "one": review(),
    "series": series(),
    "nothing": nothing(),
    "diff": diff(),
    "hostile": hostile(),
}
URL = "https://ci.example.org/review/1"
FORMS = {
    "b4.json": review_b4,
    "patchwork.json": review_patchwork,
    "sarif.json": review_sarif,
    "github.txt": review_annotations,
    "junit.xml": review_junit,
}


@pytest.mark.parametrize("form", FORMS)
def test_forms_are_as_they_were(form: str) -> None:
    shown = "".join(FORMS[form](series()))
    assert shown == (GOLDEN / f"review-{form}").read_text(encoding="utf-8")


def test_a_form_can_be_made_again() -> None:
    """A module that is called as the function would take its place once it is imported."""
    for name in (
        *("text", "json", "html", "markdown", "b4", "patchwork"),
        *("sarif", "annotations", "junit"),
    ):
        function = getattr(kanalyze.report, f"review_{name}")
        arguments = (View(),) if name == "text" else ()
        assert "".join(function(nothing(), *arguments))
        assert getattr(kanalyze.report, f"review_{name}") is function


@pytest.mark.parametrize("form", FORMS)
def test_nothing_in_them_is_obeyed_by_a_terminal(form: str) -> None:
    shown = "".join(FORMS[form](hostile()))
    shown.encode("utf-8")
    assert not re.search("[\x00-\x08\x0b-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069]", shown)


# ------------------------------------------------------------------ b4


def b4(record: Review, url: str = "") -> list[dict[str, str]]:
    found: list[dict[str, str]] = json.loads("".join(review_b4(record, url)))
    return found


@pytest.mark.parametrize("name", RECORDS)
def test_b4_gets_what_it_documents(name: str) -> None:
    for one in b4(RECORDS[name], URL):
        assert set(one) <= {"tool", "status", "summary", "url", "details"}
        assert one["status"] in ("pass", "warn", "fail")
        assert "\n" not in one["summary"]
        assert one["url"] == URL
    assert "url" not in b4(RECORDS[name])[0]


def status(record: Review) -> str:
    return b4(record)[0]["status"]


def test_b4_fails_warns_and_passes() -> None:
    assert status(review()) == "fail"
    assert status(review(findings=(finding(effect="unknown"),))) == "warn"
    assert status(review(findings=(finding(effect="weakens"),))) == "warn"
    for effect in ("changes", "restores", "same"):
        assert status(review(findings=(finding(effect=effect),))) == "pass"
    assert status(review(findings=(touched(),))) == "pass"
    assert status(nothing()) == "pass"
    assert status(nothing(partial=True)) == "warn"


def test_b4_is_told_of_tests_where_there_were_any() -> None:
    assert [one["tool"] for one in b4(review())] == ["kanalyze"]
    analysis, run = b4(series())
    assert run["tool"] == "kanalyze-run"
    assert run["status"] == "fail"
    assert "pass -> fail\nnot ok 12" in run["details"]
    kept = tuple(replace(one, after=one.before) for one in series().evidence)
    assert b4(series(evidence=kept))[1]["status"] == "pass"


def test_b4_details_name_lines_and_what_was_so_before() -> None:
    details = b4(review())[0]["details"]
    assert "BREAKS mm/memory.c:4208" in details
    assert "so before: do_wp_page() copies a page that is pinned" in details


# ------------------------------------------------------------------ patchwork


def test_patchwork_gets_a_check_for_each_patch() -> None:
    for name, record in RECORDS.items():
        checks = [json.loads(line) for line in review_patchwork(record, URL)]
        assert len(checks) == len(record.patches), name
        for one in checks:
            assert set(one) == {"state", "target_url", "context", "description"}
            assert one["state"] in ("success", "warning", "fail")
            assert re.fullmatch(r"[-\w]+", one["context"])  # a slug
            assert 0 < len(one["description"]) < 300 and "\n" not in one["description"]
    only_second = series(findings=(arm(),))
    states = [json.loads(line)["state"] for line in review_patchwork(only_second)]
    assert states == ["success", "fail"]
    assert "target_url" not in "".join(review_patchwork(review()))


# ------------------------------------------------------------------ SARIF


@pytest.fixture(scope="module")
def schema() -> Any:
    """The parts of SARIF's schema that we use; the names and types are the standard's."""
    text = {"type": "object", "required": ["text"], "properties": {"text": {"type": "string"}}}
    level = {"enum": ["none", "note", "warning", "error"]}
    location = {
        "type": "object",
        "additionalProperties": False,
        "properties": {
            "physicalLocation": {
                "type": "object",
                "additionalProperties": False,
                "properties": {
                    "artifactLocation": {
                        "type": "object",
                        "additionalProperties": False,
                        "properties": {
                            "uri": {"type": "string", "pattern": r"^[A-Za-z0-9/+,=~._%-]*$"},
                            "uriBaseId": {"const": "SRCROOT"},
                        },
                    },
                    "region": {
                        "type": "object",
                        "additionalProperties": False,
                        "properties": {"startLine": {"type": "integer", "minimum": 1}},
                    },
                },
            },
            "logicalLocations": {"type": "array"},
        },
    }
    result = {
        "type": "object",
        "required": ["message"],
        "additionalProperties": False,
        "properties": {
            "ruleId": {"type": "string"},
            "ruleIndex": {"type": "integer", "minimum": 0},
            "kind": {"enum": ["fail", "informational"]},
            "level": level,
            "baselineState": {"enum": ["new", "unchanged"]},
            "message": text,
            "locations": {"type": "array", "items": location, "minItems": 1},
            "partialFingerprints": {
                "type": "object",
                "additionalProperties": {"type": "string"},
            },
            "hostedViewerUri": {"type": "string"},
            "properties": {"type": "object"},
        },
    }
    run = {
        "type": "object",
        "required": ["tool", "results"],
        "properties": {"results": {"type": "array", "items": result}},
    }
    return {
        "type": "object",
        "required": ["version", "runs"],
        "additionalProperties": False,
        "properties": {
            "$schema": {"type": "string"},
            "version": {"const": "2.1.0"},
            "runs": {"type": "array", "items": run, "minItems": 1},
        },
    }


def sarif(record: Review) -> Any:
    return json.loads("".join(review_sarif(record)))["runs"][0]


@pytest.mark.parametrize("name", RECORDS)
def test_sarif_has_the_form_of_the_standard(schema: Any, name: str) -> None:
    log = json.loads("".join(review_sarif(RECORDS[name], URL)))
    jsonschema.Draft202012Validator(schema).validate(log)
    run = log["runs"][0]
    rules = run["tool"]["driver"]["rules"]
    for one in run["results"]:
        assert rules[one["ruleIndex"]]["id"] == one["ruleId"]
        # the standard: a level other than "none" is for kind "fail" only (3.27.10)
        assert one["kind"] == "fail" or one["level"] == "none"
    prints = [one["partialFingerprints"]["kanalyzeFinding/v1"] for one in run["results"]]
    if name != "hostile":
        assert len(set(prints)) == len(prints)


def test_sarif_names_the_line_that_the_patch_leaves() -> None:
    first = sarif(review())["results"][0]
    assert first["ruleId"] == "R1"
    assert first["level"] == "error"
    assert first["baselineState"] == "new"
    where = first["locations"][0]["physicalLocation"]
    assert where["artifactLocation"] == {"uri": "mm/memory.c", "uriBaseId": "SRCROOT"}
    assert where["region"] == {"startLine": 4208}
    old = sarif(review())["results"][2]
    assert (old["baselineState"], old["level"], old["ruleId"]) == ("unchanged", "note", "R3")
    assert "region" not in old["locations"][0]["physicalLocation"]


def test_sarif_rules_follow_what_was_found() -> None:
    rules = {
        "R3": arm(),
        "not-followed": finding(effect="unknown", rules=()),
        "answers": finding(effect="changes", rules=()),
        "section": finding(effect="changes", about="section", rules=()),
    }
    for rule, one in rules.items():
        assert sarif(review(findings=(one,)))["results"][0]["ruleId"] == rule
    good = sarif(review(findings=(finding(effect="restores"),)))["results"][0]
    assert (good["kind"], good["level"]) == ("informational", "none")


def test_a_fingerprint_outlives_lines_and_counts() -> None:
    def fingerprint(**changes: Any) -> str:
        one = sarif(review(findings=(finding(**changes),)))["results"][0]
        return str(one["partialFingerprints"])

    assert fingerprint() == fingerprint(anchor=None, states=5, state="another", guards=())
    assert fingerprint() != fingerprint(function="do_swap_page")
    assert fingerprint() != fingerprint(rules=("R3",))


# ------------------------------------------------------------------ GitHub


COMMAND = re.compile(r"::(error|warning|notice) ((?:\w+=[^,:\n]*,?)*)::([^\n]*)\n")


@pytest.mark.parametrize("name", RECORDS)
def test_annotations_are_commands_and_nothing_else(name: str) -> None:
    for line in review_annotations(RECORDS[name]):
        match = COMMAND.fullmatch(line)
        assert match, line
        assert set(re.findall(r"(?:^|,)(\w+)=", match[2])) <= {"file", "line", "title"}


def test_annotations_are_escaped_as_actions_reads_them() -> None:
    name = "a%b,c:d\ne"
    line = list(review_annotations(review(findings=(finding(function=name),))))[1]
    match = COMMAND.fullmatch(line)
    assert match
    assert "title=BREAKS a%25b%2Cc%3Ad e()" in match[2]
    assert match[3].count("%0A") == 2
    assert "file=mm/memory.c,line=4208," in match[2]


def test_annotations_weigh_as_findings_do() -> None:
    kinds = {"breaks": "error", "weakens": "warning", "unknown": "warning", "changes": "notice"}
    for effect, kind in kinds.items():
        lines = list(review_annotations(review(findings=(finding(effect=effect),))))
        assert [line.split(" ")[0] for line in lines] == [f"::{kind}"] * 2
    lines = list(review_annotations(series()))
    assert lines[-1].startswith(
        f"::error title={LEAK} on 7.2.13 (config small)::pass -> fail%0Anot ok 12"
    )


# ------------------------------------------------------------------ JUnit


@pytest.mark.parametrize("name", RECORDS)
def test_junit_counts_what_it_holds(name: str) -> None:
    root = ET.fromstring("".join(review_junit(RECORDS[name])).encode())
    for level in (root, *root.iter("testsuite")):
        cases = list(level.iter("testcase"))
        assert int(level.attrib["tests"]) == len(cases) > 0
        for attribute, element in (
            ("failures", "failure"),
            ("errors", "error"),
            ("skipped", "skipped"),
        ):
            found = sum(case.find(element) is not None for case in cases)
            assert int(level.attrib[attribute]) == found


def test_junit_has_a_suite_for_each_patch_and_kernel() -> None:
    root = ET.fromstring("".join(review_junit(series())).encode())
    names = [suite.attrib["name"] for suite in root.iter("testsuite")]
    assert names == [
        "patch 1: mm: use folio_mapcount() where a page is reused",
        "patch 2: mm: fork: no need to look at pins",
        "on 7.2.13 (config small)",
    ]
    kinds = [[child.tag for child in case][:1] for case in root.iter("testcase")]
    assert kinds == [
        ["failure"],
        ["failure"],
        ["failure"],
        ["failure"],
        ["skipped"],
        *[["system-out"]] * 2,
    ]
    root = ET.fromstring("".join(review_junit(nothing())).encode())
    assert [case.attrib["name"] for case in root.iter("testcase")] == ["no finding"]


def test_junit_takes_text_as_text() -> None:
    root = ET.fromstring("".join(review_junit(hostile())).encode())
    names = "\n".join(suite.attrib["name"] for suite in root.iter("testsuite"))
    assert "<script>alert(1)</script>" in names
    assert len(list(root)) == 2 * len(ATTACKS)
