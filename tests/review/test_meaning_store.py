"""What was evaluated is kept: once for a commit, whoever asks, however a run ended."""

import os
import signal
import sqlite3
import zlib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from made_steps import Kernel, event, fault, helper, meant

from kanalyze.history import codec
from kanalyze.history.model import Event
from kanalyze.history.store import Store
from kanalyze.review import meaning

COMMITS = 6


class Counted:
    """Counts the commits that are evaluated; ends the run when it was told to."""

    def __init__(self) -> None:
        self.commits: list[str] = []
        self.after = COMMITS
        self._answers = meaning._answers

    def end(self) -> None:
        raise KeyboardInterrupt

    def __call__(self, *given: Any) -> Any:
        if len(self.commits) == self.after:
            self.end()
        self.commits.append(given[-1][0].commit)
        return self._answers(*given)


@pytest.fixture
def counted(monkeypatch: pytest.MonkeyPatch) -> Iterator[Counted]:
    found = Counted()
    monkeypatch.setattr(meaning, "_answers", found)
    yield found


@pytest.fixture(scope="module")
def kernel(tmp_path_factory: pytest.TempPathFactory) -> Kernel:
    return Kernel(tmp_path_factory.mktemp("kernel"))


@pytest.fixture(scope="module")
def steps(kernel: Kernel) -> list[Event]:
    """Give two steps of each of some commits: of a decision, and of what it asks."""
    counts = ("page_count", "page_mapcount")
    kernel.memory(helper(), fault("page_is_ours(page) && 1"))
    commits = [
        kernel.memory(
            helper(f"return {counts[number % 2]}(page) == 1;"),
            fault(f"page_is_ours(page) && {number + 2}"),
        )
        for number in range(COMMITS)
    ]
    return [event(one, name) for one in commits for name in ("do_wp_page", "page_is_ours")]


@pytest.fixture
def told(kernel: Kernel, steps: list[Event]) -> list[str]:
    """Give what the steps meant, and a store in which nothing is kept."""
    for file in kernel.db.parent.glob(f"{kernel.db.name}*"):
        file.unlink()
    found = meant(kernel, *steps)
    assert len(set(found)) > 2 and all(found)
    with sqlite3.connect(kernel.db) as connection:
        connection.execute("DELETE FROM meaning")
    return found


def rows(db: Path, query: str) -> list[Any]:
    with sqlite3.connect(db) as connection:
        return connection.execute(query).fetchall()


def test_a_commit_is_evaluated_once(
    kernel: Kernel, steps: list[Event], told: list[str], counted: Counted
) -> None:
    assert meant(kernel, *steps, *steps) == told + told
    assert sorted(counted.commits) == sorted({step.commit for step in steps})


def test_a_second_run_evaluates_nothing(
    kernel: Kernel, steps: list[Event], told: list[str], counted: Counted
) -> None:
    assert meant(kernel, *steps) == told
    counted.after = COMMITS  # one more is one too many
    assert meant(kernel, *steps) == told
    assert len(counted.commits) == COMMITS


def test_that_nothing_can_be_told_is_kept_too(tmp_path: Path, counted: Counted) -> None:
    kernel = Kernel(tmp_path)
    first = kernel.memory(helper())
    second = kernel.memory(helper(), fault())
    for _ in range(2):
        assert meant(kernel, event(first), event(second)) == ["", ""]
    assert counted.commits == [second]
    assert rows(kernel.db, "SELECT count(*) FROM meaning") == [(2,)]


def test_an_interrupted_run_loses_nothing(
    kernel: Kernel, steps: list[Event], told: list[str], counted: Counted
) -> None:
    counted.after = COMMITS // 2
    with pytest.raises(KeyboardInterrupt):
        meant(kernel, *steps)
    counted.after = COMMITS
    assert meant(kernel, *steps) == told
    assert sorted(counted.commits) == sorted({step.commit for step in steps})


def test_a_killed_run_loses_nothing(
    kernel: Kernel,
    steps: list[Event],
    told: list[str],
    counted: Counted,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    child = os.fork()
    if not child:
        counted.after = COMMITS // 2
        monkeypatch.setattr(counted, "end", lambda: os.kill(os.getpid(), signal.SIGKILL))
        try:
            meant(kernel, *steps)
        finally:
            os._exit(0)
    assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == -signal.SIGKILL
    assert meant(kernel, *steps) == told
    assert len(counted.commits) == COMMITS - COMMITS // 2


def test_workers_say_the_same(kernel: Kernel, steps: list[Event], told: list[str]) -> None:
    assert meant(kernel, *steps, jobs=2) == told
    assert rows(kernel.db, "SELECT count(*) FROM meaning") == [(len(steps),)]


def test_what_another_evaluator_said_is_not_taken(
    kernel: Kernel,
    steps: list[Event],
    told: list[str],
    counted: Counted,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    with monkeypatch.context() as older:
        older.setattr(meaning, "evaluator_version", lambda: "an older one")
        assert meant(kernel, steps[0]) == told[:1]
    assert meant(kernel, steps[0]) == told[:1]
    assert counted.commits == [steps[0].commit] * 2


def test_other_files_are_another_question(
    kernel: Kernel, steps: list[Event], told: list[str], counted: Counted
) -> None:
    for files in ((), ("mm/memory.c",)):
        assert meant(kernel, steps[0], files=files) == told[:1]
    assert len(counted.commits) == 2


# ------------------------------------------------------------- of earlier stores


def test_a_store_that_was_made_without_meanings(
    kernel: Kernel, steps: list[Event], told: list[str]
) -> None:
    with sqlite3.connect(kernel.db) as connection:
        connection.execute("DROP TABLE meaning")
        facts = connection.execute("SELECT count(*) FROM facts").fetchone()
    assert meant(kernel, *steps) == told
    assert rows(kernel.db, "SELECT count(*) FROM facts") == [facts]


def test_revisions_are_compressed_and_read_where_they_are_not(tmp_path: Path) -> None:
    db = tmp_path / "facts.sqlite"
    data = codec.encode([["mm/memory.c", number] for number in range(99)])
    with Store(db, "tests") as store:
        store.add_revision(b"key", data)
        assert store.revision(b"key") == data
        with sqlite3.connect(db) as connection:
            ((kept,),) = connection.execute("SELECT data FROM revision").fetchall()
            assert len(kept) < len(data) and zlib.decompress(kept) == data
            connection.execute("UPDATE revision SET data = ?", [data])
        assert store.revision(b"key") == data
