"""A source directory without history, with the surface of a repository.

Nothing outside the directory is ever read: every path is opened component by
component, relative to the open root and without following symbolic links, so
that no link and no race can lead out of it.
"""

import contextlib
import errno
import hashlib
import io
import os
import stat
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from kanalyze.errors import EnvironmentFailure, InputError
from kanalyze.history.blobs import BlobTooLarge
from kanalyze.history.closing import Closing
from kanalyze.history.paths import check_path
from kanalyze.history.runner import BlobId, to_bytes, to_text

_DIRECTORY = os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW | os.O_CLOEXEC
# O_NONBLOCK: opening a FIFO must not wait for its writer.
_FILE = os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC
_CHUNK = 1 << 20
# What open() says for something that is no file of the tree: it is not there,
# a component is no directory, is a link, or the file is a socket.
_ABSENT = frozenset({errno.ENOENT, errno.ENOTDIR, errno.ELOOP, errno.ENXIO})


def blob_id(data: bytes) -> BlobId:
    """Return the id that git gives to a file with these bytes (SHA-1)."""
    header = b"blob %d\0" % len(data)
    return BlobId(hashlib.sha1(header + data, usedforsecurity=False).hexdigest())


@dataclass(frozen=True, slots=True)
class PlainTree:
    """A directory of sources; ``path`` is absolute.  Picklable."""

    path: str

    #: There is nothing to walk; a command says so instead of showing no events.
    has_history = False

    def ls(self, paths: Iterable[str] | None = None) -> dict[str, BlobId]:
        """Return path -> blob id of those of ``paths`` that are regular files.

        A directory among them stands for all below it, ``None`` for the whole
        tree.  The ids are git's own, so every file is read once: to look at a
        whole tree use ``files`` and ``PlainReader.read_path``.  InputError for
        a file that cannot be read; one that is not there is left out.
        """
        wanted = [""] if paths is None else [check_path(path) for path in paths]
        with PlainReader(self) as reader:
            return {name: reader.hash(name) for path in wanted for name in reader.regular(path)}

    def files(self, endings: Sequence[str] = ()) -> Iterator[str]:
        """Yield the paths of all regular files, sorted within each directory.

        Links are not followed; ``.git`` is left out; ``endings`` ("." included)
        narrow by name.  Raises InputError for a directory that cannot be read.
        """
        with PlainReader(self) as reader:
            for name in reader.regular(""):
                if not endings or name.endswith(tuple(endings)):
                    yield name

    def blobs(
        self, files: Mapping[str, BlobId] | None = None, max_bytes: int | None = None
    ) -> "PlainReader":
        """Return a reader for the ids in ``files``, which is what ``ls`` returned.

        ``max_bytes`` is the size above which a file is not read.
        """
        return PlainReader(self, files, max_bytes)


class PlainReader(Closing):
    """Reads files by path or by the ids that ``PlainTree.ls`` gave them.

    A context manager: it holds the tree open until the ``with`` block ends.
    """

    def __init__(
        self,
        tree: PlainTree,
        files: Mapping[str, BlobId] | None = None,
        max_bytes: int | None = None,
    ) -> None:
        self._tree = tree
        self._limit = max_bytes
        self._paths = {blob: path for path, blob in (files or {}).items()}
        try:
            self._root = os.open(tree.path, _DIRECTORY)
        except OSError as error:
            raise InputError(f"cannot be opened: {error.strerror}", where=tree.path) from error
        # Files come directory by directory: the last one is kept open.
        self._last: tuple[tuple[bytes, ...], int] | None = None

    def close(self) -> None:
        """Let go of the tree; the reader is of no use afterwards."""
        if self._last is not None:
            os.close(self._last[1])
            self._last = None
        if self._root >= 0:
            os.close(self._root)
            self._root = -1

    def read(self, blob: BlobId) -> bytes:
        """Return the bytes of a file by its id from ``ls``.

        Raises InputError when the file has changed since, or cannot be read.
        """
        path = self._paths[blob]
        data = self.read_path(path)
        if blob_id(data) != blob:
            raise InputError("changed while it was being read", where=self._name(path))
        return data

    def read_path(self, path: str) -> bytes:
        """Return the bytes of the regular file ``path``.

        Raises BlobTooLarge, and InputError when there is no such regular file
        in the tree (a link is none) or it cannot be read.
        """
        with self._opened(path) as (file, size):
            if self._limit is not None and size > self._limit:
                raise BlobTooLarge(self._name(path), size=size, limit=self._limit)
            return file.readall()

    def hash(self, path: str) -> BlobId:
        """Return the blob id of the regular file ``path``, whatever its size.

        Raises as ``read_path`` does, but knows no limit.
        """
        with self._opened(path) as (file, size):
            digest = hashlib.sha1(b"blob %d\0" % size, usedforsecurity=False)
            while chunk := file.read(_CHUNK):
                digest.update(chunk)
            return BlobId(digest.hexdigest())

    def regular(self, path: str) -> Iterator[str]:
        """Yield ``path`` if it is a regular file, or all regular files below it.

        "" is the top of the tree; ``check_path`` has been asked about all else.
        """
        parts = tuple(to_bytes(path).split(b"/")) if path else ()
        try:
            if parts:
                mode = os.stat(parts[-1], dir_fd=self._directory(parts[:-1]), follow_symlinks=False)
                if stat.S_ISREG(mode.st_mode):
                    yield path
                if not stat.S_ISDIR(mode.st_mode):
                    return
        except OSError as error:
            if error.errno in _ABSENT:
                return
            raise self._unreadable(path, error) from error
        yield from self._below(parts)

    def _below(self, parts: tuple[bytes, ...]) -> Iterator[str]:
        path = to_text(b"/".join(parts))
        try:
            # Listed before anything is yielded: a consumer that reads a file
            # makes another directory the one that is kept open.
            with os.scandir(self._directory(parts)) as entries:
                kinds = [
                    (os.fsencode(entry.name), entry.is_dir(follow_symlinks=False))
                    for entry in entries
                    if entry.is_dir(follow_symlinks=False) or entry.is_file(follow_symlinks=False)
                ]
        except OSError as error:
            if error.errno in _ABSENT:
                return
            raise self._unreadable(path, error) from error
        for name, is_directory in sorted(kinds):
            if not is_directory:
                yield to_text(b"/".join((*parts, name)))
            elif name != b".git":
                yield from self._below((*parts, name))

    @contextlib.contextmanager
    def _opened(self, path: str) -> Iterator[tuple[io.FileIO, int]]:
        """Open the regular file ``path``; give it and its size."""
        parts = tuple(to_bytes(check_path(path)).split(b"/"))
        try:
            descriptor = os.open(parts[-1], _FILE, dir_fd=self._directory(parts[:-1]))
            try:
                status = os.fstat(descriptor)
                if not stat.S_ISREG(status.st_mode):
                    raise self._not_a_file(path)
                yield io.FileIO(descriptor, closefd=False), status.st_size
            finally:
                os.close(descriptor)
        except OSError as error:
            if error.errno in _ABSENT:
                raise self._not_a_file(path) from error
            raise self._unreadable(path, error) from error

    def _directory(self, parts: tuple[bytes, ...]) -> int:
        """Return an open directory of the tree, reached without any link."""
        if not parts:
            return self._root
        if self._last is not None and self._last[0] == parts:
            return self._last[1]
        descriptor = os.dup(self._root)
        try:
            for part in parts:
                below = os.open(part, _DIRECTORY, dir_fd=descriptor)
                os.close(descriptor)
                descriptor = below
        except OSError:
            os.close(descriptor)
            raise
        if self._last is not None:
            os.close(self._last[1])
        self._last = (parts, descriptor)
        return descriptor

    def _name(self, path: str) -> str:
        return f"{self._tree.path}/{path}" if path else self._tree.path

    def _not_a_file(self, path: str) -> InputError:
        return InputError("no regular file in this tree", where=self._name(path))

    def _unreadable(self, path: str, error: OSError) -> InputError | EnvironmentFailure:
        kind = EnvironmentFailure if error.errno in (errno.EIO, errno.EMFILE) else InputError
        return kind(f"cannot be read: {error.strerror}", where=self._name(path))
