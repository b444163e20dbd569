"""What a piece does to the abstract page, as it says it: ``other_refs = "+1"``."""

import re
from collections.abc import Iterable, Mapping
from dataclasses import fields

from kanalyze.errors import EnvironmentFailure
from kanalyze.semantics.states import LARGE_PAGES, LruRefs, PageState, Size

#: The fields of a page state, by name; booleans are 0 and 1.
Fields = Mapping[str, int | str]
Change = tuple[str, bool | int | str]

# +2*my_maps, my_maps/2, +1: a sign, a factor, a number or a field, a divisor.
_TERM = re.compile(r"(?P<sign>[+-]?)(?:(?P<times>\d+)\*)?(?P<what>\w+)(?:/(?P<parts>\d+))?")
_KNOWN = frozenset(field.name for field in fields(PageState))
_COUNTS = {"small": (0, 1, 2), "pmd": (0, 1, 2), "hugetlb": (0, 1, 2), "large": (0, 1, LARGE_PAGES)}


def changed(state: Fields, changes: Iterable[Change], piece: str) -> Fields:
    """Return a state with what a piece does to it; all changes look at the state before.

    Raises EnvironmentFailure for a change that makes no sense.
    """
    found = dict(state)
    for name, change in changes:
        if name not in _KNOWN:
            raise EnvironmentFailure(f"a page has no {name!r}", where=piece)
        found[name] = _value(state, name, change, piece)
    return found


def _value(state: Fields, name: str, change: bool | int | str, piece: str) -> int | str:
    if name in ("size", "lru_refs") or isinstance(change, int):
        return change
    match = _TERM.fullmatch(change)
    if not match:
        raise EnvironmentFailure(f"{name} = {change!r} makes no sense", where=piece)
    what = match["what"]
    if not what.isdigit() and what not in _KNOWN:
        raise EnvironmentFailure(f"a page has no {what!r}", where=piece)
    amount = int(what) if what.isdigit() else int(state[what])
    amount = amount * int(match["times"] or 1) // int(match["parts"] or 1)
    if not match["sign"]:
        return amount
    return int(state[name]) + (amount if match["sign"] == "+" else -amount)


def page_state(state: Fields) -> PageState:
    """Return the page state that stands for these counts: there, 3 are as many as 2."""
    size: Size = state["size"]  # type: ignore[assignment]
    lru_refs: LruRefs = state["lru_refs"]  # type: ignore[assignment]

    def count(name: str) -> int:
        return _few(int(state[name]), size if name.endswith("_maps") else "small")

    return PageState(
        size=size,
        anonymous=bool(state["anonymous"]),
        my_maps=count("my_maps"),
        other_maps=count("other_maps"),
        my_swaps=min(count("my_swaps"), 1),  # a fault looks at one entry
        other_swaps=count("other_swaps"),
        swap_cache=bool(state["swap_cache"]),
        my_refs=count("my_refs"),
        other_refs=count("other_refs"),
        my_pins=count("my_pins"),
        other_pins=count("other_pins"),
        lru_refs=lru_refs,
        ksm=bool(state["ksm"]),
        exclusive=bool(state["exclusive"]),
    )


def _few(count: int, size: Size) -> int:
    """Return the greatest count that states have and that is no greater."""
    return max(known for known in _COUNTS[size] if known <= count)


#: Nobody has the page, and nothing is known of it.
NOTHING: Fields = {
    "size": "small", "anonymous": 0, "my_maps": 0, "other_maps": 0, "my_swaps": 0,
    "other_swaps": 0, "swap_cache": 0, "my_refs": 0, "other_refs": 0, "my_pins": 0,
    "other_pins": 0, "lru_refs": "none", "ksm": 0, "exclusive": 0,
}  # fmt: skip
