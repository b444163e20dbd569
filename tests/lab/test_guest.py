"""Guests in QEMU: programs that behave, programs that do not, and what is left of them."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from guests import Told, build_deeds, kernel_to_boot, qemus, run_deeds

from kanalyze.lab.events import Ended
from kanalyze.lab.model import Kernel
from kanalyze.lab.settings import Settings


@pytest.fixture(scope="module")
def kernel() -> Kernel:
    return kernel_to_boot()


@pytest.fixture(scope="module")
def deeds(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return build_deeds(tmp_path_factory.mktemp("deeds"))


@pytest.fixture(autouse=True)
def nothing_left() -> Iterator[None]:
    yield
    assert not qemus()


@pytest.fixture(scope="module")
def behaved(kernel: Kernel, deeds: Path, tmp_path_factory: pytest.TempPathFactory) -> Told:
    """One guest for all that ends by itself: booting is what takes the time."""
    return run_deeds(
        kernel,
        deeds,
        tmp_path_factory.mktemp("guest"),
        [
            ("talk",),
            ("arguments", "two words", "-x"),
            ("leave-daemon",),
            ("kill-init",),
            ("abort",),
            ("show", "/proc/swaps"),
            ("show", "/proc/meminfo"),
            ("show", "/sys/kernel/mm/ksm/run"),
            ("show", "/sys/devices/system/node/online"),
            (),
            ("start-again",),
        ],
        settings=Settings(swap="zram", hugepages=((2048, 4),), nodes=2, ksm=True),
    )


def test_all_programs_run_in_order(behaved: Told) -> None:
    assert behaved.lost is None
    assert [ended.index for ended in behaved.ended()] == list(range(11))
    assert not behaved.notes()


def test_what_a_program_prints_is_no_frame(behaved: Told) -> None:
    lines = behaved.lines(0)
    assert lines[:4] == ["0 end exit 0 0", "- done", "ok 1 first", "\udcff\udcfe"]
    assert lines[5:] == ["not ok 2 second", "no newline"]
    assert behaved.lines(0, "err") == ["from stderr"]


def test_a_long_line_is_cut(behaved: Told) -> None:
    assert behaved.lines(0)[4] == "x" * 4000


def test_how_programs_end(behaved: Told) -> None:
    ended = behaved.ended()
    assert ended[0].status == 3
    assert (ended[4].status, ended[4].signal) == (None, 6)
    assert ended[9].status == 0


def test_arguments_arrive_as_they_are(behaved: Told) -> None:
    assert behaved.lines(1) == ["[arguments]", "[two words]", "[-x]"]


def test_a_program_finds_itself_where_it_runs(behaved: Told) -> None:
    assert behaved.lines(10) == ["[arguments]", "[again]"]


def test_a_daemon_does_not_outlive_its_test(behaved: Told) -> None:
    assert behaved.lines(2) == ["ok 1 left"]
    assert behaved.ended()[2].seconds < 10


def test_nobody_kills_init(behaved: Told) -> None:
    assert behaved.lines(3) == ["ok 1 init lives"]


def test_results_are_marked_in_the_kernels_log(behaved: Told) -> None:
    marks = [line for line in behaved.console.splitlines() if "kanalyze: program 0" in line]
    assert [mark.split("program 0 ")[1] for mark in marks] == [
        "result 0",
        "result 1",
        "result 2",
        "ended",
    ]


def test_memory_is_set_up_as_asked(behaved: Told) -> None:
    assert any(line.startswith("/dev/zram0 ") for line in behaved.lines(5))
    assert "HugePages_Total:       4" in behaved.lines(6)
    assert behaved.lines(7) == ["1"]
    assert behaved.lines(8) == ["0-1"]


@pytest.mark.slow
@pytest.mark.parametrize("swap", ["brd", "disk"])
def test_other_places_for_swap(swap: str, kernel: Kernel, deeds: Path, tmp_path: Path) -> None:
    settings = Settings(swap="brd" if swap == "brd" else "disk", swap_mb=32)
    told = run_deeds(kernel, deeds, tmp_path, [("show", "/proc/swaps")], settings=settings)
    device, _, kilobytes, *_ = told.lines(0)[1].split()
    assert device == {"brd": "/dev/ram0", "disk": "/dev/vda"}[swap]
    assert int(kilobytes) == (32 << 10) - 4
    assert [path.name for path in tmp_path.iterdir()] == ["console.log"]


def test_what_cannot_be_set_up_is_noted(kernel: Kernel, deeds: Path, tmp_path: Path) -> None:
    settings = Settings(
        hugepages=((2048, 1000),), writes=(("/proc/none", "1"), ("/proc/sys/vm/swappiness", "7"))
    )
    told = run_deeds(
        kernel,
        deeds,
        tmp_path,
        [("show", "/proc/sys/vm/swappiness")],
        settings=settings,
        memory_mb=256,
    )
    few, none = told.notes()
    assert "1000" in few and "got" in few
    assert none == "1 to /proc/none: No such file or directory"
    assert told.lines(0) == ["7"]


@pytest.mark.slow
@pytest.mark.parametrize(
    ("deed", "deadline"), [("ignore-signals", 3), ("fork-without-end", 5), ("flood", 5)]
)
def test_the_deadline_ends_it_and_the_next_one_runs(
    deed: str, deadline: int, kernel: Kernel, deeds: Path, tmp_path: Path
) -> None:
    todo = [(deed,), ("arguments",)]
    told = run_deeds(kernel, deeds, tmp_path, todo, deadline=deadline)
    assert told.lost is None
    assert told.ended()[0].timeout
    assert told.lines(1) == ["[arguments]"]


@pytest.mark.slow
def test_who_eats_all_memory_is_killed_and_the_next_one_runs(
    kernel: Kernel, deeds: Path, tmp_path: Path
) -> None:
    todo = [("eat-memory",), ("arguments",)]
    told = run_deeds(kernel, deeds, tmp_path, todo, deadline=300, memory_mb=256)
    assert told.lost is None
    assert told.ended()[0].signal == 9
    assert told.lines(1) == ["[arguments]"]


@pytest.mark.slow
def test_a_panic_loses_the_guest(kernel: Kernel, deeds: Path, tmp_path: Path) -> None:
    told = run_deeds(kernel, deeds, tmp_path, [("panic",), ("arguments",)])
    if told.ended():
        pytest.skip("this kernel has no magic SysRq")
    assert told.lost is not None and told.lost.why == "panic"
    assert told.lost.reason == "Kernel panic - not syncing: sysrq triggered crash"
    assert "Call Trace:" in "\n".join(told.lost.console)
    assert told.lines(0) == ["ok 1 before"]


@pytest.mark.slow
def test_what_outlives_sigkill_loses_the_guest(kernel: Kernel, deeds: Path, tmp_path: Path) -> None:
    told = run_deeds(kernel, deeds, tmp_path, [("wait-for-ever",), ("arguments",)], deadline=3)
    ended = told.ended()[0]
    if ended.status == 77:
        pytest.skip("this kernel has no FUSE")
    assert ended.timeout
    assert told.lost is not None and told.lost.why == "hang"
    assert told.lost.reason == "a process survived SIGKILL"
    assert told.lines(1) == []
    assert "fuse" in told.console  # where it hangs


@pytest.mark.slow
def test_a_flooded_console_is_bounded(kernel: Kernel, deeds: Path, tmp_path: Path) -> None:
    told = run_deeds(kernel, deeds, tmp_path, [("flood-kernel-log",)], deadline=120)
    assert told.lost is None
    assert told.ended()[0].status == 0
    assert "bytes left out" in told.console
    assert "kanalyze: program 0 ended" in told.console
    assert len(told.console) < 5 << 20


@pytest.mark.slow
def test_a_program_that_cannot_be_executed(kernel: Kernel, tmp_path: Path) -> None:
    program = tmp_path / "text"
    program.write_text("no program\n")
    told = run_deeds(kernel, program, tmp_path, [(), ()])
    assert told.lost is None
    assert [event.error for event in told.events if isinstance(event, Ended)] == [8, 8]  # ENOEXEC


@pytest.mark.slow
def test_arm64(tmp_path: Path) -> None:
    kernel = kernel_to_boot("KANALYZE_ARM64_KERNEL", "qemu-system-aarch64")
    deeds = build_deeds(tmp_path, "aarch64-linux-gnu-gcc")
    settings = Settings(hugepages=((2048, 2),), nodes=2)
    todo = [("talk",), ("abort",), ("ignore-signals",), ("show", "/proc/meminfo")]
    told = run_deeds(kernel, deeds, tmp_path, todo, settings=settings, deadline=5)
    assert told.lost is None
    assert "ok 1 first" in told.lines(0)
    assert [(end.status, end.signal, end.timeout) for end in told.ended()] == [
        (3, 0, False),
        (None, 6, False),
        (None, 0, True),
        (0, 0, False),
    ]
    assert "HugePages_Total:       2" in told.lines(3)
    assert "kanalyze: program 0 result 2" in told.console
