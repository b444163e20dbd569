"""Which cases a mutant is shown to: those that come by it, the likeliest to notice first."""

from collections.abc import Iterable, Sequence

from kanalyze.lab.mutant_model import Baseline, CaseCount, Suspect

# Milliseconds: a case that takes as long as a dozen others.
_LONG = 3000


def that_come_by(suspect: Suspect, known: Baseline) -> list[CaseCount]:
    """Return the cases that a mutant could show in, the likeliest first.

    That is where it answers otherwise, or, if that is not told, where it is reached.
    Only what passes without it can notice anything; and what checks rule 2 counts.
    What takes long is there for mutants that are won or lost by time, and last for others.
    """
    found: list[tuple[bool, int, CaseCount]] = []
    for one in known.cases:
        often = _often(suspect, one)
        if one.number and often and one.outcome == "pass":
            found.append((one.case.endswith(" R2"), often, one))
    found.sort(key=lambda each: each[:2])
    quick = _spread([one for _, _, one in found if one.milliseconds < _LONG])
    long = _spread([one for _, _, one in found if one.milliseconds >= _LONG])
    return [*long, *quick] if suspect.delay else [*quick, *long]


def programs_that_come_by(suspect: Suspect, known: Baseline) -> frozenset[str]:
    """Return the tests of the tree, as a whole, that a mutant could show in."""
    return frozenset(one.program for one in known.cases if not one.number and _often(suspect, one))


def _often(suspect: Suspect, one: CaseCount) -> int:
    """Return how often a mutant answers otherwise in a case; how often it is reached there.

    Without the delays, what is won or lost by time may never answer otherwise.
    """
    own = next((each for each in one.counts if each[0] == suspect.number), (0, 0, 0))
    return own[2] if suspect.counts_answers and not suspect.delay else own[1]


def _spread(cases: Sequence[CaseCount]) -> list[CaseCount]:
    """Return the cases with unlike ones at the front: each memory's first case comes first."""
    queues: dict[str, list[CaseCount]] = {}
    for one in cases:
        key = one.case.split(" ")[0] + one.case[-3:]
        queues.setdefault(key, []).append(one)
    spread: list[CaseCount] = []
    while queues:
        for key in list(queues):
            spread.append(queues[key].pop(0))
            if not queues[key]:
                del queues[key]
    return spread


def by_program(cases: Iterable[CaseCount]) -> dict[str, list[CaseCount]]:
    """Return cases by the program that has them, in the order in which it runs them."""
    found: dict[str, list[CaseCount]] = {}
    for one in sorted(cases, key=lambda each: each.number):
        found.setdefault(one.program, []).append(one)
    return found
