"""Put one test program together from pieces, without any tree or decision.

    python tests/selftests/assemble.py DIRECTORY < cases

Each line of the cases names a memory, other, reference, arm, access and
observe piece, and behind a ``#`` where upstream says that it knows.
"""

import sys
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import cast

from kanalyze.resources import templates_dir
from kanalyze.selftests.cases import CaseRecord, ProgramName
from kanalyze.selftests.pieces import read_pieces
from kanalyze.selftests.recipes import RuleName
from kanalyze.selftests.render import render
from kanalyze.selftests.standalone import standalone

PIECES = templates_dir() / "selftests"


@dataclass(frozen=True)
class Case:
    memory: str
    other: str
    reference: str
    arm: str
    access: str
    observe: str
    xfail: str = field(default="", kw_only=True)
    race: str = field(default="", kw_only=True)


def record(case: Case, program: str = "cow_rules_reuse") -> CaseRecord:
    """Return a case as a plan would have it, about nothing in particular."""
    parts = (case.memory, case.other, case.reference, case.arm, case.access, case.observe.upper())
    return CaseRecord(
        name=" ".join(parts).replace("_", "-"),
        program=cast(ProgramName, program),
        memory=case.memory,
        other=case.other,
        reference=case.reference,
        arm=case.arm,
        access=case.access,
        race=case.race,
        rule=cast(RuleName, case.observe),
        trigger="write-fault",
        size="small",
        state="",
        page=None,
        covers=(),
        xfail=case.xfail,
    )


def write_program(
    directory: Path, name: str, cases: Sequence[Case], *, source: Path = PIECES, deadline: int = 20
) -> Path:
    """Write a program with its headers and Makefile; return the C file."""
    suite = render(
        [record(case, name) for case in cases],
        read_pieces(source),
        None,
        source=source,
        deadline=deadline,
    )
    directory.mkdir(parents=True, exist_ok=True)
    for file in standalone(suite):
        (directory / file.path).write_bytes(file.content)
    return directory / f"{name}.c"


def main() -> None:
    cases = []
    for line in sys.stdin:
        words, _, known = line.partition("#")
        if words.strip():
            memory, other, reference, arm, access, observe = words.split()
            xfail = known.strip()
            cases.append(Case(memory, other, reference, arm, access, observe, xfail=xfail))
    print(write_program(Path(sys.argv[1]), "cow_rules", cases))


if __name__ == "__main__":
    main()
