"""The results of a run as rows and columns: what a matrix shows, in whatever form."""

import re
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from kanalyze.lab.model import CaseResult, LabRun, Outcome

#: Worst first: what a cell shows of several results, and in which order they are told.
OUTCOMES: "tuple[Outcome, ...]" = (
    "kernel-panic",
    "boot-failure",
    "lost-vm",
    "kernel-warning",
    "fail",
    "timeout",
    "not-run",
    "skip",
    "xfail",
    "pass",
)
#: Outcomes that a reader must see, and that make a run fail.
BAD: "frozenset[Outcome]" = frozenset(
    {"kernel-panic", "boot-failure", "lost-vm", "kernel-warning", "fail", "timeout"}
)
_UPSTREAM = re.compile(r" \.\.\. with (.+?)(?: \([0-9]+ kB\))?$")
_RANK = {outcome: rank for rank, outcome in enumerate(OUTCOMES)}
BOOT = "the boot itself"
WHOLE = "(the program as a whole)"


@dataclass(frozen=True, slots=True)
class Cell:
    """One case on one kernel: all attempts, in order."""

    results: "tuple[CaseResult, ...]"

    @property
    def outcome(self) -> "Outcome":
        """The worst of the attempts: one that went well does not undo another."""
        return worst(one.outcome for one in self.results)

    @property
    def unsteady(self) -> bool:
        """Whether attempts had different outcomes."""
        return len({one.outcome for one in self.results}) > 1

    @property
    def reason(self) -> str:
        """Why it is what it is, in a line; where attempts differ, each of them."""
        if self.unsteady:
            each = (f"attempt {one.attempt}: {one.outcome}" for one in self.results)
            told = next((one.reason for one in self.results if one.outcome == self.outcome), "")
            return ", ".join(each) + (f"; {told}" if told else "")
        return next((one.reason for one in self.results if one.reason), "")


@dataclass(frozen=True, slots=True)
class Row:
    """One case on all kernels; ``None`` on those that have no result of it."""

    suite: str
    program: str
    case: str
    cells: tuple[Cell | None, ...]

    @property
    def name(self) -> str:
        """What the row is called."""
        return self.case or (WHOLE if self.program else BOOT)

    @property
    def outcomes(self) -> "frozenset[Outcome]":
        """All outcomes in the row."""
        return frozenset(cell.outcome for cell in self.cells if cell)

    @property
    def bad(self) -> bool:
        """Whether it must be seen."""
        return bool(self.outcomes & BAD) or any(cell.unsteady for cell in self.cells if cell)


@dataclass(frozen=True, slots=True)
class Group:
    """Cases of one program on one kind of memory, "" where they tell of none."""

    suite: str
    program: str
    memory: str
    rows: tuple[Row, ...]

    @property
    def title(self) -> str:
        """What the group is called within its program."""
        return self.memory or self.program or BOOT


def groups(run: "LabRun") -> tuple[Group, ...]:
    """Return all rows, by program and memory, in the order in which they came."""
    columns = {kernel.name: index for index, kernel in enumerate(run.kernels)}
    table: dict[tuple[str, str, str], list[list[CaseResult]]] = {}
    for result in run.results:
        key = (result.suite, result.program, result.case)
        cells = table.setdefault(key, [[] for _ in columns])
        if result.kernel in columns:
            cells[columns[result.kernel]].append(result)
    found: dict[tuple[str, str, str], list[Row]] = {}
    for (suite, program, case), lists in table.items():
        cells_of = tuple(Cell(tuple(one)) if one else None for one in lists)
        row = Row(suite, program, case, cells_of)
        found.setdefault((suite, program, _memory(suite, case)), []).append(row)
    # The memories of a program stay together, and what is about no program comes first.
    order: dict[tuple[str, str], int] = {}
    for suite, program, _ in found:
        order.setdefault((suite, program), len(order))
    keys = sorted(found, key=lambda key: (bool(key[1]), order[key[:2]]))
    return tuple(Group(*key, tuple(found[key])) for key in keys)


def _memory(suite: str, case: str) -> str:
    """Return what kind of memory a case is about, as its name has it.

    Upstream's cow and gup_longterm end their names in "... with PTE-mapped THP
    (64 kB)"; the sizes, which are many, are one kind.
    """
    if suite == "generated":
        return case.partition(" ")[0]
    match = _UPSTREAM.search(case)
    return match[1] if match else ""


def worst(outcomes: "Iterable[Outcome]") -> "Outcome":
    """Return the worst of ``outcomes``; there is at least one."""
    return min(outcomes, key=_RANK.__getitem__)


def count_by_kernel(run: "LabRun", parts: Iterable[Group]) -> "tuple[Counter[Outcome], ...]":
    """Return for each kernel how many cases had which outcome."""
    counts: tuple[Counter[Outcome], ...] = tuple(Counter() for _ in run.kernels)
    for part in parts:
        for row in part.rows:
            for counter, cell in zip(counts, row.cells, strict=True):
                if cell:
                    counter[cell.outcome] += 1
    return counts


def occurring(counts: "Iterable[Counter[Outcome]]") -> "tuple[Outcome, ...]":
    """Return the outcomes that there are, best first; "pass" and "fail" always."""
    seen = {outcome for counter in counts for outcome in counter} | {"pass", "fail"}
    return tuple(outcome for outcome in reversed(OUTCOMES) if outcome in seen)


def observations(run: "LabRun") -> dict[tuple[str, str, str], str]:
    """Return what was seen of every case, in words: the outcome, or the copies of rule 2."""
    seen: dict[tuple[str, str, str], list[str]] = {}
    for one in run.results:
        told = f"{one.copies.copied} of {one.copies.pages} pages copied" if one.copies else ""
        words = seen.setdefault((one.kernel, one.program, one.case), [])
        words.append(told or one.outcome)
    return {key: ", then ".join(dict.fromkeys(words)) for key, words in seen.items()}
