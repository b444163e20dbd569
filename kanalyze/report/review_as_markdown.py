"""A review as Markdown, for a merge request or an issue."""

import re
from collections.abc import Iterator
from typing import TYPE_CHECKING

from kanalyze.report.layout import one_line, shortened
from kanalyze.report.review_diff import hunks
from kanalyze.report.review_words import (
    VERDICTS,
    counts,
    facts,
    introduced,
    outcomes,
    remark,
    standing,
    tested,
    topic,
    verdict,
)

if TYPE_CHECKING:
    from kanalyze.review.model import Evidence, Finding, Review

# What begins or ends anything in Markdown or HTML, wherever it stands.
_SPECIAL = re.compile(r"([\\`*{}\[\]<>|#&~$!]|(?<![^\W_])_|_(?![^\W_]))")
# What forges make links of when the text is already rendered, which no backslash prevents.
_LINKED = re.compile(r"([@#])(?=\w)|\b(GH)(?=-\d)")
_BARE = re.compile(r"(:)(?=//)|(?<=\bwww)(\.)")
_LINE_START = re.compile(r"\A([-+=:]|\d+[.)](?=\s|\Z))")
_APART = "\u200b"
_LONG = 1000
_ABOVE = 4
_BELOW = 2


def review_markdown(review: "Review") -> Iterator[str]:
    """Yield the document, to be written as UTF-8: nothing in it notifies or links to anybody."""
    yield f"# Review: {text(review.title)}\n\n"
    for sentence in (verdict(review), counts(review), tested(review)):
        yield f"{text(sentence)}\n"
    found = introduced(review)
    if found:
        yield "\n| | function | before | after | rules | patch |\n|---|---|---|---|---|---|\n"
        for one in found:
            was, now = (outcomes(side) if side else "-" for side in (one.before, one.after))
            cells = (VERDICTS[one.effect], topic(one), was, now, " ".join(one.rules))
            yield f"| {' | '.join(text(cell) for cell in cells)} | {one.patch} |\n"
    for one in found:
        yield from _finding(review, one)
    yield from _evidence(review.evidence)
    for status, title in (("touched", "touches"), ("pre-existing", "leaves alone")):
        known = standing(review, status)
        if known:
            yield f"\n## So before, in what the series {title}\n\n"
            yield from (f"- {text(one.what)}\n" for one in known)
    yield "\n## Facts\n\n"
    yield from (f"- {text(name)}: {text(value)}\n" for name, value in facts(review))
    yield from (f"- {text(note)}\n" for note in review.notes)


def text(line: str) -> str:
    """Return foreign text as one line of Markdown that shows it and does nothing else."""
    plain = shortened(one_line(line), _LONG).strip()
    plain = _SPECIAL.sub(r"\\\1", plain)
    plain = _BARE.sub(lambda match: f"\\{match.group()}", plain)
    plain = _LINKED.sub(lambda match: f"{match.group()}{_APART}", plain)
    return _LINE_START.sub(lambda match: f"{match[1][:-1]}\\{match[1][-1]}", plain)


def _finding(review: "Review", one: "Finding") -> Iterator[str]:
    yield f"\n## {VERDICTS[one.effect]}: {text(topic(one))}\n\n"
    lines = _quoted(review, one)
    if lines:
        # No run of backquotes inside is as long as the fence.
        runs = max(map(len, re.findall("`+", "\n".join(lines))), default=0)
        fence = "`" * max(3, runs + 1)
        yield f"{fence}diff\n"
        yield from (f"{line}\n" for line in lines)
        yield f"{fence}\n\n"
    yield "\n\n".join(text(paragraph) for paragraph in remark(one)) + "\n"


def _quoted(review: "Review", one: "Finding") -> list[str]:
    """Return what stands around the place of a finding."""
    anchor = one.anchor
    if anchor is None:
        return []
    for patch in review.patches:
        for hunk in hunks(patch.diff) if patch.number == anchor.patch else ():
            if hunk.number == anchor.hunk:
                first = max(anchor.line + 1 - _ABOVE, 0)
                near = hunk.lines[first : anchor.line + 1 + _BELOW]
                return [_code(line) for line in (hunk.header, *(part.text for part in near))]
    return []


def _code(line: str) -> str:
    """Return a line for a fenced block, its indentation kept."""
    body = line.lstrip("+- \t")
    lead = line[: len(line) - len(body)]
    return shortened(lead + one_line(body), _LONG)


def _evidence(evidence: "tuple[Evidence, ...]") -> Iterator[str]:
    if not evidence:
        return
    yield "\n## Test cases\n\n| case | kernel | before | after |\n|---|---|---|---|\n"
    for one in evidence:
        cells = (one.case, one.kernel, one.before, one.after)
        yield f"| {' | '.join(text(cell) for cell in cells)} |\n"
