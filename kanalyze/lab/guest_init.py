"""The guest's PID 1: our own program, built once for each architecture and compiler."""

import hashlib
import os
import subprocess
import tempfile
from pathlib import Path

from kanalyze.errors import EnvironmentFailure
from kanalyze.lab.arch import Arch
from kanalyze.places import user_cache_dir
from kanalyze.resources import templates_dir

_FLAGS = ("-std=gnu11", "-O2", "-static", "-Wall", "-Wextra")


def build_init(arch: Arch, cache: Path | None = None) -> bytes:
    """Return the program, from the cache or newly built.

    EnvironmentFailure when there is no compiler, or no C library to link statically.
    """
    source = templates_dir() / "lab" / "init.c"
    compiler = arch.find_compiler()
    try:
        key = hashlib.sha256(
            "\0".join((source.read_text(), compiler, *_FLAGS)).encode()
        ).hexdigest()
        built = (cache or user_cache_dir() / "lab") / f"init-{arch.name}-{key[:16]}"
        if not built.exists():
            built.parent.mkdir(parents=True, exist_ok=True)
            _build(compiler, source, built)
        return built.read_bytes()
    except OSError as error:
        raise EnvironmentFailure(
            error.strerror or str(error), where=str(error.filename or source)
        ) from error


def _build(compiler: str, source: Path, built: Path) -> None:
    """Build it beside its place and move it there: others may build it at the same time."""
    with tempfile.TemporaryDirectory(prefix="init-", dir=built.parent) as directory:
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
        fresh.replace(built)
