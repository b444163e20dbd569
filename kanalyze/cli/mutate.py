"""``kanalyze mutate``: whether tests can fail, decision by decision."""

from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import Executor
from contextlib import AbstractContextManager, contextmanager
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

import click

from kanalyze.cli import options
from kanalyze.cli.output import write
from kanalyze.cli.progress import stage_progress
from kanalyze.errors import EnvironmentFailure, InputError
from kanalyze.report import View

if TYPE_CHECKING:
    from kanalyze.history.scan import ScanRequest
    from kanalyze.mutants import Mutant
    from kanalyze.review import Mutation

_Executors = Callable[[], AbstractContextManager[Executor]]


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
@click.option("--breaking", is_flag=True, help="Only mutants that break a rule in some state.")
@options.suites("TESTS", "the source")
@click.option("--list", "listing", is_flag=True, help="Show the mutants; build and run nothing.")
@click.option("--diff", "shown", default="", metavar="MUTANT", help="Print a mutant as a diff.")
@click.option(
    "--certificate",
    "certified",
    default="",
    metavar="WORDS",
    help="What the cases with these words have killed, with diffs, instead of the report.",
)
@click.option(
    "-o",
    "--output",
    "directory",
    type=click.Path(path_type=Path),
    metavar="DIR",
    help="Where the campaign is kept, so that it can go on.",
)
@options.build_config("The kernel's configuration.")
@options.guest
@click.option("--scheduler", default="", metavar="ADDRESS", help="Run on a Dask cluster.")
@options.forms("text", "json", "markdown")
@options.facts
@options.loudness("Every mutant with its witness and what noticed it.")
def command(
    tree: str,
    tests: str,
    wanted: tuple[str, ...],
    breaking: bool,
    suites: tuple[str, ...],
    tree_tests: tuple[str, ...],
    listing: bool,
    shown: str,
    certified: str,
    directory: Path | None,
    build_config: str,
    guest: options.Guest,
    scheduler: str,
    shape: str,
    facts: options.Facts,
    view: View,
    quiet: bool,
) -> int:
    """Change one decision of a kernel at a time, and see which tests notice.

    SOURCE is an unpacked kernel; it is copied and never written to.  TESTS is what
    `kanalyze generate` wrote.  A campaign that was stopped goes on when it is run
    again.  The exit status is 1 when a mutant survives, and 3 when none does, but
    some could not be run.
    """
    if (listing or shown) and shape != "text":
        raise click.UsageError("--format is for a campaign: --list and --diff are text")
    # Not at the top: `kanalyze mutate --help` needs none of it.
    from kanalyze import review

    scan = replace(facts.of(tree), history=False)
    executors = partial(_executors, scheduler, facts.jobs)
    if listing or shown:
        made = _mutants(scan, wanted, executors, quiet)
        _show([one for one in made if one.breaks_a_rule or not breaking], shown, view)
        return 0
    if directory is None:
        raise click.UsageError("-o says where the campaign is kept")
    chosen = options.chosen_suites(suites, tests, tree_tests, "TESTS")
    with stage_progress(quiet=quiet) as progress:
        found = review.mutate(
            review.MutationRequest(
                scan=replace(scan, progress=progress),
                directory=directory,
                wanted=wanted,
                tests=Path(tests) if "generated" in chosen else None,
                tree_tests=(tree_tests or ("all",)) if "tree" in chosen else (),
                breaking=breaking,
                config=build_config,
                accelerator=guest.accelerator,
                memory_mb=guest.memory_mb,
                cpus=guest.cpus,
                progress=progress,
            ),
            executors,
        )
    write(_pages(found, certified, shape, view), utf8=shape != "text" or bool(certified))
    return _status(found)


def _mutants(
    scan: "ScanRequest", wanted: tuple[str, ...], executors: "_Executors", quiet: bool
) -> "tuple[Mutant, ...]":
    """Return the mutants of a tree; nothing is built."""
    from kanalyze import review

    with stage_progress(quiet=quiet) as progress:
        progress.stage("making mutants", None)
        with executors() as executor:
            _, mutants = review.mutants_of(replace(scan, progress=progress), wanted, executor)
    return mutants


def _show(mutants: "Sequence[Mutant]", shown: str, view: View) -> None:
    """Write the mutant that is to be shown as a diff, or where none is, the list of all."""
    from kanalyze import report

    if not shown:
        write(report.mutants_text(mutants, view), utf8=False)
        return
    diffs = [one.diff for one in mutants if one.id == shown]
    if not diffs:
        raise InputError("no such mutant", where=shown, hint="--list names them")
    write(diffs, utf8=True)


def _pages(found: "Mutation", certified: str, shape: str, view: View) -> Iterable[str]:
    """Return a campaign in a format, or the certificate that was asked for."""
    from kanalyze import report

    if certified:
        text = list(report.mutation_certificate(found, certified))
        if not text:
            hint = "the report names those that did"
            raise InputError("no such case killed a mutant", where=certified, hint=hint)
        return text
    forms = {
        "text": report.mutation_text(found, view),
        "json": report.mutation_json(found),
        "markdown": report.mutation_markdown(found),
    }
    return forms[shape]


def _status(found: "Mutation") -> int:
    outcomes = {verdict.outcome for one in found.results for verdict in one.verdicts}
    if "survived" in outcomes:
        return 1
    return 3 if "infrastructure-failed" in outcomes else 0


@contextmanager
def _executors(scheduler: str, jobs: int) -> Iterator[Executor]:
    """Give what work is spread over: processes of this machine, or a Dask cluster."""
    if not scheduler:
        from kanalyze.lab import guest_workers

        with guest_workers(jobs) as executor:
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
