"""Where a suite goes in a tree: beside its relatives, once, and with nothing else moved."""

import subprocess
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from wiring_trees import (
    MAKEFILE,
    SCRIPT,
    SERIES,
    TOP,
    added,
    line_before,
    made_up,
    release_files,
    stand_in,
    wired,
)

from kanalyze.errors import InputError
from kanalyze.selftests import Program, probe, wire_suite
from kanalyze.selftests.listing import place

_MAKEFILE = f"{TOP}/mm/Makefile"
_SCRIPT = f"{TOP}/mm/run_vmtests.sh"
_IGNORED = f"{TOP}/mm/.gitignore"
_CONFIG = f"{TOP}/mm/config"


def _wire(files: dict[str, bytes]) -> dict[str, bytes]:
    target = probe(files)
    return wired(files, wire_suite(stand_in(target.include), target, files))


def test_steps_are_programs_then_running_then_configuration() -> None:
    files = made_up()
    wiring = wire_suite(stand_in(), probe(files), files)
    names = [
        (step.kind, {change.path.rpartition("/")[2] for change in step.changes})
        for step in wiring.steps
    ]
    assert names == [
        ("programs", {"cow_stand_in.c", "cow_stand_in.h", "Makefile", ".gitignore"}),
        ("run", {"Makefile", "run_vmtests.sh", "ksft_cow_rules.sh"}),
        ("config", {"config"}),
    ]


def test_a_tree_without_categories_takes_both_in_one_step() -> None:
    files = made_up(script="#!/bin/bash\nrun_test() {\n\t$1\n}\nrun_test ./alpha\nexit $exitcode\n")
    wiring = wire_suite(stand_in(), probe(files), files)
    assert [step.kind for step in wiring.steps] == ["programs", "config"]
    after = wired(files, wiring)[_SCRIPT].decode()
    assert after.endswith(
        "run_test ./alpha\n\n# Test that copies are made when they are due\n"
        "run_test ./cow_stand_in\n\nexit $exitcode\n"
    )
    assert f"{TOP}/mm/ksft_cow_rules.sh" not in wired(files, wiring)


def test_the_makefile_gains_its_lines_beside_related_ones() -> None:
    files = made_up()
    after = _wire(files)
    assert added(files, after, _MAKEFILE) == [
        "LOCAL_HDRS += $(selfdir)/mm/cow_stand_in.h",
        "TEST_GEN_FILES += cow_stand_in",
        "TEST_PROGS += ksft_cow_rules.sh",
    ]
    above = line_before(after[_MAKEFILE], "TEST_GEN_FILES += cow_stand_in")
    assert above == "TEST_GEN_FILES += cow"  # and not cow_x86, which stands in a conditional
    above = line_before(after[_MAKEFILE], "TEST_PROGS += ksft_cow_rules.sh")
    assert above == "TEST_PROGS += ksft_alpha.sh"


def test_the_first_assignment_of_a_list_stays_first() -> None:
    files = made_up(Makefile="TEST_GEN_FILES = delta\nTEST_GEN_FILES += zeta\ninclude ../lib.mk\n")
    text = _wire(files)[_MAKEFILE].decode()
    assert text.startswith("TEST_GEN_FILES = delta\nTEST_GEN_FILES += cow_stand_in\n")


def test_a_list_over_several_lines_is_not_broken_up() -> None:
    makefile = "TEST_GEN_FILES := alpha \\\n\tcow \\\n\tzeta # all\ninclude ../lib.mk\n"
    text = _wire(made_up(Makefile=makefile))[_MAKEFILE].decode()
    assert text.startswith(makefile[: makefile.index("include")] + "TEST_GEN_FILES += cow_stand_in")


def test_a_makefile_without_a_list_gets_one_before_the_library() -> None:
    text = _wire(made_up(Makefile="CFLAGS = -Wall\ninclude ../lib.mk\n"))[_MAKEFILE].decode()
    assert text.startswith("CFLAGS = -Wall\nTEST_GEN_FILES += cow_stand_in\n")


def test_a_makefile_of_something_else_is_refused() -> None:
    files = made_up(Makefile="all:\n\ttrue\n")
    with pytest.raises(InputError, match="does not include lib.mk"):
        _wire(files)


@pytest.mark.parametrize(
    ("helpers", "libraries", "lines"),
    [
        (("vm_util.c",), (), []),  # the Makefile links it with everything
        (("uffd.c",), (), ["$(OUTPUT)/cow_stand_in: uffd.c"]),
        ((), ("-lnuma", "-lcap"), ["$(OUTPUT)/cow_stand_in: LDLIBS += -lnuma -lcap", ""]),
    ],
)
def test_a_program_is_linked_with_what_it_needs(
    helpers: tuple[str, ...], libraries: tuple[str, ...], lines: list[str]
) -> None:
    files = made_up()
    suite = stand_in()
    program = replace(suite.programs[0], helpers=helpers, libraries=libraries)
    suite = replace(suite, programs=(program,), headers=())
    target = probe(files)
    after = wired(files, wire_suite(suite, target, files))
    ours = ["TEST_GEN_FILES += cow_stand_in", "TEST_PROGS += ksft_cow_rules.sh", *lines]
    assert added(files, after, _MAKEFILE) == ours
    again = wire_suite(suite, target, after)
    assert [step.kind for step in again.steps] == []


def test_the_script_gains_a_category_and_its_tests() -> None:
    files = made_up()
    after = _wire(files)
    assert added(files, after, _SCRIPT) == [
        "- cow-rules",
        "\ttest that copies are made when they are due",
        "# Test that copies are made when they are due",
        'CATEGORY="cow-rules" run_test ./cow_stand_in',
        "",
    ]
    assert line_before(after[_SCRIPT], "- cow-rules") == "\tof the usual kind"
    text = after[_SCRIPT].decode()
    assert text.index("run_test ./cow_stand_in") < text.index("if $RUN_ALL")
    wrapper = after[f"{TOP}/mm/ksft_cow_rules.sh"].decode()
    assert wrapper == made_up()[f"{TOP}/mm/ksft_alpha.sh"].decode().replace("mmap", "cow-rules")


def test_a_category_that_is_there_gets_more_tests() -> None:
    files = made_up()
    target = probe(files)
    suite = stand_in()
    after = wired(files, wire_suite(suite, target, files))
    more = replace(suite, programs=(*suite.programs, Program("cow_more", "", "more")))
    later = wired(after, wire_suite(more, probe(after), after))
    line = 'CATEGORY="cow-rules" run_test ./cow_more'
    assert added(after, later, _SCRIPT) == [line]
    assert line_before(later[_SCRIPT], line) == line.replace("more", "stand_in")


def test_a_test_in_a_comment_or_of_a_longer_name_is_not_ours() -> None:
    text = SCRIPT.replace("# COW tests", "# ./cow_stand_in").replace("./alpha", "./cow_stand_in_2")
    assert b"run_test ./cow_stand_in\n" in _wire(made_up(script=text))[_SCRIPT]


@pytest.mark.parametrize(
    ("statuses", "status"), [((0, 0), 0), ((0, 4), 4), ((4, 1), 1), ((1, 4), 1)]
)
def test_a_script_without_functions_runs_all_and_hides_no_failure(
    tmp_path: Path, statuses: tuple[int, int], status: int
) -> None:
    script = "#!/bin/bash\nksft_skip=4\nexitcode=0\n./alpha\nexit $exitcode\n"
    files = made_up(script=script)
    names = ("cow_one", "cow_two")
    suite = replace(stand_in(), programs=tuple(Program(name, "", "") for name in names))
    after = wired(files, wire_suite(suite, probe(files), files))
    (tmp_path / "run").write_bytes(after[_SCRIPT])
    for name, code in zip(("alpha", *names), (0, *statuses), strict=True):
        (tmp_path / name).write_text(f"#!/bin/sh\nexit {code}\n")
        (tmp_path / name).chmod(0o755)
    done = subprocess.run(
        ["bash", "run"], cwd=tmp_path, capture_output=True, text=True, check=False
    )
    assert done.returncode == status
    assert done.stdout.count("running ./cow_") == 2
    words = {0: "[PASS]", 1: "[FAIL]", 4: "[SKIP]"}
    assert [line for line in done.stdout.split("\n") if line.startswith("[")] == [
        words[code] for code in statuses
    ]


def test_ignored_programs_stand_beside_similar_ones() -> None:
    files = made_up()
    after = _wire(files)
    assert added(files, after, _IGNORED) == ["cow_stand_in"]
    assert line_before(after[_IGNORED], "cow_stand_in") == "cow"


@pytest.mark.parametrize("ignored", ["# SPDX-License-Identifier: GPL-2.0-only\nzeta\nbeta", ""])
def test_a_list_without_order_is_added_to_at_its_end(ignored: str) -> None:
    text = _wire(made_up(gitignore=ignored))[_IGNORED].decode()
    assert text == (f"{ignored}\n" if ignored else "") + "cow_stand_in\n"


def test_options_that_the_tree_sets_are_left_alone() -> None:
    files = made_up(config="CONFIG_SYSVIPC=y\n# CONFIG_KSM is not set")
    wiring = wire_suite(stand_in(), probe(files), files)
    assert wiring.kept == ("# CONFIG_KSM is not set",)
    text = wired(files, wiring)[_CONFIG].decode()
    assert text == "CONFIG_SYSVIPC=y\n# CONFIG_KSM is not set\nCONFIG_IO_URING=y\n"


def test_a_tree_without_these_files_gets_only_what_it_needs() -> None:
    files = made_up(script=None, gitignore=None, config=None, wrapper=None)
    after = _wire(files)
    assert after[_CONFIG] == b"CONFIG_KSM=y\nCONFIG_IO_URING=y\n"
    assert _IGNORED not in after
    assert b"TEST_GEN_PROGS += cow_stand_in\n" in after[_MAKEFILE]


def test_wiring_twice_changes_nothing() -> None:
    after = _wire(made_up())
    assert wire_suite(stand_in('"../kselftest.h"'), probe(after), after).steps == ()


@pytest.mark.parametrize(
    ("settings", "wrapper", "after"),
    [
        (None, False, "timeout=345\n"),  # 45 is what kselftest has for who says nothing
        ("timeout=180\n", False, "timeout=480\n"),
        ("# all\ntimeout=0\n", False, "# all\ntimeout=0\n"),  # no limit
        ("timeout=900\n", True, "timeout=900\n"),  # a script of its own has all of it
        ("timeout=180\n", True, "timeout=300\n"),
    ],
)
def test_kselftest_waits_for_the_programs(settings: str | None, wrapper: bool, after: str) -> None:
    files = made_up() if wrapper else made_up(wrapper=None)
    path = f"{TOP}/mm/settings"
    if settings:
        files[path] = settings.encode()
    suite = replace(stand_in('"../kselftest.h"'), seconds=300)
    target = probe(files)
    done = wired(files, wire_suite(suite, target, files))
    assert done[path].decode() == after
    assert wire_suite(suite, probe(done), done).steps == ()
    assert path not in wired(made_up(), wire_suite(stand_in(), target, made_up()))


def test_bytes_that_are_no_text_stay_as_they_are() -> None:
    files = made_up()
    files[_MAKEFILE] = MAKEFILE.encode().replace(b"SPDX", b"\xff\x0c\r SPDX")
    after = _wire(files)
    kept = [line for line in after[_MAKEFILE].split(b"\n") if line in files[_MAKEFILE].split(b"\n")]
    assert kept == files[_MAKEFILE].split(b"\n")


@pytest.mark.parametrize("series", SERIES)
def test_releases_only_gain_lines_and_only_once(
    releases_repo: Path, release_tag: Callable[[str], str], series: str
) -> None:
    files = release_files(releases_repo, release_tag(series))
    target = probe(files)
    suite = stand_in(target.include)
    after = wired(files, wire_suite(suite, target, files))
    changed = {path: added(files, after, path) for path in after if after[path] != files.get(path)}
    names = {path.rpartition("/")[2] for path in changed}
    wrapper = {"ksft_cow_rules.sh"} if series == "7.2" else set()
    runner = "run_vmtests" if series == "5.10" else "run_vmtests.sh"
    ours = {"cow_stand_in.c", "cow_stand_in.h"}
    assert names == {*ours, "Makefile", ".gitignore", "config", runner, *wrapper}
    makefile = changed[f"{target.directory}/Makefile"]
    assert len(makefile) == {"5.10": 1, "6.1": 2, "6.12": 2, "7.2": 3}[series]
    above = line_before(after[f"{target.directory}/Makefile"], "TEST_GEN_FILES += cow_stand_in")
    assert above in ("TEST_GEN_FILES = cow", "TEST_GEN_FILES = compaction_test")
    assert wire_suite(suite, probe(after), after).steps == ()


_WORDS = st.from_regex(r"[a-c]{1,3}", fullmatch=True)
_NAMES = st.from_regex(r"[a-c]{1,2}([_-][a-c]{1,2}){0,2}", fullmatch=True)


@given(st.lists(_WORDS, unique=True), _WORDS)
def test_a_list_in_order_stays_in_order(names: list[str], new: str) -> None:
    names = sorted({*names} - {new})
    gap = place(names, new)
    assert [*names[:gap], new, *names[gap:]] == sorted([*names, new])


@given(st.lists(_NAMES), st.one_of(_NAMES, st.text(max_size=5)), st.booleans())
def test_a_place_is_in_the_list(names: list[str], new: str, ordered: bool) -> None:
    assert 0 <= place(names, new, ordered=ordered) <= len(names)
