"""Who changed which of these files when: one streaming ``git log --raw``.

git's default history simplification is kept (asked for the full history, the
same walk takes more than three times as long): a merge that took a file from
one side is followed down that side.  A merge shows up itself only with files
that differ from all its parents, which is where it may have changed something.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from kanalyze.history.git import GitTree
from kanalyze.history.paths import pathspec
from kanalyze.history.runner import BlobId, CommitId, Stream, to_text
from kanalyze.history.trailers import read_message

_CHUNK = 1 << 18
# A marker, and then what CommitChange holds.  No field can contain a NUL, and
# neither can a path; %B comes last and is ended by the NUL of -z.
_FIELDS = ("%H", "%P", "%an <%ae>", "%aI", "%cI", "%B")
_FORMAT = "--format=tformat:commit %x00" + "%x00".join(_FIELDS)
_MARKER = b"commit "

_OPTIONS = (
    "--raw", "-c", "-z", "--no-abbrev", "--no-renames", "--root",
    "--no-ext-diff", "--no-textconv", "--no-show-signature", "--no-mailmap", "--no-notes",
    "--no-decorate", "--no-color", "--ignore-submodules=none", "--encoding=UTF-8",
    _FORMAT,
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class FileChange:
    """What one commit did to one file.

    ``old_blobs`` has one entry a parent (one for a root), None where the file
    was not there; ``new_blob`` is None when the file is gone.  A link or a
    submodule counts as no file.  ``status`` is git's: A, M, D or T, one letter
    a parent.  ``old_path`` says where the commit moved this very blob from.
    """

    path: str
    old_blobs: tuple[BlobId | None, ...]
    new_blob: BlobId | None
    status: str
    old_path: str | None = None


@dataclass(frozen=True, slots=True)
class CommitChange:
    """A commit and what it did to the files that were asked for.

    Subject and trailers are those of ``read_message``.
    Dates are ISO 8601 with the offset of whoever made them ("" if the commit
    has none that can be read).  Bytes that are not UTF-8 are surrogates.
    ``boundary``: a shallow repository ends here; what the commit changed is
    not known, so ``parents`` and ``changes`` are empty.
    """

    commit: CommitId
    parents: tuple[CommitId, ...]
    author: str
    author_date: str
    committer_date: str
    subject: str
    trailers: tuple[tuple[str, str], ...]
    changes: tuple[FileChange, ...]
    boundary: bool = False


def walk(
    tree: GitTree,
    new: CommitId,
    paths: Sequence[str] = (),
    old: CommitId | None = None,
) -> Iterator[CommitChange]:
    """Yield the commits up to ``new`` that changed ``paths``, newest first.

    No ``paths`` means every file; ``old`` leaves out all that it already has.
    Each commit comes once; one that changed nothing is left out, except the
    edge of a shallow history, if it has such files.  Runs in constant memory;
    closing the iterator ends git.

    Raises InputError for a path that leads out of the tree, EnvironmentFailure
    when git fails or is killed on the way.
    """
    limits = [new] if old is None else [new, f"^{old}"]
    arguments = ["log", *_OPTIONS, "--end-of-options", *limits, "--", *map(pathspec, paths)]
    with tree.git.stream(*arguments) as stream:
        for record in _records(stream):
            change = _commit_change(record, tree.shallow)
            if change.changes or change.boundary:
                yield change


def _tokens(stream: Stream) -> Iterator[bytes]:
    """Yield what stands before each NUL; what git did not finish is dropped."""
    rest = b""
    while chunk := stream.stdout.read1(_CHUNK):
        *whole, rest = (rest + chunk).split(b"\0")
        yield from whole


def _records(stream: Stream) -> Iterator[list[bytes]]:
    """Group tokens by commit: the fields, then (raw entry, path) pairs.

    A record is given out when the next one begins or git has ended well, so
    that one which git left unfinished never is.
    """
    tokens = _tokens(stream)
    record: list[bytes] = []
    for token in tokens:
        if token == _MARKER:
            if record:
                yield record
            record = [next(tokens, b"") for _ in _FIELDS]
            continue
        entry = token.lstrip(b"\n")
        if entry:  # git separates fields and entries by an empty token or a newline
            record.append(entry)
            record.append(next(tokens, b""))
    failure = stream.failed()
    if failure is not None:
        raise failure
    if record:
        yield record


def _commit_change(record: list[bytes], shallow: frozenset[CommitId]) -> CommitChange:
    commit, parents, author, author_date, committer_date, message = map(
        to_text, record[: len(_FIELDS)]
    )
    boundary = commit in shallow
    changes = () if boundary else _file_changes(record[len(_FIELDS) :])
    subject, trailers = read_message(message)
    return CommitChange(
        commit=CommitId(commit),
        parents=tuple(map(CommitId, parents.split())),
        author=author,
        author_date=author_date,
        committer_date=committer_date,
        subject=subject,
        trailers=trailers,
        changes=changes,
        boundary=boundary,
    )


def _file_changes(entries: list[bytes]) -> tuple[FileChange, ...]:
    changes = []
    for entry, path in zip(entries[::2], entries[1::2], strict=True):
        change = _file_change(entry.decode(), to_text(path))
        if change is not None:
            changes.append(change)
    return _with_moves(changes)


def _file_change(entry: str, path: str) -> FileChange | None:
    """Read ``:modes ids status``: one colon, mode and id a parent, then the new ones."""
    parents = len(entry) - len(entry.lstrip(":"))
    *columns, status = entry[parents:].split(" ")
    modes, ids = columns[: parents + 1], columns[parents + 1 :]
    *old, new = (
        BlobId(blob) if mode.startswith("100") else None
        for mode, blob in zip(modes, ids, strict=True)
    )
    if new is None and not any(old):
        return None  # only ever a link or a submodule
    return FileChange(path, tuple(old), new, status)


def _with_moves(changes: list[FileChange]) -> tuple[FileChange, ...]:
    """Fill in ``old_path`` of files whose very blob went away elsewhere."""
    gone = {change.old_blobs[0]: change.path for change in changes if change.status == "D"}
    if not gone:
        return tuple(changes)
    return tuple(
        FileChange(c.path, c.old_blobs, c.new_blob, c.status, gone[c.new_blob])
        if c.status == "A" and c.new_blob in gone
        else c
        for c in changes
    )
