"""A run as a page: the matrix in colours and words, and behind each cell what it rests on."""

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import groupby
from typing import TYPE_CHECKING

from kanalyze.report.layout import one_line, shortened
from kanalyze.report.run_copies import copies_rows
from kanalyze.report.run_evidence import Evidences
from kanalyze.report.run_view import (
    OUTCOMES,
    Cell,
    Group,
    Row,
    count_by_kernel,
    groups,
    observations,
    occurring,
    worst,
)
from kanalyze.report.run_words import (
    MEANINGS,
    WORDS,
    agreement,
    disagreements,
    headline,
    letter,
    number,
    tally,
)
from kanalyze.report.templating import filled

if TYPE_CHECKING:
    from kanalyze.lab.model import LabRun

_LONG = 2000


@dataclass(frozen=True, slots=True)
class Mark:
    """A cell as it is shown: its kernel, its class, its word, and where a click leads to."""

    letter: str
    kind: str
    word: str
    goal: str = ""


@dataclass(frozen=True, slots=True)
class Line:
    """A row as it is shown; ``kinds`` are all outcomes in it, for the filter."""

    number: int
    name: str
    kinds: tuple[str, ...]
    marks: tuple[Mark, ...]


@dataclass(frozen=True, slots=True)
class Fold:
    """A group as it is shown: a line of sums that opens to its rows, and the bad ones below."""

    title: str
    cases: str
    kinds: tuple[str, ...]
    sums: tuple[Mark, ...]
    lines: tuple[Line, ...]
    bad: tuple[Line, ...]


@dataclass(frozen=True, slots=True)
class Chapter:
    """A program as it is shown."""

    number: int
    name: str
    suite: str
    kinds: tuple[str, ...]
    sums: str
    folds: tuple[Fold, ...]


@dataclass(frozen=True, slots=True)
class Skipped:
    """Why something was not tested, and how often on which kernels."""

    number: int
    outcome: str
    reason: str
    told: str


def run_html(run: "LabRun") -> Iterator[str]:
    """Yield the page in pieces, to be written as UTF-8.

    It has no script, loads nothing, and does not need colours to be told apart.
    """
    yield from filled("run.html.j2", **_Page(run).content())


class _Page:
    """What the page says of one run."""

    def __init__(self, run: "LabRun") -> None:
        self.run = run
        self.letters = [letter(index) for index in range(len(run.kernels))]
        self.groups = groups(run)
        self.counts = count_by_kernel(run, self.groups)
        self.evidences = Evidences(self.letters)
        self.skips: dict[tuple[str, str], Counter[str]] = {}
        self.rows = 0

    def content(self) -> dict[str, object]:
        """Return the variables of the template."""
        cases = sum(bool(row.case) for group in self.groups for row in group.rows)
        chapters = [
            self._chapter(index, list(members))
            for index, (_, members) in enumerate(
                groupby(self.groups, key=lambda group: (group.suite, group.program)), 1
            )
        ]
        shown = occurring(self.counts)
        return {
            "heading": "What the tests showed",
            "subtitle": headline(self.run, self.counts, cases),
            "notes": self.run.notes,
            "kernels": [self._kernel(index, shown) for index in range(len(self.letters))],
            "shown": [(outcome, WORDS[outcome], MEANINGS[outcome]) for outcome in shown],
            "chapters": chapters,
            "agreement": agreement(self.run.predictions),
            "disagreements": self._disagreements(),
            "copies": [row for row in copies_rows(self.run) if row.any],
            "uncopied": sum(not row.any for row in copies_rows(self.run)),
            "skips": [
                Skipped(index, outcome, reason, self._told(counts))
                for index, ((outcome, reason), counts) in enumerate(self.skips.items(), 1)
            ],
            "evidences": self.evidences.blocks,
            "left_out": self.evidences.left_out,
            "machine": self.run.machine,
        }

    def _kernel(self, index: int, shown: "tuple[str, ...]") -> dict[str, object]:
        kernel = self.run.kernels[index]
        boots = [boot for boot in self.run.boots if boot.kernel == kernel.name]
        ready = [boot.ready for boot in boots if boot.ready is not None]
        under = dict.fromkeys(boot.accelerator for boot in boots)
        told = f"{len(boots)} under {', '.join(under)}" if boots else ""
        if ready:
            told += f", first test after {min(ready):.1f} s"
        counts = self.counts[index]
        return {
            "letter": self.letters[index],
            "name": shortened(one_line(kernel.name), 120),
            "release": "" if kernel.release == kernel.name else kernel.release,
            "arch": kernel.arch,
            "boots": told,
            "counts": [(one, number(counts[one])) for one in OUTCOMES[::-1] if one in shown],
        }

    # ------------------------------------------------------------------ the matrix
    def _chapter(self, index: int, members: list[Group]) -> Chapter:
        self.evidences.chapter = index
        total = Counter(
            cell.outcome for group in members for row in group.rows for cell in row.cells if cell
        )
        return Chapter(
            index,
            _text(members[0].program or members[0].title),
            members[0].suite,
            tuple(sorted(total)),
            tally(total),
            tuple(self._fold(group) for group in members),
        )

    def _fold(self, group: Group) -> Fold:
        amount = len(group.rows)
        sums = tuple(self._sum(group, index) for index in range(len(self.letters)))
        kinds = {outcome for row in group.rows for outcome in row.outcomes}
        return Fold(
            _text(group.memory) or "all",
            f"{number(amount)} {'case' if amount == 1 else 'cases'}",
            tuple(sorted(kinds)),
            sums,
            tuple(self._line(row) for row in group.rows if not row.bad),
            tuple(self._line(row) for row in group.rows if row.bad),
        )

    def _sum(self, group: Group, index: int) -> Mark:
        outcomes = Counter(cell.outcome for row in group.rows if (cell := row.cells[index]))
        if not outcomes:
            return Mark(self.letters[index], "none", "-")
        outcome = worst(outcomes)
        all_ = outcomes[outcome] == sum(outcomes.values())
        word = WORDS[outcome] if all_ else f"{number(outcomes[outcome])} {WORDS[outcome]}"
        return Mark(self.letters[index], outcome, word)

    def _line(self, row: Row) -> Line:
        self.rows += 1
        marks = tuple(
            self._mark(row, index, cell, self.rows) for index, cell in enumerate(row.cells)
        )
        return Line(self.rows, _text(row.name), tuple(sorted(row.outcomes)), marks)

    def _mark(self, row: Row, index: int, cell: Cell | None, number_: int) -> Mark:
        if cell is None:
            return Mark(self.letters[index], "none", "-")
        outcome, goal = cell.outcome, ""
        if not cell.unsteady and outcome in ("skip", "not-run", "xfail"):
            key = (str(outcome), shortened(one_line(cell.reason), 300))
            self.skips.setdefault(key, Counter())[self.letters[index]] += 1
            goal = f"why-{list(self.skips).index(key) + 1}"
        elif cell.unsteady or outcome != "pass":
            goal = self.evidences.add(row, index, cell, number_)
        word = WORDS[outcome] + ("*" if cell.unsteady else "")
        return Mark(self.letters[index], outcome, word, goal)

    def _told(self, counts: "Counter[str]") -> str:
        return ", ".join(f"{letter_} {number(counts[letter_])}" for letter_ in counts)

    # ------------------------------------------------------------- explain's predictions
    def _disagreements(self) -> list[dict[str, str]]:
        seen = observations(self.run)
        names = dict(zip((one.name for one in self.run.kernels), self.letters, strict=True))
        return [
            {
                "letter": names.get(one.kernel, "?"),
                "case": _text(one.case),
                "expected": one.expected,
                "observed": seen.get((one.kernel, one.program, one.case), "nothing"),
                "function": _text(one.function),
                "why": _text(one.why),
            }
            for one in disagreements(self.run)
        ]


def _text(text: str) -> str:
    return shortened(one_line(text), _LONG)
