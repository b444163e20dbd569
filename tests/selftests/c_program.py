"""Programs of pieces, built and run: what their result lines say."""

import os
import re
import shutil
import subprocess
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import pytest
from assemble import PIECES, Case, write_program

#: Pieces that do what a broken kernel would do, or what a broken piece would.
FAULTY = Path(__file__).with_name("faulty")
FLAGS = ("-std=gnu11", "-O1", "-Wall", "-Wextra", "-Werror")

needs_root = pytest.mark.skipif(os.geteuid() != 0, reason="pages cannot be seen without root")
needs_compiler = pytest.mark.skipif(not shutil.which("gcc"), reason="gcc is missing")


@dataclass(frozen=True)
class Result:
    """One result line, without its number, and the diagnostics before it."""

    verdict: str
    name: str
    said: str


def build(source: Path, program: Path, compiler: Sequence[str] = ("gcc",)) -> Path:
    done = subprocess.run(
        [*compiler, *FLAGS, "-o", program, source], capture_output=True, text=True
    )
    assert not done.returncode, done.stderr
    return program


def run(program: Path, *words: str) -> tuple[int, list[Result], str]:
    done = subprocess.run(
        [program, *words], cwd=program.parent, capture_output=True, text=True, timeout=100
    )
    return done.returncode, list(results(done.stdout)), done.stdout


def results(text: str) -> list[Result]:
    found, said = [], ""
    for line in text.splitlines():
        if match := re.fullmatch(r"(ok|not ok) \d+ (?:# (\w+) )?(.*)", line):
            found.append(Result(" ".join(filter(None, match.groups()[:2])), match[3], said))
            said = ""
        elif line.startswith("# "):
            said += line[2:] + "\n"
    return found


def with_faulty(place: Path) -> Path:
    """Return a new directory with the sound pieces and the faulty ones."""
    shutil.copytree(PIECES, place)
    return Path(shutil.copytree(FAULTY, place, dirs_exist_ok=True))


def built(place: Path, name: str, cases: Sequence[Case]) -> Path:
    """Return a program of these cases, for which there are the faulty pieces, too."""
    source = write_program(place / "out", name, cases, source=with_faulty(place / "all"))
    return build(source, place / "out" / name)


def one(program: Path, name: str) -> Result:
    """Run one case; the test is skipped where it says that something is missing."""
    _, found, text = run(program, name)
    assert len(found) == 1, text
    if "missing: " in found[0].said:
        pytest.skip(found[0].said)
    return found[0]
