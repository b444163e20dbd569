"""tests -> evidence.

The lab gets kernels, builds tests and runs them, and says what the machine
lacks for it.  It knows the files that it is given and the records that it
returns, and nothing of how a test came to be.  Debian's kernels and sources
come through an apt of its own.
"""

from kanalyze.lab.arch import find_arch
from kanalyze.lab.build import BuildFailed, Built, build_kernel
from kanalyze.lab.build_config import CONFIGS
from kanalyze.lab.debian import KernelSource, cached_sources, fetch_source, list_sources
from kanalyze.lab.doctor import Finding, examine
from kanalyze.lab.kernels import find_kernel
from kanalyze.lab.kernels_archive import KernelImage, fetch_image, list_images
from kanalyze.lab.kernels_kept import FLAVOURS, KeptKernel, built_kernels
from kanalyze.lab.model import CaseResult, Kernel, LabRun, TestProgram
from kanalyze.lab.on_kernel import Watcher
from kanalyze.lab.programs import build_generated, scratch
from kanalyze.lab.run import RunRequest, run_tests
from kanalyze.lab.tree_suite import build_tree_tests
from kanalyze.lab.workers import guest_workers

__all__ = [
    "CONFIGS",
    "FLAVOURS",
    "BuildFailed",
    "Built",
    "CaseResult",
    "Finding",
    "Kernel",
    "KernelImage",
    "KernelSource",
    "KeptKernel",
    "LabRun",
    "RunRequest",
    "TestProgram",
    "Watcher",
    "build_generated",
    "build_kernel",
    "built_kernels",
    "build_tree_tests",
    "cached_sources",
    "examine",
    "fetch_image",
    "fetch_source",
    "find_arch",
    "find_kernel",
    "guest_workers",
    "list_images",
    "list_sources",
    "run_tests",
    "scratch",
]
