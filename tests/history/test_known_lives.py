"""A real history of six years: the lives that commits known to have changed a decision belong to.

known_lives.toml has them, known_commits.toml the commits.  The repository is what
KANALYZE_KERNEL_REPO names; it is walked once.
"""

import tomllib
from pathlib import Path
from typing import Any

import pytest
from life_places import goes_through, places

from kanalyze.config import load
from kanalyze.history.lives import lives
from kanalyze.history.model import History, Lifeline
from kanalyze.history.scan import ScanRequest

HERE = Path(__file__).parent
LIVES: list[dict[str, Any]] = tomllib.loads((HERE / "known_lives.toml").read_text())["life"]
COMMITS: dict[str, dict[str, Any]] = tomllib.loads((HERE / "known_commits.toml").read_text())


@pytest.fixture(scope="module")
def history(kernel_repo: Path, tmp_path_factory: pytest.TempPathFactory) -> History:
    store = tmp_path_factory.mktemp("facts") / "facts.sqlite"
    return lives(ScanRequest(tree=str(kernel_repo), config=load(), db=store))


def rows() -> list[Any]:
    """Return the lives as parameters, those that do not come out as what is expected to fail."""
    return [
        pytest.param(
            row,
            id=row["through"][-1],
            marks=[pytest.mark.xfail(strict=True, raises=AssertionError, reason=row["falls_short"])]
            if "falls_short" in row
            else [],
        )
        for row in LIVES
    ]


@pytest.mark.slow
@pytest.mark.parametrize("row", rows())
def test_known_commits_are_steps_of_one_life(row: dict[str, Any], history: History) -> None:
    through = [life for life in history.lifelines if goes_through(places(life), row["through"])]
    assert any(fits(life, row) for life in through), [steps(life) for life in through]


def fits(life: Lifeline, row: dict[str, Any]) -> bool:
    """Has a life the commits of a row, in their order, and does it begin and end with them?"""
    left = iter(steps(life))
    return (
        all(commit in left for commit in row["commits"])
        and (not row.get("begins") or begins_with(life, row["commits"][0]))
        and (not row.get("ends") or ends_with(life, row["commits"][-1]))
    )


def steps(life: Lifeline) -> list[str]:
    return [step.event.commit[:12] for step in life.steps]


def begins_with(life: Lifeline, commit: str) -> bool:
    return steps(life)[0] == commit and life.steps[0].event.kind == "introduced"


def ends_with(life: Lifeline, commit: str) -> bool:
    last = life.steps[-1].event
    return steps(life)[-1] == commit and last.kind == "removed" and not life.alive


def test_every_known_commit_has_a_life() -> None:
    """But for the one outside the default files."""
    told = {commit for row in LIVES for commit in row["commits"]}
    assert told == {commit for commit in COMMITS if "files" not in COMMITS[commit]}
