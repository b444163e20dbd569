"""``kanalyze explain`` as a user meets it: exit status, messages, formats."""

import json
import os
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import jsonschema
import pytest
from write_faults import COUNTED, MAPPED, MARKED, PINS

import kanalyze.report

TOP = Path(__file__).resolve().parent.parent.parent
SCHEMAS = Path(kanalyze.report.__file__).parent / "schemas"


def plain(place: Path, text: bytes) -> Path:
    """Make a directory of kernel sources with one decision in it."""
    (place / "mm").mkdir(parents=True)
    (place / "mm/memory.c").write_bytes(text)
    return place


@pytest.fixture
def broken(tmp_path: Path) -> Path:
    return plain(tmp_path / "linux", COUNTED)


@pytest.fixture
def kept(tmp_path: Path) -> Path:
    return plain(tmp_path / "linux", MARKED)


@pytest.fixture
def history(tmp_path: Path) -> Path:
    """A repository with three tags: v1 keeps the rules, v2 breaks R1, v3 only moves lines."""
    place = tmp_path / "history"
    plain(place, MARKED)
    git(place, "init", "--quiet", "--initial-branch=master")
    for tag, text in (("v1", MARKED), ("v2", MAPPED), ("v3", b"/* moved */\n\n" + MAPPED)):
        (place / "mm/memory.c").write_bytes(text)
        git(place, "add", ".")
        git(place, "commit", "--quiet", "--message", tag)
        git(place, "tag", tag)
    return place


def git(where: Path, *arguments: str) -> None:
    who = {"NAME": "A U Thor", "EMAIL": "author@localhost"}
    env = {f"GIT_{role}_{key}": who[key] for role in ("AUTHOR", "COMMITTER") for key in who}
    env |= {"PATH": os.environ["PATH"], "HOME": "/nonexistent", "GIT_CONFIG_NOSYSTEM": "1"}
    subprocess.run(["git", *arguments], cwd=where, env=env, check=True, capture_output=True)


Done = subprocess.CompletedProcess[str]


def explain(tree: Path, *arguments: str, environment: Mapping[str, str] | None = None) -> Done:
    db = str(tree.parent / "facts.db")
    command = [sys.executable, "-m", "kanalyze", "explain", str(tree), "--db", db, "--jobs", "1"]
    return subprocess.run(
        [*command, *arguments],
        cwd=TOP,
        env=os.environ | {"PYTHONPATH": str(TOP)} | dict(environment or {}),
        capture_output=True,
        encoding="utf-8",
        check=False,
        timeout=120,
    )


def shown(done: Done, schema: str) -> Any:
    """Return the document that was printed, valid against its schema."""
    document = json.loads(done.stdout)
    described = json.loads((SCHEMAS / f"{schema}.json").read_text(encoding="utf-8"))
    jsonschema.Draft202012Validator(described).validate(document)
    return document


def refused(done: Done) -> str:
    """Return the one line that a refusal is; exit status 2, and nothing but the line."""
    assert (done.returncode, done.stdout) == (2, ""), done.stdout + done.stderr
    assert done.stderr.count("\n") == 1
    assert "Traceback" not in done.stderr
    return done.stderr


# ------------------------------------------------------------------ the exit status


@pytest.mark.parametrize(
    ("text", "status", "rules"),
    [
        (MARKED, 0, {"R1": "holds", "R3": "holds"}),
        (COUNTED, 1, {"R1": "holds", "R3": "broken"}),
        (MAPPED, 1, {"R1": "broken", "R3": "holds"}),
    ],
    ids=["kept", "pins-copied", "leak"],
)
def test_the_exit_status_tells_whether_a_rule_is_broken(
    tmp_path: Path, text: bytes, status: int, rules: dict[str, str]
) -> None:
    tree = plain(tmp_path / "linux", text)
    for more in ((), ("do_wp_page",)):
        assert explain(tree, *more).returncode == status
    done = explain(tree, "--format", "json")
    assert done.returncode == status
    verdicts = {
        rule["rule"]: rule["verdict"]
        for one in shown(done, "explain-1")["explanations"]
        if one["size"] == "small" and one["trigger"] == "write-fault"
        for rule in one["rules"]
    }
    assert {rule: verdicts[rule] for rule in rules} == rules


def test_a_spurious_copy_alone_is_no_failure(kept: Path) -> None:
    done = explain(kept, "--format", "json")
    rules = [rule for one in shown(done, "explain-1")["explanations"] for rule in one["rules"]]
    assert "cost" in {rule["verdict"] for rule in rules}
    assert done.returncode == 0


ARM = b"""
static void freeze_page(struct vm_area_struct *vma, unsigned long addr, pte_t *ptep)
{
	struct page *page = vm_normal_page(vma, addr, *ptep);

	if (!page || page_maybe_dma_pinned(page))
		return;
	ptep_set_wrprotect(vma->vm_mm, addr, ptep);
	ClearPageAnonExclusive(page);
}
"""


@pytest.mark.parametrize(
    ("arm", "verdict", "status"),
    [
        (ARM, "checked", 0),
        (ARM.replace(b" || page_maybe_dma_pinned(page)", b""), "finding", 1),
    ],
    ids=["checked", "finding"],
)
def test_a_finding_alone_is_a_failure(
    tmp_path: Path, arm: bytes, verdict: str, status: int
) -> None:
    tree = plain(tmp_path / "linux", MARKED + arm)
    # So that a pin is told from a plain reference.
    (tree / "include/linux").mkdir(parents=True)
    (tree / "include/linux/mm.h").write_bytes(PINS)
    done = explain(tree, "--format", "json")
    document = shown(done, "explain-1")
    assert {one["verdict"] for one in document["arms"]} == {verdict}
    assert "broken" not in {
        rule["verdict"] for one in document["explanations"] for rule in one["rules"]
    }
    assert done.returncode == status


# --------------------------------------------------------------------------- the ID


def test_an_unknown_id_names_what_is_near(broken: Path) -> None:
    line = refused(explain(broken, "do_wp_pag"))
    assert line.startswith("kanalyze: do_wp_pag: no such function or site")
    assert "did you mean do_wp_page?" in line


def test_an_unknown_id_that_nothing_is_near(broken: Path) -> None:
    line = refused(explain(broken, "\x1b[2Jnothing"))
    assert "\x1b" not in line
    assert "kanalyze scan lists what there is" in line


def test_an_id_that_scan_prints(broken: Path) -> None:
    every = shown(explain(broken, "--format", "json"), "explain-1")
    (site,) = every["explanations"][0]["site_ids"]
    one = shown(explain(broken, site, "--format", "json"), "explain-1")
    assert [each["function"] for each in one["explanations"]] == ["do_wp_page"]
    assert one["explanations"] == every["explanations"]
    assert (one["concepts"], bool(every["concepts"])) == ([], True)


# ------------------------------------------------------------------------ bad usage


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        (["--rev", "v1", "--over", "v2"], "--rev, --compare and --over exclude each other"),
        (["--compare", "a", "b", "--rev", "c"], "--rev, --compare and --over exclude each other"),
        (["--compare", "a", "b", "--over", "c"], "--rev, --compare and --over exclude each other"),
        (["do_wp_page", "--over", "v1"], "--over is about all decisions: it takes no ID"),
        (["--format", "svg"], "--format svg draws releases: name them with --over"),
        (["--compare", "a", "b", "--format", "svg"], "--format svg draws releases"),
        (["--format", "csv"], "Invalid value for '--format'"),
        (["--compare", "a"], "Option '--compare' requires 2 arguments"),
        (["--jobs", "-1"], "Invalid value for '--jobs'"),
        (["f", "g"], "Got unexpected extra argument (g)"),
    ],
)
def test_options_that_contradict_each_other(broken: Path, arguments: list[str], told: str) -> None:
    line = refused(explain(broken, *arguments))
    assert line.startswith("kanalyze")
    assert told in line
    # Refused before anything is read.
    assert not (broken.parent / "facts.db").exists()


def test_a_plain_directory_has_no_revisions(broken: Path) -> None:
    for arguments in (["--rev", "v1"], ["--over", "v1"], ["--compare", "v1", "v2"]):
        assert "a plain directory has no revisions" in refused(explain(broken, *arguments))


def test_a_tree_that_is_not_there(tmp_path: Path) -> None:
    assert str(tmp_path / "none") in refused(explain(tmp_path / "none"))


def test_a_tree_without_any_configured_file(tmp_path: Path) -> None:
    place = tmp_path / "something"
    place.mkdir()
    (place / "README").write_text("no kernel\n")
    line = refused(explain(place))
    assert line.startswith(f"kanalyze: {place}: none of the configured files is there")
    assert "not a kernel tree?" in line


def test_a_tree_without_a_decision(tmp_path: Path) -> None:
    done = explain(plain(tmp_path / "linux", b"int nothing_here;\n"))
    assert (done.returncode, done.stderr) == (0, "")
    assert "no decision between reuse and copy was found" in " ".join(done.stdout.split())


def test_an_unknown_revision(history: Path) -> None:
    assert "v9" in refused(explain(history, "--rev", "v9"))
    assert "v9" in refused(explain(history, "--compare", "v1", "v9"))


# -------------------------------------------------------------------------- formats


def test_a_plain_directory(broken: Path) -> None:
    done = explain(broken)
    assert done.stderr == ""
    assert "do_wp_page, mm/memory.c:1" in done.stdout
    assert "reuse  if page_count(page) == 1" in done.stdout
    assert "\x1b" not in done.stdout


def test_a_repository_is_read_at_a_revision(history: Path) -> None:
    first = explain(history, "--rev", "v1", "--format", "json")
    last = explain(history, "--format", "json")
    assert (first.returncode, last.returncode) == (0, 1)
    assert shown(first, "explain-1")["describe"].startswith("v1")
    assert shown(last, "explain-1")["describe"].startswith("v3")


@pytest.mark.parametrize("columns", [40, 80])
@pytest.mark.parametrize(
    "arguments",
    [
        [],
        ["--verbose"],
        ["do_wp_page"],
        ["--compare", "v1", "v2"],
        ["--compare", "v1", "v2", "--verbose"],
        ["--compare", "v2", "v3"],
        ["--over", "v1", "--over", "v2", "--over", "v3"],
    ],
    ids=" ".join,
)
def test_no_line_is_longer_than_the_terminal(
    history: Path, arguments: list[str], columns: int
) -> None:
    done = explain(history, *arguments, environment={"COLUMNS": str(columns)})
    assert done.stderr == ""
    lines = done.stdout.splitlines()
    assert lines
    assert [line for line in lines if len(line) > columns] == []


# ---------------------------------------------------------------------- comparisons


def test_a_comparison_that_breaks_a_rule(history: Path) -> None:
    done = explain(history, "--compare", "v1", "v2", "--format", "json")
    assert done.returncode == 1
    differences = shown(done, "explain-compare-1")["differences"]
    groups = [group for one in differences for group in one["groups"]]
    assert {rule for group in groups for rule in group["breaks"]} == {"R1"}
    assert explain(history, "--compare", "v1", "v2").returncode == 1


def test_a_comparison_that_mends_a_rule(history: Path) -> None:
    done = explain(history, "--compare", "v2", "v1", "--format", "json")
    assert done.returncode == 0, done.stdout
    groups = [
        group for one in shown(done, "explain-compare-1")["differences"] for group in one["groups"]
    ]
    assert {rule for group in groups for rule in group["mends"]} == {"R1"}


def test_a_comparison_without_a_difference(history: Path) -> None:
    done = explain(history, "--compare", "v2", "v3", "--format", "json")
    assert done.returncode == 0
    assert all(one["states"] == 0 for one in shown(done, "explain-compare-1")["differences"])
    text = explain(history, "--compare", "v2", "v3")
    assert (text.returncode, text.stderr) == (0, "")
    assert "No difference." in text.stdout
    assert "v2" in text.stdout
    assert "v3" in text.stdout


def test_a_comparison_of_one_decision(history: Path) -> None:
    done = explain(history, "do_wp_page", "--compare", "v1", "v2", "--format", "json")
    assert done.returncode == 1
    assert shown(done, "explain-compare-1")["differences"]
    line = refused(explain(history, "do_wp_pag", "--compare", "v1", "v2"))
    assert "do_wp_page" in line


# -------------------------------------------------------------------------- several


def test_a_picture_of_several_releases(history: Path) -> None:
    arguments = ["--over", "v1", "--over", "v2"]
    done = explain(history, *arguments, "--format", "svg")
    assert (done.returncode, done.stderr) == (0, "")
    assert ElementTree.fromstring(done.stdout).tag == "{http://www.w3.org/2000/svg}svg"
    assert "v1" in done.stdout
    assert "v2" in done.stdout


def test_several_releases_as_text_and_json(history: Path) -> None:
    arguments = ["--over", "v2", "--over", "v1"]
    lanes = shown(explain(history, *arguments, "--format", "json"), "explain-over-1")
    assert lanes["releases"] == ["v2", "v1"]
    assert {(one["release"], tuple(one["broken"])) for one in lanes["points"]} == {
        ("v2", ("R1",)),
        ("v1", ()),
    }
    text = explain(history, *arguments)
    # A broken rule is what the picture shows, not a failure of drawing it.
    assert (text.returncode, text.stderr) == (0, "")
    assert "R1!" in text.stdout
