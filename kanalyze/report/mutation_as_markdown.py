"""A mutation campaign as Markdown: the table of mutants by suites, and the survivors."""

import re
from collections.abc import Iterator
from typing import TYPE_CHECKING

from kanalyze.report.layout import one_line
from kanalyze.report.mutation_words import (
    WORDS,
    guards,
    reason,
    suites,
    total_words,
    totals,
    under,
    unguarded,
    witness,
)

if TYPE_CHECKING:
    from kanalyze.review.mutation import Mutation

_SPECIAL = re.compile(r"([\\`*_{}\[\]<>|#])")


def mutation_markdown(found: "Mutation") -> Iterator[str]:
    """Yield a campaign as Markdown, to be written as UTF-8."""
    named = suites(found)
    by_id = {one.id: one for one in found.mutants}
    yield f"# Mutants of {_text(found.describe)}\n\n"
    for name in named:
        yield f"- {name}: {total_words(totals(found, name))}\n"
    for what, value in found.facts:
        yield f"- {what}: {_text(value)}\n"
    left = unguarded(found)
    yield f"\n## Not killed: {len(left)}\n\n"
    for mutant, result in left:
        yield f"- {_text(mutant.id)} ({_text(mutant.file)}): {_code(mutant.text)}\n"
        said = [witness(mutant)]
        for one in result.verdicts:
            why = reason(mutant, one, result)
            said.append(f"{one.suite}: {why}" if one.suite else why)
        yield from (f"  - {_text(line)}\n" for line in dict.fromkeys(said) if line)
    yield "\n## All mutants\n\n"
    yield f"| mutant | what stands there | {' | '.join(named)} |\n"
    yield f"|---|---|{'---|' * len(named)}\n"
    for result in found.results:
        mutant = by_id[result.id]
        cells = []
        for name in named:
            verdict = under(result, name)
            cells.append(WORDS[verdict.outcome] if verdict else "-")
        yield f"| {_text(mutant.id)} | {_code(mutant.text)} | {' | '.join(cells)} |\n"
    yield "\n## What guards each function\n\n"
    for function, cases in guards(found):
        listed = "; ".join(_text(case) for case in cases[:3]) or "**nothing**"
        more = f" and {len(cases) - 3} more" if len(cases) > 3 else ""
        yield f"- {_text(function)}(): {listed}{more}\n"


def _text(text: str) -> str:
    return _SPECIAL.sub(r"\\\1", one_line(text))


def _code(text: str) -> str:
    """Return code on one line, in backquotes that it cannot end."""
    line = one_line(" ".join(text.split())).replace("|", "\\|")
    return f"``{line.replace('``', '` `')}``"
