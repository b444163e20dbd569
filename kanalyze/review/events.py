"""What scan says of one side of an event, as a remark says it."""

import re

# Scan joins a condition, which may have a "|" in it, and what it found of it.
_PART = re.compile(
    r" \| (role|condition|outcomes|policy|guards|passed|locks|locked by|installed by|config"
    r"|calls|locks taken inside|statements|balanced): "
)
_SIDES = re.compile(r"true: (.*), false: (.*)")
_KNOWN = {"locks": "under", "locks taken inside": "takes", "guards": "where", "calls": "calls"}


def in_words(side: str) -> str:
    """Return one side of an event, such as ``page_count(page) != 1: copy, else reuse``."""
    subject, *parts = _PART.split(side)
    told = [subject]
    for name, value in zip(parts[::2], parts[1::2], strict=True):
        sides = _SIDES.fullmatch(value) if name == "outcomes" else None
        if sides and sides[1] != sides[2]:
            told[0] = f"{subject}: {_outcome(sides[1])}, else {_outcome(sides[2])}"
        elif value != "none" and not sides:
            told.append(f"{_KNOWN.get(name, name)} {value}")
    return "; ".join(told)


def _outcome(name: str) -> str:
    return name if name and name != "continue" else "goes on"
