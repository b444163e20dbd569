"""A campaign from a source: what is built, what is taken out, and what is never touched."""

import subprocess
from collections.abc import Iterator, Sequence
from concurrent.futures import Executor, ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path

import pytest
from write_faults import COUNTED

from kanalyze import config
from kanalyze.errors import EnvironmentFailure, InputError
from kanalyze.history.scan import ScanRequest
from kanalyze.lab import campaign
from kanalyze.lab.accel import Choice
from kanalyze.lab.build import BuildFailed, Built
from kanalyze.lab.model import Kernel, TestProgram
from kanalyze.lab.mutant_model import (
    Baseline,
    CaseCount,
    MutantResult,
    MutantSetup,
    SuiteVerdict,
    Suspect,
)
from kanalyze.review import mutation
from kanalyze.review.mutation import MutationRequest, mutate

CODE = "#include <linux/mm.h>\n\n" + COUNTED.decode()


class Machine:
    """Builds kernels, and runs guests, in no time."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.complaints: list[str] = []
        self.built: list[str] = []
        self.ran: list[str] = []
        for module, name, stand_in in (
            (mutation, "build_kernel", self._build),
            (mutation, "build_generated", self._tests),
            (mutation, "build_conductor", lambda arch, build: build / "conduct"),
            (mutation, "choose_accelerator", lambda wanted, kernel: Choice("tcg", "as wanted")),
            (campaign, "baseline", self._baseline),
            (campaign, "run_mutants", self._mutants),
        ):
            monkeypatch.setattr(module, name, stand_in)

    def _build(self, source: str, name: str, **_: object) -> Built:
        text = (Path(source) / "mm/memory.c").read_text()
        self.built.append(text)
        if self.complaints:
            complaint = self.complaints.pop(0)
            at = next(
                (n for n, line in enumerate(text.split("\n"), 1) if "kanalyze_con" in line), 1
            )
            where = complaint.format(source=Path(source).resolve(), line=at)
            raise BuildFailed(f"does not build: {where}")
        kernel = Kernel(
            name="k", given="k", image=Path("i"), arch="x86-64", release="7.2.1",
            options=(("CONFIG_CC_VERSION_TEXT", "gcc 13"),),
        )  # fmt: skip
        return Built(kernel, (), Path("log"), False)

    def _tests(self, directory: Path, arch: object, build: Path) -> tuple[TestProgram, ...]:
        (build / "rules").write_bytes(b"program")
        return (TestProgram(name="rules", path=build / "rules", suite="generated"),)

    def _baseline(self, setup: MutantSetup) -> Baseline:
        return Baseline(cases=(CaseCount(program="rules", case="a", number=1, outcome="pass"),))

    def _mutants(
        self, setup: MutantSetup, suspects: Sequence[Suspect], known: Baseline
    ) -> tuple[MutantResult, ...]:
        self.ran += [one.id for one in suspects]
        verdict = SuiteVerdict(suite="generated", outcome="survived", ran=1)
        return tuple(MutantResult(id=one.id, verdicts=(verdict,)) for one in suspects)


@pytest.fixture
def machine(monkeypatch: pytest.MonkeyPatch) -> Machine:
    return Machine(monkeypatch)


@pytest.fixture
def source(tmp_path: Path) -> Path:
    place = tmp_path / "linux"
    (place / "mm").mkdir(parents=True)
    (place / "mm/memory.c").write_text(CODE)
    (place / "Makefile").write_text("VERSION = 7\nPATCHLEVEL = 2\nSUBLEVEL = 1\nEXTRAVERSION =\n")
    return place


@contextmanager
def threads() -> Iterator[Executor]:
    with ThreadPoolExecutor(2) as executor:
        yield executor


def run(source: Path, directory: Path, *, breaking: bool = False) -> mutation.Mutation:
    scan = ScanRequest(
        tree=str(source), config=config.load(None), history=False,
        db=directory.parent / "facts.sqlite", jobs=1,
    )  # fmt: skip
    request = MutationRequest(
        scan=scan, directory=directory, tests=Path("tests"), breaking=breaking
    )
    return mutate(request, threads)


def files(place: Path) -> dict[str, bytes]:
    return {str(one): one.read_bytes() for one in place.rglob("*") if one.is_file()}


def outcomes(found: mutation.Mutation) -> dict[str, str]:
    return {one.id: one.verdicts[0].outcome for one in found.results}


def test_every_mutant_is_run_in_one_kernel_and_the_source_is_as_it_was(
    source: Path, tmp_path: Path, machine: Machine
) -> None:
    before = files(source)
    found = run(source, tmp_path / "c")
    assert files(source) == before
    assert len(machine.built) == 1 and "kanalyze_condition(1," in machine.built[0]
    assert set(outcomes(found).values()) <= {"survived", "equivalent"}
    assert "survived" in outcomes(found).values()
    assert any("/placebo" in one or "placebo" in one for one in machine.ran)
    assert not any("placebo" in one for one in outcomes(found))
    assert ("kernel", "7.2.1") in found.facts and ("compiler", "gcc 13") in found.facts
    # What it is about can be checked without us.
    named = dict(one.split() for one in dict(found.facts)["source"].split(", "))
    for file, name in named.items():
        git = ["git", "hash-object", "--no-filters", file]
        told = subprocess.run(git, cwd=source, capture_output=True, text=True, check=True).stdout
        assert told.startswith(name) and len(name) == 12


def test_a_campaign_goes_on(source: Path, tmp_path: Path, machine: Machine) -> None:
    first = run(source, tmp_path / "c")
    ran = list(machine.ran)
    assert run(source, tmp_path / "c") == first
    assert machine.ran == ran


def test_those_that_break_a_rule_can_go_first(
    source: Path, tmp_path: Path, machine: Machine
) -> None:
    first = run(source, tmp_path / "c", breaking=True)
    assert first.results and all(
        one.breaks_a_rule for one in first.mutants if "placebo" not in one.id
    )
    few = list(machine.ran)
    every = run(source, tmp_path / "c")
    assert set(outcomes(first)) < set(outcomes(every))
    assert len(machine.ran) == len(set(machine.ran)) > len(few)
    assert len(set(machine.built)) == 1


@pytest.mark.parametrize("name", ["{source}/mm/memory.c", "mm/memory.c", "../../mm/memory.c"])
def test_a_mutant_that_does_not_compile_is_taken_out_and_said(
    source: Path, tmp_path: Path, machine: Machine, name: str
) -> None:
    complaint = f"{name}:{{line}}:5: error: invalid operands"
    machine.complaints = [complaint]
    found = run(source, tmp_path / "c")
    broken = [one for one in found.results if one.verdicts[0].outcome == "build-failed"]
    assert broken and all("invalid operands" in one.verdicts[0].reason for one in broken)
    assert len(machine.built) == 2
    assert not {one.id for one in broken} & set(machine.ran)


@pytest.mark.parametrize(
    "complaint",
    ["scripts/x.c:1:1: error: no such thing", "make ended with 2", "mm/none.c:7: error"],
)
def test_a_kernel_that_does_not_build_for_another_reason_says_so(
    source: Path, tmp_path: Path, machine: Machine, complaint: str
) -> None:
    machine.complaints = [complaint]
    with pytest.raises(BuildFailed):
        run(source, tmp_path / "c")
    assert len(machine.built) == 1


def test_a_campaign_about_another_source_is_refused(
    source: Path, tmp_path: Path, machine: Machine
) -> None:
    run(source, tmp_path / "c")
    (source / "mm/memory.c").write_text(CODE.replace("wp_page_reuse(vmf)", "wp_page_reuse(vmf, 0)"))
    with pytest.raises((InputError, EnvironmentFailure)):
        run(source, tmp_path / "c")


def test_two_campaigns_do_not_share_a_directory(
    source: Path, tmp_path: Path, machine: Machine
) -> None:
    (tmp_path / "c").mkdir()
    with mutation._alone(tmp_path / "c"), pytest.raises(InputError, match="another campaign"):
        run(source, tmp_path / "c")
    run(source, tmp_path / "c")


def test_nothing_is_written_into_the_source(source: Path, machine: Machine) -> None:
    before = files(source)
    with pytest.raises(InputError, match="lies in the source"):
        run(source, source / "campaign")
    assert files(source) == before and not (source / "campaign").exists()


def test_a_directory_that_cannot_be_made(source: Path, tmp_path: Path, machine: Machine) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(InputError, match="cannot be made"):
        run(source, tmp_path / "file")
