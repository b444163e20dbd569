"""KTAP: what each kind of line means, and how lines hang together."""

from pathlib import Path

import pytest

from kanalyze.lab.ktap import Log, Parser, Result, leaves, parse
from kanalyze.lab.ktap_lines import Directive

LOGS = Path(__file__).parent / "logs"


def log(text: str) -> Log:
    return parse(text.splitlines())


def only(text: str) -> Result:
    (found,) = log(text).results
    return found


@pytest.mark.parametrize(
    ("line", "ok", "name", "directive", "text"),
    [
        ("ok 1 - a name", True, "a name", "", ""),
        ("ok 1 a name", True, "a name", "", ""),
        ("not ok 1 a - b", False, "a - b", "", ""),
        ("ok 1", True, "", "", ""),
        ("ok", True, "", "", ""),
        ("not ok - a name", False, "a name", "", ""),
        ("ok 1 # SKIP a name", True, "a name", "skip", ""),
        ("ok 1 # SKIP", True, "", "skip", ""),
        ("ok 1 a name # SKIP no swap", True, "a name", "skip", "no swap"),
        ("ok 1 a name # Skipped: no swap", True, "a name", "skip", "no swap"),
        ("not ok 1 a name # skip no swap", False, "a name", "skip", "no swap"),
        ("not ok 1 a name # TODO later", False, "a name", "todo", "later"),
        ("ok 1 # XFAIL a name", True, "a name", "xfail", ""),
        ("ok 1 # XPASS a name", True, "a name", "xpass", ""),
        ("not ok 1 # error a name", False, "a name", "error", ""),
        ("not ok 1 selftests: mm: cow # TIMEOUT 45 seconds", False, "selftests: mm: cow",
         "timeout", "45 seconds"),
        ("not ok 1 selftests: mm: cow # exit=1", False, "selftests: mm: cow", "", "exit=1"),
        ("not ok 1 a # b # SKIP c", False, "a # b", "skip", "c"),
        (r"ok 1 a \# SKIP b", True, "a # SKIP b", "", ""),
        ("ok 1 errors # errors are none", True, "errors", "", "errors are none"),
        ("ok 999999999 last", True, "last", "", ""),
    ],
)  # fmt: skip
def test_a_result(line: str, ok: bool, name: str, directive: Directive, text: str) -> None:
    found = only(f"{line}\n")
    assert (found.ok, found.name, found.directive, found.text) == (ok, name, directive, text)
    assert found.lines == (line,)


@pytest.mark.parametrize(
    "line",
    ["okay", "ok then", "not okay 1", "ok1 a", "not ok so far", "OK 1 a", f"ok {'9' * 5000} a",
     "# ok", "  ok", "ok \u0661 a", "1..", "1..x", "2..3", ""],
)  # fmt: skip
def test_what_is_no_result(line: str) -> None:
    assert log(line).results == ()


def test_plans() -> None:
    assert log("TAP version 13\n1..2\nok 1\nok 2").problems == ()
    assert log("KTAP version 1\nok 1\nok 2\n1..2").planned == 2
    skipped = log("TAP version 13\n1..0 # SKIP no THP here")
    assert (skipped.planned, skipped.skipped, skipped.problems) == (0, "no THP here", ())
    assert log("1..3\nok 1").problems == ("3 planned, 1 results",)
    assert log("ok 1").problems == (
        "there is no plan: nobody can tell whether results are missing",
    )
    assert "there are two plans" in log("1..1\nok 1\n1..1").problems
    assert "number 1 is given twice" in log("1..2\nok 1 a\nok 1 b").problems
    assert log("1..1\nok 1\n# Totals: pass:2 fail:0").problems == (
        "the totals tell of 2, there are 1",
    )


def test_several_programs_one_after_the_other() -> None:
    found = log("TAP version 13\n1..1\nok 1 a\nTAP version 13\n1..2\nok 1 b\nok 2 c\n")
    assert (found.planned, len(found.results), found.problems) == (3, 3, ())


def test_bail_out() -> None:
    found = log("1..3\nok 1 a\nBail out! the machine is gone\n")
    assert found.bailed == "the machine is gone"
    assert found.problems == ("3 planned, 1 results",)
    assert log("1..1\nok 1").bailed is None


def test_what_is_said_before_a_result_is_said_of_it() -> None:
    found = log(
        "# about a\nplain\nnot ok 1 a\n# about b\nok 2 b\n# Totals: pass:1 fail:1\n"
    ).results
    assert found[0].diagnostics == ("about a", "plain")
    assert found[0].lines == ("# about a", "plain", "not ok 1 a")
    assert found[1].diagnostics == ("about b",)


def test_the_rest_belongs_to_the_test_that_was_running() -> None:
    found = log("1..2\nok 1 a\n# [RUN] b\n# half")
    assert found.rest == ("# [RUN] b", "# half")


def test_kunit_nests_by_blanks() -> None:
    text = """KTAP version 1
1..1
    KTAP version 1
    # Subtest: example
    # module: kunit_example_test
    1..3
    # example_simple_test: initializing
    ok 1 example_simple_test
    # example_skip_test: initializing
    ok 2 example_skip_test # SKIP this test should be skipped
        KTAP version 1
        # Subtest: example_params_test
        ok 1 example value 3
        ok 2 example value 2
    # example_params_test: pass:2 fail:0 skip:0 total:2
    ok 3 example_params_test
# example: pass:2 fail:0 skip:1 total:3
# Totals: pass:3 fail:0 skip:1 total:4
ok 1 example
"""
    found = only(text)
    assert [one.name for one in found.children] == [
        "example_simple_test",
        "example_skip_test",
        "example_params_test",
    ]
    assert found.children[0].diagnostics == ("module: kunit_example_test",
                                             "example_simple_test: initializing")  # fmt: skip
    assert [one.name for one in leaves([found])] == [
        "example_simple_test",
        "example_skip_test",
        "example value 3",
        "example value 2",
    ]
    assert [one.depth for one in leaves([found])] == [1, 1, 2, 2]


def test_the_log_of_a_kernel_has_time_stamps() -> None:
    text = """[    0.500000] random: crng init done
[    0.600000] KTAP version 1
[    0.600001] 1..1
[    0.600002]     KTAP version 1
[    0.600003]     # Subtest: list
[    0.600004]     1..1
[    0.600005] random: something else
[    0.600006]     ok 1 list_add
[    0.600007] ok 1 list
"""
    found = log(text)
    assert found.problems == ()
    assert found.results[0].children[0].name == "list_add"
    assert len(found.kernel) == 2


def test_kernel_messages_in_between_are_kept_apart() -> None:
    found = log(
        "1..2\nok 1 a\n[    9.123456][  T12] WARNING: something\n<4>[ 9.123457] more\nok 2 b"
    )
    assert [one.name for one in found.results] == ["a", "b"]
    assert found.results[1].diagnostics == ()
    assert len(found.kernel) == 2


def test_a_result_that_the_kernel_tore_apart() -> None:
    found = log(
        "1..1\nok 1 anon chi[    9.123456] BUG: Bad page map\n[    9.123457] more\nld none\n"
    )
    assert [one.name for one in found.results] == ["anon child none"]
    assert len(found.kernel) == 2
    lost = log("ok 1 anon[    9.123456] BUG: Bad page map\nok 2 b\n1..2")
    assert [one.name for one in lost.results] == ["anon", "b"]
    cut = log("1..1\nok 1 anon[    9.123456] BUG: Bad page map")
    assert (cut.results, cut.rest) == ((), ("ok 1 anon",))


def test_the_runner_of_kselftest() -> None:
    found = parse((LOGS / "runner-6.18.log").read_bytes().splitlines())
    assert [(one.name, one.ok, one.directive) for one in found.results] == [
        ("selftests: mm: madv_populate", True, ""),
        ("selftests: mm: soft-dirty", True, "skip"),
        ("selftests: mm: ksm_functional_tests", False, "timeout"),
        ("selftests: mm: sleeps.sh", False, "timeout"),
        ("selftests: mm: missing", False, ""),
    ]
    assert len(found.results[0].children) == 16
    assert found.results[0].children[0].diagnostics == ("[RUN] test_prot_read",)
    assert "hello" in found.results[3].diagnostics
    assert found.problems == ("mm: ksm_functional_tests: 10 planned, 0 results",)


def test_a_log_that_ends_inside_a_test() -> None:
    lines = (LOGS / "runner-6.18.log").read_bytes().splitlines()
    found = parse(lines[:12])
    assert [(one.ok, one.name) for one in found.results] == [(None, "mm: madv_populate")]
    assert len(found.results[0].children) == 4


@pytest.mark.parametrize(
    ("name", "passed", "failed", "xfailed", "skipped"),
    [
        ("cow-5.10-debian", 47, 10, 4, 112),
        ("ksm_functional_tests-6.18", 9, 1, 0, 0),
        ("madv_populate-6.18", 16, 0, 0, 0),
        ("mkdirty-6.12-then-panic", 6, 0, 0, 0),
        ("mkdirty-7.2-init-killed", 4, 2, 0, 0),
    ],
)
def test_recorded_logs(name: str, passed: int, failed: int, xfailed: int, skipped: int) -> None:
    found = parse((LOGS / f"{name}.log").read_bytes().split(b"\n"))
    kinds = [one.directive or ("pass" if one.ok else "fail") for one in found.results]
    counts = tuple(kinds.count(kind) for kind in ("pass", "fail", "xfail", "skip"))
    assert counts == (passed, failed, xfailed, skipped)
    assert found.planned == len(found.results)
    assert found.problems == ()
    assert all(one.name and "\r" not in one.name for one in found.results)


def test_a_flood_is_bounded() -> None:
    parser = Parser()
    for number in range(50_000):
        parser.feed(f"# line {number}")
    (found,) = parser.feed("not ok 1 a")
    assert len(found.lines) < 250
    assert found.diagnostics[0] == "line 0"
    assert found.diagnostics[-1] == "line 49999"
    assert any("lines left out" in line for line in found.diagnostics)
    (long,) = Parser().feed("ok 1 " + "x" * 10_000_000)
    assert len(long.name) < 5000


def test_hostile_nesting_is_bounded() -> None:
    found = parse(f"{' ' * depth}ok 1 a" for depth in range(3000))
    assert len(leaves(found.results)) > 0


def test_bytes_that_are_no_text() -> None:
    (found,) = Parser().feed(b"ok 1 caf\xe9 \xff\r\r\n")
    assert found.name == "caf\udce9 \udcff"
