"""However a run is told to end: no guest goes on, and no file of it is left."""

import signal
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from faked_qemu import FakedRun, runs, soon, start


@pytest.fixture
def run(tmp_path: Path) -> Iterator[FakedRun]:
    started = start(tmp_path)
    with started.process:
        yield started
        started.process.kill()


@pytest.mark.parametrize(
    ("how", "status", "said"),
    [
        (signal.SIGINT, 130, "kanalyze: interrupted"),
        (signal.SIGTERM, -signal.SIGTERM, ""),
        (signal.SIGHUP, -signal.SIGHUP, ""),
    ],
)
def test_nothing_is_left_of_a_run(
    run: FakedRun, how: signal.Signals, status: int, said: str
) -> None:
    guest = run.guest()
    assert run.files()
    run.process.send_signal(how)
    assert run.process.communicate(timeout=60)[1].strip() == said
    assert run.process.returncode == status
    assert soon(lambda: not runs(guest))
    assert not run.files()


def test_more_signals_do_not_disturb_the_cleaning_up(run: FakedRun) -> None:
    guest = run.guest()
    for how in (signal.SIGTERM, signal.SIGHUP, signal.SIGTERM):
        run.process.send_signal(how)
        time.sleep(0.02)
    # two that come before it gets to run are taken in any order
    assert run.process.wait(60) in (-signal.SIGTERM, -signal.SIGHUP)
    assert not runs(guest)
    assert not run.files()


def test_no_guest_outlives_a_run_that_is_killed(run: FakedRun) -> None:
    guest = run.guest()
    run.process.kill()
    assert soon(lambda: not runs(guest))


def test_a_compiler_ends_and_puts_its_files_away(tmp_path: Path) -> None:
    """It runs in the background of make, and has a file of its own in the directory for these."""
    slow = (
        f"file=$$TMPDIR/cc.s; : > $$file; trap '/bin/rm $$file; exit 1' TERM; "
        f"echo $$$$ > {tmp_path}/compiler; /bin/sleep 600 & wait"
    )
    run = start(tmp_path, compiles=slow)
    compiler = tmp_path / "compiler"
    with run.process:
        assert soon(lambda: compiler.exists() and compiler.read_text() != "")
        assert "cc.s" in run.files()
        run.process.send_signal(signal.SIGTERM)
        assert run.process.wait(60) == -signal.SIGTERM
    assert not runs(int(compiler.read_text()))
    assert not run.files()
