"""A patch quoted in a reply: its hunks with remarks under them, the rest cut."""

import textwrap
from collections.abc import Iterator, Mapping, Sequence

#: What stands for everything that was cut.
CUT = "[ ... ]"
#: The most columns of our own prose.
WIDTH = 75
# So many quoted lines stand above a remark, and below it, at most.
_CONTEXT = 6


def prose(text: str, indent: str = "") -> list[str]:
    """Return a paragraph of our own in lines of at most :data:`WIDTH` columns."""
    return textwrap.wrap(
        text, WIDTH, initial_indent=indent, subsequent_indent=indent, break_on_hyphens=False
    ) or [""]


def quoted(diff: str, remarks: Mapping[tuple[int, int], Sequence[str]]) -> Iterator[str]:
    """Yield a diff as it is quoted, with remarks.

    ``remarks`` are paragraphs by (hunk, line in it), both from 0, see
    :class:`kanalyze.review.model.Anchor`.  Quoted lines are never changed.
    """
    for number, (head, hunk) in enumerate(_hunks(diff)):
        places = sorted(line for place, line in remarks if place == number)
        if not places:
            continue
        yield CUT
        yield ""
        yield from (f"> {line}" for line in head)
        done = 1  # behind the line with @@
        yield f"> {hunk[0]}"
        for place in places:
            at = min(place + 1, len(hunk) - 1)
            start = max(done, at - _CONTEXT)
            if start > done:
                yield CUT
            yield from (f"> {line}" for line in hunk[start : at + 1])
            done = at + 1
            for paragraph in remarks[number, place]:
                yield ""
                yield from prose(paragraph)
            yield ""
        rest = hunk[done : done + 2]
        yield from (f"> {line}" for line in rest)
        if rest:
            yield ""


def _hunks(diff: str) -> Iterator[tuple[list[str], list[str]]]:
    """Yield each hunk, its line with @@ first, with the lines that name its file."""
    head: list[str] = []
    file: list[str] = []
    hunk: list[str] = []
    left_old = left_new = 0
    for line in diff.split("\n"):
        if hunk and (left_old > 0 or left_new > 0 or line.startswith("\\")):
            hunk.append(line)
            left_old -= not line.startswith(("+", "\\"))
            left_new -= not line.startswith(("-", "\\"))
            continue
        if hunk:
            yield head, hunk
            hunk = []
        if line.startswith("@@ "):
            hunk = [line]
            left_old, left_new = _lengths(line)
            head, file = [one for one in file if one.startswith(("--- ", "+++ "))], file
        elif line.startswith("diff --git "):
            file = [line]
        else:
            file = [*file, line] if not line.startswith("--- ") else [line]
    if hunk:
        yield head, hunk


def _lengths(line: str) -> tuple[int, int]:
    """Return how many old and new lines a hunk has, by its "@@ -1,2 +1,3 @@"."""
    words = line.split(" ")
    found = []
    for word in words[1:3]:
        _, comma, count = word.partition(",")
        found.append(int(count) if comma and count.isdigit() else 1)
    return (found[0], found[1]) if len(found) == 2 else (0, 0)
