"""``kanalyze mutate`` as a user meets it: exit status, messages, forms, and where it runs."""

import json
import subprocess
import sys
from pathlib import Path

import pytest
from click.testing import Result
from invoked import invoked, status

from kanalyze import review
from kanalyze.cli.mutate import _executors, command
from kanalyze.errors import EnvironmentFailure, KanalyzeError
from kanalyze.lab.mutant_model import Baseline, Kill, MutantOutcome, MutantResult, SuiteVerdict
from kanalyze.mutants import Mutant
from kanalyze.review.mutation import Mutation, MutationRequest

TOP = Path(__file__).resolve().parent.parent.parent
MUTANT = Mutant(
    id="do_wp_page/force-reuse/1", operator="force-reuse", function="do_wp_page",
    file="mm/memory.c", line=7, text="page_count(page) != 1", ids=(), diff="--- a/x\n+++ b/x\n",
    edits=(), choices=(), group=(), verdict="distinct", why="", witness=None,
)  # fmt: skip


KILL = Kill(suite="s0", program="rules", case="anon R1", outcome="fail", line="not ok 3 anon R1")


class Campaigns:
    """Stands in for the room that runs campaigns."""

    def __init__(self) -> None:
        self.outcomes: tuple[MutantOutcome, ...] = ("killed-by-assertion",)
        self.requests: list[MutationRequest] = []

    def mutate(self, request: MutationRequest, executors: object) -> Mutation:
        self.requests.append(request)
        verdicts = tuple(
            SuiteVerdict(
                suite=f"s{at}", outcome=one, ran=1, kills=(KILL,) * one.startswith("killed")
            )
            for at, one in enumerate(self.outcomes)
        )
        return Mutation(
            tree="linux", describe="v7.2", mutants=(MUTANT,), facts=(),
            results=(MutantResult(id=MUTANT.id, verdicts=verdicts),), baseline=Baseline(cases=()),
        )  # fmt: skip

    def mutants_of(self, *_: object) -> tuple[None, tuple[Mutant, ...]]:
        return None, (MUTANT,)


@pytest.fixture
def made(monkeypatch: pytest.MonkeyPatch) -> Campaigns:
    made = Campaigns()
    monkeypatch.setattr(review, "mutate", made.mutate, raising=False)
    monkeypatch.setattr(review, "MutationRequest", MutationRequest, raising=False)
    monkeypatch.setattr(review, "mutants_of", made.mutants_of, raising=False)
    return made


def run(*arguments: str) -> Result:
    return invoked(command, *arguments)


@pytest.mark.parametrize(
    ("outcomes", "expected"),
    [
        (("killed-by-assertion", "killed-by-crash"), 0),
        (("equivalent",), 0),
        (("killed-by-assertion", "survived"), 1),
        (("infrastructure-failed", "survived"), 1),
        (("infrastructure-failed",), 3),
    ],
)
def test_the_exit_status_says_what_came_of_it(
    made: Campaigns, outcomes: tuple[MutantOutcome, ...], expected: int
) -> None:
    made.outcomes = outcomes
    assert status(run("linux", "tests", "-o", "c")) == expected


@pytest.mark.parametrize(("shape", "begin"), [("text", "Every"), ("json", "{"), ("markdown", "# ")])
def test_every_form_goes_to_standard_output(made: Campaigns, shape: str, begin: str) -> None:
    result = run("linux", "tests", "-o", "c", "--format", shape)
    assert result.output.startswith(begin)
    if shape == "json":
        assert json.loads(result.output)["schema"] == "kanalyze.mutation/1"


def test_what_is_asked_for_reaches_the_campaign(made: Campaigns) -> None:
    run("linux", "tests", "-o", "c", "--decision", "do_wp_page", "--memory", "512", "--cpus", "4")
    run("linux", "-o", "c", "--suite", "tree", "--test", "cow", "--breaking")
    run("linux", "-o", "c", "--suite", "tree")
    first, second, third = made.requests
    assert (first.wanted, first.memory_mb, first.cpus) == (("do_wp_page",), 512, 4)
    assert (first.tests, first.tree_tests) == (Path("tests"), ())
    assert (second.tests, second.tree_tests) == (None, ("cow",))
    assert third.tree_tests == ("all",)
    assert (first.breaking, second.breaking) == (False, True)


def test_mutants_are_listed_and_shown_without_a_campaign(made: Campaigns) -> None:
    assert "1 mutant: 1 distinct" in run("linux", "--list").output
    assert "0 mutants" in run("linux", "--list", "--breaking").output
    assert run("linux", "--diff", MUTANT.id).output == MUTANT.diff
    missing = run("linux", "--diff", "nothing/1")
    assert (status(missing), "no such mutant" in str(missing.exception)) == (2, True)
    assert not made.requests


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (("linux", "tests"), "-o says where"),
        (("linux", "-o", "c", "--suite", "generated"), "needs TESTS"),
        (("linux", "tests", "-o", "c", "--test", "cow"), "need --suite tree"),
        (("linux", "tests", "-o", "c", "--format", "html"), "is not one of"),
        (("linux", "--list", "--format", "json"), "--list and --diff are text"),
        ((), "Missing parameter"),
    ],
)
def test_what_cannot_be_done_is_refused(
    made: Campaigns, arguments: tuple[str, ...], message: str
) -> None:
    result = run(*arguments)
    assert status(result) == 2
    assert message in str(result.exception)
    assert not made.requests


@pytest.mark.parametrize("address", ["127.0.0.1", "nonsense://x", "tcp://", "tcp://h:port"])
def test_a_cluster_that_is_not_there(address: str) -> None:
    pytest.importorskip("distributed")
    with pytest.raises(EnvironmentFailure, match="cannot be reached"), _executors(address, 0):
        pass


def test_errors_are_one_line(tmp_path: Path) -> None:
    for arguments in ((str(tmp_path), "t", "-o", str(tmp_path / "c")), (str(tmp_path / "none"),)):
        done = subprocess.run(
            (sys.executable, "-m", "kanalyze", "mutate", *arguments),
            capture_output=True, text=True, check=False, cwd=TOP,
        )  # fmt: skip
        assert done.returncode == 2, done.stderr
        assert done.stderr.count("\n") == 1
        assert not done.stdout


def test_a_certificate_is_for_the_cases_that_killed(made: Campaigns) -> None:
    done = run("linux", "tests", "-o", "x", "--certificate", "anon R1")
    assert done.output.startswith("rules: anon R1\n")
    assert "not ok 3 anon R1" in done.output and "--- a/x" in done.output
    none = run("linux", "tests", "-o", "x", "--certificate", "thp")
    assert isinstance(none.exception, KanalyzeError)
    assert str(none.exception).startswith("thp: no such case killed a mutant")
