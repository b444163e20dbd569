"""Draws links of a history for a reader to judge, none that the tables have judged.

    python tests/history/link_sample.py REPOSITORY [NUMBER [SEED [FACT-STORE]]]

First those where something changed its text and stayed in its function, then as many
where it left that or its file, or became several, or one of several.  Those of the
commits of tests/golden/links-history.toml are left out.  docs/history.md has what a
reader found.
"""

import random
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path

from link_score import steps

from kanalyze.config import load
from kanalyze.errors import KanalyzeError
from kanalyze.history.lives import lives
from kanalyze.history.model import Event
from kanalyze.history.scan import ScanRequest

# What says that there was nothing to decide, and what that it was in one function.
_NOTHING = {"same", "context changed"}
_IN_PLACE = {"predicate changed", "API renamed"} | _NOTHING


def judged() -> set[str]:
    """Return the commits whose links a table has."""
    return {step["commit"] for step in steps("history") if "commit" in step}


def drawn(repository: str, number: int, seed: int, db: Path | None = None) -> list[Event]:
    """Return the events whose links are to be read."""
    found = lives(ScanRequest(tree=repository, config=load(), db=db))
    known = judged()
    every = [
        step.event
        for life in found.lifelines
        for step in life.steps
        if set(step.event.links) - _NOTHING and step.event.commit not in known
    ]
    every.sort(key=lambda event: (event.date, event.commit, event.id, event.from_id))
    left = [event for event in every if set(event.links) - _IN_PLACE]
    stayed = [event for event in every if not set(event.links) - _IN_PLACE]
    draw = random.Random(seed)
    return [one for some in (stayed, left) for one in draw.sample(some, min(number, len(some)))]


def shown(event: Event) -> Iterator[str]:
    """Yield the lines that show one link."""
    yield f"{event.commit[:12]} {event.date[:10]} {event.subject}"
    was = f"{event.from_file or event.file} {event.from_function or event.function}"
    yield f"    - {was}: {event.before.split(' | ')[0]}"
    now = f"{event.into_file or event.file} {event.into_function or event.function}"
    yield f"    + {now}: {event.after.split(' | ')[0] or event.into_id}"
    yield f"    {', '.join(event.links)}; {event.confidence}"


def main(arguments: Sequence[str]) -> int:
    """Print the links that are drawn."""
    if not 1 <= len(arguments) <= 4 or not all(one.isdigit() for one in arguments[1:3]):
        print("usage: link_sample REPOSITORY [NUMBER [SEED [FACT-STORE]]]", file=sys.stderr)
        return 2
    number = int(arguments[1]) if len(arguments) > 1 else 15
    seed = int(arguments[2]) if len(arguments) > 2 else 1
    db = Path(arguments[3]) if len(arguments) > 3 else None
    try:
        for event in drawn(arguments[0], number, seed, db):
            print("\n".join(shown(event)), flush=True)
    except KanalyzeError as error:
        print(f"link_sample: {error}", file=sys.stderr)
        return 2
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
