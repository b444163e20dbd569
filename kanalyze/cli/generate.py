"""``kanalyze generate``: selftests that put a page into the states where decisions matter."""

from pathlib import Path
from typing import TYPE_CHECKING, Literal

import click

from kanalyze.cli import options
from kanalyze.cli.output import colours, terminal_width, write
from kanalyze.cli.progress import stage_progress
from kanalyze.report import View

if TYPE_CHECKING:
    from kanalyze.history.model import Scan
    from kanalyze.history.scan import ScanRequest
    from kanalyze.selftests.cases import Generated
    from kanalyze.selftests.scope import Scope


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
    config: Path | None,
    db: Path | None,
    jobs: int,
    verbose: bool,
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
    from kanalyze.config import load
    from kanalyze.history.scan import ScanRequest
    from kanalyze.report.generated_as_json import generated_json
    from kanalyze.report.generated_as_text import generated_text

    with stage_progress(quiet=quiet) as progress:
        request = ScanRequest(
            tree=tree,
            config=load(config),
            revision=rev,
            range=commits,
            db=db,
            jobs=jobs,
            progress=progress,
        )
        found = _generated(request, wanted, directory, author, force)
    view = View(width=terminal_width(), colour=colours(), verbose=verbose)
    text = generated_text(found, view) if shape == "text" else generated_json(found)
    write(text, utf8=shape != "text")


def _generated(
    request: "ScanRequest",
    wanted: tuple[str, ...],
    directory: Path | None,
    author: str | None,
    force: bool,
) -> "Generated":
    """Scan, plan and, where there is a directory for it, write."""
    from kanalyze.history.files_at import date_of, files_at
    from kanalyze.history.identity import identity
    from kanalyze.history.scan import scan
    from kanalyze.review.scanned import tree_of
    from kanalyze.selftests import TARGET_PATHS, Author, write_files
    from kanalyze.selftests.cases import generated
    from kanalyze.selftests.generated import generate
    from kanalyze.selftests.plan import installed_pieces, plan

    scanned = scan(request)
    tree = tree_of(scanned, request.config.rules)
    if request.progress:
        request.progress.stage("evaluating decisions", None)
    pieces = installed_pieces()
    planned = plan(tree, pieces, _scope(scanned, wanted))
    if directory is None:
        return generated(request.tree, planned)
    name, email = identity(author)
    files = generate(
        planned,
        pieces,
        files_at(request.tree, scanned.revision, TARGET_PATHS),
        Author(name, email, date_of(request.tree, scanned.revision)),
        base=scanned.revision.commit,
        where=request.tree,
    )
    return generated(
        request.tree, planned, str(directory), write_files(directory, files, force=force)
    )


def _scope(scanned: "Scan", wanted: tuple[str, ...]) -> "Scope":
    from kanalyze.history.importer import AUTHOR
    from kanalyze.selftests.scope import Scope

    return Scope(range=scanned.range, wanted=wanted, events=scanned.events, importer=AUTHOR)
