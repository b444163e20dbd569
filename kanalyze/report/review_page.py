"""A review as a page: the diff with remarks beside it, and what they rest on."""

import re
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from markupsafe import Markup, escape

from kanalyze.report.history_layout import AXIS, NAMES, plan
from kanalyze.report.history_page import chapters
from kanalyze.report.layout import one_line, shortened
from kanalyze.report.markup import characters
from kanalyze.report.review_decisions import decisions, picture_of, silence
from kanalyze.report.review_diff import Hunk, hunks
from kanalyze.report.review_diff import Line as DiffLine
from kanalyze.report.review_evidence import is_costly, is_gained, is_lost, ran_on, tested, words_of
from kanalyze.report.review_phrases import listed, outcomes, topic
from kanalyze.report.review_words import (
    VERDICTS,
    counts,
    facts,
    introduced,
    remark,
    standing,
    verdict,
)
from kanalyze.report.state_picture import CHIP, ROW, TOP, WIDTH, StatePicture
from kanalyze.report.templating import filled
from kanalyze.terminal import printable

if TYPE_CHECKING:
    from kanalyze.history.model import History
    from kanalyze.review.model import Evidence, Finding, PatchReview, Review

_LONG = 2000
#: Lines of hunks without remarks that a patch shows at most.
_MOST = 1500
#: Lines that a test case said, at most.
_LINES = 200
_KINDS = {"+": "add", "-": "del", "\\": "note", " ": "same"}


@dataclass(frozen=True, slots=True)
class Remark:
    """One finding as it stands beside the diff; ``number`` is its own in the page."""

    number: int
    effect: str
    word: str
    function: str
    rules: str
    paragraphs: tuple[str, ...]
    picture: StatePicture | None
    path: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Row:
    """A line of code: its kind, its numbers before and after, and whether a remark means it."""

    kind: str
    old: str
    new: str
    text: Markup
    meant: bool


@dataclass(frozen=True, slots=True)
class Piece:
    """A part of a hunk: the lines up to those that are meant, remarks, and what follows."""

    above: tuple[Row, ...]
    remarks: tuple[Remark, ...]
    below: tuple[Row, ...]


@dataclass(frozen=True, slots=True)
class Shown:
    """One hunk as it is shown."""

    file: str
    header: Markup
    pieces: tuple[Piece, ...]
    remarked: bool


@dataclass(frozen=True, slots=True)
class Chapter:
    """One patch as it is shown; ``loose`` are remarks without a place, ``more`` hunks left out."""

    number: int
    title: str
    author: str
    shown: tuple[Shown, ...]
    loose: tuple[Remark, ...]
    others: tuple[Shown, ...]
    more: int
    touches: tuple[tuple[str, str, str, str], ...]


def review_html(review: "Review", history: "History | None" = None) -> Iterator[str]:
    """Yield the page in pieces, to be written as UTF-8.

    Of ``history`` the lives in functions that the series touches are shown.  The page
    has no script, loads nothing, and does not need colours to be told apart.
    """
    content = {**_Page(review).content(), **_lives(review, history)}
    yield from filled("review.html.j2", **content)


def _lives(review: "Review", history: "History | None") -> dict[str, object]:
    names = {touch.event.function for patch in review.patches for touch in patch.touches}
    names |= {one.function for one in introduced(review)}
    every = history.lifelines if history else ()
    told = tuple(life for life in every if life.alive and life.function in names)
    return {
        "lives": chapters(replace(history, lifelines=told)) if history else (),
        "plan": plan(told),
        "names": NAMES,
        "axis": AXIS,
    }


class _Page:
    """What the page says of one review."""

    def __init__(self, review: "Review") -> None:
        self.review = review
        self.found = introduced(review)
        self.remarks = {id(one): self._remark(one, n) for n, one in enumerate(self.found, 1)}

    def content(self) -> dict[str, object]:
        """Return the variables of the template."""
        review = self.review
        return {
            "heading": _text(review.title) or "a review",
            "version": review.version,
            "sentences": [_text(one) for one in (verdict(review), counts(review), tested(review))],
            "notes": [_text(note) for note in review.notes],
            "findings": [self._line(one) for one in self.found],
            "chapters": [self._chapter(patch) for patch in review.patches],
            "decisions": decisions(review),
            "silence": silence(review),
            "standing": [
                (title, [_text(one.what) for one in standing(review, status)])
                for status, title in (
                    ("touched", "In what the series touches"),
                    ("pre-existing", "Left alone"),
                )
                if standing(review, status)
            ],
            "evidence": [_case(one) for one in review.evidence if _differs(one)],
            "alike": [_case(one) for one in review.evidence if not _differs(one)],
            "mutants": [
                {
                    "function": _text(f"{one.function}()"),
                    "what": _text(f"{one.operator} of {one.text}"),
                    "outcome": _text(one.outcome),
                    "by": _text(listed(one.cases, 2) if one.cases else one.reason),
                    "killed": one.outcome.startswith("killed"),
                }
                for one in review.mutants
            ],
            "facts": [(_text(name), _text(value)) for name, value in facts(review)],
            "picture": {"width": WIDTH, "chip": CHIP, "top": TOP, "row": ROW},
        }

    def _line(self, one: "Finding") -> dict[str, object]:
        return {
            "number": self.remarks[id(one)].number,
            "effect": one.effect,
            "word": VERDICTS[one.effect],
            "function": _text(topic(one)),
            "before": _text(outcomes(one.before)) if one.before else "-",
            "after": _text(outcomes(one.after)) if one.after else "-",
            "rules": " ".join(one.rules) or "-",
            "patch": one.patch,
        }

    def _remark(self, one: "Finding", number: int) -> Remark:
        return Remark(
            number=number,
            effect=one.effect,
            word=VERDICTS[one.effect],
            function=_text(topic(one)),
            rules=" ".join(one.rules),
            paragraphs=tuple(_text(paragraph) for paragraph in remark(self.review, one)),
            picture=picture_of(self.review, one),
            path=tuple(_text(step) for step in one.path),
        )

    # ------------------------------------------------------------------ the diff
    def _chapter(self, patch: "PatchReview") -> Chapter:
        own = [one for one in self.found if one.patch == patch.number]
        placed: dict[int, dict[int, list[Remark]]] = defaultdict(lambda: defaultdict(list))
        every = hunks(patch.diff)
        loose = []
        for one in own:
            hunk = one.anchor.hunk if one.anchor else len(every)
            if one.anchor and hunk < len(every) and every[hunk].lines:
                at = min(one.anchor.line, len(every[hunk].lines) - 1)
                placed[hunk][at].append(self.remarks[id(one)])
            else:
                loose.append(self.remarks[id(one)])
        shown, others, lines = [], [], 0
        for hunk_ in every:
            if hunk_.number in placed:
                shown.append(_shown(hunk_, placed[hunk_.number]))
            elif lines + len(hunk_.lines) <= _MOST:
                lines += len(hunk_.lines)
                others.append(_shown(hunk_, {}))
        return Chapter(
            number=patch.number,
            title=_text(patch.title) or "without a title",
            author=_text(patch.author),
            shown=tuple(shown),
            loose=tuple(loose),
            others=tuple(others),
            more=len(every) - len(shown) - len(others),
            touches=tuple(
                (
                    _text(touch.event.kind),
                    _text(touch.event.role),
                    _text(f"{touch.event.function}()"),
                    _text(touch.event.predicate or touch.event.before),
                )
                for touch in patch.touches
            ),
        )


def _differs(one: "Evidence") -> bool:
    return one.before != one.after or is_costly(one)


def _case(one: "Evidence") -> dict[str, object]:
    counted = one.pages and one.copied_before != one.copied_after
    copied = [
        f", {count} of {one.pages} copied" if counted else ""
        for count in (one.copied_before, one.copied_after)
    ]
    return {
        "case": _text(one.case),
        "kernel": _text(ran_on(one)),
        "before": _text(one.before + copied[0]),
        "after": _text(one.after + copied[1]),
        "word": "LOST" if is_lost(one) else "GAINED" if is_gained(one) else "",
        "lines": Markup("\n").join(_code(line) for line in words_of(one, _LINES)),
        "log": _text(one.log),
    }


def _shown(hunk: Hunk, remarks: Mapping[int, Sequence[Remark]]) -> Shown:
    pieces = []
    places = sorted(remarks)
    starts = [0, *(_start(hunk.lines, place, places) for place in places), len(hunk.lines)]
    if starts[1] or not places:
        pieces.append(Piece(_rows(hunk.lines[: starts[1]], ()), (), ()))
    for index, place in enumerate(places, 1):
        first, end = starts[index], starts[index + 1]
        pieces.append(
            Piece(
                above=_rows(hunk.lines[first : place + 1], (place - first,)),
                remarks=tuple(remarks[place]),
                below=_rows(hunk.lines[place + 1 : end], ()),
            )
        )
    return Shown(_text(_file(hunk)), _code(hunk.header), tuple(pieces), bool(places))


def _file(hunk: Hunk) -> str:
    """Return the file of a hunk as the patch leaves it, or the one that it takes away."""
    names = [line[4:].rstrip("\r").partition("\t")[0] for line in hunk.names]
    kept = [name for name in reversed(names) if name != "/dev/null"]
    return re.sub(r"\A[ab]/", "", next(iter(kept), ""))


def _start(lines: Sequence[DiffLine], place: int, places: Sequence[int]) -> int:
    """Return the first of the changed lines that end where a remark is, behind those before it."""
    least = max((other + 1 for other in places if other < place), default=0)
    first = place
    while first > least and lines[first - 1].sign in "+-":
        first -= 1
    return first


def _rows(lines: Sequence[DiffLine], meant: Sequence[int]) -> tuple[Row, ...]:
    return tuple(
        Row(
            kind=_KINDS[line.sign],
            old=str(line.old or ""),
            new=str(line.new or ""),
            text=_code(line.text),
            meant=number in meant,
        )
        for number, line in enumerate(lines)
    )


def _code(line: str) -> Markup:
    """Return a line of code as it is, its blanks kept, escaped."""
    shown = printable(line.rstrip("\r").replace("\n", " "))
    return escape(shortened(characters(shown), _LONG))


def _text(text: str) -> str:
    return shortened(one_line(text), _LONG)
