"""The command line as a user meets it: in a process of its own, from start to exit status."""

import json
import os
import pty
import resource
import subprocess
import sys
from pathlib import Path

import pytest

from kanalyze import __version__
from kanalyze.cli.progress import stage_progress
from kanalyze.progress import Silent

TOP = Path(__file__).resolve().parent.parent.parent

MEMORY_C = b"""\
static vm_fault_t do_wp_page(struct vm_fault *vmf)
{
\tstruct page *page = vmf->page;

\tif (page_count(page) != 1)
\t\tgoto copy;
\twp_page_reuse(vmf);
\treturn 0;
copy:
\treturn wp_page_copy(vmf);
}
"""


@pytest.fixture
def tree(tmp_path: Path) -> Path:
    """A directory of kernel sources with one decision in it."""
    place = tmp_path / "linux"
    (place / "mm").mkdir(parents=True)
    (place / "mm/memory.c").write_bytes(MEMORY_C)
    return place


def kanalyze(
    *arguments: str, where: Path = TOP, **environment: str
) -> "subprocess.CompletedProcess[str]":
    return subprocess.run(
        [sys.executable, "-m", "kanalyze", *arguments],
        cwd=where,
        env=os.environ | {"PYTHONPATH": str(TOP)} | environment,
        capture_output=True,
        encoding="utf-8",
        check=False,
        timeout=120,
    )


def scan(tree: Path, *arguments: str, **environment: str) -> "subprocess.CompletedProcess[str]":
    db = str(tree.parent / "facts.db")
    command = ["scan", str(tree), "--db", db, "--jobs", "1", *arguments]
    return kanalyze(*command, where=TOP, **environment)


# ------------------------------------------------------------------ help, usage


@pytest.mark.parametrize("arguments", [["--help"], ["-h"], ["scan", "--help"], ["scan", "-h"]])
def test_help(arguments: list[str]) -> None:
    done = kanalyze(*arguments)
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout.startswith("Usage: kanalyze ")
    assert max(map(len, done.stdout.splitlines())) <= 80


def test_the_version() -> None:
    done = kanalyze("--version")
    assert (done.returncode, done.stdout) == (0, f"kanalyze, version {__version__}\n")


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        (["nonsense"], "kanalyze: No such command 'nonsense'"),
        (["--nonsense"], "kanalyze: No such option"),
        (["scan"], "kanalyze scan: Missing argument 'TREE'"),
        (["scan", ".", "--role", "x"], "kanalyze scan: Invalid value for '--role'"),
        (["scan", ".", "--jobs", "-1"], "kanalyze scan: Invalid value for '--jobs'"),
        (["scan", ".", "--format", "xml"], "kanalyze scan: Invalid value for '--format'"),
        (["scan", ".", "--what", "events"], "kanalyze scan: --what is for --format csv"),
        (["scan", ".", "--rev"], "kanalyze scan: Option '--rev' requires an argument"),
        (["scan", "/no/such/tree"], "kanalyze: /no/such/tree: "),
        (["scan", "--", "-tree"], "kanalyze: "),
        (["scan", ".", "--config", "/no/such/file"], "kanalyze: /no/such/file: No such file"),
        (["scan", "/no/\x1b[2J\nsuch"], "kanalyze: /no/\\x1b[2J"),
        (["scan", ".", "--role", "\x1b[2J"], "kanalyze scan: Invalid value for '--role'"),
    ],
)
def test_bad_usage_is_one_line_and_exit_status_2(
    arguments: list[str], told: str, tmp_path: Path
) -> None:
    done = kanalyze(*arguments, where=tmp_path, XDG_CACHE_HOME=str(tmp_path))
    assert done.returncode == 2, done.stderr
    assert done.stdout == ""
    assert done.stderr.startswith(told)
    assert "\x1b" not in done.stderr
    assert "Traceback" not in done.stderr
    if "\n" not in "".join(arguments):
        assert done.stderr.count("\n") == 1


# --------------------------------------------------------------------- start-up

_MODULES = """\
import sys
from kanalyze.cli.main import main
sys.argv = ["kanalyze", *sys.argv[1:]]
try:
    main()
finally:
    print("\\n".join(sorted(sys.modules)), file=sys.stderr)
"""


def modules(*arguments: str) -> set[str]:
    """Return the modules that a run of the command line imports."""
    done = subprocess.run(
        [sys.executable, "-c", _MODULES, *arguments],
        cwd=TOP,
        capture_output=True,
        encoding="utf-8",
        check=True,
        timeout=120,
    )
    return set(done.stderr.splitlines())


@pytest.mark.parametrize("arguments", [["--help"], ["--version"], ["scan", "--help"]])
def test_help_imports_nothing_that_it_does_not_need(arguments: list[str]) -> None:
    found = modules(*arguments)
    assert "kanalyze.cli.main" in found
    for heavy in ("rich", "tree_sitter", "msgspec", "sqlite3", "subprocess", "tomllib"):
        assert heavy not in found
    assert not {name for name in found if name.startswith("kanalyze.source")}
    assert not {name for name in found if name.startswith("kanalyze.history")}
    if "scan" not in arguments:
        assert "kanalyze.cli.scan" not in found


def test_a_warm_scan_imports_no_parser_and_no_rich(tree: Path) -> None:
    arguments = ["scan", str(tree), "--db", str(tree.parent / "facts.db"), "--jobs", "1"]
    modules(*arguments)
    found = modules(*arguments)
    assert "kanalyze.history.scan" in found
    assert not {"rich", "tree_sitter", "kanalyze.report.scan_json"} & found


def worked() -> float:
    """Return how many seconds processors have worked for what we started."""
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime


def test_help_comes_quickly() -> None:
    times = []
    for _ in range(5):
        begin = worked()
        kanalyze("--help")
        times.append(worked() - begin)
    # 0.25 s is the aim, of work and not of waiting: the machine may be busy otherwise.
    assert min(times) < 0.5, times


# ---------------------------------------------------------------------- results


def test_a_scan_as_text(tree: Path) -> None:
    done = scan(tree)
    assert done.returncode == 0, done.stderr
    assert "page_count(page) != 1" in done.stdout
    assert "true -> copy (goto copy)" in done.stdout
    assert "1 decision," in done.stdout
    assert "\x1b" not in done.stdout
    assert done.stderr == ""


def test_a_scan_as_json_and_csv(tree: Path) -> None:
    shown = json.loads(scan(tree, "--format", "json").stdout)
    assert shown["schema"] == "kanalyze.scan/1"
    assert [one["role"] for one in shown["sites"] if one["role"] == "decision"] == ["decision"]
    lines = scan(tree, "--format", "csv", "--role", "decision").stdout.splitlines()
    assert len(lines) == 2
    assert scan(tree, "--format", "csv", "--what", "events").stdout.startswith("commit,date,")


def test_the_width_is_that_of_the_terminal(tree: Path) -> None:
    assert max(map(len, scan(tree, COLUMNS="200").stdout.splitlines())) > 80
    assert max(map(len, scan(tree, COLUMNS="50").stdout.splitlines())) <= 50


def test_json_is_utf8_in_any_locale(tree: Path) -> None:
    named = tree.rename(tree.parent / "j\u00e4dro")
    done = subprocess.run(
        [sys.executable, "-m", "kanalyze", "scan", str(named), "--format", "json"]
        + ["--db", str(tree.parent / "facts.db")],
        cwd=TOP,
        env=os.environ | {"PYTHONIOENCODING": "iso-8859-1"},
        capture_output=True,
        check=True,
    )
    assert json.loads(done.stdout.decode("utf-8"))["tree"] == str(named)


def test_a_terminal_without_the_character_is_told_its_number(tree: Path) -> None:
    named = tree.rename(tree.parent / "\u6f22")
    done = scan(named, PYTHONIOENCODING="ascii")
    assert done.returncode == 0
    assert "\\u6f22" in done.stdout


# ---------------------------------------------------------- pipes and terminals


@pytest.mark.parametrize("shape", ["text", "json", "csv"])
def test_a_reader_that_goes_away_is_no_error(tree: Path, shape: str) -> None:
    (tree / "mm/memory.c").write_bytes(
        b"".join(MEMORY_C.replace(b"do_wp_page", b"f%d" % number) for number in range(1500))
    )
    command = f"{sys.executable} -m kanalyze scan {tree} --db {tree.parent}/facts.db"
    done = subprocess.run(
        ["bash", "-c", f"{command} --format {shape} | head -c 10; exit ${{PIPESTATUS[0]}}"],
        cwd=TOP,
        capture_output=True,
        text=True,
        check=False,
    )
    assert (done.returncode, done.stderr) == (0, "")
    assert len(done.stdout) == 10


def shell(command: str, where: Path) -> "subprocess.CompletedProcess[str]":
    """Run a line of bash, in which kanalyze is the one of this tree."""
    program = f'kanalyze() {{ {sys.executable} -m kanalyze "$@"; }}; export COLUMNS=80; '
    return subprocess.run(
        ["bash", "-c", program + command],
        cwd=where,
        env=os.environ | {"PYTHONPATH": str(TOP), "XDG_CACHE_HOME": str(where / "cache")},
        capture_output=True,
        text=True,
        check=False,
    )


def test_nor_is_one_that_goes_away_from_the_doctor(tmp_path: Path) -> None:
    done = shell("kanalyze doctor | head -n 1; exit ${PIPESTATUS[0]}", tmp_path)
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout.startswith("ok ")


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="no /dev/full here")
@pytest.mark.parametrize(
    ("arguments", "where"),
    [("scan linux", "standard output: "), ("doctor", "standard output: "), ("scan --help", "")],
)
def test_a_full_disk_is_the_environment_s_fault(tree: Path, arguments: str, where: str) -> None:
    done = shell(f"kanalyze {arguments} > /dev/full", tree.parent)
    assert done.returncode == 3
    assert done.stderr == f"kanalyze: {where}No space left on device\n"


@pytest.mark.parametrize("closed", [">&-", "<&- >&-", "<&- >&- 2>&-"])
def test_closed_streams_are_as_the_null_device(tree: Path, closed: str) -> None:
    done = shell(f"kanalyze scan linux {closed}", tree.parent)
    assert (done.returncode, done.stdout, done.stderr) == (0, "", "")
    assert shell(f"kanalyze scan nowhere {closed}", tree.parent).returncode == 2


def test_a_file_that_fails_unexpectedly_is_one_line() -> None:
    program = """\
import kanalyze.cli.doctor
from kanalyze.cli.main import main
def failing():
    raise PermissionError(13, "Permission denied", "a\\x1bb")
kanalyze.cli.doctor.examine = failing
main()
"""
    command = [sys.executable, "-c", program, "doctor"]
    done = subprocess.run(command, cwd=TOP, capture_output=True, text=True, check=False)
    assert done.returncode == 3
    assert done.stderr == "kanalyze: a\\x1bb: Permission denied\n"


def on_a_terminal(program: list[str], **environment: str) -> str:
    """Run a program with a terminal for all its streams; return what the terminal was sent."""
    pid, terminal = pty.fork()
    if pid == 0:
        os.chdir(TOP)
        os.execve(sys.executable, program, os.environ | {"TERM": "xterm"} | environment)
    sent = b""
    while True:
        try:
            piece = os.read(terminal, 65536)
        except OSError:  # Linux says so when the other side is closed
            break
        if not piece:
            break
        sent += piece
    os.close(terminal)
    assert os.waitpid(pid, 0)[1] == 0, sent
    return sent.decode()


def test_a_terminal_gets_colours_and_nobody_else(tree: Path) -> None:
    command = [sys.executable, "-m", "kanalyze", "scan", str(tree)]
    command += ["--db", str(tree.parent / "facts.db"), "--jobs", "1", "--quiet"]
    environment = {"NO_COLOR": "", "COLUMNS": "80"}
    assert "\x1b[1;33mcopy\x1b[0m" in on_a_terminal(command, **environment)
    assert "\x1b" not in on_a_terminal(command, **environment | {"NO_COLOR": "1"})
    assert "\x1b" not in on_a_terminal(command, **environment | {"TERM": "dumb"})
    assert "\x1b" not in scan(tree).stdout


_STAGES = """\
import time
from kanalyze.cli.progress import stage_progress
with stage_progress(quiet={quiet}) as progress:
    progress.stage("reading \\x1b[2J [bold]things[/bold]", 4)
    for _ in range(4):
        time.sleep({pause})
        progress.step()
"""


def stages(*, pause: float, quiet: bool = False) -> str:
    program = _STAGES.format(pause=pause, quiet=quiet)
    return on_a_terminal([sys.executable, "-c", program], COLUMNS="80")


def test_progress_is_drawn_when_it_takes_long() -> None:
    drawn = stages(pause=0.2)
    assert "reading \\x1b[2J [bold]things[/bold]" in drawn
    assert "4/4" in drawn
    assert stages(pause=0.0) == ""
    assert stages(pause=0.2, quiet=True) == ""


def test_progress_is_silent_without_a_terminal(capfd: pytest.CaptureFixture[str]) -> None:
    with stage_progress() as progress:
        assert isinstance(progress, Silent)
        progress.stage("anything", None)
        progress.step(3)
    assert capfd.readouterr() == ("", "")
