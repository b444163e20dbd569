"""A series on kernels: its base and its tip are built, and what guards it runs on both."""

import shutil
import threading
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from kanalyze.errors import InputError
from kanalyze.lab.accel import Wanted
from kanalyze.lab.arch import find_arch
from kanalyze.lab.build import BuildFailed, Built, build_kernel
from kanalyze.lab.kernels import BUILT_IMAGES, find_kernel
from kanalyze.lab.model import Kernel, LabRun, TestProgram
from kanalyze.lab.programs import build_generated, scratch
from kanalyze.lab.run import RunRequest, run_tests
from kanalyze.progress import Progress, Silent
from kanalyze.review.evidence import boot_failure, compared, does_not_build, with_evidence
from kanalyze.review.evidence_cases import Chosen, choose_cases, touched_names
from kanalyze.review.evidence_mutants import OfSeries, mutants
from kanalyze.review.evidence_source import PrivateSource, files_of, private_source
from kanalyze.review.guards import guards
from kanalyze.review.model import Evidence, Finding, Mutated, Review
from kanalyze.review.request import Opened, ReviewRequest, opened
from kanalyze.selftests.render import render
from kanalyze.selftests.standalone import standalone
from kanalyze.selftests.write import write_files

# What a guest showed once it may not show again: what fails is tried this often.
_TRIES = 2
#: What of a build is a kernel that can be booted, and is known again.
_PARTS = (*BUILT_IMAGES, ".config", "include/config/kernel.release")
_OF = "built-of"


@dataclass(frozen=True, slots=True, kw_only=True)
class OnKernels:
    """How a series is run.

    ``tests`` is a directory of generated tests to choose from (None: they are made
    for the base); ``logs``, which is empty or not there, keeps the consoles.  With
    ``mutating`` mutants of what is touched say whether the cases can fail.
    """

    config: str = "small"
    tests: Path | None = None
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
            chosen = choose_cases(found, series, request.scan, how.tests)
            if not chosen.cases:
                note = "nothing was run: no test case is about what it touches"
                return replace(found, notes=(*found.notes, note))
            return _OnBoth(found, request, how, chosen, Path(temporary)).run(series, source)


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
        tip: Kernel | None = None
        complaint, log = "", ""
        source.change(files)
        try:
            built = self._built(source)
            tip = _kept(built, self._place / "tip")
            target = built.log.parent
        except BuildFailed as error:
            complaint, target = error.what, None
            log = error.hint.partition(": ")[2]
        source.restore()
        base = self._base(source, target)
        facts = self._facts(base)
        if tip is None:
            failed = does_not_build(base.release, self._how.config, complaint, log)
            return self._with((failed,), facts)
        found = self._on(base, tip)
        evidence = compared(
            [one for one in found.results if one.kernel == _BASE],
            [one for one in found.results if one.kernel == _TIP],
            base.release, self._how.config,
        )  # fmt: skip
        notes = found.notes
        told: tuple[Mutated, ...] = ()
        if self._how.mutating and evidence and evidence[0].suite:
            source.change(files)
            told, more = self._mutants(source)
            notes = (*notes, *more)
        return replace(self._with(evidence, [*facts, *found.machine], notes), mutants=told)

    # ---------------------------------------------------------------- building

    def _built(self, source: PrivateSource) -> Built:
        return build_kernel(str(source.path), self._how.config, progress=self._progress)

    def _base(self, source: PrivateSource, target: Path | None) -> Kernel:
        """Return the kernel of the base: kept from an earlier review, or built now.

        ``target`` is where the tip was built: another compiler or configuration would
        have another.
        """
        kept = source.directory / f"base-{self._how.config}"
        if target is not None and _is_of(kept, target):
            return find_kernel(str(kept))
        try:
            built = self._built(source)
        except BuildFailed as error:
            raise InputError(f"the base {error.what}", hint=error.hint) from error
        shutil.rmtree(kept, ignore_errors=True)
        kernel = _kept(built, kept)
        (kept / _OF).write_text(built.log.parent.name)
        return kernel

    # ----------------------------------------------------------------- running

    def _on(self, base: Kernel, tip: Kernel) -> LabRun:
        programs = self._programs(base)
        self._progress.stage("running test cases before and after", 2 * len(self._chosen.cases))
        found = run_tests(
            RunRequest(
                kernels=(replace(base, name=_BASE), replace(tip, name=_TIP)),
                programs=programs,
                repeat=_TRIES,
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

    def _programs(self, kernel: Kernel) -> tuple[TestProgram, ...]:
        """Build the chosen cases, and no others."""
        self._progress.stage("building tests", None)
        written, build = self._place / "tests", self._place / "built"
        suite = render(self._chosen.cases, self._chosen.pieces, None)
        write_files(written, standalone(suite))
        build.mkdir()
        return build_generated(written, find_arch(kernel.arch), build)

    def _mutants(self, source: PrivateSource) -> tuple[tuple[Mutated, ...], tuple[str, ...]]:
        asked = OfSeries(
            source=source.path,
            tests=self._place / "tests",
            names=touched_names(self._found),
            directory=source.directory / "mutants",
            config=self._how.config,
            accelerator=self._how.accelerator,
            memory_mb=self._how.memory_mb,
            cpus=self._how.cpus,
        )
        return mutants(asked, self._scan)

    # ------------------------------------------------------------------ saying

    def _facts(self, base: Kernel) -> list[tuple[str, str]]:
        options = dict(base.options)
        return [
            ("kernel", base.release),
            ("config", self._how.config),
            ("built with", options.get("CONFIG_CC_VERSION_TEXT", "")),
            ("test cases", f"{len(self._chosen.cases)} of {self._chosen.of}"),
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


# What the two kernels are called: their releases are the same.
_BASE, _TIP = "base", "with the series"


def _kept(built: Built, place: Path) -> Kernel:
    """Return a kernel that was built, as a copy that the next build does not overwrite."""
    target = built.log.parent
    for name in _PARTS:
        if (target / name).is_file():
            (place / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy(target / name, place / name)
    return find_kernel(str(place))


def _is_of(kept: Path, target: Path) -> bool:
    try:
        return (kept / _OF).read_text() == target.name
    except OSError:
        return False
