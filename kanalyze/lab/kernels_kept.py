"""The kernels in the user's cache: fetched packages and builds, and their names."""

import platform
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

from kanalyze.lab.arch import ARCHITECTURES, ARM64, X86_64
from kanalyze.lab.versions import version_key
from kanalyze.places import user_cache_dir

_PACKAGE = re.compile(
    r"linux-(?P<kind>image|binary|modules|base)-(?P<release>\d[\w.+~-]*?)"
    r"_(?P<version>[^_/]+)_(?P<arch>[a-z0-9]+)\.deb"
)
_RELEASE = re.compile(
    r"(?P<abi>(?P<series>\d+\.\d+)[\w.+~]*(?:-[\w.+~]*\d[\w.+~]*)*?)-(?P<flavour>[a-z].*)"
)
#: A file in the directory of a build that came to its end: the identity of its source.
DONE = "done"
#: Debian's flavours; the first is meant where none is named: it boots soonest.
FLAVOURS = ("cloud-amd64", "amd64")


@dataclass(frozen=True, slots=True)
class Release:
    """What the parts of a name such as 6.12.117+deb13-cloud-amd64 are.

    ``abi`` is 6.12.117+deb13, ``series`` 6.12, ``flavour`` cloud-amd64.
    """

    name: str
    abi: str
    series: str
    flavour: str


@dataclass(frozen=True, slots=True)
class KeptKernel:
    """A kernel in the cache: a package (``version`` is Debian's), or a build's directory."""

    release: Release
    version: str
    path: Path

    @property
    def names(self) -> tuple[str, ...]:
        """What it can be called; of several with one name the first is meant."""
        of = self.release
        return of.name, of.abi, of.series, f"{of.series}-{of.flavour}"


def parse_release(name: str) -> Release | None:
    """Return the parts of a kernel's release; None when it has no flavour."""
    match = _RELEASE.fullmatch(name)
    return Release(name, match["abi"], match["series"], match["flavour"]) if match else None


def images_dir() -> Path:
    """Return where fetched kernel packages lie."""
    return user_cache_dir() / "images"


def built_dir() -> Path:
    """Return where kernels are built, each in a directory of its own."""
    return user_cache_dir() / "kernels"


def kept_kernels() -> list[KeptKernel]:
    """Return the kernels that are here, the preferred flavour and the newest first.

    Those for another machine than this come last.
    """
    foreign = tuple(f"-{arch.name}" for arch in ARCHITECTURES)

    def rank(kernel: KeptKernel) -> int:
        flavour = kernel.release.flavour
        if flavour in FLAVOURS:
            return FLAVOURS.index(flavour)
        return len(FLAVOURS) + flavour.endswith(foreign)

    return sorted((*fetched_kernels(), *built_kernels()), key=rank)


def fetched_kernels() -> list[KeptKernel]:
    """Return Debian's kernels that are here, the newest first."""
    return _newest_first(_fetched())


def built_kernels() -> list[KeptKernel]:
    """Return the kernels that were built here to the end, the newest first."""
    return _newest_first(_built())


def _newest_first(kernels: Iterable[KeptKernel]) -> list[KeptKernel]:
    return sorted(kernels, key=lambda kernel: version_key(kernel.version), reverse=True)


def _fetched() -> Iterator[KeptKernel]:
    """Yield the fetched kernels, each by the package to give to the lab."""
    parts: dict[tuple[str, str], dict[str, Path]] = {}
    for path in _listing(images_dir()):
        match = _PACKAGE.fullmatch(path.name)
        if match:
            parts.setdefault((match["release"], match["version"]), {})[match["kind"]] = path
    for (name, version), kinds in parts.items():
        release = parse_release(name)
        package = kinds.get("binary") or kinds.get("image")
        if release and package and ("binary" not in kinds or kinds.keys() & {"modules", "image"}):
            yield KeptKernel(release, version.replace("%3a", ":"), package)


def _built() -> Iterator[KeptKernel]:
    """Yield the kernels that were built; of one name the one that was built last comes first."""
    done = {path: _finished(path) for path in _listing(built_dir())}
    for path in sorted(done, key=lambda path: done[path], reverse=True):
        try:
            name = (path / "include/config/kernel.release").read_text("ascii").strip()
        except (OSError, UnicodeDecodeError):
            continue
        release = parse_release(f"{name}{_foreign(path)}")
        if release and done[path]:
            yield KeptKernel(release, release.abi, path)


def _finished(path: Path) -> float:
    """Return when a build came to its end; 0 of one that did not."""
    try:
        return (path / DONE).stat().st_mtime
    except OSError:
        return 0


def _foreign(path: Path) -> str:
    """Return what a build's name ends with if the kernel is not for a machine like this."""
    arch = ARM64 if (path / "arch/arm64/boot/Image").exists() else X86_64
    return "" if platform.machine() in arch.machine_names else f"-{arch.name}"


def _listing(directory: Path) -> list[Path]:
    try:
        return sorted(directory.iterdir())
    except OSError:  # there is none yet, or none that we may read
        return []
