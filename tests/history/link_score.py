"""Holds the links that are made against tables that were made by reading: `make links`.

    python -m tests.history.link_score
    python -m tests.history.link_score history REPOSITORY [FACT-STORE]
    python -m tests.history.link_score releases REPOSITORY [FACT-STORE]

The first prints a line a table: how many of the links that must be made are
(recall), how many of those that are made are right (precision), and how many
have a right reason; of the tables whose repository KANALYZE_KERNEL_REPO and
KANALYZE_RELEASES name.  The others also print each that is not right.  The
tables are tests/golden/links-history.toml and links-releases.toml;
tests/golden/README.md says what is in them.
"""

import os
import re
import sys
import tempfile
import tomllib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from kanalyze.config import load
from kanalyze.errors import KanalyzeError
from kanalyze.history.against import Means, Side, links_between
from kanalyze.history.git import GitTree, open_tree
from kanalyze.history.store import Store
from kanalyze.history.things import Link, Thing
from kanalyze.history.workers import workers
from kanalyze.source.version import analyser_version

GOLDEN = Path(__file__).parents[1] / "golden"
_END = re.compile(r"(?P<file>\S+) (?P<function>\w+): (?P<text>.*?)(?: #(?P<number>\d+))?")
_SECTION = re.compile(r"section (read|write) (.+)")
#: The tables, each with what names the repository that it is about.
TABLES = {"history": "KANALYZE_KERNEL_REPO", "releases": "KANALYZE_RELEASES"}


@dataclass(frozen=True)
class Wrong:
    """A link that is made and should not be; its ends as the tables write them."""

    old: str
    new: str
    said: str

    def __str__(self) -> str:
        return f"{self.old} -> {self.new} ({self.said})"


@dataclass
class Score:
    """What came of one table, or of one step of it.

    ``missing`` are links that are not made, ``reasons`` those made for another
    reason, ``unknown`` ends that the tree does not have, ``absent`` steps between
    releases that the repository does not have.
    """

    must: int = 0
    found: int = 0
    right: int = 0
    wrong: list[Wrong] = field(default_factory=list)
    missing: list[str] = field(default_factory=list)
    unknown: list[str] = field(default_factory=list)
    reasons: list[str] = field(default_factory=list)
    absent: list[str] = field(default_factory=list)

    def add(self, other: "Score") -> None:
        """Count what came of a step."""
        self.must += other.must
        self.found += other.found
        self.right += other.right
        self.wrong += other.wrong
        self.missing += other.missing
        self.unknown += other.unknown
        self.reasons += other.reasons
        self.absent += other.absent

    @property
    def recall(self) -> float:
        """How many of the links that must be made are made."""
        return self.found / self.must if self.must else 1.0

    @property
    def precision(self) -> float:
        """How many of the links that are made, of what the table names, are right."""
        made = self.right + len(self.wrong)
        return self.right / made if made else 1.0

    @property
    def reasoned(self) -> float:
        """How many of the links that must be made and are have a reason that the table gives."""
        return 1 - len(self.reasons) / self.found if self.found else 1.0

    def __str__(self) -> str:
        made = self.right + len(self.wrong)
        line = (
            f"recall {self.recall:.1%} of {self.must}, precision {self.precision:.1%} of {made},"
            f" reasons {self.reasoned:.1%} of {self.found}"
        )
        return f"{line}; not there: {', '.join(self.absent)}" if self.absent else line


def steps(name: str) -> list[dict[str, Any]]:
    """Return the steps of a table."""
    found: list[dict[str, Any]] = tomllib.loads((GOLDEN / f"links-{name}.toml").read_text())["step"]
    return found


# ---------------------------------------------------------------------- one step


class Step:
    """One step of a table and the links that were made for it."""

    def __init__(self, step: Mapping[str, Any], links: Sequence[Link]) -> None:
        self._step = step
        olds = list({id(link.old): link.old for link in links if link.old}.values())
        news = list({id(link.new): link.new for link in links if link.new}.values())
        self._sides = [sorted(side, key=lambda thing: thing.line) for side in (olds, news)]
        self._made = {(id(link.old), id(link.new)): link for link in links if link.old and link.new}
        self.score = Score()

    def judged(self) -> Score:
        """Return what came of it."""
        allowed: dict[tuple[int, int], set[int]] = {}
        for link in self._step.get("link", ()):
            self._judge_link(link, allowed)
        for side, table, key in ((0, "end", "from"), (1, "birth", "to")):
            for end in self._step.get(table, ()):
                if found := self._find(end[key], side):
                    allowed.setdefault((side, id(found)), set())
        self._judge_made(allowed)
        return self.score

    def _judge_link(
        self, link: Mapping[str, Any], allowed: dict[tuple[int, int], set[int]]
    ) -> None:
        old, new = self._find(link["from"], 0), self._find(link["to"], 1)
        if not old or not new:
            return
        allowed.setdefault((0, id(old)), set()).add(id(new))
        allowed.setdefault((1, id(new)), set()).add(id(old))
        self.score.must += 1
        made = self._made.get((id(old), id(new)))
        told = f"{link['from']} -> {link['to']}"
        if made is None:
            self.score.missing.append(told)
            return
        self.score.found += 1
        if not set(made.reasons) & set(link["reasons"]):
            self.score.reasons.append(f"{told}: {made.reasons}, not {link['reasons']}")

    def _judge_made(self, allowed: Mapping[tuple[int, int], set[int]]) -> None:
        forbidden = self._forbidden()
        for (old, new), link in self._made.items():
            theirs, ours = allowed.get((0, old)), allowed.get((1, new))
            fits = (theirs is None or new in theirs) and (ours is None or old in ours)
            if (old, new) in forbidden or not fits:
                self.score.wrong.append(self._wrong(link))
            elif theirs is not None or ours is not None:
                self.score.right += 1

    def _forbidden(self) -> set[tuple[int, int]]:
        """Return the links that a reader might be tempted to make, and must not."""
        pairs = (
            (self._find(no["from"], 0), self._find(no["to"], 1)) for no in self._step.get("no", ())
        )
        return {(id(old), id(new)) for old, new in pairs if old and new}

    def _find(self, end: str, side: int) -> Thing | None:
        """Return the thing that a table names; None, and noted, if there is none."""
        match = _END.fullmatch(end)
        assert match, end
        fitting = self._fitting(match["file"], match["function"], match["text"], side)
        number = int(match["number"] or 1)
        if len(fitting) < number:
            self.score.unknown.append(f"{('before', 'after')[side]}: {end}")
            return None
        return fitting[number - 1]

    def _fitting(self, file: str, function: str, text: str, side: int) -> list[Thing]:
        section = _SECTION.fullmatch(text)
        # What a function returns is looked at as a condition, without the word.
        text = f"{section[1]} section of {section[2]}" if section else text.removeprefix("return ")
        here = (file, function)
        things = [one for one in self._sides[side] if (one.file, one.function) == here]
        return [thing for thing in things if text in _squeezed(thing.subject)]

    def _wrong(self, link: Link) -> Wrong:
        assert link.old and link.new
        said = f"{', '.join(link.reasons)}; {link.confidence}"
        return Wrong(self._end(link.old, 0), self._end(link.new, 1), said)

    def _end(self, thing: Thing, side: int) -> str:
        """Return how a table would name a thing."""
        text = _squeezed(thing.subject)
        fitting = self._fitting(thing.file, thing.function, text, side)
        number = f" #{fitting.index(thing) + 1}" if len(fitting) > 1 else ""
        return f"{thing.file} {thing.function}: {text}{number}"


def _squeezed(text: str) -> str:
    return " ".join(text.split())


# --------------------------------------------------------------------- the tables


def judged(name: str, repository: Path, db: Path | None = None) -> Iterator[tuple[str, Score]]:
    """Yield the name of each step of a table, and what came of it with a repository's trees."""
    config = load()
    tree = open_tree(repository)
    assert isinstance(tree, GitTree)
    with tempfile.TemporaryDirectory() as scratch:
        analysis = f"{analyser_version()}-{config.rules.hash}"
        path = db or Path(scratch, "facts.sqlite")
        with Store(path, analysis) as store, workers(0) as executor:
            means = Means(store, config.rules, executor, config.files.max_bytes)
            for step in steps(name):
                revisions = _revisions(step, tree)
                if not all(revisions):
                    yield called(step), Score(absent=[called(step)])
                    continue
                files = (*config.files.default, *step.get("files", ()))
                before, after = (_side(tree, one, files) for one in revisions)
                yield called(step), Step(step, links_between(before, after, means)).judged()


def called(step: Mapping[str, Any]) -> str:
    """Return the name of a step: its commit, or the releases that it lies between."""
    if "commit" in step:
        return str(step["commit"][:12])
    return f"{step['from_release']}..{step['to_release']}"


def _revisions(step: Mapping[str, Any], tree: GitTree) -> tuple[str, str]:
    """Return what a step lies between; empty for a release that is not there."""
    if "commit" in step:
        return f"{step['commit']}^", step["commit"]
    tags = tree.git.output("tag", "--list").decode().split()
    old, new = (
        next((tag for tag in tags if _is_of(tag, step[series])), "")
        for series in ("from_release", "to_release")
    )
    return old, new


def _is_of(tag: str, series: str) -> bool:
    return tag.removeprefix("v").startswith(f"{series}.") or tag == f"v{series}"


def _side(tree: GitTree, revision: str, files: Sequence[str]) -> Side:
    listed = tree.ls(tree.resolve(revision), files)
    return Side(tree, {path: listed[path] for path in sorted(listed, key=files.index)})


def whole(name: str, repository: Path, db: Path | None = None) -> Score:
    """Return what came of a table; what is not right begins with the name of its step."""
    score = Score()
    for step, part in judged(name, repository, db):
        for lines in (part.missing, part.reasons, part.unknown):
            lines[:] = [f"{step}: {line}" for line in lines]
        part.wrong = [replace(one, old=f"{step}: {one.old}") for one in part.wrong]
        score.add(part)
    return score


def details(name: str, repository: Path, db: Path | None = None) -> Iterator[str]:
    """Yield what is not right, and the figures of a table."""
    score = whole(name, repository, db)
    for title, lines in (
        ("wrong", score.wrong),
        ("missing", score.missing),
        ("other reasons", score.reasons),
        ("not found in the tree", score.unknown),
    ):
        yield f"{title}: {len(lines)}"
        yield from (f"  {line}" for line in lines)
        yield ""
    yield str(score)


def figures() -> Iterator[str]:
    """Yield the figures of each table, or why there are none."""
    for name, variable in TABLES.items():
        repository = os.environ.get(variable)
        told = (
            str(whole(name, Path(repository).expanduser()))
            if repository
            else f"{variable} is not set"
        )
        yield f"{name + ':':10}{told}"


def main(arguments: Sequence[str]) -> int:
    """Print the figures of both tables, or of one with what is not right."""
    if arguments and (arguments[0] not in TABLES or len(arguments) not in (2, 3)):
        print(f"usage: link_score [{'|'.join(TABLES)} REPOSITORY [FACT-STORE]]", file=sys.stderr)
        return 2
    try:
        for line in details(arguments[0], *map(Path, arguments[1:])) if arguments else figures():
            print(line, flush=True)
    except KanalyzeError as error:
        print(f"link_score: {error}", file=sys.stderr)
        return 2
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
