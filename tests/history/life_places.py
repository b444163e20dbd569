"""Where a life has been: what tests of lives of real trees ask."""

import re

from kanalyze.history.model import Event, Lifeline

#: Where something was, and what it was about: file, function, text.
Place = tuple[str, str, str]
#: An end as the tables write it: file, function, text.
END = re.compile(r"(\S+) (\w+): (.+)")
#: What an event says of something after what it is about.
_FACET = re.compile(r" \| [a-z ]+: ")


def before(event: Event) -> Place:
    """Return where an event found something, or what it copied."""
    return (
        event.from_file or event.file,
        event.from_function or event.function,
        _FACET.split(event.before, maxsplit=1)[0],
    )


def after(event: Event) -> Place:
    return (event.file, event.function, event.predicate)


def places(life: Lifeline) -> list[Place]:
    """Return where a life has been, oldest first, what it is a copy of included."""
    found: list[Place] = []
    for event in (step.event for step in life.steps):
        if event.from_id or event.kind == "removed":
            found.append(before(event))
        if event.kind != "removed":
            found.append(after(event))
    return found


def is_at(place: Place, end: str) -> bool:
    """Is that the file, the function and the text of an end?"""
    match = END.fullmatch(end)
    assert match, end
    text = re.sub(r"^section (read|write) ", r"\1 section of ", match[3])
    return place[:2] == (match[1], match[2]) and text in " ".join(place[2].split())


def goes_through(been: list[Place], ends: list[str]) -> bool:
    """Do places come to one end after the other?"""
    left = iter(been)
    return all(any(is_at(place, end) for place in left) for end in ends)
