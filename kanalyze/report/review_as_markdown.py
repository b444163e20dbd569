"""A review as Markdown, for a merge request or an issue."""

import re
from collections.abc import Iterator
from typing import TYPE_CHECKING

from kanalyze.report.explain_words import count
from kanalyze.report.layout import one_line, shortened
from kanalyze.report.review_diff import hunks
from kanalyze.report.review_evidence import change, is_costly, is_lost, ran_on, telling, tested
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

if TYPE_CHECKING:
    from kanalyze.review.model import Finding, Mutated, Review

# What begins or ends anything in Markdown or HTML, wherever it stands.
_SPECIAL = re.compile(r"([\\`*{}\[\]<>|#&~$!]|(?<![^\W_])_|_(?![^\W_]))")
# What forges make links of when the text is already rendered, which no backslash prevents.
_LINKED = re.compile(r"([@#])(?=\w)|\b(GH)(?=-\d)")
_BARE = re.compile(r"(:)(?=//)|(?<=\bwww)(\.)")
_LINE_START = re.compile(r"\A([-+=:]|\d+[.)](?=\s|\Z))")
_APART = "\u200b"
_LONG = 1000
# So many lost cases are quoted, and so many lines of each.
_CASES = 5
_LINES = 12
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
    yield from _evidence(review)
    yield from _mutants(review.mutants)
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
        yield from _fenced(lines, "diff")
        yield "\n"
    yield "\n\n".join(text(paragraph) for paragraph in remark(review, one)) + "\n"


def _fenced(lines: list[str], kind: str) -> Iterator[str]:
    # No run of backquotes inside is as long as the fence.
    runs = max(map(len, re.findall("`+", "\n".join(lines))), default=0)
    fence = "`" * max(3, runs + 1)
    yield f"{fence}{kind}\n"
    yield from (f"{line}\n" for line in lines)
    yield f"{fence}\n"


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


def _evidence(review: "Review") -> Iterator[str]:
    """Yield the cases that came to something else, with what was said, and how many did not."""
    if not review.evidence:
        return
    told = [one for one in review.evidence if one.before != one.after or is_costly(one)]
    yield "\n## Test cases\n\n"
    if told:
        yield "| case | kernel | before and after |\n|---|---|---|\n"
    for one in told:
        yield f"| {' | '.join(text(cell) for cell in (one.case, ran_on(one), change(one)))} |\n"
    for one in [one for one in told if is_lost(one)][:_CASES]:
        lines = [*telling(one, _LINES), *([f"log: {one.log}"] if one.log else [])]
        yield f"\n{text(one.case)}:\n\n"
        yield from _fenced([_code(line) for line in lines], "")
    same = len(review.evidence) - len(told)
    if same:
        yield f"\n{count(same, 'test case')} came to the same as before.\n"


def _mutants(mutants: "tuple[Mutated, ...]") -> Iterator[str]:
    if not mutants:
        return
    yield "\n## Mutants of what it touches\n\n| mutant | of | outcome | noticed by |\n"
    yield "|---|---|---|---|\n"
    for one in mutants:
        by = listed(one.cases, 2) if one.cases else one.reason
        cells = (f"{one.function}(): {one.operator}", one.text, one.outcome, by)
        yield f"| {' | '.join(text(cell) for cell in cells)} |\n"
