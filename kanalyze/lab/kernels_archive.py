"""Debian's kernel packages: what the archive offers, what is here, and fetching more."""

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

from kanalyze.errors import EnvironmentFailure, InputError
from kanalyze.lab.debian import open_apt, scratch_directory
from kanalyze.lab.kernels_kept import (
    FLAVOURS,
    KeptKernel,
    Release,
    fetched_kernels,
    images_dir,
    parse_release,
)
from kanalyze.lab.private_apt import FetchProgress, Package, PrivateApt
from kanalyze.lab.versions import version_key

_KERNELS = rf"linux-(?:image|binary|modules)-(\d+\.\d+\S*)-(?:{'|'.join(FLAVOURS)})"
_SPLIT = {"binary", "modules"}
_GIVEN = re.compile(r"\d+\.\d+[\w.+~-]*")


@dataclass(frozen=True, slots=True)
class KernelImage:
    """The newest kernel of a series in one flavour.

    ``offered`` is the version of its package in the archive, ``name`` the
    release that it says it is; ``cached`` is the newest version that is here,
    at ``path``.  Empty and None where there is none.
    """

    series: str
    flavour: str
    name: str = ""
    offered: str = ""
    cached: str = ""
    path: Path | None = None


def list_images(progress: FetchProgress = lambda name, done, total: None) -> list[KernelImage]:
    """Return the kernels that the archive offers or that are here, oldest first.

    Raises EnvironmentFailure when the archive cannot be asked and nothing is here.
    """
    kept = fetched_kernels()
    apt = open_apt()
    offered: list[_Offer] = []
    with apt.locked():
        try:
            if apt.is_stale():
                apt.update(progress)
            offered = _offers(apt.find(_KERNELS).values())
        except EnvironmentFailure:
            if not kept:
                raise
    newest: dict[tuple[str, str], _Offer] = {}
    for offer in offered:  # the newest come first
        newest.setdefault((offer.release.series, offer.release.flavour), offer)
    here: dict[tuple[str, str], KeptKernel] = {}
    for kernel in kept:
        here.setdefault((kernel.release.series, kernel.release.flavour), kernel)
    keys = sorted(newest.keys() | here.keys(), key=lambda key: (version_key(key[0]), key[1]))
    return [_image(key, newest.get(key), here.get(key)) for key in keys]


def fetch_image(
    release: str,
    flavour: str = FLAVOURS[0],
    progress: FetchProgress = lambda name, done, total: None,
) -> Path:
    """Return a package with Debian's kernel ``release``; download it if need be.

    ``release`` is a series such as 6.12, and means its newest kernel, or names
    one: 6.12.115, 6.12.115+deb13, 5.10.0-45.  Where a kernel is in several
    packages all are fetched, beside each other, and the one with the image is
    returned.  Where the archive has not what is here, or cannot be asked, what is
    here is used.

    Raises InputError when neither has the release, and EnvironmentFailure when
    apt, the network or the disk fails.
    """
    if not _GIVEN.fullmatch(release):
        raise InputError(f"{release!r} is no kernel release such as 6.12 or 6.12.115")
    kept = [k for k in fetched_kernels() if k.release.flavour == flavour]
    here = next((k for k in kept if release in _names(k.release, k.version)), None)
    apt = open_apt()
    with apt.locked():
        try:
            offer = _find(apt, release, flavour, progress)
            if here and (here.release, here.version) == (offer.release, offer.version):
                return here.path
            _fetch(apt, offer, progress)
        except (EnvironmentFailure, InputError):
            if here:  # gone from the archive, or no network: still good
                return here.path
            raise
    return next(k.path for k in fetched_kernels() if k.release == offer.release)


@dataclass(frozen=True, slots=True)
class _Offer:
    release: Release
    version: str


def _offers(packages: Iterable[Package]) -> list[_Offer]:
    """Return the kernels that ``packages`` are all of, the newest first.

    Of older backports the archive has the image and no modules any more.
    """
    kinds: dict[_Offer, set[str]] = {}
    for package in packages:
        _, kind, name = package.name.split("-", 2)
        release = parse_release(name)
        if release is not None and release.flavour in FLAVOURS:  # there is also rt-amd64
            kinds.setdefault(_Offer(release, package.version), set()).add(kind)
    whole = [offer for offer, has in kinds.items() if has == {"image"} or has >= _SPLIT]
    return sorted(whole, key=lambda o: (version_key(o.version), o.release.name), reverse=True)


def _names(release: Release, version: str) -> Iterator[str]:
    """Yield what a kernel can be called when it is fetched."""
    yield from (release.series, release.abi, release.name)
    yield release.abi.partition("+")[0]  # 6.12.115
    yield version.partition("-")[0]  # 5.10.262, of 5.10.0-46


def _find(apt: PrivateApt, release: str, flavour: str, progress: FetchProgress) -> _Offer:
    """Return the newest kernel that ``release`` can mean; InputError when there is none."""
    stale = apt.is_stale()
    if stale:
        apt.update(progress)

    def found() -> list[_Offer]:
        return [o for o in _offers(apt.find(_KERNELS).values()) if o.release.flavour == flavour]

    def first(offers: list[_Offer]) -> _Offer | None:
        return next((o for o in offers if release in _names(o.release, o.version)), None)

    offers = found()
    offer = first(offers)
    if offer is None and not stale:  # it may have come since
        apt.update(progress)
        offers = found()
        offer = first(offers)
    if offer is None:
        series = sorted({o.release.series for o in offers}, key=version_key)
        unread = f"; not all of it could be read: {apt.left_out}" if apt.left_out else ""
        raise InputError(
            f"Debian's archive has no kernel {release} of flavour {flavour}",
            hint=f"it has {', '.join(series) or 'none at all'}{unread}",
        )
    return offer


def _fetch(apt: PrivateApt, offer: _Offer, progress: FetchProgress) -> None:
    """Download all packages of a kernel; they are kept together, or none of them is."""
    pattern = rf"linux-(?:image|binary|modules|base)-{re.escape(offer.release.name)}"
    packages = [p for p in apt.find(pattern).values() if p.version == offer.version]
    directory = images_dir()
    with scratch_directory(directory) as scratch:
        debs = []
        for package in packages:
            place = scratch / package.name
            place.mkdir()
            debs.append(apt.download(package, place, progress))
        for deb in debs:
            deb.rename(directory / deb.name)


def _image(key: tuple[str, str], offer: _Offer | None, here: KeptKernel | None) -> KernelImage:
    series, flavour = key
    return KernelImage(
        series,
        flavour,
        offer.release.name if offer else here.release.name if here else "",
        offer.version if offer else "",
        here.version if here else "",
        here.path if here else None,
    )
