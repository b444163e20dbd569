"""What a kernel complains of, found in its console."""

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kanalyze.lab.splat import Finder, Splat, find_splats

LOGS = Path(__file__).parent / "logs"


def found(text: str) -> tuple[Splat, ...]:
    return find_splats(text.splitlines())


def stamped(*lines: str, at: float = 5.0) -> str:
    return "\n".join(f"[{at + index / 1e6:12.6f}] {line}" for index, line in enumerate(lines))


TRACE = ("Call Trace:", " <TASK>", " do_wp_page+0x5d2/0x9a0", " </TASK>")


@pytest.mark.parametrize(
    ("kind", "title"),
    [
        ("warning", "WARNING: CPU: 0 PID: 12 at mm/memory.c:3642 do_wp_page+0x1/0x2"),
        ("warning", "WARNING: mm/memory.c:3642 at do_wp_page+0x1/0x2, CPU#1: cow/12"),
        ("bug", "kernel BUG at mm/huge_memory.c:2711!"),
        ("bug", "BUG: Bad page state in process cow  pfn:12345"),
        ("bug", "BUG: Bad rss-counter state mm:00000000 type:MM_ANONPAGES val:1"),
        ("bug", "BUG: sleeping function called from invalid context at mm/gup.c:1"),
        ("oops", "BUG: kernel NULL pointer dereference, address: 0000000000000008"),
        ("oops", "BUG: unable to handle page fault for address: ffffffffffffffd8"),
        ("oops", "Unable to handle kernel paging request at virtual address dead000000000108"),
        ("oops", "Oops: general protection fault, probably for non-canonical address 0xdead"),
        ("oops", "general protection fault, probably for non-canonical address: 0000 [#1] SMP"),
        ("sanitizer", "BUG: KASAN: slab-use-after-free in do_wp_page+0x1/0x2"),
        ("sanitizer", "BUG: KFENCE: use-after-free read in do_wp_page+0x1/0x2"),
        ("sanitizer", "UBSAN: shift-out-of-bounds in mm/memory.c:12:3"),
        ("lockdep", "WARNING: possible circular locking dependency detected"),
        ("lockdep", "WARNING: inconsistent lock state"),
        ("lockdep", "WARNING: suspicious RCU usage"),
        ("stall", "rcu: INFO: rcu_preempt self-detected stall on CPU"),
        ("stall", "rcu: INFO: rcu_sched detected stalls on CPUs/tasks:"),
        ("stall", "watchdog: BUG: soft lockup - CPU#0 stuck for 26s! [cow:12]"),
        ("hung-task", "INFO: task cow:12 blocked for more than 120 seconds."),
        ("panic", "Kernel panic - not syncing: Fatal exception"),
    ],
)
def test_kinds(kind: str, title: str) -> None:
    (splat,) = found(stamped("something before", title, *TRACE))
    assert (splat.kind, splat.title) == (kind, title)
    assert len(splat.lines) == 5
    assert "something before" not in splat.lines[0]


@pytest.mark.parametrize(
    "line",
    ["cow: page allocation failure: order:9, mode:0x40dc0",
     "Out of memory: Killed process 12 (cow)",
     "Warning: unable to open an initial console.", "systemd[1]: WARNING without a colon",
     "INFO: lockdep is turned off.", "debug: BUGs are many", "Kernel panics are rare"],
)  # fmt: skip
def test_what_is_none(line: str) -> None:
    assert found(stamped(line)) == ()


def test_a_warning_ends_where_the_kernel_ends_it() -> None:
    text = stamped(
        "------------[ cut here ]------------",
        "WARNING: CPU: 1 PID: 20 at mm/memory.c:3642 do_wp_page+0x1/0x2",
        "Modules linked in:",
        *TRACE,
        "irq event stamp: 12",
        "---[ end trace 0000000000000000 ]---",
        "EXT4-fs (vda): mounted filesystem",
    )
    (splat,) = found(text)
    assert "cut here" in splat.lines[0]
    assert "end trace" in splat.lines[-1]
    assert len(splat.lines) == 9


def test_one_fault_that_tells_itself_in_several_messages_is_one() -> None:
    (splat,) = found(
        stamped(
            "BUG: unable to handle page fault for address: ffffffffffffffd8",
            "#PF: supervisor read access in kernel mode",
            "Oops: Oops: 0000 [#1] SMP NOPTI",
            *TRACE,
            "---[ end trace 0000000000000000 ]---",
        )
    )
    assert splat.title.startswith("BUG: unable")
    fatal = found(
        stamped("kernel BUG at mm/rmap.c:1!", "Oops: invalid opcode: 0000 [#1]", *TRACE,
                "---[ end trace 0000000000000000 ]---",
                "Kernel panic - not syncing: Fatal exception", "Rebooting in 1 seconds..")
    )  # fmt: skip
    assert [one.kind for one in fatal] == ["bug", "panic"]


def test_a_sanitizer_reports_between_two_frames() -> None:
    frame = "=" * 66
    (splat,) = found(
        stamped(frame, "BUG: KASAN: slab-use-after-free in f+0x1/0x2", "Read of size 8", *TRACE,
                "Allocated by task 12:", frame, "clocksource: Switched")
    )  # fmt: skip
    assert splat.lines[0].endswith("===") and splat.lines[-1].endswith("===")
    assert len(splat.lines) == 9


def test_markers_say_what_was_running() -> None:
    text = "\n".join(
        (
            stamped("WARNING: CPU: 0 PID: 1 at a.c:1 f+0x1/0x2", "---[ end trace 0 ]---"),
            "[    6.000000] kanalyze: program 1 result 0",
            stamped("WARNING: CPU: 0 PID: 1 at a.c:2 f+0x1/0x2", at=6.1),
            "[    6.200000] kanalyze: program 1 result 1",
            "[    6.300000] cow_rules_case: anon child none none write R1",
            stamped("BUG: Bad page map in process x", at=6.4),
            "[    6.500000] kanalyze: program 1 ended",
            stamped("BUG: Bad page map in process y", at=6.6),
        )
    )
    assert [(one.marker, one.case) for one in found(text)] == [
        ("", ""),
        ("program 1 result 0", ""),
        ("program 1 result 1", "anon child none none write R1"),
        ("program 1 ended", ""),
    ]


def test_a_pause_ends_a_splat_and_a_flood_is_bounded() -> None:
    text = (
        stamped("BUG: Bad page map in process x", "page:1234", at=1) + "\n" + stamped("later", at=9)
    )
    (splat,) = found(text)
    assert len(splat.lines) == 2
    (flood,) = found("BUG: Bad page map in process x\n" + "page:1234\n" * 10_000)
    assert len(flood.lines) <= 121
    many = found("BUG: Bad page map in process x\n" * 50)
    assert len(many) == 50


def test_the_crash_of_a_real_kernel() -> None:
    (splat,) = find_splats((LOGS / "mkdirty-6.12-then-panic.log").read_bytes().split(b"\n"))
    assert (splat.kind, splat.title) == (
        "panic",
        "Kernel panic - not syncing: sysrq triggered crash",
    )
    assert any("sysrq_handle_crash+0x1a/0x20" in line for line in splat.lines)


def test_a_panic_behind_what_a_process_has_written() -> None:
    (splat,) = find_splats((LOGS / "mkdirty-7.2-init-killed.log").read_bytes().split(b"\n"))
    assert splat.title == "Kernel panic - not syncing: Attempted to kill init! exitcode=0x00000100"
    assert any("do_exit+" in line for line in splat.lines)


def test_a_healthy_kernel_has_none() -> None:
    assert find_splats((LOGS / "cow-5.10-debian.log").read_bytes().split(b"\n")) == ()


_LINES = st.one_of(
    st.text(max_size=40),
    st.binary(max_size=40),
    st.sampled_from(
        ["BUG: x", "WARNING: CPU: 1", " </TASK>", "=" * 30, "kanalyze: program 1 result 2",
         "---[ end trace 0 ]---", "[    1.000000] Kernel panic - not syncing: x"]
    ),
)  # fmt: skip


@given(st.lists(_LINES, max_size=30))
def test_nothing_raises(console: list[str | bytes]) -> None:
    finder = Finder()
    followed = [splat for line in console for splat in finder.feed(line)]
    assert (*followed, *finder.finish()) == find_splats(console)
