"""Where in a patch a remark belongs: the hunk, and the line in it, that a finding is about."""

import difflib
import re
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass, replace

from unidiff.errors import UnidiffParseError
from unidiff.patch import Hunk, Line, PatchSet

from kanalyze.review.model import Anchor, Finding
from kanalyze.review.versions import Step
from kanalyze.source.rules import Rules

_WORD = re.compile(r"[A-Za-z_]\w*")
_CALLED = re.compile(r"([A-Za-z_]\w*)\s*\(")
_CONTROL = frozenset({"return", "goto", "break", "continue"})


@dataclass(frozen=True, slots=True)
class Place:
    """One hunk of a diff: the how manieth it is, and of which file."""

    number: int
    file: str
    hunk: Hunk


def vocabulary(rules: Rules) -> frozenset[str]:
    """Return the names whose every occurrence counts: signals, arming, seqcounts."""
    words = rules.vocabulary
    groups = (words.evidence, words.arm, words.grant)
    listed = [name for group in groups for names in group.values() for name in names]
    seqcounts = [name for names in asdict(words.seqcount).values() for name in names]
    return frozenset((*listed, *seqcounts))


@dataclass(frozen=True, slots=True)
class _Changed:
    """One line that a patch removes or adds, and where it is."""

    place: Place
    index: int
    line: Line

    @property
    def words(self) -> list[str]:
        return _WORD.findall(self.line.value)


def hunks(diff: str) -> list[Place]:
    """Return the hunks of a diff in their order; none where it cannot be read."""
    try:
        found = PatchSet(diff)
    except (UnidiffParseError, ValueError):
        return []
    listed = [(one.path, hunk) for one in found for hunk in one]
    return [Place(number, path, hunk) for number, (path, hunk) in enumerate(listed)]


class Anchors:
    """The lines that a patch changes, for findings to stand under."""

    def __init__(self, number: int, diff: str, step: Step) -> None:
        self._number = number
        self._step = step
        self._changed: dict[str, list[_Changed]] = {}
        for place in hunks(diff):
            self._changed.setdefault(place.file, []).extend(_lines(place))

    def anchored(self, finding: Finding) -> Finding:
        """Return a finding that knows its patch, and its line if the patch has one for it."""
        names = dict.fromkeys((finding.function, *self._step.concerned(finding.function)))
        found = {(one.place.number, one.index): one for name in names for one in self._of(name)}
        changed = [found[key] for key in sorted(found)]
        if not changed:
            changed = [one for name in self._leading(finding.function) for one in self._of(name)]
        if not finding.function:
            changed = self._outside(finding)
        if not changed:
            return replace(finding, patch=self._number)
        chosen = _beside(max(changed, key=_Weights(self._step, finding, changed)), changed)
        anchor = Anchor(
            patch=self._number,
            file=chosen.place.file,
            hunk=chosen.place.number,
            line=chosen.index,
            text=str(chosen.line).rstrip("\r\n"),
        )
        return replace(finding, anchor=anchor, patch=self._number)

    def _outside(self, finding: Finding) -> list[_Changed]:
        """Return the lines for a declaration: those that have its name, or all of its file."""
        lines = self._changed.get(finding.file, [])
        name = set(_WORD.findall(finding.what)[:2])
        return [one for one in lines if name & set(one.words)] or lines

    def _leading(self, name: str) -> list[str]:
        """Return the changed functions that one leads to, called or not."""
        code = self._step.after.explainer.code
        return sorted(one for one in self._step.changed if code.leads_to(name, one))

    def _of(self, name: str) -> Iterator[_Changed]:
        """Yield the lines that were removed from, or added to, a function."""
        before, after = self._step.before.span(name), self._step.after.span(name)
        if before is None and after is None:  # a macro
            for one in (line for lines in self._changed.values() for line in lines):
                if {"define", name} <= set(one.words):
                    yield one
        for file in {span.file for span in (before, after) if span}:
            for one in self._changed.get(file, ()):
                span = before if one.line.is_removed else after
                at = one.line.source_line_no if one.line.is_removed else one.line.target_line_no
                if span and at and span.file == file and span.first <= at <= span.last:
                    yield one


def _lines(place: Place) -> Iterator[_Changed]:
    for index, line in enumerate(place.hunk):
        if (line.is_added or line.is_removed) and line.value.strip():
            yield _Changed(place, index, line)


class _Weights:
    """How much a line has to do with a finding: by the words that come or go in it.

    What is taken away at one place and put back at another was only moved.
    """

    def __init__(self, step: Step, finding: Finding, changed: Sequence[_Changed]) -> None:
        self._step = step
        told = " ".join((finding.what, *finding.why, *finding.path))
        self._told = frozenset(_WORD.findall(told)) - {finding.function}
        self._vocabulary = vocabulary(step.after.tree.rules)
        removed = Counter(word for one in changed if one.line.is_removed for word in one.words)
        added = Counter(word for one in changed if one.line.is_added for word in one.words)
        self._come, self._gone = added - removed, removed - added

    def __call__(self, one: _Changed) -> tuple[int, int, int]:
        """Return the word that says most, all words together, and whether it is new.

        Of the same weight what is new counts: that is what an author can change.
        """
        text = one.line.value
        if not text[0].isspace() or text.lstrip().startswith(("*", "/*", "//")):
            return 0, 0, 0  # a function's first line, or a comment
        differ = self._come if one.line.is_added else self._gone
        called = frozenset(_CALLED.findall(text)) & self._told
        words = [word for word in dict.fromkeys(one.words) if word in differ]
        weights = [self._of(word, told=word in called) for word in words]
        return max(weights, default=0), sum(weights), int(one.line.is_added)

    def _of(self, word: str, *, told: bool) -> int:
        if word in self._vocabulary:
            return 12 if told else 8
        sides = (self._step.before, self._step.after)
        if told or any(side.explainer.code.follows(word) for side in sides):
            return 6
        return 3 if word in _CONTROL else 1


def _beside(chosen: _Changed, changed: Sequence[_Changed]) -> _Changed:
    """Return the line that replaces a removed one, if there is one; a remark stands under it."""
    if chosen.line.is_added:
        return chosen
    removed = {one.line.value.strip() for one in changed if one.line.is_removed}
    new = [
        one
        for one in _block(chosen, changed)
        if one.line.is_added and one.line.value.strip() not in removed
    ]
    if not new:
        return chosen
    return max(new, key=lambda one: _alike(one, chosen))


def _block(chosen: _Changed, changed: Sequence[_Changed]) -> list[_Changed]:
    """Return the lines that were changed together with one: no other line is between them."""
    same = {one.index: one for one in changed if one.place is chosen.place}
    first = last = chosen.index
    while first - 1 in same:
        first -= 1
    while last + 1 in same:
        last += 1
    return [same[index] for index in range(first, last + 1)]


def _alike(one: _Changed, other: _Changed) -> float:
    return difflib.SequenceMatcher(None, one.line.value, other.line.value, autojunk=False).ratio()
