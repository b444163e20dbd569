"""Labelled text in lines that fit: a label on the left, what it says beside it."""

import re
from collections.abc import Iterator, Sequence

from kanalyze.report.layout import Paint, columns, fill, one_line, shortened, wrap
from kanalyze.report.view import View

#: Longest text that is shown whole without --verbose.
_LONG = 240
#: What of a line is worth a colour: an outcome, and what a reader must not miss.
_STRIKING = re.compile(
    r"(?P<outcome>(?<=-> )(?:reuse|copy|unshare|retry|back-off)\b)|(?P<bad>^(?:BROKEN|PARTIAL)\b)"
)


class Writer:
    """Lays text out for one width and one reader."""

    def __init__(self, view: View) -> None:
        self.width = max(view.width, 40)
        self.verbose = view.verbose
        self.paint = Paint(view.colour)

    def text(self, text: str, limit: int = _LONG) -> str:
        """Return text from a tree fit to be shown: one line, and not too much of it."""
        line = one_line(text)
        return line if self.verbose else shortened(line, limit)

    def title(self, text: str) -> Iterator[str]:
        """Yield a heading."""
        for line in wrap(one_line(text), self.width):
            yield self.paint(line, "title")

    def beside(self, left: str, right: str, style: str = "") -> Iterator[str]:
        """Yield a heading with a tag at the right margin, or below it where that is too wide."""
        room = self.width - columns(left) - columns(right)
        if right and room >= 2:
            head = self.paint(left, "title")
            yield f"{head}{' ' * room}{self.paint(right, style)}"
            return
        yield from self.title(left)
        yield from (f"  {self.paint(line, style)}" for line in wrap(right, self.width - 2) if line)

    def row(
        self, label: str, text: str, at: int, indent: int = 2, style: str = ""
    ) -> Iterator[str]:
        """Yield ``label`` at column ``indent`` and ``text`` beside it at column ``at``."""
        yield from self._placed(label, wrap(text, self.width - at), at, indent, style)

    def items(
        self, label: str, items: Sequence[str], separator: str, at: int, indent: int = 2
    ) -> Iterator[str]:
        """Yield ``items`` as :meth:`row` has text, broken between items if possible.

        Nothing where there are none.
        """
        lines = fill([self.text(item) for item in items], self.width - at, separator)
        if lines:
            yield from self._placed(label, lines, at, indent, "")

    def _placed(
        self, label: str, lines: list[str], at: int, indent: int, style: str
    ) -> Iterator[str]:
        margin = " " * at
        head = margin
        if label:
            room = at - indent - columns(label)
            if room < 1:  # a label that is too long stands above its text
                for line in wrap(label, self.width - indent):
                    yield " " * indent + self.paint(line, style)
            else:
                head = " " * indent + self.paint(label, style) + " " * room
        for index, line in enumerate(lines):
            yield f"{margin if index else head}{self._coloured(line.rstrip())}"

    def _coloured(self, line: str) -> str:
        def paint(match: re.Match[str]) -> str:
            return self.paint(match.group(), "bad" if match["bad"] else match.group())

        return _STRIKING.sub(paint, line)


def separated(parts: "Sequence[Iterator[str]]") -> Iterator[str]:
    """Yield the lines of ``parts``, each with its newline, an empty line between two."""
    begun = False
    for part in parts:
        for index, line in enumerate(part):
            if begun and not index:
                yield "\n"
            yield f"{line}\n"
            begun = True
