"""What happens to a page when a function runs: its trigger, the sizes, what it is given.

Read off the function's own words (how it gets at the page, what it may do with
it), because names change and what a fault handler must call does not.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass

from kanalyze.semantics import gup
from kanalyze.semantics.code import Code
from kanalyze.semantics.states import Features, Size, Trigger

# A page that is given beside the one in question: to copy to, or what the file has.
_ANOTHER = re.compile(r"new|pagecache|dst|k?page_?table")
_PAGE_PARAMETER = re.compile(rb"\bstruct\s+(?:page|folio)\s*\*\s*(\w+)\s*[,)]")

_SWAP_IN = frozenset(
    {"lookup_swap_cache", "swap_cache_get_folio", "swapin_readahead", "read_swap_cache_async"}
)
SWAP_OUT = frozenset({"swap_duplicate", "folio_dup_swap", "swap_dup_entry_direct"})
_PROTECT = frozenset({"ptep_set_wrprotect", "pmdp_set_wrprotect", "huge_ptep_set_wrprotect"})
_FORK = re.compile(
    r"ptep_set_wrprotect|pmdp_set_wrprotect|huge_ptep_set_wrprotect|wrprotect_ptes"
    r"|\w*try_dup_anon_rmap\w*|page_dup_rmap|copy_present_page|__copy_present_pte\w*"
)
_BRINGS = re.compile(rb"->\s*(?:fault|nopage)\s*\(")
_HUGETLB = re.compile(r"huge_pte\w*|hstate\w*|set_huge_\w+|pages_per_huge_page|\w*hugetlb\w*")


@dataclass(frozen=True, slots=True)
class Entry:
    """One way in which a function is evaluated; ``page`` is the parameter that is the page."""

    trigger: Trigger
    size: Size
    page: str


def entries(code: Code, name: str, features: Features) -> tuple[Entry, ...]:
    """Return the triggers and sizes under which a function decides.

    A helper that is only told the page is evaluated as its callers are; one
    without callers of that kind as for a write fault.
    """
    found = own_entries(code, name, features)
    if found and not is_helper(code, name, features):
        return found
    inherited: dict[Entry, None] = {}
    page = _page_parameter(code, name)
    for caller in code.callers(name):
        for entry in entries_above(code, caller, features):
            inherited[Entry(entry.trigger, entry.size, page)] = None
    if inherited:
        return tuple(inherited)
    return tuple(Entry("write-fault", size, page) for size in _pte_sizes(features))


def arm_entries(
    code: Code, name: str, sizes: tuple[Size, ...], features: Features
) -> tuple[tuple[str, Entry], ...]:
    """Return from where a function that arms is followed, and for what.

    A helper is reached from the decisions that follow it, as at fork; any other
    function begins itself, as something unmaps or write-protects.
    """
    above = _decided_above(code, name, features, frozenset())
    return above or begun(code, name, sizes)


def begun(code: Code, name: str, sizes: tuple[Size, ...]) -> tuple[tuple[str, Entry], ...]:
    """Return a function with its own page parameter, for each size."""
    page = _page_parameter(code, name)
    return tuple((name, Entry("unmap", size, page)) for size in sizes)


def _decided_above(
    code: Code, name: str, features: Features, seen: frozenset[str]
) -> tuple[tuple[str, Entry], ...]:
    found: dict[tuple[str, Entry], None] = {}
    own = tuple((name, entry) for entry in own_entries(code, name, features))
    if own and not is_helper(code, name, features):
        return own
    if code.follows(name) and len(seen) < _ABOVE:
        for caller in code.callers(name):
            if caller not in seen:
                found.update(dict.fromkeys(_decided_above(code, caller, features, seen | {name})))
    return tuple(found) or own


_ABOVE = 4


def is_helper(
    code: Code, name: str, features: Features, seen: frozenset[str] = frozenset()
) -> bool:
    """Tell whether a function only ever decides for others, which are followed into it."""
    callers = [one for one in code.callers(name) if one not in seen]
    return (
        bool(callers)
        and (code.follows(name) or code.rules.outcome_of_name(name) is not None)
        and all(
            own_entries(code, one, features) or is_helper(code, one, features, seen | {name})
            for one in callers
            if one != name
        )
    )


def own_entries(code: Code, name: str, features: Features) -> tuple[Entry, ...]:
    """Return the entries that a function shows itself: none for a helper."""
    return tuple(_own(code, name, features))


def entries_above(
    code: Code, name: str, features: Features, seen: frozenset[str] = frozenset()
) -> tuple[Entry, ...]:
    """Return the entries of a function or, if it has none of its own, of its callers."""
    own = tuple(_own(code, name, features))
    if own or len(seen) > 3:
        return own
    above: dict[Entry, None] = {}
    for caller in code.callers(name):
        if caller not in seen:
            above.update(dict.fromkeys(entries_above(code, caller, features, seen | {name})))
    return tuple(above)


def _own(code: Code, name: str, features: Features) -> Iterator[Entry]:
    place = code.place(name)
    if place is None:
        return
    words = code.words(name) - {name}
    page = _page_parameter(code, name)
    sizes = _sizes(code, name, features)
    for trigger in _triggers(code, name, words):
        for size in sizes:
            if trigger != "swap-in" or size in ("small", "large"):
                yield Entry(trigger, size, page)


def _triggers(code: Code, name: str, words: frozenset[str]) -> Iterator[Trigger]:
    accesses = tuple(gup.triggers(code, name))
    outcomes = {code.rules.outcome_of_name(word) for word in words if word.islower()}
    if accesses:
        yield from accesses
    elif words & _SWAP_IN and "reuse" in outcomes:
        yield "swap-in"
    elif any(_FORK.fullmatch(word) for word in words):
        # Where only a swap entry is copied, no page is looked at.
        if not words & SWAP_OUT or words & _PROTECT:
            yield "fork"
    elif _BRINGS.search(code.text(name)):  # nothing was mapped: there is no page to reuse
        return
    elif "reuse" in outcomes and ("copy" in outcomes or _faults(code, name, words)):
        yield "write-fault"
        if "FAULT_FLAG_UNSHARE" in words:
            yield "unshare-fault"
    elif "reuse" in outcomes and code.follows(name):
        yield "other"


def _faults(code: Code, name: str, words: frozenset[str]) -> bool:
    """Tell whether a function handles faults and leaves the copying to others.

    To say so is not enough for a function that copies no single page: khugepaged
    puts a huge page together in the same words.
    """
    if "VM_FAULT_FALLBACK" in words:
        return True
    place = code.place(name)
    return (
        place is not None
        and "hugetlb" in place[0]
        and any(
            {code.rules.outcome_of_name(one) for one in code.words(word)} - {None} == {"copy"}
            for word in words
            if word in code
        )
    )


def _sizes(code: Code, name: str, features: Features) -> tuple[Size, ...]:
    place = code.place(name)
    words, path = code.words(name) - {name}, place[0] if place else ""
    if sum(1 for word in words if _HUGETLB.fullmatch(word)) >= 2 and "hugetlb" in path:
        return ("hugetlb",)
    if "hugepte" in name:  # of a directory that has only huge pages in it
        return ("hugetlb",)
    if "pmd" in name or "pud" in name or "trans_huge" in name:
        return ("pmd",)
    return _pte_sizes(features)


def _pte_sizes(features: Features) -> tuple[Size, ...]:
    return ("small", "large") if features.large_folios else ("small",)


def page_parameters(code: Code, name: str) -> tuple[str, ...]:
    """Return the parameters that are the page: a folio, and the page of it that it is about."""
    place = code.place(name)
    if place is None:
        return ()
    header = place[1].text[: place[1].body]
    names = [match.decode() for match in _PAGE_PARAMETER.findall(header)]
    first = next((one for one in names if not _ANOTHER.match(one)), "")
    return (first, *({"page", "folio"}.intersection(names) - {first})) if first else ()


def _page_parameter(code: Code, name: str) -> str:
    return next(iter(page_parameters(code, name)), "")
