"""What is found out about a tree: on made-up trees feature by feature, on releases as a whole."""

from collections.abc import Callable
from pathlib import Path

import pytest
from wiring_trees import MAKEFILE, SCRIPT, TOP, made_up, release_files

from kanalyze.errors import InputError
from kanalyze.selftests import Runner, probe


def test_a_tree_says_what_it_has() -> None:
    target = probe(made_up())
    assert (target.directory, target.name) == (f"{TOP}/mm", "mm")
    assert target.include == '"../kselftest.h"'
    assert target.programs == "TEST_GEN_FILES"
    assert (target.headers, target.ignored, target.config) == (True, True, True)
    assert target.runner == Runner("run_vmtests.sh", ("mmap", "cow", "thp"), function=True)
    assert target.wrapper.endswith("./run_vmtests.sh -t {}\n")
    (helper,) = target.helpers
    assert (helper.header, helper.source, helper.linked) == ("vm_util.h", "vm_util.c", True)
    assert "pagemap_get_pfn" in helper.names


def test_names_of_a_header_are_functions_and_macros_that_it_has() -> None:
    names = probe(made_up()).ksft
    assert names == {
        "KSFT_PASS",
        "__noreturn",
        "ksft_set_plan",
        "ksft_print_msg",
        "ksft_exit_pass",
        "ksft_declared",
        "ksft_finished",
    }


def test_most_tests_decide_how_kselftest_is_included() -> None:
    files = made_up()
    for name in ("one.c", "two.c"):
        files[f"{TOP}/mm/{name}"] = b'#include "kselftest.h"\n'
    assert probe(files).include == '"kselftest.h"'
    files[f"{TOP}/mm/three.c"] = files[f"{TOP}/mm/four.c"] = b"# include <kselftest.h>\n"
    files[f"{TOP}/mm/five.c"] = b"#include <kselftest.h> // again\n"
    assert probe(files).include == "<kselftest.h>"


def test_a_category_counts_only_where_tests_are_selected_by_it() -> None:
    unselected = SCRIPT.replace('CATEGORY="mmap" ', "").replace('CATEGORY="cow" ', "")
    runner = probe(made_up(script=unselected.replace('CATEGORY="thp" ', ""))).runner
    assert runner == Runner("run_vmtests.sh", (), function=True)


def test_without_a_script_programs_run_by_themselves() -> None:
    target = probe(made_up(script=None))
    assert (target.runner, target.programs) == (None, "TEST_GEN_PROGS")


def test_a_wrapper_counts_only_where_the_makefile_lists_it() -> None:
    unlisted = MAKEFILE.replace("TEST_PROGS += ksft_alpha.sh\n", "")
    assert probe(made_up(Makefile=unlisted)).wrapper == ""


def test_a_wrapper_is_taken_as_text_whatever_is_in_it() -> None:
    wrapper = "#!/bin/sh\nx=${HOME}\n./run_vmtests.sh -t mmap\n"
    form = probe(made_up(wrapper=wrapper)).wrapper
    assert form.format("cow-rules") == wrapper.replace("mmap", "cow-rules")


@pytest.mark.parametrize("library", ["LOCAL_HDRS := $(selfdir)/kselftest.h\n", ""])
def test_headers_count_only_where_the_library_adds_to_them(library: str) -> None:
    assert not probe(made_up(library=library)).headers


def test_a_gitignore_of_everything_names_no_program() -> None:
    assert not probe(made_up(gitignore="*\n!*.c\n")).ignored
    assert not probe(made_up(gitignore=None)).ignored


@pytest.mark.parametrize("path", ["mm/Kconfig", "lib/Kconfig.debug", "mm/Kconfig.debug"])
@pytest.mark.parametrize("option", ["GUP_TEST", "GUP_BENCHMARK"])
def test_the_pin_test_is_found_in_either_place(path: str, option: str) -> None:
    files = made_up()
    assert probe(files).gup_option == ""
    files[path] = f"config HAVE_GUP_FAST\n\tbool\n\nconfig {option}\n\tbool\n".encode()
    assert probe(files).gup_option == f"CONFIG_{option}"


@pytest.mark.parametrize(
    ("without", "what"),
    [("Makefile", "has no memory selftests in"), ("kselftest", "has no tools/testing/selftests")],
)
def test_a_tree_without_selftests_is_one_line(without: str, what: str) -> None:
    with pytest.raises(InputError, match=what) as caught:
        probe(made_up(**{without: None}), "/some/tree")
    assert str(caught.value).startswith("/some/tree: ")
    assert "\n" not in str(caught.value)


def test_hostile_files_are_read_to_the_end() -> None:
    rubbish = b"\xff\xfe\0{{{(((#define\n" * 200
    files = dict.fromkeys(made_up(), rubbish)
    target = probe(files)
    assert target.runner == Runner("run_vmtests.sh", (), function=False)
    assert target.wrapper == ""


# One row a release: directory, include, runner's name, has categories, has a function, wrappers,
# headers count, the pin test's option, helpers.  Read in the sources of each.
_RELEASES = {
    "5.10": ("vm", '"../kselftest.h"', "run_vmtests", False, False, False, False, "BENCHMARK", ()),
    "6.1": (
        *("vm", '"../kselftest.h"', "run_vmtests.sh", False, True, False, True, "TEST"),
        (("vm_util.h", False),),
    ),
    "6.12": (
        *("mm", '"../kselftest.h"', "run_vmtests.sh", True, True, False, True, "TEST"),
        (("vm_util.h", True), ("thp_settings.h", True)),
    ),
    "7.2": (
        *("mm", '"kselftest.h"', "run_vmtests.sh", True, True, True, True, "TEST"),
        (("vm_util.h", True), ("hugepage_settings.h", True)),
    ),
}


@pytest.mark.parametrize("series", list(_RELEASES))
def test_releases_are_what_their_sources_say(
    releases_repo: Path, release_tag: Callable[[str], str], series: str
) -> None:
    target = probe(release_files(releases_repo, release_tag(series)))
    assert target.runner is not None
    assert (
        target.name,
        target.include,
        target.runner.name,
        bool(target.runner.categories),
        target.runner.function,
        bool(target.wrapper),
        target.headers,
        target.gup_option.removeprefix("CONFIG_GUP_"),
        tuple((helper.header, helper.linked) for helper in target.helpers),
    ) == _RELEASES[series]
    assert {"ksft_print_msg", "ksft_test_result_xfail", "ksft_exit_fail_msg"} <= target.ksft
    assert ("ksft_finished" in target.ksft) == (series != "5.10")
    assert ("__noreturn" in target.ksft) == (series in ("6.12", "7.2"))
