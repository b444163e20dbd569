"""Which decision of one tree is which of another: by name, or else by what is in it.

A helper that was taken out of a decision, or put back, needs no pairing:
evaluation follows calls.  What is left over on both sides was renamed, moved or
rewritten under another name if the identifiers of the bodies say so.
"""

import difflib
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from kanalyze.errors import InputError
from kanalyze.semantics.code import Code
from kanalyze.semantics.entries import Entry, entries, own_entries
from kanalyze.semantics.explainer import Explainer

# How alike two functions must be to be one: a share of their words, and of their names.
_ALIKE = 0.6


@dataclass(frozen=True, slots=True)
class Decision:
    """One function of one tree with one of its entries."""

    function: str
    entry: Entry


@dataclass(frozen=True, slots=True)
class Pair:
    """One decision before and after; one side is None if it is on the other only."""

    before: Decision | None
    after: Decision | None


def pairs(before: Explainer, after: Explainer, wanted: str = "") -> Iterator[Pair]:
    """Yield every decision of either tree, or the wanted function, predicates included."""
    if wanted:
        old, new = _wanted(before, after, wanted)
    else:
        old, new = _of(before, before.decisions()), _of(after, after.decisions())
    names = _same_names(before, after, old, new)
    left = [name for name in old if name not in names]
    come = [name for name in new if name not in names.values()]
    names.update(_renamed(before.code, after.code, left, come, old, new))
    backwards = {now: name for name, now in names.items()}
    for name, found in old.items():
        yield from _both(name, found, names.get(name, ""), new.get(names.get(name, ""), ()))
    for name, found in new.items():
        if name not in backwards:
            yield from (Pair(None, Decision(name, entry)) for entry in found)


Found = dict[str, tuple[Entry, ...]]


def _of(explainer: Explainer, names: Iterable[str]) -> Found:
    return {name: _entries(explainer, name) for name in names}


def _entries(explainer: Explainer, name: str) -> tuple[Entry, ...]:
    return entries(explainer.code, name, explainer.features)


def _wanted(before: Explainer, after: Explainer, wanted: str) -> tuple[Found, Found]:
    """Return the wanted function of each tree; where it is not, what could be it."""
    name = _function(before, after, wanted)
    old, new = (
        _of(one, [name]) if name in one.code else _of(one, _strangers(one, other))
        for one, other in ((before, after), (after, before))
    )
    if name in old and name not in new:
        return old, _partner(before, after, name, new, old)
    if name in new and name not in old:
        return _partner(after, before, name, old, new), new
    return old, new


def _function(before: Explainer, after: Explainer, wanted: str) -> str:
    try:
        return after.function_of(wanted)
    except InputError:
        return before.function_of(wanted)


def _strangers(one: Explainer, other: Explainer) -> list[str]:
    """Return the functions of one tree that the other has not, and that say something."""
    return [name for name in one.code.names() if name not in other.code and one.code.follows(name)]


def _partner(one: Explainer, other: Explainer, name: str, found: Found, own: Found) -> Found:
    """Return of the functions that could be ``name`` elsewhere the one that is."""
    links = dict(_renamed(one.code, other.code, [name], list(found), own, found))
    return {now: found[now] for now in links.values()}


def _same_names(before: Explainer, after: Explainer, old: Found, new: Found) -> dict[str, str]:
    """Return what has kept its name, a decision on one side at least.

    What showed that a function decides may be in a helper by now, and evaluation
    follows calls: then the other side tells when it does, and the helper is no
    decision of its own.
    """
    for one, other, here, there in ((old, new, before, after), (new, old, after, before)):
        for name in sorted(one):
            if name in there.code and _shows(here, name) and not _shows(there, name):
                other[name] = _as(one[name], _entries(there, name))
                for helper in sorted(other.keys() - one.keys()):
                    if there.code.leads_to(name, helper):
                        del other[helper]
    names = {name: name for name in old if name in new}
    for name in names:
        old[name], new[name] = _told(old[name], new[name]), _told(new[name], old[name])
    return names


def _shows(explainer: Explainer, name: str) -> bool:
    """Tell whether a function shows itself that it handles faults (or a fork)."""
    own = own_entries(explainer.code, name, explainer.features)
    return any(entry.trigger != "other" for entry in own)


def _as(entries_there: Iterable[Entry], own: tuple[Entry, ...]) -> tuple[Entry, ...]:
    """Return the triggers and sizes of one side with the page parameter of the other."""
    page = own[0].page if own else ""
    return tuple(Entry(entry.trigger, entry.size, page) for entry in entries_there)


def _told(own: tuple[Entry, ...], others: tuple[Entry, ...]) -> tuple[Entry, ...]:
    """Return entries with the trigger of the other side where this one could not tell it."""
    found: dict[Entry, None] = {}
    for entry in own:
        better = [one.trigger for one in others if one.size == entry.size]
        vague = entry.trigger == "other" and better and "other" not in better
        found[Entry(better[0], entry.size, entry.page) if vague else entry] = None
    return tuple(found)


def _shared(one: Iterable[Entry], other: Iterable[Entry]) -> bool:
    return bool({_kind(entry) for entry in one} & {_kind(entry) for entry in other})


def _kind(entry: Entry) -> tuple[str, str]:
    return entry.trigger, entry.size


def _both(
    name: str, found: tuple[Entry, ...], now: str, there: tuple[Entry, ...]
) -> Iterator[Pair]:
    """Yield the entries of one function that was found on both sides, or on the first only."""
    kinds = {_kind(entry): entry for entry in there}
    for entry in found:
        other = kinds.pop(_kind(entry), None)
        yield Pair(Decision(name, entry), Decision(now, other) if other else None)
    yield from (Pair(None, Decision(now, entry)) for entry in kinds.values())


# --------------------------------------------------------------------- renames


def _renamed(
    before: Code, after: Code, left: list[str], come: list[str], old: Found, new: Found
) -> Iterator[tuple[str, str]]:
    """Yield what became of what is left over, the most alike first, each name once."""
    scored = [
        (score, name, now)
        for name in left
        for now in come
        if _shared(old[name], new[now]) and (score := likeness(before, name, after, now)) >= _ALIKE
    ]
    gone: set[str] = set()
    taken: set[str] = set()
    for _, name, now in sorted(scored, key=lambda one: (-one[0], one[1], one[2])):
        if name not in gone and now not in taken:
            gone.add(name)
            taken.add(now)
            yield name, now


def likeness(before: Code, name: str, after: Code, now: str) -> float:
    """Return how alike two functions are, from 0 to 1: their words, or words and names."""
    one, other = (_parts(code.words(which) - {which}) for code, which in
                  ((before, name), (after, now)))  # fmt: skip
    whole = one | other
    words = len(one & other) / len(whole) if whole else 0.0
    names = difflib.SequenceMatcher(None, name, now, autojunk=False).ratio()
    return max(words, (words + names) / 2)


_PART = re.compile(r"[^_]+")


def _parts(words: Iterable[str]) -> set[str]:
    """Return the parts of identifiers: an API that was converted keeps most of them."""
    return {part for word in words for part in _PART.findall(word.lower())}
