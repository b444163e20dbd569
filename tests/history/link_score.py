"""Holds the links that are made against tables that were made by reading.

    python -m tests.history.link_score history REPOSITORY
    python -m tests.history.link_score releases REPOSITORY

prints how many of the links that must be made are (recall), how many of those
that are made are right (precision), and each that is not.  The tables are
tests/golden/links-history.toml and links-releases.toml; tests/golden/README.md
says what is in them.
"""

import re
import sys
import tempfile
import tomllib
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from kanalyze.config import Config, load
from kanalyze.history.against import Means, Side, links_between
from kanalyze.history.git import GitTree, open_tree
from kanalyze.history.store import Store
from kanalyze.history.things import Link, Thing
from kanalyze.history.workers import workers
from kanalyze.source.version import analyser_version

GOLDEN = Path(__file__).parents[1] / "golden"
_END = re.compile(r"(?P<file>\S+) (?P<function>\w+): (?P<text>.*?)(?: #(?P<number>\d+))?")
_SECTION = re.compile(r"section (read|write) (.+)")
Pair = tuple[str, str]


@dataclass
class Score:
    """What came of one table, or of one step of it."""

    must: int = 0
    found: int = 0
    right: int = 0
    wrong: list[str] = field(default_factory=list)
    missing: list[str] = field(default_factory=list)
    unknown: list[str] = field(default_factory=list)
    reasons: list[str] = field(default_factory=list)

    def add(self, other: "Score") -> None:
        """Count what came of a step."""
        self.must += other.must
        self.found += other.found
        self.right += other.right
        self.wrong += other.wrong
        self.missing += other.missing
        self.unknown += other.unknown
        self.reasons += other.reasons

    @property
    def recall(self) -> float:
        """How many of the links that must be made are made."""
        return self.found / self.must if self.must else 1.0

    @property
    def precision(self) -> float:
        """How many of the links that are made, of what the table names, are right."""
        made = self.right + len(self.wrong)
        return self.right / made if made else 1.0


def steps(name: str) -> list[dict[str, Any]]:
    """Return the steps of a table."""
    found: list[dict[str, Any]] = tomllib.loads((GOLDEN / f"links-{name}.toml").read_text())["step"]
    return found


# ---------------------------------------------------------------------- one step


class Step:
    """One step of a table and the links that were made for it."""

    def __init__(self, step: Mapping[str, Any], name: str, links: Sequence[Link]) -> None:
        self._step = step
        self._name = name
        self._links = links
        olds = list({id(link.old): link.old for link in links if link.old}.values())
        news = list({id(link.new): link.new for link in links if link.new}.values())
        self._sides = [sorted(side, key=lambda thing: thing.line) for side in (olds, news)]
        self._made = {
            (_key(link.old), _key(link.new)): link for link in links if link.old and link.new
        }
        self.score = Score()

    def judged(self) -> Score:
        """Return what came of it."""
        allowed: dict[tuple[int, str], set[str]] = {}
        for link in self._step.get("link", ()):
            self._judge_link(link, allowed)
        for side, table, key in ((0, "end", "from"), (1, "birth", "to")):
            for end in self._step.get(table, ()):
                if found := self._find(end[key], side):
                    allowed.setdefault((side, found), set())
        self._judge_made(allowed)
        self._judge_forbidden()
        return self.score

    def _judge_link(
        self, link: Mapping[str, Any], allowed: dict[tuple[int, str], set[str]]
    ) -> None:
        old, new = self._find(link["from"], 0), self._find(link["to"], 1)
        if not old or not new:
            return
        allowed.setdefault((0, old), set()).add(new)
        allowed.setdefault((1, new), set()).add(old)
        self.score.must += 1
        made = self._made.get((old, new))
        told = f"{self._name}: {link['from']} -> {link['to']}"
        if made is None:
            self.score.missing.append(told)
            return
        self.score.found += 1
        if not set(made.reasons) & set(link["reasons"]):
            self.score.reasons.append(f"{told}: {made.reasons}, not {link['reasons']}")

    def _judge_made(self, allowed: Mapping[tuple[int, str], set[str]]) -> None:
        for (old, new), link in self._made.items():
            theirs, ours = allowed.get((0, old)), allowed.get((1, new))
            if theirs is None and ours is None:
                continue
            if (theirs is None or new in theirs) and (ours is None or old in ours):
                self.score.right += 1
            else:
                told = ", ".join(link.reasons)
                self.score.wrong.append(f"{self._name}: {old} -> {new} ({told}; {link.confidence})")

    def _judge_forbidden(self) -> None:
        for no in self._step.get("no", ()):
            old, new = self._find(no["from"], 0), self._find(no["to"], 1)
            told = f"{self._name}: {old} -> {new}"
            known = any(one.startswith(told) for one in self.score.wrong)
            if old and new and (old, new) in self._made and not known:
                self.score.wrong.append(f"{told}: {no['why']}")

    def _find(self, end: str, side: int) -> str:
        """Return the thing that a table names; empty, and noted, if there is none."""
        match = _END.fullmatch(end)
        assert match, end
        here = [
            thing
            for thing in self._sides[side]
            if (thing.file, thing.function) == (match["file"], match["function"])
        ]
        section = _SECTION.fullmatch(match["text"])
        text = f"{section[1]} section of {section[2]}" if section else match["text"]
        fitting = [thing for thing in here if text in _squeezed(thing.subject)]
        number = int(match["number"] or 1)
        if len(fitting) < number:
            self.score.unknown.append(f"{self._name}: {('before', 'after')[side]}: {end}")
            return ""
        return _key(fitting[number - 1])


def _squeezed(text: str) -> str:
    return " ".join(text.split())


def _key(thing: Thing) -> str:
    return f"{thing.file} {thing.id}: {_squeezed(thing.subject)}"


# --------------------------------------------------------------------- the tables


def judged(name: str, repository: Path, db: Path | None = None) -> Iterator[Score]:
    """Yield what came of each step of a table, with the trees of a repository."""
    config = load()
    tree = open_tree(repository)
    assert isinstance(tree, GitTree)
    with tempfile.TemporaryDirectory() as scratch:
        analysis = f"{analyser_version()}-{config.rules.hash}"
        path = db or Path(scratch, "facts.sqlite")
        with Store(path, analysis) as store, workers(0) as executor:
            means = Means(store, config.rules, executor, config.files.max_bytes)
            for step in steps(name):
                revisions, told = _revisions(step, tree)
                before, after = (_side(tree, one, config) for one in revisions)
                yield Step(step, told, links_between(before, after, means)).judged()


def _revisions(step: Mapping[str, Any], tree: GitTree) -> tuple[tuple[str, str], str]:
    if "commit" in step:
        commit = step["commit"]
        return (f"{commit}^", commit), commit[:12]
    pair = (step["from_release"], step["to_release"])
    tags = tree.git.output("tag", "--list").decode().split()
    found = [next((tag for tag in tags if _is_of(tag, series)), "") for series in pair]
    return (found[0], found[1]), f"{pair[0]}..{pair[1]}"


def _is_of(tag: str, series: str) -> bool:
    return tag.removeprefix("v").startswith(f"{series}.") or tag == f"v{series}"


def _side(tree: GitTree, revision: str, config: Config) -> Side:
    listed = tree.ls(tree.resolve(revision), config.files.default)
    order: Callable[[str], int] = config.files.default.index
    return Side(tree, {path: listed[path] for path in sorted(listed, key=order)})


def main(name: str, repository: str, *rest: str) -> None:
    """Print the score of a table."""
    whole = Score()
    for score in judged(name, Path(repository), Path(rest[0]) if rest else None):
        whole.add(score)
    for title, lines in (
        ("wrong", whole.wrong), ("missing", whole.missing),
        ("other reasons", whole.reasons), ("not found in the tree", whole.unknown),
    ):  # fmt: skip
        print(f"\n{title}: {len(lines)}")
        for line in lines:
            print(f"  {line}")
    print(f"\nrecall {whole.recall:.1%} of {whole.must}, precision {whole.precision:.1%} of "
          f"{whole.right + len(whole.wrong)}")  # fmt: skip


if __name__ == "__main__":
    main(*sys.argv[1:])
