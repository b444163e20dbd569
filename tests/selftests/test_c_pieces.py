"""The pieces of C: they build, they prove what they say, and they can fail.

The pieces in faulty/ do what a broken kernel would do, or what a broken piece
would: what cannot be had from a sound kernel, the tests see through them.
"""

import re
import shutil
import signal
import subprocess
import time
from pathlib import Path

import pytest
from assemble import PIECES, Case, write_program
from c_program import FLAGS, Result, build, needs_compiler, needs_root, run, with_faulty

from kanalyze.selftests.pieces import KINDS, read_pieces

SIX = KINDS[:6]  # without races, and what they share

SOUND = (
    Case("anon", "child", "none", "none", "write", "r1"),
    Case("anon", "parent", "none", "mprotect", "read_then_write", "r1"),
    Case("anon", "grandchild", "none", "none", "foll_force", "r1"),
    Case("anon", "child_vmsplice_unmap", "none", "none", "ptrace_poke", "r1"),
    Case("private_memfd", "alone", "none", "none", "write", "r1"),
    Case("zero", "child", "none", "none", "write", "r1"),
    Case("anon", "child_exits", "none", "none", "write", "r2"),
    Case("anon", "alone", "uring", "fork", "write", "r3"),
    Case("anon", "alone", "odirect", "fork", "write", "r3"),
    Case("swap_cache", "child", "none", "none", "write", "r1"),
    Case("ksm", "alone", "none", "none", "write", "r1"),
    Case("thp_pmd", "child", "none", "none", "write", "r1"),
    Case("hugetlb", "child", "none", "none", "write", "r1"),
)
BROKEN = (
    Case("leaky", "child", "none", "none", "write", "r1"),
    Case("leaky", "parent", "none", "none", "write", "r1"),
    Case("leaky", "grandchild", "none", "none", "write", "r1"),
    Case("leaky", "child_vmsplice_unmap", "none", "none", "write", "r1"),
    Case("leaky", "parent_forks_vmsplices", "none", "none", "write", "r1"),
    Case("leaky_file", "alone", "none", "none", "write", "r1"),
    Case("anon", "child", "none", "none", "nothing", "r1"),
    Case("anon", "alone", "uring", "lost_pin", "write", "r3"),
    Case("anon", "alone", "vmsplice", "lost_pin", "write", "r3"),
    Case("anon", "alone", "odirect", "lost_pin", "write", "r3"),
    Case("leaky", "child", "none", "none", "read_then_write", "r1", xfail="known to whom it is"),
    Case("anon", "child", "none", "none", "write", "r1", xfail="thought to be broken"),
    Case("anon", "alone", "none", "none", "copying", "r2"),
    Case("false_thp", "child", "none", "none", "write", "r1"),
    Case("anon", "stranger", "none", "none", "write", "r1"),
    Case("anon", "alone", "none", "idle", "write", "r2"),
    Case("anon", "alone", "none", "none", "write", "r1"),
    Case("anon", "alone", "none", "none", "write", "r3"),
    Case("anon", "child", "none", "none", "write", "r2"),
    Case("anon", "dead", "none", "none", "write", "r1"),
    Case("anon", "child", "none", "none", "crash", "r1"),
    Case("anon", "child", "none", "none", "hang", "r1"),
    Case("settings", "child", "none", "none", "hang", "r1"),
    Case("settings", "child", "none", "none", "write", "r1"),
)


@pytest.fixture(scope="module")
def all_pieces(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Give the directory with the sound pieces and the faulty ones."""
    return with_faulty(tmp_path_factory.mktemp("pieces") / "all")


@pytest.fixture(scope="module")
def program(all_pieces: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    out = tmp_path_factory.mktemp("out")
    return build(write_program(out, "pieces", SOUND + BROKEN, source=all_pieces), out / "pieces")


def words(case: Case) -> tuple[str, str]:
    """Return what selects a case on the command line, of whatever size its memory is."""
    parts = [case.other, case.reference, case.arm, case.access, case.observe.upper()]
    return case.memory.replace("_", "-"), " ".join(parts).replace("_", "-")


def the(program: Path, *parts: str, xfail: bool = False) -> Result:
    """Run the one case of these pieces (two cases of one name: with or without an xfail)."""
    found = run(program, " ".join(parts))[1]
    wanted = [result for result in found if ("expected to fail" in result.said) == xfail]
    assert len(wanted) == 1, found
    return wanted[0]


def test_pieces_are_named_as_their_files_and_define_what_the_table_uses() -> None:
    pieces = read_pieces(PIECES)
    for kind in SIX:
        assert pieces.of(kind)
        for piece in pieces.of(kind):
            word = piece.name.replace("_", "-")
            assert f"static const struct {kind} {kind}_{piece.name} = {{" in piece.code
            assert f'.name = "{word.upper() if kind == "observe" else word}",' in piece.code


@needs_compiler
def test_every_piece_builds_without_a_warning(tmp_path: Path) -> None:
    pieces = read_pieces(PIECES)
    plain = {"memory": "anon", "other": "alone", "reference": "none", "arm": "none"}
    plain |= {"access": "write", "observe": "r1"}
    cases = [
        Case(*({**plain, kind: piece.name}[each] for each in SIX))
        for kind in SIX
        for piece in pieces.of(kind)
    ]
    source = write_program(tmp_path, "all", cases)
    for compiler in ("gcc", "clang", "aarch64-linux-gnu-gcc"):
        if shutil.which(compiler):
            build(source, tmp_path / compiler, (compiler,))


@needs_compiler
def test_each_piece_builds_with_only_what_it_says_it_needs(tmp_path: Path) -> None:
    pieces = read_pieces(PIECES)
    for piece in pieces.of("memory"):
        source = write_program(
            tmp_path / piece.name, "one", [Case(piece.name, "alone", "none", "none", "write", "r1")]
        )
        done = subprocess.run(
            ["gcc", *FLAGS, "-fsyntax-only", source], capture_output=True, text=True
        )
        assert not done.returncode, done.stderr


@needs_compiler
def test_names_are_listed_without_running_anything(program: Path) -> None:
    done = subprocess.run([program, "--list"], capture_output=True, text=True, check=True)
    names = done.stdout.splitlines()
    assert "anon child-vmsplice-unmap none none ptrace-poke R1" in names
    assert all(len(name.split(" ")) == 6 for name in names)


@needs_compiler
def test_no_case_of_that_name(program: Path) -> None:
    code, _, text = run(program, "no such case")
    assert code == 4
    assert text == "TAP version 13\n1..0 # SKIP no case has such a name\n"
    code, _, text = run(program, "--from", "3", "anon child none none none")
    assert (code, text) == (4, "TAP version 13\n1..0 # SKIP no case has such a name\n")


@needs_compiler
def test_options_that_make_no_sense_are_said_to_be_so(program: Path) -> None:
    for options in (["--from"], ["--from", "0"], ["--from", "x"], ["--lsit"], ["--case", "1"]):
        done = subprocess.run([program, *options], capture_output=True, text=True, check=False)
        assert (done.returncode, done.stdout) == (2, "")
        assert done.stderr.startswith("usage: ")


@needs_root
@needs_compiler
def test_a_run_goes_on_behind_a_case_with_the_numbers_that_it_had(program: Path) -> None:
    _, found, whole = run(program, "anon child none none")
    assert len(found) > 3
    code, rest, text = run(program, "--from", "3", "anon child none none")
    numbers = [int(n) for n in re.findall(r"^(?:not )?ok (\d+) ", text, re.MULTILINE)]
    assert numbers == list(range(3, len(found) + 1))
    assert [result.name for result in rest] == [result.name for result in found[2:]]
    assert f"\n1..{len(found)}\n" in text
    assert "Planned tests" not in text
    code, _, text = run(program, "--from", "1000", "anon child none none")
    assert (code, text.splitlines()[1]) == (4, f"1..0 # SKIP there are only {len(found)} cases")


@needs_root
@needs_compiler
def test_cases_are_announced_where_that_is_asked_for(program: Path) -> None:
    said = run(program, "--announce", "anon child none none write")[2].splitlines()
    name = "anon child none none write R1"
    assert said.index(f"# starting {name}") < said.index(f"ok 1 {name}")
    assert "starting" not in run(program, "anon child none none write")[2]


@needs_root
@needs_compiler
@pytest.mark.parametrize("case", SOUND, ids=str)
def test_a_sound_case_passes_or_says_what_is_missing(program: Path, case: Case) -> None:
    _, found, text = run(program, *words(case))
    assert found
    for result in found:
        if case.memory in ("anon", "private_memfd") and case.reference == "none":
            assert result.verdict == "ok", text
        elif result.verdict != "ok":
            assert result.verdict == "ok SKIP", text
            assert re.search(r": (missing|not reached): \w", result.said), text


@needs_root
@needs_compiler
@pytest.mark.parametrize(
    "other",
    ["child none", "parent none", "grandchild", "child-vmsplice-unmap", "parent-forks-vmsplices"],
)
def test_a_leak_is_seen_by_each_who_can_see_the_page(program: Path, other: str) -> None:
    result = the(program, f"leaky {other}")
    assert result.verdict == "not ok"
    assert "another process sees what I wrote" in result.said


@needs_root
@needs_compiler
@pytest.mark.parametrize(
    ("name", "said"),
    [
        ("leaky-file", "what my page was copied from has changed"),
        ("nothing R1", "what I wrote is lost"),
        ("uring lost-pin", "the pinned page does not get what I write"),
        ("vmsplice lost-pin", "the pinned page does not get what I write"),
        ("odirect lost-pin", "I do not get what is written to the pinned page"),
    ],
)
def test_what_breaks_a_rule_fails(program: Path, name: str, said: str) -> None:
    result = the(program, name)
    if "missing: " in result.said:
        pytest.skip(result.said)
    assert (result.verdict, said in result.said) == ("not ok", True)


@needs_root
@needs_compiler
@pytest.mark.parametrize(
    ("name", "said"),
    [
        ("false-thp", "not one huge page any more"),
        ("stranger", "another process has not the same page"),
        ("idle", "the page stays in memory"),
        ("anon alone none none write R1", "nobody else sees the page"),
        ("anon alone none none write R3", "there is no pin to look through"),
        ("anon child none none write R2", "others see the page"),
    ],
)
def test_a_state_that_is_not_reached_is_no_pass(program: Path, name: str, said: str) -> None:
    result = the(program, name)
    if "missing: " in result.said:
        pytest.skip(result.said)
    assert result.verdict == "ok SKIP"
    assert f"not reached: {said}" in result.said


@needs_root
@needs_compiler
def test_copies_are_counted_and_no_failure(program: Path) -> None:
    result = the(program, "copying")
    assert (result.verdict, "spurious copies: 1 of 1 pages" in result.said) == ("ok", True)
    result = the(program, "anon child-exits none none write R2")
    assert re.search(r"spurious copies: [01] of 1 pages", result.said)


@needs_root
@needs_compiler
def test_what_upstream_knows_is_xfail_and_names_its_source(program: Path) -> None:
    result = the(program, "leaky child none none read-then-write R1", xfail=True)
    assert result.verdict == "ok XFAIL"
    assert "expected to fail: known to whom it is" in result.said
    result = the(program, "anon child none none write R1", xfail=True)
    assert result.verdict == "ok"
    assert "expected to fail: thought to be broken" in result.said


@needs_root
@needs_compiler
def test_a_case_that_dies_or_hangs_is_an_error_of_its_own(
    program: Path, all_pieces: Path, tmp_path: Path
) -> None:
    code, found, text = run(program, "crash")
    assert (code, found[0].verdict) == (1, "not ok error")
    assert "died of signal 7" in found[0].said
    assert text.endswith("# Totals: pass:0 fail:0 xfail:0 xpass:0 skip:0 error:1\n")
    result = the(program, "dead")
    assert (result.verdict, "the other process died" in result.said) == ("not ok", True)
    cases = [*(case for case in BROKEN if case.access == "hang"), SOUND[0]]
    source = write_program(tmp_path, "hasty", cases, source=all_pieces, deadline=1)
    hasty = build(source, tmp_path / "hasty")
    code, found, _ = run(hasty, "--one-hang")
    assert code == 1
    assert [one.verdict for one in found[1:]] == ["ok SKIP"] * (len(cases) - 1)
    assert "not run: a case before it hangs" in found[1].said
    assert (found[0].verdict, "timeout after 1 s" in found[0].said) == ("not ok error", True)
    assert not alive(found[0].said)
    assert len(run(hasty)[1]) == len(cases)


def alive(said: str) -> list[int]:
    """Return the processes that a hanging case has spoken of and that are still there."""
    match = re.search(r"hangs: (\d+) (\d+)", said)
    assert match, said
    return [int(pid) for pid in match.groups() if Path(f"/proc/{pid}").exists()]


def machine() -> dict[str, str]:
    """Return the settings that cases change, as they are now."""
    places = ["/proc/swaps", "/proc/sys/vm/stat_interval", "/proc/sys/kernel/numa_balancing"]
    patterns = ("ksm/[rsp]*[nsh]", "transparent_hugepage/**/enabled", "hugepages/*/nr_hugepages")
    for pattern in patterns:
        places += [str(path) for path in Path("/sys/kernel/mm").glob(pattern)]
    readable = [Path(place) for place in places if Path(place).exists()]
    counted = ("pages_", "full_scans")
    return {str(path): path.read_text() for path in readable if not path.name.startswith(counted)}


@needs_root
@needs_compiler
@pytest.mark.parametrize("sig", [signal.SIGTERM, signal.SIGINT, signal.SIGHUP])
def test_a_signal_ends_all_and_puts_the_machine_back(program: Path, sig: signal.Signals) -> None:
    before = machine()
    process = subprocess.Popen(
        [program, "settings child none none hang"],
        cwd=program.parent, stdout=subprocess.PIPE, text=True,
    )  # fmt: skip
    assert process.stdout
    said = ""
    while "hangs" not in said:
        said = process.stdout.readline()
        assert said
    assert len(alive(said)) == 2
    assert machine() != before
    process.send_signal(sig)
    assert process.wait(timeout=20) == -sig
    assert not alive(said)
    assert machine() == before
    assert not list(program.parent.glob("*swap*"))


@needs_root
@needs_compiler
def test_a_killed_harness_takes_its_processes_along(program: Path) -> None:
    process = subprocess.Popen(
        [program, "anon child none none hang"],
        cwd=program.parent, stdout=subprocess.PIPE, text=True,
    )  # fmt: skip
    assert process.stdout
    said = next(line for line in process.stdout if "hangs" in line)
    process.kill()
    # They have its standard output: that ends when the last of them does.
    assert process.communicate(timeout=20)[0] == ""
    # Files are closed a moment before a process counts as dead.
    deadline = time.monotonic() + 10
    while any(state(pid) not in "ZX" for pid in alive(said)) and time.monotonic() < deadline:
        time.sleep(0.01)
    assert all(state(pid) in "ZX" for pid in alive(said))


def state(pid: int) -> str:
    """Return the state of a process, as /proc has it: X if it is gone altogether."""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0]
    except (FileNotFoundError, ProcessLookupError):
        return "X"


@needs_root
@needs_compiler
def test_a_whole_run_is_ktap_and_leaves_the_machine_as_it_was(program: Path) -> None:
    before = machine()
    code, found, text = run(program, "write R")
    lines = text.splitlines()
    assert lines[0] == "TAP version 13"
    assert lines[1] == f"1..{len(found)}"
    numbers = [int(n) for n in re.findall(r"^(?:not )?ok (\d+) ", text, re.MULTILINE)]
    assert numbers == list(range(1, len(found) + 1))
    counted = dict(re.findall(r"(\w+):(\d+)", lines[-1]))
    verdicts = [result.verdict for result in found]
    assert int(counted["pass"]) == verdicts.count("ok")
    assert int(counted["fail"]) == verdicts.count("not ok") > 0
    assert int(counted["skip"]) == verdicts.count("ok SKIP")
    assert code == 1
    assert machine() == before
