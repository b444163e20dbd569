"""Cases as C: the same every time, with what the tree has, whatever is quoted from it."""

import re
import subprocess
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from made_plans import ARM, HOSTILE, REUSE, SECTION, made_plan, pieces
from wiring_trees import TOP, made_up, release_files

from kanalyze.errors import EnvironmentFailure
from kanalyze.selftests import Suite, probe
from kanalyze.selftests.cases import CaseRecord, records
from kanalyze.selftests.cases_json import cases_file, read_cases
from kanalyze.selftests.comment import WIDTH, clean, program_comment
from kanalyze.selftests.pieces import Pieces
from kanalyze.selftests.render import render


@pytest.fixture(scope="module")
def known() -> Pieces:
    return pieces()


@pytest.fixture(scope="module")
def cases() -> tuple[CaseRecord, ...]:
    return records(made_plan(hostile=True))


@pytest.fixture(scope="module")
def suite(cases: tuple[CaseRecord, ...], known: Pieces) -> Suite:
    return render(cases, known, None)


def texts(suite: Suite) -> dict[str, str]:
    found = {f"{program.name}.c": program.text for program in suite.programs}
    return found | {header.name: header.text for header in suite.headers}


def test_the_same_cases_give_the_same_text(
    suite: Suite, cases: tuple[CaseRecord, ...], known: Pieces
) -> None:
    assert render(cases, known, None) == suite
    assert render(cases, pieces(), None) == suite


def test_the_file_of_cases_gives_what_the_plan_gives(
    tmp_path: Path, suite: Suite, known: Pieces
) -> None:
    file = cases_file(made_plan(hostile=True))
    (tmp_path / file.path).write_bytes(file.content)
    assert render(read_cases(tmp_path), known, None) == suite


def test_programs_have_their_cases_in_order(suite: Suite, cases: tuple[CaseRecord, ...]) -> None:
    for program in suite.programs:
        rows = re.findall(r"\t(?:CASE|RACE)\(([^)]*)\),", program.text)
        found = [re.sub(r"\s+", " ", row).split(", .xfail")[0] for row in rows]
        assert found == [_row(case) for case in cases if case.program == program.name]
    assert len({program.name for program in suite.programs}) == len(suite.programs) > 3


def _row(case: CaseRecord) -> str:
    if case.race:
        return f"{case.memory}, {case.race}"
    parts = (case.memory, case.other, case.reference, case.arm, case.access, case.rule)
    return ", ".join(parts)


def test_a_program_says_what_it_is_about(suite: Suite) -> None:
    (text,) = [program.text for program in suite.programs if program.name == "cow_rules_reuse"]
    comment = text.partition("*/")[0].replace("\n *", "")
    for thing in (REUSE, ARM, SECTION):
        assert f"{thing.function}(), {thing.file}" in comment
        assert f"R1: {thing.predicate}" in comment
    assert REUSE.commit in re.sub(r"\s+", " ", comment)
    assert comment.index(REUSE.function) < comment.index(ARM.function)


def test_a_thing_that_cases_of_several_rules_are_about_names_them_all(
    cases: tuple[CaseRecord, ...],
) -> None:
    one, other = cases[0], replace(cases[0], rule="r3")
    assert any("R2, R3: " in line for line in program_comment("a", "b", [other, one]))


def test_what_upstream_knows_is_said_once_with_its_source(
    cases: tuple[CaseRecord, ...], known: Pieces
) -> None:
    hostile = 'said "so" \\ in ??/ \x1b a mail'
    found = [replace(case, xfail=hostile if at % 2 else "mail 1") for at, case in enumerate(cases)]
    (program, *_) = render(found, known, None).programs
    assert program.text.count("#define KNOWN_") == 2
    assert '"said \\"so\\" \\\\ in \\?\\?/   a mail"\n' in program.text
    assert ".xfail = KNOWN_2" in program.text


def test_what_is_quoted_stays_in_its_comment(suite: Suite) -> None:
    for name, text in texts(suite).items():
        assert "{{" not in text.replace("{{ prefix }}", "")  # what a tree says is no template
        assert not re.search(r"[^\n\t -~\N{REPLACEMENT CHARACTER}]", text), name
        if name.endswith(".c"):
            comment, _, rest = text.partition("\n */\n")
            assert "evil()" in comment and "*/" not in comment and comment.count("/*") == 1
            assert "evil" not in rest and rest.startswith('#include "cow_rules_piece.h"\n')
        assert max(len(line.expandtabs(8)) for line in text.splitlines()) <= 100, name
        assert not re.search(r"[ \t]\n", text), name


_ONE = records(made_plan())[0]


@given(st.text(max_size=400))
def test_nothing_that_a_tree_says_ends_a_comment(text: str) -> None:
    said = clean(text)
    assert "*/" not in said and "/*" not in said and said.isprintable()
    thing = replace(HOSTILE, predicate=text, function=text, file=text, commit=text)
    case = replace(_ONE, covers=(thing,))
    for line in program_comment("says", "about", [case]):
        assert len(line) <= WIDTH and "*/" not in line and "/*" not in line


def test_a_tree_gives_the_helpers_that_it_has(cases: tuple[CaseRecord, ...], known: Pieces) -> None:
    helper = "uint64_t pagemap_get_entry(int fd, char *start);\nuint64_t read_pmd_pagesize(void);\n"
    with_all = render(cases, known, probe(made_up(helper=helper)))
    with_one = render(cases, known, probe(made_up(helper=helper.partition("\n")[0])))
    without = render(cases, known, probe(made_up(helper=None)))
    used = [texts(suite)["cow_rules_probe.h"] for suite in (with_all, with_one, without)]
    assert ["pagemap_get_entry" in text for text in used] == [True, True, False]
    assert ["read_pmd_pagesize" in text for text in used] == [True, False, False]
    assert ['#include "vm_util.h"' in text for text in used] == [True, True, False]
    sources = [{program.helpers for program in it.programs} for it in (with_all, without)]
    assert sources == [{("vm_util.c",)}, {()}]


@pytest.mark.parametrize("include", ['"../kselftest.h"', '"kselftest.h"', "<kselftest.h>"])
def test_kselftest_is_included_as_the_tree_does(
    cases: tuple[CaseRecord, ...], known: Pieces, include: str
) -> None:
    suite = render(cases, known, probe(made_up(test=f"#include {include}\n")))
    assert f"\n#include {include}\n" in texts(suite)["cow_rules_piece.h"]
    assert "ksft.h" not in texts(suite)


def test_options_are_those_that_the_pieces_name(
    cases: tuple[CaseRecord, ...], known: Pieces
) -> None:
    few = render(
        [case for case in cases if (case.memory, case.other, case.arm) == ("anon", "alone", "none")
         and (case.reference, case.access) == ("none", "write")],
        known,
        None,
    )  # fmt: skip
    assert few.config == ("CONFIG_PROC_PAGE_MONITOR=y",)
    pinned = [case for case in cases if case.reference == "gup_ro_fast"]
    files = made_up()
    assert "CONFIG_GUP_TEST=y" not in render(pinned, known, probe(files)).config
    for option in ("GUP_TEST", "GUP_BENCHMARK"):
        files["mm/Kconfig"] = f"config {option}\n\tbool\n".encode()
        assert f"CONFIG_{option}=y" in render(pinned, known, probe(files)).config


def test_a_piece_that_is_gone_is_one_line(cases: tuple[CaseRecord, ...], known: Pieces) -> None:
    with pytest.raises(EnvironmentFailure, match="there is no piece 'arm/nonsense'") as caught:
        render([replace(cases[0], arm="nonsense")], known, None)
    assert "\n" not in str(caught.value)


def test_templates_that_are_gone_are_one_line(
    tmp_path: Path, cases: tuple[CaseRecord, ...], known: Pieces
) -> None:
    with pytest.raises(EnvironmentFailure, match="install kanalyze again"):
        render(cases, known, None, source=tmp_path)


@pytest.mark.parametrize("series", ["5.10", "6.1", "6.12", "7.2"])
def test_releases_are_asked_for_what_they_have(
    releases_repo: Path,
    release_tag: Callable[[str], str],
    cases: tuple[CaseRecord, ...],
    known: Pieces,
    series: str,
) -> None:
    target = probe(release_files(releases_repo, release_tag(series)))
    suite = render(cases, known, target)
    assert ("vm_util.h" in texts(suite)["cow_rules_probe.h"]) == (series != "5.10")
    gup = "CONFIG_GUP_BENCHMARK=y" if series == "5.10" else "CONFIG_GUP_TEST=y"
    assert gup in suite.config


def test_files_are_as_checkpatch_wants_them(
    releases_repo: Path, release_tag: Callable[[str], str], tmp_path: Path, suite: Suite
) -> None:
    tag = release_tag("7.2")
    for name in ("checkpatch.pl", "spelling.txt", "const_structs.checkpatch"):
        shown = subprocess.run(
            ["git", "-C", releases_repo, "show", f"{tag}:scripts/{name}"], capture_output=True
        )
        (tmp_path / name).write_bytes(shown.stdout)
    for name, text in texts(suite).items():
        (tmp_path / name).write_text(text)
    command = ["perl", "checkpatch.pl", "--strict", "--no-tree", "--terse", "--file"]
    done = subprocess.run(
        [*command, *texts(suite)], cwd=tmp_path, capture_output=True, text=True, check=False
    )
    assert (done.stdout, done.returncode) == ("", 0), done.stdout
    assert TOP not in done.stderr
