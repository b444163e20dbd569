"""Changes as git writes them: a unified diff with modes and blob ids, and a diffstat."""

import difflib
import hashlib
from collections.abc import Iterator, Sequence

from kanalyze.selftests.model import Change
from kanalyze.selftests.text import decode, encode, lines

#: The width that `git format-patch` gives its diffstat.
_STAT_WIDTH = 72
_ID_LENGTH = 12
# Looking for the best match of every repeated line takes the square of a file's
# length; beyond this difflib leaves out the lines that are everywhere.
_LONG = 2000


def diff(changes: Sequence[Change]) -> bytes:
    """Return ``changes`` as one diff that `git apply` takes."""
    return b"".join(encode("".join(_file(change))) for change in changes)


def stat(changes: Sequence[Change]) -> str:
    """Return the diffstat and the summary of new files, as a patch mail shows them."""
    counts = [(change.path, *_counted(change)) for change in changes]
    numbers = len(str(max(added + removed for _, added, removed in counts)))
    names = max(len(path) for path, _, _ in counts)
    most = max(added + removed for _, added, removed in counts)
    room = max(6, _STAT_WIDTH - names - numbers - 6)
    rows = []
    for path, added, removed in counts:
        plus, minus = _bars(added, removed, room, most)
        total = added + removed
        graph = f" {'+' * plus}{'-' * minus}" if total else ""
        rows.append(f" {path:<{names}} | {total:>{numbers}}{graph}\n")
    new = [
        f" create mode {_mode(change)} {change.path}\n"
        for change in changes
        if change.before is None
    ]
    return "".join([*rows, _totals(counts), *new])


def _file(change: Change) -> Iterator[str]:
    yield f"diff --git a/{change.path} b/{change.path}\n"
    ids = f"{_blob_id(change.before)}..{_blob_id(change.after)}"
    if change.before is None:
        yield f"new file mode {_mode(change)}\nindex {ids}\n"
    else:
        yield f"index {ids} {_mode(change)}\n"
    hunks = list(_hunks(change))
    if hunks:
        yield "--- /dev/null\n" if change.before is None else f"--- a/{change.path}\n"
        yield f"+++ b/{change.path}\n"
        yield from hunks


def _hunks(change: Change) -> Iterator[str]:
    before, after = lines(decode(change.before or b"")), lines(decode(change.after))
    matcher = difflib.SequenceMatcher(None, before, after, autojunk=len(before) > _LONG)
    for group in matcher.get_grouped_opcodes(3):
        first, last = group[0], group[-1]
        yield f"@@ -{_range(first[1], last[2])} +{_range(first[3], last[4])} @@\n"
        for tag, i1, i2, j1, j2 in group:
            if tag == "equal":
                yield from _marked(" ", before[i1:i2])
            else:
                yield from _marked("-", before[i1:i2])
                yield from _marked("+", after[j1:j2])


def _marked(mark: str, text: Sequence[str]) -> Iterator[str]:
    for line in text:
        yield f"{mark}{line}"
        if not line.endswith("\n"):
            yield "\n\\ No newline at end of file\n"


def _range(start: int, stop: int) -> str:
    """Return a hunk's range; one without lines names the line before it."""
    count = stop - start
    if count == 1:
        return str(start + 1)
    return f"{start + 1 if count else start},{count}"


def _counted(change: Change) -> tuple[int, int]:
    """Return how many lines a change adds and removes."""
    added = removed = 0
    for hunk_line in _hunks(change):
        added += hunk_line.startswith("+")
        removed += hunk_line.startswith("-")
    return added, removed


def _bars(added: int, removed: int, room: int, most: int) -> tuple[int, int]:
    """Return how many signs stand for lines, scaled to ``room`` as git does it."""

    def scaled(count: int) -> int:
        return 1 + count * (room - 1) // most if count else 0

    if most < room:
        return added, removed
    total = scaled(added + removed)
    if total < 2 and added and removed:
        total = 2
    if added < removed:
        plus = scaled(added)
        return plus, total - plus
    minus = scaled(removed)
    return total - minus, minus


def _totals(counts: Sequence[tuple[str, int, int]]) -> str:
    added = sum(count[1] for count in counts)
    removed = sum(count[2] for count in counts)
    parts = [f"{len(counts)} file{'s' * (len(counts) != 1)} changed"]
    if added or not removed:
        parts.append(f"{added} insertion{'s' * (added != 1)}(+)")
    if removed or not added:
        parts.append(f"{removed} deletion{'s' * (removed != 1)}(-)")
    return f" {', '.join(parts)}\n"


def _mode(change: Change) -> str:
    return "100755" if change.executable else "100644"


def _blob_id(data: bytes | None) -> str:
    """Return git's id of a file, shortened as kernel patches have it."""
    if data is None:
        return "0" * _ID_LENGTH
    header = b"blob %d\0" % len(data)
    return hashlib.sha1(header + data, usedforsecurity=False).hexdigest()[:_ID_LENGTH]
