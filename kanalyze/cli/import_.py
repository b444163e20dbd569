"""``kanalyze import``: release tarballs as a git history."""

import json
from collections.abc import Iterator, Sequence
from dataclasses import asdict
from pathlib import Path

import click

from kanalyze.cli import options
from kanalyze.cli.output import write
from kanalyze.cli.progress import byte_progress
from kanalyze.history.importer import ImportedRelease, import_releases
from kanalyze.terminal import printable


@click.command("import")
@click.argument(
    "sources", nargs=-1, required=True, metavar="TARBALL_OR_DIR...", type=click.Path(path_type=Path)
)
@click.option(
    "--into",
    required=True,
    metavar="REPO",
    type=click.Path(path_type=Path),
    help="The bare repository: made when it does not exist, added to when an import made it.",
)
@click.option(
    "--all",
    "everything",
    is_flag=True,
    help="Import all paths, not only those that scanning and selftests need.",
)
@options.forms("text", "json")
def command(sources: tuple[Path, ...], into: Path, everything: bool, shape: str) -> None:
    """Turn kernel release tarballs or unpacked sources into a git repository.

    Every release becomes a commit with its tag on the branch `releases`, in
    version order.  A release that is there already is left alone.
    """
    with byte_progress() as progress:
        releases = import_releases(
            sources,
            into,
            everything=everything,
            progress=lambda source, done, total: progress(source.name, done, total),
        )
    document = {
        "schema": "kanalyze.import/1",
        "repository": str(into.absolute()),
        "releases": [asdict(release) for release in releases],
    }
    shown = [json.dumps(document, indent=2), "\n"] if shape == "json" else _lines(releases)
    write(shown, utf8=shape != "text")


def _lines(releases: Sequence[ImportedRelease]) -> Iterator[str]:
    for release in releases:
        what = f"{release.files} files" if release.new else "was there already"
        yield f"{release.tag:12} {release.commit[:12]}  {what}, from {printable(release.source)}\n"
