"""tests -> evidence.

The lab gets kernels, builds tests and runs them, and says what the machine
lacks for it.  It knows the files that it is given and the records that it
returns, and nothing of how a test came to be.  Debian's kernels and sources
come through an apt of its own.
"""

from kanalyze.lab.build import BuildFailed, Built, build_kernel
from kanalyze.lab.build_config import CONFIGS
from kanalyze.lab.debian import KernelSource, cached_sources, fetch_source, list_sources
from kanalyze.lab.doctor import Finding, examine
from kanalyze.lab.kernels import find_kernel
from kanalyze.lab.kernels_archive import KernelImage, fetch_image, list_images
from kanalyze.lab.kernels_kept import FLAVOURS
from kanalyze.lab.model import Kernel

__all__ = [
    "CONFIGS",
    "FLAVOURS",
    "BuildFailed",
    "Built",
    "Finding",
    "Kernel",
    "KernelImage",
    "KernelSource",
    "build_kernel",
    "cached_sources",
    "examine",
    "fetch_image",
    "fetch_source",
    "find_kernel",
    "list_images",
    "list_sources",
]
