"""The analyser's version: digests of the code that makes facts and events.

A number would have to be changed by hand with every change that can change a
fact, and the time it is forgotten is the time when a store gives wrong answers.
"""

import functools
import hashlib
from collections.abc import Iterable
from pathlib import Path

_PACKAGE = Path(__file__).resolve().parent.parent
# What makes records of facts.
_ALSO = ("assemble.py", "gather.py", "model.py")


@functools.cache
def analyser_version() -> str:
    """Return the digest of the analysis, and of what turns facts into records."""
    history = _PACKAGE / "history"
    return _digest([*(_PACKAGE / "source").glob("*.py"), *(history / name for name in _ALSO)])


@functools.cache
def events_version() -> str:
    """Return the digest of what turns facts into events: the whole of the history room.

    Some of it does not, and a change there makes events anew for nothing: that
    takes no parsing.  A list would have to be kept by hand.
    """
    return _digest((_PACKAGE / "history").glob("*.py"))


def _digest(paths: Iterable[Path]) -> str:
    digest = hashlib.blake2b(digest_size=8)
    for path in sorted(paths):
        text = path.read_bytes()
        digest.update(b"%s %d\n" % (path.name.encode(), len(text)) + text)
    return digest.hexdigest()
