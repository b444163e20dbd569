"""Whether the cases that guard a series can fail: mutants of what it touches, made on it."""

import shutil
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path

from kanalyze.errors import InputError
from kanalyze.history.scan import ScanRequest
from kanalyze.lab.accel import Wanted
from kanalyze.lab.mutant_model import MutantResult
from kanalyze.lab.run import room
from kanalyze.lab.workers import guest_workers
from kanalyze.mutants import PLACEBO, Mutant
from kanalyze.progress import Silent
from kanalyze.review.model import Mutated
from kanalyze.review.mutation import Mutation, MutationRequest, mutate

# What a campaign keeps of its cases: those of another series are of no use.
_STATES = ("generated", "tree")


@dataclass(frozen=True, slots=True, kw_only=True)
class OfSeries:
    """What to mutate: ``names`` in the ``source`` of a series, under the cases in ``tests``.

    ``directory`` keeps the private copy that is built, for the next time.
    """

    source: Path
    tests: Path
    names: frozenset[str]
    directory: Path
    config: str
    accelerator: Wanted
    memory_mb: int
    cpus: int


def mutants(asked: OfSeries, scan: ScanRequest) -> tuple[tuple[Mutated, ...], tuple[str, ...]]:
    """Return what the cases notice of each mutant, and notes; none where nothing can be changed.

    Raises InputError and EnvironmentFailure as :func:`mutate` does.
    """
    for name in _STATES:
        shutil.rmtree(asked.directory / name, ignore_errors=True)
    request = MutationRequest(
        scan=replace(scan, tree=str(asked.source), revision="HEAD", range="", history=False),
        directory=asked.directory,
        wanted=tuple(sorted(asked.names)),
        tests=asked.tests,
        config=asked.config,
        accelerator=asked.accelerator,
        memory_mb=asked.memory_mb,
        cpus=asked.cpus,
        progress=scan.progress or Silent(),
    )
    try:
        found = mutate(request, partial(guest_workers, room(asked.memory_mb)))
    except InputError as error:
        if "can be changed in meaning" not in error.what:
            raise
        return (), (f"no mutant was made: {error.what}",)
    return tuple(_told(found)), found.notes


def _told(found: Mutation) -> Iterator[Mutated]:
    results: Mapping[str, MutantResult] = {one.id: one for one in found.results}
    for mutant in found.mutants:
        if mutant.operator != PLACEBO and mutant.id in results:
            yield _mutated(mutant, results[mutant.id])


def _mutated(mutant: Mutant, result: MutantResult) -> Mutated:
    verdict = result.verdicts[0]
    killed = verdict.outcome.startswith("killed")
    why = verdict.reason or (mutant.why if verdict.outcome == "equivalent" else "")
    if not killed and not why:
        why = _unnoticed(mutant, verdict.ran, result.reached, verdict.copies)
    return Mutated(
        id=mutant.id,
        function=mutant.function,
        operator=mutant.operator,
        text=mutant.text,
        outcome=verdict.outcome,
        cases=tuple(_names(one.case or one.program for one in verdict.kills)),
        reason="" if killed else why,
    )


def _unnoticed(mutant: Mutant, ran: int, reached: int, copies: int) -> str:
    if not ran:
        return "no case in which it would differ" if reached else "no case comes by it"
    if copies:
        return f"breaks no rule: {copies} more pages were copied"
    if mutant.witness is not None and not mutant.witness.breaks:
        return "breaks no rule: what it changes is allowed"
    return f"{ran} cases come by it, and none notices"


def _names(cases: Iterable[str]) -> Iterator[str]:
    yield from dict.fromkeys(cases)
