"""The comment on top of a generated program: the rule it tests, and the decisions it is about.

What it quotes comes from a tree and is hostile: nothing of it may end the
comment, reach a terminal as more than text, or be longer than a reader can use.
"""

import re
import textwrap
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from kanalyze.selftests.cases import CaseRecord, Covered

#: Where the lines of a comment end: 80 columns with " * " before them.
WIDTH = 77
#: A condition that is longer is cut: who wants all of it looks at the code.
_LONGEST = 300

_HEADS = {
    "decision": "decide",
    "arm": "see to it that a later access has to decide",
    "section": "are read under a sequence count, or write it",
}
_WITH = ", each with what brought it or changed it last"


@dataclass(frozen=True, slots=True)
class _Entry:
    covered: Covered
    rules: tuple[str, ...]


def program_comment(says: str, about: str, cases: Sequence[CaseRecord]) -> tuple[str, ...]:
    """Return the lines of the comment, none longer than :data:`WIDTH`."""
    lines = [*_wrapped(says), "", *_wrapped(about)]
    entries = list(_entries(cases))
    for kind, what in _HEADS.items():
        places = [entry for entry in entries if entry.covered.kind == kind]
        if places:
            commits = any(entry.covered.commit for entry in places)
            lines += ["", *_wrapped(f"Places in the kernel that {what}{_WITH * commits}:")]
            lines += _places(places)
    return tuple(lines)


def clean(text: str) -> str:
    """Return text from a tree as one line that stays within a C comment."""
    text = " ".join(text.split())
    text = "".join(char if char.isprintable() else "\N{REPLACEMENT CHARACTER}" for char in text)
    text = re.sub(r"\*(?=/)|/(?=\*)", r"\g<0> ", text)
    return text if len(text) <= _LONGEST else f"{text[:_LONGEST]} ..."


def wrap(text: str, width: int, *, later: str = "") -> list[str]:
    """Return lines no longer than ``width``; those behind the first begin with ``later``."""
    return textwrap.wrap(text, width, subsequent_indent=later, break_on_hyphens=False)


def _entries(cases: Iterable[CaseRecord]) -> Iterator[_Entry]:
    """Yield what the cases are about, once each, by file and function."""
    found: dict[str, Covered] = {}
    rules: dict[str, set[str]] = {}
    for case in cases:
        for covered in case.covers:
            found.setdefault(covered.id, covered)
            rules.setdefault(covered.id, set()).add(case.rule.upper())
    for covered in sorted(found.values(), key=lambda it: (it.file, it.function, it.id)):
        yield _Entry(covered, tuple(sorted(rules[covered.id])))


def _places(entries: Sequence[_Entry]) -> Iterator[str]:
    """Yield the lines for places of one kind, function by function."""
    last: tuple[str, str] | None = None
    for entry in entries:
        covered = entry.covered
        place = (covered.file, covered.function)
        if place != last:
            last = place
            yield ""
            yield from _wrapped(f"{clean(covered.function)}(), {clean(covered.file)}")
        rules = ", ".join(entry.rules)
        yield from _indented(f"{rules}: {clean(covered.predicate)}", 2, 6)
        if covered.commit:
            yield from _indented(clean(covered.commit), 6, 6)


def _indented(text: str, first: int, later: int) -> list[str]:
    lines = textwrap.wrap(
        text,
        WIDTH,
        initial_indent=" " * first,
        subsequent_indent=" " * later,
        break_on_hyphens=False,
    )
    return [line.rstrip() for line in lines]


def _wrapped(text: str) -> list[str]:
    return wrap(text, WIDTH)
