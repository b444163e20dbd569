"""Whether the cases of a review can fail: mutants of what a series touches, made on it."""

import re
from pathlib import Path

import pytest
from made_machine import MAPCOUNT, WRONG, Machine, a_machine, a_source, reviewed

from kanalyze.errors import EnvironmentFailure
from kanalyze.lab.mutant_model import Baseline, Kill, MutantResult, SuiteVerdict
from kanalyze.mutants import PLACEBO, Mutant
from kanalyze.mutants.model import Verdict
from kanalyze.review import evidence_mutants
from kanalyze.review.mutation import Mutation, MutationRequest
from kanalyze.review.on_kernels import OnKernels

machine = pytest.fixture(a_machine)
source = pytest.fixture(a_source)


def mutant(name: str, operator: str = "force-reuse", verdict: Verdict = "distinct") -> Mutant:
    return Mutant(
        id=name, operator=operator, function="do_wp_page", file="mm/memory.c", line=7, text="x",
        ids=(), verdict=verdict, why="the same in every state", diff="",
        edits=(), choices=(), witness=None, group=(),
    )  # fmt: skip


def test_mutants_are_made_on_the_series(
    source: Path, machine: Machine, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: list[MutationRequest] = []

    def campaign(request: MutationRequest, executors: object) -> Mutation:
        asked.append(request)
        assert (Path(request.scan.tree) / "mm/memory.c").read_text() == WRONG
        assert request.tests is not None and list(request.tests.glob("*.c"))
        (request.directory / "generated").mkdir(parents=True)
        kill = Kill(suite="generated", program="p", case="a R1", outcome="fail")
        return Mutation(
            tree="", describe="", baseline=Baseline(cases=()), facts=(), notes=("noted",),
            mutants=(mutant("placebo", PLACEBO), mutant("a"), mutant("b"),
                     mutant("c", verdict="equivalent")),
            results=(
                MutantResult(id="a", verdicts=(SuiteVerdict(
                    suite="generated", outcome="killed-by-assertion", ran=2, kills=(kill, kill)),)),
                MutantResult(id="b", verdicts=(SuiteVerdict(
                    suite="generated", outcome="survived", ran=3),)),
                MutantResult(id="c", verdicts=(SuiteVerdict(
                    suite="", outcome="equivalent", ran=0),)),
            ),
        )  # fmt: skip

    monkeypatch.setattr(evidence_mutants, "mutate", campaign)
    found = reviewed(source, MAPCOUNT, OnKernels(mutating=True))
    assert [(one.id, one.outcome, one.cases, one.reason) for one in found.mutants] == [
        ("a", "killed-by-assertion", ("a R1",), ""),
        ("b", "survived", (), "3 cases come by it, and none notices"),
        ("c", "equivalent", (), "the same in every state"),
    ]
    assert "do_wp_page" in asked[0].wanted
    assert found.notes[-1] == "noted" and found.evidence
    # What a campaign knows of other cases is of no use to the next one.
    reviewed(source, MAPCOUNT, OnKernels(mutating=True))
    assert len(asked) == 2


def test_nothing_is_mutated_in_what_does_not_build(source: Path, machine: Machine) -> None:
    machine.fails_to_build = lambda text: "mapcount" in text
    assert reviewed(source, MAPCOUNT, OnKernels(mutating=True)).mutants == ()


class Lost:
    """A campaign that is void; ``rows`` are the cases of each that was begun."""

    def __init__(self) -> None:
        self.rows: list[set[str]] = []

    def __call__(self, request: MutationRequest, executors: object) -> Mutation:
        assert request.tests is not None
        text = "".join(path.read_text() for path in sorted(request.tests.glob("*.c")))
        self.rows.append(set(re.findall(r"\tCASE\((.*)\)", text)))
        raise EnvironmentFailure("the unchanged kernel was lost", where="7.2.1")


def name_of(row: str) -> str:
    return row.replace(", ", " ").replace("_", "-")[:-2] + row[-2:].upper()


def test_what_fails_on_the_series_already_is_shown_no_mutant(
    source: Path, machine: Machine, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A case that takes the kernel along would end the campaign before it begins."""
    campaign = Lost()
    monkeypatch.setattr(evidence_mutants, "mutate", campaign)
    fails: set[str] = set()
    machine.judge = lambda case, text: (
        "kernel-panic" if case in fails and "page_mapcount" in text else "pass"
    )
    found = reviewed(source, MAPCOUNT, OnKernels(mutating=True))
    # what was seen is not lost with the campaign
    assert found.evidence and not found.mutants
    assert found.notes[-1] == "mutants were not run: 7.2.1: the unchanged kernel was lost"
    (whole,) = campaign.rows
    machine.cases = sorted(map(name_of, whole))
    fails.add("anon child none none write R1")
    reviewed(source, MAPCOUNT, OnKernels(mutating=True))
    assert whole - campaign.rows[1] == {"anon, child, none, none, write, r1"}
    fails |= set(machine.cases)
    none = reviewed(source, MAPCOUNT, OnKernels(mutating=True))
    assert none.notes[-1] == "no mutant was run: every case fails on the series already"
    assert len(campaign.rows) == 2
