"""Reading many blobs of a repository through one git process.

``git cat-file --batch`` answers each object id with a header line and the
bytes.  A blob that cannot be had costs that blob only: the error carries its
id, and the next ``read`` goes on, with a new process if the old one died.
"""

import re
from pathlib import Path

from kanalyze.errors import EnvironmentFailure, InputError
from kanalyze.history.closing import Closing
from kanalyze.history.runner import OBJECT_ID, BlobId, Git, Stream, ending, last_line

_HEADER = re.compile(rb"([0-9a-f]+) ([a-z]+)(?: ([0-9]+))?\n")
_CHUNK = 1 << 20
# Above this it is quicker to start a new git than to read past the blob.
_SKIP_AT_MOST = 64 << 20


class UnreadableBlob(EnvironmentFailure):
    """A blob that git cannot give; ``blob`` is its id."""

    def __init__(self, what: str, *, blob: BlobId, where: str = "", hint: str = "") -> None:
        super().__init__(what, where=where, hint=hint)
        self.blob = blob


class MissingBlob(UnreadableBlob):
    """A blob that the repository does not hold (a partial clone, a lost pack)."""


class BlobTooLarge(InputError):
    """A file above the limit; ``size`` is its length in bytes."""

    def __init__(self, where: str, *, size: int, limit: int) -> None:
        super().__init__(f"{size} bytes, more than the {limit} that are read", where=where)
        self.size = size


class BlobReader(Closing):
    """Reads blobs by id until the ``with`` block ends.  Not for two threads at once."""

    def __init__(self, git: Git, max_bytes: int | None = None) -> None:
        self._git = git
        self._limit = max_bytes
        self._stream: Stream | None = None

    def close(self) -> None:
        """End the git process; a later ``read`` would start another."""
        if self._stream is not None:
            self._stream.close()
            self._stream = None

    def read(self, blob: BlobId) -> bytes:
        """Return the bytes of ``blob``.

        Raises MissingBlob, UnreadableBlob (damaged, or no blob at all),
        BlobTooLarge, and EnvironmentFailure when git was killed or will not run.
        """
        if not OBJECT_ID.fullmatch(blob):
            raise ValueError(f"not an object id: {blob!r}")
        if self._stream is None:
            self._stream = self._git.stream("cat-file", "--batch")
        stream = self._stream
        try:
            size = self._ask(stream, blob)
            if self._limit is not None and size > self._limit:
                self._skip(stream, size + 1)
                raise BlobTooLarge(f"{self._git.path}: blob {blob}", size=size, limit=self._limit)
            data = stream.stdout.read(size + 1)
        except BrokenPipeError:
            raise self._died(stream, blob) from None
        except KeyboardInterrupt:
            self.close()  # an answer is half read: the pipe is of no further use
            raise
        if len(data) != size + 1:
            raise self._died(stream, blob)
        return data[:-1]

    def _ask(self, stream: Stream, blob: BlobId) -> int:
        """Send the request and return the size that git announces."""
        said_before = stream.complaint_size()
        stream.stdin.write(blob.encode() + b"\n")
        stream.stdin.flush()
        line = stream.stdout.readline()
        header = _HEADER.fullmatch(line)
        if header is None:
            raise self._died(stream, blob)
        kind, size = header.group(2), header.group(3)
        if kind == b"missing" or size is None:
            raise self._missing(blob, stream, said_before)
        if kind != b"blob":
            self._skip(stream, int(size) + 1)
            what = f"{blob[:12]} is a {kind.decode()}, not a file"
            raise UnreadableBlob(what, blob=blob, where=self._git.path)
        return int(size)

    def _skip(self, stream: Stream, count: int) -> None:
        """Get past a body of ``count`` bytes without holding it."""
        if count > _SKIP_AT_MOST:
            self.close()
            return
        while count:
            chunk = stream.stdout.read(min(count, _CHUNK))
            if not chunk:  # the next read finds out why
                self.close()
                return
            count -= len(chunk)

    def _missing(self, blob: BlobId, stream: Stream, said_before: int) -> UnreadableBlob:
        # git calls an object missing too when it is there and damaged, but
        # then it has complained.
        if stream.complaint_size() > said_before:
            return self._damaged(blob, last_line(stream.complaints()))
        return self._absent(blob)

    def _absent(self, blob: BlobId) -> MissingBlob:
        hint = ""
        if any(Path(self._git.common_dir, "objects", "pack").glob("*.promisor")):
            hint = "a partial clone; kanalyze never fetches, use `git fetch --refetch` there"
        what = f"object {blob} is missing"
        return MissingBlob(what, blob=blob, where=self._git.path, hint=hint)

    def _damaged(self, blob: BlobId, complaint: str) -> UnreadableBlob:
        what = f"object {blob} cannot be read: {complaint}"
        return UnreadableBlob(what, blob=blob, where=self._git.path)

    def _died(self, stream: Stream, blob: BlobId) -> EnvironmentFailure:
        """Return why git ended in the middle of ``blob``; the next read starts anew."""
        status = stream.hang_up()
        complaint = last_line(stream.complaints())
        self.close()
        if status < 0 or not complaint:
            return self._git.failure("cat-file", ending(status))
        if "promisor remote" in complaint:  # a git without GIT_NO_LAZY_FETCH, held back
            return self._absent(blob)
        return self._damaged(blob, complaint)
