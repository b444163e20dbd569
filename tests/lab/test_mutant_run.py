"""What the suites notice of a mutant in a guest, and what is not held against it."""

from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from faked_guests import KERNEL
from faked_mutants import KNOWN, TREE, FakedKernel, known, of

from kanalyze.errors import EnvironmentFailure
from kanalyze.lab import mutant_guest, mutant_run
from kanalyze.lab.mutant_model import Baseline, CaseCount, MutantResult, MutantSetup
from kanalyze.lab.mutant_run import FIRST, baseline, run_mutants


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
    # It cannot be told case by case what they come by, nor how long it took.
    assert [one.counts for one in found] == [((1, 3, 1),)] * 2
    assert [one.milliseconds for one in found] == [1000] * 2
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


def test_a_program_that_hangs_before_its_cases_says_so(
    setup: MutantSetup, monkeypatch: pytest.MonkeyPatch
) -> None:
    boot(monkeypatch, hung=(1,))
    found = run_mutants(setup, [of(1), of(2)], KNOWN)
    assert told(*found) == [("m1", "killed-by-timeout"), ("m2", "survived")]
    (kill,) = found[0].verdicts[0].kills
    assert (kill.program, kill.outcome) == ("rules", "timeout")
    assert kill.line == "hangs before its first case"
    assert found[0].reached == 9


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
    last = f"anon {FIRST + 4:02} R1"
    boot(monkeypatch, counts=many, fates={(1, last): ["fail"]})
    (found,) = run_mutants(setup, [of(1)], known(many))
    assert told(found) == [("m1", "killed-by-assertion")]
    assert found.verdicts[0].ran == FIRST + 5
    assert found.reached == 6


@pytest.mark.parametrize(
    ("more", "outcome", "ran"),
    [
        ({}, "survived", 64),
        ({"breaks": True}, "killed-by-assertion", 70),
        ({"allowed": True}, "survived", 16),
    ],
)
def test_what_breaks_a_rule_is_shown_to_all_cases(
    setup: MutantSetup,
    monkeypatch: pytest.MonkeyPatch,
    more: dict[str, bool],
    outcome: str,
    ran: int,
) -> None:
    many = {f"anon {number:02} R1": {1: (1, 1)} for number in range(70)}
    boot(monkeypatch, counts=many, fates={(1, "anon 69 R1"): ["fail"]})
    (found,) = run_mutants(setup, [of(1, **more)], known(many))
    assert told(found) == [("m1", outcome)]
    assert found.verdicts[0].ran == ran


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


def test_a_test_that_hangs_is_not_awaited_as_long_as_the_slowest_there_are(
    of_tree: MutantSetup, monkeypatch: pytest.MonkeyPatch
) -> None:
    kernel = boot(monkeypatch)
    known = baseline(of_tree)
    slower = replace(known, cases=tuple(replace(one, milliseconds=9000) for one in known.cases))
    run_mutants(of_tree, [of(1)], known)
    run_mutants(of_tree, [of(1)], slower)
    unchanged, quick, slow = kernel.deadlines
    assert quick < slow == quick + 24 < unchanged
