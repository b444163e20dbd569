"""Where in a patch a remark belongs: the hunk, and the line in it, that a finding is about."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace

from unidiff.errors import UnidiffParseError
from unidiff.patch import Hunk, PatchSet

from kanalyze.review.model import Anchor, Finding
from kanalyze.review.versions import Span, Step


@dataclass(frozen=True, slots=True)
class _Place:
    """One hunk of a diff: the how manieth it is, and of which file."""

    number: int
    file: str
    hunk: Hunk


def hunks(diff: str) -> list[_Place]:
    """Return the hunks of a diff in their order; none where it cannot be read."""
    try:
        found = PatchSet(diff)
    except (UnidiffParseError, ValueError):
        return []
    listed = [(one.path, hunk) for one in found for hunk in one]
    return [_Place(number, path, hunk) for number, (path, hunk) in enumerate(listed)]


def anchored(finding: Finding, number: int, diff: str, step: Step) -> Finding:
    """Return a finding that knows its place in patch ``number``, if the patch has one for it."""
    places = hunks(diff)
    names = [finding.function] if finding.function in step.changed else []
    names += [one for one in step.concerned(finding.function) if one not in names]
    words = [*finding.ids, *(word for one in finding.why for word in [one])]
    for name in names:
        for place in _of_function(places, step, name):
            line = _line(place, _spans(step, name), words)
            if line is not None:
                text = str(list(place.hunk)[line]).rstrip("\r\n")
                anchor = Anchor(
                    patch=number, file=place.file, hunk=place.number, line=line, text=text
                )
                return replace(finding, anchor=anchor, patch=number)
    return replace(finding, patch=number)


def _spans(step: Step, name: str) -> tuple[Span | None, Span | None]:
    return step.before.span(name), step.after.span(name)


def _of_function(places: Sequence[_Place], step: Step, name: str) -> Iterator[_Place]:
    """Yield the hunks that change lines of a function."""
    spans = _spans(step, name)
    for place in places:
        if any(_is_in(place.file, line, spans) for line in place.hunk):
            yield place


def _is_in(file: str, line: object, spans: tuple[Span | None, Span | None]) -> bool:
    """Tell whether a line was removed from, or added to, a function."""
    old, new = spans
    source, target = getattr(line, "source_line_no", None), getattr(line, "target_line_no", None)
    if getattr(line, "is_removed", False):
        return bool(old and source and old.file == file and old.first <= source <= old.last)
    if getattr(line, "is_added", False):
        return bool(new and target and new.file == file and new.first <= target <= new.last)
    return False


def _line(
    place: _Place, spans: tuple[Span | None, Span | None], words: Iterable[str]
) -> int | None:
    """Return the last line of the block of changes that has most to do with a finding.

    That is the first block with a condition in it, or else the first of all.
    """
    blocks: list[list[int]] = []
    lines = list(place.hunk)
    for number, line in enumerate(lines):
        if not _is_in(place.file, line, spans):
            continue
        if blocks and blocks[-1][-1] == number - 1:
            blocks[-1].append(number)
        else:
            blocks.append([number])
    if not blocks:
        return None
    asked = " ".join(words)

    def weight(block: Sequence[int]) -> tuple[bool, bool]:
        text = " ".join(lines[one].value for one in block)
        named = any(word in asked for word in text.split() if len(word) > 8)
        return (not named, "(" not in text)

    return min(blocks, key=weight)[-1]
