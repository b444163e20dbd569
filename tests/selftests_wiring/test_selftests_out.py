"""The tests that come with the repository are what the generator makes of their release."""

import hashlib
import json
import os
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from kanalyze.selftests import MANIFEST
from kanalyze.selftests.cases_json import read_cases
from kanalyze.selftests.plan import installed_pieces
from kanalyze.selftests.render import render
from kanalyze.selftests.standalone import standalone

OUT = Path(__file__).parents[2] / "selftests_out"
HINT = "`make selftests` makes it anew"


def _files(directory: Path) -> dict[str, bytes]:
    """Return what was generated in a directory: nothing that was built there."""
    listed = (directory / MANIFEST).read_text().splitlines()[1:]
    names = [line.partition("  ")[2] for line in listed]
    return {name: (directory / name).read_bytes() for name in (*names, MANIFEST)}


def test_it_is_as_it_was_generated() -> None:
    for line in (OUT / MANIFEST).read_text().splitlines()[1:]:
        digest, _, name = line.partition("  ")
        found = hashlib.sha256((OUT / name).read_bytes()).hexdigest()
        assert found == digest, f"selftests_out/{name} was edited: {HINT}"


def test_its_cases_give_its_programs_again() -> None:
    suite = render(read_cases(OUT), installed_pieces(), None)
    for file in standalone(suite):
        there = (OUT / file.path).read_bytes()
        assert there == file.content, f"selftests_out/{file.path} is old: {HINT}"
    programs = {f"{program.name}.c" for program in suite.programs}
    assert {path.name for path in OUT.glob("*.c")} == programs


def test_its_release_gives_all_of_it_again(releases_repo: Path, tmp_path: Path) -> None:
    cases = json.loads((OUT / "cases.json").read_bytes())
    known = subprocess.run(
        ["git", f"--git-dir={releases_repo}", "cat-file", "-e", cases["commit"]],
        capture_output=True,
        check=False,
    )
    if known.returncode:
        pytest.skip(f"{releases_repo} has another {cases['describe']}, or none: {HINT}")
    first = next(iter(sorted((OUT / "patches").iterdir()))).read_text()
    author = next(line for line in first.splitlines() if line.startswith("From: "))
    command = [sys.executable, "-m", "kanalyze", "generate", str(releases_repo), "--quiet"]
    command += ["--rev", cases["commit"], "--author", author.removeprefix("From: ")]
    command += ["--db", str(tmp_path / "facts.sqlite"), "-o", str(tmp_path / "out")]
    done = subprocess.run(command, env=os.environ, capture_output=True, text=True, check=False)
    assert not done.returncode, done.stderr
    made, there = _files(tmp_path / "out"), _files(OUT)
    different = sorted(
        name for name in {*made, *there} if made.get(name) != there.get(name) and name != MANIFEST
    )
    assert not different, f"{', '.join(different)} in selftests_out: {HINT}"
    assert made == there


# ------------------------------------------------------------------------- running


needs_root = pytest.mark.skipif(os.geteuid() != 0, reason="pages cannot be seen without root")


@pytest.fixture(scope="module")
def programs(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Give a directory with the programs, built there."""
    for tool in ("gcc", "make"):
        if not shutil.which(tool):
            pytest.skip(f"{tool} is missing")
    place = tmp_path_factory.mktemp("selftests") / "out"
    shutil.copytree(OUT, place)
    subprocess.run(
        ["make", "-s", "-j2", "CFLAGS=-O1 -Werror", "LDFLAGS=-static"], cwd=place, check=True
    )
    return place


def _verdicts(text: str) -> Iterator[tuple[str, str, str]]:
    """Yield verdict and name of each result, and what was said of it."""
    said = ""
    for line in text.splitlines():
        if match := re.fullmatch(r"(ok|not ok) \d+ (# \w+ )?(.*)", line):
            yield f"{match[1]} {match[2] or ''}".strip(), match[3], said
            said = ""
        elif line.startswith("# "):
            said += line


def _run(programs: Path, *words: str) -> int:
    """Run what has these words in its name; return how many results there were."""
    count = 0
    for program in sorted(programs.glob("*.c")):
        done = subprocess.run(
            [program.with_suffix(""), *words], cwd=programs, capture_output=True, text=True
        )
        assert done.returncode in (0, 4), done.stdout
        for verdict, name, said in _verdicts(done.stdout):
            count += 1
            assert verdict in ("ok", "ok # SKIP", "ok # XFAIL"), f"{program.stem} {name}: {said}"
            if verdict == "ok # SKIP":
                assert re.search(r": (missing|not reached): \S", said), f"{name}: {said}"
            if verdict == "ok # XFAIL":
                assert ": expected to fail: " in said, f"{name}: {said}"
    return count


def test_programs_name_the_cases_of_the_file(programs: Path) -> None:
    for program in programs.glob("*.c"):
        done = subprocess.run(
            [program.with_suffix(""), "--list"], capture_output=True, text=True, check=True
        )
        names = [re.sub(r"^(\S+?)-\d+kB ", r"\1 ", name) for name in done.stdout.splitlines()]
        wanted = [case.name for case in read_cases(OUT) if case.program == program.stem]
        assert list(dict.fromkeys(names)) == wanted


@needs_root
def test_small_pages_break_no_rule_on_this_machine(programs: Path) -> None:
    assert _run(programs, "anon ") > 20


@needs_root
@pytest.mark.slow
def test_nothing_breaks_a_rule_on_this_machine(programs: Path) -> None:
    assert _run(programs) > 500
