"""A run as KTAP: kernels, the programs on each, and their cases, one inside the other.

KTAP knows fewer outcomes than we do; what is no result of the test itself is
"not ok", with the outcome in its directive.
"""

from collections.abc import Iterator
from typing import TYPE_CHECKING

from kanalyze.report.layout import one_line, shortened
from kanalyze.report.run_view import BAD, BOOT, WHOLE

if TYPE_CHECKING:
    from kanalyze.lab.model import CaseResult, LabRun

_DIRECTIVES = {
    "skip": "SKIP",
    "xfail": "XFAIL",
    "timeout": "TIMEOUT",
    "kernel-warning": "ERROR kernel-warning:",
    "kernel-panic": "ERROR kernel-panic:",
    "boot-failure": "ERROR boot-failure:",
    "lost-vm": "ERROR lost-vm:",
    "not-run": "ERROR not-run:",
}
_OK = ("pass", "skip", "xfail")
_INDENT = "  "
_LONGEST = 1000


def run_ktap(run: "LabRun") -> Iterator[str]:
    """Yield the run, to be written as UTF-8; ``kanalyze.lab.ktap`` reads it back."""
    yield "KTAP version 1\n"
    yield f"1..{len(run.kernels)}\n"
    by_kernel: dict[str, dict[str, list[CaseResult]]] = {one.name: {} for one in run.kernels}
    for result in run.results:
        if result.kernel in by_kernel:
            by_kernel[result.kernel].setdefault(result.program, []).append(result)
    for number, (kernel, programs) in enumerate(by_kernel.items(), 1):
        if programs:
            yield from _begin(kernel, len(programs), 1)
        for place, (program, results) in enumerate(programs.items(), 1):
            name = program or BOOT
            yield from _begin(name, len(results), 2)
            for index, result in enumerate(results, 1):
                yield from _case(result, index)
            yield f"{_INDENT}{_verdict(results)} {place} {_name(name)}\n"
        every = [result for results in programs.values() for result in results]
        nothing = "" if every else " # SKIP nothing was run"
        yield f"{_verdict(every)} {number} {_name(kernel)}{nothing}\n"


def _begin(name: str, count: int, depth: int) -> Iterator[str]:
    margin = _INDENT * depth
    yield f"{margin}KTAP version 1\n{margin}# Subtest: {_name(name)}\n{margin}1..{count}\n"


def _case(result: "CaseResult", number: int) -> Iterator[str]:
    margin = _INDENT * 2
    for line in (*result.evidence.ktap, *result.evidence.console):
        if text := shortened(one_line(line), _LONGEST).strip():
            # a comment, so that a result among it is not taken for one
            yield f"{margin}# | {text}\n"
    attempt = f" (attempt {result.attempt})" if result.attempt > 1 else ""
    ok = "ok" if result.outcome in _OK else "not ok"
    told = " ".join(filter(None, (_DIRECTIVES.get(result.outcome, ""), _reason(result))))
    directive = f" # {told}" if result.outcome in _DIRECTIVES else ""
    name = _name(result.case or (WHOLE if result.program else BOOT))
    yield f"{margin}{ok} {number} {name}{attempt}{directive}\n"


def _verdict(results: "list[CaseResult]") -> str:
    bad = any(result.outcome in BAD or result.outcome == "not-run" for result in results)
    return "not ok" if bad else "ok"


def _reason(result: "CaseResult") -> str:
    return shortened(one_line(result.reason), _LONGEST).strip()


def _name(text: str) -> str:
    """Return a name of a test: KTAP forbids "#" in it, TAP 14 escapes it."""
    return shortened(one_line(text), _LONGEST).strip().replace("#", "\\#") or "?"
