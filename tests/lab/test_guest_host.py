"""What may go wrong on the host's side of a guest; nothing may be left of it."""

import contextlib
import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from guests import build_deeds, is_gone, kernel_to_boot, qemus, run_deeds, wait_for_qemu

from kanalyze.errors import EnvironmentFailure, InputError
from kanalyze.lab.events import Ended, Started
from kanalyze.lab.model import Kernel
from kanalyze.lab.settings import Settings

# Runs a guest that sits there; the arguments are the test directory, a kernel, a program, a
# working directory.
_RUNNER = """
import signal, sys
from pathlib import Path
signal.signal(signal.SIGINT, signal.default_int_handler)  # ignored where make runs in background
sys.path.insert(0, sys.argv[1])
from guests import run_deeds
from kanalyze.lab.model import Kernel
kernel = Kernel(name="k", given="k", image=Path(sys.argv[2]), arch="x86-64")
run_deeds(kernel, Path(sys.argv[3]), Path(sys.argv[4]), [("ignore-signals",)], deadline=600)
"""


@pytest.fixture(scope="module")
def kernel() -> Kernel:
    return kernel_to_boot()


@pytest.fixture(scope="module")
def deeds(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return build_deeds(tmp_path_factory.mktemp("deeds"))


@pytest.fixture(autouse=True)
def nothing_left(tmp_path: Path) -> Iterator[None]:
    yield
    assert not qemus()
    left = {path.name for path in tmp_path.iterdir()}
    assert left <= {"console.log", "kernel"}


def _while_it_runs(deed: Callable[[int], object]) -> threading.Thread:
    """Do ``deed`` to the next QEMU that we start, once it is there."""
    thread = threading.Thread(target=lambda: deed(wait_for_qemu()))
    thread.start()
    return thread


def test_no_qemu(
    kernel: Kernel, deeds: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(EnvironmentFailure, match="is missing") as raised:
        run_deeds(kernel, deeds, tmp_path, [()])
    assert "apt install qemu-system-x86" in str(raised.value)


def test_qemu_that_does_not_start(kernel: Kernel, deeds: Path, tmp_path: Path) -> None:
    with pytest.raises(EnvironmentFailure, match="QEMU does not start: .*memory"):
        run_deeds(kernel, deeds, tmp_path, [()], memory_mb=1 << 40)


def test_qemu_is_killed(kernel: Kernel, deeds: Path, tmp_path: Path) -> None:
    killer = _while_it_runs(lambda qemu: os.kill(qemu, signal.SIGKILL))
    told = run_deeds(kernel, deeds, tmp_path, [("ignore-signals",)])
    killer.join()
    assert told.lost is not None and told.lost.why == "qemu-died"
    assert told.lost.reason == "QEMU was killed by signal 9"


@pytest.mark.slow
def test_qemu_stops(kernel: Kernel, deeds: Path, tmp_path: Path) -> None:
    """Nothing comes from the guest any more: so it is with a kernel that hangs."""
    stopper: list[threading.Thread] = []

    def stop_it(event: object) -> None:
        if type(event).__name__ == "Started":
            stopper.append(_while_it_runs(lambda qemu: os.kill(qemu, signal.SIGSTOP)))

    told = run_deeds(
        kernel, deeds, tmp_path, [("ignore-signals",)], deadline=600, silence=5, also=stop_it
    )
    stopper[0].join()
    assert told.lost is not None and told.lost.why == "hang"
    assert told.lost.reason == "no sign of life for 5 s"


@pytest.mark.slow
def test_a_guest_that_got_no_time_to_boot_has_the_time_of_day(
    kernel: Kernel, deeds: Path, tmp_path: Path
) -> None:
    """Its deadlines are the host's, though it could not measure how fast its TSC is."""
    over = threading.Event()

    def hold_up(qemu: int) -> None:
        with contextlib.suppress(ProcessLookupError):
            while not over.wait(0.006):
                os.kill(qemu, signal.SIGSTOP)
                time.sleep(0.04)
                os.kill(qemu, signal.SIGCONT)

    began: list[float] = []
    ended: list[float] = []

    def note(event: object) -> None:
        if isinstance(event, Started):
            over.set()
            began.append(time.monotonic())
        elif isinstance(event, Ended):
            ended.append(time.monotonic())

    holder = _while_it_runs(hold_up)
    told = run_deeds(kernel, deeds, tmp_path, [("ignore-signals",)], deadline=8, also=note)
    over.set()
    holder.join()
    assert told.ended()[0].timeout
    assert ended[0] - began[0] > 7


def test_no_kernel(kernel: Kernel, deeds: Path, tmp_path: Path) -> None:
    image = tmp_path / "kernel"
    image.write_bytes(b"no kernel" * 1000)
    with pytest.raises(InputError, match="is no kernel for x86-64"):
        run_deeds(replace(kernel, image=image), deeds, tmp_path, [()])


def test_a_kernel_that_does_not_boot(kernel: Kernel, deeds: Path, tmp_path: Path) -> None:
    image = tmp_path / "kernel"
    whole = kernel.image.read_bytes()
    image.write_bytes(whole[: 1 << 16] + bytes(len(whole) - (1 << 16)))
    told = run_deeds(replace(kernel, image=image), deeds, tmp_path, [()], boot_deadline=10)
    assert told.lost is not None and told.lost.why == "boot"
    assert not told.ended()


def test_the_disk_is_full(kernel: Kernel, deeds: Path, tmp_path: Path) -> None:
    (tmp_path / "console.log").symlink_to("/dev/full")
    with pytest.raises(EnvironmentFailure, match="cannot be kept: No space left on device"):
        run_deeds(kernel, deeds, tmp_path, [("panic",)])


def test_no_room_for_a_swap_disk(kernel: Kernel, deeds: Path, tmp_path: Path) -> None:
    settings = Settings(swap="disk", swap_mb=1 << 30)
    with pytest.raises(EnvironmentFailure, match="no swap disk of"):
        run_deeds(kernel, deeds, tmp_path, [()], settings=settings)


def test_the_caller_wants_it_to_stop(kernel: Kernel, deeds: Path, tmp_path: Path) -> None:
    stop = threading.Event()
    stopper = _while_it_runs(lambda qemu: stop.set())
    told = run_deeds(kernel, deeds, tmp_path, [("ignore-signals",)], stop=stop)
    stopper.join()
    assert told.lost is not None and told.lost.why == "stopped"


def test_an_error_of_the_callers_ends_the_guest(
    kernel: Kernel, deeds: Path, tmp_path: Path
) -> None:
    def fail(event: object) -> None:
        raise ValueError("of the caller's")

    with pytest.raises(ValueError, match="of the caller's"):
        run_deeds(kernel, deeds, tmp_path, [()], also=fail)


@pytest.mark.parametrize("how", [signal.SIGINT, signal.SIGTERM, signal.SIGKILL])
def test_the_runner_is_killed(
    how: signal.Signals, kernel: Kernel, deeds: Path, tmp_path: Path
) -> None:
    here = str(Path(__file__).parent)
    command = (sys.executable, "-c", _RUNNER, here, kernel.image, deeds, tmp_path)
    with subprocess.Popen(command, stderr=subprocess.PIPE, text=True) as runner:
        qemu = wait_for_qemu(runner.pid)
        runner.send_signal(how)
        try:
            _, said = runner.communicate(timeout=60)
        finally:
            runner.kill()  # a guest has minutes
    assert is_gone(qemu)
    assert ("KeyboardInterrupt" in said) == (how is signal.SIGINT)
