"""A run on a terminal: sums, what explain said otherwise, and the matrix, case by kernel.

What went well is folded to a line for each kind of memory; what did not is
always shown whole, with its reason.
"""

from collections import Counter
from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

from kanalyze.report.layout import columns, one_line, wrap
from kanalyze.report.run_copies import copies_rows
from kanalyze.report.run_view import (
    BAD,
    Cell,
    Group,
    Row,
    count_by_kernel,
    groups,
    observations,
    occurring,
    worst,
)
from kanalyze.report.run_words import WORDS, agreement, disagreements, headline, letter, number
from kanalyze.report.writer import Writer, separated

if TYPE_CHECKING:
    from kanalyze.lab.model import LabRun, Outcome, Prediction
    from kanalyze.report.view import View

_CELL = 8
_LEAST_NAME = 30
_STYLES: "dict[Outcome, str]" = {
    "pass": "good",
    "skip": "dim",
    "not-run": "dim",
    "xfail": "retry",
    "timeout": "copy",
    "kernel-warning": "copy",
    "lost-vm": "copy",
}


def run_text(run: "LabRun", view: "View") -> Iterator[str]:
    """Yield ``run`` as text: ``width``, ``colour`` and ``verbose`` of ``view`` count."""
    yield from separated(list(_Matrix(run, view).parts()))


class _Matrix:
    """Lays one run out for one reader."""

    def __init__(self, run: "LabRun", view: "View") -> None:
        self.run = run
        self.writer = Writer(view)
        self.groups = groups(run)
        self.counts = count_by_kernel(run, self.groups)
        self.letters = [letter(index) for index in range(len(run.kernels))]
        self.at_once = max((self.writer.width - _LEAST_NAME) // _CELL, 1)

    def parts(self) -> Iterator[Iterator[str]]:
        yield self.head()
        yield self.summary()
        yield self.predicted()
        for first in range(0, len(self.run.kernels), self.at_once):
            yield from self.matrix(range(first, min(first + self.at_once, len(self.letters))))
        yield self.copies()
        yield self.made_with()

    def head(self) -> Iterator[str]:
        cases = sum(bool(row.case) for group in self.groups for row in group.rows)
        yield from self.writer.title(headline(self.run, self.counts, cases))
        for note in self.run.notes:
            yield from self.writer.row("!", self.writer.text(note), 2, indent=0, style="bad")

    # -------------------------------------------------------------- one line a kernel
    def summary(self) -> Iterator[str]:
        shown = occurring(self.counts)
        names = [one_line(kernel.name) for kernel in self.run.kernels]
        room = self.writer.width - 3 - _CELL * len(shown)
        if not names:
            return
        if max(map(columns, names)) >= room:
            yield from self._summary_in_words(names)
            return
        wide = max(map(columns, names))
        heads = "".join(f"{WORDS[outcome]:>{_CELL}}" for outcome in shown)
        yield self.writer.paint(f"   {'kernel':{wide}}{heads}", "dim")
        for sign, name, counts in zip(self.letters, names, self.counts, strict=True):
            cells = "".join(
                self._painted(f"{number(counts[outcome]):>{_CELL}}", outcome, bool(counts[outcome]))
                for outcome in shown
            )
            yield f"{sign:2} {name}{' ' * (wide - columns(name))}{cells}"

    def _summary_in_words(self, names: Sequence[str]) -> Iterator[str]:
        for sign, name, counts in zip(self.letters, names, self.counts, strict=True):
            told = ", ".join(
                f"{number(counts[outcome])} {WORDS[outcome]}"
                for outcome in occurring([counts])
                if counts[outcome]
            )
            yield from self.writer.row(sign, f"{name}: {told}", 3, indent=0)

    # ------------------------------------------------------------- explain's predictions
    def predicted(self) -> Iterator[str]:
        if not self.run.predictions:
            return
        yield from self.writer.title(agreement(self.run.predictions))
        seen = observations(self.run)
        names = {
            kernel.name: letter
            for kernel, letter in zip(self.run.kernels, self.letters, strict=True)
        }
        alike: dict[tuple[str, str, str, str, str], list[Prediction]] = {}
        for one in disagreements(self.run):
            was = seen.get((one.kernel, one.program, one.case), "nothing")
            told = was if one.expected in ("pass", "fail") else "the other"
            alike.setdefault((one.kernel, one.function, one.why, one.expected, told), []).append(
                one
            )
        for several in alike.values():
            shown = several if self.writer.verbose else several[:1]
            for one in shown:
                was = seen.get((one.kernel, one.program, one.case), "nothing")
                told = f"{one_line(one.case)}: predicted {one.expected}, observed {was}"
                yield from self.writer.row(names.get(one.kernel, "?"), told, 5, style="bad")
            why = ": ".join(filter(None, (one_line(one.function), self.writer.text(one.why))))
            more = len(several) - len(shown)
            for line in (why, f"and {more} like it" if more else ""):
                if line:
                    yield from self.writer.row("", line, 7)

    # ------------------------------------------------------------------ the matrix
    def matrix(self, shown: range) -> Iterator[Iterator[str]]:
        """Yield a part for each program, with the kernels ``shown``."""
        done: list[tuple[str, str]] = []
        there = [group for group in self.groups if _is_there(group, shown)]
        for group in there:
            key = (group.suite, group.program)
            if key not in done:
                done.append(key)
                members = [one for one in there if (one.suite, one.program) == key]
                yield self._program(members, shown)

    def _program(self, members: list[Group], shown: range) -> Iterator[str]:
        first = members[0]
        suite = {"tree": " (from the tree)"}.get(first.suite, "")
        title = one_line(first.program or first.title) + suite
        heads = "".join(f"{self.letters[index]:>{_CELL}}" for index in shown)
        yield from self._placed(title, heads, 0, len(heads), "title")
        for group in members:
            rows = [
                row
                for row in group.rows
                if self.writer.verbose or any(_is_bad(row.cells[index]) for index in shown)
            ]
            if len(group.rows) > 1 or not rows:
                yield from self._folded(group, shown)
            for row in rows:
                yield from self._row(row, shown)

    def _folded(self, group: Group, shown: range) -> Iterator[str]:
        """Yield the line for a whole group: the worst of every kernel, and how often it was."""
        name = one_line(group.memory) or "all"
        told = f"{name}, {number(len(group.rows))} {'case' if len(group.rows) == 1 else 'cases'}"
        cells = "".join(self._sum(group, index) for index in shown)
        yield from self._placed(told, cells, 2, _CELL * len(shown), "")

    def _sum(self, group: Group, index: int) -> str:
        outcomes = Counter(cell.outcome for row in group.rows if (cell := row.cells[index]))
        if not outcomes:
            return f"{'-':>{_CELL}}"
        outcome = worst(outcomes)
        amount = outcomes[outcome]
        word = WORDS[outcome]
        if amount < sum(outcomes.values()):
            word = f"{amount} {word}" if len(f"{amount} {word}") < _CELL else f"{amount} {word[:4]}"
            word = word if len(word) < _CELL else word.replace(" ", "")[: _CELL - 1]
        return self._painted(f"{word:>{_CELL}}", outcome)

    def _row(self, row: Row, shown: range) -> Iterator[str]:
        cells = "".join(self._cell(row.cells[index]) for index in shown)
        yield from self._placed(one_line(row.name), cells, 4, _CELL * len(shown), "")
        reasons: dict[str, list[str]] = {}
        for index in shown:
            cell = row.cells[index]
            if cell and cell.reason and (_is_bad(cell) or self.writer.verbose):
                reasons.setdefault(self.writer.text(cell.reason), []).append(self.letters[index])
        for reason, letters in reasons.items():
            for line in wrap(f"{' '.join(letters)}: {reason}", self.writer.width - 6):
                yield f"      {self.writer.paint(line, 'dim')}"

    def _cell(self, cell: Cell | None) -> str:
        if cell is None:
            return f"{'-':>{_CELL}}"
        word = WORDS[cell.outcome]
        return self._painted(f"{word + '*' if cell.unsteady else word:>{_CELL}}", cell.outcome)

    def _placed(self, name: str, cells: str, indent: int, size: int, style: str) -> Iterator[str]:
        """Yield ``name``, in as many lines as it needs, with ``cells`` at the right margin."""
        room = self.writer.width - size - indent - 1
        lines = wrap(name, room)
        if len(lines) > 1:  # what goes on stands a little further in
            lines = wrap(name, room - 2)
        for line in lines[:-1]:
            yield " " * indent + self.writer.paint(line, style)
            indent += 2 if line is lines[0] else 0
        gap = " " * (self.writer.width - size - indent - columns(lines[-1]))
        yield f"{' ' * indent}{self.writer.paint(lines[-1], style)}{gap}{cells}"

    def _painted(self, text: str, outcome: "Outcome", any_: bool = True) -> str:
        return self.writer.paint(text, _STYLES.get(outcome, "bad") if any_ else "dim")

    # --------------------------------------------------------------- rule 2, and the rest
    def copies(self) -> Iterator[str]:
        rows = copies_rows(self.run)
        if not rows:
            return
        yield from self.writer.title("Spurious copies (rule 2: they cost time only)")
        quiet = [row for row in rows if not row.any and not self.writer.verbose]
        for first in range(0, len(self.letters), self.at_once):
            shown = range(first, min(first + self.at_once, len(self.letters)))
            if not any(row.cells[index] for row in rows if row not in quiet for index in shown):
                continue
            heads = "".join(f"{self.letters[index]:>{_CELL}}" for index in shown)
            yield from self._placed("copied/pages", heads, 2, len(heads), "dim")
            for row in rows:
                if row not in quiet and any(row.cells[index] for index in shown):
                    cells = "".join(f"{row.cells[index] or '-':>{_CELL}}" for index in shown)
                    yield from self._placed(one_line(row.case), cells, 2, len(cells), "")
        if quiet:
            other = " other" if len(quiet) < len(rows) else ""
            yield f"  none in {number(len(quiet))}{other} {'case' if len(quiet) == 1 else 'cases'}"

    def made_with(self) -> Iterator[str]:
        for what, value in self.run.machine:
            yield from self.writer.row(one_line(what), self.writer.text(value), 16, indent=0)
        names = {
            kernel.name: letter
            for kernel, letter in zip(self.run.kernels, self.letters, strict=True)
        }
        for boot in self.run.boots:
            ready = (
                "no test was reached"
                if boot.ready is None
                else f"first test after {boot.ready:.1f} s"
            )
            told = f"{one_line(boot.accelerator)}, {ready}, {boot.seconds:.1f} s in all"
            yield from self.writer.row(f"boot of {names.get(boot.kernel, '?')}", told, 16, indent=0)


def _is_there(group: Group, shown: range) -> bool:
    """Whether any of the kernels ``shown`` has a result in a group."""
    return any(row.cells[index] for row in group.rows for index in shown)


def _is_bad(cell: Cell | None) -> bool:
    return cell is not None and (cell.outcome in BAD or cell.unsteady)
