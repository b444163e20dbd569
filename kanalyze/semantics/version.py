"""The evaluator's version: a digest of the code that says what a decision comes to.

As :mod:`kanalyze.source.version` for facts: what was evaluated by other code is
not taken for what this code would say.
"""

import functools
import hashlib
from pathlib import Path

_HERE = Path(__file__).resolve().parent


@functools.cache
def evaluator_version() -> str:
    """Return the digest of this room; what it reads is covered by the analyser's version."""
    digest = hashlib.blake2b(digest_size=8)
    for path in sorted(_HERE.glob("*.py")):
        digest.update(path.read_bytes())
    return digest.hexdigest()
