"""The stream that puts releases' files into a repository: ``git fast-import``."""

import os
import subprocess
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import IO

from kanalyze.errors import InputError
from kanalyze.history.kernel_version import KernelVersion, read_version
from kanalyze.history.plumbing import Repository
from kanalyze.history.release_files import Filter, release_files
from kanalyze.history.runner import scrubbed_environment, start_failure

_MAKEFILE = "Makefile"
_PROOF = "mm/memory.c"  # other projects number their releases in a Makefile, too


@dataclass(frozen=True)
class StagedRelease:
    """A release whose files are in the repository, under the scratch reference ``ref``.

    ``date`` is the modification time of its Makefile, ``files`` their number.
    """

    version: KernelVersion
    tree: str
    date: int
    files: int
    source: Path
    ref: str


@dataclass(frozen=True)
class _Streamed:
    """A release that went down the stream: all of StagedRelease but the tree."""

    version: KernelVersion
    date: int
    files: int
    source: Path
    ref: str


def stage_releases(
    repository: Repository,
    sources: Sequence[Path],
    wanted: Filter,
    progress: Callable[[Path, int, int], None],
) -> tuple[StagedRelease, ...]:
    """Put the wanted files of every source into ``repository``, each under a scratch reference.

    Raises InputError for a source that is no sound kernel release and
    EnvironmentFailure when git fails.
    """
    with _fast_import(repository) as stream:
        writer = _Writer(stream)
        streamed = [
            writer.release(source, f"refs/kanalyze/import/{number}", wanted, progress)
            for number, source in enumerate(sources)
        ]
    return tuple(
        StagedRelease(
            done.version,
            repository.resolve(f"{done.ref}^{{tree}}"),
            done.date,
            done.files,
            done.source,
            done.ref,
        )
        for done in streamed
    )


@contextmanager
def _fast_import(repository: Repository) -> Iterator[IO[bytes]]:
    """Run fast-import for the length of the block, which writes to its input."""
    command = repository.command(
        "-c",
        "fastimport.unpackLimit=0",  # always a pack: one file to move
        "fast-import",
        "--quiet",
        "--done",  # an input that stops early is then an error and updates no reference
    )
    try:
        process = subprocess.Popen(
            command, stdin=subprocess.PIPE, stderr=subprocess.PIPE, env=scrubbed_environment()
        )
    except OSError as error:
        raise start_failure(error) from error
    assert process.stdin is not None and process.stderr is not None
    try:
        try:
            yield process.stdin
            process.stdin.write(b"done\n")
            process.stdin.close()
        except BrokenPipeError:  # git gave up; why stands in stderr
            pass
        said = process.stderr.read()
        if process.wait():
            raise repository.failure("fast-import", said)
    finally:
        process.kill()
        with suppress(BrokenPipeError):  # what it will not read any more
            process.stdin.close()
        process.stderr.close()
        process.wait()


class _Writer:
    """Writes releases to fast-import's input, with one numbering of marks over all of them."""

    def __init__(self, stream: IO[bytes]) -> None:
        self._stream = stream
        self._marks = 0

    def release(
        self, source: Path, ref: str, wanted: Filter, progress: Callable[[Path, int, int], None]
    ) -> _Streamed:
        """Write one release: its blobs as they come, then a commit with all of them."""
        entries: dict[str, tuple[str, int]] = {}  # path -> mode and mark
        makefile, date = b"", 0
        for file in release_files(
            source, wanted, lambda done, total: progress(source, done, total)
        ):
            if file.same_as:
                if file.same_as not in entries:
                    what = f"holds {file.path!r}, a hard link to {file.same_as!r}, which is not"
                    raise InputError(f"{what} imported", where=str(source))
                entries[file.path] = entries[file.same_as]
                continue
            entries[file.path] = (file.mode, self._blob(file.content))
            if file.path == _MAKEFILE:
                makefile, date = file.content, max(file.mtime, 0)
        for path in (_MAKEFILE, _PROOF):
            if path not in entries:
                raise InputError(f"is no kernel release: it has no {path}", where=str(source))
        version = read_version(makefile, where=str(source))
        self._commit(ref, entries)
        return _Streamed(version, date, len(entries), source, ref)

    def _blob(self, content: bytes) -> int:
        self._marks += 1
        self._stream.write(b"blob\nmark :%d\ndata %d\n" % (self._marks, len(content)))
        self._stream.write(content)
        self._stream.write(b"\n")
        return self._marks

    def _commit(self, ref: str, entries: dict[str, tuple[str, int]]) -> None:
        head = f"commit {ref}\ncommitter kanalyze <kanalyze@localhost> 0 +0000\ndata 0\n"
        self._stream.write(head.encode())
        for path, (mode, mark) in entries.items():
            self._stream.write(b"M %s :%d %s\n" % (mode.encode(), mark, _quoted(path)))
        self._stream.write(b"\n")


def _quoted(path: str) -> bytes:
    """Return ``path`` in the quotes of fast-import, where every byte but three is itself."""
    raw = os.fsencode(path).replace(b"\\", b"\\\\").replace(b'"', b'\\"').replace(b"\n", b"\\n")
    return b'"' + raw + b'"'
