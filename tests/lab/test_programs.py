"""Generated tests built for a guest: static, elsewhere, and errors in a line."""

import subprocess
import sys
from pathlib import Path

import pytest

from kanalyze.errors import EnvironmentFailure, InputError
from kanalyze.lab.arch import X86_64
from kanalyze.lab.programs import DEADLINE, build_generated, run, scratch

sys.path.insert(0, str(Path(__file__).resolve().parent.parent / "selftests"))

from assemble import Case, write_program

MAKEFILE = """\
CC ?= cc
PROGRAMS = one two

all: $(PROGRAMS)
$(PROGRAMS): %: %.c own.h
	$(CC) $(LDFLAGS) -o $@ $<
"""
CODE = '#include "own.h"\nint main(void)\n{\n\treturn VALUE;\n}\n'


@pytest.fixture
def tests(tmp_path: Path) -> Path:
    place = tmp_path / "tests"
    place.mkdir()
    (place / "Makefile").write_text(MAKEFILE)
    (place / "own.h").write_text("#define VALUE 7\n")
    (place / "one.c").write_text(CODE)
    (place / "two.c").write_text(CODE)
    return place


@pytest.fixture
def build(tmp_path: Path) -> Path:
    place = tmp_path / "build"
    place.mkdir()
    return place


def test_programs_are_static_and_elsewhere(tests: Path, build: Path) -> None:
    before = sorted(path.name for path in tests.iterdir())
    programs = build_generated(tests, X86_64, build)
    assert [(one.name, one.suite, one.deadline) for one in programs] == [
        ("one", "generated", DEADLINE),
        ("two", "generated", DEADLINE),
    ]
    assert subprocess.run((programs[0].path,), check=False).returncode == 7
    assert (
        b"INTERP"
        not in subprocess.run(
            ("readelf", "-lW", programs[0].path), capture_output=True, check=True
        ).stdout
    )
    assert sorted(path.name for path in tests.iterdir()) == before


def test_what_kanalyze_writes_is_built(tmp_path: Path, build: Path) -> None:
    case = Case("anon", "child", "none", "none", "write", "r1")
    write_program(tmp_path / "made", "cow_rules_reuse", [case])
    (program,) = build_generated(tmp_path / "made", X86_64, build)
    done = subprocess.run((program.path, "--list"), capture_output=True, text=True, check=True)
    assert done.stdout.splitlines() == ["anon child none none write R1"]


def error_of(tests: Path, build: Path) -> str:
    with pytest.raises(InputError) as raised:
        build_generated(tests, X86_64, build)
    said = str(raised.value)
    assert "\n" not in said
    return said


def test_what_does_not_compile_is_told_in_a_line(tests: Path, build: Path) -> None:
    (tests / "two.c").write_text('#include "own.h"\nint main(void) { return MISSING; }\n')
    assert "two.c:2:" in (said := error_of(tests, build))
    assert "error: 'MISSING' undeclared" in said.replace("‘", "'").replace("’", "'")


def test_what_does_not_link_names_what_is_missing(tests: Path, build: Path) -> None:
    text = (tests / "Makefile").read_text().replace("-o $@ $<", "-o $@ $< -lnowhere")
    (tests / "Makefile").write_text(text)
    assert "cannot find -lnowhere" in error_of(tests, build)


def test_a_line_without_end_is_cut(tests: Path, build: Path) -> None:
    (tests / "one.c").write_text("#error " + "x" * 5000 + "\n")
    assert len(error_of(tests, build)) < 600


@pytest.mark.parametrize("text", ["all:\n", "PROGRAMS =\nall:\n", "\xff\xfe"])
def test_a_makefile_that_names_no_programs(tests: Path, build: Path, text: str) -> None:
    (tests / "Makefile").write_text(text, "latin-1")
    assert "names no PROGRAMS" in error_of(tests, build)


def test_a_makefile_that_does_not_make_its_programs(tests: Path, build: Path) -> None:
    (tests / "Makefile").write_text("PROGRAMS = one\nall:\n\t@true\n")
    assert "does not make one" in error_of(tests, build)


def test_a_directory_that_is_none(tests: Path, build: Path) -> None:
    for place in (tests / "nowhere", tests / "one.c"):
        said = error_of(place, build)
        assert said.startswith(str(place))
    (tests / "Makefile").unlink()
    assert "holds no generated tests (`kanalyze generate TREE -o DIR`" in error_of(tests, build)


def test_an_outer_make_does_not_meddle(
    tests: Path, build: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("MAKEFLAGS", "n --jobserver-auth=98,99")
    monkeypatch.setenv("MAKELEVEL", "3")
    assert build_generated(tests, X86_64, build)[0].path.is_file()


def test_a_program_that_is_missing_is_the_machines_fault() -> None:
    with pytest.raises(EnvironmentFailure, match=r"does not start \(apt install no-such-program"):
        run(("no-such-program",), where="here")


def test_no_place_for_scratch(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path / "nowhere"))
    with pytest.raises(EnvironmentFailure, match="No such file"):
        scratch("run")
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    with scratch("run") as place:
        assert list(tmp_path.iterdir()) == [Path(place)]
    assert not list(tmp_path.iterdir())
