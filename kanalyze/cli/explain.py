"""``kanalyze explain``: what the decisions of a tree do, held against the three rules."""

from collections.abc import Callable
from dataclasses import replace
from typing import TYPE_CHECKING, Literal

import click

from kanalyze.cli import options
from kanalyze.cli.output import write
from kanalyze.cli.progress import stage_progress
from kanalyze.report import View

if TYPE_CHECKING:
    from kanalyze.history.scan import ScanRequest
    from kanalyze.semantics import Tree


@click.command()
@click.argument("tree", metavar="TREE")
@click.argument("wanted", metavar="[ID]", default="")
@click.option("--rev", default="HEAD", metavar="REV", help="The revision to explain (HEAD).")
@click.option(
    "--compare",
    "pair",
    nargs=2,
    metavar="R1 R2",
    help="Show the page states whose outcome differs between two revisions.",
)
@click.option(
    "--over",
    "releases",
    multiple=True,
    metavar="REV",
    help="Show what decides, and which rules break, in this revision and others (repeat).",
)
@options.forms("text", "json", "svg")
@options.facts
@options.loudness("Every state group, with file:line of paths.")
def command(
    tree: str,
    wanted: str,
    rev: str,
    pair: tuple[str, str] | None,
    releases: tuple[str, ...],
    shape: Literal["text", "json", "svg"],
    facts: options.Facts,
    view: View,
    quiet: bool,
) -> int:
    """Explain the reuse decisions of TREE over all page states, against rules R1 to R3.

    ID is a function or the id of a site, as `kanalyze scan` prints it; without
    one every decision is explained and every arming site audited.  The exit
    status is 1 when a rule is broken.
    """
    _check(wanted, rev, pair, releases, shape)
    # Not at the top: `kanalyze explain --help` needs none of it.
    from kanalyze import report, semantics
    from kanalyze.cli.findings import breaks, fails

    with stage_progress(quiet=quiet) as progress:
        read = _reader(replace(facts.of(tree), progress=progress))
        if pair:
            found = semantics.compared(read(pair[0]), read(pair[1]), wanted)
        elif releases:
            lanes = semantics.over([(one, read(one)) for one in releases])
        else:
            explained = semantics.explain(read(rev), wanted)
    if pair:
        text = report.comparison_text(found, view)
        write(report.comparison_json(found) if shape == "json" else text, utf8=shape != "text")
        return int(breaks(found))
    if releases:
        figures = {"svg": report.lanes_svg, "json": report.lanes_json}
        drawn = figures[shape](lanes) if shape != "text" else report.lanes_text(lanes, view)
        write(drawn, utf8=shape != "text")
        return 0
    text = report.explain_text(explained, view)
    write(report.explain_json(explained) if shape == "json" else text, utf8=shape != "text")
    return int(fails(explained))


def _check(
    wanted: str, rev: str, pair: tuple[str, str] | None, releases: tuple[str, ...], shape: str
) -> None:
    """Refuse what contradicts itself."""
    if sum((bool(pair), bool(releases), rev != "HEAD")) > 1:
        raise click.UsageError("--rev, --compare and --over exclude each other")
    if releases and wanted:
        raise click.UsageError("--over is about all decisions: it takes no ID")
    if shape == "svg" and not releases:
        raise click.UsageError("--format svg draws releases: name them with --over")


def _reader(request: "ScanRequest") -> "Callable[[str], Tree]":
    """Return what reads a revision: its files, and what scan finds in them."""
    from kanalyze.review.scanned import scanned_tree

    return lambda revision: scanned_tree(replace(request, revision=revision))
