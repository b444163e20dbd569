"""``kanalyze review``: what a patch series does to the reuse decisions."""

import secrets
import sys
from email.utils import formatdate
from pathlib import Path
from typing import TYPE_CHECKING

import click

from kanalyze.cli import options
from kanalyze.cli.output import colours, terminal_width, write
from kanalyze.cli.progress import stage_progress
from kanalyze.errors import InputError
from kanalyze.report import View

if TYPE_CHECKING:
    from kanalyze.review import Review

#: No series of patches is longer than this, in bytes.
_MOST = 64 << 20


@click.command()
@click.argument("tree", metavar="TREE")
@click.argument("series", metavar="[MBOX]", default="")
@click.option("--range", "range_", default="", metavar="A..B", help="Review these commits.")
@click.option("--base", default="", metavar="REV", help="The revision that the series is for.")
@click.option("--rev", default="HEAD", metavar="REV", help="Look for a base up to here (HEAD).")
@click.option("--all", "every", is_flag=True, help="Also what was there before and is left alone.")
@click.option(
    "--format",
    "shape",
    type=click.Choice(["text", "json", "mail"]),
    default="text",
    show_default=True,
)
@click.option("--from", "sender", default="", metavar="ADDRESS", help="Who will send the replies.")
@click.option(
    "-o", "--output", type=click.Path(path_type=Path), metavar="DIR", help="Write replies here."
)
@options.facts
@options.loudness("Whole texts, and what each touched condition came to.")
def command(
    tree: str,
    series: str,
    range_: str,
    base: str,
    rev: str,
    every: bool,
    shape: str,
    sender: str,
    output: Path | None,
    config: Path | None,
    db: Path | None,
    jobs: int,
    verbose: bool,
    quiet: bool,
) -> int:
    """Say what a patch series does to the reuse decisions of TREE, with evidence.

    MBOX is a mailbox, a mail or a diff ("-": standard input); or name commits
    with --range.  The exit status is 1 when the series breaks a rule.
    """
    if bool(series) == bool(range_):
        raise click.UsageError("give either a mailbox or --range")
    # Not at the top: `kanalyze review --help` needs none of it.
    from kanalyze import report, review
    from kanalyze.config import load
    from kanalyze.history.scan import ScanRequest

    mail = _read(series) if series else None
    view = View(width=terminal_width(), colour=colours(), verbose=verbose)
    with stage_progress(quiet=quiet) as progress:
        found = review.review(
            review.ReviewRequest(
                scan=ScanRequest(
                    tree=tree, config=load(config), revision=rev, db=db, jobs=jobs,
                    progress=progress,
                ),
                mail=mail,
                where=series,
                range=range_,
                base=base,
                every=every,
            )
        )  # fmt: skip
    if shape == "mail":
        _mails(found, sender, output, every)
    elif shape == "json":
        write(report.review_json(found), utf8=True)
    else:
        write(report.review_text(found, view), utf8=False)
    return int(any(one.status == "introduced" and one.effect == "breaks" for one in found.findings))


def _read(name: str) -> bytes:
    """Return the bytes of a mailbox, or of standard input."""
    try:
        if name == "-":
            text = sys.stdin.buffer.read(_MOST + 1)
        else:
            with Path(name).open("rb") as file:
                text = file.read(_MOST + 1)
    except OSError as error:
        raise InputError(f"cannot be read: {error.strerror}", where=name) from error
    if len(text) > _MOST:
        raise InputError("larger than any series of patches", where=name)
    return text


def _mails(found: "Review", sender: str, output: Path | None, every: bool) -> None:
    """Write the replies: one file each, or all to standard output."""
    from kanalyze import report

    if not sender:
        raise click.UsageError("--format mail needs --from, who will send it")
    made = report.replies(
        found, sender=sender, date=formatdate(localtime=True), token=secrets.token_hex(12),
        every=every,
    )  # fmt: skip
    if output is None:
        write((one.text.decode("utf-8", "replace") for one in made), utf8=True)
        return
    try:
        output.mkdir(parents=True, exist_ok=True)
        for one in made:
            path = output / f"reply-{one.patch:04}.eml"
            path.write_bytes(one.text)
            click.echo(path)
    except OSError as error:
        where = str(error.filename or output)
        raise InputError(f"cannot be written: {error.strerror}", where=where) from error
