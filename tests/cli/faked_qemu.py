"""A real ``kanalyze run`` whose QEMU is a script."""

import os
import shutil
import subprocess
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import pytest

TOP = Path(__file__).resolve().parent.parent.parent
#: Says nothing any more: a guest that boots for ever.
SILENT = "exec /bin/sleep 600"
COMPILE = "$(CC) -o $@ $< $(LDFLAGS)"
_QEMU = """#!/bin/sh
[ "$1" = --version ] && exec echo QEMU
echo $$ > "$TMPDIR/../guest-$$"
{}
"""
# SIGINT is ignored in what a shell runs in the background, and SIGHUP behind nohup.
_MAIN = """
import resource, signal, sys
from kanalyze.cli.main import main
signal.signal(signal.SIGINT, signal.default_int_handler)
signal.signal(signal.SIGHUP, signal.SIG_DFL)
most = int(sys.argv[1])
if most:
    resource.setrlimit(resource.RLIMIT_FSIZE, (most, most))
sys.argv = ["kanalyze", "run", *sys.argv[2:]]
main()
"""


@dataclass
class FakedRun:
    """A run of one program on one kernel; ``place`` has all that it was given."""

    process: "subprocess.Popen[str]"
    place: Path

    def guest(self) -> int:
        """Return the guest, as soon as it is there."""

        def is_there() -> bool:
            assert self.process.poll() is None, self.process.communicate()[1]
            return any(one.stat().st_size for one in self.place.glob("guest-*"))

        assert soon(is_there)
        return self.guests()[0]

    def guests(self) -> list[int]:
        """Return all guests that there were."""
        return [int(one.read_text()) for one in self.place.glob("guest-*")]

    def files(self) -> list[str]:
        """Return what it has in the directory for temporary files."""
        return [one.name for one in (self.place / "scratch").iterdir()]


def start(
    place: Path, script: str | None = SILENT, *, compiles: str = COMPILE, largest: int = 0
) -> FakedRun:
    """Begin a run with ``script`` for a QEMU, or with none; ``compiles`` makes its program.

    No file can get larger than ``largest`` bytes (0: as large as you like).
    """
    tools, tests, scratch = (place / name for name in ("bin", "tests", "scratch"))
    for directory in (tools, tests, scratch):
        directory.mkdir()
    for name in ("gcc", "make", "as", "ld", "sh"):
        found = shutil.which(name)
        if found is None:
            pytest.skip(f"there is no {name}")
        (tools / name).symlink_to(found)
    if script is not None:
        (tools / "qemu-system-x86_64").write_text(_QEMU.format(script))
        (tools / "qemu-system-x86_64").chmod(0o755)
    (tests / "Makefile").write_text(f"PROGRAMS = t\nt: t.c\n\t{compiles}\n")
    (tests / "t.c").write_text("int main(void) { return 0; }\n")
    image = bytearray(0x2000)
    image[0x202:0x206] = b"HdrS"  # what an x86 kernel is known by
    (place / "vmlinuz").write_bytes(image)
    arguments = (str(tests), "--kernel", str(place / "vmlinuz"), "--accel", "tcg", "-q")
    process = subprocess.Popen(
        (sys.executable, "-c", _MAIN, str(largest), *arguments),
        cwd=TOP, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
        start_new_session=True,
        env=os.environ | {"TMPDIR": str(scratch), "PATH": str(tools)},
    )  # fmt: skip
    return FakedRun(process, place)


def soon(is_so: Callable[[], bool]) -> bool:
    """Wait until something is so, but not for ever; return whether it is."""
    until = time.monotonic() + 60
    while time.monotonic() < until:
        if is_so():
            return True
        time.sleep(0.05)
    return False


def runs(process: int) -> bool:
    """Tell whether a process runs; a zombie has ended."""
    try:
        return Path(f"/proc/{process}/stat").read_text().rpartition(") ")[2][0] != "Z"
    except OSError:
        return False
