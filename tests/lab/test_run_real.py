"""A run on a real kernel: cases that fail, never end, and kill it, and all that is to be said."""

import os
import shutil
import signal
import subprocess
import threading
from pathlib import Path

import pytest
from guests import kernel_to_boot, qemus, wait_for_qemu

from kanalyze.lab.model import Kernel, LabRun, TestProgram
from kanalyze.lab.run import RunRequest, run_tests

SOURCE = Path(__file__).parent / "fated.c"


@pytest.fixture(scope="module")
def kernel() -> Kernel:
    return kernel_to_boot()


@pytest.fixture(scope="module")
def fated(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return build(tmp_path_factory.mktemp("fated"))


def build(directory: Path, *more: str) -> Path:
    if shutil.which("gcc") is None:
        pytest.skip("there is no gcc")
    program = directory / "fated"
    command = ("gcc", "-O2", "-Wall", *more, "-static", "-o", str(program), str(SOURCE))
    subprocess.run(command, check=True, capture_output=True)
    return program


def request(kernel: Kernel, program: Path, deadline: int = 30, **more: object) -> RunRequest:
    tests = TestProgram(name="fated", path=program, suite="generated", deadline=deadline)
    return RunRequest(
        kernels=(kernel,), programs=(tests,), accelerator="tcg", memory_mb=768,
        guests=1, **more,  # type: ignore[arg-type]
    )  # fmt: skip


def told(found: LabRun) -> list[tuple[str, int, str]]:
    return [(one.case, one.attempt, one.outcome) for one in found.results]


def test_cases_that_end_well_need_one_guest(kernel: Kernel, fated: Path) -> None:
    found = run_tests(request(kernel, fated, words=("R3",)))
    assert told(found) == [("skips R3", 1, "skip"), ("passes again R3", 1, "pass")]
    (boot,) = found.boots
    assert boot.ready is not None and boot.ready < boot.seconds
    assert not qemus()


@pytest.mark.slow
def test_every_case_has_its_result(kernel: Kernel, fated: Path, tmp_path: Path) -> None:
    found = run_tests(request(kernel, fated, repeat=2, logs=tmp_path / "logs"))
    if ("kills the kernel R1", 1, "skip") in told(found):
        pytest.skip("this kernel has no sysrq, with which to kill it")
    assert told(found) == [
        ("passes R1", 1, "pass"),
        ("fails R1", 1, "fail"),
        ("skips R3", 1, "skip"),
        ("times out R1", 1, "timeout"),
        ("kills the kernel R1", 1, "kernel-panic"),
        ("passes again R3", 1, "pass"),
        ("waits for ever R1", 1, "timeout"),
        ("is the last R1", 1, "pass"),
        ("fails R1", 2, "fail"),
        ("times out R1", 2, "timeout"),
        ("kills the kernel R1", 2, "kernel-panic"),
        ("waits for ever R1", 2, "timeout"),
    ]
    panic = next(one for one in found.results if one.outcome == "kernel-panic")
    assert "sysrq" in panic.reason.lower()
    assert any("Kernel panic" in line for line in panic.evidence.console)
    log = (tmp_path / panic.evidence.log).read_text("utf-8", "replace")
    assert "Kernel panic" in log
    # at least: to the panic; behind it; the one that waits once more; behind that; four repeated
    assert len(found.boots) >= 8
    assert not qemus()


@pytest.mark.slow
def test_qemu_that_is_killed_costs_no_result(kernel: Kernel, fated: Path) -> None:
    def kill() -> None:
        os.kill(wait_for_qemu(), signal.SIGKILL)

    killer = threading.Thread(target=kill)
    killer.start()
    found = run_tests(request(kernel, fated, words=("R3",)))
    killer.join()
    assert told(found) == [
        ("skips R3", 1, "skip"),
        ("passes again R3", 1, "pass"),
    ]
    assert len(found.boots) == 2
    assert any("was started again: QEMU was killed" in one for one in found.notes)


@pytest.mark.slow
def test_what_a_guest_suffers_from_takes_nothing_else_along(kernel: Kernel, tmp_path: Path) -> None:
    program = build(tmp_path, "-DUNRULY", "-pthread", "-Wno-unused-result")
    found = run_tests(request(kernel, program, 60, logs=tmp_path / "logs"))
    hangs = next(one for one in found.results if one.case == "hangs in the kernel R1")
    if hangs.outcome == "pass":
        pytest.skip("this kernel has no FUSE, with which to hang")
    assert told(found) == [
        ("forks without end R1", 1, "timeout"),
        ("is next R1", 1, "pass"),
        ("eats all memory R1", 1, "fail"),
        ("floods the console R1", 1, "pass"),
        ("hangs in the kernel R1", 1, "timeout"),
        ("is the last R1", 1, "pass"),
    ]
    reasons = {one.case: one.reason for one in found.results}
    assert reasons["eats all memory R1"] == "fated died of signal 9"
    assert not qemus()
    assert {path.name for path in tmp_path.iterdir()} == {"fated", "logs"}
