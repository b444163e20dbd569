"""Real commits of 2005 to 2011, and what a reader says that they meant.

The repository is what KANALYZE_KERNEL_REPO names; meanings.toml was written
from the diffs.
"""

import tomllib
from pathlib import Path
from typing import TypedDict

import pytest
from made_steps import asked, event, git

ANSWERS = {
    "same": "same answers in every page state",
    "same-both": "same answers in every page state that both sides have",
    "untold": "",
}


class Row(TypedDict, total=False):
    """One entry of meanings.toml; from ``was`` on there where answers differ."""

    commit: str
    function: str
    why: str
    says: str
    was: str
    now: str
    state: str
    breaks: list[str]
    mends: list[str]


ROWS: list[Row] = tomllib.loads(Path(__file__).with_name("meanings.toml").read_text())["step"]


@pytest.fixture(scope="module")
def told(kernel_repo: Path, tmp_path_factory: pytest.TempPathFactory) -> list[str]:
    """Give what each row's step meant."""
    steps = []
    for row in ROWS:
        file, function = row["function"].split()
        commit = git(kernel_repo, "rev-parse", "--verify", f"{row['commit']}^{{commit}}")
        steps.append(event(commit, function, file=file))
    return asked(kernel_repo, tmp_path_factory.mktemp("facts") / "facts.sqlite", *steps, jobs=0)


def test_the_rows_are_what_they_say_they_are() -> None:
    assert len(ROWS) > 30 and len({(row["commit"], row["function"]) for row in ROWS}) == len(ROWS)
    differ = [row for row in ROWS if row["says"] == "differs"]
    assert len(differ) == 5 and all(set(row) >= {"was", "now", "state"} for row in differ)
    assert {row["says"] for row in ROWS} == {*ANSWERS, "differs"}


@pytest.mark.slow
@pytest.mark.parametrize(
    "number", range(len(ROWS)), ids=[f"{r['commit']}-{r['why']}" for r in ROWS]
)
def test_a_commit_means_what_its_reader_says(number: int, told: list[str]) -> None:
    row, meaning = ROWS[number], told[number]
    if row["says"] != "differs":
        assert meaning == ANSWERS[row["says"]]
        return
    state, _, rest = meaning.partition(": ")
    assert row["state"] in state
    answers, *more = rest.split("; ")
    was, _, now = answers.removeprefix("was ").partition(", is now ")
    assert (was, now) == (row["was"], row["now"])
    rules = {part.removesuffix(" in other states") for part in more[:-1]}
    assert rules >= {f"breaks {rule}" for rule in row.get("breaks", [])}
    assert rules >= {f"mends {rule}" for rule in row.get("mends", [])}
