"""Real commits of 2005 to 2011, and what a reader says that they meant.

The repository is what KANALYZE_KERNEL_REPO names; meanings.toml was written
from the diffs.
"""

import tomllib
from collections.abc import Callable
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
def store(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("facts") / "facts.sqlite"


@pytest.fixture(scope="module")
def told(kernel_repo: Path, store: Path) -> list[str]:
    """Give what each row's step meant."""
    steps = []
    for row in ROWS:
        file, function = row["function"].split()
        commit = git(kernel_repo, "rev-parse", "--verify", f"{row['commit']}^{{commit}}")
        steps.append(event(commit, function, file=file))
    return asked(kernel_repo, store, *steps, jobs=0)


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


# Whole releases are commits, too, where they were imported; with so much in one
# step it is told what is certain from reading both.
RELEASES = {
    ("6.1", "mm/memory.c", "do_wp_page"): [
        "one FOLL_PIN of mine, exclusive bit set: was copy, is now reuse; mends R3; "
    ],
    ("6.1", "mm/huge_memory.c", "do_huge_pmd_wp_page"): ["; mends R1", "reuse, is now back-off"],
    ("6.1", "mm/hugetlb.c", "copy_hugetlb_page_range"): ["was share, is now copy; mends R3; "],
    ("6.12", "mm/huge_memory.c", "do_huge_pmd_wp_page"): [ANSWERS["same"]],
    ("6.12", "mm/memory.c", "copy_present_ptes"): [ANSWERS["same"]],
    ("7.2", "mm/hugetlb.c", "hugetlb_wp"): [ANSWERS["same"]],
}


@pytest.mark.slow
@pytest.mark.parametrize(("series", "file", "function"), RELEASES)
def test_from_one_release_to_the_next(
    series: str,
    file: str,
    function: str,
    releases_repo: Path,
    release_tag: Callable[[str], str],
    store: Path,
) -> None:
    commit = git(releases_repo, "rev-parse", f"{release_tag(series)}^{{commit}}")
    one = event(commit, function, file=file)
    (told,) = asked(releases_repo, store, one)
    assert all(part in told for part in RELEASES[series, file, function])
