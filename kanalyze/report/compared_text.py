"""Two revisions compared, for people: the page states whose outcomes differ, and what breaks."""

from collections.abc import Iterator
from typing import TYPE_CHECKING

from kanalyze.report.explain_words import count, counted, listed, situation
from kanalyze.report.explained_text import note_lines
from kanalyze.report.explanation_text import path_lines
from kanalyze.report.layout import one_line
from kanalyze.report.view import View
from kanalyze.report.writer import Writer, separated

if TYPE_CHECKING:
    from kanalyze.semantics.model import ChangedGroup, Comparison, Difference, Witness

#: Directions in the order in which they are told, with their colours.
_DIRECTIONS = {"weakens": "bad", "changes": "changed", "strengthens": "good", "refactors": "dim"}
#: How many groups of states are shown unless all are wanted.
_GROUPS = 8


def comparison_text(comparison: "Comparison", view: View) -> Iterator[str]:
    """Yield the lines of the report, each with its newline; lines as wide as those of others.

    Decisions that let more states break a rule come first.
    """
    writer = Writer(view)
    order = list(_DIRECTIONS)
    differences = sorted(comparison.differences, key=lambda one: order.index(one.direction))
    told = [one for one in differences if _differs(one)]
    return separated(
        [
            _title(comparison, writer),
            *(_difference(one, writer) for one in told),
            _same([one for one in differences if not _differs(one)], writer),
            note_lines(comparison.notes, writer),
            _summary(comparison, writer),
        ]
    )


def _differs(difference: "Difference") -> bool:
    """Say whether there is more to tell than that nothing changed."""
    one_sided = not (difference.function_before and difference.function_after)
    return bool(difference.states or difference.groups or difference.partial) or one_sided


def _title(comparison: "Comparison", writer: Writer) -> Iterator[str]:
    before, after = comparison.before, comparison.after
    yield from writer.title(f"{comparison.tree}: from {before} to {after}")


def _difference(difference: "Difference", writer: Writer) -> Iterator[str]:
    direction = difference.direction
    yield from writer.beside(_where(difference), direction, _DIRECTIONS[direction])
    asked = situation(difference.trigger, difference.size)
    if not difference.function_before or not difference.function_after:
        side = "after" if difference.function_after else "before"
        text = f"{asked}: this decision is there {side} the change only"
        if difference.of:
            text += f" ({count(difference.of, 'page state')})"
    elif difference.states:
        differ = "differs" if difference.of == 1 else "differ"
        of = count(difference.of, "page state")
        text = f"{asked}: {difference.states} of {of} {differ}"
    else:
        text = f"{asked}: no difference in {count(difference.of, 'page state')}"
    yield from writer.row("", text, 2)
    for sentence in difference.partial:
        yield from writer.row("", f"PARTIAL: {writer.text(sentence)}", 2)
    shown = difference.groups if writer.verbose else difference.groups[:_GROUPS]
    for group in shown:
        yield from _group(group, writer)
    if len(difference.groups) > len(shown):
        more = f"{count(len(difference.groups) - len(shown), 'more kind')}; --verbose lists all"
        yield from writer.row("", more, 2)


def _where(difference: "Difference") -> str:
    """Return the decision as it is now, and where it was if that is elsewhere."""
    before = f"{one_line(difference.function_before)}, {one_line(difference.file_before)}"
    after = f"{one_line(difference.function_after)}, {one_line(difference.file_after)}"
    if not difference.function_after:
        return f"{before}:{difference.line_before}"
    now = f"{after}:{difference.line_after}"
    if not difference.function_before or before == after:
        return now
    return f"{now} (was {before}:{difference.line_before})"


def _group(group: "ChangedGroup", writer: Writer) -> Iterator[str]:
    before, after = (_outcomes(side) for side in (group.before, group.after))
    text = f"{writer.text(group.words)}: was {before}, is now {after}"
    for verb, rules in (("breaks", group.breaks), ("mends", group.mends)):
        if rules:
            text += f": {verb} {listed(rules)}"
    style = "bad" if group.breaks else "good" if group.mends else "changed"
    yield from writer.row(count(group.states, "state"), text, 14, style=style)
    if group.breaks or group.mends or writer.verbose:
        yield from _side("before", group.witness_before, writer)
        yield from _side("after", group.witness_after, writer)


def _side(label: str, witness: "Witness", writer: Writer) -> Iterator[str]:
    reads = counted(witness.counters)
    text = f"{reads} -> {witness.outcome}" if reads else f"-> {witness.outcome}"
    yield from writer.row(label, writer.text(text), 14, 6)
    yield from path_lines("", witness.path, writer, 16)


def _outcomes(outcomes: tuple[str, ...]) -> str:
    return listed([one_line(outcome) for outcome in outcomes], "or") if outcomes else "unknown"


def _same(differences: "list[Difference]", writer: Writer) -> Iterator[str]:
    """Yield the decisions in which every state has the same outcomes on both sides."""
    if not differences:
        return
    yield from writer.title("Same outcomes in every page state")
    for difference in differences:
        asked = situation(difference.trigger, difference.size)
        text = f"{_where(difference)}: {asked}, {count(difference.of, 'state')}"
        yield from writer.row("", writer.text(text), 4)


def _summary(comparison: "Comparison", writer: Writer) -> Iterator[str]:
    differences = comparison.differences
    if not differences:
        yield from writer.title("Nothing was compared: there is no decision on either side.")
        return
    both = [one for one in differences if one.function_before and one.function_after]
    one_sided = len(differences) - len(both)
    changed = [one for one in both if one.states]
    partial = sum(bool(one.partial) for one in differences)
    of = count(sum(one.of for one in both), "page state")
    told = f"{count(len(both), 'decision')} and {of} compared: "
    if changed:
        states = count(sum(one.states for one in changed), "state")
        told += f"{states} in {count(len(changed), 'decision')} differ"
    else:
        every = "every state that could be evaluated" if partial else "every state"
        told += f"{every} has the same outcomes" if both else "no decision is on both sides"
        if not one_sided and not partial:
            told = f"No difference. {told}"
    told += _rules(comparison)
    if one_sided:
        told += f"; {count(one_sided, 'decision')} on one side only"
    if partial:
        told += f"; PARTIAL: {count(partial, 'decision')} could not be evaluated in full"
    yield from writer.title(f"{told}.")


def _rules(comparison: "Comparison") -> str:
    groups = [group for one in comparison.differences for group in one.groups]
    told = ""
    for verb, by_group in (
        ("breaks", [(group.breaks, group.states) for group in groups]),
        ("mends", [(group.mends, group.states) for group in groups]),
    ):
        for rule in ("R1", "R2", "R3"):
            states = sum(number for rules, number in by_group if rule in rules)
            if states:
                told += f"; {verb} {rule} in {count(states, 'state')}"
    return told
