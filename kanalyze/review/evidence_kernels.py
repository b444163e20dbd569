"""The two kernels of a series: what it is based on, and its tip."""

import shutil
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from kanalyze.errors import InputError
from kanalyze.lab.build import BuildFailed, Built, build_kernel
from kanalyze.lab.kernels import BUILT_IMAGES, find_kernel
from kanalyze.lab.model import Kernel
from kanalyze.progress import Progress
from kanalyze.review.evidence_source import PrivateSource, SourceFile

#: What of a build is a kernel that can be booted, and is known again.
_PARTS = (*BUILT_IMAGES, ".config", "include/config/kernel.release")
_OF = "built-of"


@dataclass(frozen=True, slots=True)
class BothKernels:
    """The kernels; of a tip that does not build, what the compiler says and where all of it is."""

    base: Kernel
    tip: Kernel | None
    complaint: str = ""
    log: str = ""


def both_kernels(
    source: PrivateSource,
    files: Mapping[str, SourceFile | None],
    config: str,
    place: Path,
    progress: Progress,
) -> BothKernels:
    """Return the kernels of a source with the ``files`` of a series, and without.

    They lie in ``place``; the source is without them afterwards.  Raises InputError
    when the base does not build, and otherwise as :func:`build_kernel` does.
    """
    source.change(files)
    try:
        built = build_kernel(str(source.path), config, progress=progress)
        tip = _kept(built, place / "tip")
    except BuildFailed as error:
        source.restore()
        base = _base(source, None, config, progress)
        return BothKernels(base, None, error.what, error.hint.partition(": ")[2])
    source.restore()
    return BothKernels(_base(source, built.log.parent, config, progress), tip)


def _base(source: PrivateSource, target: Path | None, config: str, progress: Progress) -> Kernel:
    """Return the kernel of the base: kept from an earlier review, or built now.

    ``target`` is where the tip was built: another compiler or configuration would
    have another.
    """
    kept = source.directory / f"base-{config}"
    if target is not None and _is_of(kept, target):
        return find_kernel(str(kept))
    try:
        built = build_kernel(str(source.path), config, progress=progress)
    except BuildFailed as error:
        raise InputError(f"the base {error.what}", hint=error.hint) from error
    shutil.rmtree(kept, ignore_errors=True)
    kernel = _kept(built, kept)
    (kept / _OF).write_text(built.log.parent.name)
    return kernel


def _kept(built: Built, place: Path) -> Kernel:
    """Return a kernel that was built, as a copy that the next build does not overwrite."""
    target = built.log.parent
    for name in _PARTS:
        if (target / name).is_file():
            (place / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy(target / name, place / name)
    return find_kernel(str(place))


def _is_of(kept: Path, target: Path) -> bool:
    try:
        return (kept / _OF).read_text() == target.name
    except OSError:
        return False
