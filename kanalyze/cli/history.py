"""``kanalyze history``: the life of a decision, through renames, extractions and file moves."""

from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Literal

import click

from kanalyze.cli.output import colours, terminal_width, write
from kanalyze.cli.progress import stage_progress
from kanalyze.report import ROLES, View, roles_of
from kanalyze.report.view import DEFAULT_ROLES

if TYPE_CHECKING:
    from kanalyze.history.model import History


@click.command()
@click.argument("tree", metavar="TREE")
@click.argument("wanted", default="", metavar="[ID | FUNCTION]")
@click.option("--rev", default="HEAD", metavar="REV", help="Where the history ends (HEAD).")
@click.option("--links", is_flag=True, help="Show every link, how sure it is, and what was not.")
@click.option(
    "--meaning/--no-meaning",
    default=None,
    help="Say what each step meant in page states, or not (said for one life or function).",
)
@click.option(
    "--file", "files", multiple=True, metavar="PATH", help="Read this file and no other (repeat)."
)
@click.option(
    "--role",
    "roles",
    multiple=True,
    type=click.Choice([*ROLES, "all"]),
    metavar="ROLE",
    help=f"Show only lives that had this role (repeat): {', '.join(ROLES)}, or all.",
)
@click.option(
    "--format",
    "shape",
    type=click.Choice(["text", "json", "svg", "html"]),
    default="text",
    show_default=True,
)
@click.option("--config", type=click.Path(path_type=Path), metavar="FILE", help="Configuration.")
@click.option(
    "--db",
    type=click.Path(path_type=Path),
    metavar="FILE",
    help="Fact store (in the user's cache).",
)
@click.option("--jobs", type=click.IntRange(0), default=0, help="Workers (one a processor).")
@click.option("-v", "--verbose", is_flag=True, help="Shorten nothing.")
@click.option("-q", "--quiet", is_flag=True, help="No progress.")
def command(
    tree: str,
    wanted: str,
    rev: str,
    links: bool,
    meaning: bool | None,
    files: tuple[str, ...],
    roles: tuple[str, ...],
    shape: Literal["text", "json", "svg", "html"],
    config: Path | None,
    db: Path | None,
    jobs: int,
    verbose: bool,
    quiet: bool,
) -> None:
    """Tell the life of a decision in TREE's history: where it comes from and what changed it.

    ID is that of a site or section, as `kanalyze scan` shows it, today's or one it
    had; FUNCTION tells all lives in it, FILE:FUNCTION where several files have
    one.  Without either all lives are listed.
    """
    # Not at the top: `kanalyze history --help` needs none of it.
    from kanalyze.config import load
    from kanalyze.history.lives import lives
    from kanalyze.history.scan import ScanRequest

    with stage_progress(quiet=quiet) as progress:
        request = ScanRequest(
            tree=tree,
            config=load(config),
            revision=rev,
            files=files,
            db=db,
            jobs=jobs,
            progress=progress,
        )
        told = lives(request, wanted, roles_of(roles) or DEFAULT_ROLES)
        if bool(wanted) if meaning is None else meaning:
            from kanalyze.review import with_meanings

            told = with_meanings(told, request)
    write(_shown(told, shape, verbose=verbose, links=links), utf8=shape != "text")


def _shown(told: "History", shape: str, *, verbose: bool, links: bool) -> Iterator[str]:
    from kanalyze import report

    if shape == "json":
        return report.history_json(told)
    if shape == "svg":
        return report.history_svg(told)
    if shape == "html":
        return report.history_html(told)
    view = View(width=terminal_width(), colour=colours(), verbose=verbose)
    return report.history_text(told, view, links=links)
