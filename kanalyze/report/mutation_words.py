"""The words in which all forms of a campaign say the same."""

from collections import Counter
from collections.abc import Sequence
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from kanalyze.lab.mutant_model import MutantResult, SuiteVerdict
    from kanalyze.mutants import Mutant
    from kanalyze.review.mutation import Mutation

#: Outcomes in the order in which a reader must see them, with a word for a table.
WORDS = {
    "survived": "SURVIVED",
    "not-reached": "not reached",
    "killed-by-timeout": "killed (timeout)",
    "killed-by-crash": "killed (crash)",
    "killed-by-assertion": "killed",
    "equivalent": "equivalent",
    "build-failed": "not built",
    "infrastructure-failed": "not run",
}


def suites(found: "Mutation") -> list[str]:
    """Return the suites that ran, in their order."""
    named = dict.fromkeys(
        verdict.suite for one in found.results for verdict in one.verdicts if verdict.suite
    )
    return list(named)


def under(result: "MutantResult", suite: str) -> "SuiteVerdict | None":
    """Return what a suite came to; what is so for all of them counts for each."""
    own = {one.suite: one for one in result.verdicts}
    return own.get(suite) or own.get("")


def totals(found: "Mutation", suite: str) -> Counter[str]:
    """Return how many mutants came to what under a suite."""
    return Counter(
        verdict.outcome for one in found.results if (verdict := under(one, suite)) is not None
    )


def total_words(counts: "Counter[str]") -> str:
    """Return the totals of a suite in a sentence's part."""
    return ", ".join(f"{counts[name]} {name}" for name in WORDS if counts[name])


def breaks_nothing(mutant: "Mutant") -> bool:
    """Tell whether a mutant costs copies only: no rule is broken in its witness."""
    return mutant.witness is not None and not mutant.witness.breaks


def reason(mutant: "Mutant", verdict: "SuiteVerdict", result: "MutantResult") -> str:
    """Return why a mutant was not killed, as far as it is known."""
    if verdict.reason:
        return verdict.reason
    if verdict.outcome == "not-reached":
        return "no case comes by it" if not result.reached else "no case in which it would differ"
    more = f"{verdict.copies} more pages were copied, which was counted"
    if breaks_nothing(mutant):
        return f"breaks no rule: {more if verdict.copies else 'what it changes is allowed'}"
    if mutant.verdict == "unknown":
        said = f"it is not known whether it differs: {mutant.why}"
        return f"{said}; {more}" if verdict.copies else said
    if not verdict.ran:
        return "the cases that come by it do not reach their states with it"
    return f"{verdict.ran} cases come by it, and none notices"


def witness(mutant: "Mutant") -> str:
    """Return the state in which a mutant answers otherwise, in words; empty if not known."""
    one = mutant.witness
    if one is None:
        return ""
    was, now = (" or ".join(side) or "nothing" for side in (one.before, one.after))
    return f"{one.function}(): {one.words}: {was} -> {now}"


def unguarded(found: "Mutation") -> "list[tuple[Mutant, MutantResult]]":
    """Return the mutants that no suite killed and that are not equivalent, for a reader first."""
    by_id = {one.id: one for one in found.mutants}
    return [
        (by_id[one.id], one)
        for one in found.results
        if not any(verdict.outcome.startswith("killed") for verdict in one.verdicts)
        and not any(verdict.outcome == "equivalent" for verdict in one.verdicts)
    ]


def guards(found: "Mutation") -> "list[tuple[str, Sequence[str]]]":
    """Return (function, cases that guard it): every case that killed a mutant of it."""
    by_id = {one.id: one for one in found.mutants}
    known: dict[str, dict[str, None]] = {}
    for result in found.results:
        mutant = by_id[result.id]
        cases = known.setdefault(mutant.function, {})
        for verdict in result.verdicts:
            if verdict.outcome == "killed-by-assertion":
                cases.update(dict.fromkeys(f"{k.program}: {k.case}" for k in verdict.kills))
    return [(name, tuple(cases)) for name, cases in known.items()]
