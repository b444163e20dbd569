"""A series that does not apply: what its hunks alone say.

Nothing is evaluated, for there is no code behind the patch.  What can be told is
which names that count (signals, arming, seqcounts) come and go, and where: in the
function that a hunk's header names, or that begins in the hunk.
"""

import re
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field

from kanalyze.review.anchors import Place, hunks
from kanalyze.review.model import About, Anchor, Finding
from kanalyze.source.lex import blank
from kanalyze.source.rules import Rules, Vocabulary

_WORD = re.compile(r"[A-Za-z_]\w*")
_HEADER = re.compile(r"([A-Za-z_]\w*)\s*\(")
# A line that begins a function: it stands at the margin, and is no statement.
_BEGINS = re.compile(r"[A-Za-z_][^;={}]*?\b([A-Za-z_]\w*)\s*\([^;]*$")
_INSIDE_COMMENT = re.compile(r"\s*\*(?:\s|/|$)")


@dataclass(slots=True)
class _Counted:
    """The names that come and go in one function, and where the first of either is."""

    come: Counter[str] = field(default_factory=Counter)
    gone: Counter[str] = field(default_factory=Counter)
    where: dict[tuple[str, str], Anchor] = field(default_factory=dict)


def from_hunks(number: int, diff: str, rules: Rules, files: Iterable[str]) -> Iterator[Finding]:
    """Yield what the hunks of patch ``number`` do to names that count, in the files that are read.

    One finding a function and kind of thing; none for names that are only moved.
    """
    kinds = _kinds(rules.vocabulary)
    read = frozenset(files)
    for (file, function), counted in _functions(number, diff, read, kinds.keys()).items():
        come, gone = counted.come - counted.gone, counted.gone - counted.come
        by_kind: dict[About, tuple[list[str], list[str]]] = {}
        for side, names in enumerate((gone, come)):
            for name in names:
                by_kind.setdefault(kinds[name], ([], []))[side].append(name)
        for about, (lost, got) in by_kind.items():
            yield Finding(
                status="introduced",
                effect="unknown",
                about=about,
                patch=number,
                function=function,
                file=file,
                what=_words(function, lost, got),
                why=("only the hunks were read: the patch does not apply",),
                anchor=next(
                    counted.where[key]
                    for key in (*(("+", one) for one in got), *(("-", one) for one in lost))
                ),
            )


def _words(function: str, lost: Sequence[str], got: Sequence[str]) -> str:
    deeds = []
    if lost:
        deeds.append(f"no longer names {', '.join(sorted(lost))}")
    if got:
        deeds.append(f"names {', '.join(sorted(got))}{' instead' if lost else ' now'}")
    where = f"{function}()" if function else "the code outside of functions"
    return f"{where} {' and '.join(deeds)}"


def _kinds(vocabulary: Vocabulary) -> dict[str, About]:
    """Return what each name that counts is about."""
    kinds: dict[str, About] = {}
    for kind, names in vocabulary.evidence.items():
        about: About = "pin-check" if kind == "pin" else "decision"
        kinds.update(dict.fromkeys(names, about))
    for names in vocabulary.arm.values():
        kinds.update(dict.fromkeys(names, "arm"))
    kinds.update(dict.fromkeys(vocabulary.seqcount.operations(), "section"))
    return kinds


def _functions(
    number: int, diff: str, files: frozenset[str], words: Iterable[str]
) -> dict[tuple[str, str], _Counted]:
    wanted = frozenset(words)
    found: dict[tuple[str, str], _Counted] = {}
    for place in hunks(diff):
        if place.file not in files:
            continue
        for function, index, sign, text in _lines(place):
            counted = found.setdefault((place.file, function), _Counted())
            side = counted.come if sign == "+" else counted.gone
            for word in wanted.intersection(_WORD.findall(_code(text))):
                side[word] += 1
                anchor = Anchor(
                    patch=number,
                    file=place.file,
                    hunk=place.number,
                    line=index,
                    text=f"{sign}{text}",
                )
                counted.where.setdefault((sign, word), anchor)
    return found


def _lines(place: Place) -> Iterator[tuple[str, int, str, str]]:
    """Yield the lines that a hunk removes or adds, with the function that they are in."""
    named = _HEADER.search(place.hunk.section_header or "")
    function = named[1] if named else ""
    for index, line in enumerate(place.hunk):
        text = line.value.rstrip("\r\n")
        begins = _BEGINS.match(text)
        if begins:
            function = begins[1]
        if line.is_added or line.is_removed:
            yield function, index, "+" if line.is_added else "-", text


def _code(text: str) -> str:
    """Return a line without its comments; of a longer comment each line begins with a star."""
    if _INSIDE_COMMENT.match(text):
        return ""
    return blank(text.encode("utf-8", "replace")).decode("utf-8", "replace")
