"""Conditions made constant, and conditions that ask less: force, skip and drop."""

from collections.abc import Iterator

from kanalyze.mutants.change import Change, change, choice, constant, edit
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
        there = [known[id(atom)] for part in run for atom in part.atoms()]
        span = run[0].start, run[-1].end
        ids = _ids(there)
        if any(one.number for one in there):
            if len(there) == 1 and not there[0].groups:
                made = constant(point.body, *span, b"0", pure=there[0].pure, form="value")
                yield change(point.body, _named(there, run[0], False), span, ids, [made])
            continue
        pure = all(one.pure for one in there)
        for value in (True, False):
            word = b"true" if value else b"false"
            made = constant(point.body, *span, word, pure=pure)
            kind = _kind(there[0], value, run[0]) if len(there) == 1 else ()
            operator = _named(there, run[0], value)
            yield change(point.body, operator, span, ids, [made], kind)


def dropped(point: Point) -> Iterator[Change]:
    """Yield a condition without one of the atoms that ask about the page."""
    for one in point.asked:
        operand = one.operand
        if operand is None or one.number:
            continue
        value = operand.neutral
        operator = _dropped(one, operand)
        part = operand.part
        if one.pure:
            made = (
                edit(point.body, *operand.without(), b""),
                choice(point.body, part.start, part.end, "condition", _word(value)),
            )
        else:
            made = constant(point.body, part.start, part.end, _word(value), pure=False)
        kind = _kind(one, value, part)
        yield change(point.body, operator, (part.start, part.end), _ids([one]), [made], kind)


def _word(value: bool) -> bytes:
    return b"true" if value else b"false"


def _ids(asked: list[Asked]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(one.site.id for one in asked))


# ------------------------------------------------------------------------ parts


def _runs(whole: Logic, known: dict[int, Asked]) -> Iterator[tuple[Logic, ...]]:
    """Yield the largest runs of operands that ask about the page and nothing else."""
    if all(id(atom) in known for atom in whole.atoms()):
        yield (whole,)
        return
    run: list[Logic] = []
    for part in whole.parts:
        if whole.operator != "!" and all(id(atom) in known for atom in part.atoms()):
            run.append(part)
            continue
        if run:
            yield tuple(run)
        run = []
        yield from _runs(part, known)
    if run:
        yield tuple(run)


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
        return "assume-exclusive" if value == asked_alike else "drop-exclusive"
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
