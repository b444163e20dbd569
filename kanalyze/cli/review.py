"""``kanalyze review``: what a patch series does to the reuse decisions."""

import secrets
import sys
from collections.abc import Callable, Iterator
from dataclasses import replace
from email.utils import formatdate
from pathlib import Path
from typing import TYPE_CHECKING

import click

from kanalyze.cli import options
from kanalyze.cli.output import write
from kanalyze.cli.progress import stage_progress
from kanalyze.cli.review_options import Form, Runs, form, runs
from kanalyze.errors import InputError
from kanalyze.report import View
from kanalyze.report.view import DEFAULT_ROLES

if TYPE_CHECKING:
    from kanalyze.history.model import History
    from kanalyze.history.scan import ScanRequest
    from kanalyze.review import Review

# As git format-patch begins the mails of a mailbox.
_MAILBOX = "From kanalyze Mon Sep 17 00:00:00 2001\n"
#: No series of patches is longer than this, in bytes.
_MOST = 64 << 20


@click.command()
@click.argument("tree", metavar="TREE")
@click.argument("series", metavar="[MBOX]", default="")
@click.option("--range", "range_", default="", metavar="A..B", help="Review these commits.")
@click.option("--base", default="", metavar="REV", help="The revision that the series is for.")
@click.option("--rev", default="HEAD", metavar="REV", help="Look for a base up to here (HEAD).")
@click.option("--all", "every", is_flag=True, help="Also what was there before and is left alone.")
@form
@runs
@click.option(
    "--with-tests",
    "offered",
    type=click.Path(path_type=Path),
    metavar="DIR",
    help="Write a selftest for what it touches here, as patches, if it brings none.",
)
@click.option(
    "--author",
    default="",
    metavar="'NAME <MAIL>'",
    help="Who signs these off (git's user.name and user.email).",
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
    form: Form,
    runs: Runs,
    offered: Path | None,
    author: str,
    facts: options.Facts,
    view: View,
    quiet: bool,
) -> int:
    """Say what a patch series does to the reuse decisions of TREE, with evidence.

    MBOX is a mailbox, a mail or a diff ("-": standard input); or name commits
    with --range.  The exit status is 1 when the series breaks a rule, or when a test
    case that passes before it does not behind it.
    """
    if bool(series) == bool(range_):
        raise click.UsageError("give either a mailbox or --range")
    form.check()
    runs.check()
    # Not at the top: `kanalyze review --help` needs none of it.
    from kanalyze import review

    mail = _read(series) if series else None
    with stage_progress(quiet=quiet) as progress:
        request = replace(facts.of(tree), revision=rev, progress=progress)
        asked = review.ReviewRequest(
            scan=request, mail=mail, where=series, range=range_, base=base, every=every
        )
        found = review.review(asked)
        if runs.run:
            found = review.with_runs(found, asked, runs.how())
        elif runs.tests is not None:
            found = review.with_guards(found, runs.tests)
        if offered is not None:
            found = review.with_tests(found, asked, offered, author)
        history = _lives(found, request) if form.lives else None
    if form.shape == "mail":
        _mails(found, form, every)
    else:
        write(_pages(found, form, view, history), utf8=form.shape != "text")
    return int(_is_bad(found))


def _is_bad(found: "Review") -> bool:
    """Tell whether a series as a whole breaks a rule, or loses a test case."""
    from kanalyze.report.review_evidence import lost

    breaks = any(
        one.status == "introduced" and one.effect == "breaks" and not one.mended
        for one in found.findings
    )
    return breaks or bool(lost(found))


def _lives(found: "Review", request: "ScanRequest") -> "History":
    from kanalyze.history.lives import lives

    return lives(replace(request, revision=found.base), "", DEFAULT_ROLES)


def _pages(found: "Review", form: Form, view: View, history: "History | None") -> Iterator[str]:
    """Return a review in a format that is one document."""
    from kanalyze import report

    forms: dict[str, Callable[[], Iterator[str]]] = {
        "text": lambda: report.review_text(found, view),
        "html": lambda: report.review_html(found, history),
        "markdown": lambda: report.review_markdown(found),
        "json": lambda: report.review_json(found),
        "b4": lambda: report.review_b4(found, form.url),
        "patchwork": lambda: report.review_patchwork(found, form.url),
        "sarif": lambda: report.review_sarif(found, form.url),
        "github": lambda: report.review_annotations(found),
        "junit": lambda: report.review_junit(found),
    }
    return forms[form.shape]()


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


def _mails(found: "Review", form: Form, every: bool) -> None:
    """Write the replies: one file each, or to standard output, several as a mailbox."""
    from kanalyze import report

    made = report.replies(
        found, sender=form.sender, date=formatdate(localtime=True), token=secrets.token_hex(12),
        every=every,
    )  # fmt: skip
    if form.output is None:
        begin = _MAILBOX if len(made) > 1 else ""
        write((f"{begin}{one.text.decode()}\n" for one in made), utf8=True)
        return
    try:
        form.output.mkdir(parents=True, exist_ok=True)
        for one in made:
            path = form.output / f"reply-{one.patch:04}.eml"
            path.write_bytes(one.text)
            click.echo(path)
    except OSError as error:
        where = str(error.filename or form.output)
        raise InputError(f"cannot be written: {error.strerror}", where=where) from error
