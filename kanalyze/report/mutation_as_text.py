"""A mutation campaign for a terminal: what survived first, then every mutant, then the totals."""

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

from kanalyze.report.explain_words import count
from kanalyze.report.mutation_words import (
    WORDS,
    reason,
    suites,
    total_words,
    totals,
    under,
    unguarded,
    witness,
)
from kanalyze.report.view import View
from kanalyze.report.writer import Writer, separated

if TYPE_CHECKING:
    from kanalyze.lab.mutant_model import MutantResult
    from kanalyze.mutants import Mutant
    from kanalyze.review.mutation import Mutation

_STYLE = {"survived": "bad", "killed-by-assertion": "good"}
_COLUMN = 18


def mutants_text(mutants: "Sequence[Mutant]", view: View) -> Iterator[str]:
    """Yield the mutants of a tree, function by function, with what is known before any is built."""
    out = Writer(view)
    by_function: dict[tuple[str, str], list[Mutant]] = {}
    for one in mutants:
        by_function.setdefault((one.function, one.file), []).append(one)
    parts = [_function(out, *place, several) for place, several in by_function.items()]
    verdicts = [one.verdict for one in mutants]
    total = ", ".join(
        f"{verdicts.count(word)} {word}" for word in ("distinct", "equivalent", "unknown")
    )
    return separated([*parts, iter([f"{count(len(mutants), 'mutant')}: {total}."])])


def _function(out: Writer, function: str, file: str, mutants: "Sequence[Mutant]") -> Iterator[str]:
    yield from out.title(out.text(f"{function}, {file}"))
    for one in mutants:
        yield from out.beside(f"  {out.text(one.id)}", one.verdict)
        yield from out.row("", out.text(" ".join(one.text.split())), 6)
        if one.witness:
            yield from out.row("", out.text(witness(one)), 6)
        elif out.verbose and one.why:
            yield from out.row("", out.text(one.why), 6)


def mutation_text(found: "Mutation", view: View) -> Iterator[str]:
    """Yield a campaign as text: ``width``, ``colour`` and ``verbose`` of ``view`` count."""
    out = Writer(view)
    parts = [_unguarded(out, found), _table(out, found), _totals(out, found)]
    return separated(parts)


def _unguarded(out: Writer, found: "Mutation") -> Iterator[str]:
    left = unguarded(found)
    if not left:
        yield from out.title("Every mutant that is not equivalent was killed.")
        return
    yield from out.title(f"Not killed by any suite: {len(left)}")
    for mutant, result in left:
        yield from out.row("-", out.text(f"{mutant.id}, {mutant.file}"), 4)
        yield from out.row("", out.text(" ".join(mutant.text.split())), 6)
        if mutant.witness:
            yield from out.row("", out.text(witness(mutant)), 6)
        for verdict in result.verdicts:
            why = reason(mutant, verdict, result)
            said = f"{verdict.suite}: {why}" if verdict.suite else why
            yield from out.row("", out.text(said), 6)


def _table(out: Writer, found: "Mutation") -> Iterator[str]:
    named = suites(found)
    room = max(out.width - _COLUMN * len(named), 24)
    head = f"{'mutant':{room}}" + "".join(f"{name:{_COLUMN}}" for name in named)
    yield out.paint(head.rstrip(), "title")
    by_id = {one.id: one for one in found.mutants}
    for result in found.results:
        if all(one.outcome == "equivalent" for one in result.verdicts) and not out.verbose:
            continue
        yield from _row(out, by_id[result.id], result, named, room)


def _row(
    out: Writer, mutant: "Mutant", result: "MutantResult", named: Sequence[str], room: int
) -> Iterator[str]:
    cells = []
    for name in named:
        verdict = under(result, name)
        word = WORDS[verdict.outcome] if verdict else "-"
        style = _STYLE.get(verdict.outcome, "") if verdict else ""
        cells.append(out.paint(word, style) + " " * max(1, _COLUMN - len(word)))
    name = out.text(mutant.id)
    if len(name) >= room:
        yield name
        name = ""
    yield (f"{name:{room}}" + "".join(cells)).rstrip()
    if out.verbose:
        for verdict in result.verdicts:
            for kill in verdict.kills[:3]:
                said = f"{kill.program}: {kill.case}: {kill.outcome}; {kill.line}"
                yield from out.row("", out.text(said), 4)


def _totals(out: Writer, found: "Mutation") -> Iterator[str]:
    for name in suites(found):
        yield from out.row(name, total_words(totals(found, name)), 12, 0)
    passed = sum(one.outcome == "pass" for one in found.baseline.cases)
    said = f"{passed} of {len(found.baseline.cases)} cases pass on the unchanged kernel"
    yield from out.row("baseline", said, 12, 0)
    for name, value in found.facts:
        yield from out.row(name, out.text(value), 12, 0)
    for note in found.notes:
        yield from out.row("note", out.text(note), 12, 0)
