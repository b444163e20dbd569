"""Generated files into a directory that people may have worked in since.

A list of digests, in the form that ``sha256sum --check`` reads, lies beside
the files and says which bytes are ours.  Whatever differs is somebody's work:
it is named and left alone.
"""

import errno
import hashlib
import os
import re
import stat
from collections.abc import Iterable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from kanalyze.errors import EnvironmentFailure, InputError
from kanalyze.selftests.model import OutputFile, Written

#: The list of digests; a name that no generated file has.
MANIFEST = "kanalyze.sha256"

# Somebody else's list of digests must not make their files ours: it lacks this line.
_HEADING = "# What kanalyze generated here.  It overwrites no file that differs from this list."

# What says that the place is wrong, and not that the machine fails.
_BAD_PLACE = frozenset(
    {
        *(errno.EACCES, errno.EPERM, errno.EROFS, errno.EEXIST, errno.ENOENT),
        *(errno.ENOTDIR, errno.EISDIR, errno.ELOOP, errno.ENAMETOOLONG),
    }
)

_ENTRY = re.compile(r"([0-9a-f]{64})  ([\w.+-]+(?:/[\w.+-]+)*)", re.ASCII)
_LARGEST_MANIFEST = 1 << 20


def write_files(directory: Path, files: Iterable[OutputFile], *, force: bool = False) -> Written:
    """Make ``directory`` hold ``files``, and no other file that an earlier call wrote.

    ``force`` overwrites files that were edited, or that were there before; one
    that was edited and is not among ``files`` any more stays.
    Raises InputError, before anything is changed, for edited files (naming
    them), for a directory that cannot be written and for a broken manifest;
    EnvironmentFailure for a disk that is full or fails.
    """
    wanted = {file.path: file for file in files}
    for path in wanted:
        if path == MANIFEST or not _sound(path):
            raise ValueError(f"not a path for a generated file: {path!r}")
    with _errors_about(directory):
        directory.mkdir(parents=True, exist_ok=True)
        return _write(directory, wanted, force)


def _write(directory: Path, wanted: dict[str, OutputFile], force: bool) -> Written:
    ours = _manifest(directory)
    digests = {path: _digest(file.content) for path, file in wanted.items()}
    found = {path: _found(directory, path) for path in sorted({*ours, *wanted})}
    for path in wanted:
        if found[path] in (_DIRECTORY, _BEHIND):
            raise InputError(f"{found[path]}: cannot be written", where=str(directory / path))
    edited = [
        path
        for path, digest in found.items()
        if digest and digest not in ours.get(path, set()) and digest != digests.get(path)
    ]
    if edited and not force:
        raise InputError(
            f"edited since they were generated, or not generated: {', '.join(edited)}",
            where=str(directory),
            hint="--force overwrites them",
        )
    stale = [path for path in ours if path not in wanted and found[path] and path not in edited]
    changed = [path for path, file in wanted.items() if not _is_as_wanted(directory, file, found)]
    listed = {path: {digest} for path, digest in digests.items()}
    if changed or stale or ours != listed:
        # A run that is cut short leaves files of either kind: both are ours.
        both = {path: ours.get(path, set()) | listed[path] for path in listed}
        both |= {path: ours[path] for path in stale}
        _replace(directory, OutputFile(MANIFEST, _listed(both)))
        for path in changed:
            _replace(directory, wanted[path])
        for path in stale:
            _remove(directory, path)
        _replace(directory, OutputFile(MANIFEST, _listed(listed)))
    kept = [path for path in wanted if path not in changed]
    return Written(tuple(sorted(changed)), tuple(sorted(kept)), tuple(sorted(stale)))


# What is found at a path: "" for nothing, a digest for a regular file, or one of these.
_DIRECTORY = "is a directory"
_BEHIND = "lies behind a link or a file"
_NO_FILE = "is no regular file"


def _found(directory: Path, path: str) -> str:
    place = directory / path
    try:
        for parent in reversed(Path(path).parents[:-1]):
            if not stat.S_ISDIR((directory / parent).lstat().st_mode):
                return _BEHIND
        mode = place.lstat().st_mode
    except FileNotFoundError:
        return ""
    if stat.S_ISDIR(mode):
        return _DIRECTORY
    return _digest(place.read_bytes()) if stat.S_ISREG(mode) else _NO_FILE


def _is_as_wanted(directory: Path, file: OutputFile, found: dict[str, str]) -> bool:
    if found[file.path] != _digest(file.content):
        return False
    return bool((directory / file.path).stat().st_mode & 0o100) == file.executable


def _manifest(directory: Path) -> dict[str, set[str]]:
    """Return path -> the digests that we may have left there; nothing where we never wrote."""
    place = directory / MANIFEST
    try:
        if not stat.S_ISREG(place.lstat().st_mode) or place.stat().st_size > _LARGEST_MANIFEST:
            raise _broken(place)
        text = place.read_text(encoding="utf-8")
    except FileNotFoundError:
        return {}
    except UnicodeDecodeError as error:
        raise _broken(place) from error
    known: dict[str, set[str]] = {}
    heading, *entries = text.split("\n")
    if heading != _HEADING or entries.pop() != "":
        raise _broken(place)
    for line in entries:
        match = _ENTRY.fullmatch(line)
        if not match or not _sound(match[2]):
            raise _broken(place)
        known.setdefault(match[2], set()).add(match[1])
    return known


def _broken(place: Path) -> InputError:
    return InputError(
        "is not as kanalyze wrote it",
        where=str(place),
        hint="remove it, or name another directory",
    )


def _sound(path: str) -> bool:
    """Say whether a path stays below its directory."""
    return all(part not in ("", ".", "..") for part in path.split("/"))


def _listed(digests: dict[str, set[str]]) -> bytes:
    entries = [
        f"{digest}  {path}\n" for path in sorted(digests) for digest in sorted(digests[path])
    ]
    return "".join([f"{_HEADING}\n", *entries]).encode()


def _replace(directory: Path, file: OutputFile) -> None:
    """Write a file as a whole or not at all; what was there, if only a link, is replaced."""
    place = directory / file.path
    place.parent.mkdir(parents=True, exist_ok=True)
    temporary = place.with_name(f".{place.name}.{os.getpid()}.tmp")
    flags = os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW | os.O_CLOEXEC
    try:
        # The umask takes its share of the mode, as it does of any new file's.
        with os.fdopen(os.open(temporary, flags, 0o777 if file.executable else 0o666), "wb") as out:
            out.write(file.content)
        temporary.replace(place)
    except BaseException:
        with suppress(OSError):
            temporary.unlink()
        raise


def _remove(directory: Path, path: str) -> None:
    """Remove a file that we wrote, and its directories if nothing else is in them."""
    (directory / path).unlink(missing_ok=True)
    for parent in Path(path).parents[:-1]:
        try:
            (directory / parent).rmdir()
        except OSError:
            return


def _digest(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()


@contextmanager
def _errors_about(directory: Path) -> Iterator[None]:
    """Turn what a file system can answer into one line about ``directory``."""
    try:
        yield
    except OSError as error:
        kind = InputError if error.errno in _BAD_PLACE else EnvironmentFailure
        reason = error.strerror or str(error)
        raise kind(f"cannot be written: {reason}", where=str(directory)) from error
