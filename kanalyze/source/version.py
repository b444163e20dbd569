"""The analyser's version: a digest of the code that makes facts.

A number would have to be changed by hand with every change that can change a
fact, and the time it is forgotten is the time when a store gives wrong answers.
"""

import functools
import hashlib
from pathlib import Path

_PACKAGE = Path(__file__).resolve().parent.parent
_ALSO = ("assemble.py", "events.py", "gather.py", "model.py", "things.py", "timeline.py")


@functools.cache
def analyser_version() -> str:
    """Return the digest of the analysis, and of what turns facts into records and events."""
    digest = hashlib.blake2b(digest_size=8)
    history = _PACKAGE / "history"
    for path in [*sorted((_PACKAGE / "source").glob("*.py")), *(history / name for name in _ALSO)]:
        digest.update(path.read_bytes())
    return digest.hexdigest()
