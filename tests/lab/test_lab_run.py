"""Programs on several kernels, side by side: shares, order, names, and what stops a run."""

import threading
import time
from dataclasses import replace
from pathlib import Path

import pytest
from faked_guests import KERNEL, FakedGuests, generated, upstream

from kanalyze.errors import EnvironmentFailure, InputError
from kanalyze.lab import on_kernel
from kanalyze.lab import run as run_module
from kanalyze.lab.arch import Arch
from kanalyze.lab.guest import GuestRequest
from kanalyze.lab.model import LabRun
from kanalyze.lab.run import RunRequest, room, run_tests, usual_settings

CASES = ("a R1", "b R1", "c R3")
OLD = replace(KERNEL, name="5.10", given="5.10.deb", lacks=("zram", "ext4"))


@pytest.fixture(autouse=True)
def no_qemu(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(run_module, "version_line", lambda program: "QEMU emulator")
    monkeypatch.setattr(Arch, "find_qemu", lambda self: "qemu")


def faked(monkeypatch: pytest.MonkeyPatch, guests: FakedGuests) -> FakedGuests:
    monkeypatch.setattr(on_kernel, "run_guest", guests)
    return guests


def request(**changes: object) -> RunRequest:
    base = RunRequest(kernels=(KERNEL,), programs=(generated(),), accelerator="tcg", guests=1)
    return replace(base, **changes)  # type: ignore[arg-type]


def told(found: LabRun) -> list[tuple[str, str, str, str]]:
    return [(one.kernel, one.program, one.case, one.outcome) for one in found.results]


def test_results_come_in_the_order_of_kernels_programs_and_cases(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    faked(monkeypatch, FakedGuests({"rules": CASES, "cow": ("x",), "pins": ("p R3",)}))
    programs = (generated(), upstream(), generated("pins"))
    for guests in (1, 4):
        found = run_tests(request(kernels=(OLD, KERNEL), programs=programs, guests=guests))
        assert told(found) == [
            (kernel, program, case, "pass")
            for kernel in ("5.10", "6.12")
            for program, cases in (("rules", CASES), ("cow", ("x",)), ("pins", ("p R3",)))
            for case in cases
        ]
        assert found.programs == programs


def test_one_kernel_is_shared_by_several_guests(monkeypatch: pytest.MonkeyPatch) -> None:
    guests = faked(monkeypatch, FakedGuests({"rules": CASES, "cow": ("x",), "pins": ("p R3",)}))
    run_tests(request(programs=(generated(), upstream(), generated("pins")), guests=2))
    shares = sorted(tuple(p.path.name for p in one.programs) for one in guests.requests)
    assert shares == [("cow",), ("rules", "rules", "pins", "pins")]


def test_guests_of_different_kernels_run_at_the_same_time(monkeypatch: pytest.MonkeyPatch) -> None:
    meeting = threading.Barrier(2, timeout=20)
    guests = faked(monkeypatch, FakedGuests({"rules": CASES}))
    guests.before = lambda request, stop: None if meeting.wait() else None
    found = run_tests(request(kernels=(OLD, KERNEL), guests=2))
    assert len(found.results) == 6


def test_words_that_no_case_has_are_an_error(monkeypatch: pytest.MonkeyPatch) -> None:
    programs = (generated(), generated("pins"))
    faked(monkeypatch, FakedGuests({"rules": CASES, "pins": ("p R3",)}))
    found = run_tests(request(programs=programs, words=("R3", "p")))
    assert [one.case for one in found.results] == ["p R3"]
    with pytest.raises(InputError, match="no case has all of these words in its name: R3 q"):
        run_tests(request(programs=programs, words=("R3", "q")))
    faked(monkeypatch, FakedGuests({"rules": CASES, "pins": ()}, boots=["boot", "boot"]))
    lost = run_tests(request(programs=programs, words=("q",)))  # nobody knows
    assert "boot-failure" in {one.outcome for one in lost.results}


def test_kernels_of_the_same_name_are_told_apart(monkeypatch: pytest.MonkeyPatch) -> None:
    faked(monkeypatch, FakedGuests({"rules": CASES}))
    found = run_tests(request(kernels=(KERNEL, KERNEL, KERNEL)))
    names = ["6.12", "6.12 (2)", "6.12 (3)"]
    assert [one.name for one in found.kernels] == names
    assert list(dict.fromkeys(one.kernel for one in found.results)) == names


def test_names_that_are_no_file_names(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    faked(monkeypatch, FakedGuests({"rules": CASES}))
    odd = replace(KERNEL, name="../../6.12 \x1b[1m/x")
    found = run_tests(request(kernels=(odd,), logs=tmp_path / "logs"))
    (log,) = {one.evidence.log for one in found.results}
    assert (tmp_path / log).is_file()
    assert {path.name for path in tmp_path.iterdir()} == {"logs"}


def test_consoles_are_kept_only_where_they_are_wanted(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    faked(monkeypatch, FakedGuests({"rules": CASES}))
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    found = run_tests(request())
    assert {one.evidence.log for one in found.results} == {""}
    assert not list(tmp_path.iterdir())


def test_what_a_kernel_lacks_is_noted_and_what_is_given_goes_along(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    faked(monkeypatch, FakedGuests({"rules": CASES}, boots=["boot"]))
    found = run_tests(request(kernels=(OLD,)), notes=("this tree has no cow",))
    assert found.notes == (
        "this tree has no cow",
        "5.10: was started again: lost: boot",
        "5.10 has no zram, ext4",
    )


def test_nothing_to_run(monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(InputError, match="no test program"):
        run_tests(request(programs=()))
    with pytest.raises(InputError, match="no kernel"):
        run_tests(request(kernels=()))


def test_what_goes_wrong_on_one_kernel_is_told_before_the_other_is_through(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def one_breaks(asked: GuestRequest, stop: threading.Event | None) -> None:
        assert stop is not None
        if asked.kernel.name == "6.12":
            raise EnvironmentFailure("is missing", where="qemu")
        assert stop.wait(30), "the other guest was not stopped"

    guests = faked(monkeypatch, FakedGuests({"rules": CASES}))
    guests.before = one_breaks
    with pytest.raises(EnvironmentFailure, match="is missing"):
        run_tests(request(kernels=(OLD, KERNEL), guests=2))
    assert len(guests.requests) == 2


def test_an_interrupt_stops_all_guests(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    stopped = []

    def wait_for_stop(asked: GuestRequest, stop: threading.Event | None) -> None:
        assert stop is not None
        stopped.append(stop.wait(30))

    def interrupted(*_: object, **__: object) -> None:
        time.sleep(0.2)
        raise KeyboardInterrupt

    guests = faked(monkeypatch, FakedGuests({"rules": CASES}))
    guests.before = wait_for_stop
    monkeypatch.setattr(run_module, "wait", interrupted)
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    with pytest.raises(KeyboardInterrupt):
        run_tests(request(kernels=(OLD, KERNEL, KERNEL), guests=2))
    assert stopped == [True, True]  # and the third was never started
    assert not list(tmp_path.iterdir())


def test_swap_lies_on_what_the_kernel_has() -> None:
    lacks = ((), ("virtio-blk",), ("virtio-blk", "zram"), ("virtio-blk", "zram", "brd"))
    swaps = [usual_settings(replace(KERNEL, lacks=one)).swap for one in lacks]
    assert swaps == ["disk", "zram", "brd", "none"]
    assert usual_settings(KERNEL, "none").swap == "none"
    assert usual_settings(KERNEL, "zram").swap == "zram"


def test_as_many_guests_as_memory_and_processors_allow(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("os.sched_getaffinity", lambda pid: set(range(8)))
    monkeypatch.setattr(run_module, "_available_mb", lambda: 1024 + 5 * 2048)
    assert room(2048) == 5
    assert room(512) == 8
    assert room(1 << 20) == 1
