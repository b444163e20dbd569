"""Static meets dynamic: what a kernel's source says of each case, beside what was observed."""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from pathlib import Path

from kanalyze.errors import InputError
from kanalyze.history.git import GitTree, open_tree
from kanalyze.history.kernel_version import read_version
from kanalyze.history.plain import PlainTree
from kanalyze.history.runner import to_text
from kanalyze.history.scan import ScanRequest
from kanalyze.lab.agreement import held_against
from kanalyze.lab.model import LabRun, Prediction
from kanalyze.progress import Silent
from kanalyze.review.scanned import scanned_tree
from kanalyze.selftests.cases import CaseRecord
from kanalyze.selftests.cases_json import read_cases
from kanalyze.selftests.plan import installed_pieces
from kanalyze.selftests.predict import predictions
from kanalyze.semantics.reading import read

_SERIES = re.compile(r"(\d+\.\d+)(?:\.(\d+))?")
# The size of a page is part of a name only where the program runs.
_SIZE = re.compile(r"-\d+kB\b")


def check_predictable(directory: Path, tree: str) -> None:
    """Raise InputError when predictions could not be made: no cases, or no tree."""
    read_cases(directory)
    open_tree(tree)


def with_predictions(run: LabRun, directory: Path, request: ScanRequest) -> LabRun:
    """Return a run with what ``request.tree`` says of each generated case in ``directory``.

    A kernel that was built of a revision is held against that one.  For others a
    repository's releases are taken by the kernels' versions, the exact one or the
    newest of the series; a directory is for kernels of its own series.  Raises
    InputError and EnvironmentFailure as scan does.
    """
    cases = read_cases(directory)
    sources, notes = _sources(run, request)
    observed = _names(run)
    found: list[Prediction] = []
    progress = request.progress or Silent()
    progress.stage("predicting", len(set(sources.values())))
    known: dict[str, dict[str, Prediction]] = {}
    for kernel, revision in sources.items():
        if revision not in known:
            known[revision] = dict(_predicted(cases, replace(request, revision=revision or "HEAD")))
            progress.step()
        for program, case in observed.get(kernel, ()):
            expected = known[revision].get(_SIZE.sub("", case, count=1))
            if expected is not None:
                found.append(replace(expected, kernel=kernel, program=program, case=case))
    return replace(
        run,
        predictions=held_against(found, run.results),
        notes=(*run.notes, *notes),
    )


def _names(run: LabRun) -> Mapping[str, Sequence[tuple[str, str]]]:
    """Return the generated cases that each kernel has a result of, each once."""
    found: dict[str, dict[tuple[str, str], None]] = {}
    for one in run.results:
        if one.suite == "generated" and one.case:
            found.setdefault(one.kernel, {})[one.program, one.case] = None
    return {kernel: tuple(names) for kernel, names in found.items()}


def _predicted(
    cases: Sequence[CaseRecord], request: ScanRequest
) -> Iterator[tuple[str, Prediction]]:
    """Yield what one revision says of each case, by the case's name."""
    explainer = read(scanned_tree(request))
    pieces = installed_pieces()
    for case, one in predictions(explainer, pieces, tuple(cases)):
        yield (
            case.name,
            Prediction(
                kernel="",
                program=case.program,
                case=case.name,
                expected=one.expected,
                function=one.function,
                why=one.why,
            ),
        )


def _sources(run: LabRun, request: ScanRequest) -> tuple[dict[str, str], list[str]]:
    """Return the revision that is each kernel's source ("" for a directory), and notes."""
    tree = open_tree(request.tree)
    releases = {one.kernel: one.release for one in run.boots if one.release}
    sources: dict[str, str] = {}
    notes = []
    for kernel in run.kernels:
        if kernel.revision:
            sources[kernel.name] = kernel.revision
            continue
        release = releases.get(kernel.name, kernel.release)
        match = _SERIES.match(release)
        revision = _revision(tree, match[1], match[0]) if match else None
        if revision is None:
            notes.append(f"{request.tree} has no source of {kernel.name}: nothing is predicted")
            continue
        sources[kernel.name] = revision
        if revision and match and revision != f"v{match[0]}":
            notes.append(f"{kernel.name} is held against the source of {revision}")
    return sources, notes


def _revision(tree: GitTree | PlainTree, series: str, version: str) -> str | None:
    if isinstance(tree, PlainTree):
        with tree.blobs() as reader:
            makefile = reader.read_path("Makefile")
        if makefile is None:
            raise InputError("has no Makefile that says its version", where=tree.path)
        own = read_version(makefile, where=tree.path).tag.removeprefix("v")
        return "" if f"{own}.".startswith(f"{series}.") else None
    listed = tree.git.output(
        *("for-each-ref", "--sort=-version:refname", "--format=%(refname:strip=2)"),
        *(f"refs/tags/v{series}", f"refs/tags/v{series}.*"),
    )
    tags = to_text(listed).split()
    exact = [tag for tag in tags if tag == f"v{version}"]
    return next(iter([*exact, *tags]), None)
