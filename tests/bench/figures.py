"""Figures: what was measured, the bar that it has to clear, and the table of all of them."""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

from .timing import Timing

Unit = Literal["times", "s", "MB"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Figure:
    """One line of the table.

    ``value`` is what is held against ``bar`` (both in ``unit``; no bar: a figure
    for information).  ``ours`` and ``reference`` say what it was made of.
    """

    name: str
    value: float
    unit: Unit
    bar: float | None = None
    ours: Timing | None = None
    reference: Timing | None = None
    against: str = ""
    note: str = ""

    @property
    def met(self) -> bool | None:
        """Is the bar cleared; None where there is none."""
        return None if self.bar is None else self.value <= self.bar


def ratio(
    name: str,
    ours: Timing,
    reference: Timing,
    *,
    against: str,
    bar: float | None = None,
    note: str = "",
) -> Figure:
    """Return the figure of two medians, one divided by the other."""
    value = ours.median / reference.median
    return Figure(
        name=name,
        value=value,
        unit="times",
        bar=bar,
        ours=ours,
        reference=reference,
        against=against,
        note=note,
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class Report:
    """What a run of the benchmark gave; ``left_out`` says in a line each what it did not."""

    machine: dict[str, str]
    figures: Sequence[Figure]
    left_out: Sequence[str]

    @property
    def met(self) -> bool:
        return all(figure.met is not False for figure in self.figures)

    def as_text(self) -> str:
        """Return the table, as Markdown that can also be read as it is."""
        header = ("figure", "kanalyze", "reference", "result", "bar", "verdict")
        rows = [header, *map(_row, self.figures)]
        widths = [max(len(row[i]) for row in rows) for i in range(len(header))]
        lines = [_line(row, widths) for row in rows]
        lines.insert(1, "|" + "|".join("-" * (width + 2) for width in widths) + "|")
        machine = "; ".join(f"{key} {value}" for key, value in self.machine.items())
        notes = [f"{figure.name}: {note}" for figure in self.figures if (note := _note(figure))]
        rest = [*notes, *(f"left out: {line}" for line in self.left_out)]
        return "\n".join([machine, "", *lines, "", *rest]).rstrip() + "\n"

    def as_json(self) -> str:
        """Return everything, every single run included."""
        document = {
            "schema": "kanalyze.bench/1",
            "machine": self.machine,
            "figures": [_record(figure) for figure in self.figures],
            "left_out": list(self.left_out),
        }
        return json.dumps(document, indent=2) + "\n"


def _row(figure: Figure) -> tuple[str, ...]:
    reference = f"{figure.against}: {figure.reference}" if figure.reference else "-"
    verdict = {True: "met", False: "MISSED", None: "-"}[figure.met]
    bar = "-" if figure.bar is None else f"<= {_amount(figure.bar, figure.unit)}"
    ours = str(figure.ours) if figure.ours else "-"
    return figure.name, ours, reference, _amount(figure.value, figure.unit), bar, verdict


def _note(figure: Figure) -> str:
    """Return what a figure's row has no room for: the note, and both processor times."""
    notes = [figure.note] if figure.note else []
    if figure.ours and figure.reference and figure.ours.cpu and figure.reference.cpu:
        ours, theirs = figure.ours.median_cpu, figure.reference.median_cpu
        notes.append(f"processor time {ours:.2f} s against {theirs:.2f} s")
    return "; ".join(notes)


def _amount(value: float, unit: Unit) -> str:
    return {"times": f"{value:.2f}x", "s": f"{value:.2f} s", "MB": f"{value:.0f} MB"}[unit]


def _line(row: Sequence[str], widths: Sequence[int]) -> str:
    cells = (f" {cell:{width}} " for cell, width in zip(row, widths, strict=True))
    return "|" + "|".join(cells) + "|"


def _record(figure: Figure) -> dict[str, object]:
    return {
        "name": figure.name,
        "value": figure.value,
        "unit": figure.unit,
        "bar": figure.bar,
        "met": figure.met,
        "kanalyze_seconds": list(figure.ours.seconds) if figure.ours else None,
        "kanalyze_cpu_seconds": list(figure.ours.cpu) if figure.ours else None,
        "reference": figure.against or None,
        "reference_seconds": list(figure.reference.seconds) if figure.reference else None,
        "reference_cpu_seconds": list(figure.reference.cpu) if figure.reference else None,
        "note": figure.note,
    }
