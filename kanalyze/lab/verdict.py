"""What became of every case in a guest: what tests said, and what the kernel and the guest did.

A test is believed only as far as the kernel was sound: a warning while it ran
makes a pass into ``kernel-warning``, a panic is the outcome of the case that
was running, and what the guest did not get to is ``not-run``, with the reason.
"""

import os
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace

from kanalyze.lab.events import NOT_THE_KERNEL, Booted, Ended, GuestEvent, Line, Lost, Started
from kanalyze.lab.ktap import Log, Parser, Result, leaves
from kanalyze.lab.model import CaseResult, Evidence, Outcome, TestProgram
from kanalyze.lab.said import running, said
from kanalyze.lab.splat import Splat, find_splats

_MARKER = re.compile(r"\w+ ([0-9]+) (\w+)(?: ([0-9]+))?")
_MOST_CONSOLE = 200
#: What a case that was running became, by why the guest was lost.
_LOST: dict[str, tuple[Outcome, str]] = {
    "panic": ("kernel-panic", "the kernel panicked"),
    "hang": ("lost-vm", "nothing more was heard from the guest"),
    "reset": ("lost-vm", "the guest restarted without a word"),
    "stopped": ("not-run", "the run was stopped"),
    "qemu-died": ("lost-vm", "QEMU ended"),
    "emulator": ("lost-vm", "QEMU emulated wrongly"),
    "channel": ("lost-vm", "its results could not be read any more"),
    "boot": ("boot-failure", "the kernel did not come to the first test"),
}


def judge(
    kernel: str,
    programs: Sequence[TestProgram],
    events: Iterable[GuestEvent],
    console: Iterable[str | bytes],
    *,
    log: str = "",
    attempt: int = 1,
) -> tuple[CaseResult, ...]:
    """Return the results of one guest that has ended, in the order of programs and cases.

    ``events`` count programs as ``programs`` does; ``console`` is all that the
    kernel wrote, and ``log`` the name of the file that keeps it.  A program whose
    cases are not known and that did not get to all of them has one result more,
    with an empty ``case``.
    """
    guest = _Guest(kernel, log, attempt, [_Run(program) for program in programs])
    for event in events:
        guest.take(event)
    for splat in find_splats(console):
        guest.complain(splat)
    return tuple(guest.results())


def merged(earlier: Sequence[CaseResult], later: Sequence[CaseResult]) -> tuple[CaseResult, ...]:
    """Return the results of a guest together with those of the one that went on behind it.

    What was not run in the first is taken from the second; nothing else is
    overwritten, and what the second has besides comes last.
    """
    ran = {_key(one): one for one in later if one.outcome != "not-run"}
    begun = {one.program for one in ran.values() if one.program}
    kept: list[CaseResult] = []
    for one in earlier:
        if one.outcome != "not-run":
            kept.append(one)
        elif _key(one) in ran:
            kept.append(ran.pop(_key(one)))
        elif one.case or one.program not in begun:
            kept.append(one)
    known = {_key(one) for one in kept if one.program}
    # a program whose cases were not known before may have some that were not run now
    whole = {one.program for one in kept}
    new = [
        one for one in later
        if _key(one) not in known and (one.outcome != "not-run" or one.program not in whole)
    ]  # fmt: skip
    return (*kept, *new)


def _key(result: CaseResult) -> tuple[str, str, str, str, int]:
    return result.kernel, result.suite, result.program, result.case, result.attempt


@dataclass(slots=True)
class _Run:
    """A program in the guest.

    ``splats`` are by the case that was announced before them or, where none was,
    by the number of results before them; -1 for others.
    """

    program: TestProgram
    parser: Parser = field(default_factory=Parser)
    started: bool = False
    ended: Ended | None = None
    splats: dict[str | int, list[Splat]] = field(default_factory=dict)


@dataclass(slots=True)
class _Guest:
    """One guest, as far as it is told."""

    kernel: str
    log: str
    attempt: int
    runs: list[_Run]
    booted: bool = False
    lost: Lost | None = None
    splats: list[Splat] = field(default_factory=list)

    def take(self, event: GuestEvent) -> None:
        match event:
            case Booted():
                self.booted = True
            case Started(index=index):
                self.runs[index].started = True
            case Line(index=index, text=text):
                self.runs[index].parser.feed(text)
            case Ended(index=index):
                self.runs[index].ended = event
            case Lost():
                self.lost = self.lost or event

    def complain(self, splat: Splat) -> None:
        """Find out what ran when the kernel complained."""
        match = _MARKER.match(splat.marker)
        if not match or int(match[1]) >= len(self.runs):
            at_work = [run for run in self.runs if run.started and run.ended is None]
            if splat.kind == "panic" and at_work:  # it was the last thing that happened
                at_work[-1].splats.setdefault(-1, []).append(splat)
            else:
                self.splats.append(splat)
            return
        before: str | int = int(match[3]) if match[2] == "result" and match[3] else -1
        self.runs[int(match[1])].splats.setdefault(splat.case or before, []).append(splat)

    # --------------------------------------------------------------- the results
    def results(self) -> Iterable[CaseResult]:
        yield from self._boot()
        told = "the kernel did not boot" if not self.booted else ""
        for run in self.runs:
            if not run.started:
                reason = told or "the guest ended before it"
                yield from self._not_run(run.program, run.program.cases or ("",), reason)
                continue
            place = {name: at for at, name in enumerate(run.program.cases)}
            found = sorted(self._ran(run), key=lambda one: place.get(one.case, len(place)))
            yield from found
            ill = [one for one in found if one.outcome in ("kernel-panic", "lost-vm")]
            if ill:
                told = f"the guest was lost in {ill[0].program}: {ill[0].case}".rstrip(": ")

    def _boot(self) -> Iterable[CaseResult]:
        """Yield what there is to be said of the boot itself; nothing of one that went well."""
        console = _console(self.splats) or (self.lost.console if self.lost else ())
        evidence = Evidence(console=console[-_MOST_CONSOLE:], log=self.log)
        if not self.booted:
            why = self.lost.why if self.lost else "boot"
            not_to_blame = why in NOT_THE_KERNEL or why == "stopped"
            outcome, reason = _LOST[why if not_to_blame else "boot"]
            reason = self.lost.reason or reason if self.lost else reason
            reason = self.splats[-1].title if self.splats else reason
            yield self._one("", "", "", outcome, reason, evidence)
        elif self.splats:
            reason = f"not while a test ran: {self.splats[0].title}"
            yield self._one("", "", "", "kernel-warning", reason, evidence)

    def _ran(self, run: _Run) -> Iterable[CaseResult]:
        """Yield the results of a program that was started."""
        log = run.parser.finish()
        results = leaves(log.results)
        names = _names(results)
        program = run.program
        for index, (result, name) in enumerate(zip(results, names, strict=True)):
            splats = run.splats.pop(name, []) + run.splats.pop(index, [])
            yield self._case(program, result, name, splats)
        missing, passed = _untold(program.cases, names)
        if run.ended:
            yield from self._lost_results(run, passed)
        else:  # they were on their way when the guest was lost
            yield from self._not_run(program, passed, "its result was lost with the guest")
        behind = [splat for found in run.splats.values() for splat in found]
        stopped = self._stopped(run, log, results, bool(missing), behind)
        if stopped is None:
            if behind:
                reason = f"in none of its cases: {behind[0].title}"
                yield self._outside(program, "kernel-warning", reason, log, behind)
            return
        outcome, reason = stopped
        named = next((splat.case for splat in behind if splat.case), "")
        # what a test has written may not have left the guest when it died; the console has
        died = [splat.case for splat in behind if splat.kind == "panic" and splat.case]
        died = died if outcome == "kernel-panic" else []
        case = next(iter(died), "") or running(log.rest) or named or next(iter(missing), "")
        if outcome in ("pass", "skip") or (run.ended and run.ended.error):  # the whole program's
            case = ""
        yield replace(self._outside(program, outcome, reason, log, behind), case=case)
        rest = [name for name in missing if name != case]
        told = f"{program.name} stopped in {case}" if case else f"{program.name} stopped"
        if outcome == "skip":
            yield from (
                self._one(program.suite, program.name, name, "skip", reason, Evidence())
                for name in rest
            )
            return
        yield from self._not_run(program, rest, f"{told}: {reason}")

    def _lost_results(self, run: _Run, cases: Iterable[str]) -> Iterable[CaseResult]:
        """Yield as failed what a program has told no result of, though it went on behind it.

        What a program says is all there once it has ended: nothing is on its way any more.
        """
        for name in cases:
            splats = run.splats.pop(name, [])
            reason = f"{run.program.name} told no result of it, and went on"
            reason += f"; the kernel said: {splats[0].title}" if splats else ""
            evidence = Evidence(console=_console(splats), log=self.log)
            yield self._one(run.program.suite, run.program.name, name, "fail", reason, evidence)

    def _stopped(
        self, run: _Run, log: Log, results: Sequence[Result], missing: bool, splats: list[Splat]
    ) -> tuple[Outcome, str] | None:
        """Return what became of the case that was running when the program stopped.

        ``None`` for a program that has told all its results.
        """
        ended = run.ended
        done = max((one.number or 0 for one in log.results), default=0)
        # where cases are known, these are what was asked for, and not the plan
        few = not run.program.cases and max(done, len(results)) < (log.planned or 0)
        short = missing or few
        short = short or any(one.ok is None for one in results)
        if ended is None:
            outcome, reason = _LOST[self.lost.why if self.lost else "hang"]
            panics = [splat.title for splat in splats if splat.kind == "panic"]
            if panics and outcome == "kernel-panic":
                return outcome, _why_panicked(splats, panics[0])
            return outcome, (self.lost.reason if self.lost else "") or reason
        if ended.error:
            return "not-run", f"{run.program.name} could not be started: {os.strerror(ended.error)}"
        if ended.timeout:
            return "timeout", f"{run.program.name} was stopped after {ended.seconds:.0f} s"
        if ended.signal:
            return "fail", f"{run.program.name} died of signal {ended.signal}"
        if log.planned == 0 and not results:
            return "skip", log.skipped or "the program runs no test here"
        if not results and not missing:  # a program that speaks by its exit status alone
            last = next((line for line in reversed(log.rest) if line.strip()), "")
            if ended.status == 4:
                return "skip", last
            return ("pass", "") if ended.status == 0 else ("fail", f"status {ended.status}: {last}")
        if not short:
            return None
        why = log.bailed or f"{run.program.name} ended with status {ended.status}"
        return ("skip" if ended.status == 4 and not results else "fail"), why

    def _case(
        self, program: TestProgram, result: Result, name: str, splats: list[Splat]
    ) -> CaseResult:
        """Return what became of a case that has its result."""
        told = said(result)
        outcome, reason = told.outcome, told.reason
        if splats:
            also = f"{told.outcome}, and the kernel said: {splats[0].title}"
            reason = f"{reason}; {also}" if reason else also
            # a rule that is broken stays broken, whatever the kernel says of it
            outcome = outcome if outcome in ("fail", "timeout") else "kernel-warning"
        evidence = Evidence(ktap=result.lines, console=_console(splats), log=self.log)
        found = self._one(program.suite, program.name, name, outcome, reason, evidence)
        return replace(found, copies=told.copies)

    def _outside(
        self, program: TestProgram, outcome: Outcome, reason: str, log: Log, splats: list[Splat]
    ) -> CaseResult:
        lost = self.lost.console if self.lost and outcome in ("kernel-panic", "lost-vm") else ()
        console = (_console(splats) or lost)[-_MOST_CONSOLE:]
        evidence = Evidence(ktap=log.rest, console=console, log=self.log)
        return self._one(program.suite, program.name, "", outcome, reason, evidence)

    def _not_run(
        self, program: TestProgram, cases: Iterable[str], reason: str
    ) -> Iterable[CaseResult]:
        for case in cases:
            yield self._one(program.suite, program.name, case, "not-run", reason, Evidence())

    def _one(
        self, suite: str, program: str, case: str, outcome: Outcome, reason: str, evidence: Evidence
    ) -> CaseResult:
        return CaseResult(
            kernel=self.kernel,
            suite=suite,
            program=program,
            case=case,
            outcome=outcome,
            attempt=self.attempt,
            reason=reason,
            evidence=evidence,
        )


def _console(splats: Iterable[Splat]) -> tuple[str, ...]:
    return tuple(line for splat in splats for line in splat.lines)[:_MOST_CONSOLE]


def _why_panicked(splats: Sequence[Splat], panic: str) -> str:
    """Return what a kernel that panicked complained of last, before it said so.

    "Fatal exception" is all that the panic itself knows of a BUG_ON().
    """
    at = next(place for place, splat in enumerate(splats) if splat.kind == "panic")
    before = [splat.title for splat in splats[:at] if splat.kind in ("bug", "oops", "sanitizer")]
    return f"{before[-1]}; {panic}" if before else panic


def _untold(cases: Sequence[str], told: Sequence[str]) -> tuple[list[str], list[str]]:
    """Return the cases without a result: those behind the last one told, and those before it."""
    places = [cases.index(name) for name in told if name in cases]
    last = max(places, default=-1)
    untold = [(at, name) for at, name in enumerate(cases) if name not in set(told)]
    return (
        [name for at, name in untold if at > last], [name for at, name in untold if at < last]
    )  # fmt: skip


def _names(results: Iterable[Result]) -> list[str]:
    """Return a name for each result; one that has been given is told apart by a number."""
    given: dict[str, int] = {}
    names = []
    for result in results:
        name = result.name or f"test {result.number}"
        given[name] = given.get(name, 0) + 1
        names.append(f"{name} ({given[name]})" if given[name] > 1 else name)
    return names
