"""A review for a terminal: what the series comes to, then each finding, then what it touches."""

from collections.abc import Iterator
from typing import TYPE_CHECKING

from kanalyze.report.review_words import (
    VERDICTS,
    counts,
    facts,
    introduced,
    outcomes,
    remark,
    standing,
    tested,
    verdict,
)
from kanalyze.report.view import View
from kanalyze.report.writer import Writer, separated

if TYPE_CHECKING:
    from kanalyze.review.model import Finding, PatchReview, Review

_AT = 12
_STYLE = {"breaks": "bad", "weakens": "bad", "restores": "good"}


def review_text(review: "Review", view: View) -> Iterator[str]:
    """Yield a review as text: ``width``, ``colour`` and ``verbose`` of ``view`` count."""
    out = Writer(view)
    parts = [_head(out, review)]
    if review.touches_decisions:
        parts += [_finding(out, one) for one in introduced(review)]
        parts += [_evidence(out, review)] if review.evidence else []
        parts += [_before(out, "touched", standing(review, "touched"))]
        parts += [_before(out, "pre-existing", standing(review, "pre-existing"))]
        parts += [_patch(out, one) for one in review.patches if one.touches]
    return separated(parts)


def _head(out: Writer, review: "Review") -> Iterator[str]:
    yield from out.title(out.text(review.title))
    if not review.touches_decisions:
        yield from out.row("", out.text(verdict(review)), 0, 0)
    else:
        for sentence in (verdict(review), counts(review), tested(review)):
            yield from out.row("", out.text(sentence), 0, 0)
    for name, value in facts(review):
        yield from out.row(out.text(name), out.text(value), _AT)
    for note in review.notes:
        yield from out.row("note", out.text(note), _AT)


def _finding(out: Writer, one: "Finding") -> Iterator[str]:
    word = VERDICTS[one.effect]
    said = remark(one)
    style = _STYLE.get(one.effect, "")
    yield from out.row(word, out.text(said[0]), _AT, 0, style)
    for paragraph in said[1:]:
        yield from out.row("", out.text(paragraph), _AT)
    if one.patch:
        yield from out.row("patch", f"{one.patch}, {out.text(one.file)}", _AT)
    if out.verbose and one.path:
        yield from out.items("way", one.path, " ->", _AT)


def _before(out: Writer, status: str, found: "list[Finding]") -> Iterator[str]:
    if not found:
        return
    words = {
        "touched": "So before, in what the series touches",
        "pre-existing": "So before, and left alone",
    }
    yield from out.title(words[status])
    for one in found:
        state = f" ({one.state}: {outcomes(one.after)})" if one.state and one.after else ""
        yield from out.row("-", out.text(one.what + state), 4)


def _evidence(out: Writer, review: "Review") -> Iterator[str]:
    yield from out.title("Test cases before and after")
    for one in review.evidence:
        style = "bad" if one.before == "pass" and one.after != "pass" else ""
        yield from out.row(
            out.text(f"{one.before} -> {one.after}"),
            out.text(f"{one.case} on {one.kernel}"),
            20,
            2,
            style,
        )


def _patch(out: Writer, patch: "PatchReview") -> Iterator[str]:
    yield from out.title(out.text(f"Patch {patch.number}: {patch.title}"))
    for touch in patch.touches:
        event = touch.event
        what = f"{event.role} {event.function}(): {event.predicate or event.before}"
        yield from out.row(event.kind, out.text(what), 14, 2, event.kind)
        if touch.meaning and out.verbose:
            yield from out.row("", out.text(touch.meaning), 14)
