"""Nothing in the vocabulary is silently dropped: a plain lexer counts along.

Every occurrence of a vocabulary name in a function body must be in the
``signals`` of some site, so their numbers must be the same, file by file.
"""

import subprocess
from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path

import pytest
from oracle import words_in_bodies

from kanalyze.config import Config, load
from kanalyze.history import BlobId, GitTree, open_tree
from kanalyze.source import Function, FunctionFacts, PieceCache, facts, functions

RELEASES = ("5.10", "6.1", "6.12", "7.2")


@pytest.fixture(scope="module")
def config() -> Config:
    return load()


# ------------------------------------------------------------ the oracle itself


@pytest.mark.parametrize(
    ("text", "count"),
    [
        pytest.param(b"int f(void) { return page_count(p); }", 1, id="a body"),
        pytest.param(b"int page_count(struct page *p);", 0, id="a declaration"),
        pytest.param(b"int f(int page_count) { return 0; }", 0, id="a parameter"),
        pytest.param(b"int (*page_count)(int) = page_count;", 0, id="an initialiser"),
        pytest.param(b"struct x { int page_count; };", 0, id="a type"),
        pytest.param(b"struct x __packed { int page_count; };", 0, id="a type with attributes"),
        pytest.param(b"struct ops o = { .f = page_count };", 0, id="a table"),
        pytest.param(b"int f(void) __acquires(l) { page_count; }", 1, id="an annotated function"),
        pytest.param(b"EXPORT(f)\nint g(void) { page_count; }", 1, id="behind a macro"),
        pytest.param(b"DEFINE(x, { page_count; })", 0, id="braces in brackets"),
        pytest.param(b"int f(void) { /* page_count */ // page_count\n }", 0, id="comments"),
        pytest.param(b'int f(void) { s = "page_count \\" page_count"; }', 0, id="a string"),
        pytest.param(b"int f(void) { c = '{'; page_count; }", 1, id="a brace in a literal"),
        pytest.param(b"int f(void) { page_counts; my_page_count; }", 0, id="longer names"),
        pytest.param(b"#define f() { \\\n page_count }\n", 0, id="a macro's body"),
        pytest.param(b"int f(void) {\n# define x /*\n*/ page_count\n}", 0, id="a hidden line end"),
        pytest.param(b"int f(void) {\n#error don't\npage_count; }", 1, id="an apostrophe"),
        pytest.param(
            b"#ifdef A\nint f(int a) {\n#else\nint f(void) {\n#endif\n page_count;\n}\n"
            b"int (*g)(int) = page_count;",
            1,
            id="two heads, one body",
        ),
        pytest.param(
            b"int f(void) {\n#if A\n if (page_count) {\n#else\n if (!page_count) {\n#endif\n }\n}\n"
            b"int page_count;",
            2,
            id="both arms",
        ),
    ],
)
def test_the_oracle_counts_in_bodies_only(text: bytes, count: int) -> None:
    assert words_in_bodies(text, [b"page_count"])["page_count"] == count


# ------------------------------------------------------------------- the counts


class Analysed:
    """Files and their facts; a function that was seen before is not analysed again."""

    def __init__(self, config: Config) -> None:
        self._rules = config.rules
        self._names = [name.encode() for name in config.rules.kinds]
        self._pieces: dict[str, PieceCache] = {}
        self._known: dict[bytes, FunctionFacts | None] = {}
        self.unhealthy: dict[bytes, str] = {}

    def functions(self) -> int:
        """Return how many functions with a site were seen."""
        return sum(1 for found in self._known.values() if found and found.sites)

    def disagreements(self, path: str, text: bytes) -> dict[str, tuple[int, int]]:
        """Return name -> (what the oracle counted, what the sites name) where they differ."""
        expected = words_in_bodies(text, self._names)
        found: Counter[str] = Counter()
        for function in functions(text, self._pieces.setdefault(path, PieceCache())):
            known = self._facts(path, function)
            if known:
                found.update(name for site in known.sites for name in site.signals)
        names = expected.keys() | found.keys()
        return {n: (expected[n], found[n]) for n in names if expected[n] != found[n]}

    def _facts(self, path: str, function: Function) -> FunctionFacts | None:
        if function.text not in self._known:
            known = None
            if self._rules.words.search(function.text):
                known = facts(function.text, function.body, self._rules)
                if known.sites and known.problems:
                    what = known.problems[0].what
                    self.unhealthy[function.text] = f"{path}: {function.name}: {what}"
            self._known[function.text] = known
        return self._known[function.text]


@pytest.mark.parametrize("series", RELEASES)
def test_every_occurrence_in_a_release_is_a_site(
    series: str, releases_repo: Path, release_tag: Callable[[str], str], config: Config
) -> None:
    tree = open_tree(releases_repo)
    assert isinstance(tree, GitTree)
    files = tree.ls(tree.resolve(release_tag(series)), config.files.default)
    analysed = Analysed(config)
    with tree.blobs() as reader:
        wrong = {path: analysed.disagreements(path, reader.read(b)) for path, b in files.items()}
    assert not {path: names for path, names in wrong.items() if names}
    assert not analysed.unhealthy
    assert analysed.functions() > 150  # something was compared


def git_lines(repository: Path, *arguments: str) -> Iterator[bytes]:
    command = ["git", f"--git-dir={repository}", *arguments]
    yield from subprocess.run(command, capture_output=True, check=True).stdout.splitlines()


def versions_now_and_then(repository: Path, paths: list[str]) -> Iterable[tuple[str, BlobId]]:
    """Yield the files of ten commits, evenly spread over the history."""
    commits = [
        line.decode() for line in git_lines(repository, "rev-list", "--first-parent", "HEAD")
    ]
    tree = open_tree(repository)
    assert isinstance(tree, GitTree)
    found: dict[BlobId, str] = {}
    for commit in commits[:: max(1, len(commits) // 10)]:
        found.update((blob, path) for path, blob in tree.ls(tree.resolve(commit), paths).items())
    return [(path, blob) for blob, path in found.items()]


def all_versions(repository: Path, paths: list[str]) -> Iterable[tuple[str, BlobId]]:
    """Yield every version that a commit, merges included, gave one of ``paths``."""
    found: dict[BlobId, str] = {}
    log = ("log", "-m", "--raw", "--no-abbrev", "--no-renames", "--format=", "HEAD")
    for line in git_lines(repository, *log, "--", *paths):
        about, _, path = line.partition(b"\t")
        for blob in about.split()[2:4]:
            if blob.strip(b"0"):
                found[BlobId(blob.decode())] = path.decode()
    return [(path, blob) for blob, path in sorted(found.items(), key=lambda pair: pair[1])]


@pytest.mark.parametrize(
    "versions",
    [
        pytest.param(versions_now_and_then, id="sample"),
        pytest.param(all_versions, id="all", marks=pytest.mark.slow),
    ],
)
def test_every_occurrence_in_the_history_is_a_site(
    versions: Callable[[Path, list[str]], Iterable[tuple[str, BlobId]]],
    kernel_repo: Path,
    config: Config,
) -> None:
    analysed = Analysed(config)
    tree = open_tree(kernel_repo)
    wrong: dict[str, dict[str, tuple[int, int]]] = {}
    with tree.blobs() as reader:
        for path, blob in versions(kernel_repo, config.files.default):
            names = analysed.disagreements(path, reader.read(blob))
            if names:
                wrong[f"{path} {blob}"] = names
    assert not wrong
    # The bar of the issue: 99.9 % of the functions that hold a site are understood.
    assert len(analysed.unhealthy) <= analysed.functions() / 1000, analysed.unhealthy
    assert analysed.functions()
