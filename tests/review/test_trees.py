"""What the differences of two trees mean: the decisions of both, held against each other."""

from dataclasses import replace
from pathlib import Path

import pytest
from made_steps import CONFIG, MEMORY, Kernel, fault, source

from kanalyze.history.compare_trees import against
from kanalyze.history.model import Against
from kanalyze.history.scan import ScanRequest
from kanalyze.review import with_meanings_of_differences

MAPS, REFS = "page_mapcount(page) == 1", "page_count(page) == 1"
DECIDES = frozenset({"decision"})


@pytest.fixture
def kernel(tmp_path: Path) -> Kernel:
    """A kernel whose fault handler trusts the map count in v1, and references since."""
    made = Kernel(tmp_path)
    made.memory(fault(MAPS))
    made.git("tag", "v1")
    made.memory(fault(REFS))
    return made


def meant(kernel: Kernel, here: str, there: str, other: Path | None = None) -> Against:
    request = ScanRequest(tree=str(kernel.path), config=CONFIG, revision=here, db=kernel.db, jobs=1)
    found = against(request, str(other or kernel.path), there, "", DECIDES)
    return with_meanings_of_differences(found, request)


def test_a_difference_names_the_smallest_state_that_is_answered_otherwise(kernel: Kernel) -> None:
    (one,) = meant(kernel, "v1", "master").differences
    assert "was reuse, is now copy; breaks R3; mends R1 in other states" in one.meaning
    (back,) = meant(kernel, "master", "v1").differences
    assert "was copy, is now reuse; breaks R1" in back.meaning and "mends R3" in back.meaning


def test_another_form_of_one_question_has_the_same_answers(kernel: Kernel) -> None:
    kernel.memory(fault("1 == page_count(page)"))
    (one,) = meant(kernel, "master^", "master").differences
    assert one.meaning == "same answers in every page state"


def test_a_function_with_another_name_is_held_against_itself(kernel: Kernel) -> None:
    kernel.memory(fault(MAPS, name="wp_fault"))
    (one,) = meant(kernel, "master^", "master").differences
    assert (one.kind, one.here.function, one.there.function) == ("moved", "do_wp_page", "wp_fault")
    assert "breaks R1" in one.meaning


def test_a_directory_is_as_good_as_a_repository(kernel: Kernel, tmp_path: Path) -> None:
    plain = tmp_path / "plain"
    (plain / "mm").mkdir(parents=True)
    (plain / MEMORY).write_bytes(source(fault(REFS)))
    there = meant(kernel, "v1", "HEAD", plain).differences
    assert [one.meaning for one in there] == [
        one.meaning for one in meant(kernel, "v1", "master").differences
    ]


def test_what_is_on_one_side_only_means_nothing_by_itself(kernel: Kernel) -> None:
    kernel.memory(fault(REFS, above="	if (PageKsm(page))\n\t\treturn 0;"))
    found = meant(kernel, "master^", "master").differences
    assert {one.kind: bool(one.meaning) for one in found}["only there"] is False


def test_nothing_else_changes(kernel: Kernel) -> None:
    found = meant(kernel, "v1", "master")
    request = ScanRequest(tree=str(kernel.path), config=CONFIG, revision="v1", db=kernel.db, jobs=1)
    plain = against(request, str(kernel.path), "master", "", DECIDES)
    assert replace(found, differences=()) == replace(plain, differences=())
    assert [replace(one, meaning="") for one in found.differences] == list(plain.differences)
