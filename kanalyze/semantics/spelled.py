"""Questions about the page, its entries and its mapping that are not asked by a call alone."""

import re
from typing import Final

import numpy as np

from kanalyze.semantics.values import Value
from kanalyze.semantics.world import SWAP_CACHE, Store, World
from kanalyze.source.expressions import Binary, Expr, Field, Index, Name, Number

_VMA_BIT: Final = re.compile(r"VMA_(\w+)_BIT")


def only_cached(expression: Binary, world: World, store: Store) -> Value | None:
    """Return what ``p->swap_map[offset] == 1`` is: only the swap cache has the entry.

    None for anything else.  So it was counted until the count got flags: Linux
    kernel commit 355cfa73ddff ("mm: modify swap_map and add SWAP_HAS_CACHE
    flag") (in v2.6.31).
    """
    counted = expression.left
    if expression.operator != "==" or expression.right != Number(1):
        return None
    if not isinstance(counted, Index) or not isinstance(counted.base, Field):
        return None
    if counted.base.name != "swap_map":
        return None
    count, cached = world.swapcount(store), store[SWAP_CACHE]
    alone = (count.data + cached.data == 1).astype(np.int32)
    return Value(alone, count.known & cached.known)


def flag_of_mapping(bit: Expr, store: Store) -> Value | None:
    """Return a flag that is asked by the number of its bit: VMA_SHARED_BIT is VM_SHARED."""
    match = _VMA_BIT.fullmatch(bit.name) if isinstance(bit, Name) else None
    return store.get(f"&VM_{match[1]}") if match else None
