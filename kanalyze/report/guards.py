"""Which of a site's guards a reader wants to see first, and how they are written."""

import re
from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from kanalyze.history.model import Scan

#: How many guards the text shows when it is not verbose.
MOST = 4

_NAME = re.compile(r"[A-Za-z_]\w*")
_LOOSE = re.compile(r"\|\||[?,=]")
_BARE = re.compile(r"!?[\w.>*-]+")


def telling_names(scan: "Scan") -> frozenset[str]:
    """Return the names that make a guard worth showing: the scan's own signals."""
    direct = {name for site in scan.sites for name in site.signals}
    return frozenset(direct | {signal.name for signal in scan.derived})


def choose(guards: Sequence[str], names: frozenset[str]) -> tuple[list[str], int]:
    """Return the guards that matter most, in their order, and how many are left out.

    First come those that read a signal themselves, then conditions, then bare
    variables (``page``, ``!pte``); among equals those closest to the site.
    """
    if len(guards) <= MOST:
        return list(guards), 0

    def weight(index: int) -> tuple[int, int]:
        guard = guards[index]
        if not names.isdisjoint(_NAME.findall(guard)):
            return 2, index
        return (0 if _BARE.fullmatch(guard) else 1), index

    best = sorted(sorted(range(len(guards)), key=weight)[-MOST:])
    return [guards[index] for index in best], len(guards) - MOST


def conjunction(guards: Iterable[str]) -> list[str]:
    """Return guards as operands of ``&&``: in brackets where C would need them."""
    return [f"({guard})" if _binds_loosely(guard) else guard for guard in guards]


def _binds_loosely(guard: str) -> bool:
    """Say whether ``guard`` has ``||``, ``?:``, ``=`` or a comma outside of all brackets."""
    if not _LOOSE.search(guard):
        return False
    depth = 0
    for index, char in enumerate(guard):
        if char in "([{":
            depth += 1
        elif char in ")]}":
            depth -= 1
        elif depth:
            continue
        elif char in "?," or guard.startswith("||", index):
            return True
        elif char == "=":
            around = guard[max(index - 1, 0) : index + 2]
            if not any(operator in around for operator in ("==", "!=", "<=", ">=")):
                return True
    return False
