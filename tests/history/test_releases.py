"""The first release of a commit: against the definition, and against known facts."""

import random
from dataclasses import replace
from pathlib import Path

import pytest
from gitrepo import Repo

from kanalyze.history import CommitId, FirstReleases, GitTree, first_releases, open_tree, walk
from kanalyze.history.releases import find_releases

FACTS = Path(__file__).parents[3] / "shared" / "facts" / "history.tsv"


@pytest.fixture
def repo(tmp_path: Path) -> Repo:
    return Repo(tmp_path / "repo.git")


def opened(repo: Repo) -> GitTree:
    tree = open_tree(repo.path)
    assert isinstance(tree, GitTree)
    return tree


def firsts(repo: Repo, known: FirstReleases | None = None) -> FirstReleases:
    """Ask about all commits that there are (or have come since)."""
    tree = opened(repo)
    tip = tree.resolve()
    since = [f"^{known.tip}"] if known else []
    commits = [CommitId(line) for line in repo.git("rev-list", "--all", *since).split()]
    return first_releases(tree, tip, commits, known)


def makefile(version: int, patchlevel: int, sublevel: int, extra: str = "") -> dict[str, bytes]:
    text = f"VERSION = {version}\nPATCHLEVEL = {patchlevel}\nSUBLEVEL = {sublevel}\n"
    return {"Makefile": f"{text}EXTRAVERSION ={extra}\nNAME = Test\n\nall:\n".encode()}


def test_tags(repo: Repo) -> None:
    commits = [repo.commit({"a": b"%d" % number}) for number in range(8)]
    repo.git("tag", "v5.9", commits[1])
    repo.git("tag", "-a", "-m", "Linux", "v5.10-rc1", commits[2])
    repo.git("tag", "-a", "-m", "Linux", "v5.10", commits[3])
    repo.git("tag", "v5.10.1", commits[4])
    repo.git("tag", "v5.11-rc2", commits[5])
    repo.git("tag", "v6.1-mine", commits[0])
    repo.git("tag", "v5.9-tree", f"{commits[0]}^{{tree}}")
    repo.git("tag", "next-20240101", commits[0])
    found = firsts(repo)
    names = [found.first[CommitId(commit)] for commit in commits]
    assert names == ["v5.9", "v5.9", "v5.10", "v5.10", "v5.10.1", "v5.11", None, None]
    assert found.merged == {"v5.9", "v5.10-rc1", "v5.10", "v5.10.1", "v5.11-rc2"}


def test_ten_comes_after_nine_and_a_branch_has_its_own(repo: Repo) -> None:
    base = repo.commit({"a": b"0"})
    fix = repo.commit({"a": b"1"}, branch="stable", parents=[base])
    later = repo.commit({"a": b"2"}, branch="stable")
    mainline = repo.commit({"a": b"3"}, parents=[base])
    repo.git("tag", "v5.10", base)
    repo.git("tag", "v5.10.9", fix)
    repo.git("tag", "v5.10.10", later)
    repo.git("tag", "v5.11", mainline)
    found = firsts(repo)
    assert found.first == {base: "v5.10", fix: "v5.10.9", later: "v5.10.10", mainline: "v5.11"}
    assert found.merged == {"v5.10", "v5.11"}


def test_a_makefile_stands_in_for_tags(repo: Repo) -> None:
    rc = repo.commit(makefile(2, 6, 13, "-rc7"))
    final = repo.commit(makefile(2, 6, 13))
    after = repo.commit({"a": b"1"})
    repo.commit({"Makefile": makefile(2, 6, 13)["Makefile"] + b"# an edit is no release\n"})
    private = repo.commit(makefile(2, 6, 13, "-mm2"))
    stable = repo.commit(makefile(2, 6, 13, ".4"), branch="stable", parents=[final])
    next_rc = repo.commit(makefile(2, 6, 14, "-rc1"))
    last = repo.commit({"Makefile": b"broken:\n"})
    tree = opened(repo)
    assert [r.tag for r in find_releases(tree, tree.resolve())] == [
        "v2.6.13-rc7", "v2.6.13", "v2.6.14-rc1"
    ]  # fmt: skip
    first = firsts(repo).first
    assert first[CommitId(rc)] == first[CommitId(final)] == "v2.6.13"
    assert first[CommitId(after)] == first[CommitId(private)] == "v2.6.14"
    assert first[CommitId(next_rc)] == "v2.6.14" and first[CommitId(last)] is None
    assert first[CommitId(stable)] is None  # not in this tip's history, and no tag
    tip = tree.resolve("stable")
    assert first_releases(tree, tip, [CommitId(stable)]).first == {stable: "v2.6.13.4"}


def test_no_release_at_all(repo: Repo) -> None:
    commit = repo.commit({"a": b"1"})
    found = firsts(repo)
    assert found.first == {commit: None} and not found.releases


class Random:
    """A random history with releases in it, and the definition to hold it against."""

    def __init__(self, repo: Repo, seed: int) -> None:
        self.repo, self.chance = repo, random.Random(seed)
        self.parents: dict[str, list[str]] = {}
        self.tags: list[tuple[int, str]] = []

    def grow(self, count: int) -> None:
        for _ in range(count):
            had = list(self.parents)
            recent = self.chance.sample(had[-6:], min(len(had), self.chance.choice([1, 1, 2, 3])))
            # Mostly the new tip goes on from the old one, with merges; or it does not.
            parents = ([had[-1]] if had else []) + [p for p in recent if p != had[-1]]
            if had and self.chance.random() < 0.2:
                parents = self.chance.sample(had[-9:], 1)
            commit = self.repo.commit({"a": b"%d" % len(had)}, parents=parents)
            self.parents[commit] = parents
            if self.chance.random() < 0.3:
                self.tag(commit)

    def tag(self, commit: str) -> None:
        number = self.chance.choice([n for n in range(1, 99) if n not in dict(self.tags)])
        self.tags.append((number, commit))
        self.repo.git("tag", f"v4.{number}", commit)

    def defined(self) -> dict[str, str | None]:
        first: dict[str, str | None] = dict.fromkeys(self.parents)
        for number, commit in sorted(self.tags, reverse=True):
            todo = [commit]
            while todo:
                ancestor = todo.pop()
                if first[ancestor] != f"v4.{number}":
                    first[ancestor] = f"v4.{number}"
                    todo += self.parents[ancestor]
        return first


@pytest.mark.parametrize("seed", range(20))
def test_random_histories_at_once_and_in_steps(repo: Repo, seed: int) -> None:
    history = Random(repo, seed)
    history.grow(10)
    tree = opened(repo)
    known = first_releases(tree, tree.resolve(), map(CommitId, history.parents))
    assert known.first == history.defined()
    for step in range(5):
        history.grow(step)
        if step == 2:  # somebody tags what is long past
            history.tag(history.chance.choice(list(history.parents)))
        if step == 4:  # and takes a tag back
            number, commit = history.tags.pop(0)
            repo.git("tag", "-d", f"v4.{number}")
        fresh = [CommitId(c) for c in history.parents if c not in known.first]
        tip = tree.resolve()
        stepwise = first_releases(tree, tip, fresh, known)
        assert stepwise.first == history.defined()
        at_once = first_releases(tree, tip, map(CommitId, history.parents))
        assert stepwise.merged <= at_once.merged
        assert replace(stepwise, merged=at_once.merged) == at_once
        known = stepwise


def test_a_known_tip_that_is_gone(repo: Repo) -> None:
    commit = repo.commit({"a": b"1"})
    repo.git("tag", "v4.1", commit)
    known = firsts(repo)
    for tip in (CommitId("1" * 40), CommitId(repo.commit({"a": b"x"}, branch="o", parents=[]))):
        stale = replace(known, tip=tip)
        tree = opened(repo)
        assert first_releases(tree, tree.resolve(), [], stale) == known


# ------------------------------------------------------------- the real history


@pytest.mark.slow
def test_known_facts(kernel_repo: Path) -> None:
    """Rows that were seen in a mainline history without tags, and named by its Makefile."""
    if not FACTS.is_file():
        pytest.skip(f"no {FACTS}")
    rows = [line.split("\t") for line in FACTS.read_text().splitlines()]
    expected = {
        CommitId(row[0]): row[2].partition("(")[2].partition(",")[0]
        for row in rows
        if row[1] == "bare-diff" and "from Makefile" in row[2]
    }
    tree = open_tree(kernel_repo)
    assert isinstance(tree, GitTree)
    found = first_releases(tree, tree.resolve(), expected)
    assert found.first == expected
    # One more commit costs no second walk, and changes nothing.
    old = found.releases[-2].commit
    before = first_releases(tree, old, expected)
    new = [change.commit for change in walk(tree, found.tip, ["mm"], old)]
    after = first_releases(tree, found.tip, new, before)
    assert {commit: after.first[commit] for commit in expected} == expected
    assert (after.merged, after.releases) == (found.merged, found.releases)
