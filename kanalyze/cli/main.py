"""``kanalyze``: finds the subcommand, and turns errors into lines and exit statuses."""

import gc
import importlib
import sys
from typing import Any

import click

from kanalyze import __version__
from kanalyze.cli.output import drop_output, fill_streams
from kanalyze.cli.signals import ToldToEnd, die_of, heed_signals
from kanalyze.errors import EnvironmentFailure, KanalyzeError
from kanalyze.terminal import printable

# Subcommand -> (module, one line of help).  The help stands here so that
# `kanalyze --help` imports no subcommand.
_COMMANDS: dict[str, tuple[str, str]] = {
    "scan": ("kanalyze.cli.scan", "Decisions, arming sites and sections, and their history."),
    "history": (
        "kanalyze.cli.history",
        "The life of a decision, and what changed it.",
    ),
    "explain": ("kanalyze.cli.explain", "What each decision does in every page state."),
    "generate": ("kanalyze.cli.generate", "Selftests for the decisions, and patches with them."),
    "run": ("kanalyze.cli.run", "Tests on real kernels in QEMU: a results matrix."),
    "mutate": ("kanalyze.cli.mutate", "Can these tests fail, decision by decision?"),
    "review": ("kanalyze.cli.review", "What a patch series does to the decisions."),
    "import": ("kanalyze.cli.import_", "Release tarballs as a git history."),
    "kernels": ("kanalyze.cli.kernels", "Kernel sources and images at hand."),
    "doctor": ("kanalyze.cli.doctor", "What this machine can do, and what is missing."),
}


class _LazyGroup(click.Group):
    """A group that imports a subcommand's module only when it is called."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        return list(_COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        if cmd_name not in _COMMANDS:
            return None
        module = importlib.import_module(_COMMANDS[cmd_name][0])
        command = module.command
        assert isinstance(command, click.Command)
        return command

    def invoke(self, ctx: click.Context) -> Any:
        try:
            return super().invoke(ctx)
        except click.UsageError as error:
            # An option that lacks its value is the one mistake that click lays at
            # nobody's door.
            if error.ctx is None and ctx.invoked_subcommand:
                command = self.get_command(ctx, ctx.invoked_subcommand)
                assert command is not None
                error.ctx = click.Context(command, parent=ctx, info_name=ctx.invoked_subcommand)
            raise

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        with formatter.section("Commands"):
            formatter.write_dl([(name, text) for name, (_, text) in _COMMANDS.items()])


@click.group(cls=_LazyGroup, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(__version__, prog_name="kanalyze")
def cli() -> None:
    """Find, explain and test the kernel code that reuses or copies a page."""


def _usage_line(error: click.ClickException) -> str:
    """Return what was wrong with the command line, in one line; the help where none was given."""
    message = error.format_message()
    context = getattr(error, "ctx", None)
    name = context.command_path if context else "kanalyze"
    if context and message == context.get_help():  # called without anything to do
        return message
    line = printable(" ".join(message.split())).rstrip(".")
    return f"{name}: {line} (see {name} --help)"


def main() -> None:
    """Run the command line; the only place that exits the process."""
    # A scan makes many records and drops few: looking for cycles every 700
    # allocations, as Python does, is a tenth of a warm scan's time.
    gc.set_threshold(50_000, 20, 100)
    fill_streams()
    heed_signals()
    try:
        status = cli.main(prog_name="kanalyze", standalone_mode=False)
    except click.exceptions.Abort as error:
        if isinstance(error.__cause__, ToldToEnd):
            die_of(error.__cause__.number)
        click.echo("kanalyze: interrupted", err=True)
        status = 130
    except click.ClickException as error:
        click.echo(_usage_line(error), err=True)
        status = 2
    except KanalyzeError as error:
        click.echo(f"kanalyze: {printable(str(error))}", err=True)
        status = error.exit_status
    except OSError as error:  # from a file that no room expected to fail
        drop_output()
        where = str(error.filename or "")
        failure = EnvironmentFailure(error.strerror or str(error), where=where)
        click.echo(f"kanalyze: {printable(str(failure))}", err=True)
        status = failure.exit_status
    sys.exit(status if isinstance(status, int) else 0)
