"""A campaign that is stopped at any moment goes on; one that shows nothing says so."""

import errno
import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Sequence
from concurrent.futures import Executor, Future, ProcessPoolExecutor, ThreadPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from pathlib import Path
from typing import Any

import pytest
from faked_guests import KERNEL

from kanalyze.errors import EnvironmentFailure, InputError
from kanalyze.lab import campaign as module
from kanalyze.lab.campaign import CampaignState, campaign
from kanalyze.lab.mutant_model import (
    Baseline,
    CaseCount,
    Kill,
    MutantOutcome,
    MutantResult,
    MutantSetup,
    SuiteVerdict,
    Suspect,
)

SETUP = MutantSetup(kernel=KERNEL, conductor=Path("c"), generated=(Path("rules"),), tree=())
SUSPECTS = tuple(Suspect(id=f"m{number}", number=number) for number in range(1, 21))
PLACEBO = Suspect(id="placebo", number=99)
KNOWN = Baseline(
    cases=(
        CaseCount(
            program="rules", case="a", number=1, outcome="pass",
            counts=tuple((number, 2, 1) for number in range(1, 100)),
        ),
        CaseCount(program="cow", case="t", number=0, outcome="pass"),
    )
)  # fmt: skip


def result(suspect: Suspect, outcome: MutantOutcome = "survived", **more: Any) -> MutantResult:
    verdict = SuiteVerdict(suite="generated", outcome=outcome, ran=3, **more)
    return MutantResult(id=suspect.id, verdicts=(verdict,), reached=5)


def all_survive(
    setup: MutantSetup, suspects: Sequence[Suspect], known: Baseline
) -> tuple[MutantResult, ...]:
    return tuple(result(one) for one in suspects)


class Runs:
    """Stands in for the guests of a campaign, and remembers what was run."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.baselines = 0
        self.ran: list[str] = []
        self.given: list[Baseline] = []
        self.outcome: Callable[[Suspect], MutantResult] = result
        monkeypatch.setattr(module, "baseline", self._baseline)
        monkeypatch.setattr(module, "run_mutants", self._mutants)

    def _baseline(self, setup: MutantSetup) -> Baseline:
        self.baselines += 1
        return KNOWN

    def _mutants(
        self, setup: MutantSetup, suspects: Sequence[Suspect], known: Baseline
    ) -> tuple[MutantResult, ...]:
        self.ran += [one.id for one in suspects]
        self.given.append(known)
        return tuple(self.outcome(one) for one in suspects)


@pytest.fixture
def runs(monkeypatch: pytest.MonkeyPatch) -> Runs:
    return Runs(monkeypatch)


def run(
    directory: Path,
    *,
    identity: str = "one",
    suspects: Sequence[Suspect] = SUSPECTS,
    placebo: Suspect | None = PLACEBO,
    executor: Executor | None = None,
) -> dict[str, MutantResult]:
    state = CampaignState(directory=directory, identity=identity)
    with executor or ThreadPoolExecutor(2) as workers:
        _, found = campaign(SETUP, suspects, [placebo] if placebo else [], state, workers)
    return {one.id: one for one in found}


# ------------------------------------------------------------------- stop and go


def test_every_mutant_runs_once_and_results_keep_their_order(runs: Runs, tmp_path: Path) -> None:
    assert list(run(tmp_path / "c")) == [one.id for one in SUSPECTS]
    assert sorted(runs.ran) == sorted(["placebo", *(one.id for one in SUSPECTS)])
    again = run(tmp_path / "c")
    assert (again["m7"].reached, runs.baselines, len(runs.ran)) == (5, 1, 21)


def test_a_worker_gets_of_the_baseline_what_it_needs(runs: Runs, tmp_path: Path) -> None:
    run(tmp_path, suspects=SUSPECTS[:2], placebo=None)
    (known,) = runs.given
    assert known.cases[0].counts == ((1, 2, 1), (2, 2, 1))
    assert known.cases[1].case == "t"


@pytest.mark.parametrize("kept", [0, 1, 2, 5, 13, 20])
@pytest.mark.parametrize("cut", [0, 1, 30])
def test_half_a_line_is_no_result(runs: Runs, tmp_path: Path, kept: int, cut: int) -> None:
    whole = run(tmp_path)
    place = tmp_path / "mutants.jsonl"
    lines = place.read_bytes().split(b"\n")
    place.write_bytes(b"\n".join(lines[: kept + 1]) + (b"\n" + lines[-1][:cut] if cut else b""))
    runs.ran.clear()
    assert run(tmp_path) == whole
    assert len(runs.ran) == 21 - (kept + 1)
    runs.ran.clear()
    assert run(tmp_path) == whole
    assert not runs.ran


def test_a_baseline_that_was_half_written_is_made_again(runs: Runs, tmp_path: Path) -> None:
    run(tmp_path, suspects=())
    whole = (tmp_path / "baseline.json").read_bytes()
    (tmp_path / "baseline.json").unlink()
    (tmp_path / "baseline.new").write_bytes(whole[: len(whole) // 2])
    run(tmp_path, suspects=())
    assert runs.baselines == 2
    assert (tmp_path / "baseline.json").read_bytes() == whole
    assert not (tmp_path / "baseline.new").exists()


def test_another_campaign_is_refused(runs: Runs, tmp_path: Path) -> None:
    run(tmp_path)
    with pytest.raises(InputError, match="about other kernels or tests"):
        run(tmp_path, identity="two")


@pytest.mark.parametrize("text", ["", "{", "[]", "7", '{"schema": "x"}', "\xff"])
def test_a_directory_that_was_spoiled(runs: Runs, tmp_path: Path, text: str) -> None:
    (tmp_path / "campaign.json").write_text(text, "latin-1")
    with pytest.raises(EnvironmentFailure, match="cannot be used"):
        run(tmp_path)
    (tmp_path / "campaign.json").write_text(json.dumps({"identity": "one"}))
    (tmp_path / "baseline.json").write_text(text, "latin-1")
    with pytest.raises(EnvironmentFailure, match="cannot be read"):
        run(tmp_path)


def test_results_that_cannot_be_kept(runs: Runs, tmp_path: Path) -> None:
    (tmp_path / "mutants.jsonl").mkdir()
    with pytest.raises(EnvironmentFailure, match="Is a directory"):
        run(tmp_path)


_KILLED = """
import sys, time
from pathlib import Path
sys.path[:0] = sys.argv[1:2]
import test_campaign as made
from concurrent.futures import ThreadPoolExecutor
from kanalyze.lab import campaign as module

def slowly(setup, suspects, known):
    time.sleep(0.05)
    return made.all_survive(setup, suspects, known)

module.baseline = lambda setup: made.KNOWN
module.run_mutants = slowly
module._AT_ONCE = 1
made.run(Path(sys.argv[2]), executor=ThreadPoolExecutor(1))
"""


def test_a_campaign_that_is_killed_goes_on(runs: Runs, tmp_path: Path) -> None:
    place = tmp_path / "c" / "mutants.jsonl"
    command = (sys.executable, "-c", _KILLED, str(Path(__file__).parent), str(tmp_path / "c"))
    with subprocess.Popen(command) as process:
        until = time.monotonic() + 60
        while time.monotonic() < until:
            if place.exists() and place.read_bytes().count(b"\n") >= 4:
                break
            time.sleep(0.01)
        process.send_signal(signal.SIGKILL)
    done = CampaignState(directory=tmp_path / "c", identity="one").done()
    assert 4 <= len(done) < 21
    assert len(run(tmp_path / "c")) == 20
    assert runs.baselines == 0
    assert len(runs.ran) == 21 - len(done)


# -------------------------------------------------------------------- void or not


def test_a_placebo_that_is_noticed_makes_it_void(runs: Runs, tmp_path: Path) -> None:
    kill = Kill(suite="generated", program="rules", case="a", outcome="fail", line="not ok 1 a")
    runs.outcome = lambda one: result(one, "killed-by-assertion", kills=(kill,))
    with pytest.raises(EnvironmentFailure, match=r"void: rules \(a\) does not pass"):
        run(tmp_path)
    assert runs.ran == ["placebo"]
    runs.outcome = result
    assert len(run(tmp_path)) == 20  # it is tried again, and not remembered


def test_a_placebo_that_did_not_run_shows_nothing(runs: Runs, tmp_path: Path) -> None:
    runs.outcome = lambda one: result(one, "infrastructure-failed", reason="no /proc/kanalyze")
    with pytest.raises(EnvironmentFailure, match="void: the placebo did not run: no /proc/kan"):
        run(tmp_path)
    runs.outcome = result
    assert len(run(tmp_path)) == 20


def test_what_the_machine_did_is_told_and_not_kept(runs: Runs, tmp_path: Path) -> None:
    def bad(one: Suspect) -> MutantResult:
        if one.id in ("m3", "m15"):
            other = SuiteVerdict(suite="tree", outcome="infrastructure-failed", ran=0, reason="x")
            return MutantResult(id=one.id, verdicts=(*result(one).verdicts, other))
        return result(one)

    runs.outcome = bad
    assert run(tmp_path)["m3"].verdicts[1].outcome == "infrastructure-failed"
    runs.outcome = result
    runs.ran.clear()
    assert run(tmp_path)["m3"].verdicts[0].outcome == "survived"
    assert runs.ran == ["m3", "m15"]


@pytest.mark.parametrize(
    "error", [EnvironmentFailure("no room", where="/tmp"), OSError(28, "No space left on device")]
)
def test_a_guest_that_the_machine_fails_does_not_end_the_others(
    runs: Runs, tmp_path: Path, error: Exception
) -> None:
    def bad(one: Suspect) -> MutantResult:
        if one.id == "m20":
            raise error
        return result(one)

    runs.outcome = bad
    found = run(tmp_path)
    assert found["m20"].verdicts[0].outcome == "infrastructure-failed"
    assert str(error) == found["m20"].verdicts[0].reason
    assert found["m1"].verdicts[0].outcome == "survived"
    assert "m20" not in CampaignState(directory=tmp_path, identity="one").done()


def test_an_error_of_ours_is_no_failure_of_the_machine(runs: Runs, tmp_path: Path) -> None:
    def bad(one: Suspect) -> MutantResult:
        if one.id == "placebo":
            return result(one)
        raise ZeroDivisionError

    runs.outcome = bad
    with pytest.raises(ZeroDivisionError):
        run(tmp_path)


class DeadWorkers(Executor):
    """Workers of which none comes back; once that is known no more work is taken."""

    def __init__(self, taken: int) -> None:
        self.taken = taken

    def submit(self, *_: Any, **__: Any) -> "Future[Any]":
        self.taken -= 1
        if self.taken < 0:
            raise BrokenProcessPool("a child died")
        future: Future[Any] = Future()
        future.set_exception(BrokenProcessPool("a child died"))
        return future


@pytest.mark.parametrize("taken", [0, 1, 99])
def test_workers_that_die_are_a_failure_of_the_machine(
    runs: Runs, tmp_path: Path, taken: int
) -> None:
    with pytest.raises(EnvironmentFailure, match="a worker was lost"):
        run(tmp_path, executor=DeadWorkers(taken))
    assert len(run(tmp_path)) == 20


# ----------------------------------------------------------------- where it runs


def test_a_campaign_runs_in_processes(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr(module, "baseline", lambda setup: KNOWN)
    monkeypatch.setattr(module, "run_mutants", all_survive)
    assert len(run(tmp_path, executor=ProcessPoolExecutor(2))) == 20


_CLUSTER = """
import sys
from pathlib import Path
sys.path[:0] = sys.argv[1:2]
import test_campaign as made
from distributed import LocalCluster
from kanalyze.cli.mutate import _executors
from kanalyze.lab import campaign as module

module.baseline = lambda setup: made.KNOWN
module.run_mutants = made.all_survive
with LocalCluster(
    n_workers=1, threads_per_worker=2, processes=False, protocol="tcp://", host="127.0.0.1",
    dashboard_address=None, local_directory=sys.argv[2] + "/dask",
) as cluster:
    with _executors(cluster.scheduler_address, 0) as executor:
        found = made.run(Path(sys.argv[2]), executor=executor)
print(*found)
"""


def test_a_campaign_runs_on_a_dask_cluster(tmp_path: Path) -> None:
    pytest.importorskip("distributed")
    # A process of its own: a cluster talks over the network, if only to itself.
    done = subprocess.run(
        (sys.executable, "-c", _CLUSTER, str(Path(__file__).parent), str(tmp_path)),
        capture_output=True, text=True, check=False, timeout=300,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    assert done.stdout.split() == [one.id for one in SUSPECTS]
    assert len(CampaignState(directory=tmp_path, identity="one").done()) == 21


def test_the_disk_is_full(runs: Runs, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(number: int) -> None:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(EnvironmentFailure, match="No space left on device"):
        run(tmp_path)


def test_the_placebo_is_the_one_that_most_cases_come_by(runs: Runs, tmp_path: Path) -> None:
    seen = Suspect(id="placebo-seen", number=98)
    state = CampaignState(directory=tmp_path, identity="one")
    cases = tuple(
        CaseCount(program="p", case=f"c{at}", number=at, outcome="pass", counts=((98, 1, 0),))
        for at in (1, 2)
    )
    state.open()
    state.baseline(lambda: Baseline(cases=cases))
    with ThreadPoolExecutor(1) as workers:
        campaign(SETUP, [], [PLACEBO, seen], state, workers)
    assert runs.ran == ["placebo-seen"]
