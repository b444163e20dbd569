"""Unified diffs from edits: nothing has to be searched, for what changes is known."""

import bisect
import functools
import itertools
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from kanalyze.mutants.model import Edit

_CONTEXT = 3
_NO_NEWLINE = b"\\ No newline at end of file\n"


def edited(text: bytes, edits: Sequence[Edit]) -> bytes:
    """Return a file's text with its edits made; none of them overlap."""
    for one in sorted(edits, key=_place, reverse=True):
        text = text[: one.start] + one.text + text[one.end :]
    return text


def _place(one: Edit) -> tuple[int, int]:
    return one.start, one.end


def diff(files: Mapping[str, bytes], edits: Sequence[Edit]) -> str:
    """Return the unified diff of some edits, as ``git diff`` writes it.

    Bytes that are no UTF-8 are kept as surrogates: encode it with "surrogateescape".
    """
    parts = []
    for file in dict.fromkeys(one.file for one in edits):
        own = sorted((one for one in edits if one.file == file), key=_place)
        parts.append(_of_file(file, files[file], own))
    return b"".join(parts).decode("utf-8", "surrogateescape")


def added(path: str, text: bytes) -> str:
    """Return the diff that adds a file."""
    lines = _by_newline(text)
    head = (
        f"diff --git a/{path} b/{path}\nnew file mode 100644\n"
        f"--- /dev/null\n+++ b/{path}\n@@ -0,0 +1,{len(lines)} @@\n"
    )
    return head + b"".join(b"+" + line for line in lines).decode("utf-8", "surrogateescape")


@dataclass(frozen=True, slots=True)
class _Block:
    """Lines ``first`` to ``last`` (from 0, ``last`` not included) that become others."""

    first: int
    last: int
    new: Sequence[bytes]


def _of_file(file: str, text: bytes, edits: Sequence[Edit]) -> bytes:
    lines = _lines(text)
    blocks = list(_blocks(text, lines, edits))
    name = file.encode("utf-8", "surrogateescape")
    out = [b"diff --git a/%b b/%b\n--- a/%b\n+++ b/%b\n" % (name, name, name, name)]
    shift = 0
    for hunk in _hunks(blocks):
        first = max(hunk[0].first - _CONTEXT, 0)
        last = min(hunk[-1].last + _CONTEXT, len(lines))
        body: list[bytes] = []
        gone = come = 0
        at = first
        for block in hunk:
            body += [b" " + line for line in lines[at : block.first]]
            body += [b"-" + line for line in lines[block.first : block.last]]
            body += [b"+" + line for line in block.new]
            gone += block.last - block.first
            come += len(block.new)
            at = block.last
        body += [b" " + line for line in lines[at:last]]
        count = last - first
        out.append(
            b"@@ -%d,%d +%d,%d @@\n" % (first + 1, count, first + 1 + shift, count + come - gone)
        )
        shift += come - gone
        out += [line if line.endswith(b"\n") else line + b"\n" + _NO_NEWLINE for line in body]
    return b"".join(out)


def _by_newline(text: bytes) -> list[bytes]:
    """Return lines as diff counts them: a form feed or carriage return ends none."""
    lines = text.split(b"\n")
    last = lines.pop()
    return [line + b"\n" for line in lines] + ([last] if last else [])


@functools.lru_cache(maxsize=64)
def _lines(text: bytes) -> tuple[bytes, ...]:
    """Return the lines of a file: those of one tree are asked for with every mutant."""
    return tuple(_by_newline(text))


@functools.lru_cache(maxsize=64)
def _starts(text: bytes) -> tuple[int, ...]:
    """Return where each line of a file starts, and where the last one ends."""
    return (0, *itertools.accumulate(map(len, _lines(text))))


def _blocks(text: bytes, lines: Sequence[bytes], edits: Sequence[Edit]) -> Iterator[_Block]:
    """Yield the lines that change, those that edits share together."""
    starts = _starts(text)
    spans: list[tuple[int, int, list[Edit]]] = []
    for one in edits:
        first = min(bisect.bisect_right(starts, one.start), len(lines)) - 1
        last = max(bisect.bisect_left(starts, one.end), first + 1)
        if spans and first < spans[-1][1]:
            before, until, own = spans.pop()
            spans.append((before, max(last, until), [*own, one]))
        else:
            spans.append((first, last, [one]))
    for first, last, own in spans:
        yield _block(text, lines, (starts[first], starts[last]), (first, last), own)


def _block(
    text: bytes,
    lines: Sequence[bytes],
    span: tuple[int, int],
    numbers: tuple[int, int],
    edits: Sequence[Edit],
) -> _Block:
    """Return some lines with their edits made, without what stays at either end."""
    made, at = [], span[0]
    for one in edits:
        made += [text[at : one.start], one.text]
        at = one.end
    new = _by_newline(b"".join((*made, text[at : span[1]])))
    first, last = numbers
    while first < last and new and lines[first] == new[0]:
        first, new = first + 1, new[1:]
    while first < last and new and lines[last - 1] == new[-1]:
        last, new = last - 1, new[:-1]
    return _Block(first, last, new)


def _hunks(blocks: Sequence[_Block]) -> Iterator[list[_Block]]:
    hunk: list[_Block] = []
    for block in blocks:
        if hunk and block.first - hunk[-1].last > 2 * _CONTEXT:
            yield hunk
            hunk = []
        hunk.append(block)
    if hunk:
        yield hunk
