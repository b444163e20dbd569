"""``kanalyze history --against`` as a user meets it: exit status, messages, formats."""

import json
import os
import subprocess
import sys
from pathlib import Path

import jsonschema
import pytest

import kanalyze.report

TOP = Path(__file__).resolve().parent.parent.parent
SCHEMAS = Path(kanalyze.report.__file__).parent / "schemas"

MAPS = b"""\
static vm_fault_t do_wp_page(struct vm_fault *vmf)
{
	struct page *page = vmf->page;

	if (page_mapcount(page) != 1)
		goto copy;
	wp_page_reuse(vmf);
	return 0;
copy:
	return wp_page_copy(vmf);
}
"""
REFS = MAPS.replace(b"page_mapcount", b"page_count")
Done = subprocess.CompletedProcess[str]


@pytest.fixture
def tree(tmp_path: Path) -> Path:
    """A repository: stable picked the first of two fixes that master has."""
    place = tmp_path / "linux"
    (place / "mm").mkdir(parents=True)
    git(place, "init", "--quiet", "--initial-branch=master")
    first = commit(place, MAPS, "mm: begin")
    git(place, "tag", "v1")
    fixed = commit(place, REFS, f'mm: fix\n\nFixes: {first[:12]} ("mm: begin")')
    again = REFS.replace(
        b"	if (page_count", b"	if (PageKsm(page))\n\t\tgoto copy;\n	if (page_count"
    )
    commit(place, again, f'mm: fix the fix\n\nFixes: {fixed[:12]} ("mm: fix")')
    git(place, "checkout", "--quiet", "-b", "stable", "v1")
    commit(place, REFS, f"mm: fix\n\ncommit {fixed} upstream.")
    return place


def commit(place: Path, text: bytes, message: str) -> str:
    (place / "mm/memory.c").write_bytes(text)
    git(place, "add", ".")
    git(place, "commit", "--quiet", "--message", message)
    return git(place, "rev-parse", "HEAD")


def git(where: Path, *arguments: str) -> str:
    who = {"NAME": "A U Thor", "EMAIL": "author@localhost", "DATE": "2026-01-01T00:00:00Z"}
    names = {f"GIT_{role}_{key}": text for key, text in who.items()
             for role in ("AUTHOR", "COMMITTER")}  # fmt: skip
    environment = os.environ | names | {"GIT_CONFIG_GLOBAL": "/dev/null"}
    done = subprocess.run(
        ["git", *arguments], cwd=where, env=environment, check=True, capture_output=True, text=True
    )
    return done.stdout.strip()


def history(tree: Path, *arguments: str) -> Done:
    db = str(tree.parent / "facts.db")
    return subprocess.run(
        [sys.executable, "-m", "kanalyze", "history", "--db", db, "--jobs", "1", *arguments],
        cwd=tree.parent,
        env=os.environ | {"PYTHONPATH": str(TOP), "COLUMNS": "80"},
        capture_output=True,
        encoding="utf-8",
        check=False,
        timeout=120,
    )


def test_a_missing_fix_stands_on_top(tree: Path) -> None:
    done = history(
        tree, "linux", "--rev", "stable", "--against", "linux", "--against-rev", "master"
    )
    assert (done.returncode, done.stderr) == (0, "")
    lines = done.stdout.splitlines()
    assert lines[0].startswith("here: linux at ") and lines[1].startswith("there: linux at ")
    assert lines[3] == "Missing here: 1 fix of what is here"
    assert '("mm: fix the fix")' in lines[5]
    assert max(map(len, lines)) <= 80
    assert "1 in both under two ids (1 by upstream commit)." in " ".join(lines)


def test_a_revision_alone_is_of_the_same_tree(tree: Path) -> None:
    one = history(tree, "linux", "--rev", "v1", "--against-rev", "stable")
    two = history(tree, "linux", "--rev", "v1", "--against", "linux")
    assert one.returncode == two.returncode == 0
    assert one.stdout == two.stdout
    assert "- page_mapcount(page) != 1" in one.stdout
    assert "+ page_count(page) != 1" in one.stdout


def test_a_tree_and_itself(tree: Path) -> None:
    done = history(tree, "linux", "--against", "linux")
    assert done.returncode == 0
    assert done.stdout.splitlines()[-1].startswith("No difference: ")


def test_the_json_is_a_document_of_its_schema(tree: Path) -> None:
    done = history(tree, "linux", "--against-rev", "master", "--format", "json")
    assert done.returncode == 0
    shown = json.loads(done.stdout)
    schema = json.loads((SCHEMAS / "history-against-1.json").read_text(encoding="utf-8"))
    jsonschema.Draft202012Validator(schema).validate(shown)
    assert [one["subject"] for one in shown["commits"] if one["fixes"]] == ["mm: fix the fix"]


def test_what_a_difference_means_is_told_of_one_function(tree: Path) -> None:
    arguments = ("linux", "do_wp_page", "--rev", "v1", "--against-rev", "stable")
    meant = history(tree, *arguments)
    assert "page states differ" in " ".join(meant.stdout.split())
    assert "page states differ" not in history(tree, *arguments, "--no-meaning").stdout
    assert "page states differ" not in history(tree, *arguments[:1], *arguments[2:]).stdout


def test_directories_can_be_either_side(tree: Path) -> None:
    plain = tree.parent / "plain"
    (plain / "mm").mkdir(parents=True)
    (plain / "mm/memory.c").write_bytes(MAPS)
    for arguments in (("plain", "--against", "linux"), ("linux", "--against", "plain")):
        done = history(tree, *arguments)
        assert done.returncode == 0
        assert "note: commits are not compared: no history in a plain" in done.stdout
    meant = history(tree, "plain", "--against", "linux", "--meaning")
    assert "page states differ" in " ".join(meant.stdout.split())


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        (["linux", "--against", "nowhere"], "kanalyze: nowhere: cannot be opened: No such file"),
        (["linux", "--against", ""], "kanalyze: "),
        (["linux", "--against-rev", "v9"], "kanalyze: linux: v9: unknown revision"),
        (["linux", "nothing", "--against-rev", "v1"], "kanalyze: nothing: no such function, site"),
        (["linux", "--against", "empty"], "kanalyze: empty: none of the configured files is there"),
        (["empty", "--against", "linux"], "kanalyze: empty: none of the configured files is there"),
        (["linux", "--against", "linux", "--file", "mm/x.c"], "kanalyze: mm/x.c: no such file in"),
        (["linux", "--against", "linux", "--format", "svg"],
         "kanalyze history: --format svg draws lives: --against has text and json"),
    ],
)  # fmt: skip
def test_bad_input_is_one_line_and_exit_status_2(
    tree: Path, arguments: list[str], told: str
) -> None:
    (tree.parent / "empty").mkdir()
    done = history(tree, *arguments)
    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr.startswith(told), done.stderr
    assert done.stderr.count("\n") == 1
