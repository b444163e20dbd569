"""The states in which a decision changed, put together by what changed and why they differ."""

import functools
from collections.abc import Callable, Iterator
from dataclasses import dataclass

import numpy as np

from kanalyze.semantics.aligned import Aligned
from kanalyze.semantics.evaluate import Evaluation
from kanalyze.semantics.judge import LOOKS, SHARERS, hold
from kanalyze.semantics.model import ChangedGroup, Direction, Rule, Witness
from kanalyze.semantics.universe import Columns
from kanalyze.semantics.values import Ints, Mask
from kanalyze.semantics.words import words

# These say that a decision was put off, not what it was.
_TRANSIENT = ("none", "retry")
_UNKNOWN = "return ?"
# A spurious copy (R2) is a cost and breaks nothing.
_RULES: tuple[Rule, ...] = ("R1", "R3")


class Changes:
    """One decision before and after, over the states that both trees have."""

    def __init__(self, before: Evaluation, after: Evaluation, aligned: Aligned) -> None:
        self.before = before
        self.after = after
        self.aligned = aligned
        names = sorted({*before.outcomes, *after.outcomes})
        self._names = names
        self.codes = (
            _codes(before, names, aligned.before),
            _codes(after, names, aligned.after),
        )
        self.unknown = tuple(self._unknown())
        self.told = self._told(before, self.codes[0]) & self._told(after, self.codes[1])
        self.differ: Mask = self.told & (self.codes[0] != self.codes[1])

    def _told(self, evaluation: Evaluation, codes: Ints) -> Mask:
        """Return where something is known.

        Not where a partial evaluation came to no end, nor where it returns
        something that could not be told.
        """
        numbers = self.aligned.before if evaluation is self.before else self.aligned.after
        known: Mask = ~evaluation.possible(_UNKNOWN)[numbers]
        return known & (codes != 0) if evaluation.partial else known

    def _unknown(self) -> Iterator[str]:
        """Yield a sentence for each side on which states were left without an outcome."""
        for when, one, codes in zip(
            ("before", "after"), (self.before, self.after), self.codes, strict=True
        ):
            lost = int((~self._told(one, codes)).sum())
            if lost:
                yield f"{when}: {lost} page states were not compared, as their outcome is not known"

    @functools.cached_property
    def breaks(self) -> dict[Rule, Mask]:
        """Return for each rule the states in which it is broken after and was not before."""
        return {rule: bad[1] & ~bad[0] & self.differ for rule, bad in self._bad.items()}

    @functools.cached_property
    def mends(self) -> dict[Rule, Mask]:
        """Return for each rule the states in which it was broken before and is not after."""
        return {rule: bad[0] & ~bad[1] & self.differ for rule, bad in self._bad.items()}

    @functools.cached_property
    def _bad(self) -> dict[Rule, tuple[Mask, Mask]]:
        """Return for each rule where it is broken, before and after."""
        sides = [
            {held.rule: held.bad[numbers] for held in hold(one)}
            for one, numbers in (
                (self.before, self.aligned.before),
                (self.after, self.aligned.after),
            )
        ]
        never = np.zeros(len(self.differ), dtype=np.bool_)
        return {rule: (sides[0].get(rule, never), sides[1].get(rule, never)) for rule in _RULES}

    @property
    def direction(self) -> Direction:
        """Return which way it went, held against the rules."""
        if not self.differ.any():
            return "refactors"
        if any(mask.any() for mask in self.breaks.values()):
            return "weakens"
        return "strengthens" if any(mask.any() for mask in self.mends.values()) else "changes"

    def outcomes(self, code: int) -> tuple[str, ...]:
        """Return the outcomes that a code stands for."""
        return tuple(name for place, name in enumerate(self._names) if code >> place & 1)


def _codes(evaluation: Evaluation, names: list[str], numbers: Ints) -> Ints:
    """Return one bit for each outcome that is possible; transient ones if nothing else is.

    These count as one: whether it gives up or retries, it is decided another time.
    """
    lasting = np.zeros(len(numbers), dtype=np.int32)
    passing = np.zeros(len(numbers), dtype=np.int32)
    transient = next((place for place, name in enumerate(names) if name in _TRANSIENT), 0)
    for place, name in enumerate(names):
        possible = evaluation.possible(name)[numbers].astype(np.int32)
        if name in _TRANSIENT:
            passing |= possible << transient
        else:
            lasting |= possible << place
    return np.where(lasting != 0, lasting, passing)


# ---------------------------------------------------------------------- groups


@dataclass(frozen=True, slots=True)
class _Kind:
    """States that changed alike and are special alike."""

    mask: Mask
    before: int
    after: int
    breaks: tuple[Rule, ...]
    mends: tuple[Rule, ...]


def groups(changes: Changes) -> Iterator[ChangedGroup]:
    """Yield the changed states by what changed and what is special about them, smallest first."""
    kinds = []
    for kind in _kinds(changes):
        for mask in _special(changes, kind.mask):
            numbers = np.flatnonzero(mask)
            first = int(numbers[np.argmin(changes.aligned.weights[numbers])])
            weight = int(changes.aligned.weights[first])
            kinds.append((weight, first, mask, kind))
    for _, state, mask, kind in sorted(kinds, key=lambda one: one[:2]):
        before, after = changes.outcomes(kind.before), changes.outcomes(kind.after)
        yield ChangedGroup(
            words=_words(changes, mask),
            states=int(mask.sum()),
            before=before,
            after=after,
            breaks=kind.breaks,
            mends=kind.mends,
            witness_before=_witness(
                changes.before, int(changes.aligned.before[state]), before, after
            ),
            witness_after=_witness(changes.after, int(changes.aligned.after[state]), after, before),
        )


def _kinds(changes: Changes) -> Iterator[_Kind]:
    """Yield the changed states by what they came to before and after, and what that breaks."""
    signs = np.stack(
        [
            *changes.codes,
            *(changes.breaks[rule] for rule in _RULES),
            *(changes.mends[rule] for rule in _RULES),
        ]
    )
    for sign in np.unique(signs[:, changes.differ], axis=1).T:
        mask = changes.differ & (signs == sign[:, None]).all(axis=0)
        broken, mended = sign[2 : 2 + len(_RULES)], sign[2 + len(_RULES) :]
        yield _Kind(
            mask,
            int(sign[0]),
            int(sign[1]),
            tuple(rule for rule, yes in zip(_RULES, broken, strict=True) if yes),
            tuple(rule for rule, yes in zip(_RULES, mended, strict=True) if yes),
        )


def _special(changes: Changes, mask: Mask) -> Iterator[Mask]:
    """Yield states by what is special about them: who else has the page, or what looks like it.

    What is special about a few of them only is no group of its own: a page that
    another process maps *and* has in a pipe goes with those that are mapped.
    """
    columns = changes.aligned.columns
    traits = _traits(columns)
    found = {int(code): mask & (traits == code) for code in np.unique(traits[mask])}
    least: list[int] = []
    for code in sorted(found, key=lambda one: (one.bit_count(), one)):
        home = next((one for one in least if one and one & code == one), None)
        if home is None:
            least.append(code)
        else:
            found[home] |= found[code]
    yield from (found[code] for code in least)


def _traits(columns: Columns) -> Ints:
    """Return one bit a trait: of a shared page who shares it, of mine alone what looks like it."""
    code = np.zeros(len(columns.my_maps), dtype=np.int32)
    mine = ~columns.shared
    for place, trait in enumerate(SHARERS):
        code |= trait.has(columns).astype(np.int32) << place
    for place, trait in enumerate(LOOKS, len(SHARERS)):
        code |= (trait.has(columns) & mine).astype(np.int32) << place
    return code | (((columns.my_pins > 0) & mine).astype(np.int32) << len(SHARERS) + len(LOOKS))


def _witness(
    evaluation: Evaluation, state: int, outcomes: tuple[str, ...], others: tuple[str, ...]
) -> Witness:
    """Return a state with the way to an outcome that the other side has not, if there is one."""
    own = [name for name in outcomes if name not in others] or list(outcomes)
    if own:
        return evaluation.witness(state, own[0])
    page = evaluation.universe.state(state)
    return Witness(
        state=page,
        words=words(page, evaluation.entry.trigger),
        counters=(),
        outcomes=(),
        outcome="none",
        path=(),
    )


# ----------------------------------------------------------------------- words


@dataclass(frozen=True, slots=True)
class _Count:
    """Words for a field that counts: for one, for two, and for some of either."""

    of: Callable[[Columns], Ints]
    one: str
    two: str
    some: str


_COUNTS = (
    _Count(lambda c: c.other_maps, "mapped by another process, too", "mapped by others, too",
           "mapped by others, too"),
    _Count(lambda c: c.other_swaps, "one swap entry of another process",
           "two swap entries of other processes", "swap entries of other processes"),
    _Count(lambda c: c.my_pins, "one FOLL_PIN of mine", "two FOLL_PINs of mine",
           "pinned by me"),
    _Count(lambda c: c.other_pins, "one FOLL_PIN of another process",
           "two FOLL_PINs of other processes", "pinned by another process"),
    _Count(lambda c: c.my_refs, "one GUP reference of mine", "two GUP references of mine",
           "GUP references of mine"),
    _Count(lambda c: c.other_refs, "one GUP reference held by another process",
           "two GUP references held by another process",
           "GUP references held by another process"),
)  # fmt: skip


def _words(changes: Changes, mask: Mask) -> str:
    """Return what all states of a group have in common."""
    columns, numbers = changes.aligned.columns, np.flatnonzero(mask).astype(np.int32)
    told = list(_common(columns, numbers))
    features = changes.after.universe.features
    if features.exclusive_bit and changes.before.universe.features.exclusive_bit:
        bit = columns.exclusive[numbers]
        if bit.all():
            told.append("exclusive bit set")
        elif not bit.any() and not columns.shared[numbers].any():
            told.append("exclusive bit not set")
    return ", ".join(told) or "whoever else has it"


def _common(columns: Columns, numbers: Ints) -> Iterator[str]:
    shared = columns.shared[numbers]
    if not shared.any():
        yield "mine alone"
    if not columns.anonymous[numbers].any():
        yield "a file page"
    if columns.ksm[numbers].all():
        yield "merged by KSM"
    for count in _COUNTS:
        low, high = count.of(columns)[numbers].min(), count.of(columns)[numbers].max()
        if low:
            yield {(1, 1): count.one, (2, 2): count.two}.get((int(low), int(high)), count.some)
    if columns.swap_cache[numbers].all():
        yield "in the swap cache"
    lru = columns.lru_refs[numbers]
    if lru.all():
        which = {1: "in this CPU's LRU cache", 2: "in another CPU's LRU cache"}
        yield which[int(lru.min())] if lru.min() == lru.max() else "in an LRU cache"
