"""The program that changes one decision while a test runs: building it, asking it, reading it."""

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from kanalyze.lab.arch import Arch
from kanalyze.lab.ktap import Result, leaves, parse
from kanalyze.lab.programs import run
from kanalyze.resources import templates_dir

_FLAGS = ("-std=gnu11", "-O2", "-static", "-Wall", "-Wextra")
_COUNTS = re.compile(r"@counts (\d+)((?: \d+:\d+:\d+)*)\s*")
_ERROR = re.compile(r"@error (/(?:sys|proc)/.*)")
_TOOK = re.compile(r"@took (\d+)\s*")
_HUNG = re.compile(r"@hung \d+\s*")
_MUTANT = re.compile(r"@mutant (\d+) (\d+) (\d+)\s*")


def build_conductor(arch: Arch, build: Path) -> Path:
    """Build it into ``build``; raises as :func:`kanalyze.lab.programs.run` does."""
    source = templates_dir() / "lab" / "conduct.c"
    target = build / "conduct"
    run((arch.find_compiler(), *_FLAGS, "-o", str(target), str(source)), where=str(source))
    return target


def counting(program: Path, words: Sequence[str] = ()) -> tuple[str, ...]:
    """Return the arguments with which the cases of a carried program are counted one by one."""
    return ("count", f"/carried/{program.name}", "--one-size", *words)


def cases_of(number: int, delay: int, program: Path, arguments: Sequence[str]) -> tuple[str, ...]:
    """Return the arguments that run cases of a carried program with mutant ``number``."""
    return ("cases", str(number), str(delay), f"/carried/{program.name}", *arguments)


def as_a_whole(program: Path) -> tuple[str, ...]:
    """Return the arguments with which a carried program is run once, and counted."""
    return ("whole", f"/carried/{program.name}")


def changing(number: int, delay: int, program: Path) -> tuple[str, ...]:
    """Return the arguments that run a carried program with mutant ``number``.

    ``delay`` are the microseconds to wait where a race is lost or won.
    """
    return ("mutant", str(number), str(delay), f"/carried/{program.name}")


Counts = tuple[tuple[int, int, int], ...]


@dataclass(frozen=True, slots=True)
class Counted:
    """One case of an unchanged kernel, and by which mutants' places it came.

    ``counts`` are (mutant, times reached, times that it would have answered otherwise).
    """

    number: int
    result: Result
    counts: Counts
    milliseconds: int = 0


def counted(lines: Iterable[str]) -> Iterator[Counted]:
    """Yield the cases of a counting run, from the lines that it wrote."""
    own: list[str] = []
    for line in lines:
        match = _COUNTS.fullmatch(line)
        if match is None:
            own.append(line)
            continue
        results = leaves(parse(own).results)
        took = (int(told[1]) for each in own if (told := _TOOK.fullmatch(each)))
        if results:
            yield Counted(int(match[1]), results[-1], _counts(match), next(took, 0))
        own = []


def counted_as_a_whole(lines: Iterable[str]) -> Counts | None:
    """Return by which mutants' places a program came; None if it did not get to telling."""
    found = (match for line in lines if (match := _COUNTS.fullmatch(line)))
    return next((_counts(match) for match in found), None)


def _counts(match: re.Match[str]) -> Counts:
    return tuple(
        (int(number), int(reached), int(infected))
        for number, reached, infected in (one.split(":") for one in match[2].split())
    )


def came_by(lines: Iterable[str]) -> tuple[int, int]:
    """Return how often a mutant was reached and answered otherwise; zeros if it was not told."""
    for line in lines:
        match = _MUTANT.fullmatch(line)
        if match:
            return int(match[2]), int(match[3])
    return 0, 0


def hung(lines: Iterable[str]) -> bool:
    """Tell whether a program with something changed did not get as far as to its cases."""
    return any(_HUNG.fullmatch(line) for line in lines)


def not_changed(lines: Sequence[str]) -> str:
    """Return why the kernel could not be told what to change; empty if it was told.

    What goes wrong later, when it is changed, may be what the mutant does.
    """
    match = _ERROR.fullmatch(lines[0]) if lines else None
    return match[1] if match else ""
