"""Options that several subcommands have, said once."""

import functools
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

import click

from kanalyze.cli.output import colours, terminal_width
from kanalyze.report import ROLES, View

if TYPE_CHECKING:
    from kanalyze.history.scan import ScanRequest
    from kanalyze.lab.accel import Wanted

Command = TypeVar("Command", bound=Callable[..., Any])


def files(command: Command) -> Command:
    """Add ``--file``, as the parameter ``files``."""
    return click.option(
        "--file",
        "files",
        multiple=True,
        metavar="PATH",
        help="Read this file and no other (repeat).",
    )(command)


def roles(what: str) -> Callable[[Command], Command]:
    """Add ``--role``, as the parameter ``roles``; ``what`` is what it narrows."""
    return click.option(
        "--role",
        "roles",
        multiple=True,
        type=click.Choice([*ROLES, "all"]),
        metavar="ROLE",
        help=f"Show only {what} (repeat): {', '.join(ROLES)}, or all.",
    )


@dataclass(frozen=True, slots=True)
class Facts:
    """With what, and where, facts are computed: the user's settings, store and workers."""

    config: Path | None
    db: Path | None
    jobs: int

    def of(self, tree: str) -> "ScanRequest":
        """Return the request for all that is to be known of ``tree``, at HEAD.

        Raises InputError for settings that cannot be read.
        """
        # Not at the top: --help needs none of it.
        from kanalyze.config import load
        from kanalyze.history.scan import ScanRequest

        return ScanRequest(tree=tree, config=load(self.config), db=self.db, jobs=self.jobs)


def facts(command: Callable[..., Any]) -> Callable[..., Any]:
    """Add ``--config``, ``--db`` and ``--jobs``, together the parameter ``facts``."""

    @functools.wraps(command)
    def gathered(*, config: Path | None, db: Path | None, jobs: int, **others: Any) -> Any:
        return command(facts=Facts(config, db, jobs), **others)

    path = click.Path(path_type=Path)
    where = "Where facts are kept (in the user's cache)."
    for option in (
        click.option(
            "--jobs",
            type=click.IntRange(0),
            default=0,
            metavar="N",
            help="Workers (one a processor).",
        ),
        click.option("--db", type=path, metavar="FILE", help=where),
        click.option(
            "--config", type=path, metavar="FILE", help="Settings that differ from the defaults."
        ),
    ):
        gathered = option(gathered)
    return gathered


def loudness(more: str) -> Callable[[Callable[..., Any]], Callable[..., Any]]:
    """Add ``--quiet``, and ``--verbose`` as the parameter ``view``: how a reader of stdout sees.

    ``more`` is what is shown with ``--verbose``.
    """

    def add(command: Callable[..., Any]) -> Callable[..., Any]:
        @functools.wraps(command)
        def viewed(*, verbose: bool, **others: Any) -> Any:
            view = View(width=terminal_width(), colour=colours(), verbose=verbose)
            return command(view=view, **others)

        quiet = click.option("-q", "--quiet", is_flag=True, help="No progress.")
        return click.option("-v", "--verbose", is_flag=True, help=more)(quiet(viewed))

    return add


def forms(*names: str) -> Callable[[Command], Command]:
    """Add ``--format``, as the parameter ``shape``; the first of ``names`` is the default."""
    return click.option(
        "--format", "shape", type=click.Choice(names), default=names[0], show_default=True
    )


def suites(directory: str, source: str) -> Callable[[Command], Command]:
    """Add ``--suite`` and ``--test``, as the parameters ``suites`` and ``tree_tests``.

    ``directory`` is the argument that names generated tests, and ``source`` is what
    the command calls the tree whose own tests there are; see :func:`chosen_suites`.
    """

    def add(command: Command) -> Command:
        test = click.option(
            "--test",
            "tree_tests",
            multiple=True,
            metavar="NAME",
            help=f"A test of {source}'s own (repeat).",
        )
        suite = click.option(
            "--suite",
            "suites",
            multiple=True,
            type=click.Choice(["generated", "tree"]),
            help=f"Whose tests: those in {directory}, or {source}'s own (repeat).",
        )
        return suite(test(command))

    return add


def chosen_suites(
    given: Sequence[str], directory: str, tree_tests: Sequence[str], argument: str
) -> tuple[str, ...]:
    """Return the suites that were asked for, and where none was, the one that there is.

    ``directory`` is what was given as ``argument``, "" for nothing.  Raises
    click.UsageError for tests of a suite that is not among them.
    """
    chosen = tuple(given) or (("generated",) if directory else ("tree",))
    if tree_tests and "tree" not in chosen:
        raise click.UsageError("--test names tests of the tree, which need --suite tree")
    if "generated" in chosen and not directory:
        needs = f"the generated suite needs {argument}"
        raise click.UsageError(f"{needs}, which `kanalyze generate` writes")
    return chosen


def build_config(what: str) -> Callable[[Command], Command]:
    """Add ``--build-config``; ``what`` is what is built with it."""
    return click.option(
        "--build-config", default="small", show_default=True, metavar="NAME", help=what
    )


@dataclass(frozen=True, slots=True)
class Guest:
    """The machine that a guest is."""

    accelerator: "Wanted"
    memory_mb: int
    cpus: int


def guest(command: Callable[..., Any]) -> Callable[..., Any]:
    """Add ``--accel``, ``--memory`` and ``--cpus``, together the parameter ``guest``."""

    @functools.wraps(command)
    def gathered(*, accel: "Wanted", memory: int, cpus: int, **others: Any) -> Any:
        return command(guest=Guest(accel, memory, cpus), **others)

    for option in (
        click.option(
            "--cpus",
            type=click.IntRange(1),
            default=2,
            metavar="N",
            show_default=True,
            help="Processors of a guest.",
        ),
        click.option(
            "--memory",
            type=click.IntRange(256),
            default=2048,
            metavar="MB",
            show_default=True,
            help="Memory of a guest.",
        ),
        click.option(
            "--accel",
            type=click.Choice(["auto", "kvm", "tcg"]),
            default="auto",
            show_default=True,
            help="What guests run under.",
        ),
    ):
        gathered = option(gathered)
    return gathered
