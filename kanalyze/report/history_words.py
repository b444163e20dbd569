"""What a step in a life says, in words: what changed, why the two ends are one, whence it came.

Everything that is returned here is one line and fit for a terminal.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal, Protocol

from kanalyze.report.facets import VISIBLE, facets
from kanalyze.report.layout import columns, one_line

if TYPE_CHECKING:
    from kanalyze.history.model import Event, Lifeline, LinkReason, Perhaps, Step

#: How a meaning begins where no page state is answered otherwise, and where none was found
#: that is, but not everything could be followed.
_SAME = "same answers in every page state"
_SAME_SO_FAR = "same answers as far as"

#: What stands around a thing: a change of nothing else is one of its surroundings.
AROUND = frozenset({"guards", "passed", "locks", "locked by", "locks taken inside"})
#: Reasons of a link that what is shown of both sides tells by itself.
_PLAIN = frozenset({"same", "predicate changed", "context changed"})
_OUTCOME = re.compile(r"(?:^|, )(true|false): (.*?)(?=, (?:true|false): |$)")
_IDENTIFIER = re.compile(r"[A-Za-z_]\w*")
_COMMIT = re.compile(r"\b([0-9a-f]{12})[0-9a-f]{1,52}\b")
_ADDRESS = re.compile(r"\s*<[^>]*>")
#: The trailers that tell a reader where to go on: the bug, the talk, the backport.
_TELLING = ("fixes", "link", "closes", "upstream-commit", "cherry-picked-from")

Growth = Literal["", "gained", "lost"]
Tone = Literal["plain", "same", "other"]


class Sides(Protocol):
    """What tells two sides and a reason why they differ: an event, or what two trees differ in."""

    @property
    def before(self) -> str: ...
    @property
    def after(self) -> str: ...
    @property
    def reason(self) -> str: ...


@dataclass(frozen=True, slots=True)
class Change:
    """One thing that differs between two sides; ``name`` is empty for the predicate.

    ``growth``: a list that only gained or lost, and the other side says nothing new.
    """

    name: str
    before: str
    after: str
    growth: Growth = ""

    def line(self) -> str:
        """Return the change in one line."""
        if self.growth:
            return f"{self.name} {self.growth}: {self.after or self.before}"
        told = f"{self.before} -> {self.after}" if self.before and self.after else ""
        told = told or self.before or self.after
        return f"{self.name}: {told}" if self.name else told


def changes(event: Sides) -> list[Change]:
    """Return what an event changed, the predicate first.

    Of what begins or ends, everything that is known of it.
    """
    old, new = facets(event.before), facets(event.after)
    reasons = set(one_line(event.reason).split("; "))
    found = []
    for name in dict.fromkeys([*old, *new]):
        was, now = old.get(name, ""), new.get(name, "")
        if not old or not new:
            found += _by_outcome(Change(name, was, now))
        elif name and f"{name} gained" in reasons:
            found.append(Change(name, "", now, "gained"))
        elif name and f"{name} lost" in reasons:
            found.append(Change(name, was, "", "lost"))
        elif was != now:
            found += _by_outcome(Change(name, was, now), missing="none")
    return found


def _by_outcome(change: Change, missing: str = "") -> list[Change]:
    """Return the two sides of outcomes as changes of their own; anything else as it is.

    ``missing`` stands for an outcome that there is on the other side only.
    """
    if change.name != "outcomes":
        return [change]
    was, now = dict(_OUTCOME.findall(change.before)), dict(_OUTCOME.findall(change.after))
    sides = [
        Change(f"if {side}", was.get(side, missing), now.get(side, missing))
        for side in ("true", "false")
        if was.get(side) != now.get(side)
    ]
    return sides or [change]


def subject(event: "Event") -> str:
    """Return what an event is about, after it or before what it took away."""
    side = facets(event.after) or facets(event.before)
    return side.get("", "")


def only_around(step: "Step") -> bool:
    """Tell a step that changed nothing but guards and locks, or nothing that can be seen."""
    event = step.event
    if event.kind != "changed" or tone(step.meaning) == "other":
        return False
    if not set(event.links) <= {"same", "context changed"}:
        return False
    return all(change.name in AROUND for change in changes(event))


def tone(meaning: str) -> Tone:
    """Tell answers that are all the same from others; plain where nothing is sure."""
    if meaning.startswith(_SAME):
        return "same"
    return "plain" if not meaning or meaning.startswith(_SAME_SO_FAR) else "other"


def around(event: "Event") -> str:
    """Return in one line what changed around a thing."""
    told = [change.line() for change in changes(event)] or remarks(event)
    return "; ".join(told) or "nothing that is shown"


def remarks(event: Sides) -> list[str]:
    """Return the parts of an event's reason that nothing else that is shown tells."""
    parts = one_line(event.reason).split("; ")
    return [one for one in parts if one and not VISIBLE.fullmatch(one)]


def link_words(event: "Event", *, every: bool = False) -> list[str]:
    """Return in words why the two ends are one thing, where that is not plain to see.

    ``every``: the reasons that are plain to see, too.
    """
    told = [_reason(reason, event) for reason in event.links if every or reason not in _PLAIN]
    if event.kind == "moved" and not told:
        told.append(f"moved from {_end(event, 'from')}")
    return told


def _reason(reason: "LinkReason", event: "Event") -> str:
    was, now = one_line(event.from_function), one_line(event.function)
    if reason == "API renamed":
        return _renamed(event)
    if reason == "moved to file":
        return f"moved to file: {one_line(event.from_file)} -> {one_line(event.file)}"
    if reason == "extracted into":
        return f"extracted into {now}, from {was}"
    if reason == "inlined from":
        return f"inlined from {was}, into {now}"
    if reason in ("function renamed", "moved to function"):
        return f"{reason}: {was} -> {now}"
    if reason == "split":
        return f"split: copied from {_end(event, 'from')}"
    if reason == "merged":
        return f"merged into {_end(event, 'into')}"
    return reason


def _renamed(event: "Event") -> str:
    """Name what was renamed if that is one name on either side."""
    old, new = (
        dict.fromkeys(_IDENTIFIER.findall(facets(side).get("", "")))
        for side in (event.before, event.after)
    )
    gone = [name for name in old if name not in new]
    come = [name for name in new if name not in old]
    if len(gone) == len(come) == 1:
        return f"API renamed: {gone[0]} -> {come[0]}"
    return "API renamed"


def _end(event: "Event", side: Literal["from", "into"]) -> str:
    """Return the other end of a link: function, file and id."""
    if side == "from":
        function, file, name = event.from_function, event.from_file, event.from_id
    else:
        function, file, name = event.into_function, event.into_file, event.into_id
    where = " in ".join(one_line(part) for part in (function, file) if part)
    if not where:
        return one_line(name) or "elsewhere"
    return f"{where} ({one_line(name)})" if name else where


def sureness(confidence: float) -> str:
    """Return how sure a link is: ``0.85``."""
    return f"{confidence:.2f}"


def question(perhaps: "Perhaps", event: "Event") -> str:
    """Return a link that was not believed, as the question that it is."""
    way = "went into" if event.kind == "removed" else "came from"
    where = f"{one_line(perhaps.function)} in {one_line(perhaps.file)}"
    reasons = ", ".join(perhaps.reasons)
    return (
        f"perhaps it {way} {one_line(perhaps.id)} ({where}): {one_line(perhaps.predicate)}"
        f"; {reasons + ', ' if reasons else ''}{sureness(perhaps.confidence)}"
    )


def trailers(event: "Event") -> list[str]:
    """Return the trailers that a reader follows, in short: commits in 12 digits, people by name."""
    return list(dict.fromkeys(_telling(event)))


def _telling(event: "Event") -> Iterator[str]:
    for raw_key, raw_value in event.trailers:
        key, value = one_line(raw_key), one_line(raw_value)
        if key.lower() == "cc":
            address, _, rest = value.partition("#")
            if "stable@" in address or address.strip().lower() == "stable":
                yield f"Cc: stable # {rest.strip()}" if rest.strip() else "Cc: stable"
        elif key.lower() in _TELLING:
            yield f"{key}: {_COMMIT.sub(lambda match: match[1], value)}"
        elif key.lower().startswith("reported-"):
            yield f"{key}: {_ADDRESS.sub('', value).strip() or value}"


def commit_line(event: "Event") -> str:
    """Return a commit as kernel people cite it."""
    return f'{one_line(event.commit)[:12]} ("{one_line(event.subject)}")'


def day(event: "Event") -> str:
    """Return the day of an event."""
    return cut(one_line(event.date).partition("T")[0], 10)


def when(event: "Event", released: bool) -> str:
    """Return the release of an event, or its day where ``released`` says that there are none."""
    return (one_line(event.release) or "unreleased") if released else day(event)


def has_releases(lifelines: "tuple[Lifeline, ...]") -> bool:
    """Say whether there are releases: a history without tags has none."""
    return any(step.event.release for life in lifelines for step in life.steps)


def kind_of(life: "Lifeline") -> str:
    """Return what decides, or the role of what is no decision."""
    return one_line(life.policy) or "decision" if life.role == "decision" else life.role


def cut(text: str, width: int) -> str:
    """Return ``text`` in at most ``width`` columns (3 or more), the end given up if need be."""
    if columns(text) <= width:
        return text
    kept, used = [], 3
    for char in text:
        used += columns(char)
        if used > width:
            break
        kept.append(char)
    return "".join(kept).rstrip() + "..."
