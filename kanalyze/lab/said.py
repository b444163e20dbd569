"""What a test says of itself: the outcome, the reason and the count in its KTAP."""

import re
from dataclasses import dataclass

from kanalyze.lab.ktap import Result
from kanalyze.lab.model import Copies, Outcome

_COPIES = re.compile(r"spurious copies: ([0-9]{1,12}) of ([0-9]{1,12}) pages")
_TIMEOUT = re.compile(r"timeout after [0-9]+ s\b")
#: Lines of upstream's tests that say what is being done, and not why it went wrong.
_NARRATED = re.compile(r"\[(?:RUN|INFO|OK)\]|\s*(?:RUN|OK|PASS) {2,}|Totals:|starting ")
#: How upstream's tests, kselftest_harness.h and our own tests say what they begin with.
_RUN = re.compile(r"\[RUN\] (.+)|\s*RUN +(\S+) \.\.\.|# starting (.+)")


@dataclass(frozen=True, slots=True)
class Said:
    """An outcome as a test itself tells it; the kernel may know better."""

    outcome: Outcome
    reason: str = ""
    copies: Copies | None = None


def said(result: Result) -> Said:
    """Return what ``result`` says.

    A test that ended with an "error" of our harness was not judged by its rule: at
    the deadline it is a timeout, and where it died of something a failure.
    """
    own = _own(result)
    reason = "; ".join(own) or result.text
    outcome = _outcome(result, reason)
    if not reason and outcome != "pass":
        reason = _last_words(result)
    count = _COPIES.search(reason)
    copies = Copies(copied=int(count[1]), pages=int(count[2])) if count else None
    return Said(outcome, reason, copies)


def running(rest: tuple[str, ...]) -> str:
    """Return the test that the lines behind the last result say has begun; empty if none."""
    named = (match for line in rest for match in [_RUN.search(line)] if match)
    return next((match[match.lastindex or 0] for match in reversed(list(named))), "")


def _outcome(result: Result, reason: str) -> Outcome:
    match result.directive:
        case "skip":
            return "skip"
        case "xfail":
            return "xfail"
        case "timeout":
            return "timeout"
        case "todo" if not result.ok:
            return "xfail"
        case "error" if _TIMEOUT.search(reason):
            return "timeout"
    return "pass" if result.ok else "fail"


def _own(result: Result) -> list[str]:
    """Return what our harness says of a test: the diagnostics that begin with its name."""
    if not result.name:
        return []
    prefix = f"{result.name}: "
    return [
        line.removeprefix(prefix).strip() for line in result.diagnostics if line.startswith(prefix)
    ]


def _last_words(result: Result) -> str:
    told = [line for line in result.diagnostics if not _NARRATED.match(line)]
    return told[-1].strip() if told else ""
