"""Spurious copies by case and kernel: what rule 2 counts as a cost, and no fault."""

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from kanalyze.lab.model import Copies, LabRun


@dataclass(frozen=True, slots=True)
class CopiesRow:
    """One case: what was copied of how many pages on each kernel ("0/512"); "" without a count."""

    program: str
    case: str
    cells: tuple[str, ...]
    any: bool


def copies_rows(run: "LabRun") -> tuple[CopiesRow, ...]:
    """Return a row for each case in which copies were counted; of several attempts the most."""
    columns = {kernel.name: index for index, kernel in enumerate(run.kernels)}
    table: dict[tuple[str, str], list[Copies | None]] = {}
    for one in run.results:
        if one.copies is None or one.kernel not in columns:
            continue
        cells = table.setdefault((one.program, one.case), [None] * len(columns))
        before = cells[columns[one.kernel]]
        if before is None or one.copies.copied > before.copied:
            cells[columns[one.kernel]] = one.copies
    return tuple(
        CopiesRow(
            program,
            case,
            tuple(f"{one.copied}/{one.pages}" if one else "" for one in cells),
            any(one is not None and one.copied > 0 for one in cells),
        )
        for (program, case), cells in table.items()
    )
