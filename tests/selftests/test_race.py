"""The races: what counts as a hit, what is no race at all, and that a lost pin is seen.

The pieces in faulty/race/ are pins as a broken kernel has them, and pins that
wait for whoever changes the mappings.
"""

import os
import re
import shutil
from pathlib import Path

import pytest
from assemble import PIECES, Case, write_program
from c_program import FLAGS, build, built, needs_compiler, needs_root, one

from kanalyze.selftests.pieces import read_pieces

needs_cpus = pytest.mark.skipif((os.cpu_count() or 1) < 2, reason="a race needs two CPUs")


def race(memory: str, name: str) -> Case:
    return Case(memory, "", "", "", "", "r3", race=name)


@pytest.fixture(scope="module")
def program(tmp_path_factory: pytest.TempPathFactory) -> Path:
    cases = [race("anon_many", name) for name in ("fork_uring", "forgets", "locked")]
    return built(tmp_path_factory.mktemp("races"), "races", cases)


@needs_compiler
def test_each_race_builds_on_its_own(tmp_path: Path) -> None:
    for piece in read_pieces(PIECES).of("race"):
        for memory in piece.memory:
            place = tmp_path / f"{piece.name}-{memory}"
            source = write_program(place, "one", [race(memory, piece.name)])
            for compiler in filter(shutil.which, ("gcc", "clang", "aarch64-linux-gnu-gcc")):
                build(source, place / "program", (compiler, *FLAGS))


@needs_root
@needs_compiler
@needs_cpus
def test_pins_survive_forks_and_hits_are_counted(program: Path) -> None:
    result = one(program, "fork-uring")
    counts = re.search(r"windows hit: pins were under way in (\d+) of (\d+) forks", result.said)
    if not counts:  # this kernel takes the lock for such pins
        assert result.verdict == "ok SKIP" and "they do not take GUP-fast" in result.said
        return
    hits, forks = map(int, counts.groups())
    assert result.verdict == ("ok" if hits else "ok SKIP")
    assert hits <= forks > 0


@needs_root
@needs_compiler
@needs_cpus
def test_a_pin_that_fork_took_away_fails(program: Path) -> None:
    result = one(program, "forgets")
    assert result.verdict == "not ok"
    assert re.search(r"page \d+ of \d+ in the fork: the pinned page does not get", result.said)
    assert "windows hit: " in result.said


@needs_root
@needs_compiler
@needs_cpus
def test_pins_that_wait_for_the_lock_are_no_race(program: Path) -> None:
    result = one(program, "locked")
    assert result.verdict == "ok SKIP"
    assert "not reached: such pins wait for fork to end" in result.said
