"""What may go wrong on the host's side of a whole run: its status, its line, and nothing left."""

import os
import signal
from pathlib import Path

import pytest
from faked_qemu import FakedRun, runs, soon, start


def ended(run: FakedRun) -> tuple[int, str, str]:
    """Wait for a run; return its status and what it said, when nothing is left of it."""
    out, err = run.process.communicate(timeout=120)
    assert soon(lambda: not any(map(runs, run.guests())))
    assert not run.files()
    return run.process.returncode, out, err


def test_there_is_no_qemu(tmp_path: Path) -> None:
    status, out, err = ended(start(tmp_path, None))
    assert (status, out) == (3, "")
    assert err == "kanalyze: qemu-system-x86_64: is missing (apt install qemu-system-x86)\n"


def test_qemu_does_not_start(tmp_path: Path) -> None:
    status, out, err = ended(start(tmp_path, "echo no such machine >&2; exit 1"))
    assert (status, out) == (3, "")
    assert err == "kanalyze: QEMU does not start: no such machine\n"


def test_qemu_is_killed_each_time(tmp_path: Path) -> None:
    """No result, and none that is the kernel's: it is tried twice, and told."""
    run = start(tmp_path, "kill -9 $$")
    status, out, err = ended(run)
    assert (status, err) == (3, "")
    assert "lost-vm" in out and "QEMU was killed by signal 9" in out
    assert len(run.guests()) == 2


def test_qemu_is_killed_from_outside_and_started_again(tmp_path: Path) -> None:
    run = start(tmp_path)
    first = run.guest()
    os.kill(first, signal.SIGKILL)
    assert soon(lambda: len(run.guests()) == 2)
    second = next(one for one in run.guests() if one != first)
    assert run.process.poll() is None
    os.kill(second, signal.SIGKILL)
    status, out, _ = ended(run)
    assert status == 3
    assert "was started again: QEMU was killed by signal 9" in " ".join(out.split())


def test_there_is_no_room_for_a_swap_disk(tmp_path: Path) -> None:
    status, out, err = ended(start(tmp_path, largest=64 << 20))
    assert (status, out) == (3, "")
    assert err.count("\n") == 1
    assert "no swap disk of 256 MB: File too large" in err


@pytest.mark.parametrize("say", ["", "echo hello >&2; "])
def test_a_guest_that_goes_away_without_a_word_did_not_boot(tmp_path: Path, say: str) -> None:
    status, out, _ = ended(start(tmp_path, f"{say}exit 0"))
    assert status == 3
    assert "boot-failure" in out
