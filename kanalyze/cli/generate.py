"""``kanalyze generate``: selftests that put a page into the states where decisions matter."""

from dataclasses import replace
from pathlib import Path
from typing import Literal

import click

from kanalyze.cli import options
from kanalyze.cli.output import write
from kanalyze.cli.progress import stage_progress
from kanalyze.report import View


@click.command()
@click.argument("tree", metavar="TREE")
@click.option(
    "--range", "commits", default="", metavar="A..B", help="What these commits changed, at B."
)
@click.option("--rev", default="HEAD", metavar="REV", help="The revision to test (HEAD).")
@click.option(
    "--decision",
    "wanted",
    multiple=True,
    metavar="ID",
    help="This function, or site or section by its id, and nothing else (repeat).",
)
@click.option("--list", "listing", is_flag=True, help="Show the plan, and write nothing.")
@click.option(
    "-o",
    "--output",
    "directory",
    type=click.Path(path_type=Path),
    metavar="DIR",
    help="Where the tests go.",
)
@click.option("--force", is_flag=True, help="Overwrite files that were edited.")
@click.option(
    "--author",
    metavar="'NAME <MAIL>'",
    help="Who signs the patches off (git's user.name and user.email).",
)
@options.forms("text", "json")
@options.facts
@options.loudness("Name every state, case and reason.")
def command(
    tree: str,
    commits: str,
    rev: str,
    wanted: tuple[str, ...],
    listing: bool,
    directory: Path | None,
    force: bool,
    author: str | None,
    shape: Literal["text", "json"],
    facts: options.Facts,
    view: View,
    quiet: bool,
) -> None:
    """Generate selftests for the decisions of TREE: for all, or for what a range changed.

    DIR gets C programs that build by themselves, what each case tests
    (cases.json), and patches that put the programs into TREE's own selftests.
    """
    if commits and rev != "HEAD":
        raise click.UsageError("--range says which revision: --rev does not go with it")
    if listing == (directory is not None):
        raise click.UsageError("name a directory with -o, or ask for the plan with --list")
    # Not at the top: `kanalyze generate --help` needs none of it.
    from kanalyze import review
    from kanalyze.report.generated_as_json import generated_json
    from kanalyze.report.generated_as_text import generated_text

    with stage_progress(quiet=quiet) as progress:
        scan = replace(facts.of(tree), revision=rev, range=commits, progress=progress)
        found = review.generate(
            review.GenerationRequest(
                scan=scan, wanted=wanted, directory=directory, author=author, force=force
            )
        )
    text = generated_text(found, view) if shape == "text" else generated_json(found)
    write(text, utf8=shape != "text")
