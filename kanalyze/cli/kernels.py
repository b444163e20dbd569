"""``kanalyze kernels``: the kernel sources at hand, and fetching more."""

import json

import click

from kanalyze.cli.progress import byte_progress
from kanalyze.lab import KernelSource, fetch_source, list_sources
from kanalyze.terminal import printable


@click.group()
def command() -> None:
    """List and fetch Debian's kernel sources.

    They come through apt and its checks, into the user's cache directory;
    nothing is installed.
    """


@command.command("list")
@click.option(
    "--format", "shape", type=click.Choice(["text", "json"]), default="text", show_default=True
)
def list_command(shape: str) -> None:
    """Show which kernel sources Debian's archive offers, and which are here."""
    with byte_progress() as progress:
        sources = list_sources(progress)
    if shape == "json":
        document = {"schema": "kanalyze.kernels/1", "sources": [_record(s) for s in sources]}
        click.echo(json.dumps(document, indent=2))
        return
    for source in sources:
        here = printable(str(source.path)) if source.path else "-"
        click.echo(f"{source.release:8} {source.offered or 'gone':24} {here}")


@command.command("fetch")
@click.argument("releases", nargs=-1, required=True, metavar="RELEASE...")
@click.option("--source", "kind", flag_value="source", default="source", help="The source tarball.")
def fetch_command(releases: tuple[str, ...], kind: str) -> None:
    """Fetch Debian's kernel RELEASE, such as 6.12, and print where it lies.

    What is here already and has nothing newer in the archive is not fetched
    again.
    """
    with byte_progress() as progress:
        paths = [fetch_source(release, progress) for release in releases]
    for path in paths:
        click.echo(path)


def _record(source: KernelSource) -> dict[str, str | None]:
    return {
        "release": source.release,
        "offered": source.offered or None,
        "cached": source.cached or None,
        "path": str(source.path) if source.path else None,
    }
