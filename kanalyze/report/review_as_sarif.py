"""A review in SARIF 2.1.0, which pages for code scanning read.

The standard is OASIS', "Static Analysis Results Interchange Format (SARIF)
Version 2.1.0".  What the series introduces is "new" against its base, what was so
before is "unchanged".
"""

import hashlib
import json
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any
from urllib.parse import quote

from kanalyze import __version__
from kanalyze.report.layout import one_line, shortened
from kanalyze.report.review_diff import place
from kanalyze.report.review_evidence import ran_on, shown
from kanalyze.report.review_words import RULES, remark, severity

if TYPE_CHECKING:
    from kanalyze.review.model import Finding, Review

_SCHEMA = (
    "https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/sarif-schema-2.1.0.json"
)
_ROOT = "SRCROOT"
_LONG = 4000
#: Rule ids, a name, what each says, and how grave it is unless a finding says otherwise.
_RULES = (
    ("R1", "ExclusiveOwnership", f"Rule 1: {RULES['R1']}.", "error"),
    ("R2", "SpuriousCopy", f"Rule 2: {RULES['R2']}, but it costs time.", "note"),
    ("R3", "PinnedIsNotArmed", f"Rule 3: {RULES['R3']}.", "error"),
    ("answers", "AnswersChanged", "A decision comes to other outcomes; no rule is broken.", "note"),
    ("not-followed", "NotFollowed", "A change to what decides could not be followed.", "warning"),
    ("section", "SectionChanged", "What is in a seqcount section changed.", "note"),
)
_IDS = tuple(id_ for id_, *_ in _RULES)


def review_sarif(review: "Review", url: str = "") -> Iterator[str]:
    """Yield the log, to be written as UTF-8; ``url`` is where a whole report can be read."""
    results = [_result(review, one, url) for one in review.findings]
    run: dict[str, Any] = {
        "tool": {
            "driver": {
                "name": "kanalyze",
                "version": __version__,
                "rules": [
                    {
                        "id": id_,
                        "name": name,
                        "shortDescription": {"text": text},
                        "defaultConfiguration": {"level": level},
                    }
                    for id_, name, text, level in _RULES
                ],
            }
        },
        "automationDetails": {"id": "kanalyze/review/"},
        "originalUriBaseIds": {_ROOT: {"description": {"text": "The top of the kernel tree."}}},
        "invocations": [
            {
                "executionSuccessful": True,
                "toolExecutionNotifications": [
                    {"level": "note", "message": {"text": _text(note)}} for note in review.notes
                ],
            }
        ],
        "results": results,
    }
    yield json.dumps({"$schema": _SCHEMA, "version": "2.1.0", "runs": [run]}, indent=1) + "\n"


def _result(review: "Review", one: "Finding", url: str) -> dict[str, Any]:
    rule = _rule(one)
    good = one.status == "introduced" and one.effect in ("restores", "same")
    result: dict[str, Any] = {
        "ruleId": rule,
        "ruleIndex": _IDS.index(rule),
        "kind": "informational" if good else "fail",
        "level": "none" if good else severity(one),
        "baselineState": "new" if one.status == "introduced" else "unchanged",
        "message": {"text": _text(" ".join(remark(review, one)))},
        "locations": [_location(review, one)],
        "partialFingerprints": {"kanalyzeFinding/v1": _fingerprint(one, rule)},
        "properties": {
            "status": one.status,
            "effect": one.effect,
            "about": one.about,
            "patch": one.patch,
            "before": [_text(name) for name in one.before],
            "after": [_text(name) for name in one.after],
            "path": [_text(step) for step in one.path],
            "ids": [_text(id_) for id_ in one.ids],
            "guards": [_text(name) for name in one.guards],
            "shown": [
                {
                    "case": _text(case.case),
                    "kernel": _text(ran_on(case)),
                    "before": _text(case.before),
                    "after": _text(case.after),
                }
                for case in shown(review, one)
            ],
        },
    }
    if url:
        result["hostedViewerUri"] = url
    return result


def _rule(one: "Finding") -> str:
    named = one.rules[0] if one.rules else ""
    if named in _IDS:
        return named
    if one.effect == "unknown":
        return "not-followed"
    return "section" if one.about == "section" else "answers"


def _location(review: "Review", one: "Finding") -> dict[str, Any]:
    where = place(review, one)
    # A path is a URI here, relative to the top.
    uri = quote(one_line(where.file).lstrip("/"), safe="/+,=~-._")
    physical: dict[str, Any] = {"artifactLocation": {"uri": uri, "uriBaseId": _ROOT}}
    if where.line:
        physical["region"] = {"startLine": where.line}
    name = {"name": _text(one.function), "kind": "function"}
    return {"physicalLocation": physical, "logicalLocations": [name]}


def _fingerprint(one: "Finding", rule: str) -> str:
    """Return what stays the same while lines move and states are counted anew."""
    parts = (rule, one.about, one.file, one.function, one.what)
    return hashlib.sha256("\0".join(parts).encode("utf-8", "surrogatepass")).hexdigest()[:32]


def _text(text: str) -> str:
    return shortened(one_line(text), _LONG)
