"""Histories of made lives, for the tests of the reports: small, long, and hostile."""

from dataclasses import replace
from typing import Any

from lives import lives
from scans import HOSTILE

from kanalyze.history.model import History, Lifeline, Revision, Step

WORDS = (*HOSTILE, '<script>alert("x")</script>', "]]>&amp;'\"", "a\ufffeb\uffffc", "--><b>")

_WORN = (
    "commit", "date", "author", "subject", "id", "file", "function", "before", "after", "reason",
    "release", "from_file", "from_function", "from_id", "into_file", "into_function", "into_id",
    "predicate", "policy",
)  # fmt: skip


def history(wanted: str = "", **changes: Any) -> History:
    """Return a small history: all of it, or the life with the id that is ``wanted``."""
    base = History(
        tree="/home/user/linux",
        revision=Revision(
            commit="9f2c7b1ad5d1a9be0d63d1f8ba7f3f0a0f9c4e21", describe="v7.2-13-g9f2c7b1ad5d1"
        ),
        wanted=wanted,
        lifelines=tuple(life for life in lives() if wanted in ("", life.id, life.function)),
        notes=("the history is shallow: nothing is known before 1da177e4c3f4",),
    )
    return replace(base, **changes)


def many(number: int) -> History:
    """Return a history with so many lives, in functions of five."""
    found = []
    for index in range(number):
        base = lives()[index % 4]
        name = f"{base.function}_{index // 5}"
        events = [replace(step.event, function=name) for step in base.steps]
        found.append(
            replace(
                base,
                id=f"{name}.{index:08x}",
                function=name,
                file=f"mm/file_{index // 25}.c",
                steps=tuple(Step(event=one) for one in events),
                split_from="",
                merged_into="",
            )
        )
    return history(lifelines=tuple(found))


def _worn(life: Lifeline, text: str) -> Lifeline:
    """Return a life with hostile text wherever text may come from a tree."""
    steps = []
    for step in life.steps:
        changes: dict[str, Any] = {name: text for name in _WORN if getattr(step.event, name)}
        changes["trailers"] = ((text, text), ("Fixes", text), ("Cc", f"stable@{text}"))
        changes["perhaps"] = tuple(
            replace(one, id=text, file=text, function=text, predicate=text)
            for one in step.event.perhaps
        )
        steps.append(Step(event=replace(step.event, **changes), meaning=text))
    return replace(
        life,
        id=text,
        file=text,
        function=text,
        predicate=text,
        policy=text,
        split_from=text,
        merged_into=text,
        steps=tuple(steps),
    )


def hostile(wanted: str = "") -> History:
    """Return a history that is all hostile text, for a table or for its steps."""
    found = tuple(_worn(life, text) for text in WORDS for life in lives())
    return history(
        tree="".join(WORDS[:5]),
        revision=Revision(commit="", describe=WORDS[0]),
        wanted=WORDS[0] if wanted else "",
        lifelines=found,
        notes=WORDS,
    )
