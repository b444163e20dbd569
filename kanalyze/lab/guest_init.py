"""The guest's PID 1: our own program, built once for each architecture and compiler."""

import contextlib
import hashlib
import os
import subprocess
import tempfile
from collections.abc import Iterable
from pathlib import Path

from kanalyze.errors import EnvironmentFailure
from kanalyze.lab.arch import Arch
from kanalyze.places import user_cache_dir
from kanalyze.resources import templates_dir

_FLAGS = ("-std=gnu11", "-O2", "-static", "-Wall", "-Wextra")
# Of an architecture; each compiler and each version of ours makes another one.
_KEPT = 3


def build_init(arch: Arch, cache: Path | None = None) -> bytes:
    """Return the program, from the cache or newly built.

    EnvironmentFailure when there is no compiler, or no C library to link statically.
    """
    source = templates_dir() / "lab" / "init.c"
    compiler = arch.find_compiler()
    try:
        # One compiler may be found under several names.
        said = "\0".join((source.read_text(), os.path.realpath(compiler), *_FLAGS))
        key = hashlib.sha256(said.encode()).hexdigest()[:16]
        built = (cache or user_cache_dir() / "lab") / f"init-{arch.name}-{key}"
        try:
            return built.read_bytes()
        except FileNotFoundError:
            built.parent.mkdir(parents=True, exist_ok=True)
            program = _build(compiler, source, built)
            _forget_old(built.parent.glob(f"init-{arch.name}-*"))
            return program
    except OSError as error:
        raise EnvironmentFailure(
            error.strerror or str(error), where=str(error.filename or source)
        ) from error


def _forget_old(built: Iterable[Path]) -> None:
    """Remove all but the newest; who wants one of the others builds it again."""
    with contextlib.suppress(FileNotFoundError):  # others may be at it
        newest_first = sorted(built, key=lambda path: path.stat().st_mtime, reverse=True)
        for path in newest_first[_KEPT:]:
            path.unlink()


def _build(compiler: str, source: Path, built: Path) -> bytes:
    """Build it beside its place and move it there: others may build it at the same time."""
    with tempfile.TemporaryDirectory(prefix=".init-", dir=built.parent) as directory:
        fresh = Path(directory) / "init"
        done = subprocess.run(
            (compiler, *_FLAGS, "-o", str(fresh), str(source)),
            stdin=subprocess.DEVNULL,
            capture_output=True,
            check=False,
            env=os.environ | {"LC_ALL": "C.UTF-8"},
        )
        if done.returncode:
            said = done.stderr.decode("utf-8", "replace").splitlines()
            why = next((line for line in said if "error" in line or "cannot" in line), "no reason")
            raise EnvironmentFailure(
                f"{compiler} cannot build the guest's init: {why}",
                hint="a C library for static linking is needed, as in libc6-dev",
            )
        program = fresh.read_bytes()
        fresh.replace(built)
        return program
