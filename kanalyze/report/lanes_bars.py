"""The lower part of the picture of lanes: how much code implements each rule, as bars."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING

from kanalyze.report.explain_words import RULES
from kanalyze.report.lanes_layout import LEFT, Label, Plan
from kanalyze.report.markup import clean

if TYPE_CHECKING:
    from kanalyze.semantics.model import Concept, Lanes

_HEIGHT = 58
"""Of the highest bar of a panel."""
_HEAD = 22
"""Above it, for its number."""
_BAR = 22
_BETWEEN = 4
#: What is measured, and what it is called.
_MEASURES = {"conditions": "conditions", "lines": "lines of code", "complexity": "complexity"}


@dataclass(frozen=True, slots=True)
class Bar:
    """One rule in one release, by one measure."""

    x: float
    y: float
    height: float
    style: str
    number: Label
    tooltip: str


@dataclass(frozen=True, slots=True)
class Panel:
    """One measure of all rules in all releases; ``base`` is where the bars stand."""

    base: float
    name: Label
    bars: tuple[Bar, ...]


@dataclass(frozen=True, slots=True)
class Key:
    """A rule in the legend of the panels."""

    x: float
    style: str
    text: str


@dataclass(frozen=True, slots=True)
class Panels:
    """All panels, from ``top`` to ``bottom``; none where no concepts are known."""

    top: float
    keys: tuple[Key, ...]
    panels: tuple[Panel, ...]
    bottom: float


def panels(lanes: "Lanes", plan: Plan) -> Panels:
    """Return where the bars stand, below the lanes and in the same columns."""
    top = plan.bottom + 34
    if not any(concepts for _, concepts in lanes.concepts):
        return Panels(top, (), (), plan.bottom)
    keys = tuple(
        Key(LEFT + number * 210, rule.lower(), f"{rule} {words}")
        for number, (rule, words) in enumerate(RULES.items())
    )
    made: list[Panel] = []
    base = top + 14
    for measure, name in _MEASURES.items():
        base += _HEAD + _HEIGHT
        label = Label(LEFT - 14, base - 4, name, "lane")
        made.append(Panel(base, label, tuple(_bars(lanes, plan, measure, base))))
    return Panels(top, keys, tuple(made), base)


def _bars(lanes: "Lanes", plan: Plan, measure: str, base: float) -> Iterator[Bar]:
    """Yield the bars of one panel, all to the same scale."""
    by_release = dict(lanes.concepts)
    values = [_value(one, measure) for _, concepts in lanes.concepts for one in concepts]
    scale = _HEIGHT / max(*values, 1)
    for index, release in enumerate(lanes.releases):
        middle = round(LEFT + plan.column * (index + 0.5))
        for concept in by_release.get(release, ()):
            number = list(RULES).index(concept.rule)
            value = _value(concept, measure)
            height = max(round(value * scale, 1), 1)
            x = middle + (number - 1) * (_BAR + _BETWEEN)
            tooltip = f"{clean(release)}: {concept.rule} {RULES[concept.rule]}, {value} {measure}"
            text = Label(round(x, 1), base - height - 4, _short(value), "number")
            left = round(x - _BAR / 2, 1)
            yield Bar(left, base - height, height, concept.rule.lower(), text, tooltip)


def _value(concept: "Concept", measure: str) -> int:
    value = getattr(concept, measure)
    assert isinstance(value, int)
    return value


def _short(value: int) -> str:
    return str(value) if value < 10_000 else f"{value // 1000}k"
