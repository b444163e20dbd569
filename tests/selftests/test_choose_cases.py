"""What a suite tests, written beside the tests and read back."""

import json
from pathlib import Path

import pytest
from planned import planned, write_tree

from kanalyze.errors import EnvironmentFailure, InputError
from kanalyze.resources import templates_dir
from kanalyze.selftests.cases import Plan, generated, records
from kanalyze.selftests.cases_json import CASES, cases_file, read_cases
from kanalyze.selftests.known import KNOWN, read_known
from kanalyze.selftests.plan import installed_pieces

DECISION = b"""\
static vm_fault_t do_wp_page(struct vm_fault *vmf)
{
	if (page_count(vmf->page) != 1%s)
		return wp_page_copy(vmf);
	wp_page_reuse(vmf);
	return 0;
}
"""


@pytest.fixture(scope="module")
def plan(tmp_path_factory: pytest.TempPathFactory) -> Plan:
    place = tmp_path_factory.mktemp("cases")
    return planned(write_tree(place / "linux", memory=DECISION % b""), place / "facts")


def written(plan: Plan, place: Path) -> Path:
    (place / CASES).write_bytes(cases_file(plan).content)
    return place


def test_what_is_written_is_read_back(plan: Plan, tmp_path: Path) -> None:
    assert read_cases(written(plan, tmp_path)) == records(plan)
    assert len(records(plan)) == len(plan.cases) > 100


def test_the_file_has_a_schema_and_a_line_for_each_case(plan: Plan) -> None:
    text = cases_file(plan).content.decode()
    found = json.loads(text)
    assert found["schema"] == "kanalyze.cases/1"
    assert [case["name"] for case in found["cases"]] == [case.name for case in plan.cases]
    assert all(f'{{"name":"{case.name}"' in text for case in plan.cases)
    assert text.count("\n") < len(plan.cases) + len(found["moments"]) + len(found["things"]) + 12


def test_names_have_the_dashes_of_the_harness(plan: Plan) -> None:
    for case in plan.cases:
        words = case.name.split()
        assert len(words) == 6 and "_" not in case.name and words[-1] == case.rule.upper()


def test_what_a_tree_calls_things_is_made_fit_to_print(tmp_path: Path) -> None:
    text = DECISION % " || page_mapcount(vmf->page) > 1\x1b[31m\u202e".encode()
    plan = planned(write_tree(tmp_path / "linux", memory=text), tmp_path / "facts")
    said = {one.predicate for case in plan.cases for one in case.covers}
    assert said and all(one.isprintable() for one in said)
    assert read_cases(written(plan, tmp_path)) == records(plan)


@pytest.mark.parametrize(
    "text",
    [b"", b"{}", b"[]", b'{"schema": "kanalyze.cases/2"}', b"\xff", b"not json"],
)
def test_another_file_is_refused(tmp_path: Path, text: bytes) -> None:
    (tmp_path / CASES).write_bytes(text)
    with pytest.raises(InputError, match="not as kanalyze wrote it"):
        read_cases(tmp_path)


def test_a_file_that_covers_what_it_has_not_is_refused(plan: Plan, tmp_path: Path) -> None:
    found = json.loads(cases_file(plan).content)
    found["things"] = []
    (tmp_path / CASES).write_text(json.dumps(found))
    with pytest.raises(InputError, match="covers what is not in it"):
        read_cases(tmp_path)


def test_no_file_is_said_in_one_line(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="cannot be read") as error:
        read_cases(tmp_path)
    assert "\n" not in str(error.value)


def test_what_is_generated_counts_what_is_covered(plan: Plan) -> None:
    found = generated("linux", plan)
    assert found.covered == 1 and not found.uncovered and not found.directory
    assert found.cases == records(plan)


# --------------------------------------------------------------------- what is known


def test_what_upstream_knows_is_about_pieces_that_there_are() -> None:
    known = read_known(templates_dir() / "selftests")
    pieces = installed_pieces()
    vmspliced = {
        "memory": "hugetlb", "other": "child_vmsplice_unmap", "reference": "none",
        "arm": "none", "access": "write", "rule": "r1",
    }  # fmt: skip
    assert "cow.c" in known.xfail(vmspliced)
    for kind in ("memory", "other"):
        assert pieces[f"{kind}/{vmspliced[kind]}"]
    assert known.xfail({**vmspliced, "rule": "r2"}) == ""
    assert known.xfail({**vmspliced, "memory": "anon"}) == ""
    assert known.xfail({**vmspliced, "other": "child"}) == ""


@pytest.mark.parametrize("text", ["known = 1", '[[known]]\nrule = ["r1"]', "[["])
def test_a_damaged_list_of_what_is_known_is_named(tmp_path: Path, text: str) -> None:
    (tmp_path / KNOWN).write_text(text)
    with pytest.raises(EnvironmentFailure, match=KNOWN):
        read_known(tmp_path)
