"""The links that are made, against tables of what a careful reader links.

tests/golden/README.md says what the tables are, links_measured.toml how much of
them is reached and every link that is known to be wrong.  The history that
KANALYZE_KERNEL_REPO names takes a while; releases are part of every check.
"""

import tomllib
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from link_score import Score, called, judged, main, steps

Scores = dict[str, Score]
MEASURED: dict[str, dict[str, Any]] = tomllib.loads(
    Path(__file__).with_name("links_measured.toml").read_text()
)
COMMITS = [called(step) for step in steps("history")]
RELEASES = [called(step) for step in steps("releases")]


@pytest.fixture(scope="module")
def history(kernel_repo: Path) -> Scores:
    return dict(judged("history", kernel_repo))


@pytest.fixture(scope="module")
def releases(releases_repo: Path) -> Scores:
    return dict(judged("releases", releases_repo))


def known(table: str, what: str, step: str) -> Iterator[dict[str, str]]:
    """Yield what is known to fall short in a step."""
    return (one for one in MEASURED[table].get(what, ()) if one["step"] == step)


def falls_short_only_where_known(table: str, step: str, score: Score) -> None:
    """Fail for a wrong link or an unknown end that is not listed, and for one listed in vain."""
    listed = {f"{one['from']} -> {one['to']}" for one in known(table, "wrong", step)}
    made = {f"{one.old} -> {one.new}" for one in score.wrong}
    assert sorted(made - listed) == [], "links that must not be made"
    assert sorted(listed - made) == [], "no longer wrong: to be taken off links_measured.toml"
    assert set(score.unknown) == {one["end"] for one in known(table, "unknown", step)}


def reaches_what_was_measured(floors: dict[str, float], score: Score) -> None:
    assert score.must
    reached = {"recall": score.recall, "precision": score.precision, "reasons": score.reasoned}
    assert not {name: figure for name, figure in reached.items() if figure < floors[name]}, floors


@pytest.mark.parametrize("step", RELEASES)
def test_between_two_releases_nothing_is_worse(
    step: str, releases: Scores, release_tag: Callable[[str], str]
) -> None:
    for series in step.split(".."):
        release_tag(series)  # skips when the archive has it no longer
    falls_short_only_where_known("releases", step, releases[step])
    reaches_what_was_measured(MEASURED["releases"]["figures"][step], releases[step])


@pytest.mark.slow
@pytest.mark.parametrize("step", COMMITS)
def test_at_a_commit_nothing_else_is_wrong(step: str, history: Scores) -> None:
    falls_short_only_where_known("history", step, history[step])


@pytest.mark.slow
def test_what_is_reached_in_a_history(history: Scores) -> None:
    whole = Score()
    for score in history.values():
        whole.add(score)
    reaches_what_was_measured(MEASURED["history"]["figures"]["whole"], whole)


def test_the_tables_are_as_large_as_they_should_be() -> None:
    """At least forty commits; each step once; nothing is listed for a step that is not."""
    assert len(COMMITS) == len(set(COMMITS)) >= 40
    assert RELEASES == ["5.10..6.1", "6.1..6.12", "6.12..7.2", "7.2..7.3"]
    for table, names in (("history", COMMITS), ("releases", RELEASES)):
        for what in ("wrong", "unknown"):
            assert {one["step"] for one in MEASURED[table].get(what, ())} <= set(names)


@pytest.mark.parametrize("arguments", [["history"], ["other", "/"], ["history", "/", "/", "/"]])
def test_the_command_says_how_it_is_called(
    arguments: list[str], capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(arguments) == 2
    assert (
        capsys.readouterr().err == "usage: link_score [history|releases REPOSITORY [FACT-STORE]]\n"
    )


def test_the_command_does_what_it_can(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.delenv("KANALYZE_KERNEL_REPO", raising=False)
    monkeypatch.setenv("KANALYZE_RELEASES", "")
    assert main([]) == 0
    assert capsys.readouterr().out.splitlines() == [
        "history:  KANALYZE_KERNEL_REPO is not set",
        "releases: KANALYZE_RELEASES is not set",
    ]
