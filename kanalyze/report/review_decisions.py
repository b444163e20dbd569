"""The decisions of a review before and after the series, as tables with pictures."""

from dataclasses import dataclass
from typing import TYPE_CHECKING

from kanalyze.report.explain_words import count, counted, situation
from kanalyze.report.layout import one_line, shortened
from kanalyze.report.review_phrases import outcomes
from kanalyze.report.state_picture import StatePicture, state_picture

if TYPE_CHECKING:
    from kanalyze.review.model import Finding, Review
    from kanalyze.semantics.model import ChangedGroup, Difference, Step, Witness

_LONG = 600
#: Kinds of states that a decision shows at most.
_MOST = 24


@dataclass(frozen=True, slots=True)
class Change:
    """Page states that are answered otherwise; ``breaks`` and ``mends`` are rules."""

    states: str
    words: str
    before: str
    after: str
    breaks: str
    mends: str
    picture: StatePicture
    reads: str
    way_before: tuple[str, ...]
    way_after: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Decision:
    """One decision before and after; ``more`` kinds of states are left out."""

    number: int
    name: str
    situation: str
    direction: str
    told: str
    partial: tuple[str, ...]
    changes: tuple[Change, ...]
    more: int


def decisions(review: "Review") -> list[Decision]:
    """Return the decisions that the series changes, or that could not be followed in full."""
    told = [one for one in review.differences if one.groups or one.partial or _side(one)]
    return [_decision(number, one) for number, one in enumerate(told, 1)]


def silence(review: "Review") -> str:
    """Return what it means that there is no decision to show."""
    if review.partial:
        return "The series does not apply, so no decision was evaluated."
    if any(one.effect == "unknown" for one in review.findings):
        return "No page state is known that is answered otherwise; not all could be followed."
    return "Every decision comes to the same in every page state."


def picture_of(review: "Review", finding: "Finding") -> StatePicture | None:
    """Return the picture of the state that shows a finding, if the series' decisions have it."""
    for one in review.differences:
        if finding.function not in (one.function_before, one.function_after):
            continue
        for group in one.groups:
            for witness in (group.witness_after, group.witness_before):
                if finding.state and witness.words == finding.state:
                    return state_picture(witness.state, _text(witness.words))
    return None


def _decision(number: int, one: "Difference") -> Decision:
    name = one.function_after or one.function_before
    if one.function_before and one.function_after and one.function_before != one.function_after:
        name = f"{one.function_after}, was {one.function_before}"
    changes = sorted(one.groups, key=lambda group: (not group.breaks, not group.mends))
    return Decision(
        number=number,
        name=_text(name),
        situation=situation(one.trigger, one.size),
        direction=one.direction,
        told=_side(one) or f"{one.states} of {count(one.of, 'page state')} answered otherwise",
        partial=tuple(_text(line) for line in one.partial),
        changes=tuple(_change(group) for group in changes[:_MOST]),
        more=max(len(changes) - _MOST, 0),
    )


def _side(one: "Difference") -> str:
    if one.function_before and one.function_after:
        return ""
    return f"decides {'behind the series' if one.function_after else 'before it'} only"


def _change(group: "ChangedGroup") -> Change:
    shown = _witness(group)
    return Change(
        states=count(group.states, "state"),
        words=_text(group.words),
        before=_text(outcomes(group.before)),
        after=_text(outcomes(group.after)),
        breaks=" ".join(group.breaks),
        mends=" ".join(group.mends),
        picture=state_picture(shown.state, _text(shown.words)),
        reads=_text(counted(shown.counters)),
        way_before=_way(group.witness_before),
        way_after=_way(group.witness_after),
    )


def _witness(group: "ChangedGroup") -> "Witness":
    return max(group.witness_after, group.witness_before, key=lambda one: len(one.words))


def _way(witness: "Witness") -> tuple[str, ...]:
    return (*(_step(step) for step in witness.path), f"-> {_text(witness.outcome)}")


def _step(step: "Step") -> str:
    return f"{_text(step.text)}: {_text(step.value)}{' (or not)' if step.open else ''}"


def _text(text: str) -> str:
    return shortened(one_line(text), _LONG)
