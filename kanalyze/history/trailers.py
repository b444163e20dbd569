r"""What a commit message says besides its prose: the subject, and lines with a key.

A backport names its originals in the words of whoever made it.  The forms here
are those that are in use (Documentation/process/stable-kernel-rules.rst has the
first two), each in upper and lower case, with one original or several::

    commit HASH upstream.
    [ Upstream commit HASH ]                  also in parentheses, or bare
    (cherry picked from commit HASH)          what ``git cherry-pick -x`` adds
    (cherry picked from HASH commit)          what it added at first
    (backported from commit HASH)             Ubuntu's, where it had to be changed

All of them are lines of their own.  "This reverts commit X which is commit Y
upstream." makes nothing a backport of Y, however it is wrapped.
"""

import itertools
import re
from collections.abc import Iterator

UPSTREAM = "Upstream-commit"
PICKED = "Cherry-picked-from"

_PARAGRAPHS = re.compile(r"\n(?:[ \t]*\n)+")
_TRAILER = re.compile(r"([A-Za-z][A-Za-z0-9-]*):\s+(\S.*)")
_KNOWN_TRAILER = re.compile(r"(?:[A-Za-z-]+-by|Fixes|Link|Closes|Cc|Change-Id):\s", re.IGNORECASE)

# What is atomic here, (?>...), is tried once and has an end: no message is slow to read.
_SUBJECT = r'(?>\("(?s:.{0,300}?)"\))'
_HASH = r"\b(?>[0-9a-f]{7,40})\b"
_NAMED = rf"{_HASH}(?:\s+{_SUBJECT})?"
_SEVERAL = rf"{_NAMED}(?:(?:\s*,\s*and|\s*,|\s+and|\s+&)\s+(?:commit\s+)?{_NAMED})*+"
_ORIGINALS = rf"(?:commits?:?\s+{_SEVERAL}\s+upstream|upstream\s+commits?:?\s+{_SEVERAL})"
_LINE_ENDS = r"[ \t]*(?:\n|\Z)"
# With no full stop, prose could go on in the next line: "Upstream commit X\nadded a".
_ENDS = rf"(?:\.{_LINE_ENDS}|[ \t]*(?:\n(?!(?-i:[a-z]))|\n(?=commit|upstream)|\Z))"

# No prose looks like this.
_IN_BRACKETS = rf"\[\s*{_ORIGINALS}\.?\s*\]{_LINE_ENDS}"
_ANYWHERE = re.compile(_IN_BRACKETS, re.IGNORECASE)
# For the beginning of a paragraph, and right behind another such line.
_OPENING = re.compile(
    rf"{_IN_BRACKETS}|(?:{_ORIGINALS}|\(\s*{_ORIGINALS}\.?\s*\)){_ENDS}", re.IGNORECASE
)
_PICK = re.compile(
    rf"\((?:cherry[- ]picked|back-?ported) from"
    rf"(?:\s+commit:?\s+({_HASH})(?:\s[^()\n]*)?|\s+({_HASH})\s+commit)\){_LINE_ENDS}",
    re.IGNORECASE,
)
_ANY_HASH = re.compile(_HASH, re.IGNORECASE)


def read_message(message: str) -> tuple[str, tuple[tuple[str, str], ...]]:
    """Return the subject and the trailers of a commit message.

    The subject is the first paragraph in one line.  The originals of a backport
    come first, as ``Upstream-commit`` and ``Cherry-picked-from`` with the hash,
    whole or short, in lower case.  Then come the ``Key: value`` lines from the
    paragraphs at the end that consist of such, in their order; a line that
    begins with a blank goes on with the one before.
    """
    head, *body = _PARAGRAPHS.split(message.replace("\r\n", "\n").strip())
    subject = " ".join(line.strip() for line in head.split("\n"))
    originals = [list(_originals(paragraph)) for paragraph in body]
    trailers: list[tuple[str, str]] = []
    for paragraph, named in zip(reversed(body), reversed(originals), strict=True):
        found = _trailers(paragraph.strip().split("\n"))
        if not found and not named:
            break
        trailers[:0] = found
    return subject, (*dict.fromkeys(itertools.chain(*originals)), *trailers)


def _trailers(lines: list[str]) -> list[tuple[str, str]]:
    """Return the trailers of a paragraph; none if it does not mostly consist of such."""
    found: list[tuple[str, str]] = []
    for line in lines:
        match = _TRAILER.fullmatch(line.rstrip())
        if match:
            found.append((match.group(1), match.group(2)))
        elif line[:1] in (" ", "\t") and found:
            key, value = found[-1]
            found[-1] = (key, f"{value} {line.strip()}")
    # Prose with one "Note: ..." in it is no block of trailers.
    block = len(found) * 2 >= len(lines) and any(map(_KNOWN_TRAILER.match, lines))
    return found if block else []


def _originals(paragraph: str) -> Iterator[tuple[str, str]]:
    """Yield the commits that a paragraph says this one was made from."""
    at, opens = 0, True
    while at < len(paragraph):
        match = _PICK.match(paragraph, at)
        if match:
            yield PICKED, (match.group(1) or match.group(2)).lower()
        elif match := (_OPENING if opens else _ANYWHERE).match(paragraph, at):
            for one in _ANY_HASH.findall(re.sub(_SUBJECT, "", match.group())):
                yield UPSTREAM, one.lower()
        opens = bool(match)
        at = match.end() if match else _next_line(paragraph, at)


def _next_line(text: str, at: int) -> int:
    end = text.find("\n", at)
    return len(text) if end < 0 else end + 1
