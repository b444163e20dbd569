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
from kanalyze.lab.versions import version_key
from kanalyze.places import user_cache_dir

_SOURCE = re.compile(r"linux-source-(\d+\.\d+)")
_SERIES = re.compile(r"\d+\.\d+")
_POINT = re.compile(r"\d+\.\d+\.\d+")
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
    """Return the newest kernel sources that are here, by series."""
    found = _cached(_sources_dir())
    return {source.release: source for source in sorted(found, key=_version)}


def cached_source(release: str) -> KernelSource | None:
    """Return the source of a series such as 6.12 or of one release, if it is here."""
    if _SERIES.fullmatch(release):
        return cached_sources().get(release)
    found = [*_cached(_sources_dir()), *_cached(_points_dir())]
    return next((one for one in found if _point(one.cached) == release), None)


def fetch_source(release: str, progress: FetchProgress = lambda name, done, total: None) -> Path:
    """Return the tarball of Debian's kernel ``release``; download it if need be.

    A series such as 6.12 means its newest, and what was fetched before is used
    again as long as the archive has nothing newer, or cannot be asked.  One
    release, such as 6.12.107, is kept beside that.

    Raises InputError when neither the archive nor the cache has the release,
    and EnvironmentFailure when apt, the network or the disk fails.
    """
    is_series = _SERIES.fullmatch(release)
    if not is_series and not _POINT.fullmatch(release):
        raise InputError(f"{release!r} is no kernel release such as 6.12 or 6.12.107")
    cached = cached_source(release)
    if cached and cached.path and not is_series:
        return cached.path
    apt = open_apt()
    with apt.locked():
        try:
            package = _find(apt, release, progress)
            if cached and cached.path and cached.cached == package.version:
                return cached.path
            return _fetch(apt, package, _sources_dir() if is_series else _points_dir(), progress)
        except (EnvironmentFailure, InputError):
            if cached and cached.path:  # gone from the archive, or no network: still good
                return cached.path
            raise


def _cached(directory: Path) -> list[KernelSource]:
    try:
        paths = sorted(directory.iterdir())
    except OSError:  # there is none yet, or none that we may read
        return []
    matches = ((path, _CACHED.fullmatch(path.name)) for path in paths)
    # a colon cannot be in a file name of Debian's
    return [
        KernelSource(match[1], "", match[2].replace("%3a", ":"), path)
        for path, match in matches
        if match
    ]


def _find(apt: PrivateApt, release: str, progress: FetchProgress) -> Package:
    """Return the newest package of ``release``; InputError when the archive has none."""
    stale = apt.is_stale()
    if stale:
        apt.update(progress)
    offered = _offered(apt, release)
    if release not in offered and not stale:  # it may have come since
        apt.update(progress)
        offered = _offered(apt, release)
    if release not in offered:
        unread = f"; not all of it could be read: {apt.left_out}" if apt.left_out else ""
        raise InputError(
            f"Debian's archive has no kernel source {release}",
            hint=f"it has {', '.join(offered) or 'none at all'}{unread}",
        )
    return offered[release]


def _offered(apt: PrivateApt, release: str) -> dict[str, Package]:
    """Return what the archive has of the kind that ``release`` is: series or releases."""
    found = sorted(apt.versions(_SOURCE.pattern), key=lambda package: version_key(package.version))
    if _SERIES.fullmatch(release):
        named = {package.name.removeprefix("linux-source-"): package for package in found}
        return dict(sorted(named.items(), key=lambda item: _order(item[0])))
    series = release.rpartition(".")[0]
    ours = [package for package in found if package.name == f"linux-source-{series}"]
    return {_point(package.version): package for package in ours}


def _point(version: str) -> str:
    """Return the release that is in a package: 6.12.107 for 6.12.107-1~deb12u1."""
    return version.rpartition(":")[2].partition("-")[0]


def _version(source: KernelSource) -> tuple[object, ...]:
    return version_key(source.cached)


def _fetch(apt: PrivateApt, package: Package, directory: Path, progress: FetchProgress) -> Path:
    """Download ``package`` and keep the tarball inside.

    Of a series it takes the place of older versions; releases that were asked for stay.
    """
    with scratch_directory(directory) as scratch:
        if directory == _points_dir():
            deb = apt.download(package, scratch, progress)
        else:
            package, deb = _download(apt, package, scratch, progress)
        inside, suffix = _extract(deb, package.name, scratch)
        final = directory / f"{package.name}_{package.version.replace(':', '%3a')}{suffix}"
        inside.rename(final)
    for old in directory.glob(f"{package.name}_*"):
        if old != final and directory != _points_dir() and _CACHED.fullmatch(old.name):
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


def _points_dir() -> Path:
    """Return where releases are that were asked for, and are not the newest of their series."""
    return _sources_dir() / "points"


def open_apt() -> PrivateApt:
    """Return the apt that kernels come through."""
    return PrivateApt(user_cache_dir() / "apt")
