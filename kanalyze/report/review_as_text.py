"""A review for a terminal: what the series comes to, then each finding, then what it touches."""

from collections.abc import Iterator
from typing import TYPE_CHECKING

from kanalyze.report.explain_words import count
from kanalyze.report.review_evidence import (
    change,
    is_costly,
    is_gained,
    is_lost,
    ran_on,
    telling,
    tested,
)
from kanalyze.report.review_phrases import listed, outcomes
from kanalyze.report.review_words import (
    VERDICTS,
    counts,
    facts,
    introduced,
    remark,
    standing,
    verdict,
)
from kanalyze.report.view import View
from kanalyze.report.writer import Writer, separated

if TYPE_CHECKING:
    from kanalyze.review.model import Finding, PatchReview, Review

_AT = 12
# So many cases are shown, and so much of what each said.
_CASES, _LINES = 10, 8
_STYLE = {"breaks": "bad", "weakens": "bad", "restores": "good"}


def review_text(review: "Review", view: View) -> Iterator[str]:
    """Yield a review as text: ``width``, ``colour`` and ``verbose`` of ``view`` count."""
    out = Writer(view)
    parts = [_head(out, review)]
    if review.touches_decisions:
        parts += [_finding(out, review, one) for one in introduced(review)]
        parts += [_evidence(out, review)] if review.evidence else []
        parts += [_mutants(out, review)] if review.mutants else []
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


def _finding(out: Writer, review: "Review", one: "Finding") -> Iterator[str]:
    word = VERDICTS[one.effect]
    said = remark(review, one)
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
    """Yield the cases that came to something else; with ``verbose`` all, and what they said."""
    yield from out.title("Test cases before and after")
    changed = [one for one in review.evidence if one.before != one.after or is_costly(one)]
    told = list(review.evidence) if out.verbose else changed[:_CASES]
    seen: set[str] = set()
    for one in told:
        style = "bad" if is_lost(one) else "good" if is_gained(one) else ""
        what = out.text(f"{one.case} on {ran_on(one)}")
        yield from out.row(out.text(change(one)), what, 24, 2, style)
        alike = one.reason in seen and not out.verbose  # said once what it looks like
        seen |= {one.reason} - {""}
        said = [*(() if alike else telling(one, _LINES)), *([f"log: {one.log}"] if one.log else [])]
        for line in said if is_lost(one) or out.verbose else ():
            yield from out.row("", out.text(line), 24)
    if len(changed) > len(told):
        yield from out.row("", f"and {len(changed) - len(told)} more (-v: all)", 24)
    same = len(review.evidence) - len(changed)
    if same and not out.verbose:
        yield from out.row("", f"{count(same, 'test case')} came to the same as before", 24)


def _mutants(out: Writer, review: "Review") -> Iterator[str]:
    yield from out.title("Whether those that pass can fail: mutants of what it touches")
    for one in review.mutants:
        style = "good" if one.outcome.startswith("killed") else ""
        what = f"{one.function}(): {one.operator} of {one.text}"
        yield from out.row(out.text(one.outcome), out.text(what), 20, 2, style)
        told = f"by {listed(one.cases, 2)}" if one.cases else one.reason
        if told:
            yield from out.row("", out.text(told), 24)


def _patch(out: Writer, patch: "PatchReview") -> Iterator[str]:
    yield from out.title(out.text(f"Patch {patch.number}: {patch.title}"))
    for touch in patch.touches:
        event = touch.event
        what = f"{event.role} {event.function}(): {event.predicate or event.before}"
        yield from out.row(event.kind, out.text(what), 14, 2, event.kind)
        if touch.meaning and out.verbose:
            yield from out.row("", out.text(touch.meaning), 14)
