"""Facts in, meaning out: what a decision does in every state that a page can be in.

A page state says who has a page and how; the counters that the kernel reads
derive from it.  A function is followed from its entry to its ends with all page
states at once, its outcomes are held against the three rules, and two versions
of it are compared state by state.  Nothing here knows git, files or output.
"""

import importlib
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from kanalyze.semantics.explained import compared, explain, over
    from kanalyze.semantics.given import Tree
    from kanalyze.semantics.meaning import FunctionIn, Versions

# Public name -> its module, imported when it is asked for: it takes numpy along.
_HOMES = {
    "FunctionIn": "meaning",
    "Tree": "given",
    "Versions": "meaning",
    "compared": "explained",
    "explain": "explained",
    "over": "explained",
}


def __getattr__(name: str) -> object:
    """Import the module of a public name (PEP 562)."""
    if name not in _HOMES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(importlib.import_module(f"{__name__}.{_HOMES[name]}"), name)


__all__ = ["FunctionIn", "Tree", "Versions", "compared", "explain", "over"]
