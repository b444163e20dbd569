"""Meaning -> C tests: generated tests in a kernel's own selftest directory.

A suite is put into a tree as its maintainers would: at the places where their
lists have room for it, with what that tree's helpers and scripts offer, and as
a patch series that `git am` takes.  What a tree has is found by looking at its
files and never by its version.  Nothing here reads git or starts a program:
files come in as path -> bytes, and go out through one function that respects
what people edited.
"""

from kanalyze.selftests.generated import generate
from kanalyze.selftests.model import (
    Author,
    Change,
    Header,
    Helper,
    OutputFile,
    Patch,
    Program,
    Runner,
    Series,
    Step,
    Suite,
    Target,
    Wiring,
    Written,
)
from kanalyze.selftests.render import render
from kanalyze.selftests.series import make_series
from kanalyze.selftests.target import TARGET_PATHS, probe
from kanalyze.selftests.wire import wire_suite
from kanalyze.selftests.write import MANIFEST, write_files

__all__ = [
    "MANIFEST",
    "TARGET_PATHS",
    "Author",
    "Change",
    "Header",
    "Helper",
    "OutputFile",
    "Patch",
    "Program",
    "Runner",
    "Series",
    "Step",
    "Suite",
    "Target",
    "Wiring",
    "Written",
    "generate",
    "make_series",
    "probe",
    "render",
    "wire_suite",
    "write_files",
]
