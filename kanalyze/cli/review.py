"""``kanalyze review``: what a patch series does to the reuse decisions."""

import re
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
from kanalyze.errors import InputError
from kanalyze.report import View
from kanalyze.report.view import DEFAULT_ROLES

if TYPE_CHECKING:
    from kanalyze.history.model import History
    from kanalyze.history.scan import ScanRequest
    from kanalyze.review import Review

_FORMATS = (
    *("text", "mail", "html", "markdown", "json"),
    *("b4", "patchwork", "sarif", "github", "junit"),
)
_URL = re.compile(r"https?://[!-~]+")
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
@options.forms(*_FORMATS)
@click.option(
    "--url", default="", metavar="URL", help="Where checks say that a report can be read."
)
@click.option("--lives", is_flag=True, help="The history of what is touched (html; takes a while).")
@click.option("--from", "sender", default="", metavar="ADDRESS", help="Who will send the replies.")
@click.option(
    "-o", "--output", type=click.Path(path_type=Path), metavar="DIR", help="Write replies here."
)
@click.option(
    "--tests",
    type=click.Path(path_type=Path),
    metavar="DIR",
    help="Name the cases of these generated tests that guard a finding; with --run, run them.",
)
@click.option(
    "--run", is_flag=True, help="Build the base and the series, and run what guards it on both."
)
@click.option(
    "--mutate",
    "mutating",
    is_flag=True,
    help="With --run: whether these cases can fail, by mutants of what is touched.",
)
@click.option(
    "--logs", type=click.Path(path_type=Path), metavar="DIR", help="Keep the guests' consoles here."
)
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
@options.suites("--tests, or made for it", "TREE")
@options.build_config("The kernels' configuration.")
@options.guest
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
    url: str,
    lives: bool,
    tests: Path | None,
    run: bool,
    mutating: bool,
    logs: Path | None,
    offered: Path | None,
    author: str,
    suites: tuple[str, ...],
    tree_tests: tuple[str, ...],
    build_config: str,
    guest: options.Guest,
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
    _check_form(shape, sender, output, url, lives)
    if (logs or mutating or suites) and not run:
        raise click.UsageError("--logs, --mutate and --suite are for --run")
    if logs:
        _check_empty(logs)
    # Not at the top: `kanalyze review --help` needs none of it.
    from kanalyze import review

    mail = _read(series) if series else None
    with stage_progress(quiet=quiet) as progress:
        request = replace(facts.of(tree), revision=rev, progress=progress)
        asked = review.ReviewRequest(
            scan=request,
            mail=mail,
            where=series,
            range=range_,
            base=base,
            every=every,
        )
        found = review.review(asked)
        if run:
            how = review.OnKernels(
                config=build_config,
                tests=tests,
                suites=options.chosen_suites(suites, "generated", tree_tests, "--tests"),
                tree_tests=tree_tests,
                accelerator=guest.accelerator,
                memory_mb=guest.memory_mb,
                cpus=guest.cpus,
                logs=logs,
                mutating=mutating,
            )
            found = review.with_runs(found, asked, how)
        elif tests is not None:
            found = review.with_guards(found, tests)
        if offered is not None:
            found = review.with_tests(found, asked, offered, author)
        history = _lives(found, request) if lives else None
    if shape == "mail":
        _mails(found, sender, output, every)
    else:
        write(_pages(found, shape, view, url, history), utf8=shape != "text")
    return int(_is_bad(found))


def _check_form(shape: str, sender: str, output: Path | None, url: str, lives: bool) -> None:
    """Refuse options that do not go with a form."""
    if (sender or output) and shape != "mail":
        raise click.UsageError("--from and --output are for --format mail")
    if shape == "mail" and not sender:
        raise click.UsageError("--format mail needs --from, who will send it")
    if lives and shape != "html":
        raise click.UsageError("--lives is for --format html")
    if url and not _URL.fullmatch(url):
        raise click.UsageError("--url takes an address that a browser can open")


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


def _pages(
    found: "Review", shape: str, view: View, url: str, history: "History | None"
) -> Iterator[str]:
    """Return a review in a format that is one document."""
    from kanalyze import report

    forms: dict[str, Callable[[], Iterator[str]]] = {
        "text": lambda: report.review_text(found, view),
        "html": lambda: report.review_html(found, history),
        "markdown": lambda: report.review_markdown(found),
        "json": lambda: report.review_json(found),
        "b4": lambda: report.review_b4(found, url),
        "patchwork": lambda: report.review_patchwork(found, url),
        "sarif": lambda: report.review_sarif(found, url),
        "github": lambda: report.review_annotations(found),
        "junit": lambda: report.review_junit(found),
    }
    return forms[shape]()


def _check_empty(logs: Path) -> None:
    """Refuse a directory for consoles that has something in it."""
    try:
        if logs.exists() and any(logs.iterdir()):
            raise InputError("is not empty", where=str(logs), hint="name another with --logs")
    except OSError as error:
        raise InputError(f"cannot be used: {error.strerror}", where=str(logs)) from error


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
    """Write the replies: one file each, or to standard output, several as a mailbox."""
    from kanalyze import report

    made = report.replies(
        found, sender=sender, date=formatdate(localtime=True), token=secrets.token_hex(12),
        every=every,
    )  # fmt: skip
    if output is None:
        begin = _MAILBOX if len(made) > 1 else ""
        write((f"{begin}{one.text.decode()}\n" for one in made), utf8=True)
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
