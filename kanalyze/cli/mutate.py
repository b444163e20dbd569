"""``kanalyze mutate``: whether tests can fail, decision by decision."""

import multiprocessing
from collections.abc import Iterator
from concurrent.futures import Executor, ProcessPoolExecutor
from contextlib import contextmanager
from functools import partial
from pathlib import Path

import click

from kanalyze.cli import options
from kanalyze.cli.output import colours, terminal_width, write
from kanalyze.cli.progress import stage_progress
from kanalyze.errors import EnvironmentFailure, InputError
from kanalyze.report import View


@click.command()
@click.argument("tree", metavar="SOURCE")
@click.argument("tests", metavar="[TESTS]", default="")
@click.option(
    "--decision",
    "wanted",
    multiple=True,
    metavar="ID",
    help="This site, function or file, and nothing else (repeat).",
)
@click.option(
    "--suite",
    "suites",
    multiple=True,
    type=click.Choice(["generated", "tree"]),
    help="Whose tests: those in TESTS, or the source's own (repeat).",
)
@click.option(
    "--test", "names", multiple=True, metavar="NAME", help="A test of the source's own (repeat)."
)
@click.option("--list", "listing", is_flag=True, help="Show the mutants; build and run nothing.")
@click.option("--diff", "shown", default="", metavar="MUTANT", help="Print a mutant as a diff.")
@click.option(
    "-o",
    "--output",
    "directory",
    type=click.Path(path_type=Path),
    metavar="DIR",
    help="Where the campaign is kept, so that it can go on.",
)
@click.option(
    "--build-config",
    "build_config",
    default="small",
    show_default=True,
    metavar="NAME",
    help="The kernel's configuration.",
)
@click.option(
    "--accel",
    type=click.Choice(["auto", "kvm", "tcg"]),
    default="auto",
    show_default=True,
    help="What guests run under.",
)
@click.option(
    "--memory",
    type=click.IntRange(256),
    default=2048,
    metavar="MB",
    show_default=True,
    help="Memory of a guest.",
)
@click.option(
    "--cpus", type=click.IntRange(1), default=2, show_default=True, help="Processors of a guest."
)
@click.option("--scheduler", default="", metavar="ADDRESS", help="Run on a Dask cluster.")
@click.option(
    "--format",
    "shape",
    type=click.Choice(["text", "json", "markdown"]),
    default="text",
    show_default=True,
)
@options.facts
@options.loudness("Every mutant with its witness and what noticed it.")
def command(
    tree: str,
    tests: str,
    wanted: tuple[str, ...],
    suites: tuple[str, ...],
    names: tuple[str, ...],
    listing: bool,
    shown: str,
    directory: Path | None,
    build_config: str,
    accel: str,
    memory: int,
    cpus: int,
    scheduler: str,
    shape: str,
    config: Path | None,
    db: Path | None,
    jobs: int,
    verbose: bool,
    quiet: bool,
) -> int:
    """Change one decision of a kernel at a time, and see which tests notice.

    SOURCE is an unpacked kernel; it is copied and never written to.  TESTS is what
    `kanalyze generate` wrote.  A campaign that was stopped goes on when it is run
    again.  The exit status is 1 when a mutant survives, and 3 when none does, but
    some could not be run.
    """
    # Not at the top: `kanalyze mutate --help` needs none of it.
    from kanalyze import report, review
    from kanalyze.config import load
    from kanalyze.history.scan import ScanRequest

    executors = partial(_executors, scheduler, jobs)
    view = View(width=terminal_width(), colour=colours(), verbose=verbose)
    with stage_progress(quiet=quiet) as progress:
        scan = ScanRequest(
            tree=tree, config=load(config), history=False, db=db, jobs=jobs, progress=progress
        )
        if listing or shown:
            progress.stage("making mutants", None)
            with executors() as executor:
                _, mutants = review.mutants_of(scan, wanted, executor)
        else:
            own = suites or (("generated",) if tests else ("tree",))
            _check(tests, own, names, directory)
            assert directory is not None
            found = review.mutate(
                review.MutationRequest(
                    scan=scan,
                    directory=directory,
                    wanted=wanted,
                    tests=Path(tests) if "generated" in own else None,
                    tree_tests=(names or ("all",)) if "tree" in own else (),
                    config=build_config,
                    accelerator=accel,  # type: ignore[arg-type]
                    memory_mb=memory,
                    cpus=cpus,
                    progress=progress,
                ),
                executors,
            )
    if shown:
        diffs = [one.diff for one in mutants if one.id == shown]
        if not diffs:
            raise InputError("no such mutant", where=shown, hint="--list names them")
        write(diffs, utf8=True)
        return 0
    if listing:
        write(report.mutants_text(mutants, view), utf8=False)
        return 0
    forms = {
        "text": report.mutation_text(found, view),
        "json": report.mutation_json(found),
        "markdown": report.mutation_markdown(found),
    }
    write(forms[shape], utf8=shape != "text")
    outcomes = {verdict.outcome for one in found.results for verdict in one.verdicts}
    if "survived" in outcomes:
        return 1
    return 3 if "infrastructure-failed" in outcomes else 0


def _check(
    tests: str, suites: tuple[str, ...], names: tuple[str, ...], directory: Path | None
) -> None:
    if directory is None:
        raise click.UsageError("-o says where the campaign is kept")
    if names and "tree" not in suites:
        raise click.UsageError("--test names tests of the tree, which need --suite tree")
    if "generated" in suites and not tests:
        raise click.UsageError("the generated suite needs TESTS, which `kanalyze generate` writes")


@contextmanager
def _executors(scheduler: str, jobs: int) -> Iterator[Executor]:
    """Give what work is spread over: processes of this machine, or a Dask cluster."""
    if not scheduler:
        context = multiprocessing.get_context("forkserver")
        with ProcessPoolExecutor(jobs or None, mp_context=context) as executor:
            yield executor
        return
    try:
        from distributed import Client
    except ImportError as error:
        raise EnvironmentFailure(
            "Dask is not installed", where="--scheduler", hint="pip install 'kanalyze[dask]'"
        ) from error
    try:
        client = Client(scheduler, timeout=10)  # type: ignore[no-untyped-call]
    # An address that is none can come out of Dask as a failed assertion.
    except (OSError, ValueError, AssertionError) as error:
        raise EnvironmentFailure(f"cannot be reached: {error}", where=scheduler) from error
    with client:
        yield client.get_executor(pure=False)  # type: ignore[no-untyped-call]
