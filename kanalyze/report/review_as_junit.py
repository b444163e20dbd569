"""A review as JUnit XML: a suite for each patch, and one for each kernel that tests ran on."""

from collections.abc import Iterator
from typing import TYPE_CHECKING
from xml.sax.saxutils import escape, quoteattr

from kanalyze.report.layout import shortened
from kanalyze.report.markup import clean
from kanalyze.report.review_diff import place
from kanalyze.report.review_evidence import change, ran_on, words_of
from kanalyze.report.review_phrases import topic
from kanalyze.report.review_words import VERDICTS, introduced, remark, severity

if TYPE_CHECKING:
    from kanalyze.review.model import Evidence, Finding, Review

_LONGEST = 2000
_LINES = 200
# A case of JUnit: its name, its element ("" for a pass) and message, and what else it said.
_Case = tuple[str, str, str, list[str]]


def review_junit(review: "Review") -> Iterator[str]:
    """Yield the document, to be written as UTF-8.

    A broken rule is a failure, what could not be followed an error.
    """
    found = introduced(review)
    suites: dict[str, list[_Case]] = {}
    for patch in review.patches:
        own = [one for one in found if one.patch == patch.number]
        name = f"patch {patch.number}: {patch.title}" if patch.title else f"patch {patch.number}"
        suites[name] = [_finding(review, one) for one in own] or [("no finding", "", "", [])]
    for one in review.evidence:
        suites.setdefault(f"on {ran_on(one)}", []).append(_evidence(one))
    every = [case for cases in suites.values() for case in cases]
    yield '<?xml version="1.0" encoding="UTF-8"?>\n'
    yield f'<testsuites name="kanalyze review" {_sums(every)}>\n'
    for name, cases in suites.items():
        yield f"<testsuite name={_attribute(name)} {_sums(cases)}>\n"
        for case in cases:
            yield from _case(name, case)
        yield "</testsuite>\n"
    yield "</testsuites>\n"


def _finding(review: "Review", one: "Finding") -> _Case:
    where = place(review, one)
    name = f"{topic(one)}, {one.about}: {VERDICTS[one.effect]}: {one.what}"
    element = {"error": "failure", "warning": "error", "note": ""}[severity(one)]
    line = f":{where.line}" if where.line else ""
    return name, element, one.what, [f"{where.file}{line}", *remark(review, one)]


def _evidence(one: "Evidence") -> _Case:
    message = f"{one.before} before the series, {one.after} after it"
    element = "skipped" if one.after in ("skip", "not-run", "xfail") else ""
    if one.after != "pass" and not element:
        element = "failure" if one.before == "pass" else "error"
    log = [f"log: {one.log}"] if one.log else []
    return one.case, element, message, [change(one), *words_of(one, _LINES), *log]


def _case(suite: str, case: _Case) -> Iterator[str]:
    name, element, message, lines = case
    yield f"<testcase classname={_attribute(suite.replace('.', '_'))} name={_attribute(name)}>\n"
    if element:
        yield f"<{element} message={_attribute(message)}/>\n"
    if lines:
        said = "\n".join(escape(shortened(clean(line), _LONGEST)) for line in lines)
        yield f"<system-out>{said}</system-out>\n"
    yield "</testcase>\n"


def _sums(cases: list[_Case]) -> str:
    counts = {
        name: sum(case[1] == name for case in cases) for name in ("failure", "error", "skipped")
    }
    return (
        f'tests="{len(cases)}" failures="{counts["failure"]}"'
        f' errors="{counts["error"]}" skipped="{counts["skipped"]}"'
    )


def _attribute(text: str) -> str:
    return quoteattr(shortened(clean(text), _LONGEST))
