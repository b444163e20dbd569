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
    """Return what a suite noticed: what passes without the mutant, and does not with it.

    What was not run, without anything else to show for it, is a failure of the machine.
    """
    results = tuple(results)
    before = {(one.program, one.case): one for one in known}
    kills = [_kill(suite, one) for one in results if _notices(one, before)]
    kills += [] if kills else _silent(suite, results, known)
    ran = copies = 0
    not_run = ""
    for one in results:
        own = before.get((one.program, one.case))
        passed = own is not None and own.outcome == "pass"
        if one.outcome == "not-run" and (passed or own is None):
            not_run = not_run or one.reason or "was not run"
        ran += passed and one.outcome not in ("not-run", "skip")
        if own and passed and one.copies:
            copies += max(0, one.copies.copied - own.copied)
    if not_run and not kills:
        return SuiteVerdict(suite=suite, outcome="infrastructure-failed", ran=ran, reason=not_run)
    outcomes = [_killed(one) for one in kills]
    outcome = min(outcomes, key=_RANK.index) if outcomes else "survived"
    return SuiteVerdict(suite=suite, outcome=outcome, ran=ran, kills=tuple(kills), copies=copies)


def _notices(one: CaseResult, known: Mapping[tuple[str, str], CaseCount]) -> bool:
    """Tell whether a result is there because of the mutant.

    A program that stopped without a word of the case it was in has a result that it did
    not have before.
    """
    if one.outcome in ("kernel-panic", "lost-vm"):
        return True
    if one.outcome not in KILLS:
        return False
    before = known.get((one.program, one.case))
    return before.outcome == "pass" if before else bool(one.program and not one.case)


def _silent(suite: str, results: Iterable[CaseResult], known: Iterable[CaseCount]) -> list[Kill]:
    """Return the programs that ran, and told of none of the cases that pass without the mutant.

    A mutant may destroy a test's own memory so that it ends as if all were well.
    """
    told: dict[str, set[str]] = {}
    for one in results:
        if one.outcome != "not-run":
            told.setdefault(one.program, set()).add(one.case)
    passed: dict[str, set[str]] = {}
    for case in known:
        if case.outcome == "pass":
            passed.setdefault(case.program, set()).add(case.case)
    line = "it told of none of its cases"
    return [
        Kill(suite=suite, program=name, case="", outcome="fail", line=line)
        for name, cases in passed.items()
        if name in told and not cases & told[name]
    ]


def _kill(suite: str, one: CaseResult) -> Kill:
    return Kill(
        suite=suite, program=one.program, case=one.case, outcome=one.outcome, line=_telling(one)
    )


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
    """Return what a suite noticed with further cases: by the best of them, if by any."""
    kills = [each.outcome for each in (one, other) if each.outcome in KILLS.values()]
    return replace(
        other,
        outcome=min(kills, key=_RANK.index) if kills else other.outcome,
        reason=one.reason if kills else other.reason,
        ran=one.ran + other.ran,
        kills=one.kills + other.kills,
        copies=one.copies + other.copies,
    )
