"""Text for a terminal: lines that fit, in colours when there are any.

Everything that comes from a tree passes :func:`one_line` before it is laid out,
so that widths are counted in what the terminal will show.
"""

import functools
import re
import unicodedata
from collections.abc import Iterable, Iterator, Sequence

from kanalyze.terminal import printable

_BLANKS = re.compile(r"[\n\t ]+")

#: SGR parameters by what is shown; "" is plain.
_STYLES = {
    "title": "1",
    "dim": "2",
    "good": "32",
    "bad": "31",
    "reuse": "1;32",
    "copy": "1;33",
    "unshare": "1;36",
    "retry": "36",
    "back-off": "35",
    "refcount": "32",
    "mapcount": "33",
    "refcount+mapcount": "1;33",
    "exclusive-bit": "34",
    "swap-count": "36",
    "swap-cache": "36",
    "pin": "35",
    "pin-check": "35",
    "mixed": "1;34",
    "arm": "31",
    "introduced": "32",
    "changed": "33",
    "moved": "36",
    "removed": "31",
}


class Paint:
    """Puts text into a colour, or leaves it alone where there is none."""

    def __init__(self, colour: bool) -> None:
        self._colour = colour

    def __call__(self, text: str, style: str) -> str:
        """Return ``text`` in the colour that ``style`` names; unknown names are plain."""
        code = _STYLES.get(style, "")
        return f"\x1b[{code}m{text}\x1b[0m" if self._colour and code and text else text


def one_line(text: str) -> str:
    """Return text from a tree as one line without anything that a terminal obeys."""
    if text.isascii() and text.isprintable() and "  " not in text:
        return text  # nearly all there is
    return printable(_BLANKS.sub(" ", text))


def columns(text: str) -> int:
    """Return how many columns a terminal gives to ``text``."""
    if text.isascii():
        return len(text)
    return sum(_char_columns(char) for char in text)


@functools.lru_cache(maxsize=4096)
def _char_columns(char: str) -> int:
    if unicodedata.combining(char):
        return 0
    return 2 if unicodedata.east_asian_width(char) in "WF" else 1


def wrap(text: str, width: int) -> list[str]:
    """Return ``text`` in lines of at most ``width`` columns, broken at blanks if possible.

    There is always a line.  ``width`` is at least 2: there are characters that wide.
    """
    if columns(text) <= width:
        return [text]
    return _filled(_pieces(text.split(" "), width), width) or [""]


def fill(items: Sequence[str], width: int, separator: str = "") -> list[str]:
    """Return ``items`` in lines of at most ``width`` columns, each whole where it fits.

    ``separator`` follows every item but the last, and a blank every one.
    """
    if not items:
        return []
    lines: list[str] = []
    for item in [*(item + separator for item in items[:-1]), items[-1]]:
        if columns(item) <= width:
            # The last line may have room for more.
            lines[-1:] = _filled([*lines[-1:], item], width)
        else:
            lines.extend(wrap(item, width))
    return lines


def _filled(parts: Iterable[str], width: int) -> list[str]:
    lines: list[str] = []
    line, used = "", 0
    for part in parts:
        size = columns(part)
        if line and used + 1 + size > width:
            lines.append(line)
            line, used = part, size
        else:
            line = f"{line} {part}" if line else part
            used += size + (used > 0)
    return [*lines, line] if line else lines


def _pieces(words: Iterable[str], width: int) -> list[str]:
    """Return ``words`` with those that are longer than a line cut into pieces."""
    pieces: list[str] = []
    for word in words:
        if columns(word) <= width:
            pieces.append(word)
        elif word.isascii():
            pieces.extend(word[start : start + width] for start in range(0, len(word), width))
        else:
            pieces.extend(_cut(word, width))
    return [piece for piece in pieces if piece]


def _cut(word: str, width: int) -> Iterator[str]:
    start = used = 0
    for index, char in enumerate(word):
        size = _char_columns(char)
        if used + size > width:
            yield word[start:index]
            start, used = index, 0
        used += size
    yield word[start:]


def shortened(text: str, limit: int) -> str:
    """Return ``text``, or its beginning and how much was left out, when above ``limit``."""
    if len(text) <= limit:
        return text
    return f"{text[:limit].rstrip()} ... ({len(text) - limit} more characters)"
