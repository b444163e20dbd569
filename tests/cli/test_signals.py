"""However a run is told to end: no guest goes on, and no file of it is left."""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

TOP = Path(__file__).resolve().parent.parent.parent
# Says who it is, and then nothing any more: a guest that boots for ever.
_QEMU = '#!/bin/sh\necho $$ > "$TMPDIR/../guest-$$"\nexec sleep 600\n'


@dataclass
class Run:
    """A real ``kanalyze run`` whose QEMU is a script."""

    process: "subprocess.Popen[str]"
    place: Path

    def guest(self) -> int:
        """Return the guest, as soon as it is there."""

        def is_there() -> bool:
            assert self.process.poll() is None, self.process.communicate()[1]
            return any(one.stat().st_size for one in self.place.glob("guest-*"))

        assert soon(is_there)
        return int(next(self.place.glob("guest-*")).read_text())


def soon(is_so: Callable[[], bool]) -> bool:
    until = time.monotonic() + 60
    while time.monotonic() < until:
        if is_so():
            return True
        time.sleep(0.05)
    return False


def runs(process: int) -> bool:
    try:
        return Path(f"/proc/{process}/stat").read_text().rpartition(") ")[2][0] != "Z"
    except OSError:
        return False


@pytest.fixture
def run(tmp_path: Path) -> Iterator[Run]:
    tools, tests, scratch = (tmp_path / name for name in ("bin", "tests", "scratch"))
    for directory in (tools, tests, scratch):
        directory.mkdir()
    (tools / "qemu-system-x86_64").write_text(_QEMU)
    (tools / "qemu-system-x86_64").chmod(0o755)
    (tests / "Makefile").write_text("PROGRAMS = t\nt: t.c\n\t$(CC) -o $@ $< $(LDFLAGS)\n")
    (tests / "t.c").write_text("int main(void) { return 0; }\n")
    image = bytearray(0x2000)
    image[0x202:0x206] = b"HdrS"  # what an x86 kernel is known by
    (tmp_path / "vmlinuz").write_bytes(image)
    arguments = (str(tests), "--kernel", str(tmp_path / "vmlinuz"), "--accel", "tcg", "-q")
    process = subprocess.Popen(
        (sys.executable, "-c", _RUN, *arguments),
        cwd=TOP, stderr=subprocess.PIPE, text=True, start_new_session=True,
        env=os.environ | {"TMPDIR": str(scratch), "PATH": f"{tools}:{os.environ['PATH']}"},
    )  # fmt: skip
    with process:
        yield Run(process, tmp_path)
        process.kill()


# SIGINT is ignored in what a make or a shell runs in the background.
_RUN = """
import signal, sys
from kanalyze.cli.main import main
signal.signal(signal.SIGINT, signal.default_int_handler)
sys.argv = ["kanalyze", "run", *sys.argv[1:]]
main()
"""


@pytest.mark.parametrize(
    ("how", "status", "said"),
    [
        (signal.SIGINT, 130, "kanalyze: interrupted"),
        (signal.SIGTERM, -signal.SIGTERM, ""),
        (signal.SIGHUP, -signal.SIGHUP, ""),
    ],
)
def test_nothing_is_left_of_a_run(run: Run, how: signal.Signals, status: int, said: str) -> None:
    guest = run.guest()
    assert list((run.place / "scratch").iterdir())
    run.process.send_signal(how)
    assert run.process.communicate(timeout=60)[1].strip() == said
    assert run.process.returncode == status
    assert soon(lambda: not runs(guest))
    assert not list((run.place / "scratch").iterdir())


def test_more_signals_do_not_disturb_the_cleaning_up(run: Run) -> None:
    guest = run.guest()
    for how in (signal.SIGTERM, signal.SIGHUP, signal.SIGTERM):
        run.process.send_signal(how)
        time.sleep(0.02)
    assert run.process.wait(60) == -signal.SIGTERM
    assert not runs(guest)
    assert not list((run.place / "scratch").iterdir())


def test_no_guest_outlives_a_run_that_is_killed(run: Run) -> None:
    guest = run.guest()
    run.process.kill()
    assert soon(lambda: not runs(guest))
