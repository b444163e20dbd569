"""What the suites notice of a mutant: verdicts, choices, and what is not held against it."""

import threading
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
from faked_guests import KERNEL, LOSSES

from kanalyze.errors import EnvironmentFailure
from kanalyze.lab import mutant_guest, mutant_run
from kanalyze.lab.conduct import came_by, counted, not_changed
from kanalyze.lab.events import Booted, Ended, GuestEvent, Line, Lost, Started
from kanalyze.lab.guest import GuestEnd, GuestRequest
from kanalyze.lab.model import CaseResult, Copies
from kanalyze.lab.mutant_choice import that_come_by
from kanalyze.lab.mutant_model import Baseline, CaseCount, MutantResult, MutantSetup, Suspect
from kanalyze.lab.mutant_run import FIRST, baseline, run_mutants
from kanalyze.lab.mutant_verdict import verdict_of

#: Cases of the generated program, and by which mutants each comes: reached, otherwise.
COUNTS = {
    "anon a R1": {1: (9, 2), 2: (5, 5)},
    "anon b R3": {1: (9, 9)},
    "thp a R1": {1: (9, 1), 3: (4, 0)},
}
NUMBERS = {name: number for number, name in enumerate(COUNTS, 1)}


@dataclass
class FakedKernel:
    """Stands in for run_guest: a kernel with mutants, and what a case does under each.

    ``fates`` has (mutant, case) -> what happens, each time it is run: as in
    faked_guests, or "warn" (the kernel complains), "error" (the case hangs, and those
    behind it are skipped) and "silent" (the program ends and tells nothing).  Mutant 0
    is the unchanged kernel.
    """

    fates: dict[tuple[int, str], list[str]] = field(default_factory=dict)
    boots: list[str] = field(default_factory=list)
    error: str = ""
    tree: tuple[str, ...] = ("t1", "t2")
    guests: list[list[tuple[int, tuple[str, ...]]]] = field(default_factory=list)
    patient: list[bool] = field(default_factory=list)
    reached: int = 3

    def __call__(
        self,
        request: GuestRequest,
        on_event: Callable[[GuestEvent], None],
        stop: threading.Event | None = None,
    ) -> GuestEnd:
        console = request.workdir / "console.log"
        self._console: list[str] = []
        self.guests.append([])
        why = self.boots.pop(0) if self.boots else ""
        lost = Lost(why=why, reason=f"lost: {why}") if why else None  # type: ignore[arg-type]
        if lost is None:
            on_event(Booted(seconds=1.0, release="6.12"))
            for index, program in enumerate(request.programs):
                on_event(Started(index=index))
                lost = self._run(index, program.arguments, on_event)
                if lost is not None:
                    break
        if lost is not None:
            on_event(lost)
        console.write_text("\n".join(self._console))
        return GuestEnd(console=console, release="6.12", ready=1.0, seconds=1.0, lost=lost)

    def _run(
        self, index: int, arguments: tuple[str, ...], on_event: Callable[[GuestEvent], None]
    ) -> Lost | None:
        def say(*texts: str) -> None:
            for text in texts:
                on_event(Line(index=index, text=text))

        def end(**how: Any) -> None:
            on_event(Ended(index=index, seconds=1.0, **how))

        if self.error:
            say(f"@error {self.error}")
            end(status=3)
            return None
        if arguments[0] == "count":
            for name, counts in COUNTS.items():
                fate = self._fate(0, name)
                say("TAP version 13", f"1..{len(COUNTS)}")
                say(f"{'not ok' if fate == 'fail' else 'ok'} {NUMBERS[name]} {name}")
                told = (f" {number}:{one[0]}:{one[1]}" for number, one in counts.items())
                say(f"@counts {NUMBERS[name]}{''.join(told)}")
                if fate == "timeout":
                    end(timeout=True)
                    return None
            end(status=0)
            return None
        whole = arguments[0] == "whole"
        if whole:
            arguments = ("mutant", "0", "0", *arguments[1:])
        mutant, program, options = int(arguments[1]), Path(arguments[3]).name, arguments[4:]
        names = self.tree
        if program == "rules":
            numbers = options[options.index("--only") + 1].split(",")
            names = tuple(name for name in COUNTS if str(NUMBERS[name]) in numbers)
            if mutant:
                self.patient.append("--one-hang" not in options)
        self.guests[-1].append((mutant, names))
        say("TAP version 13", f"1..{len(names)}")
        hung = False
        for number, name in enumerate(names, 1):
            fate = self._fate(mutant, name)
            if fate == "silent":
                break
            say(f"# starting {name}")
            if fate in LOSSES:
                return Lost(why=LOSSES[fate], reason=f"lost: {fate}")
            if fate in ("timeout", "die"):
                end(**({"timeout": True} if fate == "timeout" else {"signal": 11}))
                return None
            if fate == "warn":
                self._console += [
                    f"[    1.000000] kanalyze: program {index} result {number - 1}",
                    f"[    1.000001] cow_rules_case: {name}",
                    "[    1.000002] ------------[ cut here ]------------",
                    "[    1.000003] WARNING: CPU: 0 PID: 9 at mm/memory.c:1 do_wp_page+0x1/0x2",
                    "[    1.000004] ---[ end trace 0000000000000000 ]---",
                ]
            if hung:
                say(f"ok {number} # SKIP {name}")
                continue
            if fate == "error":
                hung = True
                say(f"# {name}: timeout after 20 s", f"not ok {number} # error {name}")
                continue
            say(f"{'not ok' if fate == 'fail' else 'ok'} {number} {name}")
        say("@counts 0 1:3:1" if whole else f"@mutant {mutant} {self.reached} 1")
        end(status=0)
        return None

    def _fate(self, mutant: int, case: str) -> str:
        queue = self.fates.get((mutant, case), [])
        return queue.pop(0) if queue else "pass"


@pytest.fixture
def setup(tmp_path: Path) -> MutantSetup:
    return MutantSetup(
        kernel=KERNEL, conductor=Path("conduct"), generated=(Path("rules"),), tree=(),
        logs=tmp_path,
    )  # fmt: skip


@pytest.fixture
def of_tree(tmp_path: Path) -> MutantSetup:
    return MutantSetup(
        kernel=KERNEL, conductor=Path("conduct"), generated=(), tree=(Path("cow"),), logs=tmp_path
    )


def boot(monkeypatch: pytest.MonkeyPatch, **how: Any) -> FakedKernel:
    kernel = FakedKernel(**how)
    monkeypatch.setattr(mutant_guest, "run_guest", kernel)
    return kernel


def of(number: int, **more: Any) -> Suspect:
    return Suspect(id=f"m{number}", number=number, **more)


KNOWN = Baseline(
    cases=tuple(
        CaseCount(
            program="rules", case=name, number=NUMBERS[name], outcome="pass",
            counts=tuple((number, *one) for number, one in counts.items()),
        )
        for name, counts in COUNTS.items()
    )
)  # fmt: skip
TREE = Baseline(
    cases=tuple(
        CaseCount(program="cow", case=case, number=0, outcome="pass", counts=((1, 3, 1),))
        for case in ("t1", "t2")
    )
)


def told(*results: MutantResult) -> list[tuple[str, str]]:
    return [(one.id, verdict.outcome) for one in results for verdict in one.verdicts]


# ---------------------------------------------------------------------- baseline


def test_a_baseline_has_every_case_with_what_it_comes_by(
    setup: MutantSetup, monkeypatch: pytest.MonkeyPatch
) -> None:
    boot(monkeypatch, fates={(0, "anon b R3"): ["fail"]})
    found = {one.case: one for one in baseline(setup).cases}
    assert {name: one.outcome for name, one in found.items()} == {
        "anon a R1": "pass", "anon b R3": "fail", "thp a R1": "pass",
    }  # fmt: skip
    assert found["anon a R1"].counts == ((1, 9, 2), (2, 5, 5))
    assert not list(setup.logs.iterdir())


def test_a_baseline_of_the_tree(of_tree: MutantSetup, monkeypatch: pytest.MonkeyPatch) -> None:
    boot(monkeypatch, fates={(0, "t2"): ["fail"]})
    found = baseline(of_tree).cases
    assert [(one.program, one.case, one.outcome) for one in found] == [
        ("cow", "t1", "pass"),
        ("cow", "t2", "fail"),
    ]
    # It cannot be told case by case what they come by.
    assert [one.counts for one in found] == [((1, 3, 1),)] * 2
    boot(monkeypatch, fates={(0, "t1"): ["die"]})
    with pytest.raises(EnvironmentFailure, match="cow: its decisions could not be counted"):
        baseline(of_tree)


def test_cases_that_were_not_counted_are_not_passed_over(
    setup: MutantSetup, monkeypatch: pytest.MonkeyPatch
) -> None:
    boot(monkeypatch, fates={(0, "anon b R3"): ["timeout"]})
    with pytest.raises(EnvironmentFailure, match="could not be counted: not within 1 s"):
        baseline(setup)


def test_a_kernel_without_mutants_is_no_baseline(
    setup: MutantSetup, monkeypatch: pytest.MonkeyPatch
) -> None:
    boot(monkeypatch, error="/sys/module/kanalyze/parameters/count: No such file or directory")
    with pytest.raises(EnvironmentFailure, match="counted: /sys/module.* No such file"):
        baseline(setup)


def test_a_baseline_that_dies_is_none(
    of_tree: MutantSetup, monkeypatch: pytest.MonkeyPatch
) -> None:
    boot(monkeypatch, fates={(0, "t2"): ["panic"]})
    with pytest.raises(EnvironmentFailure, match="the unchanged kernel was lost"):
        baseline(of_tree)


# ----------------------------------------------------------------------- mutants


@pytest.mark.parametrize(
    ("fate", "outcome", "line"),
    [
        ("fail", "killed-by-assertion", "not ok 1 anon b R3"),
        ("warn", "killed-by-crash", None),
        ("panic", "killed-by-crash", "lost: panic"),
        ("die", "killed-by-crash", "rules died of signal 11"),
        ("timeout", "killed-by-timeout", "rules was stopped after 1 s"),
        ("hang", "killed-by-timeout", "lost: hang"),
        ("pass", "survived", None),
    ],
)
def test_what_a_case_does_is_what_becomes_of_the_mutant(
    setup: MutantSetup, monkeypatch: pytest.MonkeyPatch, fate: str, outcome: str, line: str | None
) -> None:
    known = Baseline(cases=KNOWN.cases[1:2])
    boot(monkeypatch, fates={(1, "anon b R3"): [fate] * 3})
    (found,) = run_mutants(setup, [of(1)], known)
    assert told(found) == [("m1", outcome)]
    kills = found.verdicts[0].kills
    assert [one.case for one in kills] == (["anon b R3"] if outcome != "survived" else [])
    if line is not None:
        assert [one.line for one in kills] == [line]
    assert not list(setup.logs.iterdir())


def test_what_took_long_once_is_no_timeout(
    setup: MutantSetup, monkeypatch: pytest.MonkeyPatch
) -> None:
    kernel = boot(monkeypatch, fates={(1, "anon b R3"): ["timeout"]})
    (found,) = run_mutants(setup, [of(1)], KNOWN)
    assert told(found) == [("m1", "survived")]
    assert len(kernel.guests) == 2


def test_behind_a_case_that_hangs_a_few_are_run_to_their_ends(
    setup: MutantSetup, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(mutant_run, "_PATIENT", 1)
    hangs = {(1, "anon b R3"): ["timeout"] * 3}
    kernel = boot(monkeypatch, fates=hangs)
    (found,) = run_mutants(setup, [of(1)], Baseline(cases=KNOWN.cases[:2]))
    assert told(found) == [("m1", "killed-by-timeout")]
    first, few, again = ([one for one in guest if one[0]] for guest in kernel.guests)
    assert (len(first[0][1]), len(few[0][1]), len(again[0][1])) == (2, 1, 2)
    assert kernel.patient == [False, True, False]


def test_what_goes_round_for_ever_hangs_once(
    setup: MutantSetup, monkeypatch: pytest.MonkeyPatch
) -> None:
    kernel = boot(monkeypatch, fates={(1, "anon b R3"): ["error"]}, reached=5_000_000)
    (found,) = run_mutants(setup, [of(1)], KNOWN)
    assert told(found) == [("m1", "killed-by-timeout")]
    assert len(kernel.guests) == 1
    assert found.verdicts[0].ran == 2  # and the third was skipped


@pytest.mark.parametrize("why", ["qemu-died", "emulator", "channel", "boot"])
def test_what_the_host_does_is_not_held_against_a_mutant(
    setup: MutantSetup, monkeypatch: pytest.MonkeyPatch, why: str
) -> None:
    boot(monkeypatch, boots=[why])
    assert told(*run_mutants(setup, [of(1)], KNOWN)) == [("m1", "survived")]
    boot(monkeypatch, boots=[why] * 9)
    with pytest.raises(EnvironmentFailure, match=f"lost: {why}"):
        run_mutants(setup, [of(1)], KNOWN)


def test_qemu_that_dies_in_a_case_kills_no_mutant(
    setup: MutantSetup, monkeypatch: pytest.MonkeyPatch
) -> None:
    boot(monkeypatch, fates={(1, "anon b R3"): ["qemu-died"]})
    assert told(*run_mutants(setup, [of(1)], KNOWN)) == [("m1", "survived")]


def test_a_kernel_that_cannot_be_changed_kills_no_mutant(
    setup: MutantSetup, monkeypatch: pytest.MonkeyPatch
) -> None:
    boot(monkeypatch, error="/sys/module/kanalyze/parameters/mutant: Invalid argument")
    (found,) = run_mutants(setup, [of(1)], KNOWN)
    assert told(found) == [("m1", "infrastructure-failed")]
    assert "Invalid argument" in found.verdicts[0].reason


def test_only_cases_that_come_by_are_run_and_then_a_control(
    setup: MutantSetup, monkeypatch: pytest.MonkeyPatch
) -> None:
    kernel = boot(monkeypatch)
    found = run_mutants(setup, [of(2), of(3), of(3, counts_answers=False)], KNOWN)
    assert told(*found)[0] == ("m2", "survived")
    assert kernel.guests[0][:2] == [(2, ("anon a R1",)), (0, ("anon a R1",))]


def test_a_mutant_by_which_nothing_comes_starts_no_guest(
    setup: MutantSetup, monkeypatch: pytest.MonkeyPatch
) -> None:
    kernel = boot(monkeypatch)
    assert told(*run_mutants(setup, [of(3), of(7)], KNOWN)) == [
        ("m3", "not-reached"),
        ("m7", "not-reached"),
    ]
    assert not kernel.guests


def test_what_does_not_pass_without_a_mutant_notices_nothing(
    setup: MutantSetup, monkeypatch: pytest.MonkeyPatch
) -> None:
    known = Baseline(
        cases=tuple(
            CaseCount(
                program=one.program, case=one.case, number=one.number, counts=one.counts,
                outcome="fail" if one.case == "anon a R1" else "pass",
            )
            for one in KNOWN.cases
        )
    )  # fmt: skip
    kernel = boot(monkeypatch, fates={(1, "anon a R1"): ["fail"], (2, "anon a R1"): ["fail"]})
    assert told(*run_mutants(setup, [of(1), of(2)], known)) == [
        ("m1", "survived"),
        ("m2", "not-reached"),
    ]
    assert all("anon a R1" not in cases for guest in kernel.guests for _, cases in guest)


def test_mutants_behind_one_that_took_the_guest_along_get_another(
    setup: MutantSetup, monkeypatch: pytest.MonkeyPatch
) -> None:
    kernel = boot(monkeypatch, fates={(1, "anon a R1"): ["panic"], (2, "anon a R1"): ["fail"]})
    assert told(*run_mutants(setup, [of(1), of(2)], KNOWN)) == [
        ("m1", "killed-by-crash"),
        ("m2", "killed-by-assertion"),
    ]
    assert [guest[0][0] for guest in kernel.guests][:2] == [1, 2]


def test_cases_behind_one_that_took_the_guest_along_are_asked_as_well(
    setup: MutantSetup, monkeypatch: pytest.MonkeyPatch
) -> None:
    crash = (1, "anon a R1")
    kernel = boot(monkeypatch, fates={crash: ["panic"], (1, "anon b R3"): ["fail"]})
    (found,) = run_mutants(setup, [of(1)], KNOWN)
    assert told(found) == [("m1", "killed-by-assertion")]
    assert [one.outcome for one in found.verdicts[0].kills] == ["kernel-panic", "fail"]
    first, second = (set(guest[0][1]) for guest in kernel.guests)
    assert first - second == {"anon a R1"}
    boot(monkeypatch, fates={crash: ["panic"]})
    assert told(*run_mutants(setup, [of(1)], KNOWN)) == [("m1", "killed-by-crash")]


def test_mutants_behind_one_that_left_something_get_another_guest(
    setup: MutantSetup, monkeypatch: pytest.MonkeyPatch
) -> None:
    kernel = boot(monkeypatch, fates={(0, "anon a R1"): ["fail"]})
    found = run_mutants(setup, [of(1), of(2)], KNOWN)
    assert told(*found) == [("m1", "survived"), ("m2", "survived")]
    assert [guest[0][0] for guest in kernel.guests] == [1, 2]


def test_further_cases_are_for_those_that_the_first_do_not_notice(
    setup: MutantSetup, monkeypatch: pytest.MonkeyPatch
) -> None:
    many = {f"anon {number:02} R1": {1: (1, 1)} for number in range(FIRST + 5)}
    monkeypatch.setitem(globals(), "COUNTS", many)
    monkeypatch.setitem(globals(), "NUMBERS", {name: at for at, name in enumerate(many, 1)})
    known = Baseline(
        cases=tuple(
            CaseCount(program="rules", case=name, number=at, outcome="pass", counts=((1, 1, 1),))
            for at, name in enumerate(many, 1)
        )
    )
    last = f"anon {FIRST + 4:02} R1"
    boot(monkeypatch, fates={(1, last): ["fail"]})
    (found,) = run_mutants(setup, [of(1)], known)
    assert told(found) == [("m1", "killed-by-assertion")]
    assert found.verdicts[0].ran == FIRST + 5
    assert found.reached == 6


# ----------------------------------------------------------------- the tree's own


@pytest.mark.parametrize(
    ("fate", "outcome"),
    [
        ("fail", "killed-by-assertion"),
        ("panic", "killed-by-crash"),
        ("die", "killed-by-crash"),
        ("pass", "survived"),
    ],
)
def test_tests_of_the_tree_notice_a_mutant(
    of_tree: MutantSetup, monkeypatch: pytest.MonkeyPatch, fate: str, outcome: str
) -> None:
    boot(monkeypatch, fates={(1, "t1"): [fate]})
    assert told(*run_mutants(of_tree, [of(1)], TREE)) == [("m1", outcome)]


def test_tests_of_the_tree_that_do_not_come_by_it(
    of_tree: MutantSetup, monkeypatch: pytest.MonkeyPatch
) -> None:
    kernel = boot(monkeypatch)
    assert told(*run_mutants(of_tree, [of(2)], TREE)) == [("m2", "not-reached")]
    assert not kernel.guests


def test_a_test_that_ends_without_a_word_has_not_passed(
    of_tree: MutantSetup, monkeypatch: pytest.MonkeyPatch
) -> None:
    boot(monkeypatch, fates={(1, "t1"): ["silent"]}, tree=("t1",))
    (found,) = run_mutants(of_tree, [of(1)], Baseline(cases=TREE.cases[:1]))
    assert told(found) == [("m1", "killed-by-crash")]


# ---------------------------------------------------------------- its parts alone


def result(case: str, outcome: str, program: str = "cow", **more: Any) -> CaseResult:
    return CaseResult(
        kernel="k", suite="tree", program=program, case=case,
        outcome=outcome, **more,  # type: ignore[arg-type]
    )  # fmt: skip


def test_a_program_that_stops_between_its_cases_is_noticed() -> None:
    found = verdict_of("tree", [result("t1", "pass"), result("", "fail")], TREE.cases)
    assert (found.outcome, found.ran) == ("killed-by-crash", 1)
    before = (*TREE.cases, CaseCount(program="cow", case="", number=0, outcome="fail"))
    found = verdict_of("tree", [result("t1", "pass"), result("", "fail")], before)
    assert found.outcome == "survived"


def test_a_program_that_told_nothing_at_all_is_noticed() -> None:
    found = verdict_of("tree", [result("", "pass")], TREE.cases)
    assert found.outcome == "killed-by-crash"
    assert found.kills[0].line == "it told of none of its cases"
    found = verdict_of("tree", [result("t1", "skip"), result("t2", "skip")], TREE.cases)
    assert found.outcome == "survived"


def test_what_was_not_run_shows_nothing() -> None:
    results = [result("t1", "not-run", reason="cow could not be started")]
    found = verdict_of("tree", results, TREE.cases)
    assert (found.outcome, found.reason) == ("infrastructure-failed", "cow could not be started")
    killed = [*results, result("t2", "fail")]
    assert verdict_of("tree", killed, TREE.cases).outcome == "killed-by-crash"


def test_an_assertion_counts_for_more_than_a_crash() -> None:
    line = result("t1", "fail")
    evidence = type(line.evidence)(ktap=("# t1: the child sees it", "not ok 1 t1"))
    results = [result("t1", "fail", evidence=evidence), result("t2", "kernel-panic")]
    found = verdict_of("tree", results, TREE.cases)
    assert found.outcome == "killed-by-assertion"
    assert found.kills[0].line == "not ok 1 t1"


def test_copies_are_counted_and_kill_nothing() -> None:
    known = [CaseCount(program="cow", case="t1", number=0, outcome="pass", copied=5)]
    copies = Copies(copied=512, pages=512)
    found = verdict_of("tree", [result("t1", "pass", copies=copies)], known)
    assert (found.outcome, found.copies) == ("survived", 507)


def test_unlike_cases_come_first_and_what_only_costs_copies_last() -> None:
    names = ("anon a R1", "anon b R1", "anon c R2", "thp a R1", "hugetlb a R3")
    known = Baseline(
        cases=tuple(
            CaseCount(program="p", case=name, number=at, outcome="pass", counts=((4, 2, 1),))
            for at, name in enumerate(names, 1)
        )
    )
    assert [one.case for one in that_come_by(of(4), known)] == [
        "anon a R1", "thp a R1", "hugetlb a R3", "anon c R2", "anon b R1",
    ]  # fmt: skip


def test_a_place_that_never_answers_otherwise_needs_no_case() -> None:
    known = Baseline(
        cases=(CaseCount(program="p", case="a", number=1, outcome="pass", counts=((4, 9, 0),)),)
    )
    assert not that_come_by(of(4), known)
    assert len(that_come_by(of(4, counts_answers=False), known)) == 1


def test_counts_are_read_with_the_case_before_them() -> None:
    lines = [
        "TAP version 13", "1..2", "# a: missing: swap", "ok 1 # SKIP a", "@counts 1 3:10:2 7:1:0",
        "no test at all", "@counts 2",
        "ok 3 c", "@counts 3",
    ]  # fmt: skip
    found = list(counted(lines))
    assert [(one.number, one.result.name, one.counts) for one in found] == [
        (1, "a", ((3, 10, 2), (7, 1, 0))),
        (3, "c", ()),
    ]


@pytest.mark.parametrize(
    ("lines", "counts"),
    [
        (["ok 1 a", "@mutant 4 17 3"], (17, 3)),
        (["@mutant 4 17"], (0, 0)),
        (["x @mutant 4 17 3"], (0, 0)),
        ([], (0, 0)),
    ],
)
def test_how_often_a_mutant_was_reached(lines: list[str], counts: tuple[int, int]) -> None:
    assert came_by(lines) == counts


def test_only_what_goes_wrong_before_the_change_is_the_conductors_fault() -> None:
    assert not_changed(["@error /proc/kanalyze: No such file"]) == "/proc/kanalyze: No such file"
    assert not not_changed(["ok 1 a", "@error /sys/x: Bad address"])
    assert not not_changed(["@error /carried/cow: Bad address"])
    assert not not_changed([])
