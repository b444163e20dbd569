"""``kanalyze generate`` as a user meets it: exit status, messages, formats, files."""

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import jsonschema
import pytest
from write_faults import COUNTED, MAPPED

import kanalyze.report

TOP = Path(__file__).resolve().parent.parent.parent
SCHEMAS = Path(kanalyze.report.__file__).parent / "schemas"
AUTHOR = ("--author", "A U Thor <author@localhost>")

MAKEFILE = b"""\
TEST_GEN_FILES = compaction_test
TEST_PROGS := run_vmtests.sh

include ../lib.mk
"""
RUNNER = b"""\
#!/bin/sh
exit 0
"""
FILES = {
    "mm/memory.c": COUNTED,
    "tools/testing/selftests/kselftest.h": b"#define ksft_print_msg(...)\n",
    "tools/testing/selftests/lib.mk": b"LOCAL_HDRS += x.h\n",
    "tools/testing/selftests/mm/Makefile": MAKEFILE,
    "tools/testing/selftests/mm/.gitignore": b"compaction_test\n",
    "tools/testing/selftests/mm/run_vmtests.sh": RUNNER,
    "tools/testing/selftests/mm/compaction_test.c": b'#include "../kselftest.h"\n',
}


def write_files(place: Path, **changed: bytes) -> Path:
    for name, text in (FILES | changed).items():
        path = place / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(text)
    return place


def git(place: Path, *arguments: str) -> str:
    environment = {
        "PATH": os.environ["PATH"], "HOME": "/nonexistent", "GIT_CONFIG_NOSYSTEM": "1",
        "GIT_AUTHOR_NAME": "A U Thor", "GIT_AUTHOR_EMAIL": "author@localhost",
        "GIT_COMMITTER_NAME": "A U Thor", "GIT_COMMITTER_EMAIL": "author@localhost",
        "GIT_COMMITTER_DATE": "1600000000 +0200", "GIT_AUTHOR_DATE": "1600000000 +0200",
    }  # fmt: skip
    done = subprocess.run(
        ["git", *arguments], cwd=place, env=environment, capture_output=True, text=True, check=True
    )
    return done.stdout.strip()


@pytest.fixture
def plain(tmp_path: Path) -> Path:
    return write_files(tmp_path / "linux")


@pytest.fixture
def history(tmp_path: Path) -> Path:
    """A repository with three tags: v1 begins, v2 changes the decision, v3 something else."""
    place = write_files(tmp_path / "history")
    git(place, "init", "--quiet", "--initial-branch=master")
    for tag, subject, text in (
        ("v1", "mm: begin", COUNTED),
        ("v2", "mm: ask for the map count", MAPPED),
        ("v3", "mm: say more", MAPPED + b"/* m */\n"),
    ):
        (place / "mm/memory.c").write_bytes(text)
        git(place, "add", ".")
        git(place, "commit", "--quiet", "-m", subject)
        git(place, "tag", tag)
    return place


@pytest.fixture
def db(tmp_path: Path) -> Path:
    return tmp_path / "facts"


def run(*arguments: str | Path, cwd: Path = TOP) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "kanalyze", "generate", *map(str, arguments)]
    environment = {
        **{key: value for key, value in os.environ.items() if not key.startswith("GIT_")},
        "HOME": "/nonexistent",
        "PYTHONPATH": str(TOP),
        "COLUMNS": "80",
    }
    return subprocess.run(command, capture_output=True, text=True, env=environment, cwd=cwd)


def done(*arguments: str | Path) -> str:
    ended = run(*arguments)
    assert ended.returncode == 0 and not ended.stderr, ended.stderr
    return ended.stdout


def document(*arguments: str | Path) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(done(*arguments, "--format", "json"))
    schema = json.loads((SCHEMAS / "generate-1.json").read_text())
    jsonschema.validate(found, schema)
    return found


# -------------------------------------------------------------------------- the plan


def test_the_plan_tells_decision_state_and_case(plain: Path, db: Path) -> None:
    text = done(plain, "--list", "--db", db)
    assert "do_wp_page, mm/memory.c" in text
    assert "write fault, small page:" in text
    assert "    - mapped by me and another process\n" in text
    assert "      R1 anon " in text
    assert all(len(line) <= 80 for line in text.splitlines())
    assert " for 1 of 1 decisions" in " ".join(text.split())


def test_a_plan_in_full_names_every_case(plain: Path, db: Path) -> None:
    text = done(plain, "--list", "--db", db, "--verbose")
    found = document(plain, "--list", "--db", db)
    assert all(f"        {case['name']}" in text for case in found["cases"] if not case["xfail"])


def test_a_plan_for_programs(plain: Path, db: Path) -> None:
    found = document(plain, "--list", "--db", db)
    assert found["schema"] == "kanalyze.generate/1"
    assert found["covered"] == 1 and found["written"] == [] and found["directory"] == ""
    case = next(case for case in found["cases"] if case["covers"])
    assert case["covers"][0]["function"] == "do_wp_page"
    assert case["page"]["anonymous"] in (True, False)


def test_a_plan_writes_nothing(plain: Path, db: Path) -> None:
    before = sorted(plain.rglob("*"))
    done(plain, "--list", "--db", db)
    assert sorted(plain.rglob("*")) == before


def test_a_range_names_the_commit_that_changed_a_decision(history: Path, db: Path) -> None:
    commit = git(history, "rev-parse", "--short=12", "v2")
    found = document(history, "--list", "--range", "v1..v2", "--db", db)
    said = {one["commit"] for case in found["cases"] for one in case["covers"]}
    assert said == {f'{commit} ("mm: ask for the map count")'}
    assert found["range"] == "v1..v2"


def test_without_a_range_the_history_tells_who_changed_it_last(history: Path, db: Path) -> None:
    commit = git(history, "rev-parse", "--short=12", "v2")
    found = document(history, "--list", "--db", db)
    assert {one["commit"] for case in found["cases"] for one in case["covers"]} == {
        f'{commit} ("mm: ask for the map count")'
    }


def test_one_decision_of_several(plain: Path, db: Path) -> None:
    more = COUNTED.replace(b"do_wp_page", b"do_other_page")
    (plain / "mm/memory.c").write_bytes(COUNTED + more)
    text = done(plain, "--list", "--decision", "do_other_page", "--db", db)
    assert "do_other_page" in text and "do_wp_page" not in text


# ---------------------------------------------------------------------------- files


def test_files_are_written_and_named(plain: Path, db: Path, tmp_path: Path) -> None:
    out = tmp_path / "out"
    text = done(plain, "-o", out, *AUTHOR, "--db", db)
    assert "files written." in " ".join(text.split())
    names = {path.name for path in out.iterdir()}
    assert {"cases.json", "Makefile", "cow_rules_reuse.c", "patches", "kanalyze.sha256"} <= names


def test_the_same_tree_gives_the_same_bytes(plain: Path, db: Path, tmp_path: Path) -> None:
    contents = []
    for name in ("one", "two"):
        done(plain, "-o", tmp_path / name, *AUTHOR, "--db", db)
        files = sorted((tmp_path / name).rglob("*"))
        contents.append([(path.name, path.read_bytes()) for path in files if path.is_file()])
    assert contents[0] == contents[1]
    again = done(plain, "-o", tmp_path / "one", *AUTHOR, "--db", db)
    assert "files as they were." in " ".join(again.split())


def test_the_patches_bear_the_date_of_the_revision(history: Path, db: Path, tmp_path: Path) -> None:
    done(history, "-o", tmp_path / "out", *AUTHOR, "--db", db)
    mail = (tmp_path / "out/series.mbox").read_text()
    assert "Date: Sun, 13 Sep 2020 14:26:40 +0200" in mail
    assert "From: A U Thor <author@localhost>" in mail


def test_edited_files_are_left_alone(plain: Path, db: Path, tmp_path: Path) -> None:
    out = tmp_path / "out"
    done(plain, "-o", out, *AUTHOR, "--db", db)
    (out / "cow_rules_reuse.c").write_text("mine")
    ended = run(plain, "-o", out, *AUTHOR, "--db", db)
    assert ended.returncode == 2
    assert "edited since they were generated" in ended.stderr
    assert "cow_rules_reuse.c" in ended.stderr and ended.stderr.count("\n") == 1
    assert (out / "cow_rules_reuse.c").read_text() == "mine"
    done(plain, "-o", out, *AUTHOR, "--db", db, "--force")
    assert (out / "cow_rules_reuse.c").read_text() != "mine"


# --------------------------------------------------------------------------- errors


def refused(*arguments: str | Path) -> str:
    """Return the one line that a command is refused with."""
    ended = run(*arguments)
    assert ended.returncode == 2 and not ended.stdout
    assert ended.stderr.count("\n") == 1 and "Traceback" not in ended.stderr
    return ended.stderr


def test_no_such_range(history: Path, db: Path) -> None:
    assert "unknown revision" in refused(history, "--list", "--range", "v1..v9", "--db", db)
    assert "not a range" in refused(history, "--list", "--range", "v1", "--db", db)


def test_a_range_without_decisions(history: Path, db: Path) -> None:
    said = refused(history, "--list", "--range", "v2..v3", "--db", db)
    assert "v2..v3: no decision, arming site or section was introduced or changed there" in said


def test_a_directory_has_no_range(plain: Path, db: Path) -> None:
    assert "no history" in refused(plain, "--list", "--range", "v1..v2", "--db", db)


def test_no_such_decision(plain: Path, db: Path) -> None:
    said = refused(plain, "--list", "--decision", "do_wp_pge", "--db", db)
    assert "do_wp_pge: no such function or site" in said and "do_wp_page" in said


def test_a_tree_without_selftests(plain: Path, db: Path, tmp_path: Path) -> None:
    (plain / "tools/testing/selftests/mm/Makefile").unlink()
    said = refused(plain, "-o", tmp_path / "out", *AUTHOR, "--db", db)
    assert "has no memory selftests" in said
    assert not (tmp_path / "out").exists()


def test_a_directory_that_cannot_be_written(plain: Path, db: Path, tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    said = refused(plain, "-o", tmp_path / "file/out", *AUTHOR, "--db", db)
    assert "cannot be written" in said


def test_no_kernel_tree(tmp_path: Path, db: Path) -> None:
    assert "not a kernel tree?" in refused(tmp_path, "--list", "--db", db)


@pytest.mark.parametrize("author", ["nobody", "<a@b>", "A <b> c", "A U Thor author@localhost"])
def test_an_author_needs_a_name_and_an_address(
    plain: Path, db: Path, tmp_path: Path, author: str
) -> None:
    said = refused(plain, "-o", tmp_path / "out", "--author", author, "--db", db)
    assert "not of the form 'NAME <MAIL>'" in said


def test_without_an_author_nobody_signs_off(plain: Path, db: Path, tmp_path: Path) -> None:
    assert "nobody is known" in refused(plain, "-o", tmp_path / "out", "--db", db)


@pytest.mark.parametrize(
    "arguments",
    [(), ("--list", "-o", "out"), ("--list", "--range", "v1..v2", "--rev", "v2")],
)
def test_options_that_contradict_each_other(plain: Path, arguments: tuple[str, ...]) -> None:
    assert "see kanalyze generate --help" in refused(plain, *arguments)
