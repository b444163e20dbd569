"""``kanalyze scan``: the decisions of a tree, and what happened to them."""

from pathlib import Path
from typing import get_args

import click

from kanalyze.cli import options
from kanalyze.cli.output import colours, terminal_width, write
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
    config: Path | None,
    db: Path | None,
    jobs: int,
    verbose: bool,
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
    from kanalyze.config import load
    from kanalyze.history.scan import ScanRequest, scan

    with stage_progress(quiet=quiet) as progress:
        result = scan(
            ScanRequest(
                tree=tree,
                config=load(config),
                revision=rev,
                range=span,
                history=history,
                files=files,
                all_files=all_files,
                db=db,
                jobs=jobs,
                progress=progress,
            )
        )
    view = View(
        format=shape,
        roles=roles_of(roles),
        width=terminal_width(),
        colour=colours(),
        verbose=verbose,
        what=what or "sites",
    )
    write(render(result, view), utf8=shape != "text")
