"""The page states of two trees side by side: what is one state here and there."""

from collections import Counter
from dataclasses import dataclass

import numpy as np

from kanalyze.semantics.universe import Columns, Universe, invariants
from kanalyze.semantics.values import Ints, Mask

# No count of a state reaches this: every field is one digit of a number.
_BASE = 8


@dataclass(frozen=True, slots=True)
class Aligned:
    """The states that both trees have, as numbers of each side in the same order.

    ``columns`` and ``weights`` are those of the side that tells more states apart.
    """

    before: Ints
    after: Ints
    columns: Columns
    weights: Ints
    notes: tuple[str, ...]


def align(before: Universe, after: Universe, names: tuple[str, str]) -> Aligned:
    """Return which state is which; ``names`` are those of the two trees, for the notes.

    Where only one tree has the exclusive bit, each of its states stands beside
    the one without the bit.  A state that only one tree can have is left out.
    """
    if before is after:
        every = np.arange(before.size, dtype=np.int32)
        return Aligned(every, every, before.columns, before.weights, ())
    bits = before.features.exclusive_bit and after.features.exclusive_bit
    keys_before, keys_after = _keys(before.columns, bits), _keys(after.columns, bits)
    notes = (
        *_lost(before, ~np.isin(keys_before, keys_after), after, names),
        *_lost(after, ~np.isin(keys_after, keys_before), before, names[::-1]),
    )
    if after.features.exclusive_bit:
        here, there = _found(keys_after, keys_before)
        return Aligned(there, here, _of(after.columns, here), after.weights[here], notes)
    here, there = _found(keys_before, keys_after)
    return Aligned(here, there, _of(before.columns, here), before.weights[here], notes)


def _keys(columns: Columns, bits: bool) -> Ints:
    """Return one number a state; without ``bits`` the exclusive bit counts as cleared."""
    total = np.zeros(len(columns.my_maps), dtype=np.int64)
    for name in Columns.__slots__:
        if bits or name != "exclusive":
            total = total * _BASE + getattr(columns, name)
    return total  # type: ignore[return-value]


def _found(many: Ints, few: Ints) -> tuple[Ints, Ints]:
    """Return the numbers of ``many`` that are among ``few``, and where they are there."""
    order = np.argsort(few, kind="stable")
    place = np.clip(np.searchsorted(few[order], many), 0, len(few) - 1)
    there = order[place]
    here = np.flatnonzero(few[there] == many)
    return here.astype(np.int32), there[here].astype(np.int32)


def _of(columns: Columns, numbers: Ints) -> Columns:
    return Columns(**{name: getattr(columns, name)[numbers] for name in Columns.__slots__})


def _lost(one: Universe, lost: Mask, other: Universe, names: tuple[str, str]) -> tuple[str, ...]:
    """Return the sentence about the states of one tree that the other cannot have."""
    if not lost.any():
        return ()
    columns = _of(one.columns, np.flatnonzero(lost).astype(np.int32))
    why: Counter[str] = Counter()
    if not other.features.ksm and columns.ksm.any():
        why["there is no KSM"] += int(columns.ksm.sum())
    for invariant in invariants(other.features):
        broken = int(invariant.broken(columns, other.page_size).sum())
        if broken:
            why[invariant.name] += broken
    reasons = "; ".join(reason for reason, _ in why.most_common()) or "another set of fields"
    return (
        f"{one.trigger}, {one.page_size}: {int(lost.sum())} of {one.size} page states of "
        f"{names[0]} cannot be in {names[1]} and were not compared: {reasons}",
    )
