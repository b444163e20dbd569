"""A scan: the same whatever was scanned before, of every kind of tree, and of hostile ones."""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest
from gitrepo import git
from kernelish import (
    CONFIG,
    GUP,
    MEMORY,
    Kernel,
    fault,
    findings,
    helper,
    protect,
    scanned,
    source,
    unrelated,
)

from kanalyze.errors import EnvironmentFailure, InputError, KanalyzeError
from kanalyze.history.model import Scan


@pytest.fixture
def kernel(tmp_path: Path) -> Kernel:
    return Kernel(tmp_path)


def same(one: Scan, other: Scan) -> None:
    """Two scans say the same, but for the order of commits on branches that ran side by side."""
    order = sorted(one.events, key=repr), sorted(other.events, key=repr)
    assert order[0] == order[1]
    assert replace(one, events=(), tree="") == replace(other, events=(), tree="")


def predicates(found: Scan) -> list[str]:
    return sorted(f"{site.function}: {site.predicate}" for site in found.sites)


# ------------------------------------------------------------------ incremental


def test_one_commit_more(kernel: Kernel) -> None:
    for number in range(4):
        kernel.memory(fault(f"page_count(page) == {number}"), protect())
        assert kernel.scan() == kernel.cold()
        assert kernel.scan() == kernel.cold()  # and warm


def test_a_helper_that_the_new_commits_bring_is_asked_in_the_old_ones(kernel: Kernel) -> None:
    """A warm scan knows the callers; that they ask a signal it only learns now."""
    kernel.memory(helper("return page->private == 1;"), fault("page_is_ours(page)"))
    kernel.memory(helper("return page->private == 2;"), fault("page_is_ours(page)", above="\t;"))
    old = kernel.scan()
    assert "do_wp_page: page_is_ours(page)" not in predicates(old)
    kernel.memory(helper(), fault("page_is_ours(page)"))
    new = kernel.scan()
    assert "do_wp_page: page_is_ours(page)" in predicates(new)
    assert new == kernel.cold()
    # The walk of before has its own events still.
    assert kernel.scan(revision="HEAD^") == kernel.cold(revision="HEAD^") == old


def test_a_helper_that_came_and_went_between_two_scans(kernel: Kernel) -> None:
    plain = helper("return page->private == 1;")
    kernel.memory(plain, fault("page_is_ours(page)"))
    kernel.scan()
    kernel.memory(helper(), fault("page_is_ours(page)"))
    kernel.memory(plain, fault("page_is_ours(page)"))
    assert kernel.scan() == kernel.cold()


def test_another_branch_and_back(kernel: Kernel) -> None:
    base = kernel.memory(fault())
    ours = kernel.memory(fault("page_mapcount(page) == 1"))
    theirs = kernel.commit(
        {MEMORY: source(helper(), fault("page_is_ours(page)"))}, branch="theirs", parents=[base]
    )
    for revision in (ours, theirs, base, ours, theirs):
        assert kernel.scan(revision=revision) == kernel.cold(revision=revision)


def test_a_branch_that_was_rewound_and_pushed_over(kernel: Kernel) -> None:
    base = kernel.memory(fault())
    kernel.memory(fault("page_mapcount(page) == 1"))
    kernel.scan()
    kernel.git("update-ref", "refs/heads/master", base)
    assert kernel.scan() == kernel.cold()
    kernel.memory(fault("swap_count(page) == 1"))
    assert kernel.scan() == kernel.cold()


def test_two_sets_of_paths_in_one_store(kernel: Kernel) -> None:
    kernel.commit({MEMORY: source(fault()), GUP: source(helper())})
    for number in range(2):
        kernel.commit({GUP: source(helper(f"return page_count(page) == {number};"))})
        for files in ((), (GUP,), (MEMORY,), (MEMORY, GUP), (GUP, MEMORY)):
            assert kernel.scan(files=files) == kernel.cold(files=files)


def test_a_merge_of_what_was_scanned(kernel: Kernel) -> None:
    base = kernel.memory(fault(), protect())
    side = kernel.commit(
        {MEMORY: source(fault(), protect(guard="shared"))}, branch="side", parents=[base]
    )
    ours = kernel.memory(fault("page_mapcount(page) == 1"), protect())
    kernel.scan()
    both = source(fault("page_mapcount(page) == 1"), protect(guard="shared"))
    kernel.commit({MEMORY: both}, b"Merge\n", parents=[ours, side])
    same(kernel.scan(), kernel.cold())
    kernel.memory(fault("page_mapcount(page) == 2"), protect(guard="shared"))
    same(kernel.scan(), kernel.cold())


@pytest.mark.parametrize("also", ["", "a change on top"])
def test_a_merge_that_takes_the_other_side(kernel: Kernel, also: str) -> None:
    """git follows the files to where they came from: what was scanned is no part of it."""
    base = kernel.memory(fault())
    ours = kernel.memory(fault("page_mapcount(page) == 1"))
    kernel.scan()
    theirs = kernel.commit(
        {MEMORY: source(fault("swap_count(page) == 1"))}, branch="side", parents=[base]
    )
    kernel.commit(
        {MEMORY: source(fault("swap_count(page) == 1"))}, b"Merge\n", parents=[ours, theirs]
    )
    if also:
        kernel.memory(fault("swap_count(page) == 2"))
    cold = kernel.cold()
    assert ours not in {event.commit for event in cold.events}
    same(kernel.scan(), cold)


def test_a_warm_scan_parses_nothing(kernel: Kernel) -> None:
    for number in range(3):
        kernel.memory(helper(), fault(f"page_count(page) == {number}"))
    kernel.scan()
    code = (
        "import sys; from kanalyze.cli.main import main\n"
        "try: main()\n"
        "finally: print([m for m in sys.modules if m.startswith('tree_sitter')], file=sys.stderr)"
    )
    line = [sys.executable, "-c", code, "scan", str(kernel.path), "--db", str(kernel.db)]
    done = subprocess.run(line, capture_output=True, text=True)
    assert (done.returncode, done.stderr) == (0, "[]\n")
    # The check can fail: a new commit is parsed.
    kernel.memory(fault("page_count(page) == 9"))
    assert "tree_sitter" in subprocess.run(line, capture_output=True, text=True).stderr


def test_another_size_limit_is_another_scan(kernel: Kernel) -> None:
    kernel.commit({MEMORY: source(fault()), GUP: source(helper()) + b"\n" * 5000})
    small = replace(CONFIG, files=replace(CONFIG.files, max_bytes=4000))
    assert kernel.scan(config=small) == kernel.cold(config=small) != kernel.scan()
    (health,) = kernel.scan(config=small).health
    assert (health.file, health.function) == (GUP, "")
    assert "more than the 4000 that are read" in health.problem


# ------------------------------------------------------------------------ trees


def test_every_kind_of_tree(kernel: Kernel, tmp_path: Path) -> None:
    kernel.memory(helper(), fault("page_is_ours(page)"))
    kernel.memory(helper(), fault("page_is_ours(page) || PageKsm(page)"))
    bare = kernel.cold()
    clone = kernel.clone(tmp_path / "clone")
    git(clone, "worktree", "add", "--quiet", str(tmp_path / "worktree"))
    (clone / MEMORY).write_bytes(b"not committed")
    for tree in (clone, clone / "mm", tmp_path / "worktree"):
        assert findings(scanned(tree, tmp_path / f"{tree.name}.sqlite")) == findings(bare)


def test_a_plain_directory_has_no_history(kernel: Kernel, tmp_path: Path) -> None:
    kernel.memory(helper(), fault("page_is_ours(page)"))
    tree = tmp_path / "sources"
    (tree / "mm").mkdir(parents=True)
    (tree / MEMORY).write_bytes(source(helper(), fault("page_is_ours(page)")))
    found = scanned(tree, tmp_path / "plain.sqlite")
    assert found.sites == kernel.cold().sites and not found.events
    assert found.notes == ("a plain directory: no history, so no events",)
    for wrong in ({"range": "a..b"}, {"revision": "v6.1"}):
        with pytest.raises(InputError):
            scanned(tree, tmp_path / "plain.sqlite", **wrong)


def test_files_to_read(kernel: Kernel) -> None:
    kernel.commit({MEMORY: source(fault()), "arch/x86/mm/gup.c": source(helper())})
    found = kernel.cold(files=("arch/x86/mm/gup.c",))
    assert found.files == ("arch/x86/mm/gup.c",)
    assert predicates(found) == ["page_is_ours: page_count(page) == 1"]
    assert {event.file for event in found.events} == {"arch/x86/mm/gup.c"}


def refused(kernel: Kernel, error: type[KanalyzeError], **options: object) -> str:
    """Return the one line with which a scan is refused."""
    with pytest.raises(error) as caught:
        kernel.cold(**options)
    line = str(caught.value)
    assert line and "\n" not in line
    return line


@pytest.mark.parametrize(
    ("options", "line"),
    [
        ({"revision": "--output=/tmp/x"}, "'--output=/tmp/x': not a revision"),
        ({"revision": "v9.9"}, "unknown revision"),
        ({"range": "--all..HEAD"}, "'--all': not a revision"),
        ({"range": "HEAD"}, "'HEAD': not a range of commits (give A..B)"),
        ({"files": ("--all",)}, "--all: no such file in this revision"),
        ({"files": ("../etc/passwd",)}, "'../etc/passwd': not a path inside the tree"),
        ({"files": ("/etc/passwd",)}, "'/etc/passwd': not a path inside the tree"),
        ({"files": ("mm/none.c",)}, "mm/none.c: no such file in this revision"),
    ],
)
def test_what_cannot_be_scanned_is_one_line(
    kernel: Kernel, options: dict[str, object], line: str
) -> None:
    kernel.memory(fault())
    assert line in refused(kernel, InputError, **options)


def test_a_file_whose_name_begins_with_a_dash(kernel: Kernel) -> None:
    kernel.commit({"--all.c": source(fault()), "caf\udce9.c": source(helper())})
    found = kernel.cold(files=("--all.c", "caf\udce9.c"))
    assert found.files == ("--all.c", "caf\udce9.c") and len(found.events) == len(found.sites)


def test_not_a_kernel(kernel: Kernel) -> None:
    kernel.commit({"README": b"Nothing here.\n"})
    assert "none of the configured files is there" in refused(kernel, InputError)


def test_a_link_out_of_the_tree_is_no_file(kernel: Kernel, tmp_path: Path) -> None:
    secret = tmp_path / "secret.c"
    secret.write_bytes(source(helper()))
    kernel.commit({MEMORY: source(fault()), GUP: ("120000", kernel.blob(str(secret).encode()))})
    tree = tmp_path / "sources"
    (tree / "mm").mkdir(parents=True)
    (tree / MEMORY).write_bytes(source(fault()))
    (tree / GUP).symlink_to(secret)
    (tree / "kernel").symlink_to(tmp_path)
    for found in (kernel.cold(), scanned(tree, tmp_path / "x.sqlite")):
        assert found.files == (MEMORY,)
    swept = scanned(tree, tmp_path / "x.sqlite", all_files=True)
    assert swept.files == (MEMORY,)


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


# --------------------------------------------------------------- whole trees


ELSEWHERE = {
    MEMORY: source(helper(), fault("page_is_ours(page)")),
    "drivers/gpu/pages.c": source(fault("page_is_ours(page)", name="gpu_fault")),
    "fs/proc/page.h": source(protect()),
    "lib/fields.c": source(helper("return atomic_read(&page->_mapcount) == 0;", "is_mapped")),
    "net/macro.c": source(unrelated(), helper("return page_count (page) > 1;", "net_shared")),
    "net/none.c": source(unrelated(), "\n/* page_count(page) */\n"),
    "scripts/gup.py": b"page_count(page)\n",
}
FOUND_ELSEWHERE = [
    "gpu_fault: entry = maybe_mkwrite(entry, vma)",
    "gpu_fault: page_is_ours(page)",
    "gpu_fault: return VM_FAULT_WRITE",
    "is_mapped: atomic_read(&page->_mapcount) == 0",
    "net_shared: page_count (page) > 1",
    "page_is_ours: page_count(page) == 1",
    "protect_one: ptep_set_wrprotect(mm, addr, ptep)",
]


def test_the_whole_tree(kernel: Kernel, tmp_path: Path) -> None:
    kernel.commit(ELSEWHERE)
    for path, text in ELSEWHERE.items():
        (tmp_path / "sources" / path).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / "sources" / path).write_bytes(text)
    plain = scanned(tmp_path / "sources", tmp_path / "plain.sqlite", all_files=True)
    for found in (kernel.cold(all_files=True), plain):
        there = [one for one in predicates(found) if not one.startswith("do_wp_page")]
        assert there == FOUND_ELSEWHERE
        assert found.files[0] == MEMORY and "net/macro.c" in found.files
        assert not {"scripts/gup.py"} & set(found.files)
        assert not found.health


def test_files_of_a_whole_tree_that_are_too_large_are_reported(
    kernel: Kernel, tmp_path: Path
) -> None:
    kernel.commit({**ELSEWHERE, "net/table.h": b"/* page_count */\n" * 1000})
    clone = kernel.clone(tmp_path / "clone")
    (clone / ".git").rename(tmp_path / "moved.git")
    small = replace(CONFIG, files=replace(CONFIG.files, max_bytes=9000))
    for tree in (kernel.path, clone):
        found = scanned(tree, tmp_path / "x.sqlite", all_files=True, config=small)
        (health,) = found.health
        assert (health.file, health.function) == ("net/table.h", "")
        assert "more than the 9000 that are read" in health.problem
        assert len([site for site in found.sites if site.file == "net/macro.c"]) == 1


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
import multiprocessing, os, sys, time
import kanalyze.history.gather as gather
from kanalyze.cli.main import main

def slow(*arguments):
    if multiprocessing.parent_process() is None:
        return cut(*arguments)  # a few files are not worth a worker
    print(os.getpid(), file=sys.stderr, flush=True)
    time.sleep(60)

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
