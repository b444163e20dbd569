"""The fact store: used by several at once, killed at any moment, full, or no store at all."""

import contextlib
import os
import random
import resource
import signal
import sqlite3
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from kernelish import Kernel, fault, findings, helper, protect, scanned, unrelated

from kanalyze.errors import EnvironmentFailure
from kanalyze.history.store import SCHEMA_VERSION, Store

COMMITS = 150


@pytest.fixture(scope="module")
def kernel(tmp_path_factory: pytest.TempPathFactory) -> Kernel:
    """Give a kernel with some hundred commits: enough work to be interrupted in."""
    repo = Kernel(tmp_path_factory.mktemp("store"))
    chance = random.Random(2021)
    for number in range(COMMITS):
        repo.memory(
            fault(f"page_count(page) == {chance.randrange(3)}", name=f"fault_{number % 7}"),
            fault("page_is_ours(page)", above="\tif (PageKsm(page))\n\t\treturn 0;"),
            helper(f"return page_mapcount(page) == {number % 5};"),
            protect(guard=f"cow_{number % 11}"),
            unrelated(number),
        )
    return repo


def command(tree: Path, db: Path, *options: str) -> list[str]:
    """Return the command line of a scan in a process of its own."""
    arguments = ["scan", str(tree), "--db", str(db), "--format", "json", "--role", "all", "-q"]
    return [sys.executable, "-m", "kanalyze", *arguments, *options]


def run(tree: Path, db: Path, *options: str, **how: object) -> "subprocess.CompletedProcess[str]":
    return subprocess.run(  # type: ignore[call-overload, no-any-return]
        command(tree, db, *options), capture_output=True, text=True, check=False, **how
    )


def rows(db: Path) -> dict[str, int]:
    """Return how many rows of facts there are, a table each."""
    with sqlite3.connect(db) as connection:
        tables = ("function", "blob", "summary", "facts", "event", "revision")
        return {
            table: connection.execute(f"SELECT count(*) FROM {table}").fetchone()[0]
            for table in tables
        }


# -------------------------------------------------------------- several at once


def test_two_scans_at_once_say_what_one_alone_says(kernel: Kernel, tmp_path: Path) -> None:
    alone = run(kernel.path, tmp_path / "alone.sqlite")
    assert alone.returncode == 0, alone.stderr
    db = tmp_path / "shared.sqlite"
    pipes = {"stdout": subprocess.PIPE, "stderr": subprocess.PIPE, "text": True}
    both = [subprocess.Popen(command(kernel.path, db), **pipes) for _ in range(3)]  # type: ignore[call-overload]
    for process in both:
        output, complaint = process.communicate(timeout=120)
        assert (process.returncode, complaint) == (0, "")
        assert output == alone.stdout
    assert rows(db) == rows(tmp_path / "alone.sqlite")


def test_many_open_a_new_store_at_the_same_moment(tmp_path: Path) -> None:
    db = tmp_path / "facts.sqlite"
    code = (
        "import sys; from pathlib import Path; from kanalyze.history.store import Store\n"
        "sys.stdin.read(1)\n"
        "with Store(Path(sys.argv[1]), sys.argv[2]) as store:\n"
        "    store.add_summaries([(b'key', True, b'data')])"
    )
    line = [sys.executable, "-c", code, str(db)]
    starts = [
        subprocess.Popen([*line, f"analysis {number % 3}"], stdin=subprocess.PIPE)
        for number in range(8)
    ]
    for process in starts:
        assert process.stdin is not None
        process.stdin.write(b"x")
        process.stdin.flush()
    assert [process.wait(60) for process in starts] == [0] * 8
    for process in starts:
        assert process.stdin is not None
        process.stdin.close()
    with sqlite3.connect(db) as connection:
        assert connection.execute("SELECT count(*) FROM analysis").fetchone() == (3,)
        assert connection.execute("SELECT count(*) FROM summary").fetchone() == (3,)


# ------------------------------------------------------------ killed at any time


def killed_after(seconds: float, kernel: Kernel, db: Path) -> int:
    """Scan for so long, then kill -9 the scan with its workers; return its status."""
    process = subprocess.Popen(
        command(kernel.path, db, "--jobs", "2"),
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        start_new_session=True,
    )
    try:
        return process.wait(seconds)
    except subprocess.TimeoutExpired:
        os.killpg(process.pid, signal.SIGKILL)
        return process.wait()


def test_a_killed_scan_goes_on_where_it_stopped(kernel: Kernel, tmp_path: Path) -> None:
    """Ten are killed; whatever they leave, the next one says what an undisturbed scan says."""
    start = time.monotonic()
    undisturbed = scanned(kernel.path, tmp_path / "undisturbed.sqlite", jobs=2)
    duration = time.monotonic() - start + 0.5  # and the start of a process
    chance = random.Random(9)
    db, statuses, kept = tmp_path / "facts.sqlite", [], [0]
    # The first are too short for a scan, however quick the machine; the others may end.
    moments = [0.15, 0.2, 0.25, 0.3, *(chance.uniform(0.2, duration) for _ in range(6))]
    for moment in moments:
        statuses.append(killed_after(moment, kernel, db))
        if db.exists() and not db.with_name("facts.sqlite-journal").exists():
            with Store(db, "whoever looks"):
                kept.append(sum(rows(db).values()))
    assert -signal.SIGKILL in statuses
    assert kept == sorted(kept)  # nothing that was stored is lost
    assert scanned(kernel.path, db, jobs=2) == undisturbed
    assert rows(db) == rows(tmp_path / "undisturbed.sqlite")


def test_what_is_stored_is_not_done_again(
    kernel: Kernel, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A scan that is interrupted in its last step leaves nothing to be analysed."""
    db = tmp_path / "facts.sqlite"

    def interrupt(*_: object) -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as patched, pytest.raises(KeyboardInterrupt):
        patched.setattr(Store, "add_walk", interrupt)
        scanned(kernel.path, db)
    for name in ("cut", "summarise", "analyse"):
        monkeypatch.setattr(f"kanalyze.history.gather.{name}", interrupt)
    assert len({event.commit for event in scanned(kernel.path, db).events}) > COMMITS // 2


# -------------------------------------------------------------------- full disk


def test_a_full_disk_is_one_line(kernel: Kernel, tmp_path: Path) -> None:
    """No file may grow above 200 KB: the store does before the scan has ended."""

    def limit() -> None:
        signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
        resource.setrlimit(resource.RLIMIT_FSIZE, (200_000, 200_000))

    db = tmp_path / "facts.sqlite"
    done = run(kernel.path, db, preexec_fn=limit)
    assert (done.returncode, done.stdout) == (3, "")
    assert_one_line(done.stderr, str(db), "--db FILE names another place")
    # And with room again, the scan goes on.
    assert run(kernel.path, db).returncode == 0


def test_a_full_file_system_is_one_line(kernel: Kernel, small_disk: Path) -> None:
    done = run(kernel.path, small_disk / "facts.sqlite")
    assert (done.returncode, done.stdout) == (3, "")
    assert_one_line(done.stderr, "full", str(small_disk), "--db FILE names another place")


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    """Give a file system of 256 KB."""
    place = tmp_path / "disk"
    place.mkdir()
    mount = ["mount", "-t", "tmpfs", "-o", "size=256k", "kanalyze-test", str(place)]
    if os.geteuid() or subprocess.run(mount, capture_output=True).returncode:
        pytest.skip("no file system can be mounted here")
    yield place
    subprocess.run(["umount", str(place)], check=True)


def assert_one_line(complaint: str, *parts: str) -> None:
    assert complaint.startswith("kanalyze: ") and complaint.count("\n") == 1, complaint
    for part in parts:
        assert part in complaint


# ------------------------------------------------------------------- not a store


def refusal(db: Path) -> str:
    """Return the line with which a store is refused."""
    with pytest.raises(EnvironmentFailure) as caught, Store(db, "tests"):
        pass
    assert caught.value.exit_status == 3
    line = str(caught.value)
    assert "\n" not in line and str(db) in line
    return line


def test_a_file_that_is_no_database(tmp_path: Path) -> None:
    db = tmp_path / "notes.txt"
    db.write_text("These are my notes, and there are some more of them than fit.\n" * 40)
    assert "file is not a database (remove it, or name another file with --db)" in refusal(db)
    assert db.read_text().startswith("These are my notes")


def test_a_database_of_somebody_else_is_left_alone(tmp_path: Path) -> None:
    db = tmp_path / "contacts.sqlite"
    with sqlite3.connect(db) as connection:
        connection.execute("CREATE TABLE contact (name TEXT)")
        connection.execute("PRAGMA user_version=7")
    before = db.read_bytes()
    assert "a database of another program (name another file with --db)" in refusal(db)
    assert db.read_bytes() == before


@pytest.mark.parametrize("version", [SCHEMA_VERSION + 1, 77])
def test_a_store_of_another_schema(tmp_path: Path, version: int) -> None:
    db = tmp_path / "facts.sqlite"
    with Store(db, "tests"):
        pass
    with sqlite3.connect(db) as connection:
        connection.execute(f"PRAGMA user_version={version}")
    assert f"made by another version of kanalyze (schema {version}, not {SCHEMA_VERSION})" in (
        refusal(db)
    )
    assert "(remove it, or name another file with --db)" in refusal(db)


def test_a_damaged_store(kernel: Kernel, tmp_path: Path) -> None:
    db = tmp_path / "facts.sqlite"
    scanned(kernel.path, db, history=False)
    data = bytearray(db.read_bytes())
    data[4096:] = b"\xff" * (len(data) - 4096)
    for beside in tmp_path.glob("facts.sqlite-*"):
        beside.unlink()
    db.write_bytes(data)
    with pytest.raises(EnvironmentFailure) as caught:
        scanned(kernel.path, db, history=False)
    assert "remove it: everything in it can be computed again" in str(caught.value)


def test_places_where_no_store_can_be(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    assert "--db FILE names another place" in refusal(tmp_path / "file" / "facts.sqlite")
    assert "--db FILE names another place" in refusal(Path("/proc/nowhere/facts.sqlite"))
    (tmp_path / "directory").mkdir()
    assert "--db FILE names another place" in refusal(tmp_path / "directory")


def test_a_directory_that_may_not_be_written() -> None:
    """Nobody may write there: whoever runs the tests might, so a child becomes nobody."""
    db = Path("/usr/facts.sqlite")
    reading, writing = os.pipe()
    child = os.fork()
    if not child:
        with contextlib.suppress(PermissionError):  # not root: nobody already
            os.setuid(65534)
        os.write(writing, refusal(db).encode())
        os._exit(0)
    os.close(writing)
    os.waitpid(child, 0)
    with os.fdopen(reading, encoding="utf-8") as said:
        assert "unable to open database file (--db FILE names another place)" in said.read()


def test_a_directory_that_is_not_there_is_made(tmp_path: Path) -> None:
    db = tmp_path / "new" / "place" / "facts.sqlite"
    with Store(db, "tests"):
        assert db.exists()


def test_facts_of_another_analyser_are_not_taken_for_ours(kernel: Kernel, tmp_path: Path) -> None:
    db = tmp_path / "facts.sqlite"
    first = scanned(kernel.path, db, history=False)
    with sqlite3.connect(db) as connection:
        connection.execute("UPDATE analysis SET name = 'an older one'")
        connection.execute("UPDATE revision SET data = x'00'")
        connection.execute("UPDATE facts SET data = x'00'")
    assert findings(scanned(kernel.path, db, history=False)) == findings(first)
