"""What a reader worked out for every page state, and what the evaluator finds there.

tests/golden/README.md has the rules of the tables.  When the two disagree, open
the source: one of them is wrong.
"""

import tomllib
from collections.abc import Callable, Iterator, Mapping
from dataclasses import fields
from pathlib import Path
from types import CodeType
from typing import Any

import numpy as np
import pytest
from real_code import Releases, settled, told

from kanalyze.semantics.evaluate import Evaluation
from kanalyze.semantics.states import PageState
from kanalyze.semantics.universe import universe

GOLDEN = Path(__file__).parent.parent / "golden"
RELEASES = ("5.10", "6.1", "6.12", "7.2")
FIELDS = tuple(field.name for field in fields(PageState))


@pytest.fixture(scope="module")
def releases(releases_repo: Path, release_tag: Callable[[str], str]) -> Releases:
    return Releases(releases_repo, release_tag)


class Table:
    """One table: for each state that it speaks about the outcomes that are possible."""

    def __init__(self, release: str, table: Mapping[str, Any]) -> None:
        self.release = release
        self.function: str = table["function"]
        self.trigger = table["trigger"]
        self.size = table["size"]
        self.rows = [(row["when"], frozenset(row["outcomes"])) for row in table["row"]]
        self.answers = any(word.startswith("return") for _, row in self.rows for word in row)
        self._domain = _compiled(table.get("domain", "True"))
        self._when = [_compiled(when) for when, _ in self.rows]

    @property
    def id(self) -> str:
        return f"{self.release}-{self.function}-{self.trigger}-{self.size}"

    def row(self, state: PageState) -> tuple[str, frozenset[str]] | None:
        """Return the row that speaks about a state: its condition and its outcomes."""
        names = {name: getattr(state, name) for name in FIELDS}
        if not eval(self._domain, names):
            return None
        first = next(number for number, when in enumerate(self._when) if eval(when, names))
        return self.rows[first]


def _compiled(expression: str) -> CodeType:
    return compile(expression, expression, "eval")


def tables() -> Iterator[Table]:
    for release in RELEASES:
        golden = tomllib.loads((GOLDEN / f"truth-{release}.toml").read_text())
        assert golden["release"] == release
        yield from (Table(release, table) for table in golden["table"])


def evaluated(releases: Releases, table: Table) -> Evaluation:
    real = releases(table.release)
    entry = real.found(table.function, table.trigger, table.size)
    return real.evaluate(table.function, entry, answers=table.answers)


def disagreement(table: Table, evaluation: Evaluation) -> str:
    """Return the smallest state in which table and tool differ, in words; empty if none."""
    states = evaluation.universe
    rows = [table.row(states.state(number)) for number in range(states.size)]
    differ = np.array(
        [row is not None and settled(evaluation, at) != row[1] for at, row in enumerate(rows)]
    )
    if not differ.any():
        return ""
    state = states.smallest(differ)
    row = rows[state]
    assert row is not None
    return "\n".join(
        (
            f"{table.id}: {int(differ.sum())} of {states.size} states differ",
            f"the table says {sorted(row[1])}, as {row[0]}",
            f"the tool says {sorted(settled(evaluation, state))}",
            told(evaluation, state),
        )
    )


TABLES = list(tables())


@pytest.mark.parametrize("table", TABLES, ids=lambda table: table.id)
def test_every_state_of_a_table(releases: Releases, table: Table) -> None:
    message = disagreement(table, evaluated(releases, table))
    assert not message, message


@pytest.mark.parametrize("table", TABLES, ids=lambda table: table.id)
def test_every_row_of_a_table_speaks_about_some_state(releases: Releases, table: Table) -> None:
    states = universe(table.trigger, table.size, releases(table.release).features)
    rows = [table.row(states.state(number)) for number in range(states.size)]
    used = {row[0] for row in rows if row is not None}
    # The last is the catch-all, and need not catch.
    assert used >= {when for when, _ in table.rows[:-1]}


def test_a_disagreement_is_told_in_words(releases: Releases) -> None:
    rows = [
        {"when": "not exclusive", "outcomes": ["copy"]},
        {"when": "True", "outcomes": ["reuse"]},
    ]
    head = {"function": "do_wp_page", "trigger": "write-fault", "size": "small"}
    wrong = Table("6.12", {**head, "row": rows})
    message = disagreement(wrong, evaluated(releases, wrong))
    assert "4 of 1431 states differ" in message
    assert "the table says ['copy'], as not exclusive" in message
    assert "the tool says ['copy', 'reuse']" in message
    assert "state: mine alone (page_count 1, map count 1, swap count 0)" in message
    assert "folio_trylock(folio) -> yes, open" in message
