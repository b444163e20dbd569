"""A review as workflow commands of GitHub Actions: annotations at the lines of a pull request."""

from collections.abc import Iterator
from typing import TYPE_CHECKING

from kanalyze.report.layout import one_line, shortened
from kanalyze.report.review_diff import place
from kanalyze.report.review_evidence import change, lost, ran_on, tested
from kanalyze.report.review_phrases import topic
from kanalyze.report.review_words import (
    VERDICTS,
    Severity,
    introduced,
    remark,
    severity,
    verdict,
    worst,
)

if TYPE_CHECKING:
    from kanalyze.review.model import Review

_COMMANDS: dict[Severity, str] = {"error": "error", "warning": "warning", "note": "notice"}
_LONG = 4000


def review_annotations(review: "Review") -> Iterator[str]:
    """Yield one command a line, to be printed by a step of a workflow."""
    found = introduced(review)
    yield _command(worst(found), {"title": "kanalyze"}, f"{verdict(review)} {tested(review)}")
    for one in found:
        where = place(review, one)
        properties = {"file": where.file}
        if where.line:
            properties["line"] = str(where.line)
        properties["title"] = f"{VERDICTS[one.effect]} {topic(one)}"
        yield _command(severity(one), properties, "\n".join(map(one_line, remark(review, one))))
    for case in lost(review):
        told = "\n".join([change(case), *map(one_line, case.lines)])
        yield _command("error", {"title": f"{case.case} on {ran_on(case)}"}, told)


def _command(level: Severity, properties: dict[str, str], message: str) -> str:
    listed = ",".join(f"{name}={_property(value)}" for name, value in properties.items())
    return f"::{_COMMANDS[level]} {listed}::{_data(shortened(message, _LONG))}\n"


def _data(text: str) -> str:
    """Escape a message, as the toolkit of Actions does."""
    lines = "\n".join(map(one_line, text.split("\n")))
    return lines.replace("%", "%25").replace("\r", "%0D").replace("\n", "%0A")


def _property(text: str) -> str:
    """Escape a property: its separators, too."""
    return _data(one_line(text)).replace(":", "%3A").replace(",", "%2C")
