"""What test cases said before a series and after it, and what of a finding that shows."""

import re
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import replace

from kanalyze.lab.model import CaseResult
from kanalyze.review.model import Evidence, Finding

#: Cases of the kernel itself, and what they can come to.
BUILDS, BOOTS = "the kernel builds", "the kernel boots"
BUILD_FAILED, BOOT_FAILED = "build-failed", "boot-failure"
# The size of a page is part of a name only where the program runs.
_SIZE = re.compile(r"-\d+kB\b")
# So much of the kernel's message, or of the end of a console, goes with a case.
_CONSOLE = 40


def plain_name(case: str) -> str:
    """Return the name of a case as it was generated, whatever sizes the kernel has."""
    return _SIZE.sub("", case, count=1)


def does_not_build(kernel: str, config: str, complaint: str, log: str) -> Evidence:
    """Return that a series does not build, with what the compiler said."""
    return Evidence(
        case=BUILDS, kernel=kernel, config=config, before="pass", after=BUILD_FAILED, suite="",
        lines=(complaint,), reason=complaint, log=log,
    )  # fmt: skip


def compared(
    before: Sequence[CaseResult], after: Sequence[CaseResult], kernel: str, config: str
) -> tuple[Evidence, ...]:
    """Return the cases of two kernels, in the order of the first.

    A kernel that does not boot has no cases: that it does not is all there is.
    """
    unbooted = boot_failure(after)
    if unbooted is not None:
        return (
            Evidence(
                case=BOOTS, kernel=kernel, config=config, before="pass", after=BOOT_FAILED,
                suite="", lines=unbooted.evidence.console[-_CONSOLE:], reason=unbooted.reason,
                log=unbooted.evidence.log,
            ),
        )  # fmt: skip
    was, now = _by_case(before), _by_case(after)
    found = []
    for key in dict.fromkeys((*was, *now)):
        found.append(_case(_judged(was.get(key, [])), _judged(now.get(key, [])), kernel, config))
    return tuple(found)


def boot_failure(results: Iterable[CaseResult]) -> CaseResult | None:
    """Return why a kernel never came to a test; None if it did."""
    return next((one for one in results if not one.program and one.outcome == "boot-failure"), None)


def _by_case(results: Iterable[CaseResult]) -> dict[tuple[str, str], list[CaseResult]]:
    """Return the attempts at each case; the boot itself, and a program's end, are none."""
    found: dict[tuple[str, str], list[CaseResult]] = {}
    for one in results:
        if one.program and one.case:
            found.setdefault((one.program, one.case), []).append(one)
    return found


def _judged(attempts: Sequence[CaseResult]) -> CaseResult | None:
    """Return what counts of several attempts: a case that passes once is not lost."""
    passed = [one for one in attempts if one.outcome == "pass"]
    if passed and len(passed) < len(attempts):
        return replace(passed[0], reason=f"passed in {len(passed)} of {len(attempts)} attempts")
    return attempts[0] if attempts else None


def _case(was: CaseResult | None, now: CaseResult | None, kernel: str, config: str) -> Evidence:
    known = now or was
    assert known is not None
    telling = was if was and now and now.outcome == "pass" and was.outcome != "pass" else known
    return Evidence(
        case=known.case,
        kernel=kernel,
        config=config,
        before=was.outcome if was else "not-run",
        after=now.outcome if now else "not-run",
        suite=known.suite,
        program=known.program,
        reason=telling.reason,
        lines=(*telling.evidence.ktap, *telling.evidence.console[-_CONSOLE:]),
        log=telling.evidence.log,
        pages=known.copies.pages if known.copies else 0,
        copied_before=was.copies.copied if was and was.copies else 0,
        copied_after=now.copies.copied if now and now.copies else 0,
    )


def with_evidence(
    findings: Iterable[Finding],
    evidence: Sequence[Evidence],
    guards: Callable[[Finding], Sequence[str]],
) -> Iterator[Finding]:
    """Yield findings with the cases that guard them, as they are called where they ran.

    What was there before, and is left alone, keeps what it has.
    """
    called: dict[str, list[str]] = {}
    for one in evidence:
        called.setdefault(plain_name(one.case), []).append(one.case)
    for finding in findings:
        if finding.status == "pre-existing":
            yield finding
            continue
        wanted = guards(finding)
        names = [name for plain in wanted for name in called.get(plain, ())]
        if all(not one.suite for one in evidence):  # no kernel to run them on
            names = list(wanted)
        yield replace(finding, guards=tuple(dict.fromkeys(names)))
