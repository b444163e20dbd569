"""``kanalyze scan``: the decisions of a tree, and what happened to them."""

from dataclasses import replace
from typing import get_args

import click

from kanalyze.cli import options
from kanalyze.cli.output import write
from kanalyze.cli.progress import stage_progress
from kanalyze.report import Format, View, What, render, roles_of


@click.command()
@click.argument("tree", metavar="TREE")
@click.option("--rev", default="HEAD", metavar="REV", help="The revision to read (HEAD).")
@click.option("--range", "span", default="", metavar="A..B", help="Events of these commits only.")
@click.option("--history/--no-history", default=True, help="Walk the history for events, or not.")
@options.files
@click.option("--all-files", is_flag=True, help="Read the whole tree, not only the default files.")
@options.roles("this role")
@options.forms(*get_args(Format))
@click.option(
    "--what",
    type=click.Choice(get_args(What)),
    help="Which table a CSV holds (sites).",
)
@options.facts
@options.loudness("Shorten nothing, and show what else is known.")
def command(
    tree: str,
    rev: str,
    span: str,
    history: bool,
    files: tuple[str, ...],
    all_files: bool,
    roles: tuple[str, ...],
    shape: Format,
    what: What | None,
    facts: options.Facts,
    view: View,
    quiet: bool,
) -> None:
    """List the places in TREE that decide, arm or check copy-on-write, and their history.

    TREE is a git repository, bare or not, or a directory of kernel sources.
    Text shows decisions, arming sites, pin checks and sections; JSON and CSV
    show every role.  --role narrows or widens either.
    """
    if what and shape != "csv":
        raise click.UsageError("--what is for --format csv: the other formats hold everything")
    # Not at the top: `kanalyze scan --help` needs none of it.
    from kanalyze.history.scan import scan

    with stage_progress(quiet=quiet) as progress:
        result = scan(
            replace(
                facts.of(tree),
                revision=rev,
                range=span,
                history=history,
                files=files,
                all_files=all_files,
                progress=progress,
            )
        )
    view = replace(view, format=shape, roles=roles_of(roles), what=what or "sites")
    write(render(result, view), utf8=shape != "text")
