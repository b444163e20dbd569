"""``kanalyze run``: tests on real kernels in QEMU, and what came of them."""

import shutil
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

import click

from kanalyze.cli import options
from kanalyze.cli.output import write
from kanalyze.cli.progress import stage_progress
from kanalyze.cli.watch import guest_watch
from kanalyze.errors import InputError, KanalyzeError
from kanalyze.progress import Progress
from kanalyze.report import View

if TYPE_CHECKING:
    from kanalyze.lab.model import Kernel, LabRun, TestProgram

#: What `-o DIR` holds besides the consoles.
_FILES = {
    "json": "run.json",
    "junit": "junit.xml",
    "ktap": "results.ktap",
    "html": "index.html",
    "text": "matrix.txt",
}
_LOGS = "logs"
_FAILS = frozenset({"fail", "timeout", "kernel-warning", "kernel-panic"})
_LOST = frozenset({"boot-failure", "lost-vm", "not-run"})


@click.command()
@click.argument("directory", metavar="[DIR]", default="")
@click.option(
    "--kernel",
    "kernels",
    multiple=True,
    metavar="K",
    help="An image, a build directory, a .deb, or a name as `kernels list` has (repeat).",
)
@click.option(
    "--kernel-rev",
    "revisions",
    multiple=True,
    metavar="REV",
    help="Build this revision of --source and run on it (repeat).",
)
@click.option(
    "--source",
    metavar="TREE",
    default="",
    help="The kernels' source: for --kernel-rev, --suite tree and predictions.",
)
@options.suites("DIR", "the source tree")
@click.option("--case", "words", multiple=True, metavar="WORD", help="Only cases with this word.")
@click.option(
    "--repeat", type=click.IntRange(1), default=1, metavar="N", help="Tries for a case that fails."
)
@options.build_config("The configuration for --kernel-rev.")
@options.guest
@click.option(
    "--guests",
    type=click.IntRange(0),
    default=0,
    metavar="N",
    help="Guests at the same time (0: as many as fit).",
)
@click.option(
    "--swap",
    type=click.Choice(("auto", "disk", "zram", "brd", "none")),
    default="auto",
    show_default=True,
    help="What guests swap to.",
)
@options.forms("text", "json", "junit", "ktap", "html")
@click.option(
    "-o",
    "--output",
    type=click.Path(path_type=Path),
    metavar="DIR",
    help="Write all formats and the consoles here.",
)
@options.loudness("Every case, not only those that need a look.")
def command(
    directory: str,
    kernels: tuple[str, ...],
    revisions: tuple[str, ...],
    source: str,
    suites: tuple[str, ...],
    tree_tests: tuple[str, ...],
    words: tuple[str, ...],
    repeat: int,
    build_config: str,
    guest: options.Guest,
    guests: int,
    swap: str,
    shape: str,
    output: Path | None,
    view: View,
    quiet: bool,
) -> int:
    """Build the tests in DIR, boot each kernel in QEMU, and show what every case came to.

    The exit status is 1 when a case fails or a kernel complains, and 3 when a
    guest was lost and nothing else failed.
    """
    # Not at the top: `kanalyze run --help` needs none of it.
    from kanalyze import lab

    chosen = options.chosen_suites(suites, directory, tree_tests, "DIR")
    _check(chosen, kernels, revisions, source)
    predicting = bool(source) and "generated" in chosen
    if predicting:  # what cannot be read is said before anything runs
        from kanalyze import review

        review.check_predictable(Path(directory), source)
    place = _made(output)
    with lab.scratch("tests") as build:
        with stage_progress(quiet=quiet) as progress:
            found = _found(kernels, revisions, source, build_config, progress)
            progress.stage("building tests", None)
            tests = _Tests(chosen, directory, source, tree_tests)
            programs, notes = tests.build(found, Path(build))
        with guest_watch(quiet=quiet) as watcher:
            request = lab.RunRequest(
                kernels=found,
                programs=programs,
                words=words,
                repeat=repeat,
                accelerator=guest.accelerator,
                memory_mb=guest.memory_mb,
                cpus=guest.cpus,
                guests=guests,
                swap=swap,  # type: ignore[arg-type]
                logs=_fresh_logs(place) if place else None,
                watcher=watcher,
            )
            run = lab.run_tests(request, notes=notes)
    if predicting:
        run = _predicted(run, directory, source, quiet)
    _show(run, shape, place, view)
    return _status(run)


def _found(
    kernels: tuple[str, ...],
    revisions: tuple[str, ...],
    source: str,
    build_config: str,
    progress: Progress,
) -> "tuple[Kernel, ...]":
    """Return the kernels that are at hand, and the revisions that are built now."""
    from kanalyze import lab

    progress.stage("finding kernels", None)
    found = [lab.find_kernel(one) for one in kernels]
    for one in revisions:
        built = lab.build_kernel(source, build_config, revision=one, progress=progress)
        # as the user names it: revisions that lie beside each other are of one release
        found.append(replace(built.kernel, name=f"{one}-{build_config}", given=one, revision=one))
    return tuple(found)


def _check(
    suites: tuple[str, ...], kernels: tuple[str, ...], revisions: tuple[str, ...], source: str
) -> None:
    """Refuse what cannot be done."""
    if not kernels and not revisions:
        raise click.UsageError("name a kernel with --kernel, or a revision with --kernel-rev")
    if not source and (revisions or "tree" in suites):
        raise click.UsageError("--kernel-rev and --suite tree need --source")


def _made(output: Path | None) -> Path | None:
    if output is None:
        return None
    try:
        output.mkdir(parents=True, exist_ok=True)
        names = {path.name for path in output.iterdir()}
        # A run that was interrupted has left its consoles, and maybe a part of its files.
        if names - {_LOGS, *_FILES.values()} and _FILES["json"] not in names:
            raise InputError("is not empty, and holds no run", where=str(output))
    except OSError as error:
        raise InputError(f"cannot be written: {error.strerror}", where=str(output)) from error
    return output


def _fresh_logs(place: Path) -> Path:
    """Return where consoles go, without those of an earlier run."""
    logs = place / _LOGS
    try:
        if logs.exists():
            shutil.rmtree(logs)
    except OSError as error:
        raise InputError(f"cannot be written: {error.strerror}", where=str(logs)) from error
    return logs


@dataclass(frozen=True, slots=True)
class _Tests:
    """What is to be run: the tests in ``directory``, and ``names`` of the source's own."""

    suites: tuple[str, ...]
    directory: str
    source: str
    names: tuple[str, ...]

    def build(
        self, kernels: "tuple[Kernel, ...]", build: Path
    ) -> "tuple[tuple[TestProgram, ...], tuple[str, ...]]":
        """Build it in ``build``, and return notes on it too; kernels are of one architecture."""
        from kanalyze import lab

        arches = {kernel.arch for kernel in kernels}
        if len(arches) > 1:
            what = f"kernels of {' and '.join(sorted(arches))}"
            raise InputError(what, hint="run them one by one")
        arch = lab.find_arch(arches.pop())
        programs: tuple[TestProgram, ...] = ()
        notes: tuple[str, ...] = ()
        if "generated" in self.suites:
            own = build / "generated"
            own.mkdir()
            programs += lab.build_generated(Path(self.directory), arch, own)
        if "tree" in self.suites:
            own = build / "tree"
            own.mkdir()
            built, notes = lab.build_tree_tests(Path(self.source), self.names, arch, own)
            programs += built
        return programs, notes


def _predicted(run: "LabRun", directory: str, source: str, quiet: bool) -> "LabRun":
    """Return a run with what the kernels' source says of each case."""
    from kanalyze import review
    from kanalyze.config import load
    from kanalyze.history.scan import ScanRequest

    with stage_progress(quiet=quiet) as progress:
        request = ScanRequest(tree=source, config=load(None), history=False, progress=progress)
        try:
            return review.with_predictions(run, Path(directory), request)
        except KanalyzeError as error:  # the results stand without it
            return replace(run, notes=(*run.notes, f"nothing is predicted: {error}"))


def _show(run: "LabRun", shape: str, place: Path | None, view: View) -> None:
    """Write a run as ``shape``, and in all forms to ``place``."""
    from kanalyze import report

    forms: dict[str, Callable[[], Iterator[str]]] = {
        "text": lambda: report.run_text(run, view),
        "json": lambda: report.run_json(run),
        "junit": lambda: report.run_junit(run),
        "ktap": lambda: report.run_ktap(run),
        "html": lambda: report.run_html(run),
    }
    if place:
        _write_all(place, forms)
    write(forms[shape](), utf8=shape != "text")


def _write_all(place: Path, forms: dict[str, Callable[[], Iterator[str]]]) -> None:
    try:
        for shape, name in _FILES.items():
            with (place / name).open("w", encoding="utf-8", errors="backslashreplace") as file:
                file.writelines(forms[shape]())
    except OSError as error:
        raise InputError(f"cannot be written: {error.strerror}", where=str(place)) from error


def _status(run: "LabRun") -> int:
    outcomes = {one.outcome for one in run.results}
    if outcomes & _FAILS:
        return 1
    return 3 if outcomes & _LOST else 0
