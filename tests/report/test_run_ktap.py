"""KTAP of a run: our own parser reads back what was written."""

from collections import Counter

import pytest
from runs import OLD, OWN, hostile, many, run

from kanalyze.lab.ktap import Log, Result, leaves, parse
from kanalyze.lab.model import LabRun
from kanalyze.report import run_ktap

EMPTY = LabRun(kernels=(), programs=(), results=())
EXAMPLES = {"run": run(), "hostile": hostile(), "many": many(60, 3)}


def log(record: LabRun) -> Log:
    return parse("".join(run_ktap(record)).splitlines())


def outcome(result: Result) -> str:
    if result.directive == "error":
        return result.text.split(":")[0].strip()
    return result.directive or ("pass" if result.ok else "fail")


@pytest.mark.parametrize("name", EXAMPLES)
def test_it_reads_back(name: str) -> None:
    record = EXAMPLES[name]
    found = log(record)
    assert found.problems == ()
    assert found.planned == len(found.results) == len(record.kernels)
    by_outcome = Counter(one.outcome for one in record.results)
    assert Counter(outcome(one) for one in leaves(found.results) if one.depth == 2) == by_outcome


def test_names_and_nesting_come_back() -> None:
    found = log(run())
    assert [kernel.name for kernel in found.results][:2] == [OLD, "7.2.13+deb14-cloud-amd64"]
    own = next(kernel for kernel in found.results if kernel.name == OWN)
    assert [program.name for program in own.children] == [
        "cow_rules_reuse",
        "cow_rules_copies",
        "cow_rules_pins",
    ]
    warned = own.children[0].children[1]
    assert warned.name == "anon child-vmsplice-unmap none none write R1"
    assert (warned.ok, warned.directive) == (False, "error")
    assert any("do_wp_page+0x5d2" in line for line in warned.diagnostics)
    assert not own.ok
    assert [one.name for one in found.results[0].children[0].children][2].endswith("(attempt 2)")


def test_an_empty_run_and_a_kernel_without_results() -> None:
    assert log(EMPTY).planned == 0
    bare = LabRun(kernels=run().kernels[:1], programs=(), results=())
    (only,) = log(bare).results
    assert (only.ok, only.directive, only.children) == (True, "skip", ())


def test_a_hash_in_a_name_is_no_directive() -> None:
    names = {one.name for one in leaves(log(hostile()).results)}
    assert "case a # b" in names
