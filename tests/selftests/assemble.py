"""Put one test program together from pieces, without any tree or decision.

    python tests/selftests/assemble.py DIRECTORY < cases

Each line of the cases names a memory, other, reference, arm, access and
observe piece, and behind a ``#`` where upstream says that it knows.
"""

import sys
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

import jinja2

from kanalyze.resources import templates_dir
from kanalyze.selftests.pieces import KINDS, read_pieces

HEADERS = ("piece", "probe", "others", "settings", "harness")
PREFIX = "cow_rules_"
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
    deadline: int = field(default=0, kw_only=True)


def write_program(
    directory: Path, name: str, cases: Sequence[Case], *, source: Path = PIECES, deadline: int = 20
) -> Path:
    """Write a program with its headers and Makefile; return the C file."""
    pieces = read_pieces(source)
    wanted = dict.fromkeys(
        pieces[f"{kind}/{getattr(case, kind)}"] for kind in KINDS[:6] for case in cases
    )
    variables = {
        "prefix": PREFIX,
        "guard": PREFIX.upper(),
        "helpers": (),
        "kselftest": "ksft.h",
        "deadline": deadline,
        "header": [f"{name}: cases for trying out the pieces"],
        "cases": cases,
        "pieces": pieces.in_order(wanted),
        "programs": [name],
    }
    files = {f"{header}.h.j2": f"{PREFIX}{header}.h" for header in HEADERS}
    files |= {"ksft.h": "ksft.h", "Makefile.j2": "Makefile", "test.c.j2": f"{name}.c"}
    environment = jinja2.Environment(
        loader=jinja2.FileSystemLoader(source),
        undefined=jinja2.StrictUndefined,
        keep_trailing_newline=True,
    )
    directory.mkdir(parents=True, exist_ok=True)
    for template, file in files.items():
        (directory / file).write_text(environment.get_template(template).render(variables))
    return directory / f"{name}.c"


def main() -> None:
    cases = []
    for line in sys.stdin:
        words, _, known = line.partition("#")
        if words.strip():
            memory, other, reference, arm, access, observe = words.split()
            cases.append(Case(memory, other, reference, arm, access, observe, xfail=known.strip()))
    print(write_program(Path(sys.argv[1]), "cow_rules", cases))


if __name__ == "__main__":
    main()
