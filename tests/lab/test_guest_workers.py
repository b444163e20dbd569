"""Worker processes with guests: however their parent ends, no guest and no file is left."""

import os
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

import pytest
from guests import is_gone
from made_kernels import bzimage

from kanalyze.lab.guest import GuestRequest, run_guest
from kanalyze.lab.model import Kernel
from kanalyze.lab.workers import guest_workers

TOP = Path(__file__).resolve().parent.parent.parent
# Says who it is, and then nothing any more: a guest that boots for ever.
_QEMU = '#!/bin/sh\necho $$ > "{}/guest-$$"\nexec sleep 600\n'
_CAMPAIGN = """
import signal, sys
from pathlib import Path
# Ignored where make runs in background.
signal.signal(signal.SIGINT, signal.default_int_handler)
signal.signal(signal.SIGHUP, signal.SIG_DFL)
sys.path.insert(0, sys.argv[1])
from test_guest_workers import hold
from kanalyze.cli.signals import heed_signals
from kanalyze.lab.workers import guest_workers
heed_signals()
with guest_workers(2) as executor:
    for future in [executor.submit(hold, Path(sys.argv[2])) for _ in range(6)]:
        future.result()
"""


@pytest.fixture
def place(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Return a directory with a kernel, room for files, and the only QEMU that is found."""
    for name in ("bin", "files"):
        (tmp_path / name).mkdir()
    (tmp_path / "bin/qemu-system-x86_64").write_text(_QEMU.format(tmp_path))
    (tmp_path / "bin/qemu-system-x86_64").chmod(0o755)
    (tmp_path / "vmlinuz").write_bytes(bzimage("6.12.0"))
    monkeypatch.setenv("PATH", f"{tmp_path / 'bin'}:{os.environ['PATH']}")
    return tmp_path


def hold(place: Path) -> None:
    """Run a guest that never ends."""
    kernel = Kernel(name="6.12", given="6.12", image=place / "vmlinuz", arch="x86-64")
    with tempfile.TemporaryDirectory(dir=place / "files") as directory:
        request = GuestRequest(kernel=kernel, programs=(), workdir=Path(directory))
        run_guest(request, lambda event: None)


def guests(place: Path, count: int = 2) -> list[int]:
    """Return the guests, as soon as there are so many."""

    def told() -> list[str]:
        return [one for path in place.glob("guest-*") if (one := path.read_text())]

    assert soon(lambda: len(told()) == count)
    return [int(one) for one in told()]


def soon(is_so: Callable[[], bool]) -> bool:
    until = time.monotonic() + 60
    while not is_so():
        if time.monotonic() > until:
            return False
        time.sleep(0.05)
    return True


def children(of: set[int]) -> set[int]:
    """Return the processes whose parents are among some."""
    found = set()
    for path in Path("/proc").glob("[0-9]*/stat"):
        try:
            parent = int(path.read_text().rpartition(") ")[2].split()[1])
        except OSError:
            continue
        if parent in of:
            found.add(int(path.parent.name))
    return found


@pytest.mark.parametrize("how", [signal.SIGTERM, signal.SIGHUP, signal.SIGINT, signal.SIGKILL])
def test_nothing_is_left_of_a_campaign(place: Path, how: signal.Signals) -> None:
    command = (sys.executable, "-c", _CAMPAIGN, str(Path(__file__).parent), str(place))
    with subprocess.Popen(command, cwd=TOP, stderr=subprocess.DEVNULL) as process:
        running = guests(place)
        ours = children({process.pid})
        ours |= children(ours)
        assert len(list((place / "files").iterdir())) == 2
        process.send_signal(how)
        try:
            process.wait(60)
        finally:
            process.kill()
    assert all(is_gone(one) for one in (*running, *ours))
    assert soon(lambda: not list((place / "files").iterdir()))
    assert len(list(place.glob("guest-*"))) == 2  # none was started after that


def test_an_error_ends_the_guests_of_others(place: Path) -> None:
    with pytest.raises(ValueError, match="of the caller's"), guest_workers(2) as executor:
        executor.submit(hold, place)
        running = guests(place, 1)
        raise ValueError("of the caller's")
    assert all(is_gone(one) for one in running)
    assert not list((place / "files").iterdir())


def test_what_workers_return_and_raise_comes_back() -> None:
    with guest_workers(1) as executor:
        assert executor.submit(pow, 2, 5).result() == 32
        assert list(executor.map(abs, [-1, 2, -3])) == [1, 2, 3]
        with pytest.raises(ZeroDivisionError):
            executor.submit(divmod, 1, 0).result()
