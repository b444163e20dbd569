"""Where a new name belongs in a list that people keep, ordered or not."""

import re
from collections.abc import Sequence

_WORD_END = re.compile(r"[-_.]")
#: A list of which this share of neighbours is in order is meant to be in order.
_IN_ORDER = 3 / 4


def place(names: Sequence[str], new: str, *, ordered: bool = True) -> int:
    """Return the index in ``names`` before which ``new`` belongs.

    Beside its relatives, the names that begin with the same words; else, in a
    list that is kept in order, where it disturbs the order least; else at the
    end.  ``ordered=False`` is for lists whose order is that of execution.
    """
    relatives = _relatives(names, new)
    if relatives:
        before = [index for index in relatives if names[index] <= new]
        return before[-1] + 1 if before else relatives[0]
    if ordered and _in_order(names):
        return min(range(len(names) + 1), key=lambda gap: (_disorder(names, new, gap), -gap))
    return len(names)


def _relatives(names: Sequence[str], new: str) -> list[int]:
    """Return the indexes of the names that share the most first words with ``new``.

    Words that all names share, such as the ``ksft`` of the wrapper scripts, tell nothing.
    """
    shared = [_shared_words(name, new) for name in names]
    most = max(shared, default=0)
    if most <= min(shared, default=0) and len(names) > 1:
        return []
    return [index for index, words in enumerate(shared) if words == most] if most else []


def _shared_words(one: str, other: str) -> int:
    count = 0
    for left, right in zip(_WORD_END.split(one), _WORD_END.split(other), strict=False):
        if left != right:
            break
        count += 1
    return count


def _in_order(names: Sequence[str]) -> bool:
    pairs = list(zip(names, names[1:], strict=False))
    return sum(one <= other for one, other in pairs) >= _IN_ORDER * len(pairs)


def _disorder(names: Sequence[str], new: str, gap: int) -> int:
    return sum(name > new for name in names[:gap]) + sum(name < new for name in names[gap:])
