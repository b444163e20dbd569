"""Several mutants in one guest: what each is shown, and what came of it.

Behind each comes a control, some of the same cases with nothing changed: where one does
not pass, the mutant has left something behind, and nothing after it can be relied on.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace

from kanalyze.lab.conduct import came_by, changing, hung, not_changed
from kanalyze.lab.events import GuestEvent, Started
from kanalyze.lab.model import CaseResult, TestProgram
from kanalyze.lab.mutant_choice import by_program
from kanalyze.lab.mutant_guest import chosen, in_guest, lines_of, of_tree
from kanalyze.lab.mutant_model import (
    Baseline,
    CaseCount,
    Kill,
    MutantResult,
    MutantSetup,
    SuiteVerdict,
    Suspect,
)
from kanalyze.lab.mutant_verdict import KILLS, added, verdict_of

# So many of the cases are run once more with nothing changed.
_CONTROLS = 3


@dataclass(frozen=True, slots=True, kw_only=True)
class Try:
    """What one mutant is shown: generated ``cases``, and programs of the ``tree``.

    The cases of a program end with the first that hangs, unless it is ``patient``.
    """

    suspect: Suspect
    cases: tuple[CaseCount, ...] = ()
    tree: frozenset[str] = frozenset()
    patient: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Told:
    """What came of a try; ``lost`` are the cases that a crash has kept from running."""

    result: MutantResult
    lost: tuple[CaseCount, ...] = ()


def run_batch(setup: MutantSetup, tries: Sequence[Try], known: Baseline) -> list[Told]:
    """Run mutants in one guest; return what came of those that can be relied on.

    That is always at least the first one.
    """
    parts = [part for one in tries for part in _parts(setup, one, known)]
    batch = _Batch(setup, known, parts, [], [() for _ in parts])
    if parts:
        events, judged = in_guest(setup, [part.program for part in parts], tries[0].suspect.id)
        batch = replace(batch, events=events, results=_by_part(parts, judged))
    told: list[Told] = []
    for one in tries:
        own = [at for at, part in enumerate(parts) if part.of is one]
        if told and own and not any(batch.started(at) for at in own):
            break  # the one before it took the guest along
        told.append(batch.told(one, [at for at in own if not parts[at].control]))
        if any(_spoiled(batch.results[at]) for at in own if parts[at].control):
            break
    return told


@dataclass(frozen=True, slots=True)
class _Part:
    """One program of a batch: whose it is, and whether it is the control behind it."""

    of: Try
    program: TestProgram
    cases: tuple[CaseCount, ...] = ()
    control: bool = False


def _parts(setup: MutantSetup, one: Try, known: Baseline) -> Iterator[_Part]:
    paths = {path.name: path for path in setup.generated}
    took = {case.program: case.milliseconds for case in known.cases if not case.number}
    for name, several in by_program(one.cases).items():
        program = chosen(paths[name], one.suspect, several, setup, patient=one.patient)
        yield _Part(one, program, tuple(several))
    for path in setup.tree:
        if path.name in one.tree:
            arguments = changing(one.suspect.number, one.suspect.delay, path)
            yield _Part(one, of_tree(path, arguments, setup, took[path.name]))
    unchanged = replace(one.suspect, number=0, delay=0)
    for name, several in by_program(one.cases[:_CONTROLS]).items():
        program = chosen(paths[name], unchanged, several, setup)
        yield _Part(one, program, tuple(several), control=True)


def _hangs(program: str) -> SuiteVerdict:
    """Return what a program has noticed that does not get as far as to its cases."""
    line = "hangs before its first case"
    kill = Kill(suite="generated", program=program, case="", outcome="timeout", line=line)
    return SuiteVerdict(suite="generated", outcome="killed-by-timeout", ran=0, kills=(kill,))


def _by_part(parts: Sequence[_Part], judged: Iterable[CaseResult]) -> list[tuple[CaseResult, ...]]:
    """Return the results of each part: parts of one program are told apart by their place."""
    found: list[list[CaseResult]] = [[] for _ in parts]
    for one in judged:
        if one.program:
            name, _, at = one.program.rpartition("@")
            reason = one.reason.replace(one.program, name)
            found[int(at)].append(replace(one, program=name, reason=reason))
    return [tuple(several) for several in found]


def _spoiled(results: Iterable[CaseResult]) -> bool:
    """Tell whether a case with nothing changed does not pass any more."""
    return any(one.outcome in KILLS or one.outcome == "not-run" for one in results)


@dataclass(frozen=True, slots=True)
class _Batch:
    """What a guest told of its parts; ``results`` are those of each part."""

    setup: MutantSetup
    known: Baseline
    parts: Sequence[_Part]
    events: Sequence[GuestEvent]
    results: Sequence[tuple[CaseResult, ...]]

    def started(self, at: int) -> bool:
        return any(isinstance(one, Started) and one.index == at for one in self.events)

    def told(self, one: Try, changed: Sequence[int]) -> Told:
        """Return what came of one try, whose parts with something changed are given."""
        generated = [at for at in changed if self.parts[at].program.suite == "generated"]
        tree = [at for at in changed if self.parts[at].program.suite == "tree"]
        verdicts = [self._of_generated(generated)] if self.setup.generated else []
        if self.setup.tree:
            verdicts.append(self._of_tree(tree))
        failed = next((why for at in changed if (why := not_changed(self._lines(at)))), "")
        if failed:
            verdicts = [
                replace(each, outcome="infrastructure-failed", kills=(), reason=failed)
                for each in verdicts
            ]
        counts = [came_by(self._lines(at)) for at in changed]
        result = MutantResult(
            id=one.suspect.id,
            verdicts=tuple(verdicts),
            reached=sum(count for count, _ in counts),
            infected=sum(count for _, count in counts),
        )
        return Told(result=result, lost=self._lost(generated))

    def _of_generated(self, parts: Sequence[int]) -> SuiteVerdict:
        cases = [case for at in parts for case in self.parts[at].cases]
        started = [at for at in parts if not hung(self._lines(at))]
        verdict = verdict_of("generated", self._of(started), cases)
        for at in parts:
            if at not in started:
                verdict = added(verdict, _hangs(self.parts[at].program.name))
        return verdict if parts else replace(verdict, outcome="not-reached")

    def _of_tree(self, parts: Sequence[int]) -> SuiteVerdict:
        names = {self.parts[at].program.name for at in parts}
        passed = [one for one in self.known.cases if not one.number and one.program in names]
        verdict = verdict_of("tree", self._of(parts), passed)
        return verdict if parts else replace(verdict, outcome="not-reached")

    def _lost(self, parts: Sequence[int]) -> tuple[CaseCount, ...]:
        """Return the cases that were not run as one before them took the guest along."""
        if all(one.outcome != "kernel-panic" for one in self._of(parts)):
            return ()
        waited = {(one.program, one.case) for one in self._of(parts) if one.outcome == "not-run"}
        cases = (case for at in parts for case in self.parts[at].cases)
        return tuple(case for case in cases if (case.program, case.case) in waited)

    def _of(self, parts: Iterable[int]) -> list[CaseResult]:
        return [one for at in parts for one in self.results[at]]

    def _lines(self, at: int) -> list[str]:
        return lines_of(self.events, at)
