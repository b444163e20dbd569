"""What a kernel release consists of: the files of a tarball or of an unpacked directory.

Both are read as a stream, in one pass and without unpacking anything, and both
are distrusted: a symbolic link is a record and never followed, and a name that
leaves the tree or a member that is no file ends the reading with an error.
"""

import bz2
import gzip
import importlib
import lzma
import os
import stat
import tarfile
import zlib
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import IO, cast

from kanalyze.errors import InputError

# A larger file is no kernel source: the largest in 7.2 has 24 MB.
_MAX_BYTES = 256 << 20
_CHUNK = 1 << 20
_STEP = 256  # members between two reports of progress

#: Told now and then: bytes of the input consumed, and bytes it has (0: unknown).
Progress = Callable[[int, int], None]
#: Says of a path below the tree's top whether it is wanted.
Filter = Callable[[str], bool]


@dataclass(frozen=True)
class ReleaseFile:
    """One file of a release.

    ``path`` is relative to the tree's top; bytes that are not UTF-8 are
    surrogate escapes.  ``mode`` is git's: 100644, 100755 or 120000, whose
    ``content`` is the link's target.  With ``same_as`` the file is a hard link:
    content and mode are those of that path, which came before.
    """

    path: str
    mode: str
    mtime: int
    content: bytes
    same_as: str = ""


def release_files(source: Path, wanted: Filter, progress: Progress) -> Iterator[ReleaseFile]:
    """Yield the wanted files of ``source``, a kernel tarball or an unpacked directory.

    A tarball's single top directory is taken off.  Raises InputError for
    anything that is not a sound and harmless tree, naming ``source``.
    """
    with _errors_about(source):
        mode = source.stat().st_mode
        if stat.S_ISDIR(mode):
            yield from _directory(source, "", wanted, progress)
        elif stat.S_ISREG(mode):
            yield from _tarball(source, wanted, progress)
        else:
            raise InputError("is neither a tarball nor a directory", where=str(source))


@contextmanager
def _errors_about(source: Path) -> Iterator[None]:
    """Turn what can go wrong with a file or an archive into one line about ``source``."""
    try:
        yield
    except (tarfile.TarError, EOFError, lzma.LZMAError, zlib.error, gzip.BadGzipFile) as error:
        raise InputError(f"broken or no tarball: {error}", where=str(source)) from error
    except OSError as error:
        what = error.strerror or f"broken or no tarball: {error}"
        raise InputError(what, where=str(error.filename or source)) from error
    except MemoryError as error:
        raise InputError("needs more memory to decompress than there is", where=str(source)) from (
            error
        )


# ------------------------------------------------------------------- tarballs
class _StrictTarInfo(tarfile.TarInfo):
    """Members of a tarball whose damage is an error.

    tarfile takes a damaged header, or a missing end, for the end of the archive:
    half a kernel would be imported without a word.
    """

    @classmethod
    def fromtarfile(cls, tarfile: tarfile.TarFile) -> "_StrictTarInfo":
        try:
            return super().fromtarfile(tarfile)
        except _HeaderError as error:
            if type(error).__name__ == "EOFHeaderError":  # the proper end, two blocks of zeros
                raise
            raise _ReadError(str(error)) from error


_HeaderError = tarfile.HeaderError  # the parameter above has the module's name
_ReadError = tarfile.ReadError


def _tarball(source: Path, wanted: Filter, progress: Progress) -> Iterator[ReleaseFile]:
    with source.open("rb") as raw, _decompressed(raw, source) as stream:
        size = os.fstat(raw.fileno()).st_size
        with tarfile.open(fileobj=stream, mode="r|", bufsize=_CHUNK, tarinfo=_StrictTarInfo) as tar:
            yield from _members(tar, wanted, source, lambda: progress(raw.tell(), size))
        # The archive may end before its compressed stream does: read on, for
        # the checksum at the end and for the end itself.
        while stream.read(_CHUNK):
            pass
        progress(size, size)


def _decompressed(raw: IO[bytes], source: Path) -> IO[bytes]:
    """Open the stream inside ``raw``, going by its first bytes and not by its name."""
    magic = raw.read(6)
    raw.seek(0)
    if magic.startswith(b"\xfd7zXZ\0"):
        return cast(IO[bytes], lzma.open(raw))
    if magic.startswith(b"\x1f\x8b"):
        return cast(IO[bytes], gzip.open(raw))
    if magic.startswith(b"BZh"):
        return cast(IO[bytes], bz2.open(raw))
    if magic.startswith(b"\x28\xb5\x2f\xfd"):
        try:
            zstd = importlib.import_module("compression.zstd")
        except ImportError as error:
            raise InputError(
                "is compressed with zstd, which Python reads from 3.14 on",
                where=str(source),
                hint="decompress it with `zstd -d` first",
            ) from error
        return cast(IO[bytes], zstd.open(raw))
    return raw


def _members(
    tar: tarfile.TarFile, wanted: Filter, source: Path, step: Callable[[], None]
) -> Iterator[ReleaseFile]:
    """Yield the wanted members below the archive's top directory."""
    top: str | None = None
    for number, member in enumerate(tar):
        if number % _STEP == 0:
            step()
            # tarfile remembers every member, and a kernel has 90,000
            tar.members.clear()  # type: ignore[attr-defined]
        path = _safe_path(member.name, source)
        if top is None:  # the first member tells; an archive of "." has no top directory
            top = path.split("/")[0] if member.isdir() or "/" in path else ""
        below = _below(path, top, source)
        if below and not member.isdir() and wanted(below):
            yield _member(tar, member, below, top, source)


def _safe_path(name: str, source: Path) -> str:
    """Return a member's name without needless parts; InputError when it leaves the tree."""
    parts = [part for part in name.split("/") if part not in ("", ".")]
    if name.startswith("/") or ".." in parts or "\0" in name:
        raise InputError(f"holds {name!r}, a path that leaves the tree", where=str(source))
    return "/".join(parts)


def _below(path: str, top: str, source: Path) -> str:
    """Return ``path`` without the top directory; InputError when it lies beside it."""
    if not top:
        return path
    if path != top and not path.startswith(top + "/"):
        raise InputError(f"is no kernel release: {path!r} lies beside {top!r}", where=str(source))
    return path[len(top) + 1 :]


def _member(
    tar: tarfile.TarFile, member: tarfile.TarInfo, path: str, top: str, source: Path
) -> ReleaseFile:
    """Read one member that is a file or a link; InputError for anything else."""
    mtime = int(member.mtime)
    if member.issym():
        return ReleaseFile(path, "120000", mtime, os.fsencode(member.linkname))
    if member.islnk():
        target = _below(_safe_path(member.linkname, source), top, source)
        return ReleaseFile(path, "", mtime, b"", same_as=target)
    if not member.isreg():
        raise InputError(f"holds {path!r}, a device or a pipe", where=str(source))
    _check_size(path, member.size, source)
    content = tar.extractfile(member)
    data = content.read() if content is not None else b""
    if len(data) != member.size:
        raise tarfile.ReadError(f"unexpected end of data in {path!r}")
    return ReleaseFile(path, _file_mode(member.mode), mtime, data)


# ---------------------------------------------------------------- directories
def _directory(top: Path, below: str, wanted: Filter, progress: Progress) -> Iterator[ReleaseFile]:
    """Yield the wanted files under ``top/below``, in the order of their names."""
    with os.scandir(top / below) as listing:
        entries = sorted(listing, key=lambda entry: entry.name)
    for number, entry in enumerate(entries):
        if number % _STEP == 0:
            progress(0, 0)
        path = f"{below}/{entry.name}" if below else entry.name
        if entry.is_dir(follow_symlinks=False):
            if entry.name != ".git":
                yield from _directory(top, path, wanted, progress)
        elif wanted(path):
            yield _directory_file(top, path)


def _directory_file(top: Path, path: str) -> ReleaseFile:
    place = top / path
    status = place.lstat()
    if stat.S_ISLNK(status.st_mode):
        target = os.fsencode(place.readlink())
        return ReleaseFile(path, "120000", int(status.st_mtime), target)
    if not stat.S_ISREG(status.st_mode):
        raise InputError(f"holds {path!r}, a device or a pipe", where=str(top))
    _check_size(path, status.st_size, top)
    # not followed even if the file becomes a link between the two calls
    descriptor = os.open(place, os.O_RDONLY | os.O_NOFOLLOW)
    with os.fdopen(descriptor, "rb") as file:
        data = file.read(_MAX_BYTES)
    return ReleaseFile(path, _file_mode(status.st_mode), int(status.st_mtime), data)


def _check_size(path: str, size: int, source: Path) -> None:
    if size > _MAX_BYTES:
        raise InputError(f"holds {path!r} of {size >> 20} MB: no kernel source", where=str(source))


def _file_mode(mode: int) -> str:
    return "100755" if mode & stat.S_IXUSR else "100644"
