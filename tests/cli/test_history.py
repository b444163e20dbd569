"""``kanalyze history`` as a user meets it: in a process of its own, on a small repository."""

import json
import os
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

import pytest

TOP = Path(__file__).resolve().parent.parent.parent

FAULT = """\
static vm_fault_t {name}(struct vm_fault *vmf)
{{
\tstruct page *page = vmf->page;

\tif ({reuse})
\t\tgoto copy;
\twp_page_reuse(vmf);
\treturn 0;
copy:
\treturn wp_page_copy(vmf);
}}
"""
_REUSES = (
    ("do_wp_page", "page_count(page) != 1"),
    ("do_wp_page", "page_mapcount(page) != 1"),
    ("wp_fault", "page_mapcount(page) != 1"),
    ("wp_fault", "page_mapcount(page) != 1 || PageKsm(page)"),
    ("wp_fault", "page_mapcount(page) != 1"),
    (
        "wp_fault",
        "page_is_exclusively_ours_and_nobody_else_can_have_mapped_it(page, vmf->vma) != 1",
    ),
)
_LONG = "mm: a subject that is so long that it does not fit into the line of any terminal at all"


def git(where: Path, *arguments: str) -> str:
    identity = ("-c", "user.name=A U Thor", "-c", "user.email=author@localhost")
    done = subprocess.run(
        ["git", *identity, *arguments],
        cwd=where,
        env=os.environ | {"GIT_CONFIG_GLOBAL": os.devnull, "GIT_CONFIG_NOSYSTEM": "1"},
        capture_output=True,
        text=True,
        check=True,
    )
    return done.stdout.strip()


@pytest.fixture(scope="module")
def tree(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A repository in which a decision is changed, renamed, joined by another, and replaced."""
    place = tmp_path_factory.mktemp("trees") / "linux"
    (place / "mm").mkdir(parents=True)
    git(place, "init", "--quiet", ".")
    for number, (name, reuse) in enumerate(_REUSES):
        (place / "mm/memory.c").write_text(FAULT.format(name=name, reuse=reuse))
        git(place, "add", ".")
        git(place, "commit", "--quiet", "-m", _LONG if number == 3 else f"mm: step {number}")
    return place


def history(*arguments: str, **environment: str) -> "subprocess.CompletedProcess[str]":
    return subprocess.run(
        [sys.executable, "-m", "kanalyze", "history", *arguments],
        cwd=TOP,
        env=os.environ | {"PYTHONPATH": str(TOP), "COLUMNS": "80"} | environment,
        capture_output=True,
        encoding="utf-8",
        check=False,
        timeout=120,
    )


def told(tree: Path, *arguments: str, **environment: str) -> str:
    """Return what is told of a tree, and that it was told without a word on stderr."""
    db = str(tree.parent / "facts.db")
    done = history(str(tree), "--db", db, "--jobs", "1", *arguments, **environment)
    assert (done.returncode, done.stderr) == (0, "")
    return done.stdout


# -------------------------------------------------------------------- help and usage


def test_help_fits_a_terminal() -> None:
    done = history("--help")
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout.startswith("Usage: kanalyze history ")
    assert max(map(len, done.stdout.splitlines())) <= 80


@pytest.mark.parametrize(
    ("arguments", "line"),
    [
        ([], "kanalyze history: Missing argument 'TREE'"),
        (["{tree}", "--format", "xml"], "kanalyze history: Invalid value for '--format'"),
        (["{tree}", "--role", "x"], "kanalyze history: Invalid value for '--role'"),
        (["{tree}", "--rev", "no-such"], "kanalyze: {tree}: "),
        (["/no/such/tree"], "kanalyze: /no/such/tree: "),
        (["{tree}", "wp_falut"], "kanalyze: wp_falut: no such function, site or section"),
        (["{tree}", "\x1b[2J"], "kanalyze: \\x1b[2J: no such function, site or section"),
        (["{tree}", "do_wp_page", "more"], "kanalyze history: Got unexpected extra argument"),
        (["{tree}/mm"], ""),
    ],
)
def test_what_cannot_be_told_is_one_line_and_exit_status_2(
    tree: Path, tmp_path: Path, arguments: Sequence[str], line: str
) -> None:
    filled = [one.format(tree=tree) for one in arguments]
    if not line:  # a plain directory
        (tmp_path / "mm").mkdir()
        (tmp_path / "mm/memory.c").write_text(FAULT.format(name="f", reuse="PageKsm(page)"))
        filled, line = [str(tmp_path)], f"kanalyze: {tmp_path}: a plain directory has no history"
    done = history(*filled, XDG_CACHE_HOME=str(tmp_path / "cache"))
    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr.startswith(line.format(tree=tree)), done.stderr
    assert done.stderr.count("\n") == 1 and "\x1b" not in done.stderr


def test_an_unknown_name_comes_with_near_ones(tree: Path, tmp_path: Path) -> None:
    done = history(str(tree), "wp_falut", "--db", str(tmp_path / "facts.db"))
    assert "did you mean wp_fault" in done.stderr


# -------------------------------------------------------------------------- what is told


@pytest.mark.parametrize("wanted", ["wp_fault", "do_wp_page", "mm/memory.c:wp_fault"])
def test_the_life_of_a_decision(tree: Path, wanted: str) -> None:
    shown = told(tree, wanted)
    assert "page_mapcount(page) != 1" in shown and "PageKsm(page)" in shown
    for commit in git(tree, "log", "--format=%h", "--abbrev=12").split()[-5:]:
        assert commit in shown
    assert "\x1b" not in shown


def test_all_lives_and_one_by_its_id(tree: Path) -> None:
    every = told(tree)
    assert "wp_fault" in every
    lives = json.loads(told(tree, "--format", "json"))["lifelines"]
    for life in lives:
        one = json.loads(told(tree, life["id"], "--format", "json", "--no-meaning"))["lifelines"]
        assert [(other["id"], len(other["steps"])) for other in one] == [
            (life["id"], len(life["steps"]))
        ]


@pytest.mark.parametrize(
    "arguments", [[], ["wp_fault"], ["--links"], ["wp_fault", "--links", "-v"]]
)
@pytest.mark.parametrize("columns", ["80", "60"])
def test_no_line_is_longer_than_the_terminal(
    tree: Path, arguments: Sequence[str], columns: str
) -> None:
    lines = told(tree, *arguments, COLUMNS=columns).splitlines()
    assert lines and max(map(len, lines)) <= int(columns)


def test_links_say_why_and_how_sure(tree: Path) -> None:
    plain, links = told(tree, "wp_fault"), told(tree, "wp_fault", "--links")
    assert len(links) > len(plain) and "function renamed" in links
    lives = json.loads(told(tree, "wp_fault", "--format", "json"))["lifelines"]
    sure = {
        f"{step['event']['confidence']:.2f}"
        for life in lives
        for step in life["steps"]
        if step["event"]["links"]
    }
    assert sure and all(one in links for one in sure)


def test_json_names_its_schema_and_has_every_step(tree: Path) -> None:
    shown = json.loads(told(tree, "do_wp_page", "--format", "json"))
    assert shown["schema"] == "kanalyze.history/1" and shown["wanted"] == "do_wp_page"
    assert shown["revision"]["commit"] == git(tree, "rev-parse", "HEAD")
    first = next(life for life in shown["lifelines"] if "PageKsm" not in life["predicate"])
    kinds = [step["event"]["kind"] for step in first["steps"]]
    assert kinds[:3] == ["introduced", "changed", "moved"]
    assert first["steps"][2]["event"]["from_function"] == "do_wp_page"


def test_a_role_and_a_revision(tree: Path) -> None:
    arms = json.loads(told(tree, "--format", "json", "--role", "section"))
    assert arms["lifelines"] == []
    early = json.loads(told(tree, "--format", "json", "--rev", "HEAD~4"))
    assert {life["function"] for life in early["lifelines"]} == {"do_wp_page"}


def test_a_shallow_clone_says_so(tree: Path, tmp_path: Path) -> None:
    git(tmp_path, "clone", "--quiet", "--depth=2", f"file://{tree}", "shallow")
    shallow = tmp_path / "shallow"
    shown = " ".join(told(shallow, "wp_fault").split())
    boundary = git(shallow, "rev-parse", "HEAD~1")[:12]
    assert f"the history is shallow: nothing is known before {boundary}" in shown


def test_nothing_on_stderr_but_progress_and_quiet_not_even_that(tree: Path) -> None:
    db = str(tree.parent / "quiet.db")
    done = history(str(tree), "--db", db, "--quiet", "wp_fault")
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout == told(tree, "wp_fault")
