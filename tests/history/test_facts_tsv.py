"""A real history of six years: commits that are known to have changed a decision.

The repository is what KANALYZE_KERNEL_REPO names; it is walked once.
"""

import tomllib
from collections import Counter, defaultdict
from pathlib import Path
from typing import TypedDict

import pytest
from kernelish import replayed, scanned

from kanalyze.history.model import Event, Scan


class Known(TypedDict, total=False):
    """One entry of known_commits.toml."""

    change: str
    events: list[str]
    files: list[str]
    exception: str


KNOWN: dict[str, Known] = dict(
    tomllib.loads(Path(__file__).with_name("known_commits.toml").read_text())
)


@pytest.fixture(scope="module")
def store(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("facts") / "facts.sqlite"


@pytest.fixture(scope="module")
def history(kernel_repo: Path, store: Path) -> Scan:
    return scanned(kernel_repo, store, jobs=0)


@pytest.fixture(scope="module")
def events(history: Scan) -> dict[str, list[Event]]:
    """Give the events by the first twelve digits of their commit."""
    found: dict[str, list[Event]] = defaultdict(list)
    for event in history.events:
        found[event.commit[:12]].append(event)
    return found


def told(events: list[Event]) -> set[str]:
    """Return what can stand in ``events`` of known_commits.toml."""
    plain = {f"{event.kind} {event.function}" for event in events}
    return plain | {f"{event.kind} {event.function} {event.role}" for event in events}


def test_there_are_53_of_which_three_are_exceptions() -> None:
    assert len(KNOWN) == 53
    exceptions = {commit for commit, known in KNOWN.items() if "exception" in known}
    assert exceptions == {"4c21e2f2441d", "89f5b7da2a6b", "8174c430e445"}


@pytest.mark.slow
@pytest.mark.parametrize("commit", [one for one in KNOWN if "files" not in KNOWN[one]])
def test_a_known_commit_has_its_events(commit: str, events: dict[str, list[Event]]) -> None:
    missing = set(KNOWN[commit]["events"]) - told(events[commit])
    assert not missing, f"{KNOWN[commit]['change']}: {sorted(told(events[commit]))}"


@pytest.mark.slow
@pytest.mark.parametrize("commit", [one for one in KNOWN if "files" in KNOWN[one]])
def test_a_known_commit_outside_the_default_files(
    commit: str, kernel_repo: Path, tmp_path: Path
) -> None:
    known = KNOWN[commit]
    found = scanned(
        kernel_repo,
        tmp_path / "facts.sqlite",
        files=tuple(known["files"]),
        range=f"{commit}^..{commit}",
        revision=commit,
    )
    assert set(known["events"]) <= told(list(found.events))


@pytest.mark.slow
def test_the_events_lead_to_the_sites_that_are_there(history: Scan) -> None:
    """Six years of events, one after the other, and not one of a site that was not there.

    Only calls of functions that once were derived signals, and are none at the
    end, have events and no site.
    """
    there = Counter(
        {
            (file, one): ids.count(one)
            for file, ids in replayed(history.events).items()
            for one in ids
        }
    )
    sites = Counter((site.file, site.id.partition("~")[0]) for site in history.sites)
    assert not sites - there
    last = {event.id: event for event in history.events}
    derived = {one.name for one in history.derived}
    for _, one in there - sites:
        assert not any(f"{name}(" in last[one].after for name in derived), last[one]


@pytest.mark.slow
def test_moves_and_merges_are_few(history: Scan) -> None:
    """None of the 126 merges that resolved a file of ours by hand changed a site itself."""
    kinds = Counter(event.kind for event in history.events)
    assert 1500 < len(history.events) < 2500 and kinds["moved"] < 120
    assert not [event for event in history.events if event.merge]


@pytest.mark.slow
def test_a_warm_scan_says_the_same(history: Scan, kernel_repo: Path, store: Path) -> None:
    assert scanned(kernel_repo, store) == history
