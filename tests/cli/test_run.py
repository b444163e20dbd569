"""``kanalyze run`` as a user meets it: exit status, messages, files, progress, Ctrl-C."""

import json
import os
import pty
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import click
import pytest
from click.testing import Result
from invoked import invoked, status

from kanalyze import lab, review
from kanalyze.cli.run import command
from kanalyze.cli.watch import guest_watch
from kanalyze.errors import EnvironmentFailure, InputError
from kanalyze.lab.model import CaseResult, Evidence, Kernel, LabRun, Outcome, TestProgram

TOP = Path(__file__).resolve().parent.parent.parent
KERNEL = Kernel(name="6.12", given="6.12", image=Path("vmlinuz"), arch="x86-64")
RULES = TestProgram(name="rules", path=Path("rules"), suite="generated")
FORMS = {"run.json", "junit.xml", "results.ktap", "index.html", "matrix.txt"}


class Lab:
    """What the command asks of the lab, without any of it."""

    def __init__(self) -> None:
        self.outcomes: tuple[Outcome, ...] = ("pass",)
        self.requests: list[lab.RunRequest] = []
        self.built: list[tuple[str, str, str]] = []
        self.during: Callable[[lab.RunRequest], None] = lambda request: None
        self.arches = {"arm": "arm64"}

    def find_kernel(self, given: str) -> Kernel:
        if given == "nothing":
            raise InputError("no such kernel", where=given)
        return replace(KERNEL, name=given, given=given, arch=self.arches.get(given, "x86-64"))

    def build_kernel(self, source: str, config: str, **how: Any) -> lab.Built:
        self.built.append((source, config, how["revision"]))
        return lab.Built(replace(KERNEL, name="6.1.9-kasan"), (), Path("log"), True)

    def run_tests(self, request: lab.RunRequest, notes: tuple[str, ...] = ()) -> LabRun:
        self.requests.append(request)
        if request.logs:
            (request.logs / "1").mkdir(parents=True)
        self.during(request)
        results = tuple(
            CaseResult(
                kernel=kernel.name, suite="generated", program="rules", case=f"case {number} R1",
                outcome=outcome, reason="\x1b[31mred",
                evidence=Evidence(ktap=(f"ok {number} case",)),
            )
            for kernel in request.kernels
            for number, outcome in enumerate(self.outcomes, 1)
        )  # fmt: skip
        return LabRun(
            kernels=request.kernels, programs=request.programs, results=results, notes=notes
        )


@pytest.fixture
def made(monkeypatch: pytest.MonkeyPatch) -> Lab:
    made = Lab()
    monkeypatch.setattr(lab, "find_kernel", made.find_kernel)
    monkeypatch.setattr(lab, "build_kernel", made.build_kernel)
    monkeypatch.setattr(lab, "run_tests", made.run_tests)
    monkeypatch.setattr(lab, "build_generated", lambda directory, arch, build: (RULES,))
    tree = replace(RULES, name="cow", suite="tree")
    monkeypatch.setattr(lab, "build_tree_tests", lambda *_: ((tree,), ("this tree has no y",)))
    return made


def run(*arguments: str | Path) -> Result:
    return invoked(command, *arguments)


# --------------------------------------------------------------- status and forms


@pytest.mark.parametrize(
    ("outcomes", "expected"),
    [
        (("pass", "skip", "xfail"), 0),
        (("pass", "fail"), 1),
        (("timeout",), 1),
        (("kernel-warning",), 1),
        (("kernel-panic", "not-run"), 1),
        (("pass", "lost-vm"), 3),
        (("boot-failure", "not-run"), 3),
        (("not-run", "fail"), 1),
    ],
)
def test_the_exit_status_says_what_came_of_it(
    made: Lab, outcomes: tuple[Outcome, ...], expected: int
) -> None:
    made.outcomes = outcomes
    assert status(run("tests", "--kernel", "6.12")) == expected


@pytest.mark.parametrize("shape", ["text", "json", "junit", "ktap", "html"])
def test_every_form_goes_to_standard_output(made: Lab, shape: str) -> None:
    result = run("tests", "--kernel", "6.12", "--format", shape)
    assert status(result) == 0
    assert "case 1 R1" in result.output or shape == "text"
    assert "\x1b[31m" not in result.output
    if shape == "json":
        assert json.loads(result.output)["schema"] == "kanalyze.run/1"


def test_a_directory_gets_all_forms_and_the_consoles(made: Lab, tmp_path: Path) -> None:
    assert status(run("tests", "--kernel", "6.12", "-o", tmp_path / "new/out")) == 0
    assert {path.name for path in (tmp_path / "new/out").iterdir()} == FORMS | {"logs"}


@pytest.mark.parametrize("shape", ["text", "json", "junit", "ktap", "html"])
def test_a_form_can_be_written_and_shown(made: Lab, tmp_path: Path, shape: str) -> None:
    for _ in range(2):
        result = run("tests", "--kernel", "6.12", "-o", tmp_path, "--format", shape)
        assert status(result) == 0
    name = {path.suffix: path.name for path in tmp_path.iterdir()}
    suffix = {"text": ".txt", "junit": ".xml"}.get(shape, f".{shape}")
    if shape != "text":  # which is as wide as the terminal
        assert result.output == (tmp_path / name[suffix]).read_text()


def test_a_second_run_takes_the_place_of_the_first(made: Lab, tmp_path: Path) -> None:
    run("tests", "--kernel", "6.12", "-o", tmp_path)
    (tmp_path / "logs/1/old.log").write_text("old\n")
    assert status(run("tests", "--kernel", "7.2", "-o", tmp_path)) == 0
    assert not (tmp_path / "logs/1/old.log").exists()
    assert json.loads((tmp_path / "run.json").read_text())["kernels"][0]["name"] == "7.2"


def test_a_run_that_was_interrupted_leaves_a_directory_for_the_next(
    made: Lab, tmp_path: Path
) -> None:
    def interrupted(request: lab.RunRequest) -> None:
        raise KeyboardInterrupt

    made.during = interrupted
    result = run("tests", "--kernel", "6.12", "-o", tmp_path)
    assert isinstance(result.exception, click.exceptions.Abort)
    made.during = lambda request: None
    assert status(run("tests", "--kernel", "6.12", "-o", tmp_path)) == 0


def test_a_directory_of_somebody_else_is_left_alone(made: Lab, tmp_path: Path) -> None:
    (tmp_path / "thesis.txt").write_text("years\n")
    result = run("tests", "--kernel", "6.12", "-o", tmp_path)
    assert status(result) == 2
    assert "is not empty, and holds no run" in str(result.exception)
    assert [path.name for path in tmp_path.iterdir()] == ["thesis.txt"]
    assert not made.requests


def test_a_file_is_no_directory_to_write_to(made: Lab, tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    for place in (tmp_path / "file", tmp_path / "file/below"):
        result = run("tests", "--kernel", "6.12", "-o", place)
        assert (status(result), "cannot be written" in str(result.exception)) == (2, True)


# ----------------------------------------------------------------------- refusals


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (("tests",), "name a kernel with --kernel"),
        (("--kernel", "6.12"), "need --source"),
        (("--kernel", "6.12", "--suite", "generated"), "needs DIR"),
        (("tests", "--kernel-rev", "v6.12"), "need --source"),
        (("tests", "--kernel", "6.12", "--suite", "tree"), "need --source"),
        (("tests", "--kernel", "6.12", "--test", "cow"), "need --suite tree"),
        (("tests", "--kernel", "nothing"), "no such kernel"),
        (("tests", "--kernel", "6.12", "--kernel", "arm"), "kernels of arm64 and x86-64"),
        (("tests", "--kernel", "6.12", "--repeat", "0"), "is not in the range"),
        (("tests", "--kernel", "6.12", "--suite", "mine"), "is not one of"),
    ],
)
def test_what_cannot_be_done_is_refused(
    made: Lab, arguments: tuple[str, ...], message: str
) -> None:
    result = run(*arguments)
    assert status(result) == 2
    assert message in str(result.exception)
    assert not made.requests


def test_a_failure_of_the_machine_is_no_failing_test(made: Lab) -> None:
    def missing(request: lab.RunRequest) -> None:
        raise EnvironmentFailure("is missing", where="qemu-system-x86_64", hint="apt install x")

    made.during = missing
    assert status(run("tests", "--kernel", "6.12")) == 3


def test_errors_are_one_line(tmp_path: Path) -> None:
    program = (sys.executable, "-m", "kanalyze", "run")
    for arguments, expected in (
        ((str(tmp_path), "--kernel", str(tmp_path / "none")), 2),
        ((str(tmp_path),), 2),
        (("--kernel",), 2),
    ):
        done = subprocess.run(
            (*program, *arguments), capture_output=True, text=True, check=False, cwd=TOP
        )
        assert done.returncode == expected
        assert done.stderr.startswith("kanalyze")
        assert done.stderr.count("\n") == 1
        assert not done.stdout


# ------------------------------------------------------------- what is asked for


def test_revisions_are_built_and_run_beside_kernels(made: Lab) -> None:
    result = run(
        "--suite", "tree", "--kernel", "6.12", "--kernel-rev", "v6.1", "--source", "linux",
        "--build-config", "kasan", "--guests", "3", "--swap", "none", "--memory", "512",
        "--cpus", "4",
    )  # fmt: skip
    assert status(result) == 0
    assert made.built == [("linux", "kasan", "v6.1")]
    (request,) = made.requests
    assert [one.name for one in request.kernels] == ["6.12", "v6.1-kasan"]
    assert [one.revision for one in request.kernels] == ["", "v6.1"]
    assert [one.name for one in request.programs] == ["cow"]
    assert (request.guests, request.memory_mb, request.cpus, request.logs) == (3, 512, 4, None)
    assert request.swap == "none"
    assert "this tree has no y" in result.output


def test_a_source_without_cases_is_told_before_anything_runs(made: Lab, tmp_path: Path) -> None:
    result = run(tmp_path, "--kernel", "6.12", "--source", tmp_path)
    assert status(result) == 2
    assert "cases.json" in str(result.exception)
    assert not made.requests


def test_results_are_kept_when_predictions_fail(
    made: Lab, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(*_: object) -> LabRun:
        raise InputError("holds no code that decides", where="linux")

    monkeypatch.setattr(review, "check_predictable", lambda *_: None, raising=False)
    monkeypatch.setattr(review, "with_predictions", broken, raising=False)
    result = run("tests", "--kernel", "6.12", "--source", "linux", "-o", tmp_path)
    assert status(result) == 0
    notes = json.loads((tmp_path / "run.json").read_text())["notes"]
    assert notes == ["nothing is predicted: linux: holds no code that decides"]


# ----------------------------------------------------------------------- progress

_WATCHED = """
import sys, time
from kanalyze.cli.watch import guest_watch
with guest_watch(quiet=len(sys.argv) > 1) as watcher:
    for done in range(3):
        watcher.guest("6.12 [bold]\\x1b[31m", "cow_rules", done)
        time.sleep(0.2)
print("end")
"""


@pytest.mark.parametrize("quiet", [False, True])
def test_a_terminal_sees_what_guests_do(quiet: bool) -> None:
    leader, follower = pty.openpty()
    command = (sys.executable, "-c", _WATCHED, *(["quiet"] if quiet else []))
    environment = os.environ | {"TERM": "xterm", "COLUMNS": "100"}
    with subprocess.Popen(
        command, stderr=follower, stdout=subprocess.PIPE, env=environment, cwd=TOP
    ) as process:
        os.close(follower)
        seen = b""
        while True:
            try:
                data = os.read(leader, 4096)
            except OSError:  # the other end is closed
                break
            seen += data
        assert process.stdout is not None
        assert process.stdout.read() == b"end\n"
    os.close(leader)
    assert (b"6.12 [bold]" in seen and b"2 cases" in seen) is not quiet
    assert b"\x1b[31m" not in seen.replace(b"6.12 [bold]\\x1b[31m", b"")


def test_nobody_is_told_where_stderr_is_no_terminal(capsys: pytest.CaptureFixture[str]) -> None:
    with guest_watch() as watcher:
        watcher.guest("6.12", "boots", 0)
    assert capsys.readouterr() == ("", "")


# --------------------------------------------------------------------------- real


@pytest.mark.slow
@pytest.mark.parametrize(
    ("how", "status", "line"),
    [(signal.SIGINT, 130, "kanalyze: interrupted"), (signal.SIGTERM, -signal.SIGTERM, "")],
)
def test_an_interrupt_leaves_no_guest_and_no_files(
    how: signal.Signals, status: int, line: str, tmp_path: Path
) -> None:
    kernel = os.environ.get("KANALYZE_KERNEL")
    if not kernel:
        pytest.skip("KANALYZE_KERNEL is not set: a kernel to boot, as `kanalyze run` takes them")
    scratch = tmp_path / "scratch"
    scratch.mkdir()
    arguments = ("selftests_out", "--kernel", kernel, "--guests", "2", "--accel", "tcg")
    process = subprocess.Popen(
        (sys.executable, "-m", "kanalyze", "run", *arguments),
        cwd=TOP, env=os.environ | {"TMPDIR": str(scratch)}, stderr=subprocess.PIPE, text=True,
        start_new_session=True,
    )  # fmt: skip

    def guests() -> list[int]:
        done = subprocess.run(
            ("pgrep", "--session", str(process.pid), "qemu-system"),
            capture_output=True, text=True, check=False,
        )  # fmt: skip
        return [int(one) for one in done.stdout.split()]

    until = time.monotonic() + 300
    while not guests() and time.monotonic() < until:
        assert process.poll() is None, process.communicate()[1]
        time.sleep(0.2)
    assert guests()
    time.sleep(2)
    process.send_signal(how)
    _, said = process.communicate(timeout=120)
    assert (process.returncode, said.strip()) == (status, line)
    assert not guests()
    assert not list(scratch.iterdir())
