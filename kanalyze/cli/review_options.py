"""What ``kanalyze review`` can be told, gathered: the form of its report, and what it runs."""

import functools
import re
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from kanalyze.cli import options
from kanalyze.errors import InputError

if TYPE_CHECKING:
    from kanalyze.review import OnKernels

_FORMATS = (
    *("text", "mail", "html", "markdown", "json"),
    *("b4", "patchwork", "sarif", "github", "junit"),
)
_URL = re.compile(r"https?://[!-~]+")
_DIRECTORY = click.Path(path_type=Path)


@dataclass(frozen=True, slots=True, kw_only=True)
class Form:
    """The form of a report, and what only some forms have."""

    shape: str
    sender: str
    output: Path | None
    url: str
    lives: bool

    def check(self) -> None:
        """Refuse options that do not go with the form."""
        if (self.sender or self.output) and self.shape != "mail":
            raise click.UsageError("--from and --output are for --format mail")
        if self.shape == "mail" and not self.sender:
            raise click.UsageError("--format mail needs --from, who will send it")
        if self.lives and self.shape != "html":
            raise click.UsageError("--lives is for --format html")
        if self.url and not _URL.fullmatch(self.url):
            raise click.UsageError("--url takes an address that a browser can open")


def form(command: Callable[..., Any]) -> Callable[..., Any]:
    """Add ``--format`` and what goes with it, together the parameter ``form``."""

    @functools.wraps(command)
    def gathered(
        *, shape: str, sender: str, output: Path | None, url: str, lives: bool, **others: Any
    ) -> Any:
        told = Form(shape=shape, sender=sender, output=output, url=url, lives=lives)
        return command(form=told, **others)

    for option in (
        click.option("-o", "--output", type=_DIRECTORY, metavar="DIR", help="Write replies here."),
        click.option(
            "--from", "sender", default="", metavar="ADDRESS", help="Who will send the replies."
        ),
        click.option(
            "--lives", is_flag=True, help="The history of what is touched (html; takes a while)."
        ),
        click.option(
            "--url", default="", metavar="URL", help="Where checks say that a report can be read."
        ),
        options.forms(*_FORMATS),
    ):
        gathered = option(gathered)
    return gathered


@dataclass(frozen=True, slots=True, kw_only=True)
class Runs:
    """What is run; ``tests`` is a directory that is looked at without running, too."""

    run: bool
    tests: Path | None
    suites: tuple[str, ...]
    tree_tests: tuple[str, ...]
    mutating: bool
    logs: Path | None
    build_config: str
    guest: options.Guest

    def check(self) -> None:
        """Refuse options that do not go together, and logs that would be mixed with others.

        Raises InputError for a directory of logs that cannot be used.
        """
        if (self.logs or self.mutating or self.suites) and not self.run:
            raise click.UsageError("--logs, --mutate and --suite are for --run")
        if not self.logs:
            return
        try:
            if self.logs.exists() and any(self.logs.iterdir()):
                raise InputError(
                    "is not empty", where=str(self.logs), hint="name another with --logs"
                )
        except OSError as error:
            raise InputError(f"cannot be used: {error.strerror}", where=str(self.logs)) from error

    def how(self) -> "OnKernels":
        """Return how a series is run.  Raises click.UsageError as ``chosen_suites`` does."""
        from kanalyze.review import OnKernels

        return OnKernels(
            config=self.build_config,
            tests=self.tests,
            suites=options.chosen_suites(self.suites, "generated", self.tree_tests, "--tests"),
            tree_tests=self.tree_tests,
            accelerator=self.guest.accelerator,
            memory_mb=self.guest.memory_mb,
            cpus=self.guest.cpus,
            logs=self.logs,
            mutating=self.mutating,
        )


def runs(command: Callable[..., Any]) -> Callable[..., Any]:
    """Add ``--run`` and what goes with it, together the parameter ``runs``."""
    names = ("run", "tests", "suites", "tree_tests", "mutating", "logs", "build_config", "guest")

    @functools.wraps(command)
    def gathered(**given: Any) -> Any:
        told = Runs(**{name: given.pop(name) for name in names})
        return command(runs=told, **given)

    wrapped: Callable[..., Any] = gathered
    for option in (
        options.guest,
        options.build_config("The kernels' configuration."),
        options.suites("--tests, or made for it", "TREE"),
        click.option(
            "--logs", type=_DIRECTORY, metavar="DIR", help="Keep the guests' consoles here."
        ),
        click.option(
            "--mutate",
            "mutating",
            is_flag=True,
            help="With --run: whether these cases can fail, by mutants of what is touched.",
        ),
        click.option(
            "--run",
            is_flag=True,
            help="Build the base and the series, and run what guards it on both.",
        ),
        click.option(
            "--tests",
            type=_DIRECTORY,
            metavar="DIR",
            help="Name the cases of these generated tests that guard a finding; with --run,"
            " run them.",
        ),
    ):
        wrapped = option(wrapped)
    return wrapped
