"""Policies over releases as a picture: an SVG that needs nothing but itself."""

from collections.abc import Iterator
from typing import TYPE_CHECKING

from kanalyze.report.explain_words import count
from kanalyze.report.lanes_bars import panels
from kanalyze.report.lanes_layout import MARGIN, fitted, plan, shown
from kanalyze.report.markup import clean
from kanalyze.report.templating import filled

if TYPE_CHECKING:
    from kanalyze.semantics.model import Lanes

_TITLE = "What decides whether a write may reuse the page"
_LEGEND = (
    "Stripes: further evidence. Numbers: complexity of the function that decides and"
    " of the helpers that it asks. Red marks: a rule that it breaks."
)


def lanes_svg(lanes: "Lanes") -> Iterator[str]:
    """Yield the picture in pieces, to be written as UTF-8.

    One lane a decision, releases from left to right, the policy as colour and
    name, broken rules as marks; below it how much code implements each rule.
    """
    upper = plan(lanes)
    lower = panels(lanes, upper)
    yield from filled(
        "lanes.svg.j2",
        title=_TITLE,
        subtitle=fitted(_subtitle(lanes), upper.width - 2 * MARGIN, 13),
        plan=upper,
        panels=lower,
        legend=_LEGEND,
        margin=MARGIN,
        height=lower.bottom + (76 if lower.panels else 40),
    )


def _subtitle(lanes: "Lanes") -> str:
    releases = [clean(release) for release in lanes.releases]
    if not releases:
        return "no releases"
    span = releases[0] if len(releases) == 1 else f"{releases[0]} to {releases[-1]}"
    points = shown(lanes)
    decisions = len({point.decision for point in points})
    broken = sum(bool(point.broken) for point in points)
    states = f"a rule is broken in {broken} of" if broken else "no rule is broken in any of"
    return (
        f"{span}; {count(decisions, 'decision')} in {count(len(releases), 'release')};"
        f" {states} {count(len(points), 'case')}"
    )
