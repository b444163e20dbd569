"""All cases get their result, whatever happens to the guests on the way."""

import threading
from pathlib import Path

import pytest
from faked_guests import KERNEL, FakedGuests, generated, upstream

from kanalyze.errors import EnvironmentFailure
from kanalyze.lab import on_kernel
from kanalyze.lab.model import CaseResult, TestProgram
from kanalyze.lab.on_kernel import GuestSetup, KernelRun, OnKernel
from kanalyze.lab.run import Unwatched

CASES = tuple(f"case-{name} R1" for name in "abcdef")


class Runner:
    """Runs programs on a kernel whose guests are faked."""

    def __init__(self, logs: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        self.logs = logs
        self._monkeypatch = monkeypatch
        self.stop = threading.Event()
        self._runs = 0

    def __call__(
        self,
        guests: FakedGuests,
        *programs: TestProgram,
        words: tuple[str, ...] = (),
        repeat: int = 1,
        most_repeated: int | None = None,
        most_guests: int = 40,
    ) -> KernelRun:
        self._monkeypatch.setattr(on_kernel, "run_guest", guests)
        self._runs += 1
        logs = self.logs / str(self._runs) if self._runs > 1 else self.logs
        one = OnKernel(KERNEL, GuestSetup(), logs, Unwatched(), self.stop, most_guests=most_guests)
        return one.run(programs or (generated(),), words, repeat, most_repeated)


@pytest.fixture
def run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Runner:
    return Runner(tmp_path / "logs", monkeypatch)


def outcomes(found: KernelRun) -> dict[str, str]:
    return {f"{one.program}/{one.case}": one.outcome for one in found.results}


def of_rules(*fates: str) -> dict[str, str]:
    return {f"rules/{name}": fate for name, fate in zip(CASES, fates, strict=True)}


def attempts(found: KernelRun) -> list[tuple[str, int, str]]:
    return [(one.case, one.attempt, one.outcome) for one in found.results]


def reason(found: KernelRun, case: str) -> str:
    return next(one.reason for one in found.results if one.case == case)


def test_one_guest_is_enough_when_nothing_happens(run: Runner) -> None:
    guests = FakedGuests({"rules": CASES}, {CASES[1]: ["fail"], CASES[2]: ["skip"]})
    found = run(guests)
    assert outcomes(found) == of_rules("pass", "fail", "skip", "pass", "pass", "pass")
    assert guests.arguments() == [[("--list",), ("--announce",)]]
    assert [(boot.release, boot.ready) for boot in found.boots] == [("6.12.1", 2.0)]
    assert not found.notes


@pytest.mark.parametrize(("fate", "outcome"), [("panic", "kernel-panic"), ("hang", "lost-vm")])
def test_the_next_guest_goes_on_behind_the_case_that_was_fatal(
    run: Runner, fate: str, outcome: str
) -> None:
    guests = FakedGuests({"rules": CASES}, {CASES[2]: [fate]})
    found = run(guests)
    assert outcomes(found) == of_rules("pass", "pass", outcome, "pass", "pass", "pass")
    assert guests.arguments()[1] == [("--announce", "--from", "4")]
    assert len(guests.requests) == 2


def test_the_last_case_may_be_fatal(run: Runner) -> None:
    guests = FakedGuests({"rules": CASES}, {CASES[-1]: ["panic"]})
    assert outcomes(run(guests)) == of_rules(*["pass"] * 5, "kernel-panic")
    assert len(guests.requests) == 1


def test_words_that_were_lost_with_the_guest_are_asked_for_again(run: Runner) -> None:
    guests = FakedGuests(
        {"rules": CASES},
        {CASES[1]: ["untold"], CASES[2]: ["untold"], CASES[3]: ["late-panic"]},
    )
    found = run(guests)
    assert outcomes(found) == of_rules(*["pass"] * 3, "kernel-panic", "pass", "pass")
    assert guests.arguments()[1] == [("--announce", "--only", "2,3,5,6")]
    guests = FakedGuests({"rules": CASES}, {CASES[4]: ["untold"], CASES[5]: ["late-panic"]})
    found = run(guests)
    assert outcomes(found) == of_rules(*["pass"] * 5, "kernel-panic")
    assert guests.arguments()[1] == [("--announce", "--only", "5")]


def test_a_case_that_a_sound_guest_told_nothing_of_has_failed_and_is_repeated(run: Runner) -> None:
    guests = FakedGuests({"rules": CASES}, {CASES[1]: ["untold"], CASES[5]: ["untold", "pass"]})
    found = run(guests, repeat=2)
    assert attempts(found) == [
        *((name, 1, "fail" if name in (CASES[1], CASES[5]) else "pass") for name in CASES),
        (CASES[1], 2, "pass"),
        (CASES[5], 2, "pass"),
    ]
    assert reason(found, CASES[1]) == "rules told no result of it, and went on"
    assert reason(found, CASES[5]) == "rules ended with status 0"


def test_several_cases_are_fatal_in_several_programs(run: Runner) -> None:
    guests = FakedGuests(
        {"rules": CASES, "pins": ("x R3", "y R3", "z R3")},
        {CASES[0]: ["panic"], CASES[1]: ["panic"], "x R3": ["panic"], "z R3": ["hang"]},
    )
    found = run(guests, generated(), generated("pins"))
    assert outcomes(found) == of_rules("kernel-panic", "kernel-panic", *["pass"] * 4) | {
        "pins/x R3": "kernel-panic",
        "pins/y R3": "pass",
        "pins/z R3": "lost-vm",
    }
    assert len(guests.requests) == 4


@pytest.mark.parametrize("fate", ["emulator", "qemu-died", "channel"])
def test_a_case_that_the_host_lost_is_run_again(run: Runner, fate: str) -> None:
    guests = FakedGuests({"rules": CASES}, {CASES[2]: [fate]})
    found = run(guests)
    assert outcomes(found) == of_rules(*["pass"] * 6)
    assert guests.arguments()[1] == [("--announce", "--from", "3")]
    assert list(found.notes) == [f"6.12: {CASES[2]} was run again: {fate}"]


def test_a_case_that_the_host_loses_twice_is_lost(run: Runner) -> None:
    guests = FakedGuests({"rules": CASES}, {CASES[2]: ["qemu-died", "qemu-died"]})
    found = run(guests)
    assert outcomes(found) == of_rules("pass", "pass", "lost-vm", "pass", "pass", "pass")
    assert len(guests.requests) == 3


def test_a_kernel_that_never_boots_is_tried_twice(run: Runner) -> None:
    guests = FakedGuests({"rules": CASES}, boots=["boot"] * 9)
    found = run(guests, generated(), upstream())
    assert [(one.program, one.outcome) for one in found.results] == [
        ("rules", "not-run"),
        ("cow", "not-run"),
        ("", "boot-failure"),
    ]
    assert len(guests.requests) == len(found.boots) == 2
    assert list(found.notes) == ["6.12: was started again: lost: boot"]


@pytest.mark.parametrize("why", ["boot", "qemu-died"])
def test_a_kernel_that_boots_the_second_time_has_booted(run: Runner, why: str) -> None:
    found = run(FakedGuests({"rules": CASES}, boots=[why]))
    assert outcomes(found) == of_rules(*["pass"] * 6)
    assert list(found.notes) == [f"6.12: was started again: lost: {why}"]


def test_nothing_is_forgotten_that_was_first_listed_by_the_second_guest(run: Runner) -> None:
    guests = FakedGuests({"rules": CASES}, {CASES[2]: ["panic"]}, boots=["boot"])
    found = run(guests)
    assert outcomes(found) == of_rules("pass", "pass", "kernel-panic", "pass", "pass", "pass")


def test_the_deadline_of_a_slow_program_is_not_held_against_its_last_case(run: Runner) -> None:
    guests = FakedGuests({"rules": CASES}, {CASES[3]: ["timeout"]})
    found = run(guests)
    assert outcomes(found) == of_rules(*["pass"] * 6)
    assert guests.arguments()[1] == [("--announce", "--from", "4")]
    assert list(found.notes) == [
        f"6.12: {CASES[3]} was run again: the time of its program was over"
    ]


def test_a_case_that_uses_up_the_whole_deadline_is_a_timeout(run: Runner) -> None:
    guests = FakedGuests(
        {"rules": CASES}, {CASES[3]: ["timeout", "timeout"], CASES[0]: ["timeout"]}
    )
    found = run(guests)
    assert outcomes(found) == of_rules("timeout", "pass", "pass", "timeout", "pass", "pass")
    assert reason(found, CASES[3]) == "rules was stopped after 1 s"


def test_a_program_that_dies_is_run_on_behind_its_last_case(run: Runner) -> None:
    found = run(FakedGuests({"rules": CASES}, {CASES[1]: ["die"]}))
    assert outcomes(found) == of_rules("pass", "fail", *["pass"] * 4)
    assert reason(found, CASES[1]) == "rules died of signal 11"


def test_a_program_of_the_tree_is_not_begun_again_after_a_panic(run: Runner) -> None:
    guests = FakedGuests({"cow": CASES, "mkdirty": ("m",)}, {CASES[2]: ["panic"]})
    found = run(guests, upstream(), upstream("mkdirty"))
    assert outcomes(found) == {
        f"cow/{CASES[0]}": "pass",
        f"cow/{CASES[1]}": "pass",
        f"cow/{CASES[2]}": "kernel-panic",
        "mkdirty/m": "pass",
    }
    assert [[one.path.name for one in request.programs] for request in guests.requests] == [
        ["cow", "mkdirty"],
        ["mkdirty"],
    ]


def test_a_program_of_the_tree_that_the_host_lost_is_run_again(run: Runner) -> None:
    guests = FakedGuests({"cow": CASES}, {CASES[2]: ["qemu-died"]})
    found = run(guests, upstream())
    assert outcomes(found) == {f"cow/{case}": "pass" for case in CASES}


def test_words_choose_the_cases_and_the_numbers_are_among_them(run: Runner) -> None:
    cases = ("a R1", "b R3", "c R1", "d R3", "e R1")
    guests = FakedGuests({"rules": cases}, {"c R1": ["panic"]})
    found = run(guests, words=("R1",))
    assert outcomes(found) == {
        "rules/a R1": "pass", "rules/c R1": "kernel-panic", "rules/e R1": "pass",
    }  # fmt: skip
    assert guests.arguments() == [
        [("--list", "R1"), ("--announce", "R1")],
        [("--announce", "--from", "3", "R1")],
    ]


def test_words_that_no_case_has(run: Runner) -> None:
    guests = FakedGuests({"rules": CASES})
    found = run(guests, words=("nothing",))
    assert [(one.case, one.outcome) for one in found.results] == [("", "skip")]
    assert len(guests.requests) == 1


def test_half_a_list_is_no_list(run: Runner) -> None:
    guests = FakedGuests({"rules": CASES}, broken_lists=["rules"])
    assert outcomes(run(guests)) == of_rules(*["pass"] * 6)


def test_what_failed_is_repeated_in_guests_of_its_own(run: Runner) -> None:
    guests = FakedGuests(
        {"rules": CASES}, {CASES[1]: ["fail", "pass"], CASES[3]: ["fail", "fail", "fail"]}
    )
    found = run(guests, repeat=3)
    assert attempts(found)[:6] == [
        (name, 1, "fail" if name in (CASES[1], CASES[3]) else "pass") for name in CASES
    ]
    assert attempts(found)[6:] == [
        (CASES[1], 2, "pass"),
        (CASES[3], 2, "fail"),
        (CASES[3], 3, "fail"),
    ]
    assert guests.arguments()[1:] == [
        [("--announce", "--only", "2")],
        [("--announce", "--only", "4")],
        [("--announce", "--only", "4")],
    ]


def test_where_much_fails_the_first_few_are_repeated(run: Runner) -> None:
    guests = FakedGuests({"rules": CASES}, {name: ["fail"] * 2 for name in CASES})
    found = run(guests, repeat=2, most_repeated=2)
    assert attempts(found)[6:] == [(CASES[0], 2, "fail"), (CASES[1], 2, "fail")]


def test_a_panic_is_repeated_and_both_are_kept(run: Runner) -> None:
    guests = FakedGuests({"rules": CASES}, {CASES[5]: ["panic", "panic"]})
    found = run(guests, words=("case",), repeat=2)
    assert attempts(found)[-2:] == [(CASES[5], 1, "kernel-panic"), (CASES[5], 2, "kernel-panic")]
    assert guests.arguments()[1] == [("--announce", "--only", "6", "case")]


def test_a_failure_of_the_host_is_no_repetition(run: Runner) -> None:
    guests = FakedGuests({"rules": CASES}, {CASES[0]: ["fail", "qemu-died", "pass"]})
    found = run(guests, repeat=2)
    assert attempts(found)[6:] == [(CASES[0], 2, "pass")]


def test_a_program_of_the_tree_is_repeated_as_a_whole(run: Runner) -> None:
    guests = FakedGuests({"cow": CASES}, {CASES[1]: ["fail", "fail"], CASES[4]: ["fail"]})
    found = run(guests, upstream(), repeat=2)
    assert attempts(found)[6:] == [(CASES[1], 2, "fail"), (CASES[4], 2, "pass")]
    assert len(guests.requests) == 2


def test_a_kernel_that_dies_of_everything_is_left_at_last(run: Runner) -> None:
    guests = FakedGuests({"rules": CASES}, {name: ["panic"] for name in CASES})
    found = run(guests, most_guests=4)
    assert outcomes(found) == of_rules(*["kernel-panic"] * 4, "not-run", "not-run")
    assert list(found.notes) == ["6.12: was lost so often that the rest was not run"]


def test_stopping_starts_no_further_guest(run: Runner) -> None:
    guests = FakedGuests({"rules": CASES}, {CASES[1]: ["panic"]})
    guests.before = lambda request, stop: run.stop.set()
    found = run(guests, repeat=3)
    assert len(guests.requests) == 1
    assert [one.outcome for one in found.results][2:] == ["not-run"] * 4


def test_each_guest_keeps_its_console(run: Runner) -> None:
    found = run(FakedGuests({"rules": CASES}, {CASES[1]: ["panic"]}))
    logs: dict[str, list[CaseResult]] = {}
    for one in found.results:
        logs.setdefault(one.evidence.log, []).append(one)
    assert {name: len(several) for name, several in logs.items()} == {
        "6.12-1/console.log": 2,
        "6.12-2/console.log": 4,
    }
    assert all((run.logs / name).is_file() for name in logs)


def test_logs_that_cannot_be_kept(run: Runner) -> None:
    run.logs.write_text("a file\n")
    with pytest.raises(EnvironmentFailure, match="Not a directory"):
        run(FakedGuests({"rules": CASES}))


def test_what_could_not_be_set_up_is_noted_once(run: Runner) -> None:
    guests = FakedGuests({"rules": CASES}, {CASES[1]: ["panic"]}, note="no swap")
    assert list(run(guests).notes) == ["6.12: no swap"]


def test_a_watcher_is_told_how_far_it_is(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    class Watching:
        def __init__(self) -> None:
            self.told: list[tuple[str, str, int]] = []

        def guest(self, kernel: str, doing: str, done: int) -> None:
            self.told.append((kernel, doing, done))

    watching = Watching()
    guests = FakedGuests({"rules": CASES}, {CASES[3]: ["panic"]})
    monkeypatch.setattr(on_kernel, "run_guest", guests)
    OnKernel(KERNEL, GuestSetup(), tmp_path, watching, threading.Event()).run((generated(),))
    assert watching.told[0] == ("6.12", "boots", 0)
    done = [count for _, _, count in watching.told]
    assert done == sorted(done)
    assert watching.told[-1] == ("6.12", "rules", 6)
