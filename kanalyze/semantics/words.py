"""Page states in words, as a reviewer would say them."""

from collections.abc import Mapping

from kanalyze.semantics.states import LARGE_PAGES, PageState, Trigger

_NUMBERS = {1: "one", 2: "two"}
_SIZES = {
    "small": "",
    "large": "large folio",
    "pmd": "PMD-mapped huge page",
    "hugetlb": "hugetlb page",
}


# What GUP is called for.
_ACCESSES: Mapping[Trigger, str] = {
    "gup-write": "FOLL_WRITE and FOLL_PIN",
    "gup-forced-write": "FOLL_FORCE write to a read-only mapping",
    "gup-read-pin": "FOLL_PIN to read",
    "gup-long-pin": "FOLL_PIN and FOLL_LONGTERM to read",
}


def words(state: PageState, trigger: Trigger) -> str:
    """Return a state in words, the shortest that tell it from every other state."""
    parts = [_SIZES[state.size]] if _SIZES[state.size] else []
    if not state.anonymous:
        parts.append("file page")
    parts += _mapped(state)
    parts += _swapped(state)
    if state.ksm:
        parts.append("merged by KSM")
    parts += _held(state)
    if state.exclusive:
        parts.append("exclusive bit set")
    if trigger in _ACCESSES:
        parts.append(_ACCESSES[trigger])
    return ", ".join(parts)


def _mapped(state: PageState) -> list[str]:
    if state.size == "large" and state.my_maps:
        mine = (
            "all its pages mapped by me"
            if state.my_maps == LARGE_PAGES
            else "one page mapped by me"
        )
        if not state.other_maps:
            return [mine + (" alone" if not state.shared else "")]
        other = "all" if state.other_maps == LARGE_PAGES else "this one"
        return [mine, f"{other} mapped by another process"]
    if state.my_maps and not state.other_maps:
        return ["mine alone" if not state.shared else "mapped by me only"]
    if state.other_maps == LARGE_PAGES and state.size == "large":
        return ["all its pages mapped by another process"]
    others = {1: "another process", 2: "two other processes"}.get(
        state.other_maps, f"{state.other_maps} others"
    )
    if state.my_maps:
        return [f"mapped by me and {others}"]
    return [f"mapped by {others}"] if state.other_maps else []


def _swapped(state: PageState) -> list[str]:
    parts = []
    if state.my_swaps:
        parts.append(
            "my swap entry" if not state.swap_cache else "my swap entry, in the swap cache"
        )
    elif state.swap_cache:
        parts.append("in the swap cache")
    if state.other_swaps:
        entries = "entry" if state.other_swaps == 1 else "entries"
        parts.append(f"{_NUMBERS[state.other_swaps]} swap {entries} of other processes")
    return parts


def _held(state: PageState) -> list[str]:
    parts = []
    for count, what, whose in (
        (state.my_pins, "FOLL_PIN", "of mine"),
        (state.other_pins, "FOLL_PIN", "of another process"),
        (state.my_refs, "GUP reference (FOLL_GET)", "of mine"),
        (state.other_refs, "GUP reference (FOLL_GET)", "of another process"),
    ):
        if count:
            plural = (
                what
                if count == 1
                else what.replace("FOLL_PIN", "FOLL_PINs").replace("reference", "references")
            )
            parts.append(f"{_NUMBERS[count]} {plural} {whose}")
    if state.lru_refs == "local":
        parts.append("in this CPU's LRU cache")
    elif state.lru_refs == "remote":
        parts.append("in another CPU's LRU cache")
    return parts
