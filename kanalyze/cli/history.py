"""``kanalyze history``: the life of a decision, through renames, extractions and file moves."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Literal

import click

from kanalyze.cli import options
from kanalyze.cli.output import write
from kanalyze.cli.progress import stage_progress
from kanalyze.report import View, roles_of
from kanalyze.report.view import DEFAULT_ROLES

if TYPE_CHECKING:
    from kanalyze.history.model import Against, History
    from kanalyze.history.scan import ScanRequest


@click.command()
@click.argument("tree", metavar="TREE")
@click.argument("wanted", default="", metavar="[ID | FUNCTION]")
@click.option("--rev", default="HEAD", metavar="REV", help="Where the history ends (HEAD).")
@click.option(
    "--against",
    "other",
    metavar="OTHER",
    help="Hold TREE against OTHER: what differs, and which fixes are missing.",
)
@click.option(
    "--against-rev",
    "other_rev",
    metavar="REV",
    help="The revision of OTHER (HEAD); without --against, of TREE itself.",
)
@click.option("--links", is_flag=True, help="Show every link, how sure it is, and what was not.")
@click.option(
    "--meaning/--no-meaning",
    default=None,
    help="Say what each step meant in page states, or not (said for one life or function).",
)
@options.files
@options.roles("lives that had this role")
@options.forms("text", "json", "svg", "html")
@options.facts
@options.loudness("Shorten nothing.")
def command(
    tree: str,
    wanted: str,
    rev: str,
    other: str | None,
    other_rev: str | None,
    links: bool,
    meaning: bool | None,
    files: tuple[str, ...],
    roles: tuple[str, ...],
    shape: Literal["text", "json", "svg", "html"],
    facts: options.Facts,
    view: View,
    quiet: bool,
) -> None:
    """Tell the life of a decision in TREE's history: where it comes from and what changed it.

    ID is that of a site or section, as `kanalyze scan` shows it, today's or one it
    had; FUNCTION tells all lives in it, FILE:FUNCTION where several files have
    one.  Without either all lives are listed.

    With --against, two trees are compared instead: git repositories or
    directories of sources, such as a stable tree and mainline.
    """
    two = other is not None or other_rev is not None
    if two and shape in ("svg", "html"):
        raise click.UsageError(f"--format {shape} draws lives: --against has text and json")
    with stage_progress(quiet=quiet) as progress:
        request = replace(facts.of(tree), revision=rev, files=files, progress=progress)
        asked = _Asked(
            wanted=wanted,
            roles=roles_of(roles) or DEFAULT_ROLES,
            meaning=bool(wanted) if meaning is None else meaning,
        )
        if two:
            there = tree if other is None else other
            pages = _compared(_against(request, there, other_rev or "HEAD", asked), shape)
        else:
            pages = _told(_lives(request, asked), shape)
    write(pages(view, links), utf8=shape != "text")


@dataclass(frozen=True, slots=True, kw_only=True)
class _Asked:
    wanted: str
    roles: frozenset[str]
    meaning: bool


Pages = Callable[[View, bool], Iterator[str]]
"""What is to be written, for a view and with links or not."""


def _lives(request: "ScanRequest", asked: _Asked) -> "History":
    from kanalyze.history.lives import lives

    told = lives(request, asked.wanted, asked.roles)
    if asked.meaning:
        from kanalyze.review import with_meanings

        told = with_meanings(told, request)
    return told


def _against(request: "ScanRequest", other: str, revision: str, asked: _Asked) -> "Against":
    from kanalyze.history.compare_trees import against

    told = against(request, other, revision, asked.wanted, asked.roles)
    if asked.meaning:
        from kanalyze.review import with_meanings_of_differences

        told = with_meanings_of_differences(told, request)
    return told


def _told(told: "History", shape: str) -> Pages:
    from kanalyze import report

    if shape == "text":
        return lambda view, links: report.history_text(told, view, links=links)
    other = {
        "json": report.history_json,
        "svg": report.history_svg,
        "html": report.history_html,
    }
    return lambda view, links: other[shape](told)


def _compared(told: "Against", shape: str) -> Pages:
    from kanalyze import report

    if shape == "json":
        return lambda view, links: report.against_json(told)
    return lambda view, links: report.against_text(told, view, links=links)
