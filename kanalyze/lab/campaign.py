"""A mutation campaign: every mutant once, whatever interrupts it.

What is known is in a directory: which kernel and tests it is about, the baseline,
and a line for each mutant that is done.  A campaign that was killed goes on where it
was; one about anything else refuses the directory.
"""

import json
import os
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import BrokenExecutor, CancelledError, Executor, Future, as_completed
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TypeVar

import msgspec

from kanalyze.errors import EnvironmentFailure, InputError
from kanalyze.lab.mutant_model import (
    Baseline,
    MutantOutcome,
    MutantResult,
    MutantSetup,
    SuiteVerdict,
    Suspect,
)
from kanalyze.lab.mutant_run import baseline, run_mutants
from kanalyze.progress import Progress, Silent

_IDENTITY = "campaign.json"
_BASELINE = "baseline.json"
_RESULTS = "mutants.jsonl"
_FAILED: MutantOutcome = "infrastructure-failed"

# So many mutants share a guest, and are lost together when we are killed.
_AT_ONCE = 4

T = TypeVar("T")


@dataclass(frozen=True, slots=True, kw_only=True)
class CampaignState:
    """The directory of a campaign; ``identity`` says what it is about."""

    directory: Path
    identity: str

    def open(self) -> None:
        """Make the directory, or check that it is about the same.

        Raises InputError for one that is about something else, EnvironmentFailure
        when the disk fails.
        """
        place = self.directory / _IDENTITY
        try:
            self.directory.mkdir(parents=True, exist_ok=True)
            if place.exists():
                if json.loads(place.read_text())["identity"] != self.identity:
                    hint = "name another with -o, or remove it"
                    raise InputError(
                        "is a campaign about other kernels or tests",
                        where=str(self.directory), hint=hint,
                    )  # fmt: skip
                return
            _write(place, json.dumps({"schema": "kanalyze.campaign/1", "identity": self.identity}))
        except (OSError, ValueError, KeyError, TypeError) as error:
            raise EnvironmentFailure(f"cannot be used: {error}", where=str(place)) from error

    def baseline(self, make: Callable[[], Baseline]) -> Baseline:
        """Return the baseline, from the directory or made now."""
        place = self.directory / _BASELINE
        known = _read(place, Baseline)
        if known is None:
            known = make()
            _write(place, msgspec.json.encode(known).decode())
        return known

    def done(self) -> dict[str, MutantResult]:
        """Return the mutants that are done, by their ids; a line that was cut off is none."""
        found = {}
        try:
            lines = (self.directory / _RESULTS).read_bytes().split(b"\n")
        except FileNotFoundError:
            return {}
        except OSError as error:
            where = str(self.directory / _RESULTS)
            raise EnvironmentFailure(error.strerror or str(error), where=where) from error
        for line in lines:
            try:
                one = msgspec.json.decode(line, type=MutantResult)
            except msgspec.DecodeError:
                continue
            found[one.id] = one
        return found

    def add(self, result: MutantResult) -> None:
        """Keep one mutant that is done, before anything else happens."""
        try:
            with (self.directory / _RESULTS).open("ab") as file:
                if file.tell():
                    # what was killed while it wrote has left half a line
                    file.write(b"\n")
                file.write(msgspec.json.encode(result))
                file.flush()
                os.fsync(file.fileno())
        except OSError as error:
            raise EnvironmentFailure(
                error.strerror or str(error), where=str(self.directory)
            ) from error


def campaign(
    setup: MutantSetup,
    suspects: Sequence[Suspect],
    placebos: Sequence[Suspect],
    state: CampaignState,
    executor: Executor,
    progress: Progress | None = None,
) -> tuple[Baseline, tuple[MutantResult, ...]]:
    """Run every suspect that is not done, and return the baseline and all results.

    First runs the placebo that most cases come by, and none of them must notice it:
    else the campaign is void, and EnvironmentFailure says so.  What the machine did to a mutant
    is told, and not kept: the next time it may do better.
    """
    progress = progress or Silent()
    state.open()
    progress.stage("running the unchanged kernel", None)
    known = state.baseline(lambda: baseline(setup))
    done = state.done()
    placebo = _most_reached(placebos, known)
    if placebo is not None:
        progress.stage("running the placebo", None)
        _check_placebo(placebo, done, setup, known, state)
    waiting = [one for one in suspects if one.id not in done]
    progress.stage("running mutants", len(suspects))
    progress.step(len(suspects) - len(waiting))
    for result in _spread(executor, setup, waiting, known):
        if not _is_void(result):
            state.add(result)
        done[result.id] = result
        progress.step()
    return known, tuple(done[one.id] for one in suspects if one.id in done)


def _most_reached(placebos: Sequence[Suspect], known: Baseline) -> Suspect | None:
    """Return the placebo that most cases come by; the first of those that are alike."""
    reached = Counter(number for one in known.cases for number, _, _ in one.counts)
    return max(placebos, key=lambda one: reached[one.number], default=None)


def _check_placebo(
    placebo: Suspect,
    done: dict[str, MutantResult],
    setup: MutantSetup,
    known: Baseline,
    state: CampaignState,
) -> None:
    where = str(state.directory)
    result = done.get(placebo.id)
    if result is None:
        (result,) = run_mutants(setup, [placebo], _concerning([placebo], known))
    if _is_void(result):
        why = next(one.reason for one in result.verdicts if one.outcome == _FAILED)
        raise EnvironmentFailure(f"void: the placebo did not run: {why}", where=where)
    noticed = [kill for verdict in result.verdicts for kill in verdict.kills]
    if noticed:
        first = noticed[0]
        raise EnvironmentFailure(
            f"void: {first.program} ({first.case}) does not pass on a change without meaning",
            where=where,
            hint="run it again on a machine that is less busy",
        )
    if placebo.id not in done:
        state.add(result)


def _spread(
    executor: Executor, setup: MutantSetup, waiting: Sequence[Suspect], known: Baseline
) -> Iterator[MutantResult]:
    """Yield results as they come; one that fails for the machine's sake says so."""
    parts = [waiting[at : at + _AT_ONCE] for at in range(0, len(waiting), _AT_ONCE)]
    futures: dict[Future[tuple[MutantResult, ...]], Sequence[Suspect]] = {}
    try:
        for part in parts:
            futures[executor.submit(run_mutants, setup, part, _concerning(part, known))] = part
        for future in as_completed(futures):
            try:
                yield from future.result()
            except BrokenExecutor:
                raise
            except Exception as error:
                if not _is_of_the_machine(error):
                    raise
                why = str(error) or type(error).__name__
                yield from (_failed(one, why) for one in futures[future])
    except BrokenExecutor as error:
        raise EnvironmentFailure(f"a worker was lost: {error}") from error
    finally:
        for future in futures:
            future.cancel()


def _is_of_the_machine(error: Exception) -> bool:
    """Tell whether an error is one of the machine, or of the cluster; others are ours."""
    if isinstance(error, EnvironmentFailure | OSError | CancelledError):
        return True
    return type(error).__module__.partition(".")[0] == "distributed"


def _concerning(suspects: Sequence[Suspect], known: Baseline) -> Baseline:
    """Return of a baseline what some mutants need: all of it is much to send to every worker."""
    numbers = {one.number for one in suspects}
    cases = []
    for one in known.cases:
        own = tuple(each for each in one.counts if each[0] in numbers)
        if own or not one.number:
            cases.append(replace(one, counts=own))
    return Baseline(cases=tuple(cases))


def _is_void(result: MutantResult) -> bool:
    return any(one.outcome == _FAILED for one in result.verdicts)


def _failed(suspect: Suspect, why: str) -> MutantResult:
    verdict = SuiteVerdict(suite="", outcome=_FAILED, ran=0, reason=why)
    return MutantResult(id=suspect.id, verdicts=(verdict,))


def _read(place: Path, kind: type[T]) -> T | None:
    try:
        return msgspec.json.decode(place.read_bytes(), type=kind)
    except FileNotFoundError:
        return None
    except (OSError, msgspec.DecodeError) as error:
        raise EnvironmentFailure(f"cannot be read: {error}", where=str(place)) from error


def _write(place: Path, text: str) -> None:
    """Write a file so that it is there whole, or not at all."""
    try:
        fresh = place.with_suffix(".new")
        with fresh.open("w") as file:
            file.write(text)
            file.flush()
            os.fsync(file.fileno())
        fresh.replace(place)
    except OSError as error:
        raise EnvironmentFailure(error.strerror or str(error), where=str(place)) from error
