"""``mutate``: from the decisions of a tree to what the tests notice of their mutants."""

import fcntl
import hashlib
import os
import re
import shutil
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Executor
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path

from kanalyze.errors import InputError
from kanalyze.history.git import open_tree
from kanalyze.history.plain import PlainTree
from kanalyze.history.scan import ScanRequest
from kanalyze.lab.accel import Wanted, choose_accelerator
from kanalyze.lab.arch import Arch, find_arch
from kanalyze.lab.build import BuildFailed, Built, build_kernel
from kanalyze.lab.campaign import CampaignState, campaign
from kanalyze.lab.conduct import build_conductor
from kanalyze.lab.model import TestProgram
from kanalyze.lab.mutant_model import Baseline, MutantResult, MutantSetup, SuiteVerdict, Suspect
from kanalyze.lab.patched import check_apart, patched_copy
from kanalyze.lab.programs import build_generated
from kanalyze.lab.tree_suite import build_tree_tests
from kanalyze.mutants import PLACEBO, Mutant, make_mutants
from kanalyze.mutants.selector import Selector, selector
from kanalyze.progress import Progress, Silent
from kanalyze.review.scanned import scanned_tree
from kanalyze.semantics.given import Tree

# Microseconds to wait where a race is lost or won; of no use to anything else.
_RACES = {"drop-write-side", "drop-read-side", "ignore-retry", "ignore-odd"}
_DELAY = 300
# What the compiler does not take of the mutants is taken out, so many times.
_MOST_BUILDS = 8
_WRONG = re.compile(r"([\w./+~@-]+\.[ch]):(\d+):")
_NUMBER = re.compile(rb"kanalyze_(?:condition|value|statement)\((\d+),")


@dataclass(frozen=True, slots=True, kw_only=True)
class MutationRequest:
    """What to mutate, and under which tests.

    ``source`` is the whole, unpacked source of a kernel; it is copied and never
    written to.  ``wanted`` names decisions by id, function or file (none: all).
    ``tests`` is a directory of generated tests, and ``tree_tests`` are tests of the
    source's own (names, or "all" for the usual ones).  ``directory`` holds the
    campaign, so that it can go on.  All mutants are in the kernel; if ``breaking``, only
    those that break a rule are run, and the others can be later.
    """

    scan: ScanRequest
    directory: Path
    wanted: tuple[str, ...] = ()
    tests: Path | None = None
    tree_tests: tuple[str, ...] = ()
    breaking: bool = False
    config: str = "small"
    accelerator: Wanted = "auto"
    memory_mb: int = 2048
    cpus: int = 2
    progress: Progress = field(default_factory=Silent)


@dataclass(frozen=True, slots=True, kw_only=True)
class Mutation:
    """What came of a campaign: ``kanalyze.mutation/1``.

    ``results`` have every mutant, in the order of ``mutants``; ``facts`` are
    (what, value) pairs for whoever wants to do it again.
    """

    tree: str
    describe: str
    mutants: tuple[Mutant, ...]
    results: tuple[MutantResult, ...]
    baseline: Baseline
    facts: tuple[tuple[str, str], ...]
    notes: tuple[str, ...] = ()
    schema: str = field(default="kanalyze.mutation/1")


def mutants_of(
    request: ScanRequest, wanted: Sequence[str], executor: Executor | None
) -> tuple[Tree, tuple[Mutant, ...]]:
    """Return a tree and its mutants; nothing is built.

    Raises InputError when nothing of what is wanted can be changed in meaning.
    """
    tree = scanned_tree(request)
    made = make_mutants(tree, wanted, executor)
    if not any(one.operator != PLACEBO for one in made):
        hint = "kanalyze scan lists what there is"
        raise InputError("nothing here can be changed in meaning", where=request.tree, hint=hint)
    return tree, made


def mutate(
    request: MutationRequest, executors: Callable[[], AbstractContextManager[Executor]]
) -> Mutation:
    """Run a campaign, or what is left of it, and return all of it.

    ``executors`` gives what the work is spread over.  Raises InputError for a source
    that is none or does not build, and EnvironmentFailure when the machine fails, or
    the campaign is void because an unchanged kernel does not pass.
    """
    if not isinstance(open_tree(request.scan.tree), PlainTree):
        hint = "unpack it: a campaign builds the whole kernel"
        raise InputError("is a repository", where=request.scan.tree, hint=hint)
    check_apart(Path(request.scan.tree), request.directory)
    request.progress.stage("making mutants", None)
    with executors() as executor:
        tree, mutants = mutants_of(request.scan, request.wanted, executor)
    _made(request.directory)
    with _alone(request.directory):
        return _campaign(request, executors, tree, mutants)


def _campaign(
    request: MutationRequest,
    executors: Callable[[], AbstractContextManager[Executor]],
    tree: Tree,
    mutants: tuple[Mutant, ...],
) -> Mutation:
    chosen, built, broken = _built(request, tree, mutants)
    setup, notes = _setup(request, built)
    if request.breaking:
        mutants = tuple(one for one in mutants if one.breaks_a_rule or one.operator == PLACEBO)
    suspects, placebos = _suspects(mutants, chosen, broken)
    known = Baseline(cases=())
    results: tuple[MutantResult, ...] = ()
    for name, own in _by_suite(setup):
        state = CampaignState(
            directory=request.directory / name, identity=_identity(request, chosen, built, own)
        )
        with executors() as executor:
            base, ran = campaign(own, suspects, placebos, state, executor, request.progress)
        known = Baseline(cases=(*known.cases, *base.cases), notes=(*known.notes, *base.notes))
        results = _merged(results, ran)
    return Mutation(
        tree=request.scan.tree,
        describe=tree.describe or built.kernel.release,
        mutants=mutants,
        results=_all(mutants, results, chosen, broken),
        baseline=known,
        facts=tuple(_facts(request, built, setup, mutants)),
        notes=(*notes, *known.notes),
    )


def _by_suite(setup: MutantSetup) -> Iterator[tuple[str, MutantSetup]]:
    """Yield what each suite needs: one can be done, or gone on with, without the other."""
    if setup.generated:
        yield "generated", replace(setup, tree=())
    if setup.tree:
        yield "tree", replace(setup, generated=())


def _merged(
    results: Sequence[MutantResult], more: Sequence[MutantResult]
) -> tuple[MutantResult, ...]:
    """Return the results of two suites as one for each mutant."""
    known = {one.id: one for one in results}
    for one in more:
        before = known.get(one.id)
        known[one.id] = (
            one
            if before is None
            else replace(
                before,
                verdicts=(*before.verdicts, *one.verdicts),
                reached=before.reached + one.reached,
                infected=before.infected + one.infected,
            )
        )
    return tuple(known.values())


# ---------------------------------------------------------------------- building


def _built(
    request: MutationRequest, tree: Tree, mutants: Sequence[Mutant]
) -> tuple[Selector, Built, dict[str, str]]:
    """Build one kernel with all mutants; return which it has, and those that do not compile."""
    broken: dict[str, str] = {}
    copy = request.directory / "source"
    for _ in range(_MOST_BUILDS):
        chosen = selector(tree, [one for one in mutants if one.id not in broken])
        patched_copy(Path(request.scan.tree), copy, chosen.diff, request.progress)
        try:
            return (
                chosen,
                build_kernel(str(copy), request.config, progress=request.progress),
                broken,
            )
        except BuildFailed as error:
            guilty = _guilty(copy, error.what, chosen)
            if not guilty:
                raise
            broken.update(dict.fromkeys(guilty, error.what))
    raise InputError("the mutants do not build", where=str(copy))


def _guilty(copy: Path, complaint: str, chosen: Selector) -> list[str]:
    """Return the mutants on the lines that a compiler complains of.

    What is built elsewhere than in the source has its files under their whole names.
    """
    match = _WRONG.search(complaint.replace(f"{copy.resolve()}/", ""))
    if match is None:
        return []
    name = Path(*(part for part in Path(match[1]).parts if part not in ("..", "/")))
    try:
        lines = (copy / name).read_bytes().split(b"\n")
    except OSError:
        return []
    line = int(match[2]) - 1
    around = b"\n".join(lines[max(0, line - 2) : line + 3])
    return [chosen.ids[int(number) - 1] for number in _NUMBER.findall(around)]


def _setup(request: MutationRequest, built: Built) -> tuple[MutantSetup, tuple[str, ...]]:
    """Build the tests and the conductor into the campaign's directory; return notes, too."""
    arch: Arch = find_arch(built.kernel.arch)
    progress = request.progress
    progress.stage("building tests", None)
    build = request.directory / "tests"
    logs = request.directory / "guests"
    for path in (build, logs):
        shutil.rmtree(path, ignore_errors=True)
        _made(path)
    generated: tuple[TestProgram, ...] = ()
    tree: tuple[TestProgram, ...] = ()
    notes: tuple[str, ...] = ()
    if request.tests:
        _made(build / "generated")
        generated = build_generated(request.tests, arch, build / "generated")
    if request.tree_tests:
        _made(build / "tree")
        names = tuple(one for one in request.tree_tests if one != "all")
        tree, notes = build_tree_tests(Path(request.scan.tree), names, arch, build / "tree")
    if not generated and not tree:
        raise InputError("there are no tests to run", hint="name generated tests, or --suite tree")
    choice = choose_accelerator(request.accelerator, built.kernel)
    setup = MutantSetup(
        kernel=built.kernel,
        conductor=build_conductor(arch, build),
        generated=tuple(one.path for one in generated),
        tree=tuple(one.path for one in tree),
        accelerator=choice.accelerator,
        memory_mb=request.memory_mb,
        cpus=request.cpus,
        logs=logs,
    )
    return setup, notes


# ---------------------------------------------------------------------- suspects


def _suspects(
    mutants: Sequence[Mutant], chosen: Selector, broken: dict[str, str]
) -> tuple[list[Suspect], list[Suspect]]:
    """Return the mutants to run, and the placebos: not those that are known to be equivalent."""
    numbers = {name: number for number, name in enumerate(chosen.ids, 1)}
    placebos = []
    suspects = []
    for one in mutants:
        if one.id in broken or one.id in chosen.missing:
            continue
        suspect = Suspect(
            id=one.id,
            number=numbers[one.id],
            delay=_DELAY if one.operator in _RACES else 0,
            allowed=one.witness is not None and not one.breaks_a_rule,
            breaks=one.breaks_a_rule,
        )
        if one.operator == PLACEBO:
            placebos.append(suspect)
        elif one.verdict != "equivalent":
            suspects.append(suspect)
    return suspects, placebos


def _all(
    mutants: Sequence[Mutant],
    results: Sequence[MutantResult],
    chosen: Selector,
    broken: dict[str, str],
) -> tuple[MutantResult, ...]:
    """Return a result for every mutant, in their order."""
    ran = {one.id: one for one in results}

    def result(one: Mutant) -> MutantResult:
        if one.id in ran:
            return ran[one.id]
        if one.verdict == "equivalent":
            verdict = SuiteVerdict(suite="", outcome="equivalent", ran=0, reason=one.why)
        elif one.id in broken:
            verdict = SuiteVerdict(suite="", outcome="build-failed", ran=0, reason=broken[one.id])
        else:
            why = "cannot be chosen at run time" if one.id in chosen.missing else "was not run"
            verdict = SuiteVerdict(suite="", outcome="infrastructure-failed", ran=0, reason=why)
        return MutantResult(id=one.id, verdicts=(verdict,))

    return tuple(result(one) for one in mutants if one.operator != PLACEBO)


def _identity(request: MutationRequest, chosen: Selector, built: Built, setup: MutantSetup) -> str:
    """Return a digest of what results depend on."""
    digest = hashlib.sha256(chosen.diff.encode("utf-8", "surrogateescape"))
    digest.update(repr(built.kernel.options).encode())
    digest.update(repr((setup.memory_mb, setup.cpus, request.config)).encode())
    for path in (*setup.generated, *setup.tree):
        digest.update(path.name.encode())
        digest.update(path.read_bytes())
    return digest.hexdigest()


def _facts(
    request: MutationRequest, built: Built, setup: MutantSetup, mutants: Sequence[Mutant]
) -> list[tuple[str, str]]:
    options = dict(built.kernel.options)
    config = hashlib.sha256(repr(built.kernel.options).encode()).hexdigest()[:16]
    suites = [
        *(f"generated ({request.tests})" for _ in setup.generated[:1]),
        *(f"tree ({', '.join(path.name for path in setup.tree)})" for _ in setup.tree[:1]),
    ]
    return [
        ("kernel", built.kernel.release),
        ("source", ", ".join(_blobs(Path(request.scan.tree), mutants))),
        ("config", f"{request.config}, {config}"),
        ("compiler", options.get("CONFIG_CC_VERSION_TEXT", "")),
        ("suites", " and ".join(suites)),
        ("guest", f"{setup.accelerator}, {setup.cpus} processors, {setup.memory_mb} MB"),
    ]


def _blobs(source: Path, mutants: Sequence[Mutant]) -> Iterator[str]:
    """Yield each file that is changed with its content's name, as `git hash-object` gives it."""
    for file in dict.fromkeys(one.file for one in mutants):
        content = (source / file).read_bytes()
        name = hashlib.sha1(b"blob %d\0" % len(content) + content, usedforsecurity=False)
        yield f"{file} {name.hexdigest()[:12]}"


@contextmanager
def _alone(directory: Path) -> Iterator[None]:
    """Keep other campaigns out of a directory for the block."""
    try:
        descriptor = os.open(directory / "lock", os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    except OSError as error:
        raise InputError(f"cannot be used: {error.strerror}", where=str(directory)) from error
    with os.fdopen(descriptor):
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as error:
            raise InputError("another campaign is at work here", where=str(directory)) from error
        yield


def _made(directory: Path) -> None:
    try:
        directory.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise InputError(f"cannot be made: {error.strerror}", where=str(directory)) from error
