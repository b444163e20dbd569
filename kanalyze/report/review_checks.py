"""A review as the result of a check: for b4's matrix, and for patchwork.

Both want a status, a line, and details.  b4 documents what a check prints under
"CI check integration" of ``b4 review``; patchwork's REST API what is posted to
``/patches/ID/checks/``.
"""

import json
from collections.abc import Iterator
from typing import TYPE_CHECKING

from kanalyze.report.layout import one_line, shortened
from kanalyze.report.review_diff import place
from kanalyze.report.review_evidence import change, lost, ran_on, tested
from kanalyze.report.review_words import (
    NOTHING,
    VERDICTS,
    Severity,
    facts,
    introduced,
    remark,
    verdict,
    worst,
)

if TYPE_CHECKING:
    from kanalyze.review.model import Finding, PatchReview, Review

_B4: dict[Severity, str] = {"error": "fail", "warning": "warn", "note": "pass"}
_PATCHWORK: dict[Severity, str] = {"error": "fail", "warning": "warning", "note": "success"}
# Patchwork shows the description in a table.
_SHORT = 200
_LONG = 2000


def review_b4(review: "Review", url: str = "") -> Iterator[str]:
    """Yield the JSON array that b4 expects of a check: what the analysis says, and the tests.

    ``url`` is where a whole report can be read.
    """
    found = introduced(review)
    results = [
        _result("kanalyze", _weight(review, found), verdict(review), _details(review, found), url)
    ]
    if review.evidence:
        failed: Severity = "error" if lost(review) else "note"
        lines = [
            line
            for one in lost(review)
            for line in (f"{one.case} on {ran_on(one)}: {change(one)}", *one.lines)
        ]
        results.append(_result("kanalyze-run", failed, tested(review), lines, url))
    yield json.dumps(results, indent=2) + "\n"


def review_patchwork(review: "Review", url: str = "") -> Iterator[str]:
    """Yield a check to post for each patch, one JSON document a line, in the patches' order."""
    found = introduced(review)
    for patch in review.patches:
        own = [one for one in found if one.patch == patch.number]
        check = {"state": _PATCHWORK[_weight(review, own)], "context": "kanalyze"}
        check["description"] = shortened(one_line(_line(patch, own)), _SHORT)
        yield json.dumps({**check, **({"target_url": url} if url else {})}) + "\n"


def _weight(review: "Review", found: "list[Finding]") -> Severity:
    """Return what the findings weigh; what was read of hunks only is no success."""
    weight = worst(found)
    return "warning" if review.partial and weight == "note" else weight


def _line(patch: "PatchReview", found: "list[Finding]") -> str:
    if found:
        more = f"; and {len(found) - 1} more" if len(found) > 1 else ""
        return f"{VERDICTS[found[0].effect]}: {found[0].what}{more}"
    if patch.touches:
        return "touches decisions and changes none of their answers"
    return NOTHING


def _result(
    tool: str, weight: Severity, summary: str, details: list[str], url: str
) -> dict[str, str]:
    result = {"tool": tool, "status": _B4[weight], "summary": shortened(one_line(summary), _LONG)}
    if url:
        result["url"] = url
    if details:
        result["details"] = "\n".join(shortened(one_line(line), _LONG) for line in details)
    return result


def _details(review: "Review", found: "list[Finding]") -> list[str]:
    lines = []
    for one in found:
        where = place(review, one)
        line = f":{where.line}" if where.line else ""
        lines += [f"{VERDICTS[one.effect]} {where.file}{line}", *remark(review, one), ""]
    for one in review.findings:
        if one.status == "touched":
            lines.append(f"so before: {one.what}")
    lines += [f"{name}: {value}" for name, value in facts(review)]
    return [*lines, *review.notes]
