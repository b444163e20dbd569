"""What a test has proved that it can notice: each mutant that it killed, and how.

For a mail or a commit message: plain text, diffs as they are.
"""

from collections.abc import Iterator
from typing import TYPE_CHECKING

from kanalyze.report.layout import one_line
from kanalyze.report.mutation_words import witness
from kanalyze.terminal import printable

if TYPE_CHECKING:
    from kanalyze.lab.mutant_model import Kill, MutantResult
    from kanalyze.mutants import Mutant
    from kanalyze.review.mutation import Mutation


def certified(found: "Mutation", words: str) -> tuple[tuple[str, str], ...]:
    """Return the (program, case) pairs that killed a mutant and have all ``words`` in them."""
    wanted = words.split()
    cases = dict.fromkeys(
        (kill.program, kill.case)
        for result in found.results
        for verdict in result.verdicts
        for kill in verdict.kills
    )
    return tuple(one for one in cases if all(word in " ".join(one).split() for word in wanted))


def certificate(found: "Mutation", words: str) -> Iterator[str]:
    """Yield the certificate of each case that killed a mutant and has all ``words`` in its name.

    To be written as UTF-8.
    """
    for number, (program, case) in enumerate(certified(found, words)):
        if number:
            yield "\n"
        yield f"{one_line(program)}: {one_line(case) or 'the whole program'}\n"
        for what, value in found.facts:
            yield f"  {what + ':':<10}{one_line(value)}\n"
        for mutant, result, kill in _killed(found, program, case):
            yield from _kill(mutant, result, kill)


def _killed(
    found: "Mutation", program: str, case: str
) -> Iterator[tuple["Mutant", "MutantResult", "Kill"]]:
    by_id = {one.id: one for one in found.mutants}
    for result in found.results:
        for verdict in result.verdicts:
            for kill in verdict.kills:
                if (kill.program, kill.case) == (program, case):
                    yield by_id[result.id], result, kill


def _kill(mutant: "Mutant", result: "MutantResult", kill: "Kill") -> Iterator[str]:
    yield f"\n  killed {one_line(mutant.id)}, {one_line(mutant.file)}\n"
    if mutant.witness:
        yield f"  {one_line(witness(mutant))}\n"
    yield f"  passes without it; with it: {kill.outcome}\n"
    yield f"  {one_line(kill.line)}\n\n"
    yield from (f"    {line}\n" for line in printable(mutant.diff).splitlines())
