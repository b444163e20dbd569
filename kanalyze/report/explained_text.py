"""An explained tree for people: decisions, the arming audit, concepts, assumptions, a summary."""

from collections.abc import Iterator
from dataclasses import asdict
from typing import TYPE_CHECKING

from kanalyze.report.arms_text import arm_lines
from kanalyze.report.explain_words import RULES, count, features_text, listed
from kanalyze.report.explanation_text import explanation_lines
from kanalyze.report.layout import one_line
from kanalyze.report.view import View
from kanalyze.report.writer import Writer, separated

if TYPE_CHECKING:
    from kanalyze.semantics.model import Concept, ExplainedTree, Explanation

#: How many of a concept's functions are named when the reader did not ask for all.
_FUNCTIONS = 8


def explain_text(tree: "ExplainedTree", view: View) -> Iterator[str]:
    """Yield the lines of the report, each with its newline.

    No line is wider than ``view.width``, except where that is below 40.
    """
    writer = Writer(view)
    return separated(
        [
            _title(tree, writer),
            *(explanation_lines(one, writer) for one in tree.explanations),
            arm_lines(tree.arms, writer),
            _concepts(tree.concepts, writer),
            _assumptions(tree, writer),
            note_lines(tree.notes, writer),
            _summary(tree, writer),
        ]
    )


def note_lines(notes: tuple[str, ...], writer: Writer) -> Iterator[str]:
    """Yield what limits the result."""
    for note in notes:
        yield from writer.row("note:", one_line(note), 6, 0, "title")


def _title(tree: "ExplainedTree", writer: Writer) -> Iterator[str]:
    commit, describe = one_line(tree.commit)[:12], one_line(tree.describe)
    revision = f"{describe} ({commit})" if describe and commit else describe or commit
    where = f"{tree.tree} at {revision}" if revision else tree.tree
    yield from writer.title(f"{where}, {count(len(tree.explanations), 'decision')} explained")
    yield from writer.row("", features_text(asdict(tree.features)), 0)


def _concepts(concepts: "tuple[Concept, ...]", writer: Writer) -> Iterator[str]:
    if not concepts:
        return
    yield from writer.title("The code that implements the rules")
    for concept in concepts:
        yield from _concept(concept, writer)


def _concept(concept: "Concept", writer: Writer) -> Iterator[str]:
    figures = [
        count(len(concept.functions), "function"),
        count(concept.conditions, "condition"),
        count(concept.lines, "line"),
    ]
    told = f"is implemented by {listed(figures)}; complexity {concept.complexity}"
    yield from writer.row(f"{concept.rule} {RULES[concept.rule]}", told, 26, style="title")
    functions = list(concept.functions)
    if len(functions) > _FUNCTIONS and not writer.verbose:
        functions = [*functions[:_FUNCTIONS], f"and {len(functions) - _FUNCTIONS} more"]
    for label, items in (
        ("by", functions),
        ("in", concept.files),
        ("under", concept.locks),
        ("inside", concept.sections),
    ):
        yield from writer.items(label, items, ",", 11, 4)


def _assumptions(tree: "ExplainedTree", writer: Writer) -> Iterator[str]:
    """Yield what was taken for granted, and of which decisions where not of all."""
    who: dict[str, list[Explanation]] = {}
    for explanation in tree.explanations:
        for sentence in explanation.assumed:
            who.setdefault(sentence, []).append(explanation)
    if tree.invariants or who:
        yield from writer.title("Assumed")
    for sentence in tree.invariants:
        if sentence not in who:
            yield from writer.row("-", one_line(sentence), 4)
    for sentence, explanations in who.items():
        functions = list(dict.fromkeys(one_line(one.function) for one in explanations))
        everywhere = sentence in tree.invariants or len(explanations) == len(tree.explanations)
        of = "" if everywhere else f" (in {listed(functions)})"
        yield from writer.row("-", one_line(sentence) + of, 4)
    paths = (
        group.witness.path
        for explanation in tree.explanations
        for result in explanation.rules
        for group in result.groups
    )
    if any(step.open for path in paths for step in path):
        told = "A condition marked (open) does not depend on the page state: both ways were tried."
        yield from writer.row("-", told, 4)


def _summary(tree: "ExplainedTree", writer: Writer) -> Iterator[str]:
    broken = {
        rule: sum(
            result.rule == rule and result.verdict == "broken"
            for explanation in tree.explanations
            for result in explanation.rules
        )
        for rule in ("R1", "R3")
    }
    told = [
        f"{rule} broken in {count(number, 'decision')}" if number else f"{rule} not broken"
        for rule, number in broken.items()
    ]
    findings = sum(arm.verdict == "finding" for arm in tree.arms)
    told.append(f"{count(findings, 'finding')} in {count(len(tree.arms), 'arming site')}")
    states = sum(explanation.states for explanation in tree.explanations)
    text = (
        f"{count(len(tree.explanations), 'decision')}, {count(states, 'page state')}:"
        f" {', '.join(told)}"
    )
    unclear = sum(bool(explanation.partial) for explanation in tree.explanations)
    unclear_arms = sum(arm.verdict == "not-evaluated" for arm in tree.arms)
    if unclear:
        text += f"; PARTIAL: {unclear} of {count(len(tree.explanations), 'decision')}"
        text += " could not be evaluated in full"
    if unclear_arms:
        text += f"; {count(unclear_arms, 'arming site')} not evaluated"
    yield from writer.title(f"{text}.")
