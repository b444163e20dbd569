"""What `generate` prints: for people in lines that fit, for programs by its schema."""

import json
import typing
from dataclasses import fields, replace
from pathlib import Path
from typing import Any

import jsonschema
import pytest

import kanalyze.report
from kanalyze.report.generated_as_json import generated_json
from kanalyze.report.generated_as_text import generated_text
from kanalyze.report.view import View
from kanalyze.selftests import cases as records
from kanalyze.selftests.cases import CaseRecord, Covered, Generated, Uncovered, Unreached
from kanalyze.semantics.states import PageState, Size, Trigger

SCHEMA = Path(kanalyze.report.__file__).parent / "schemas/generate-1.json"
HOSTILE = "x\x1b[31m\u202ey"

COVERED = Covered(
    id="do_wp_page.12345678",
    kind="decision",
    function="do_wp_page",
    file="mm/memory.c",
    predicate="page_count(page) != 1",
    commit='abcdef123456 ("mm: ask for the count")',
    trigger="write-fault",
    size="small",
    state="mapped by me and another process",
)
ASKED = replace(
    COVERED, id="unmap.1", function="unmap", kind="arm", trigger="unmap", state="", commit=""
)


def case(number: int = 0, **given: Any) -> CaseRecord:
    found = CaseRecord(
        name=f"anon child none none write{number or ''} R1",
        program="cow_rules_reuse",
        memory="anon",
        other="child",
        reference="none",
        arm="none",
        access="write",
        race="",
        rule="r1",
        trigger="write-fault",
        size="small",
        state="mapped by me and another process",
        page=PageState(my_maps=1, other_maps=1),
        covers=(COVERED, ASKED),
        xfail="",
    )
    return replace(found, **given)


def result(**given: Any) -> Generated:
    found = Generated(
        tree="linux",
        describe="v7.2",
        commit=40 * "a",
        range="",
        covered=2,
        cases=(case(), case(1), case(2, xfail="said so")),
        uncovered=(
            Uncovered(
                id="move.1",
                kind="section",
                function="move",
                file="mm/mremap.c",
                predicate="write section of seq",
                reason="no race is about seq",
            ),
        ),
        unreached=(
            Unreached(
                function="do_wp_page",
                file="mm/memory.c",
                trigger="write-fault",
                size="small",
                outcomes=("copy", "reuse"),
                states=4,
                words="mine alone, in another CPU's LRU cache",
            ),
        ),
    )
    return replace(found, **given)


EXAMPLES = [
    result(),
    result(cases=(), uncovered=(), unreached=(), describe="", commit=""),
    result(cases=(case(page=None, race="fork_gup"),), range="v1..v2"),
    result(directory="out", written=("a.c",), unchanged=("b.c", "c.c"), removed=("d.c",)),
    result(tree=HOSTILE, cases=(case(state=HOSTILE),), describe=HOSTILE),
]


def text(found: Generated, **view: Any) -> str:
    return "".join(generated_text(found, View(**{"width": 80, **view})))


@pytest.mark.parametrize("found", EXAMPLES)
@pytest.mark.parametrize("width", [40, 80, 140])
@pytest.mark.parametrize("verbose", [False, True])
def test_lines_fit_and_nothing_obeys(found: Generated, width: int, verbose: bool) -> None:
    lines = text(found, width=width, verbose=verbose).split("\n")
    assert all(len(line) <= width for line in lines)
    assert all(line.isprintable() for line in lines)


def test_a_decision_has_its_states_and_each_its_cases() -> None:
    lines = text(result()).splitlines()
    at = next(place for place, line in enumerate(lines) if line.startswith("do_wp_page,"))
    assert lines[at].endswith(" 3 cases")
    assert lines[at + 1].startswith("  decision     do_wp_page.12345678: page_count(page) != 1")
    assert '[abcdef123456 ("mm: ask for the count")]' in " ".join(
        " ".join(lines[at + 1 : at + 3]).split()
    )
    assert "  write fault, small page:" in lines
    assert "    - mapped by me and another process" in lines
    assert "      R1 anon child none none write R1, and 2 others like it" in lines


def test_what_is_asked_for_has_no_states() -> None:
    lines = text(result()).splitlines()
    at = lines.index("  by what arms, small page:")
    assert lines[at + 1] == "      R1 anon child none none write R1, and 2 others like it"


def test_a_case_without_a_place_is_not_lost() -> None:
    told = text(result(cases=(case(), case(7, covers=(), state="file page"))))
    assert "    - file page\n      R1 anon child none none write7 R1\n" in told


def test_in_full_every_case_is_named() -> None:
    told = text(result(), verbose=True)
    for name in ("write R1", "write1 R1", "write2 R1 (expected to fail: said so)"):
        assert f"        anon child none none {name}\n" in told


def test_what_has_no_case_comes_with_its_reason() -> None:
    told = text(result())
    assert "  - no race is about seq:\n      move.1 in mm/mremap.c\n" in told
    assert "4 states -> copy or reuse, the smallest: mine alone" in " ".join(told.split())


def test_the_sum_of_it() -> None:
    assert " ".join(text(result()).split()).endswith(
        "3 cases (R1 3) for 2 of 3 decisions, arming sites and sections; 1 expected to fail."
    )


def test_files_are_counted_where_there_are_any() -> None:
    told = text(EXAMPLES[3])
    assert "out: 1 file written, 2 files as they were and 1 file removed.\n" in told
    assert "do_wp_page, mm/memory.c" not in told
    assert "out:" not in text(result())


# ------------------------------------------------------------------------------ JSON


def schema() -> dict[str, Any]:
    found: dict[str, Any] = json.loads(SCHEMA.read_text())
    return found


@pytest.mark.parametrize("found", EXAMPLES)
def test_json_is_as_its_schema_says(found: Generated) -> None:
    document = json.loads("".join(generated_json(found)))
    jsonschema.validate(document, schema())
    assert len(document["cases"]) == len(found.cases)


def test_the_schema_has_every_field() -> None:
    kinds = {
        "case": CaseRecord, "covered": Covered, "uncovered": Uncovered, "unreached": Unreached,
        "state": PageState,
    }  # fmt: skip
    found = schema()
    assert set(found["properties"]) == {one.name for one in fields(Generated)}
    for name, kind in kinds.items():
        assert set(found["$defs"][name]["properties"]) == {one.name for one in fields(kind)}, name
        assert set(found["$defs"][name]["required"]) <= {one.name for one in fields(kind)}


@pytest.mark.parametrize(
    ("record", "field", "words"),
    [
        ("case", "program", records.ProgramName),
        ("case", "trigger", Trigger),
        ("case", "size", Size),
        ("covered", "kind", records.Covers),
        ("covered", "trigger", Trigger),
        ("uncovered", "kind", records.Covers),
    ],
)
def test_the_schema_has_every_word(record: str, field: str, words: Any) -> None:
    listed = schema()["$defs"][record]["properties"][field]["enum"]
    assert tuple(listed) == typing.get_args(words)
