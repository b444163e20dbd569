"""The sites of a scan as text: what decides on the left, when and under what beside or below."""

import re
from collections.abc import Iterable, Iterator
from itertools import groupby
from typing import TYPE_CHECKING

from kanalyze.report.guards import choose, conjunction, telling_names
from kanalyze.report.layout import Paint, columns, fill, one_line, shortened, wrap
from kanalyze.report.view import View

if TYPE_CHECKING:
    from kanalyze.history.model import Scan, SiteRecord
    from kanalyze.source import Outcomes

#: From this width on, circumstances stand beside the predicate and not below it.
_WIDE = 128
#: What a predicate gets then, at least and at most: few need more, and guards wrap better
#: the more room they have.
_LEFT = (66, 80)
#: Lines beyond this width are hard to read.
_WIDEST = 200
#: Blanks before a predicate: the line number stands in them.
_INDENT = 9
#: The most columns that a policy gets.
_TAG = 24
#: Longest predicate, guard or outcome that is shown whole without --verbose.
_LONG = 240

_OUTCOME = re.compile(r"(?<=-> )(?:reuse|copy|unshare|retry|back-off)\b")


class SiteWriter:
    """Lays sites out for one width and one reader."""

    def __init__(self, scan: "Scan", view: View, paint: Paint, width: int) -> None:
        self._names = telling_names(scan)
        self._verbose = view.verbose
        self._paint = paint
        room = min(width, _WIDEST) - _INDENT
        self._room = room
        self._left = min(max(room // 2, _LEFT[0]), _LEFT[1]) if width >= _WIDE else room
        self._right = max(room - self._left - 2, 0)

    def lines(self, sites: "Iterable[SiteRecord]") -> Iterator[str]:
        """Yield the lines for ``sites``, which stand in the order of file and line."""
        for number, (file, in_file) in enumerate(groupby(sites, key=lambda site: site.file)):
            if number:
                yield ""
            yield from self._heading(file, "")
            for function, group in groupby(in_file, key=lambda site: site.function):
                yield from self._heading(function, "  ")
                for site in group:
                    yield from self._site(site)

    def _heading(self, text: str, indent: str) -> Iterator[str]:
        for line in wrap(one_line(text), self._room):
            yield indent + self._paint(line, "title")

    def _site(self, site: "SiteRecord") -> Iterator[str]:
        what = self._what(site)
        if self._right:
            when = self._when(site, self._right)
            what += [("", 0)] * (len(when) - len(what))
            when += [""] * (len(what) - len(when))
            rows = [
                row + " " * (self._left + 2 - used) + beside if beside else row
                for (row, used), beside in zip(what, when, strict=True)
            ]
        else:
            rows = [*(row for row, _ in what), *self._when(site, self._room)]
        yield f"{self._paint(f'{site.line:>7}', 'dim')}  {rows[0]}"
        yield from (f"{'':9}{row}" for row in rows[1:])

    def _what(self, site: "SiteRecord") -> list[tuple[str, int]]:
        """Return predicate, tag and outcomes as rows, each with the columns it takes."""
        tag = one_line(site.policy if site.role == "decision" and site.policy else site.role)
        if columns(tag) > _TAG:  # a policy is named by the user's configuration
            tag = wrap(tag, _TAG)[0]
        lines = wrap(self._text(site.predicate), self._left - columns(tag) - 1)
        blanks = " " * (self._left - columns(lines[0]) - columns(tag))
        rows = [(lines[0] + blanks + self._paint(tag, tag), self._left)]
        rows += [(line, columns(line)) for line in lines[1:]]
        if site.outcomes is not None:
            for line in self._outcomes(site.outcomes):
                painted = _OUTCOME.sub(lambda m: self._paint(m.group(), m.group()), line)
                rows.append((painted, columns(line)))
        return rows

    def _outcomes(self, outcomes: "Outcomes") -> list[str]:
        sides = [
            f"{name} -> {self._side(outcome, by)}"
            for name, outcome, by in (
                ("true", outcomes.true, outcomes.true_by),
                ("false", outcomes.false, outcomes.false_by),
            )
        ]
        return fill(sides, self._left, ";")

    def _side(self, outcome: str, by: str) -> str:
        shown = self._text(outcome)
        return shown if not by or by == outcome else f"{shown} ({self._text(by)})"

    def _when(self, site: "SiteRecord", width: int) -> list[str]:
        """Return guards, locks and configuration, and with --verbose what else is known."""
        guards, dropped = list(site.guards), 0
        if not self._verbose:
            guards, dropped = choose(guards, self._names)
        conditions = conjunction(guards)
        if dropped:
            conditions.append(f"({dropped} more)")
        told = [
            ("if", conditions, " &&"),
            ("under", site.locks, ","),
            ("with", site.config, " &&"),
            ("sets", site.installed_by, ","),
            ("why", [site.reason] if site.reason else [], ""),
        ]
        if self._verbose:
            told += [
                ("and", conjunction(site.passed), " &&"),
                ("taken", site.locked_by, ","),
                ("in", [site.condition] if site.condition != site.predicate else [], ""),
                ("asks", site.derived, ","),
                ("by", [site.policy] if site.role == "pin-check" and site.policy else [], ""),
                ("id", [site.id], ""),
            ]
        rows = []
        for label, items, separator in told:
            lines = fill([self._text(item) for item in items], width - 6, separator)
            rows += [f"{'' if index else label:5} {line}" for index, line in enumerate(lines)]
        return rows

    def _text(self, text: str) -> str:
        line = one_line(text)
        return line if self._verbose else shortened(line, _LONG)
