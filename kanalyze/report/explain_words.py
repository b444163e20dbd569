"""How the reports on page states say things: rules, triggers, sizes, witnesses, counts."""

from collections.abc import Collection, Iterable, Mapping
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from kanalyze.semantics.model import Explanation, RuleResult, Witness

#: The rules by their short names, in the order in which they are told.
RULES = {
    "R1": "exclusive ownership",
    "R2": "spurious copies",
    "R3": "pinned pages stay",
}

_TRIGGERS = {
    "write-fault": "write fault",
    "unshare-fault": "unshare fault",
    "swap-in": "swap-in",
    "fork": "fork",
    "gup-write": "GUP write",
    "gup-forced-write": "GUP forced write",
    "gup-read-pin": "GUP read pin",
    "gup-long-pin": "GUP long-term read pin",
    "unmap": "unmap",
    "other": "other caller",
}
#: The sizes of a page.
SIZES = {
    "small": "small page",
    "large": "large folio",
    "pmd": "PMD mapping",
    "hugetlb": "hugetlb page",
}
#: The states in which a rule is asked.
_ASKED = {
    "R1": "that can end in reuse",
    "R2": "that are mine alone and not pinned",
    "R3": "that are mine alone and pinned by me",
}
#: The same where GUP follows an entry: by the trigger.
_ASKED_BY_GUP = {
    "gup-write": "in which it is written to",
    "gup-forced-write": "in which it is written to",
    "gup-read-pin": "that a later write of mine copies",
    "gup-long-pin": "that a later write of mine copies",
}
#: What happens when a rule is broken: (rule, outcome) -> the consequence.
_SO = {
    ("R1", "follow"): ", and the other side sees what is written",
    ("R3", "follow"): ", and my next write gives me another page than the pin has",
    ("R1", "reuse"): ", and the other side sees what I write",
    ("R3", "copy"): ", and the device keeps writing to the old page",
}
_FEATURES = {
    "exclusive_bit": "exclusive bit",
    "pin_bias": "pin bias",
    "pin_counter": "pin counter of large folios",
    "large_folios": "large folios",
    "ksm": "KSM",
    "pins_stay_mapped": "pinned pages that stay mapped",
}


def count(number: int, one: str, many: str = "") -> str:
    """Return a number with its noun: ``1 state``, ``2 states``."""
    return f"{number} {one if number == 1 else many or one + 's'}"


def situation(trigger: str, size: str) -> str:
    """Return when a decision is asked: ``write fault, small page``."""
    return f"{_TRIGGERS.get(trigger, trigger)}, {SIZES.get(size, size)}"


def features_text(features: Mapping[str, bool]) -> str:
    """Return what the tree has of the things that decide which states there are."""
    has = [words for name, words in _FEATURES.items() if features.get(name)]
    lacks = [
        words
        for name, words in _FEATURES.items()
        if not features.get(name) and name != "pins_stay_mapped"  # found out, not there or not
    ]
    told = [f"the tree has {listed(has)}"] if has else []
    told += [f"no {listed(lacks, 'or')}"] if lacks else []
    return ", but ".join(told)


def listed(words: Collection[str], last: str = "and") -> str:
    """Return words as a sentence has them: ``a, b and c``."""
    *head, tail = words
    return f"{', '.join(head)} {last} {tail}" if head else tail


def counted(counters: "Iterable[tuple[str, int]]") -> str:
    """Return what the kernel reads: ``page_count 1025, page_mapcount 1``."""
    return ", ".join(f"{name} {value}" for name, value in counters)


def witness_text(witness: "Witness", rule: str = "") -> str:
    """Return a page state, what the kernel reads in it, and where that leads.

    With a ``rule`` that this breaks, also what follows from it.
    """
    parts = [part for part in (witness.words, counted(witness.counters)) if part]
    others = [one for one in witness.outcomes if one != witness.outcome]
    also = f" (or {listed(others, 'or')})" if others else ""
    return f"{': '.join(parts)} -> {witness.outcome}{also}{_SO.get((rule, witness.outcome), '')}"


def verdict_text(result: "RuleResult", explanation: "Explanation") -> str:
    """Return how a decision stands to a rule, in one sentence with its smallest witness."""
    if result.verdict == "not-asked":
        return "not asked here"
    if result.verdict == "holds":
        so_far = "as far as it could be evaluated, " if explanation.partial else ""
        return so_far + _holds(result, explanation.trigger)
    broken = result.verdict == "broken"
    states = f"{result.states} of {count(result.of, 'state')}"
    if result.states == result.of:
        states = f"all {count(result.of, 'state')}" if result.of > 1 else "the only state"
    told = f"{'BROKEN in ' if broken else ''}{states} {_asked(result, explanation.trigger)}"
    if result.open:
        some = f"in {result.open} of them " if result.open < result.states else ""
        told += f", {some}depending on more than the page state"
    if result.groups:
        example = witness_text(result.groups[0].witness, result.rule if broken else "")
        told += f"; {'e.g.' if len(result.groups) == 1 else 'smallest:'} {example}"
    return told


def _asked(result: "RuleResult", trigger: str) -> str:
    asked = _ASKED_BY_GUP.get(trigger, _ASKED[result.rule])
    return asked.replace("that are", "that is") if result.of == 1 else asked


def _holds(result: "RuleResult", trigger: str) -> str:
    asked = _asked(result, trigger)
    if not result.of:
        return f"{'none' if result.rule == 'R2' else 'holds'}: there are no states {asked}"
    states = "the only state" if result.of == 1 else f"all {result.of} states"
    if result.rule == "R2":
        states = states.replace("all", "the")
        return f"none in {states} {asked}"
    return f"holds in {states} {asked}"
