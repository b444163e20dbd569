"""One decision as text: its outcomes, how it stands to the rules, and the way there."""

from collections.abc import Iterator
from itertools import groupby
from typing import TYPE_CHECKING

from kanalyze.report.explain_words import RULES, count, situation, verdict_text, witness_text
from kanalyze.report.layout import columns, fill, one_line
from kanalyze.report.writer import Writer

if TYPE_CHECKING:
    from kanalyze.semantics.model import Explanation, OutcomeRow, RuleResult, Step

#: Where the text of a rule begins.
_RULE = 24
#: The most columns for the names of outcomes.
_OUTCOME = 12
#: How many groups of states, and steps of a path, are shown unless all are wanted.
_GROUPS = 3
_STEPS = 8
#: Longest condition in a path.
_CONDITION = 100


def explanation_lines(explanation: "Explanation", writer: Writer) -> Iterator[str]:
    """Yield the lines for one decision function, one trigger and one size."""
    policy = one_line(explanation.policy)
    yield from writer.beside(
        f"{one_line(explanation.function)}, {one_line(explanation.file)}:{explanation.line}",
        f"policy: {policy or 'none'}",
        policy,
    )
    asked = situation(explanation.trigger, explanation.size)
    figures = f"{count(explanation.states, 'page state')}, complexity {explanation.complexity}"
    yield from writer.row("", f"{asked}: {figures}", 2)
    for sentence in explanation.partial:
        yield from writer.row("", f"PARTIAL: {writer.text(sentence)}", 2)
    yield from _outcomes(explanation, writer)
    for result in explanation.rules:
        yield from _rule(result, explanation, writer)
    if writer.verbose:
        yield from writer.items("ids", explanation.site_ids, ",", 8)


def _outcomes(explanation: "Explanation", writer: Writer) -> Iterator[str]:
    rows = explanation.outcomes
    if not rows:
        yield from writer.row("", "no outcome could be told", 2)
        return
    names = [columns(one_line(row.outcome)) for row in rows]
    at = 2 + min(max(names), _OUTCOME) + 2
    together = len({row.locks for row in rows}) == 1
    for row in rows:
        name = one_line(row.outcome)
        condition = f"if {writer.text(row.condition)}" if row.condition else "otherwise"
        yield from writer.row(name, condition, at, style=name)
        if not together:
            yield from writer.items("", _under(row.locks), ",", at)
        if writer.verbose:
            yield from _basis(row, explanation.states, writer, at)
    if together:
        yield from writer.items("", _under(rows[0].locks), ",", 2)


def _under(locks: tuple[str, ...]) -> list[str]:
    return [f"under {locks[0]}", *locks[1:]] if locks else []


def _basis(row: "OutcomeRow", states: int, writer: Writer, at: int) -> Iterator[str]:
    told = f"in {row.states} of {count(states, 'state')}, the only outcome in {row.only}"
    yield from writer.row("", told, at)
    yield from writer.items(
        "", [f"see {row.lines[0]}", *row.lines[1:]] if row.lines else [], ",", at
    )


def _rule(result: "RuleResult", explanation: "Explanation", writer: Writer) -> Iterator[str]:
    style = {"broken": "bad", "holds": "good"}.get(result.verdict, "")
    name = f"{result.rule} {RULES[result.rule]}"
    verdict = writer.text(verdict_text(result, explanation), 480)
    yield from writer.row(name, verdict, _RULE, 0, style)
    shown = result.groups if writer.verbose else result.groups[:_GROUPS]
    if len(result.groups) > 1:
        for group in shown:
            text = f"{count(group.states, 'state')}: {writer.text(group.words)}"
            yield from writer.row("-", text, _RULE + 2, _RULE)
    if len(result.groups) > len(shown):
        more = f"{count(len(result.groups) - len(shown), 'more kind')}; --verbose lists all"
        yield from writer.row("-", more, _RULE + 2, _RULE)
    told = shown if writer.verbose else shown[: result.verdict == "broken"]
    for index, group in enumerate(told):
        if index:
            yield from writer.row("e.g.", writer.text(witness_text(group.witness)), 8)
        yield from path_lines("path", group.witness.path, writer)


def path_lines(label: str, path: "tuple[Step, ...]", writer: Writer, at: int = 8) -> Iterator[str]:
    """Yield the way to an outcome: on one line as far as that goes, or a step a line."""
    if not path:
        return
    if not writer.verbose:
        yield from writer.items(label, _short_path(path, writer), " >", at)
        return
    for _, steps in groupby(path, key=lambda step: (step.function, step.file)):
        of_function = list(steps)
        yield from writer.row(label, f"{one_line(of_function[0].function)}:", at)
        label = ""
        for step in of_function:
            where = f"{one_line(step.file)}:{step.line}"
            lines = fill([f"{where} ", *_words(step, writer)], writer.width - at - 2)
            yield from (" " * (at + 2 * (index > 0)) + line for index, line in enumerate(lines))


def _short_path(path: "tuple[Step, ...]", writer: Writer) -> list[str]:
    """Return the last steps of a path, with the function where that is another one."""
    shown = path[-_STEPS:]
    told = [f"({count(len(path) - len(shown), 'step')} before)"] if len(path) > len(shown) else []
    function = ""
    for step in shown:
        words = " ".join(_words(step, writer))
        other = step.function != function
        told.append(f"{one_line(step.function)}: {words}" if other else words)
        function = step.function
    return told


def _words(step: "Step", writer: Writer) -> list[str]:
    value = one_line(step.value) + (" (open)" if step.open else "")
    return [*writer.text(step.text, _CONDITION).split(" "), value]
