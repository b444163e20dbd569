"""The diff of a patch, line by line: what remarks stand under, in every form that shows it."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from kanalyze.review.model import Finding, Review

_RANGE = re.compile(r"@@ -(\d+)(?:,(\d+))? \+(\d+)(?:,(\d+))? @@")


@dataclass(frozen=True, slots=True)
class Line:
    """One line of a hunk with its sign; its number before and after, 0 where it is not there."""

    text: str
    old: int
    new: int

    @property
    def sign(self) -> str:
        r"""Return "+", "-", "\" or a space; a line without any is context that lost it."""
        return self.text[:1] if self.text[:1] in ("+", "-", "\\") else " "


@dataclass(frozen=True, slots=True)
class Hunk:
    """One hunk: the lines that name its file, its "@@", and its lines.

    ``first`` says that it is the first of its file.
    """

    number: int
    names: tuple[str, ...]
    header: str
    lines: tuple[Line, ...]
    first: bool


def hunks(diff: str) -> tuple[Hunk, ...]:
    """Return the hunks of a diff, numbered as anchors number them."""
    return tuple(_hunks(diff))


def _hunks(diff: str) -> Iterator[Hunk]:
    names: list[str] = []
    number = 0
    first = True
    header = ""
    found: list[Line] = []
    old = new = left_old = left_new = 0
    for line in diff.split("\n"):
        if header and (left_old > 0 or left_new > 0 or line.startswith("\\")):
            sign = line[:1]
            in_old, in_new = sign not in ("+", "\\"), sign not in ("-", "\\")
            found.append(Line(line, old if in_old else 0, new if in_new else 0))
            old, left_old = old + in_old, left_old - in_old
            new, left_new = new + in_new, left_new - in_new
            continue
        if header:
            yield Hunk(number, tuple(names), header, tuple(found), first)
            number, header, found, first = number + 1, "", [], False
        if (match := _RANGE.match(line)) is not None:
            header = line
            old, new = int(match[1]), int(match[3])
            left_old, left_new = int(match[2] or 1), int(match[4] or 1)
        elif line.startswith("--- "):
            names, first = [line], True
        elif line.startswith("+++ "):
            names.append(line)
    if header:
        yield Hunk(number, tuple(names), header, tuple(found), first)


@dataclass(frozen=True, slots=True)
class Place:
    """Where a finding is in the file as its patch leaves it; ``line`` is 0 if that is not known."""

    file: str
    line: int


def place(review: "Review", finding: "Finding") -> Place:
    """Return where a finding is; what was removed is where the next line stands."""
    anchor = finding.anchor
    if anchor is None:
        return Place(finding.file, 0)
    for patch in review.patches:
        if patch.number != anchor.patch:
            continue
        for hunk in hunks(patch.diff):
            if hunk.number == anchor.hunk:
                return Place(anchor.file, _new_number(hunk, anchor.line))
    return Place(anchor.file, 0)


def _new_number(hunk: Hunk, index: int) -> int:
    behind = [line.new for line in hunk.lines[index:] if line.new]
    before = [line.new for line in hunk.lines[:index] if line.new]
    return next(iter([*behind, *before[::-1]]), 0)
