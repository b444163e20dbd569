"""Does a function's result tell who shares a page?  The seed of derived signals.

A function qualifies when its result is a truth value or 0/-errno, it is handed
something that says which page (a page, folio, entry, mapping or mm), and the
choice between its results depends on evidence, its own or another such
function's.
"""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from kanalyze.source.evidence import Evidence, Groups
from kanalyze.source.model import Summary
from kanalyze.source.results import Results
from kanalyze.source.rules import Rules

_BOOL = re.compile(rb"\bbool\b[^(]*\(")
_INT = re.compile(rb"\bint\b[^(]*\(")
_ABOUT_A_PAGE = re.compile(
    rb"\bstruct\s+(?:page|folio|vm_area_struct|mm_struct|vm_fault)\b"
    rb"|\b(?:pte|pmd|pud|swp_entry)_t\b"
)
# A function over a range of addresses answers for no page in particular.
_WALKS_A_RANGE = re.compile(rb"\baddr\w*\s*,\s*unsigned\s+long\s+end\b")

# One parameter, named for flags: a word of bits, or a type of its own, by pointer too.
_OF_FLAGS = re.compile(
    rb"\(\s*(?:(?:const\s+)?(?:unsigned\s+\w+|\w+_t)|const\s+\w+)[\s*]+\w*flags\s*\)"
)
_STATIC = re.compile(rb"\bstatic\b")
_ADDRESS_SPACE = re.compile(rb"\bstruct\s+(?:vm_area_struct|mm_struct|vm_fault)\b")

#: Names that put an entry into a page table, or write-protect one in place.
INSTALLS = re.compile(
    r"set_\w*(?:pte|pmd|pud)\w*_at\w*|set_huge_pte_at|pmd_populate\w*|make_\w*migration_entry\w*"
    r"|\w+_set_wrprotect|wrprotect_ptes"
)

#: What a call can stand for besides the answer it gives.
ACTS = frozenset({"arms", "decides"})

NOT_AN_ANSWER = Summary(result="")


def result_is_truth(header: bytes) -> bool:
    """Tell whether a declaration says that the result is a truth value."""
    return bool(_BOOL.search(_before_parameters(header)))


def result_is_truth_like(header: bytes) -> bool:
    """Tell whether a function of flags alone could answer with a truth value."""
    return _returns_number(header) and bool(_OF_FLAGS.search(header))


def could_answer(header: bytes) -> bool:
    """Tell from a declaration alone whether a function could be a derived signal."""
    if not _returns_number(header):
        return False
    return bool(_ABOUT_A_PAGE.search(header)) and not _WALKS_A_RANGE.search(header)


def _returns_number(header: bytes) -> bool:
    returns = _before_parameters(header)
    return bool(_BOOL.search(returns) or _INT.search(returns))


def _before_parameters(header: bytes) -> bytes:
    return header.split(b"(")[0] + b"("


def acts(names: Iterable[str], rules: Rules) -> tuple[str, ...]:
    """Return what a function that uses ``names`` does by itself: arm, or decide a fault."""
    used = set(names)
    found = []
    protecting = used & set(rules.vocabulary.arm.get("write-protect", ()))
    # To take the write bit off a value arms nothing until the value is installed.
    if protecting and any(INSTALLS.fullmatch(name) for name in used | protecting):
        found.append("arms")
    # What only copies, or only makes writable, follows somebody else's decision.
    if {"copy", "reuse"} <= {rules.outcome_of_name(name) for name in used}:
        found.append("decides")
    return tuple(found)


def passes(header: bytes) -> tuple[str, ...]:
    """Return which acts of its callees a function, by its declaration, shares.

    Arming climbs through helpers to the way into their file; deciding climbs
    with the mapping or address space that the fault is about.
    """
    found = []
    if _STATIC.search(header):
        found.append("arms")
    if _ADDRESS_SPACE.search(header):
        found.append("decides")
    return tuple(found)


def is_answer(header: bytes, results: Results) -> bool:
    """Tell whether a function's result is its product: a truth value or 0/-errno."""
    return could_answer(header) and bool(result_is_truth(header) or results.kind())


def summarise(results: Results, evidence: Evidence, header: bytes) -> Summary:
    """Return what the result of a function rests on."""
    if not is_answer(header, results):
        groups_ = evidence.flags_only() if result_is_truth_like(header) else ()
        return Summary(result="bool", groups=groups_) if groups_ else NOT_AN_ANSWER
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
        wraps=results.wrapped(),
    )


@dataclass(frozen=True, slots=True)
class Known:
    """One definition of a function: its summary, and every name it calls."""

    summary: Summary
    calls: frozenset[str]


def truth_values(functions: Mapping[str, Iterable[Known]]) -> frozenset[str]:
    """Return the names that answer with a truth value in one definition at least."""
    return frozenset(
        name for name, ones in functions.items() if any(o.summary.result == "bool" for o in ones)
    )


def derive(
    functions: Mapping[str, Iterable[Known]],
    evidence: Iterable[str],
    earlier: Mapping[str, Groups] | None = None,
    truths: Iterable[str] = (),
) -> dict[str, Groups]:
    """Return the derived signals by name, with the groups and acts they stand for.

    A name can have several definitions (one an ``#if`` arm or a release); what
    any of them rests on counts.  A truth value about ``evidence`` groups passes
    from function to function; an errno only to a truth value or where it is
    returned as it is, so that one failing helper does not make an answer of
    everything above it.  What is no evidence passes only to a function that is
    another name for the one which asks it.

    ``earlier`` are derived signals of other functions, and ``truths`` those of
    them that return a truth value: what comes out includes them.
    """
    found: dict[str, set[str]] = {name: set(groups) for name, groups in (earlier or {}).items()}
    passing = frozenset(evidence)
    truths = truth_values(functions).union(truths)
    changed = True
    while changed:
        changed = False
        for name, definitions in functions.items():
            groups: set[str] = set()
            for one in definitions:
                groups |= _answers(one.summary, found, truths, passing)
                groups |= _acts(one, found)
            if groups - found.get(name, set()):
                found.setdefault(name, set()).update(groups)
                changed = True
    return {name: frozenset(groups) for name, groups in found.items()}


def _answers(
    one: Summary, found: Mapping[str, set[str]], truths: frozenset[str], passing: frozenset[str]
) -> set[str]:
    if not one.result:
        return set()
    groups = set(one.groups)
    asked = set(one.calls) if one.result == "bool" else set(one.calls) & truths
    for callee in asked.union(one.forwards):
        groups |= found.get(callee, set()) & passing
    return groups | found.get(one.wraps, set()) - ACTS


def _acts(one: Known, found: Mapping[str, set[str]]) -> set[str]:
    """Return the acts that calling this function stands for."""
    own = set(one.summary.acts)
    for callee in one.calls & found.keys():
        own |= found[callee] & ACTS
    return own & set(one.summary.passes)
