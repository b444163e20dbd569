"""What cells of a run rest on, for the page: KTAP lines, splats, the end of a console."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from markupsafe import Markup, escape

from kanalyze.report.layout import one_line, shortened
from kanalyze.report.markup import clean
from kanalyze.report.run_view import Cell, Row
from kanalyze.report.run_words import WORDS

if TYPE_CHECKING:
    from kanalyze.lab.model import CaseResult

#: Lines of each kind, columns of a line, and characters of all evidence together.
_KTAP = 40
_CONSOLE = 60
_WIDTH = 300
_BUDGET = 1_200_000


@dataclass(frozen=True, slots=True)
class Attempt:
    """One result of a cell: ``ktap`` and ``console`` are escaped text of several lines."""

    kind: str
    word: str
    told: str
    log: str
    ktap: Markup
    console: Markup


@dataclass(frozen=True, slots=True)
class Block:
    """What one cell rests on: a chapter of the page."""

    number: int
    chapter: int
    row: int
    letter: str
    kernel: str
    case: str
    program: str
    kinds: tuple[str, ...]
    attempts: tuple[Attempt, ...]


class Evidences:
    """Collects what is to be shown, until there is enough of it for a page.

    ``chapter`` is the number of the program whose cells are added.
    """

    def __init__(self, letters: Sequence[str]) -> None:
        self.blocks: list[Block] = []
        self.left_out = 0
        self.chapter = 0
        self._letters = letters
        self._size = 0

    def add(self, row: Row, index: int, cell: Cell, row_number: int) -> str:
        """Take what ``cell`` rests on; return the anchor at which it is shown, "" if it is not."""
        if self._size > _BUDGET:
            self.left_out += 1
            return ""
        attempts = tuple(_attempt(one) for one in cell.results)
        self._size += sum(len(one.ktap) + len(one.console) + 300 for one in attempts)
        block = Block(
            len(self.blocks) + 1,
            self.chapter,
            row_number,
            self._letters[index],
            shortened(one_line(cell.results[0].kernel), 120),
            _text(row.name),
            _text(row.program),
            tuple(sorted({one.outcome for one in cell.results})),
            attempts,
        )
        self.blocks.append(block)
        return f"evidence-{block.number}"


def _attempt(result: "CaseResult") -> Attempt:
    told = f"attempt {result.attempt}: " if result.attempt > 1 else ""
    return Attempt(
        result.outcome,
        WORDS[result.outcome],
        told + _text(result.reason),
        _text(result.evidence.log),
        _lines(result.evidence.ktap[-_KTAP:]),
        _lines(result.evidence.console[:_CONSOLE]),
    )


def _lines(lines: Sequence[str]) -> Markup:
    """Return lines as escaped text that keeps how far they are indented."""
    shown = []
    for line in lines:
        told = line.lstrip(" \t")
        indent = " " * min(len(line) - len(told), 8)
        shown.append(indent + clean(shortened(told, _WIDTH)))
    return escape("\n".join(shown))


def _text(text: str) -> str:
    return shortened(one_line(text), 600)
