"""JUnit XML of a run, as Jenkins and GitLab read it."""

import xml.etree.ElementTree as ET

import pytest
from runs import OLD, OWN, WORDS, hostile, many, run

from kanalyze.lab.model import LabRun
from kanalyze.report import run_junit

EMPTY = LabRun(kernels=(), programs=(), results=())
EXAMPLES = {"run": run(), "empty": EMPTY, "hostile": hostile(), "many": many(60, 3)}


def document(record: LabRun) -> ET.Element:
    text = "".join(run_junit(record))
    # what a parser of XML 1.0 takes, and what no terminal obeys
    assert not any(ord(char) < 32 and char != "\n" for char in text)
    return ET.fromstring(text.encode("utf-8"))


@pytest.mark.parametrize("name", EXAMPLES)
def test_the_sums_are_those_of_the_cases(name: str) -> None:
    root = document(EXAMPLES[name])
    for level in (root, *root.iter("testsuite")):
        cases = list(level.iter("testcase"))
        assert int(level.attrib["tests"]) == len(cases)
        for attribute, element in (
            ("failures", "failure"),
            ("errors", "error"),
            ("skipped", "skipped"),
        ):
            found = sum(case.find(element) is not None for case in cases)
            assert int(level.attrib[attribute]) == found
    assert int(root.attrib["tests"]) == len(EXAMPLES[name].results)


@pytest.mark.parametrize("name", EXAMPLES)
def test_every_case_can_be_told_from_the_others(name: str) -> None:
    root = document(EXAMPLES[name])
    names = [(case.attrib["classname"], case.attrib["name"]) for case in root.iter("testcase")]
    if name != "hostile":  # where names differ in what cannot be shown only
        assert len(names) == len(set(names))


def test_outcomes_are_what_a_reader_of_junit_expects() -> None:
    root = document(run())
    elements = {}
    for case in root.iter("testcase"):
        found = [child.tag for child in case if child.tag != "system-out"]
        assert len(found) <= 1
        message = next((c.attrib["message"] for c in case if "message" in c.attrib), "pass")
        elements[message.split(":")[0]] = found[0] if found else ""
    assert elements == {
        "pass": "",
        "fail": "failure",
        "timeout": "error",
        "kernel-warning": "error",
        "kernel-panic": "error",
        "boot-failure": "error",
        "lost-vm": "error",
        "skip": "skipped",
        "xfail": "skipped",
        "not-run": "skipped",
    }


def test_evidence_is_there_and_attempts_are_apart() -> None:
    root = document(run())
    suites = {suite.attrib["name"] for suite in root.iter("testsuite")}
    assert f"{OLD} cow_rules_reuse" in suites
    assert "6.1-broken the boot itself" in suites
    said = {case.findtext("system-out") or "" for case in root.iter("testcase")}
    assert any("do_wp_page+0x5d2/0x9a0" in text and "Call Trace:\n" in text for text in said)
    names = [case.attrib["name"] for case in root.iter("testcase")]
    leak = "anon child-vmsplice-unmap none none write R1"
    assert leak in names
    assert f"{leak} (attempt 2)" in names
    classes = {case.attrib["classname"] for case in root.iter("testcase")}
    assert f"{OWN.replace('.', '_')}.cow_rules_reuse" in classes


def test_what_a_guest_prints_is_text() -> None:
    root = document(hostile())
    messages = {child.attrib["message"] for case in root.iter("testcase") for child in case
                if "message" in child.attrib}  # fmt: skip
    assert any('<script>alert("x")</script>' in one for one in messages)
    assert any("\\x1b[2J" in one for one in messages)
    assert len(list(root.iter("testcase"))) == len(WORDS) ** 2
