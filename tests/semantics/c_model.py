"""A second opinion on decisions: the kernel's own text, compiled and run in every state.

The functions are those of a real tree, taken from it while the tests run.
``shim.h`` beside this file has the kernel's primitives as functions on plain
variables, so that nothing here shares anything with the evaluator but the
definition of a page state.
"""

import re
import shutil
import subprocess
import sys
from array import array
from collections.abc import Sequence
from dataclasses import dataclass, fields
from pathlib import Path
from typing import get_args

from kanalyze.semantics.states import LARGE_PAGES, LruRefs, PageState, Size

HERE = Path(__file__).parent

# By their bit, as in enum outcome of shim.h.  The last is no outcome: the code
# has ended without having come to one.
WORDS = ("reuse", "copy", "return true", "return false", "neither")

# What put_into_state() and the primitives know of a state.
_FIELDS = (
    *("size", "anonymous", "my_maps", "other_maps", "my_swaps", "other_swaps", "swap_cache"),
    *("my_refs", "other_refs", "my_pins", "other_pins", "lru_refs", "ksm", "exclusive"),
)

# Errors, lest a compiler guesses what it was not told.
_STRICT = (
    *("implicit-function-declaration", "implicit-int", "int-conversion"),
    *("incompatible-pointer-types", "discarded-qualifiers", "return-type"),
)
_COMMAND = ("-std=gnu11", "-ffreestanding", "-nostdlib", "-shared", "-fPIC", "-O1")

_CONFIG = re.compile(r"\bCONFIG_\w+")
_ENDLESS = 60  # seconds; all states together take less than one


class ModelError(Exception):
    """The functions could not be compiled or run; the message is what the compiler said."""


@dataclass(frozen=True)
class Model:
    """Compiled functions and how to call them."""

    library: Path
    entry: str

    def outcomes(self, states: Sequence[PageState]) -> list[frozenset[str]]:
        """Return what the entry function can come to in each state, in words of ``WORDS``."""
        if not states:
            return []
        packed = array("i", (number for state in states for number in _numbers(state)))
        command = [sys.executable, "-I", "-S", str(HERE / "c_run.py"), str(self.library)]
        try:
            done = subprocess.run(
                command, input=packed.tobytes(), capture_output=True, timeout=_ENDLESS, check=False
            )
        except subprocess.TimeoutExpired:
            raise ModelError(f"{self.entry} did not end in {_ENDLESS} s") from None
        if done.returncode or len(done.stdout) != len(states):
            said = done.stderr.decode(errors="replace").strip()
            raise ModelError(f"{self.entry} ended with {done.returncode}: {said}")
        known = {mask: _words(mask) for mask in set(done.stdout)}
        return [known[mask] for mask in done.stdout]


def compiler() -> str | None:
    """Return the path of a C compiler, None if there is none."""
    return shutil.which("cc")


def compile_model(functions: Sequence[str], entry: str, call: str, workdir: Path) -> Model:
    """Compile the texts of C functions, callees first, into a model of ``entry``.

    ``call`` is the statements that call it, on ``page``, ``folio``, ``vma``,
    ``vmf`` and ``si``; around a predicate they put ``returns()``, and
    ``code_holds(1)`` before it stands for a reference that the code has.  Also
    there: ``choose()``, ``open_bits(FLAGS)``, ``settled = true``, which
    answers "no" to everything that is open.
    """
    cc = compiler()
    if cc is None:
        raise ModelError("there is no C compiler")
    if tuple(field.name for field in fields(PageState)) != _FIELDS:
        raise ModelError("PageState has changed: shim.h does not know what its fields mean")
    _check_options(functions)
    workdir.mkdir(parents=True, exist_ok=True)
    source, library = workdir / f"{entry}.c", workdir / f"{entry}.so"
    source.write_text(_program(functions, entry, call))
    command = [cc, *_COMMAND, *(f"-Werror={name}" for name in _STRICT)]
    command += ["-I", str(HERE), "-o", str(library), str(source)]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    if done.returncode:
        raise ModelError(f"{entry} does not compile:\n{done.stderr}")
    return Model(library, entry)


def _check_options(functions: Sequence[str]) -> None:
    """Refuse options that ``shim.h`` does not set: to a preprocessor they would just be off."""
    known = set(_CONFIG.findall((HERE / "shim.h").read_text()))
    unknown = {name for text in functions for name in _CONFIG.findall(text)} - known
    if unknown:
        raise ModelError(f"shim.h does not say whether these are on: {', '.join(sorted(unknown))}")


def _program(functions: Sequence[str], entry: str, call: str) -> str:
    """Return the whole translation unit."""
    lines = [
        _enumeration("SIZE", get_args(Size)),
        _enumeration("LRU", get_args(LruRefs)),
        f"enum {{ LARGE_PAGES = {LARGE_PAGES} }};",
        "struct state {",
        *(f"\tint {name};" for name in _FIELDS),
        "};",
        '#include "shim.h"',
        '#include "drive.h"',
    ]
    for number, text in enumerate(functions, start=1):
        lines += [f'#line 1 "function {number} for {entry}"', text]
    lines += [
        '#line 1 "call"',
        "static void act(struct page *page, struct folio *folio, struct vm_area_struct *vma,",
        "\t\tstruct vm_fault *vmf, struct swap_info_struct *si)",
        "{",
        f'\trunning = "{entry}";',
        f"\t{call};",
        "}",
        "",
    ]
    return "\n".join(lines)


def _enumeration(prefix: str, words: Sequence[str]) -> str:
    names = ", ".join(f"{prefix}_{word.upper()}" for word in words)
    return f"enum {{ {names} }};"


def _numbers(state: PageState) -> list[int]:
    """Return a state as the integers of ``struct state``."""
    values = [getattr(state, name) for name in _FIELDS]
    values[_FIELDS.index("size")] = get_args(Size).index(state.size)
    values[_FIELDS.index("lru_refs")] = get_args(LruRefs).index(state.lru_refs)
    return [int(value) for value in values]


def _words(mask: int) -> frozenset[str]:
    return frozenset(word for bit, word in enumerate(WORDS) if mask >> bit & 1)
