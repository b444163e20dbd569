"""Renames, moves, extractions and splits that are known, each read from the lives of real trees.

known_renames.toml has them; neither the code nor the configuration knows them.
"""

import ast
import functools
import re
import tomllib
from collections.abc import Callable, Iterable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from life_places import END, Place, after, before, goes_through, is_at, places

from kanalyze.config import load
from kanalyze.history.lives import lives
from kanalyze.history.model import History, Lifeline
from kanalyze.history.scan import ScanRequest

KNOWN: list[dict[str, Any]] = tomllib.loads(
    Path(__file__).with_name("known_renames.toml").read_text()
)["rename"]
TOP = Path(__file__).parents[2]


def params(rows: Iterable[dict[str, Any]]) -> Iterator[Any]:
    """Yield rows as parameters, those that do not come out as what is expected to fail."""
    for row in rows:
        marks = [pytest.mark.slow] if "releases" not in row else []
        if why := row.get("falls_short"):
            marks.append(pytest.mark.xfail(strict=True, raises=AssertionError, reason=why))
        yield pytest.param(row, id=row["what"], marks=marks)


# ----------------------------------------------------------------------- the lives


class Lives:
    """The lives of a tree, with those that they were copied from and that stand for them now."""

    def __init__(self, history: History) -> None:
        self._lives = history.lifelines
        self._by_id = {life.id: life for life in self._lives}

    def join(self, old: str, new: str) -> bool:
        """Does a life go from one end to the other?"""
        return any(goes_through(self._places(life), [old, new]) for life in self._lives)

    def begins(self, end: str) -> bool:
        """Is there a life that begins at an end, and none that comes to it from elsewhere?"""
        first = [life.steps[0].event for life in self._lives]
        here = [event for event in first if is_at(after(event), end)]
        come = [
            event
            for life in self._lives
            for event in (step.event for step in life.steps)
            if event.from_id and is_at(after(event), end) and not is_at(before(event), end)
        ]
        return bool(here) and not come

    def _places(self, life: Lifeline) -> list[Place]:
        """Return where a life has been, what it was copied from, and what stands for it now."""
        been = places(life)
        first, last = life.steps[0].event, life.steps[-1].event
        if life.split_from:
            origin = self._by_id[life.split_from]
            told = [step for step in origin.steps if step.event.date <= first.date]
            been = [*places(replace(origin, steps=tuple(told))), *been]
        if last.into_id:
            into = self._by_id[life.merged_into]
            then = [step.event for step in into.steps if step.event.commit == last.commit]
            been = [*been, *map(after, then), (last.into_file, last.into_function, into.predicate)]
        return been


# ----------------------------------------------------------------------- the trees


@pytest.fixture(scope="module")
def store(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("facts") / "facts.sqlite"


@pytest.fixture(scope="module")
def told(store: Path) -> Callable[..., Lives]:
    """Give a function to the lives of a tree; each is asked for once."""

    @functools.cache
    def of(tree: Path, more: tuple[str, ...] = ()) -> Lives:
        config = load()
        files = replace(config.files, default=[*config.files.default, *more])
        request = ScanRequest(tree=str(tree), config=replace(config, files=files), db=store)
        return Lives(lives(request))

    return of


@pytest.mark.parametrize("row", list(params(KNOWN)))
def test_a_life_goes_on(
    row: dict[str, Any], told: Callable[..., Lives], request: pytest.FixtureRequest
) -> None:
    if "releases" in row:
        for series in row["releases"]:
            request.getfixturevalue("release_tag")(series)  # skips when it is not there
        found = told(request.getfixturevalue("releases_repo"), tuple(row.get("files", ())))
    else:
        found = told(request.getfixturevalue("kernel_repo"))
    assert found.begins(row["born"]) if "born" in row else found.join(row["from"], row["to"])


# ----------------------------------------------------------------- no name is known

# What page states are about, and what counts a mapping: semantics/ knows them as
# what they do, with their twins, and makes no links.
_NAMED = {
    "is_cow_mapping", "vma_is_cow_mapping", "page_dup_rmap", "__page_dup_rmap",
}  # fmt: skip


def texts(path: Path) -> Iterator[str]:
    """Yield the strings of a program that are no description of it."""
    tree = ast.parse(path.read_text())
    said = {id(node.value) for node in ast.walk(tree) if isinstance(node, ast.Expr)}
    for node in ast.walk(tree):
        if isinstance(node, ast.Constant) and isinstance(node.value, str) and id(node) not in said:
            yield node.value


def names() -> set[str]:
    """Return the functions that a life goes from or to under another name."""
    ends = (
        END.fullmatch(row[key]) for row in KNOWN for key in ("from", "to", "born") if key in row
    )
    functions = {end[2] for end in ends if end}
    kept = {"do_wp_page", "pte_is_pinned"}
    return functions - kept - {"copy_present_page"}  # an outcome, in [outcomes.names]


def test_no_name_is_known() -> None:
    assert len(names()) > 30
    assert not names() & set(re.findall(r"\w+", (TOP / "config.toml").read_text()))
    for path in (TOP / "kanalyze").rglob("*.py"):
        known = {word for text in texts(path) for word in re.findall(r"\w+", text)} & names()
        allowed = _NAMED if "semantics" in path.parts else set()
        assert known <= allowed, path


def test_every_tree_at_hand_has_some() -> None:
    with_releases = [row for row in KNOWN if "releases" in row]
    assert len(with_releases) >= 20 and len(KNOWN) - len(with_releases) >= 5
    assert all(("born" in row) != ("from" in row and "to" in row) for row in KNOWN)
