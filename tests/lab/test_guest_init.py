"""The guest's init is built once for a compiler, and old ones do not pile up."""

import os
import platform
import shutil
import subprocess
from pathlib import Path

import pytest

from kanalyze.errors import EnvironmentFailure
from kanalyze.lab.arch import X86_64
from kanalyze.lab.guest_init import build_init

# Makes a file of what it is asked for, in place of a program.
_COMPILER = """#!/bin/sh
while [ "$1" != -o ]; do shift; done
echo built >> {}/times
echo "$0" > "$2"
"""


@pytest.fixture
def machine(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Give a directory with the only compiler that there is, in bin/."""
    compiler = tmp_path / "bin" / "x86_64-linux-gnu-gcc"
    compiler.parent.mkdir()
    compiler.write_text(_COMPILER.format(tmp_path))
    compiler.chmod(0o755)
    monkeypatch.setattr("platform.machine", lambda: "another")
    monkeypatch.setenv("PATH", f"{compiler.parent}:/usr/bin:/bin")
    return tmp_path


def times(machine: Path) -> int:
    return len((machine / "times").read_text().splitlines())


def test_it_is_built_once(machine: Path) -> None:
    first = build_init(X86_64, machine / "cache")
    assert build_init(X86_64, machine / "cache") == first
    assert times(machine) == 1
    assert [path.name[:12] for path in (machine / "cache").iterdir()] == ["init-x86-64-"]


def test_another_name_of_a_compiler_is_no_other_compiler(
    machine: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    build_init(X86_64, machine / "cache")
    names = machine / "names"
    names.mkdir()
    (names / "x86_64-linux-gnu-gcc").symlink_to(machine / "bin/x86_64-linux-gnu-gcc")
    monkeypatch.setenv("PATH", f"{names}:{os.environ['PATH']}")
    build_init(X86_64, machine / "cache")
    assert times(machine) == 1


def test_old_ones_are_removed(machine: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    cache = machine / "cache"
    cache.mkdir()
    other = cache / "init-arm64-0"
    for at in range(5):
        path = cache / f"init-x86-64-{at}"
        path.touch()
        os.utime(path, (at, at))
    other.touch()
    os.utime(other, (0, 0))
    build_init(X86_64, cache)
    names = {path.name for path in cache.iterdir()}
    assert {"init-x86-64-4", "init-x86-64-3", "init-arm64-0"} < names
    assert len(names) == 4


def test_a_compiler_without_a_library(machine: Path) -> None:
    compiler = machine / "bin/x86_64-linux-gnu-gcc"
    compiler.write_text("#!/bin/sh\necho 'ld: cannot find -lc' >&2\nexit 1\n")
    with pytest.raises(EnvironmentFailure, match="cannot find -lc .*libc6-dev"):
        build_init(X86_64, machine / "cache")
    assert list((machine / "cache").iterdir()) == []


def test_a_real_one_is_pid_1_or_nothing(tmp_path: Path) -> None:
    if shutil.which("gcc") is None or platform.machine() != "x86_64":
        pytest.skip("there is no gcc for this machine")
    program = tmp_path / "init"
    program.write_bytes(build_init(X86_64, tmp_path / "cache"))
    program.chmod(0o755)
    assert subprocess.run([str(program)], check=False, stdin=subprocess.DEVNULL).returncode == 1
