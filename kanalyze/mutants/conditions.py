"""Conditions made constant, and conditions that ask less: force, skip and drop."""

from __future__ import annotations

import itertools
from collections.abc import Iterator
from dataclasses import dataclass

from kanalyze.mutants.change import Change, change, constant, edit
from kanalyze.mutants.logic import Logic, Operand
from kanalyze.mutants.meanings import Sides
from kanalyze.mutants.points import Asked, Point


def forced(point: Point) -> Iterator[Change]:
    """Yield each part of a condition that asks about the page, made constant both ways.

    What else is asked there stays: that there is a page at all, say.  An error
    code that is kept is made no error; a count is not made anything.
    """
    known = {id(one.atom): one for one in point.asked}
    for run in _runs(point.whole, known):
        there = [known[id(atom)] for part in run.parts for atom in part.atoms()]
        if any(one.number for one in there):
            if len(there) == 1 and not there[0].groups:
                made = constant(point.body, *run.span, b"0", pure=there[0].pure, form="value")
                operator = _named(there, run.parts[0], False)
                yield change(point.body, operator, run.span, _ids(there), [made])
            continue
        for value in (True, False):
            yield _constant(point, run, there, value)


def _constant(point: Point, run: _Run, there: list[Asked], value: bool) -> Change:
    pure = all(one.pure for one in there)
    first = run.parts[0]
    made = constant(point.body, *run.span, _word(value), pure=pure)
    operator = _named(there, first, value)
    if pure and value == run.neutral:  # the others are left to decide
        made = edit(point.body, *run.without, b""), made[1]
    if value == run.neutral and operator in ("assume-exclusive", "deny-exclusive"):
        operator = "drop-exclusive"
    kind = _kind(there[0], value, first) if len(there) == 1 else ()
    return change(point.body, operator, run.span, _ids(there), [made], kind)


def dropped(point: Point) -> Iterator[Change]:
    """Yield a condition without one of the atoms that ask about the page.

    Those that stand beside nothing but what asks for something else are made
    constant already.
    """
    known = {id(one.atom): one for one in point.asked}
    alone = {run.span for run in _runs(point.whole, known) if len(run.parts) == 1}
    for one in point.asked:
        operand = one.operand
        if operand is None or one.number:
            continue
        part = operand.part
        span = part.start, part.end
        if span in alone:
            continue
        made = constant(point.body, *span, _word(operand.neutral), pure=one.pure)
        if one.pure:
            made = edit(point.body, *operand.without(), b""), made[1]
        kind = _kind(one, operand.neutral, part)
        yield change(point.body, _dropped(one, operand), span, _ids([one]), [made], kind)


def _word(value: bool) -> bytes:
    return b"true" if value else b"false"


def _ids(asked: list[Asked]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(one.site.id for one in asked))


# ------------------------------------------------------------------------ parts


@dataclass(frozen=True, slots=True)
class _Run:
    """Operands side by side that ask about the page, and nothing else does between them.

    ``neutral`` is the value that leaves the answer to the other operands, None
    if there are none; ``without`` what to cut out then.
    """

    parts: tuple[Logic, ...]
    neutral: bool | None = None
    without: tuple[int, int] = (0, 0)

    @property
    def span(self) -> tuple[int, int]:
        return self.parts[0].start, self.parts[-1].end


def _runs(whole: Logic, known: dict[int, Asked]) -> Iterator[_Run]:
    """Yield the largest runs of operands that ask about the page and nothing else."""
    if all(id(atom) in known for atom in whole.atoms()):
        yield _Run((whole,))
        return
    asking = [all(id(atom) in known for atom in part.atoms()) for part in whole.parts]
    for asks, numbers in itertools.groupby(range(len(whole.parts)), asking.__getitem__):
        run = list(numbers)
        if not asks or whole.operator == "!":
            for number in run:
                yield from _runs(whole.parts[number], known)
            continue
        first, last = run[0], run[-1]
        parts = whole.parts[first : last + 1]
        cut = (
            (whole.parts[first - 1].end, parts[-1].end)
            if first
            else (parts[0].start, whole.parts[last + 1].start)
        )
        yield _Run(parts, whole.operator == "&&", cut)


# ------------------------------------------------------------------------ names


def _sides(one: Asked, part: Logic) -> Sides:
    """Return what the part around an atom comes to, seen from that atom."""
    return one.sides if one.atom.sense == part.sense else one.sides.turned()


def _named(asked: list[Asked], part: Logic, value: bool) -> str:
    """Return the operator that makes a part constant, by what it then comes to."""
    best = min(asked, key=lambda one: one.sides.strength)
    sides = _sides(best, part)
    here, other = sides.of(value), sides.of(not value)
    asked_alike = best.atom.sense == part.sense  # the part is true where the atom is
    if all(one.site.role == "pin-check" for one in asked):
        return "force-pinned" if value == asked_alike else "drop-pin-check"
    if "unshare" in (here, other):
        return "force-unshare" if here == "unshare" else "skip-unshare"
    if here == "reuse" or other == "copy":
        return "force-reuse"
    if here == "copy" or other == "reuse":
        return "force-copy"
    if all(one.groups == {"exclusive-bit"} for one in asked):
        return "assume-exclusive" if value == asked_alike else "deny-exclusive"
    for outcome in ("retry", "back-off"):
        if outcome in (here, other):
            return f"force-{outcome}" if here == outcome else f"skip-{outcome}"
    return "force-true" if value else "force-false"


def _dropped(one: Asked, operand: Operand) -> str:
    """Return the operator that drops an atom, by what the atom asks."""
    if one.site.role == "pin-check":
        return "drop-pin-check"
    if one.groups == {"exclusive-bit"}:
        return "drop-exclusive"
    sides = _sides(one, operand.part)
    if "unshare" in (sides.true, sides.false) and not one.groups:
        return "skip-unshare"
    return "drop-atom"


def _kind(one: Asked, value: bool, part: Logic) -> tuple[str, ...]:
    """Return what checks have in common that an operator changes alike.

    It is the first signal that they ask, and whether the answer then speaks for
    letting the page be; where neither side tells, what the answer then is.
    """
    atom = value if one.atom.sense == part.sense else not value
    permits = one.sides.permits
    towards = f"is {atom}" if permits is None else "permit" if atom == permits else "refuse"
    return "constant", one.names[0], towards
