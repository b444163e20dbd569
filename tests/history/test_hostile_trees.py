"""Scans of what is broken, missing or hostile, and scans that are interrupted."""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import pytest
from gitrepo import git
from kernelish import (
    GUP,
    MEMORY,
    Kernel,
    fault,
    helper,
    predicates,
    refused,
    scanned,
    source,
    unrelated,
)

from kanalyze.errors import EnvironmentFailure, KanalyzeError


@pytest.fixture
def kernel(tmp_path: Path) -> Kernel:
    return Kernel(tmp_path)


# ------------------------------------------------------------ what is not there


def partial_clone(kernel: Kernel, path: Path, *present: str) -> Path:
    """Clone without file contents, but for ``present`` (revision:path)."""
    kernel.git("config", "uploadpack.allowFilter", "true")
    kernel.git("config", "uploadpack.allowAnySHA1InWant", "true")
    clone = kernel.clone(path, "--bare", "--filter=blob:none")
    for name in present:
        git(clone, "cat-file", "-p", name)
    kernel.path.rename(kernel.path.with_name("gone.git"))  # whoever fetches now fails
    return clone


def test_a_partial_clone_says_what_is_missing(kernel: Kernel, tmp_path: Path) -> None:
    commits = [kernel.memory(fault(f"page_count(page) == {number}")) for number in range(5)]
    objects = [f"{commits[number]}:{MEMORY}" for number in (4, 3, 0)]
    absent = (kernel.git("rev-parse", f"{commits[number]}:{MEMORY}") for number in (1, 2))
    blob = min(absent)
    kernel.path = partial_clone(kernel, tmp_path / "partial.git", *objects)
    found = kernel.scan()
    assert "do_wp_page: page_count(page) == 4" in predicates(found)
    # Between two versions of which one is missing nothing can be said.
    assert {event.commit for event in found.events} == {commits[0], commits[4]}
    assert found.notes == (
        f"{MEMORY}: 2 versions cannot be read, one because object {blob} is missing",
    )
    # When they have come, they are looked at.
    assert kernel.scan() == found
    kernel.path.with_name("gone.git").rename(tmp_path / "kernel.git")
    git(kernel.path, "fetch", "--quiet", "--refetch", "--no-filter")
    assert {event.commit for event in kernel.scan().events} == set(commits)
    assert kernel.scan() == kernel.cold()


def test_a_partial_clone_with_nothing_in_it_is_an_error(kernel: Kernel, tmp_path: Path) -> None:
    kernel.memory(fault())
    kernel.path = partial_clone(kernel, tmp_path / "partial.git")
    line = refused(kernel, EnvironmentFailure)
    assert "is missing" in line and "kanalyze never fetches" in line


def test_a_file_that_is_missing_among_others_is_a_health_record(
    kernel: Kernel, tmp_path: Path
) -> None:
    kernel.commit({MEMORY: source(fault()), GUP: source(helper())})
    kernel.path = partial_clone(kernel, tmp_path / "partial.git", f"HEAD:{MEMORY}")
    found = kernel.scan()
    assert {site.file for site in found.sites} == {MEMORY}
    (health,) = found.health
    assert (health.file, health.function) == (GUP, "") and "is missing" in health.problem
    assert kernel.scan() == found


def test_a_truncated_pack_is_one_line(kernel: Kernel) -> None:
    for number in range(40):
        kernel.memory(fault(f"page_count(page) == {number}"), unrelated(number))
    kernel.git("repack", "-adq", "--depth=1")
    (pack,) = kernel.path.glob("objects/pack/*.pack")
    pack.chmod(0o644)
    os.truncate(pack, pack.stat().st_size // 2)
    line = refused(kernel, KanalyzeError)
    assert str(kernel.path) in line


# --------------------------------------------------------------- hostile sources


BRACES = b"int f(struct page *page)\n" + b"{" * 100_000 + b"page_count(page);" + b"}" * 100_000
ENDLESS = source(fault()) + b"\n#if defined(X)\n" * 3000 + source(fault(name="wp_fault"))


@pytest.mark.parametrize(
    "text",
    [
        b"",
        b"\0" * 100_000,
        os.urandom(200_000),
        source(fault()).replace(b" ", b"\0"),
        source(fault()).replace(b"\n", b"\r"),
        BRACES,
        b"{" * 100_000,
        b"}" * 100_000,
        b"(" * 100_000,
        ENDLESS,
        b"#if X\n" * 20_000,
        b'"' + source(fault()),
        b"/*" + source(fault()),
        b"int f(void)\n{\n" + b"if (page_count(page))\n" * 5_000 + b";\n}\n",
    ],
    ids=[
        *("empty", "NULs", "random", "NULs for blanks", "CR alone", "100,000 blocks"),
        *("opened", "closed", "brackets", "#if without end", "20,000 #if", "string", "comment"),
        "5,000 nested ifs",
    ],
)
def test_what_is_no_c_stops_nothing(kernel: Kernel, text: bytes) -> None:
    kernel.commit({MEMORY: source(fault()), GUP: source(helper())})
    kernel.commit({MEMORY: text})
    kernel.memory(fault())
    found = kernel.cold()
    assert predicates(found)[-1] == "page_is_ours: page_count(page) == 1"
    middle = kernel.cold(revision="HEAD^")
    assert all(
        1 <= site.line <= text.count(b"\n") + 1 for site in middle.sites if site.file == MEMORY
    )


def test_a_file_of_50_mb_is_not_read(kernel: Kernel) -> None:
    kernel.commit({MEMORY: source(fault()), GUP: source(helper())})
    big = kernel.commit({GUP: source(helper()) + b"/* page_count */\n" * 3_000_000})
    kernel.commit({GUP: source(helper())})
    found = kernel.cold()
    assert not [event for event in found.events if event.commit == big]
    assert [note for note in found.notes if "more than the 16000000 that are read" in note]
    (health,) = kernel.cold(revision=big).health
    assert health.file == GUP and "more than the 16000000 that are read" in health.problem


# --------------------------------------------------------------------- workers


@pytest.fixture(scope="module")
def busy(tmp_path_factory: pytest.TempPathFactory) -> Kernel:
    """Give a kernel with enough in it for workers to be started."""
    kernel = Kernel(tmp_path_factory.mktemp("busy"))
    for number in range(50):
        kernel.memory(fault(f"page_count(page) == {number}"), helper(), unrelated(number))
    return kernel


def test_as_many_workers_as_you_like(busy: Kernel) -> None:
    assert busy.cold(jobs=1) == busy.cold(jobs=2) == busy.cold(jobs=5)


SLOW = """
import multiprocessing, os, signal, sys, time
import kanalyze.history.gather as gather
from kanalyze.cli.main import main

def slow(*arguments):
    if multiprocessing.parent_process() is None:
        return cut(*arguments)  # a few files are not worth a worker
    print(os.getpid(), file=sys.stderr, flush=True)
    time.sleep(60)

signal.signal(signal.SIGINT, signal.default_int_handler)  # ignored where make runs in background
multiprocessing.set_start_method("fork")
gather.cut, cut = slow, gather.cut
sys.argv[0] = "kanalyze"
main()
"""


def slow_scan(kernel: Kernel, db: Path) -> "subprocess.Popen[str]":
    """Start a scan whose workers say who they are on stderr, and take a minute."""
    line = [sys.executable, "-c", SLOW]
    line += ["scan", str(kernel.path), "--db", str(db), "--jobs", "2", "-q"]
    pipes = {"stdout": subprocess.PIPE, "stderr": subprocess.PIPE, "text": True}
    return subprocess.Popen(line, start_new_session=True, **pipes)  # type: ignore[call-overload, no-any-return]


def gone(pids: list[int]) -> bool:
    """Wait until none of the processes runs any more; say whether that came to be."""
    deadline = time.monotonic() + 10
    while time.monotonic() < deadline:
        if not any(Path(f"/proc/{pid}").exists() for pid in pids):
            return True
        time.sleep(0.05)
    return False


def interrupt(process: "subprocess.Popen[str]", _worker: int) -> None:
    os.killpg(process.pid, signal.SIGINT)  # as a terminal does


def terminate(process: "subprocess.Popen[str]", _worker: int) -> None:
    os.kill(process.pid, signal.SIGTERM)


def kill(process: "subprocess.Popen[str]", _worker: int) -> None:
    os.kill(process.pid, signal.SIGKILL)


def kill_worker(_process: "subprocess.Popen[str]", worker: int) -> None:
    os.kill(worker, signal.SIGKILL)


@pytest.mark.parametrize(
    ("act", "status", "line"),
    [
        (interrupt, 130, "kanalyze: interrupted"),
        (
            kill_worker,
            3,
            "kanalyze: scan: a worker process was killed (short of memory? try --jobs 1)",
        ),
        (terminate, -signal.SIGTERM, ""),
        (kill, -signal.SIGKILL, ""),
    ],
    ids=["Ctrl-C", "a worker is killed", "terminated", "killed"],
)
def test_however_a_scan_ends_nobody_is_left(
    busy: Kernel,
    act: Callable[["subprocess.Popen[str]", int], None],
    status: int,
    line: str,
    tmp_path: Path,
) -> None:
    process = slow_scan(busy, tmp_path / "facts.sqlite")
    assert process.stderr is not None
    first = process.stderr.readline()
    time.sleep(0.2)
    children = Path(f"/proc/{process.pid}/task/{process.pid}/children").read_text().split()
    act(process, int(first))
    assert process.wait(20) == status
    assert len(children) >= 2 and gone([int(pid) for pid in children])
    said = process.stderr.read().split("\n")
    assert [one for one in said if one and not one.isdigit()] == ([line] if line else [])
    # The store is as good as new.
    assert scanned(busy.path, tmp_path / "facts.sqlite", jobs=2) == busy.cold(jobs=1)
