"""A patch quoted in a reply: its hunks with remarks under them, the rest cut."""

import re
from collections.abc import Iterator, Mapping, Sequence

from kanalyze.report.layout import wrap
from kanalyze.report.review_diff import Hunk, hunks
from kanalyze.terminal import printable

#: What stands for everything that was cut.
CUT = "[ ... ]"
#: The most columns of our own prose.
WIDTH = 75
# So many quoted lines stand above a remark, and below it, at most.
_ABOVE = 6
_BELOW = 2
# What a mailer, or a reader, would take for something else than prose.
_MISTAKEN = re.compile(r"From |>|-- ?\Z")


def prose(text: str, indent: str = "") -> list[str]:
    """Return a paragraph of our own in lines of at most :data:`WIDTH` columns.

    No line looks like a quotation, the beginning of a mail in a mailbox, or a signature.
    """
    lines = [f"{indent}{line}".rstrip() for line in wrap(text, WIDTH - 1 - len(indent))]
    return [f" {line}" if _MISTAKEN.match(line) else line for line in lines]


def quote(line: str) -> str:
    r"""Return a line of the patch as it is quoted: as it is.

    Only what a terminal would obey is made visible ("\x1b"), since a mail is read
    in one; and a carriage return at the end, which the mail's own lines end with,
    is left out.
    """
    shown = printable(line.removesuffix("\r"))
    return f"> {shown}" if shown else ">"


def quoted(diff: str, remarks: Mapping[tuple[int, int], Sequence[str]]) -> Iterator[str]:
    """Yield a diff as it is quoted, with remarks.

    ``remarks`` are paragraphs by (hunk, line in it), both from 0, see
    :class:`kanalyze.review.model.Anchor`.  Quoted lines are never wrapped.
    """
    names: tuple[str, ...] = ()
    whole = False
    for hunk in hunks(diff):
        own = {line: said for (number, line), said in remarks.items() if number == hunk.number}
        if not own:
            whole = False
            continue
        if hunk.first or not whole:
            yield from (CUT, "")
        if hunk.names != names:
            yield from map(quote, hunk.names)
            names = hunk.names
        last = min(max(own), len(hunk.lines) - 1)
        whole = last + 1 + _BELOW >= len(hunk.lines)
        yield from _hunk(hunk, own)


def _hunk(hunk: Hunk, remarks: Mapping[int, Sequence[str]]) -> Iterator[str]:
    yield quote(hunk.header)
    last = len(hunk.lines) - 1
    done = 0
    for place in sorted(remarks):
        at = min(place, last)
        start = max(done, at + 1 - _ABOVE)
        if start > done:
            yield CUT
        yield from (quote(line.text) for line in hunk.lines[start : at + 1])
        done = at + 1
        for paragraph in remarks[place]:
            yield ""
            yield from prose(paragraph)
        yield ""
    rest = hunk.lines[done : done + _BELOW]
    if rest:
        yield from (quote(line.text) for line in rest)
        yield ""
