"""Linus Torvalds' three rules of December 2021, as sets of page states and outcomes.

R1  Only a page that is obviously mine alone may be reused.
R2  A copy is always safe; one of a page that is mine alone is spurious, a cost.
R3  What must not be copied must not be marked for COW: a page that I have
    pinned, and that nobody else has, stays where it is.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass

import numpy as np

from kanalyze.semantics.evaluate import Evaluation
from kanalyze.semantics.model import Group, Rule, RuleResult, Verdict
from kanalyze.semantics.states import GUP
from kanalyze.semantics.universe import Columns
from kanalyze.semantics.values import Mask

# How many groups of states are shown for a rule.
_MOST_GROUPS = 8


@dataclass(frozen=True, slots=True)
class Trait:
    """One thing about a state that makes it different, and how it comes about."""

    words: str
    has: Callable[[Columns], Mask]


# Who else can read the page.
SHARERS = (
    Trait("it is a page of a file", lambda c: c.anonymous == 0),
    Trait("KSM has merged it", lambda c: c.ksm > 0),
    Trait("another process maps it", lambda c: c.other_maps > 0),
    Trait("another process has a swap entry for it", lambda c: c.other_swaps > 0),
    Trait(
        "another process holds a GUP reference, such as a pipe that was filled by vmsplice()",
        lambda c: c.other_refs > 0,
    ),
    Trait("another process has pinned it", lambda c: c.other_pins > 0),
)
# What can look like somebody else, and is not.
LOOKS = (
    Trait("it is in the swap cache after a swap-in or an aborted swap-out",
           lambda c: c.swap_cache > 0),
    Trait("it waits in this CPU's LRU cache", lambda c: c.lru_refs == 1),
    Trait("it waits in another CPU's LRU cache", lambda c: c.lru_refs == 2),
    Trait("I hold a GUP reference of the FOLL_GET kind", lambda c: c.my_refs > 0),
)  # fmt: skip
# Where there is such a bit.
_NO_BIT = Trait(
    "the exclusive bit is not set: it was shared once, or comes from swap",
    lambda c: c.exclusive == 0,
)
# What it comes from if nothing is special.
_PLAIN = {
    "R1": "nobody else has it",
    "R2": "nothing else has it: a lock was not free, or the code does not look",
    "R3": "made read-only while pinned: by mprotect(), userfaultfd or an aborted swap-out",
}


@dataclass(frozen=True, slots=True)
class Held:
    """A decision against one rule: where it was asked, and where it is broken (or costs)."""

    rule: Rule
    asked: Mask
    bad: Mask
    outcome: str


def hold(evaluation: Evaluation) -> tuple[Held, ...]:
    """Return an evaluation held against the rules, those left out that it cannot touch."""
    return tuple(_held(evaluation))


def _held(evaluation: Evaluation) -> Iterator[Held]:
    if evaluation.entry.trigger in GUP:
        yield from _held_by_gup(evaluation)
        return
    columns = evaluation.universe.columns
    shared, mine = columns.shared, ~columns.shared
    pinned = mine & (columns.my_pins > 0)
    copied = evaluation.possible("copy")
    fork = evaluation.entry.trigger == "fork"
    reused = evaluation.possible("reuse")
    if reused.any():
        yield Held("R1", reused, reused & shared, "reuse")
    if copied.any() or reused.any():
        alone = mine & (columns.my_pins == 0)
        yield Held("R2", alone, alone & copied, "copy")
    wrong = "share" if fork else "copy"
    if copied.any() or evaluation.possible(wrong).any():
        yield Held("R3", pinned, pinned & evaluation.possible(wrong), wrong)


def _held_by_gup(evaluation: Evaluation) -> Iterator[Held]:
    """Hold what GUP follows against the rules.

    What it writes to must be mine alone (R1).  What it pins to read must stay the
    page that I see: one that is not exclusive is copied when I write, and a page
    of a file, too, which only a pin that stays is there to notice (R3).
    """
    trigger, universe = evaluation.entry.trigger, evaluation.universe
    columns, followed = universe.columns, evaluation.possible("follow")
    if trigger in ("gup-write", "gup-forced-write"):
        if followed.any():
            yield Held("R1", followed, followed & columns.shared, "follow")
        return
    anonymous = columns.anonymous > 0
    lost = columns.exclusive == 0 if universe.features.exclusive_bit else columns.shared
    lost = lost & anonymous | (~anonymous & (trigger == "gup-long-pin"))
    if followed.any() or evaluation.possible("unshare").any():
        yield Held("R3", lost, lost & followed, "follow")


def results(evaluation: Evaluation) -> tuple[RuleResult, ...]:
    """Return how a decision stands against each rule, with the smallest states as witnesses."""
    return tuple(_result(evaluation, held) for held in hold(evaluation))


def _result(evaluation: Evaluation, held: Held) -> RuleResult:
    states = int(held.bad.sum())
    broken: Verdict = "cost" if held.rule == "R2" else "broken"
    only = evaluation.only(held.outcome)
    verdict: Verdict = "holds" if not states else broken
    return RuleResult(
        rule=held.rule,
        verdict=verdict if held.asked.any() else "not-asked",
        states=states,
        of=int(held.asked.sum()),
        open=int((held.bad & ~only).sum()),
        groups=tuple(_groups(evaluation, held)),
    )


def _groups(evaluation: Evaluation, held: Held) -> Iterator[Group]:
    """Yield the states by what is special about them, the smallest first."""
    columns = evaluation.universe.columns
    bit = (_NO_BIT,) if evaluation.universe.features.exclusive_bit else ()
    gup = evaluation.entry.trigger in GUP
    traits = SHARERS if held.rule == "R1" or gup else (*LOOKS, *bit)
    code = np.zeros(evaluation.universe.size, np.int32)
    for place, trait in enumerate(traits):
        code |= trait.has(columns).astype(np.int32) << place
    weights = evaluation.universe.weights
    found = []
    for number in np.unique(code[held.bad]):
        mask = held.bad & (code == number)
        found.append((evaluation.universe.smallest(mask), int(number), int(mask.sum())))
    found.sort(key=lambda one: (int(weights[one[0]]), one[0]))
    for state, number, count in found[:_MOST_GROUPS]:
        named = [trait.words for place, trait in enumerate(traits) if number >> place & 1]
        yield Group(
            words=", ".join(named) or (_NO_BIT.words if gup else _PLAIN[held.rule]),
            states=count,
            witness=evaluation.witness(state, held.outcome),
        )
