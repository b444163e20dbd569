"""When each outcome is taken, in the words of the code."""

import re
from collections.abc import Iterator, Sequence

import numpy as np

from kanalyze.semantics.evaluate import Evaluation
from kanalyze.semantics.given import SiteLike
from kanalyze.semantics.model import OutcomeRow, Step
from kanalyze.source.preprocessor import negate

# The order in which outcomes are shown, and which of them is "otherwise".
_ORDER = ("reuse", "return true", "read-only", "copy", "share", "unshare", "back-off",
          "return false", "retry", "none")  # fmt: skip
_OTHERWISE = ("copy", "share", "return false", "back-off")

# So many states of an outcome are followed back to see what its ways have in common.
_SAMPLE = 80
_MOST_WAYS = 4


def rows(
    evaluation: Evaluation, sites: Sequence[SiteLike], every: Sequence[SiteLike]
) -> tuple[OutcomeRow, ...]:
    """Return one row for each outcome that says something about the page.

    ``sites`` are those of the function, ``every`` those of the tree: a function
    that is called for the outcome asks, too.
    """
    outcomes = evaluation.outcomes
    shown = [name for name in outcomes if name not in ("none", "retry") or len(outcomes) == 1]
    shown.sort(key=lambda name: _ORDER.index(name) if name in _ORDER else len(_ORDER))
    otherwise = next((name for name in _OTHERWISE if name in shown and len(shown) > 1), "")
    ways = {name: _ways(evaluation, name) for name in shown}
    asking, telling = _asking(every), _telling(ways)
    return tuple(
        _row(evaluation, name, _shapes(ways[name], asking, telling), sites, otherwise == name)
        for name in shown
    )


def _ways(evaluation: Evaluation, outcome: str) -> list[tuple[Step, ...]]:
    numbers = np.flatnonzero(evaluation.possible(outcome))
    if len(numbers) > _SAMPLE:
        numbers = numbers[np.linspace(0, len(numbers) - 1, _SAMPLE).astype(int)]
    return [evaluation.path(int(number), outcome) for number in numbers]


def _telling(ways: dict[str, list[tuple[Step, ...]]]) -> set[tuple[str, int]]:
    """Return the conditions (file, line) that are not always answered alike by the page."""
    answers: dict[tuple[str, int, str], set[str]] = {}
    for found in ways.values():
        for way in found:
            for step in way:
                if not step.open:
                    answers.setdefault((step.file, step.line, step.text), set()).add(step.value)
    return {key[:2] for key, values in answers.items() if len(values) > 1}


def _asking(sites: Sequence[SiteLike]) -> set[tuple[str, int]]:
    """Return where the function asks who shares the page."""
    return {(site.file, site.line) for site in sites if site.role in ("decision", "pin-check")}


def _row(
    evaluation: Evaluation,
    outcome: str,
    shapes: list[tuple[Step, ...]],
    sites: Sequence[SiteLike],
    otherwise: bool,
) -> OutcomeRow:
    condition = "" if otherwise else _joined(shapes)
    lines = dict.fromkeys(
        f"{step.file}:{step.line}" for shape in shapes[:_MOST_WAYS] for step in shape
    )
    return OutcomeRow(
        outcome=outcome,
        condition=condition,
        locks=tuple(_locks(outcome, sites)),
        states=int(evaluation.possible(outcome).sum()),
        only=int(evaluation.only(outcome).sum()),
        lines=tuple(lines) if not otherwise else (),
    )


def _shapes(
    ways: list[tuple[Step, ...]], asking: set[tuple[str, int]], telling: set[tuple[str, int]]
) -> list[tuple[Step, ...]]:
    """Return the different ways, shortest first, without those that another one covers.

    What counts are the conditions that ask who has the page; where none does, as
    in a function that is told, those that the page answers in more than one way.
    """
    return _least(ways, asking) or _least(ways, telling)


def _least(ways: list[tuple[Step, ...]], places: set[tuple[str, int]]) -> list[tuple[Step, ...]]:
    found: dict[frozenset[tuple[str, str]], tuple[Step, ...]] = {}
    for way in ways:
        kept = {
            (step.text, step.value): step
            for step in way
            if step.depth == 0 and not step.open and (step.file, step.line) in places
        }
        found.setdefault(frozenset(kept), tuple(kept.values()))
    least: list[frozenset[tuple[str, str]]] = []
    for shape in sorted(found, key=len):
        if not any(other <= shape for other in least):
            least.append(shape)
    if frozenset() in least:
        return []
    alone = {next(iter(shape)) for shape in least if len(shape) == 1}
    if any((text, _OTHER.get(value, "")) in alone for text, value in alone):
        return []  # it is taken either way
    return [_without(found[shape], alone) for shape in least]


_OTHER = {"yes": "no", "no": "yes"}


def _without(shape: tuple[Step, ...], alone: set[tuple[str, str]]) -> tuple[Step, ...]:
    """Leave out that a condition does not hold where it would be a way of its own."""
    kept = tuple(step for step in shape if (step.text, _OTHER.get(step.value, "")) not in alone)
    return kept if len(shape) > 1 and kept else shape


def _joined(shapes: list[tuple[Step, ...]]) -> str:
    texts = [" && ".join(map(_said, shape)) for shape in shapes]
    texts = [text for text in texts if text]
    if not texts or len(texts) < len(shapes):
        return ""
    if len(texts) == 1:
        return texts[0]
    more = f" || ... ({len(texts) - _MOST_WAYS} more)" if len(texts) > _MOST_WAYS else ""
    return " || ".join(f"({text})" if "&&" in text else text for text in texts[:_MOST_WAYS]) + more


def _said(step: Step) -> str:
    if step.value == "yes":
        return step.text if "||" not in step.text else f"({step.text})"
    if step.value == "no":
        return _denied(step.text)
    return f"{step.text} == {step.value}"


_OPPOSITE = {"==": "!=", "!=": "==", "<": ">=", ">=": "<", ">": "<=", "<=": ">"}
_COMPARED = re.compile(r"([^<>=!&|]+) (==|!=|<=|>=|<|>) ([^<>=!&|]+)")


def _denied(text: str) -> str:
    """Return the opposite of a condition, a comparison turned round."""
    compared = _COMPARED.fullmatch(text)
    if compared:
        return f"{compared[1]} {_OPPOSITE[compared[2]]} {compared[3]}"
    return negate(text)


def _locks(outcome: str, sites: Sequence[SiteLike]) -> Iterator[str]:
    """Yield the locks that are held at every decision that can come to the outcome."""
    deciding = [
        set(site.locks)
        for site in sites
        if site.role == "decision"
        and site.outcomes is not None
        and outcome in (site.outcomes.true, site.outcomes.false)
    ]
    if deciding:
        common = set.intersection(*deciding)
        yield from sorted(common)
        yield from sorted(f"{lock} (in part)" for lock in set.union(*deciding) - common)
