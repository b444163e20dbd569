"""Debian's kernel sources: what the archive offers, what is here, and fetching more."""

import re
import shutil
import subprocess
import tarfile
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from kanalyze.errors import EnvironmentFailure, InputError
from kanalyze.lab.private_apt import FetchProgress, Package, PrivateApt
from kanalyze.places import user_cache_dir

_SOURCE = re.compile(r"linux-source-(\d+\.\d+)")
_CACHED = re.compile(r"linux-source-(\d+\.\d+)_([^_/]+)\.tar\.(?:xz|zst|gz|bz2)")


@dataclass(frozen=True)
class KernelSource:
    """The source of one kernel series, such as 6.12.

    ``offered`` is the newest version of its package in the archive, ``cached``
    the version that lies at ``path``; both are empty and None when there is none.
    """

    release: str
    offered: str = ""
    cached: str = ""
    path: Path | None = None


def list_sources(progress: FetchProgress = lambda name, done, total: None) -> list[KernelSource]:
    """Return the kernel sources that the archive offers or that are here, oldest first.

    Raises EnvironmentFailure when the archive cannot be asked and nothing is here.
    """
    cached = cached_sources()
    apt = open_apt()
    with apt.locked():
        try:
            if apt.is_stale():
                apt.update(progress)
            offered = apt.find(_SOURCE.pattern)
        except EnvironmentFailure:
            if not cached:
                raise
            offered = {}
    series = {name.removeprefix("linux-source-") for name in offered} | cached.keys()
    listing = []
    for release in sorted(series, key=_order):
        here = cached.get(release, KernelSource(release))
        package = offered.get(f"linux-source-{release}")
        version = package.version if package else ""
        listing.append(KernelSource(release, version, here.cached, here.path))
    return listing


def cached_sources() -> dict[str, KernelSource]:
    """Return the kernel sources that are here, by release."""
    found: dict[str, KernelSource] = {}
    try:
        paths = sorted(_sources_dir().iterdir())
    except OSError:  # there is none yet, or none that we may read
        paths = []
    for path in paths:
        match = _CACHED.fullmatch(path.name)
        if match:
            # a colon cannot be in a file name of Debian's; see _cached_name
            version = match[2].replace("%3a", ":")
            found[match[1]] = KernelSource(match[1], "", version, path)
    return found


def fetch_source(release: str, progress: FetchProgress = lambda name, done, total: None) -> Path:
    """Return the tarball of Debian's kernel ``release``, such as 6.12; download it if need be.

    What was fetched before is used again as long as the archive has nothing
    newer, or cannot be asked.

    Raises InputError when neither the archive nor the cache has the release,
    and EnvironmentFailure when apt, the network or the disk fails.
    """
    if not re.fullmatch(r"\d+\.\d+", release):
        raise InputError(f"{release!r} is no kernel series such as 6.12")
    cached = cached_sources().get(release)
    apt = open_apt()
    with apt.locked():
        try:
            package = _find(apt, release, progress)
            if cached and cached.path and cached.cached == package.version:
                return cached.path
            return _fetch(apt, package, progress)
        except (EnvironmentFailure, InputError):
            if cached and cached.path:  # gone from the archive, or no network: still good
                return cached.path
            raise


def _find(apt: PrivateApt, release: str, progress: FetchProgress) -> Package:
    """Return the package of ``release``; InputError when the archive has none."""
    stale = apt.is_stale()
    if stale:
        apt.update(progress)
    name = f"linux-source-{release}"
    found = apt.find(_SOURCE.pattern)
    if name not in found and not stale:  # it may have come since
        apt.update(progress)
        found = apt.find(_SOURCE.pattern)
    if name not in found:
        offered = sorted((known.removeprefix("linux-source-") for known in found), key=_order)
        unread = f"; not all of it could be read: {apt.left_out}" if apt.left_out else ""
        raise InputError(
            f"Debian's archive has no kernel source {release}",
            hint=f"it has {', '.join(offered) or 'none at all'}{unread}",
        )
    return found[name]


def _fetch(apt: PrivateApt, package: Package, progress: FetchProgress) -> Path:
    """Download ``package`` and keep the tarball inside, in place of older versions of it."""
    directory = _sources_dir()
    with scratch_directory(directory) as scratch:
        package, deb = _download(apt, package, scratch, progress)
        inside, suffix = _extract(deb, package.name, scratch)
        final = directory / f"{package.name}_{package.version.replace(':', '%3a')}{suffix}"
        inside.rename(final)
    for old in directory.glob(f"{package.name}_*"):
        if old != final and _CACHED.fullmatch(old.name):
            old.unlink(missing_ok=True)
    return final


def _download(
    apt: PrivateApt, package: Package, scratch: Path, progress: FetchProgress
) -> tuple[Package, Path]:
    """Download ``package``, or the one that has replaced it; return which, and the .deb."""
    try:
        return package, apt.download(package, scratch, progress)
    except EnvironmentFailure:
        # the archive drops a version as soon as there is a newer one
        apt.update(progress)
        newer = apt.find(re.escape(package.name)).get(package.name)
        if newer is None or newer == package:
            raise
        return newer, apt.download(newer, scratch, progress)


@contextmanager
def scratch_directory(directory: Path) -> Iterator[Path]:
    """Give an empty directory inside ``directory`` that is removed in the end."""
    scratch: Path | None = None
    try:
        directory.mkdir(parents=True, exist_ok=True)
        scratch = Path(tempfile.mkdtemp(prefix=".fetching-", dir=directory))
        yield scratch
    except OSError as error:
        where = str(error.filename or directory)
        raise EnvironmentFailure(error.strerror or str(error), where=where) from error
    finally:
        if scratch is not None:
            shutil.rmtree(scratch, ignore_errors=True)


def _extract(deb: Path, name: str, scratch: Path) -> tuple[Path, str]:
    """Copy the kernel's tarball out of ``deb``; return the copy and the suffix of its name.

    Raises EnvironmentFailure when there is none, or the package is damaged.
    """
    wanted = re.compile(rf"(?:\./)?usr/src/{re.escape(name)}(\.tar\.(?:xz|zst|gz|bz2))")
    command = ("dpkg-deb", "--fsys-tarfile", str(deb))
    found: tuple[Path, str] | None = None
    try:
        with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE) as process:
            with tarfile.open(fileobj=process.stdout, mode="r|", bufsize=1 << 20) as tar:
                for member in tar:
                    match = wanted.fullmatch(member.name)
                    content = tar.extractfile(member) if match and member.isreg() else None
                    if match and content is not None:
                        found = scratch / "tarball", match[1]
                        with found[0].open("wb") as copy:
                            shutil.copyfileobj(content, copy, 1 << 20)
            assert process.stdout is not None
            while process.stdout.read(1 << 20):
                pass  # to its end, so that its exit status is about the package
    except tarfile.TarError as error:
        raise EnvironmentFailure(f"damaged package: {error}", where=deb.name) from error
    if process.returncode or found is None:
        raise EnvironmentFailure("the package holds no kernel source", where=deb.name)
    return found


def _order(release: str) -> tuple[int, ...]:
    return tuple(int(part) for part in release.split("."))


def _sources_dir() -> Path:
    return user_cache_dir() / "sources"


def open_apt() -> PrivateApt:
    """Return the apt that kernels come through."""
    return PrivateApt(user_cache_dir() / "apt")
