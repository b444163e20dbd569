"""The benchmark itself, on a history of a few commits: does it measure what it says?"""

import json
import os
import subprocess
import sys
import time
from pathlib import Path

import pytest

from .figures import Figure, Report, ratio
from .timing import BenchError, Program, Run, Timing, in_turns

TOP = Path(__file__).resolve().parents[2]
SOURCE = """\
int reuse_swap_page(struct page *page)
{{
	return page_count(page) == {0};
}}
"""


def run_git(where: Path, *arguments: str) -> None:
    environment = {"PATH": os.environ["PATH"], "GIT_CONFIG_NOSYSTEM": "1", "HOME": str(where)}
    who = ["-c", "user.name=A U Thor", "-c", "user.email=author@localhost"]
    command = ["git", *who, *arguments]
    subprocess.run(command, cwd=where, env=environment, check=True, capture_output=True)


@pytest.fixture
def tree(tmp_path: Path) -> Path:
    """A kernel of one file (and no mm/gup.c), in three commits."""
    path = tmp_path / "tree"
    (path / "mm").mkdir(parents=True)
    run_git(path, "init", "--quiet")
    for number in range(3):
        (path / "mm/memory.c").write_text(SOURCE.format(number))
        run_git(path, "add", ".")
        run_git(path, "commit", "--quiet", "-m", f"mm: {number}")
    return path


def bench(*arguments: str) -> "subprocess.CompletedProcess[str]":
    environment = {k: v for k, v in os.environ.items() if k not in ("TREE", "SOURCE", "RUNS")}
    command = [sys.executable, "-m", "tests.bench", *arguments]
    return subprocess.run(
        command, cwd=TOP, env=environment, capture_output=True, text=True, check=False
    )


def test_it_measures_a_small_tree_and_leaves_it_alone(tree: Path) -> None:
    before = {p: p.stat().st_mtime_ns for p in tree.rglob("*") if p.is_file()}
    done = bench(f"TREE={tree}", f"SOURCE={tree}", "RUNS=1", "COMMITS=1", "--json")
    assert done.returncode in (0, 1), done.stderr
    document = json.loads(done.stdout)
    assert document["schema"] == "kanalyze.bench/1"
    figures = {figure["name"]: figure for figure in document["figures"]}
    expected = {
        "cold scan", "warm rescan", "one new commit", "kanalyze --help", "--all-files",
        "memory, cold scan, main", "range, cold", "history, all lives", "history, one life",
        "history, one life, meant",
    }  # fmt: skip
    assert expected <= figures.keys(), document["left_out"]
    # spatch may be missing; nothing else may
    assert [line for line in document["left_out"] if "spatch" not in line] == []
    cold = figures["cold scan"]
    assert cold["value"] == cold["kanalyze_seconds"][0] / cold["reference_seconds"][0]
    assert 10 < figures["memory, cold scan, main"]["value"] < 1000
    assert figures["history, one life"]["note"].endswith("3 steps")
    assert {p: p.stat().st_mtime_ns for p in tree.rglob("*") if p.is_file()} == before


@pytest.mark.parametrize(
    ("arguments", "complaint"),
    [
        ([], "bench: TREE, a kernel's git history, is not given"),
        (["TREE="], "bench: TREE, a kernel's git history, is not given"),
        (["TREE=/nonexistent/tree"], "bench: TREE=/nonexistent/tree: no such directory"),
        (["TREE=/usr", "SOURCE=/nonexistent"], "bench: SOURCE=/nonexistent: no such directory"),
        (["TREE=/usr", "RUNS=0"], "bench: RUNS=0: not a number from 1"),
        (["tree"], "bench: what is 'tree'?"),
    ],
)
def test_what_cannot_be_measured_is_one_line(arguments: list[str], complaint: str) -> None:
    done = bench(*arguments)
    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr.startswith(complaint)
    assert done.stderr.count("\n") == 1


def test_a_directory_without_history_is_one_line(tmp_path: Path) -> None:
    done = bench(f"TREE={tmp_path}")
    assert done.returncode == 2
    assert "no git history here" in done.stderr
    assert done.stderr.count("\n") == 1


def python(program: str) -> Program:
    return Program([sys.executable, "-c", program], os.environ)


def test_a_program_that_fails_or_says_nothing_has_no_time() -> None:
    assert python("print(1)").run().clock > 0
    with pytest.raises(BenchError, match="exit status 1: ValueError: 7"):
        python("raise ValueError(7)").run()
    with pytest.raises(BenchError, match="it printed nothing"):
        python("pass").run()
    with pytest.raises(BenchError, match="No such file"):
        Program(["/nonexistent/program"], {}).run()


def test_memory_is_that_of_the_process_and_of_its_workers_each() -> None:
    program = (
        "import subprocess, sys, time\n"
        "hold = 'import time; x = bytearray(90 << 20); time.sleep(.5)'\n"
        "worker = subprocess.Popen([sys.executable, '-c', hold])\n"
        "x = bytearray(40 << 20); time.sleep(.5); worker.wait(); print(1)"
    )
    main, worker = python(program).peaks()
    assert 40 < main < 80
    assert 90 < worker < 130


def test_runs_take_turns(monkeypatch: pytest.MonkeyPatch) -> None:
    order: list[str] = []

    def action(name: str) -> Run:
        order.append(name)
        return Run(len(order), -len(order))

    times = in_turns(2, {"a": lambda: action("a"), "b": lambda: action("b")})
    assert order == ["a", "b", "a", "b"]
    assert times == {"a": Timing((1, 3), (-1, -3)), "b": Timing((2, 4), (-2, -4))}
    monkeypatch.setattr(time, "perf_counter", iter(range(0, 10_000, 1_000)).__next__)
    assert len(in_turns(3, {"a": lambda: Run(1, 1)})["a"].seconds) == 1


def test_the_table() -> None:
    slow, quick = Timing((6, 4, 5), (8, 9, 7)), Timing((2.5,), (1,))
    figures = [
        ratio("scan", slow, quick, against="git", bar=1.5, note="of a tree"),
        ratio("other", quick, slow, against="git"),
        Figure(name="memory", value=81.4, unit="MB", bar=300),
    ]
    report = Report(machine={"cpus": "2"}, figures=figures, left_out=["spatch: missing"])
    assert not report.met
    lines = report.as_text().splitlines()
    cells = [[cell.strip() for cell in line.split("|")[1:-1]] for line in lines[4:7]]
    assert cells == [
        [
            "scan",
            "5.00 s (4.00-6.00, 3 runs)",
            "git: 2.50 s (1 run)",
            "2.00x",
            "<= 1.50x",
            "MISSED",
        ],
        ["other", "2.50 s (1 run)", "git: 5.00 s (4.00-6.00, 3 runs)", "0.50x", "-", "-"],
        ["memory", "-", "-", "81 MB", "<= 300 MB", "met"],
    ]
    assert len({len(line) for line in lines[2:7]}) == 1
    assert lines[-3:] == [
        "scan: of a tree; processor time 8.00 s against 1.00 s",
        "other: processor time 1.00 s against 8.00 s",
        "left out: spatch: missing",
    ]
