"""A series on kernels: its base and its tip are built, and what guards it runs on both."""

import threading
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from kanalyze.errors import EnvironmentFailure, InputError
from kanalyze.lab.accel import Wanted
from kanalyze.lab.arch import find_arch
from kanalyze.lab.model import Kernel, LabRun, TestProgram
from kanalyze.lab.programs import build_generated, scratch
from kanalyze.lab.run import RunRequest, run_tests
from kanalyze.lab.tree_suite import build_tree_tests
from kanalyze.progress import Progress, Silent
from kanalyze.review.evidence import (
    boot_failure,
    compared,
    does_not_build,
    plain_name,
    with_evidence,
)
from kanalyze.review.evidence_cases import Chosen, choose_cases, touched_names
from kanalyze.review.evidence_kernels import both_kernels
from kanalyze.review.evidence_mutants import OfSeries, mutants
from kanalyze.review.evidence_source import PrivateSource, files_of, private_source
from kanalyze.review.guards import guards
from kanalyze.review.model import Evidence, Finding, Mutated, Review
from kanalyze.review.request import Opened, ReviewRequest, opened
from kanalyze.selftests.pieces import Pieces
from kanalyze.selftests.render import render
from kanalyze.selftests.standalone import standalone
from kanalyze.selftests.write import write_files

# What a guest showed once it may not show again: what fails is tried this often, by a few.
# Where more fail it is no accident of a guest, and each costs one of its own.
_TRIES = 2
_MOST_TRIED = 8
_TESTS = "tests"
# What of a run's machine a reader needs: the compiler is that of the kernel.
_MACHINE = frozenset({"qemu", "accelerator"})


@dataclass(frozen=True, slots=True, kw_only=True)
class OnKernels:
    """How a series is run.

    ``tests`` is a directory of generated tests to choose from (None: they are made
    for the base).  ``suites`` are "generated" and "tree", the tree's own tests as the
    series leaves them; ``tree_tests`` names some (none: the usual ones).  ``logs``, which
    is empty or not there, keeps the consoles.  With ``mutating`` mutants of what is
    touched say whether the generated cases can fail.
    """

    config: str = "small"
    tests: Path | None = None
    suites: tuple[str, ...] = ("generated",)
    tree_tests: tuple[str, ...] = ()
    accelerator: Wanted = "auto"
    memory_mb: int = 2048
    cpus: int = 2
    logs: Path | None = None
    mutating: bool = False


def with_runs(found: Review, request: ReviewRequest, how: OnKernels) -> Review:
    """Return a review with what test cases show before and after its series.

    ``found`` is what came of ``request``.  Raises InputError for a tree that is no kernel's
    whole source, and for a base that does not build or boot; EnvironmentFailure when
    the machine fails.
    """
    if found.partial or not found.touches_decisions:
        why = "it does not apply" if found.partial else "it touches no decision"
        return replace(found, notes=(*found.notes, f"nothing was run: {why}"))
    progress = request.scan.progress or Silent()
    with opened(request) as series, scratch("review") as temporary:
        if series.left_out:
            raise InputError("is not in this tree", where=series.left_out[0])
        with private_source(request.scan.tree, series.base, progress) as source:
            chosen = _chosen(found, series, request, how)
            if not chosen.cases and "tree" not in how.suites:
                note = "nothing was run: no test case is about what it touches"
                return replace(found, notes=(*found.notes, note))
            return _OnBoth(found, request, how, chosen, Path(temporary)).run(series, source)


def _chosen(found: Review, series: Opened, request: ReviewRequest, how: OnKernels) -> Chosen:
    if "generated" in how.suites:
        return choose_cases(found, series, request.scan, how.tests)
    return Chosen(cases=(), of=0, pieces=Pieces(()))


class _OnBoth:
    """The base and the tip of one series."""

    def __init__(
        self, found: Review, request: ReviewRequest, how: OnKernels, chosen: Chosen, place: Path
    ) -> None:
        self._found = found
        self._how = how
        self._chosen = chosen
        self._place = place
        self._scan = request.scan
        self._progress = request.scan.progress or Silent()

    def run(self, series: Opened, source: PrivateSource) -> Review:
        files = files_of(series.repository, series.base, series.tip)
        config = self._how.config
        kernels = both_kernels(source, files, config, self._place, self._progress)
        base, tip = kernels.base, kernels.tip
        facts = self._facts(base)
        if tip is None:
            failed = does_not_build(base.release, config, kernels.complaint, kernels.log)
            return self._with((failed,), facts)
        source.change(files)  # tests that it brings are built from it, and mutants made of it
        programs, notes = self._programs(base, source)
        found = self._on(base, tip, programs)
        evidence = compared(
            [one for one in found.results if one.kernel == _BASE],
            [one for one in found.results if one.kernel == _TIP],
            base.release, config,
        )  # fmt: skip
        told: tuple[Mutated, ...] = ()
        more: tuple[str, ...] = ()
        if self._how.mutating and self._chosen.cases and all(one.suite for one in evidence):
            told, more = self._mutants(source, evidence)
        machine = [(name, value) for name, value in found.machine if name in _MACHINE]
        whole = self._with(evidence, [*facts, *machine], (*notes, *found.notes, *more))
        return replace(whole, mutants=told)

    # ----------------------------------------------------------------- running

    def _on(self, base: Kernel, tip: Kernel, programs: tuple[TestProgram, ...]) -> LabRun:
        self._progress.stage("running test cases before and after", 2 * len(self._chosen.cases))
        found = run_tests(
            RunRequest(
                kernels=(replace(base, name=_BASE), replace(tip, name=_TIP)),
                programs=programs,
                repeat=_TRIES,
                most_repeated=_MOST_TRIED,
                accelerator=self._how.accelerator,
                memory_mb=self._how.memory_mb,
                cpus=self._how.cpus,
                logs=self._how.logs,
                watcher=_Steps(self._progress),
            )
        )
        broken = boot_failure(one for one in found.results if one.kernel == _BASE)
        if broken is not None:
            raise InputError(f"the base does not boot: {broken.reason}", where=base.release)
        return found

    def _programs(
        self, kernel: Kernel, source: PrivateSource
    ) -> tuple[tuple[TestProgram, ...], tuple[str, ...]]:
        """Build the chosen cases and no others, and the tree's own tests; return notes, too."""
        self._progress.stage("building tests", None)
        arch = find_arch(kernel.arch)
        programs: tuple[TestProgram, ...] = ()
        notes: tuple[str, ...] = ()
        if self._chosen.cases:
            suite = render(self._chosen.cases, self._chosen.pieces, None)
            write_files(self._place / _TESTS, standalone(suite))
            programs = build_generated(self._place / _TESTS, arch, _made(self._place / "generated"))
        if "tree" in self._how.suites:
            place = _made(self._place / "tree")
            own, notes = build_tree_tests(source.path, self._how.tree_tests, arch, place)
            programs += own
        return programs, notes

    def _mutants(
        self, source: PrivateSource, evidence: Iterable[Evidence]
    ) -> tuple[tuple[Mutated, ...], tuple[str, ...]]:
        """Return what is noticed by the cases that do not fail on the series without a mutant.

        One that takes the kernel along would end the campaign before it begins.  Where
        that cannot be run, what the cases have shown is told all the same.
        """
        failed = {plain_name(one.case) for one in evidence if one.after not in ("pass", "skip")}
        cases = tuple(one for one in self._chosen.cases if one.name not in failed)
        if not cases:
            return (), ("no mutant was run: every case fails on the series already",)
        tests = self._place / "for-mutants"
        write_files(tests, standalone(render(cases, self._chosen.pieces, None)))
        asked = OfSeries(
            source=source.path,
            tests=tests,
            names=touched_names(self._found),
            directory=source.directory / "mutants",
            config=self._how.config,
            accelerator=self._how.accelerator,
            memory_mb=self._how.memory_mb,
            cpus=self._how.cpus,
        )
        try:
            return mutants(asked, self._scan)
        except EnvironmentFailure as error:
            return (), (f"mutants were not run: {error}",)

    # ------------------------------------------------------------------ saying

    def _facts(self, base: Kernel) -> list[tuple[str, str]]:
        options = dict(base.options)
        chosen, of = len(self._chosen.cases), self._chosen.of
        return [
            ("kernel", base.release),
            ("config", self._how.config),
            ("built with", options.get("CONFIG_CC_VERSION_TEXT", "")),
            ("test cases", f"{chosen} of {of} that are about it" if of else ""),
            ("guest", f"{self._how.cpus} processors, {self._how.memory_mb} MB"),
        ]

    def _with(
        self,
        evidence: tuple[Evidence, ...],
        facts: Sequence[tuple[str, str]],
        notes: Sequence[str] = (),
    ) -> Review:
        cases = self._chosen.cases

        def guarding(finding: Finding) -> tuple[str, ...]:
            return guards(replace(finding, state=""), cases)

        return replace(
            self._found,
            evidence=evidence,
            findings=tuple(with_evidence(self._found.findings, evidence, guarding)),
            facts=(*self._found.facts, *(fact for fact in facts if fact[1])),
            notes=(*self._found.notes, *notes),
        )


class _Steps:
    """Counts the cases that guests have done, as progress; they are told of by threads."""

    def __init__(self, progress: Progress) -> None:
        self._progress = progress
        self._done: dict[str, int] = {}
        self._lock = threading.Lock()

    def guest(self, kernel: str, doing: str, done: int) -> None:
        with self._lock:
            more = done - self._done.get(kernel, 0)
            self._done[kernel] = done
            self._progress.step(max(0, more))


def _made(directory: Path) -> Path:
    directory.mkdir()
    return directory


# What the two kernels are called: their releases are the same.
_BASE, _TIP = "base", "with the series"
