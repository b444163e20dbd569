"""Does a function's result tell who shares a page?  The seed of derived signals.

A function qualifies when its result is a truth value or 0/-errno, it is handed
something that says which page (a page, folio, entry, mapping or mm), and the
choice between its results depends on evidence, its own or another such
function's.
"""

import re
from collections.abc import Iterable, Mapping

from kanalyze.source.evidence import Evidence, Groups
from kanalyze.source.model import Summary
from kanalyze.source.results import Results

_BOOL = re.compile(rb"\bbool\b[^(]*\(")
_INT = re.compile(rb"\bint\b[^(]*\(")
_ABOUT_A_PAGE = re.compile(
    rb"\bstruct\s+(?:page|folio|vm_area_struct|mm_struct|vm_fault)\b"
    rb"|\b(?:pte|pmd|pud|swp_entry)_t\b"
)
# A function over a range of addresses answers for no page in particular.
_WALKS_A_RANGE = re.compile(rb"\baddr\w*\s*,\s*unsigned\s+long\s+end\b")

NOT_AN_ANSWER = Summary(result="")


def result_is_truth(header: bytes) -> bool:
    """Tell whether a declaration says that the result is a truth value."""
    return bool(_BOOL.search(header.split(b"(")[0] + b"("))


def could_answer(header: bytes) -> bool:
    """Tell from a declaration alone whether a function could be a derived signal."""
    returns = header.split(b"(")[0] + b"("
    if not (_BOOL.search(returns) or _INT.search(returns)):
        return False
    return bool(_ABOUT_A_PAGE.search(header)) and not _WALKS_A_RANGE.search(header)


def is_answer(header: bytes, results: Results) -> bool:
    """Tell whether a function's result is its product: a truth value or 0/-errno."""
    return could_answer(header) and bool(result_is_truth(header) or results.kind())


def summarise(results: Results, evidence: Evidence, header: bytes) -> Summary:
    """Return what the result of a function rests on."""
    if not is_answer(header, results):
        return NOT_AN_ANSWER
    kind = "bool" if result_is_truth(header) else results.kind()
    groups: set[str] = set()
    calls: set[str] = set()
    for place in results.deciding():
        groups |= evidence.groups(place)
        calls |= evidence.calls(place)
    return Summary(
        result="bool" if kind == "bool" else "errno",
        groups=tuple(sorted(groups)),
        calls=tuple(sorted(calls)),
        forwards=tuple(sorted(results.forwarded())),
    )


def derive(summaries: Mapping[str, Iterable[Summary]]) -> dict[str, Groups]:
    """Return the derived signals among functions by name, with the groups they rest on.

    A name can have several definitions (one an ``#if`` arm or a release); what
    any of them rests on counts.  A truth value passes from function to function;
    an errno only to a truth value or where it is returned as it is, so that one
    failing helper does not make an answer of everything above it.
    """
    found: dict[str, Groups] = {}
    truths = {name for name, ones in summaries.items() if any(one.result == "bool" for one in ones)}
    changed = True
    while changed:
        changed = False
        for name, definitions in summaries.items():
            groups: set[str] = set(found.get(name, ()))
            for one in definitions:
                if not one.result:
                    continue
                groups.update(one.groups)
                passing = set(one.calls) if one.result == "bool" else set(one.calls) & truths
                for callee in passing.union(one.forwards):
                    groups |= found.get(callee, frozenset())
            if groups and frozenset(groups) != found.get(name):
                found[name] = frozenset(groups)
                changed = True
    return found
