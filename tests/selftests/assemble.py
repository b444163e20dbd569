"""Put one test program together from its pieces.

    python -m tests.selftests.assemble DIRECTORY < cases

Each line of the cases names a memory, other, reference, arm, access and
observe piece, and behind a ``#`` where upstream says that it knows.
"""

import sys
import tomllib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import jinja2

from kanalyze.resources import templates_dir

KINDS = ("memory", "other", "reference", "arm", "access", "observe")
HEADERS = ("piece", "probe", "settings", "harness")
PREFIX = "cow_rules_"


@dataclass(frozen=True)
class Piece:
    kind: str
    name: str
    says: str
    code: str


@dataclass(frozen=True)
class Case:
    memory: str
    other: str
    reference: str
    arm: str
    access: str
    observe: str
    xfail: str = ""
    deadline: int = 0


def read_piece(place: str) -> tuple[dict[str, object], str]:
    """Return what the comment on top of a piece says, and the code below it."""
    text = (templates_dir() / "selftests" / f"{place}.c").read_text()
    comment, code = text.removeprefix("/* piece\n").split("\n */\n", 1)
    return tomllib.loads("\n".join(line.removeprefix(" *") for line in comment.split("\n"))), code


def pieces_for(places: Sequence[str]) -> Iterator[Piece]:
    """Yield the pieces in an order in which each comes after what it needs."""
    done: set[str] = set()
    waiting = list(reversed(places))
    while waiting:
        place = waiting.pop()
        facts, code = read_piece(place)
        needs = facts.get("needs", [])
        assert isinstance(needs, list)
        missing = [need for need in needs if need not in done]
        if place in done:
            continue
        if missing:
            waiting += [place, *missing]
            continue
        done.add(place)
        kind, name = place.split("/")
        yield Piece(kind, name, str(facts["says"]), code.strip("\n"))


def write_program(
    directory: Path, name: str, cases: Sequence[Case], kselftest: str = "ksft.h", deadline: int = 20
) -> Path:
    """Write a program, its headers and its Makefile; return the C file."""
    source = templates_dir() / "selftests"
    environment = jinja2.Environment(
        loader=jinja2.FileSystemLoader(source), undefined=jinja2.StrictUndefined,
        keep_trailing_newline=True,
    )  # fmt: skip
    common = {
        "prefix": PREFIX,
        "guard": PREFIX.upper(),
        "helpers": (),
        "kselftest": kselftest,
        "deadline": deadline,
    }
    places = dict.fromkeys(f"{kind}/{getattr(case, kind)}" for kind in KINDS for case in cases)
    variables = {"header": [f"{name}: a test"], "cases": cases, "programs": [name]}
    variables["pieces"] = list(pieces_for(list(places)))
    directory.mkdir(parents=True, exist_ok=True)
    for header in HEADERS:
        text = environment.get_template(f"{header}.h.j2").render(common)
        (directory / f"{PREFIX}{header}.h").write_text(text)
    (directory / "ksft.h").write_text((source / "ksft.h").read_text())
    (directory / "Makefile").write_text(environment.get_template("Makefile.j2").render(variables))
    program = directory / f"{name}.c"
    program.write_text(environment.get_template("test.c.j2").render(common | variables))
    return program


def main() -> None:
    cases = []
    for line in sys.stdin:
        words, _, source = line.partition("#")
        if words.strip():
            cases.append(Case(*words.split(), xfail=source.strip()))
    print(write_program(Path(sys.argv[1]), "cow_rules", cases))


if __name__ == "__main__":
    main()
