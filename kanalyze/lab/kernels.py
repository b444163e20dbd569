"""A kernel as a user names it -> a kernel that can be booted."""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from kanalyze.errors import EnvironmentFailure, InputError
from kanalyze.lab.debs import is_deb, unpack, whole_kernel
from kanalyze.lab.kernels_image import read_image
from kanalyze.lab.kernels_kept import images_dir, kept_kernels
from kanalyze.lab.kernels_modules import resolve
from kanalyze.lab.model import Kernel
from kanalyze.places import user_cache_dir

#: Where a build leaves its image, most wanted first.
BUILT_IMAGES = ("arch/x86/boot/bzImage", "arch/arm64/boot/Image", "arch/arm64/boot/Image.gz")
#: What the lab's guests have a use for.
WANTED = ("virtio-pci", "virtio-blk", "virtio-console", "zram", "brd", "fuse")
_NAME = re.compile(r"\d+\.\d+[\w.+~-]*")
_OPTION = re.compile(r'(CONFIG_\w+)=(?:"(.*)"|(.*))')


@dataclass(frozen=True, slots=True)
class _Place:
    """Where the parts of a kernel lie; None is a part that it has not."""

    image: Path
    config: Path | None = None
    modules: Path | None = None
    release: str = ""


def find_kernel(given: str, *, wanted: Sequence[str] = WANTED) -> Kernel:
    """Return the kernel that ``given`` names.

    It is one of these, in this order:

    - a name that begins with a version and has no slash, of a kernel that was
      fetched or built here: "6.12" is the newest that was fetched of that series,
      "6.12-amd64" and "6.12-small" that of a flavour or configuration, and
      "6.12.117+deb13-cloud-amd64" exactly one;
    - a directory in which a kernel was built;
    - a Debian package with a kernel or a part of it, the other parts beside it
      or fetched;
    - an image.  What its directory, or /lib/modules for one in /boot, has of its
      configuration and modules is taken.

    ``wanted`` are features (see kernels_modules.FEATURES) that the modules are for.

    Raises InputError when there is no such kernel, it cannot be booted, or is
    not whole; EnvironmentFailure when it cannot be read or unpacked.
    """
    place = _named(given) if _NAME.fullmatch(given) else _at(Path(given).expanduser())
    facts = read_image(place.image)
    options = read_options(place.config) if place.config else {}
    modules = resolve(place.modules, options, wanted, user_cache_dir() / "modules")
    release = facts.release or place.release
    return Kernel(
        name=release or place.image.name,
        given=given,
        image=place.image.absolute(),
        arch=facts.arch,
        release=release,
        modules=tuple(path.absolute() for path in modules.modules),
        options=tuple(sorted(options.items())),
        lacks=modules.lacks,
    )


def read_options(config: Path) -> dict[str, str]:
    """Return what a .config sets, strings without their quotes.

    Raises EnvironmentFailure when it cannot be read.
    """
    try:
        text = config.read_text(encoding="utf-8", errors="replace")
    except OSError as error:
        raise EnvironmentFailure(error.strerror or str(error), where=str(config)) from error
    matches = (_OPTION.fullmatch(line.strip()) for line in text.splitlines())
    return {match[1]: match[2] or match[3] or "" for match in matches if match}


def _named(given: str) -> _Place:
    """Return the kernel of the cache with a name."""
    for kept in kept_kernels():
        if given in kept.names:
            return _at(kept.path)
    hint = f"`kanalyze kernels fetch {given} --image` gets it; ./{given} is a file"
    raise InputError(f"no kernel {given} was fetched or built here", hint=hint)


def _at(path: Path) -> _Place:
    if path.is_dir():
        return _build(path)
    if not path.exists():
        raise InputError("no such file", where=str(path))
    if is_deb(path):
        return _package(path)
    return _image(path)


def _package(path: Path) -> _Place:
    parts = whole_kernel(path, (images_dir(),))
    root = unpack(parts, user_cache_dir() / "unpacked")
    return _Place(root / "vmlinuz", _file(root / "config"), root, parts[0].release)


def _build(directory: Path) -> _Place:
    """Return what was built in ``directory``; InputError when nothing was."""
    images = [directory / name for name in BUILT_IMAGES if (directory / name).is_file()]
    config = _file(directory / ".config") or _file(directory / "config")
    options: Mapping[str, str] = read_options(config) if config else {}
    if "CONFIG_ARM64" in options:
        images = [image for image in images if "arm64" in image.parts]
    if not images:
        hint = "build it there, or use `kanalyze kernels build`"
        raise InputError("no kernel was built in this directory", where=str(directory), hint=hint)
    modules = directory if "CONFIG_MODULES" in options else None
    try:
        release = (directory / "include/config/kernel.release").read_text("ascii").strip()
    except (OSError, UnicodeDecodeError):
        release = ""
    return _Place(images[0], config, modules, release)


def _image(path: Path) -> _Place:
    """Return a kernel's image with what belongs to it, as far as its place tells."""
    whole = path.resolve()  # a build has arch/x86_64/boot/bzImage for a link
    for name in BUILT_IMAGES:
        if whole.match(name) and _file(whole.parents[name.count("/")] / ".config"):
            return replace(_build(whole.parents[name.count("/")]), image=path)
    release = path.name.removeprefix("vmlinuz-") if path.name.startswith("vmlinuz-") else ""
    return _Place(
        path,
        _file(path.with_name(f"config-{release}")) if release else None,
        next(_installed(whole, release), None) if release else None,
        release,
    )


def _installed(image: Path, release: str) -> Iterator[Path]:
    """Yield the module directories beside /boot, of this system or one below a directory."""
    for modules in ("lib/modules", "usr/lib/modules"):
        path = image.parent.parent / modules / release
        if image.parent.name == "boot" and path.is_dir():
            yield path


def _file(path: Path) -> Path | None:
    return path if path.is_file() else None
