"""What a suite noticed of a mutant: what passes without it, and does not with it."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace

from kanalyze.lab.model import CaseResult
from kanalyze.lab.mutant_model import CaseCount, Kill, MutantOutcome, SuiteVerdict

_RANK: tuple[MutantOutcome, ...] = (
    "killed-by-assertion", "killed-by-crash", "killed-by-timeout", "survived", "not-reached",
    "infrastructure-failed",
)  # fmt: skip
KILLS: Mapping[str, MutantOutcome] = {
    "fail": "killed-by-assertion",
    "kernel-warning": "killed-by-crash",
    "kernel-panic": "killed-by-crash",
    "lost-vm": "killed-by-timeout",
    "timeout": "killed-by-timeout",
}


def verdict_of(
    suite: str, results: Iterable[CaseResult], known: Sequence[CaseCount]
) -> SuiteVerdict:
    """Return what a suite noticed: what passes without the mutant, and does not with it."""
    passed = {(one.program, one.case): one for one in known if one.outcome == "pass"}
    kills: list[Kill] = []
    ran = copies = 0
    for one in results:
        before = passed.get((one.program, one.case))
        if one.outcome in ("kernel-panic", "lost-vm") or (before and one.outcome in KILLS):
            kills.append(
                Kill(
                    suite=suite, program=one.program, case=one.case, outcome=one.outcome,
                    line=_telling(one),
                )
            )  # fmt: skip
        ran += before is not None and one.outcome != "not-run"
        if before and one.copies:
            copies += max(0, one.copies.copied - before.copied)
    outcomes = [_killed(one) for one in kills]
    outcome = min(outcomes, key=_RANK.index) if outcomes else "survived"
    return SuiteVerdict(suite=suite, outcome=outcome, ran=ran, kills=tuple(kills), copies=copies)


def _killed(kill: Kill) -> MutantOutcome:
    """Return how a case noticed it: a program that breaks down has asserted nothing."""
    if kill.outcome == "fail" and not kill.line.startswith("not ok"):
        return "killed-by-crash"
    return KILLS[kill.outcome]


def _telling(one: CaseResult) -> str:
    """Return the line that says that something is wrong."""
    lines = [line for line in one.evidence.ktap if line.startswith("not ok")]
    return (lines or [one.reason])[0]


def added(one: SuiteVerdict, other: SuiteVerdict) -> SuiteVerdict:
    """Return what a suite noticed with further cases, after others had noticed nothing."""
    return replace(
        other,
        ran=one.ran + other.ran,
        kills=one.kills + other.kills,
        copies=one.copies + other.copies,
    )
