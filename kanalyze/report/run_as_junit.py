"""A run as JUnit XML, as Jenkins and GitLab read it.

A suite is a program on a kernel.  What breaks a rule is a failure, what kept a
test from being judged an error, and what was not tested is skipped.
"""

from collections import Counter
from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING
from xml.sax.saxutils import escape, quoteattr

from kanalyze.report.layout import shortened
from kanalyze.report.markup import clean
from kanalyze.report.run_view import BOOT, WHOLE

if TYPE_CHECKING:
    from kanalyze.lab.model import CaseResult, LabRun, Outcome

_ELEMENTS: "dict[Outcome, str]" = {
    "fail": "failure",
    "timeout": "error",
    "kernel-warning": "error",
    "kernel-panic": "error",
    "boot-failure": "error",
    "lost-vm": "error",
    "not-run": "skipped",
    "skip": "skipped",
    "xfail": "skipped",
}
_LONGEST = 1000


def run_junit(run: "LabRun") -> Iterator[str]:
    """Yield the document, to be written as UTF-8."""
    suites: dict[tuple[str, str], list[CaseResult]] = {}
    for result in run.results:
        suites.setdefault((result.kernel, result.program), []).append(result)
    yield '<?xml version="1.0" encoding="UTF-8"?>\n'
    yield f'<testsuites name="kanalyze run" {_sums(run.results)}>\n'
    for (kernel, program), results in suites.items():
        name = f"{kernel} {program or BOOT}"
        yield f"<testsuite name={_attribute(name)} {_sums(results)}>\n"
        for result in results:
            yield from _case(result)
        yield "</testsuite>\n"
    yield "</testsuites>\n"


def _case(result: "CaseResult") -> Iterator[str]:
    # Jenkins makes packages of what stands before the last dot of a class
    group = ".".join(_dotless(part) for part in (result.kernel, result.program or BOOT))
    name = result.case or (WHOLE if result.program else BOOT)
    if result.attempt > 1:
        name += f" (attempt {result.attempt})"
    yield f"<testcase classname={_attribute(group)} name={_attribute(name)}"
    element = _ELEMENTS.get(result.outcome)
    evidence = [*result.evidence.ktap, *result.evidence.console]
    if element is None and not result.reason:
        yield "/>\n"
        return
    yield ">\n"
    if element:
        told = f"{result.outcome}: {result.reason}" if result.reason else result.outcome
        kind = "" if element == "skipped" else f" type={_attribute(result.outcome)}"
        yield f"<{element} message={_attribute(told)}{kind}/>\n"
    elif result.reason:
        evidence = evidence or [result.reason]
    if evidence:
        lines = (escape(shortened(clean(line), _LONGEST)) for line in evidence)
        yield "<system-out>" + "\n".join(lines) + "</system-out>\n"
    yield "</testcase>\n"


def _sums(results: "Sequence[CaseResult]") -> str:
    counts = Counter(_ELEMENTS.get(result.outcome, "pass") for result in results)
    return (
        f'tests="{sum(counts.values())}" failures="{counts["failure"]}"'
        f' errors="{counts["error"]}" skipped="{counts["skipped"]}"'
    )


def _attribute(text: str) -> str:
    return quoteattr(shortened(clean(text), _LONGEST))


def _dotless(text: str) -> str:
    return text.replace(".", "_")
