"""Options that several subcommands have, said once."""

from collections.abc import Callable
from pathlib import Path
from typing import Any, TypeVar

import click

from kanalyze.report import ROLES

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


def facts(command: Command) -> Command:
    """Add ``--config``, ``--db`` and ``--jobs``: with what, and where, facts are computed."""
    path = click.Path(path_type=Path)
    where = "Fact store (in the user's cache)."
    for option in (
        click.option(
            "--jobs", type=click.IntRange(0), default=0, help="Workers (one a processor)."
        ),
        click.option("--db", type=path, metavar="FILE", help=where),
        click.option("--config", type=path, metavar="FILE", help="Configuration."),
    ):
        command = option(command)
    return command


def loudness(verbose: str) -> Callable[[Command], Command]:
    """Add ``--verbose`` and ``--quiet``; ``verbose`` says what more is shown."""

    def add(command: Command) -> Command:
        quiet = click.option("-q", "--quiet", is_flag=True, help="No progress.")
        return click.option("-v", "--verbose", is_flag=True, help=verbose)(quiet(command))

    return add
