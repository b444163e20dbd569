"""Kernels in Debian packages: which files belong together, and unpacking them.

Up to 6.18 one package, linux-image-*, has all of a kernel.  Later the image is
in linux-binary-*, then also the modules in linux-modules-* and the
configuration in linux-base-*, and linux-image-* only asks for them.
Nothing is installed: what a guest can need is copied into the cache.
"""

import hashlib
import re
import shutil
import subprocess
import tarfile
import tempfile
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

from kanalyze.errors import EnvironmentFailure, InputError

_NAME = re.compile(
    r"linux-(?P<kind>image|binary|modules|base)(?:-unsigned)?-(?P<release>\d[\w.+~-]*?)(?:-unsigned)?"
)
# What is copied, and what it is called then.  Of the modules those that a
# guest without network, screen and USB can need.
_RELEASE = r"(?:\d[\w.+~-]*)"
_MODULES = (
    r"arch|block|crypto|lib|mm|fs/(?:fuse|ext4|jbd2|mbcache\.ko)|drivers/(?:block|char|virtio)"
)
_WANTED = re.compile(
    rf"(?:\./)?(?:boot/(?P<boot>vmlinuz|config)-{_RELEASE}"
    rf"|(?:usr/)?lib/modules/{_RELEASE}/(?P<module>vmlinuz|config|modules\.builtin"
    rf"|kernel/(?:{_MODULES})[\w./+-]*))"
)


@dataclass(frozen=True, slots=True)
class Deb:
    """A package file with a part of a kernel, or all of it."""

    path: Path
    kind: str
    release: str
    version: str
    needs: frozenset[str]


def is_deb(path: Path) -> bool:
    """Return whether ``path`` is a Debian package, by its first bytes."""
    try:
        with path.open("rb") as file:
            return file.read(21) == b"!<arch>\ndebian-binary"
    except OSError:
        return False


def read_deb(path: Path) -> Deb:
    """Return what the package at ``path`` is.

    Raises InputError when it is damaged or no kernel's, EnvironmentFailure when
    there is no dpkg.
    """
    said = _dpkg_deb("--field", str(path), "Package", "Version", "Depends")
    fields = dict(re.findall(r"^(\w+): *(.*)$", said, re.MULTILINE))
    match = _NAME.fullmatch(fields.get("Package", ""))
    if match is None:
        raise InputError(
            f"{fields.get('Package', 'this')!r} is no kernel package",
            where=str(path),
            hint="a linux-image-*, linux-binary-* or linux-modules-* package is wanted",
        )
    # linux-base-* has but the configuration
    needs = re.findall(r"\blinux-(?:binary|modules)-[^\s,(|]+", fields.get("Depends", ""))
    return Deb(path, match["kind"], match["release"], fields.get("Version", ""), frozenset(needs))


def whole_kernel(given: Path, places: Iterable[Path]) -> tuple[Deb, ...]:
    """Return the packages that make up the kernel of which ``given`` is one.

    The others lie beside it or in ``places``, in the same version.  An image and
    modules make a kernel; without linux-base-* its configuration is not known.

    Raises InputError naming what is missing.
    """
    first = read_deb(given)
    parts = {first.kind: first}
    for place in (given.parent, *places):
        for path in sorted(place.glob(f"linux-*-{glob_escape(first.release)}*.deb")):
            match = _NAME.fullmatch(path.name.partition("_")[0])
            if match is None or match["release"] != first.release or match["kind"] in parts:
                continue
            other = read_deb(path)
            if (other.release, other.version) == (first.release, first.version):
                parts[other.kind] = other
    here = {f"linux-{kind}-{first.release}" for kind in parts}
    missing = sorted(frozenset().union(*(part.needs for part in parts.values())) - here)
    if "binary" in parts and not parts.keys() & {"modules", "image"}:
        missing.append(f"linux-modules-{first.release}")
    if not parts.keys() & {"binary", "image"}:
        missing.append(f"linux-binary-{first.release}")
    if missing:
        raise InputError(
            f"only a part of a kernel: {', '.join(missing)} in version {first.version} "
            f"{'is' if len(missing) == 1 else 'are'} missing",
            where=str(given),
            hint="put it beside, or use `kanalyze kernels fetch --image`",
        )
    return tuple(parts[kind] for kind in sorted(parts))


def glob_escape(text: str) -> str:
    """Return a pattern for ``text`` itself."""
    return re.sub(r"([*?[])", r"[\1]", text)


def unpack(parts: Sequence[Deb], directory: Path) -> Path:
    """Return a directory with vmlinuz, config, modules.builtin and kernel/ out of ``parts``.

    It lies below ``directory`` under a name made from the content of the
    packages, and is made once.  What is in no package is not there; vmlinuz is.

    Raises InputError when the packages hold no kernel, EnvironmentFailure when
    dpkg or the disk fails.
    """
    try:
        final = directory / _fingerprint(parts)
        if final.is_dir():
            return final
        directory.mkdir(parents=True, exist_ok=True)
        scratch = Path(tempfile.mkdtemp(prefix=".unpacking-", dir=directory))
        try:
            for part in parts:
                _copy_out(part.path, scratch)
            if not (scratch / "vmlinuz").is_file():
                raise InputError("the package holds no kernel image", where=str(parts[0].path))
            scratch.chmod(0o755)
            try:
                scratch.rename(final)
            except OSError:
                if not final.is_dir():  # another process may have been quicker
                    raise
        finally:
            shutil.rmtree(scratch, ignore_errors=True)
    except OSError as error:
        where = str(error.filename or directory)
        raise EnvironmentFailure(error.strerror or str(error), where=where) from error
    return final


def _fingerprint(parts: Sequence[Deb]) -> str:
    whole = hashlib.sha256()
    for part in parts:
        with part.path.open("rb") as file:
            whole.update(hashlib.file_digest(file, "sha256").digest())
    return f"{parts[0].release}-{whole.hexdigest()[:20]}"


def _copy_out(deb: Path, target: Path) -> None:
    """Copy what is wanted out of one package."""
    command = ("dpkg-deb", "--fsys-tarfile", str(deb))
    try:
        process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL)
    except FileNotFoundError as error:
        raise _no_dpkg() from error
    with process:
        assert process.stdout is not None
        try:
            with tarfile.open(fileobj=process.stdout, mode="r|", bufsize=1 << 20) as tar:
                for member in tar:
                    _copy_member(tar, member, target)
            while process.stdout.read(1 << 20):
                pass  # to its end, so that its exit status is about the package
        except tarfile.TarError as error:
            raise InputError(f"damaged package: {error}", where=str(deb)) from error
        finally:
            process.stdout.close()
    if process.returncode:
        raise InputError("damaged package", where=str(deb))


def _copy_member(tar: tarfile.TarFile, member: tarfile.TarInfo, target: Path) -> None:
    match = _WANTED.fullmatch(member.name)
    if match is None or ".." in member.name.split("/") or not member.isreg():
        return
    content = tar.extractfile(member)
    path = target / (match["boot"] or match["module"])
    path.parent.mkdir(parents=True, exist_ok=True)
    assert content is not None  # it is a regular file
    with path.open("wb") as copy:
        shutil.copyfileobj(content, copy, 1 << 20)


def _dpkg_deb(*arguments: str) -> str:
    command = ("dpkg-deb", *arguments)
    try:
        done = subprocess.run(command, capture_output=True, check=False, stdin=subprocess.DEVNULL)
    except FileNotFoundError as error:
        raise _no_dpkg() from error
    if done.returncode:
        said = done.stderr.decode("utf-8", "replace").strip().splitlines()
        raise InputError(said[-1] if said else "dpkg-deb cannot read it", where=arguments[1])
    return done.stdout.decode("utf-8", "replace")


def _no_dpkg() -> EnvironmentFailure:
    hint = "apt install dpkg; elsewhere, unpack the package and name the image in it"
    return EnvironmentFailure("dpkg-deb is missing", hint=hint)
