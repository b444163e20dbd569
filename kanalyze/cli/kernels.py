"""``kanalyze kernels``: the kernels and sources at hand, fetching and building more."""

import json
from pathlib import Path

import click

from kanalyze.cli import options
from kanalyze.cli.output import write
from kanalyze.cli.progress import byte_progress, stage_progress
from kanalyze.lab import (
    CONFIGS,
    FLAVOURS,
    KeptKernel,
    KernelImage,
    KernelSource,
    build_kernel,
    built_kernels,
    fetch_image,
    fetch_source,
    list_images,
    list_sources,
)
from kanalyze.terminal import printable


@click.group()
def command() -> None:
    """List, fetch and build kernels and their sources.

    Debian's come through apt and its checks.  All of them are kept in the
    user's cache directory; nothing is installed.
    """


@command.command("list", short_help="What Debian's archive offers, and what is here.")
@options.forms("text", "json")
def list_command(shape: str) -> None:
    """Show which sources and kernels Debian's archive offers, and what is here."""
    with byte_progress() as progress:
        sources = list_sources(progress)
        images = list_images(progress)
    if shape == "json":
        document = {
            "schema": "kanalyze.kernels/1",
            "sources": [_source_record(source) for source in sources],
            "images": [_image_record(image) for image in images],
            "builds": [_build_record(build) for build in built_kernels()],
        }
        write([json.dumps(document, indent=2), "\n"], utf8=True)
        return
    rows = [_row(f"{one.release:8}", one.offered, one.path) for one in sources]
    rows += [_row(f"{f'{one.series}-{one.flavour}':20}", one.offered, one.path) for one in images]
    for build in built_kernels():
        name = f"{build.release.series}-{build.release.flavour}"
        rows.append(_row(f"{name:20}", "built here", build.path))
    write(rows, utf8=False)


@command.command("fetch", short_help="A Debian kernel or its source, not installed.")
@click.argument("releases", nargs=-1, required=True, metavar="RELEASE...")
@click.option("--source", "kind", flag_value="source", default="source", help="The source tarball.")
@click.option("--image", "kind", flag_value="image", help="The kernel, with its modules.")
@click.option(
    "--flavour",
    type=click.Choice(FLAVOURS),
    default=FLAVOURS[0],
    show_default=True,
    help="Which kernel, with --image.",
)
def fetch_command(releases: tuple[str, ...], kind: str, flavour: str) -> None:
    """Fetch Debian's kernel RELEASE, and print where it lies.

    That is a series such as 6.12, which means its newest kernel, or one point release,
    such as 6.12.115.  What is here already and has nothing newer in the archive is not
    fetched again.
    """
    with byte_progress() as progress:
        if kind == "image":
            paths = [fetch_image(release, flavour, progress) for release in releases]
        else:
            paths = [fetch_source(release, progress) for release in releases]
    for path in paths:  # for scripts: as the bytes that they are
        click.echo(path)


@command.command("build", short_help="A kernel that tests can run on, from its source.")
@click.argument("source")
@click.option(
    "--rev",
    "revision",
    default="",
    metavar="REV",
    help="The revision, where SOURCE is a repository.",
)
@click.option(
    "--build-config",
    "--config",
    "config",
    type=click.Choice(list(CONFIGS)),
    default="small",
    show_default=True,
    help="The kernel's configuration.",
)
@click.option(
    "--arch", default="", metavar="ARCH", help="x86-64 or arm64.  [default: this machine's]"
)
def build_command(source: str, revision: str, config: str, arch: str) -> None:
    """Build a kernel that tests can run on, and print its name and where it lies.

    SOURCE is an unpacked kernel source, a tarball, a series such as 6.12 or a release
    such as 6.12.115 whose source was fetched, or, with --rev, a git repository with
    whole kernels.  What was built before is not built again.
    """
    with stage_progress() as progress:
        built = build_kernel(source, config, revision=revision, arch=arch, progress=progress)
    if built.refused:
        absent = ", ".join(option.removeprefix("CONFIG_") for option in built.refused)
        click.echo(f"not in this release: {printable(absent)}", err=True)
    name = printable(built.kernel.name)
    write([f"{name}  {printable(str(built.kernel.image))}\n"], utf8=False)


def _row(name: str, offered: str, path: Path | None) -> str:
    return f"{name} {offered or 'gone':24} {printable(str(path)) if path else '-'}\n"


def _source_record(source: KernelSource) -> dict[str, str | None]:
    return {
        "release": source.release,
        "offered": source.offered or None,
        "cached": source.cached or None,
        "path": str(source.path) if source.path else None,
    }


def _image_record(image: KernelImage) -> dict[str, str | None]:
    return {
        "release": image.series,
        "flavour": image.flavour,
        "name": image.name or None,
        "offered": image.offered or None,
        "cached": image.cached or None,
        "path": str(image.path) if image.path else None,
    }


def _build_record(build: KeptKernel) -> dict[str, str]:
    return {
        "release": build.release.series,
        "config": build.release.flavour,
        "name": build.release.name,
        "path": str(build.path),
    }
