"""tests -> evidence.

The lab gets kernels, builds tests and runs them, and says what the machine
lacks for it.  It knows the files that it is given and the records that it
returns, and nothing of how a test came to be.  So far it fetches Debian's
kernel sources through an apt of its own, and looks the machine over.
"""

from kanalyze.lab.debian import KernelSource, cached_sources, fetch_source, list_sources
from kanalyze.lab.doctor import Finding, examine

__all__ = [
    "Finding",
    "KernelSource",
    "cached_sources",
    "examine",
    "fetch_source",
    "list_sources",
]
