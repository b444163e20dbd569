"""A kernel tree's own memory selftests, built to run beside ours.

They are built as their own Makefile would, but static: with the tree's headers
and the helpers that it has.  What a tree lacks is left out and said.
"""

import functools
import os
import re
import subprocess
from collections.abc import Sequence
from pathlib import Path

from kanalyze.errors import EnvironmentFailure, InputError
from kanalyze.lab.arch import Arch
from kanalyze.lab.model import TestProgram
from kanalyze.lab.programs import run

#: Those that are about who shares a page; others can be named.
USUAL = ("cow", "gup_longterm", "ksm_functional_tests", "mkdirty", "madv_populate")
_DIRECTORIES = ("tools/testing/selftests/mm", "tools/testing/selftests/vm")
_HELPERS = ("vm_util.c", "hugepage_settings.c", "thp_settings.c")
_DEADLINE = 1800
_LIBRARIES = {"liburing.h": "-luring", "numa.h": "-lnuma", "sys/capability.h": "-lcap"}
_NEEDS = {"liburing.h": "liburing-dev", "numa.h": "libnuma-dev", "sys/capability.h": "libcap-dev"}
_MISSING = re.compile(r"fatal error: ([\w./-]+): No such file")


def build_tree_tests(
    source: Path, names: Sequence[str], arch: Arch, build: Path
) -> tuple[tuple[TestProgram, ...], tuple[str, ...]]:
    """Build tests of the kernel source ``source`` into ``build``; return them, and notes.

    ``names`` are those wanted (none: :data:`USUAL`); one that was named and is not
    there is an error, and so is a source without selftests.  The source is not
    written to.  Raises InputError and EnvironmentFailure.
    """
    directory = next((source / one for one in _DIRECTORIES if (source / one).is_dir()), None)
    if directory is None:
        hint = "an unpacked kernel, as linux-source-*.tar.xz holds"
        raise InputError("has no memory selftests", where=str(source), hint=hint)
    absent = [name for name in names if not _is_test(directory, name)]
    if absent:
        raise InputError(f"has no {absent[0]}.c", where=str(directory))
    notes: list[str] = []
    left_out: dict[str, None] = {}
    headers = _headers(source, arch, build)
    programs = []
    for name in names or USUAL:
        if not (directory / f"{name}.c").is_file():
            notes.append(f"this tree has no {name}")
            continue
        try:
            path = _compile(name, directory, headers, source, arch, build)
        except InputError as error:
            if names:
                raise
            notes.append(f"{name}: {error.what}")
            continue
        except EnvironmentFailure as error:
            if names or not error.hint:
                raise
            notes.append(f"{error.what} ({error.hint})")
            continue
        left_out.update(dict.fromkeys(_lacking(name, directory, arch)))
        programs.append(TestProgram(name=name, path=path, suite="tree", deadline=_DEADLINE))
    notes += [f"parts that need {one} are left out ({_hint(one)})" for one in left_out]
    return tuple(programs), tuple(notes)


def _is_test(directory: Path, name: str) -> bool:
    return Path(name).name == name and (directory / f"{name}.c").is_file()


def _lacking(name: str, directory: Path, arch: Arch) -> list[str]:
    """Return the headers of libraries that a test would make use of if they were there."""
    text = (directory / f"{name}.c").read_text("utf-8", "replace")
    there = _available(arch.find_compiler())
    return [header for header in _LIBRARIES if header in text and header not in there]


def _hint(header: str) -> str:
    return f"apt install {_NEEDS[header]}"


def _headers(source: Path, arch: Arch, build: Path) -> Path:
    """Return the user-space headers of a source, made beside it."""
    made = build / "headers"
    karch = {"x86-64": "x86", "arm64": "arm64"}[arch.name]
    made.mkdir(parents=True, exist_ok=True)
    run(
        ("make", "-C", str(source), f"ARCH={karch}", f"O={made}", f"-j{os.cpu_count() or 1}",
         "headers" if _has_target(source) else "headers_install"),
        where=str(source),
    )  # fmt: skip
    return made / "usr" / "include"


def _has_target(source: Path) -> bool:
    """Tell whether the top Makefile can make headers without installing them."""
    try:
        return bool(re.search(r"^headers:", (source / "Makefile").read_text("utf-8"), re.M))
    except (OSError, UnicodeDecodeError):
        return False


def _compile(
    name: str, directory: Path, headers: Path, source: Path, arch: Arch, build: Path
) -> Path:
    helpers = [directory / one for one in _HELPERS if (directory / one).is_file()]
    target = build / name
    selftests = directory.parent
    compiler = arch.find_compiler()
    command = (
        compiler, "-static", "-O2", "-w", "-D_GNU_SOURCE=", "-D__EXPORTED_HEADERS__",
        "-isystem", str(headers), "-I", str(_local_config(compiler, build)),
        "-I", str(selftests), "-I", str(source / "tools" / "include"),
        "-o", str(target), str(directory / f"{name}.c"), *map(str, helpers),
        "-lpthread", "-lrt", *_libraries(compiler, directory / f"{name}.c"),
    )  # fmt: skip
    try:
        run(command, where=f"{name}.c")
    except InputError as error:
        missing = _MISSING.search(error.what)
        if missing and missing[1] in _NEEDS:
            raise EnvironmentFailure(
                f"{name} needs {missing[1]}", hint=_hint(missing[1])
            ) from error
        raise
    return target


def _local_config(compiler: str, build: Path) -> Path:
    """Return the directory of what the tree's own check of libraries would write."""
    directory = build / "include"
    directory.mkdir(exist_ok=True)
    has = "liburing.h" in _available(compiler)
    text = "#define LOCAL_CONFIG_HAVE_LIBURING 1\n" if has else "/* no liburing */\n"
    (directory / "local_config.h").write_text(text)
    return directory


def _libraries(compiler: str, source: Path) -> list[str]:
    """Return what to link a test with, of what is there."""
    text = source.read_text("utf-8", "replace")
    return [
        library for header, library in _LIBRARIES.items()
        if header in text and header in _available(compiler)
    ]  # fmt: skip


@functools.cache
def _available(compiler: str) -> frozenset[str]:
    """Return the headers of libraries that a compiler finds."""
    found = set()
    for header in _LIBRARIES:
        done = subprocess.run(
            (compiler, "-E", "-x", "c", "-"),
            input=f"#include <{header}>\n".encode(),
            capture_output=True,
            check=False,
        )
        if not done.returncode:
            found.add(header)
    return frozenset(found)
