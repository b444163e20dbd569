"""Test programs built for a guest: static, in a directory of the lab's own."""

import os
import re
import shutil
import tempfile
from collections.abc import Sequence
from pathlib import Path

from kanalyze.errors import EnvironmentFailure, InputError
from kanalyze.lab.arch import Arch
from kanalyze.lab.model import TestProgram
from kanalyze.lab.process_group import process_group

#: Seconds that a generated program may take on an emulated machine.
DEADLINE = 1800
_PROGRAMS = re.compile(r"^PROGRAMS[ \t]*[:?]?=[ \t]*(.*)$", re.M)
_ERROR = re.compile(r"(?:fatal )?error: |undefined reference|cannot find -l|\*\*\* ")


def build_generated(directory: Path, arch: Arch, build: Path) -> tuple[TestProgram, ...]:
    """Build what `kanalyze generate` wrote into ``directory``; it is not written to.

    The programs lie in ``build``, which must be empty.  Raises InputError when there is
    no such directory or it does not compile, EnvironmentFailure without a compiler.
    """
    makefile = directory / "Makefile"
    try:
        names = _PROGRAMS.search(makefile.read_text("utf-8", "replace"))
        if names is None:
            raise InputError("names no PROGRAMS", where=str(makefile))
        for path in sorted(directory.iterdir()):
            if path.suffix in (".c", ".h") or path.name == "Makefile":
                shutil.copy(path, build / path.name)
    except FileNotFoundError as error:
        hint = "`kanalyze generate TREE -o DIR` writes such a directory"
        raise InputError("holds no generated tests", where=str(directory), hint=hint) from error
    except OSError as error:
        raise InputError(error.strerror or str(error), where=str(error.filename)) from error
    programs = tuple(
        TestProgram(name=name, path=build / name, suite="generated", deadline=DEADLINE)
        for name in names[1].split()
    )
    if not programs:
        raise InputError("names no PROGRAMS", where=str(makefile))
    run(
        ("make", "-C", str(build), f"-j{os.cpu_count() or 1}", "LDFLAGS=-static",
         f"CC={arch.find_compiler()}"),
        where=str(directory),
    )  # fmt: skip
    absent = [one.name for one in programs if not one.path.is_file()]
    if absent:
        raise InputError(f"does not make {absent[0]}", where=str(makefile))
    return programs


def run(command: Sequence[str], where: str, cwd: Path | None = None) -> str:
    """Run a step of a build and return what it said; InputError with the first complaint."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith("MAKE")}
    try:
        with process_group(command, kept | {"LC_ALL": "C.UTF-8"}, cwd) as process:
            said = process.communicate()[0].decode("utf-8", "replace")
    except OSError as error:
        raise EnvironmentFailure(
            "does not start", where=command[0], hint=f"apt install {command[0]}"
        ) from error
    if process.returncode:
        lines = [line.strip() for line in said.splitlines() if line.strip()]
        wrong = [line for line in lines if _ERROR.search(line)]
        line = (wrong or lines[-1:] or [f"{command[0]} failed"])[0]
        raise InputError(f"does not build: {line[:300]}", where=where)
    return said


def scratch(prefix: str) -> tempfile.TemporaryDirectory[str]:
    """Return a directory that is gone after use; EnvironmentFailure where none can be made."""
    try:
        return tempfile.TemporaryDirectory(prefix=f"kanalyze-{prefix}-")
    except OSError as error:
        raise EnvironmentFailure(
            error.strerror or str(error), where=tempfile.gettempdir()
        ) from error
