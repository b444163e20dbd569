"""The selftest that a series needs: found in it, or made for it."""

import subprocess
from dataclasses import replace
from pathlib import Path

import pytest
from made_machine import CODE, WRONG, diff

from kanalyze import config
from kanalyze.errors import InputError
from kanalyze.history.scan import ScanRequest
from kanalyze.review.evidence_tests import MOST, selftests_in, with_tests
from kanalyze.review.model import Evidence, Review
from kanalyze.review.request import ReviewRequest, review

MM = "tools/testing/selftests/mm"
OTHER = f"{MM}/other.c"
FILES = {
    "mm/memory.c": CODE,
    f"{MM}/Makefile": "TEST_GEN_FILES = other\n\ninclude ../lib.mk\n",
    OTHER: '#include "../kselftest.h"\nint main(void)\n{\n\treturn 0;\n}\n',
    f"{MM}/run_vmtests.sh": "#!/bin/bash\nCATEGORY=other run_test ./other\n",
    "tools/testing/selftests/kselftest.h": "static inline void ksft_print_header(void)\n{\n}\n",
    "tools/testing/selftests/lib.mk": "all:\n",
}
AUTHOR = "R. E. Viewer <viewer@example.org>"


@pytest.fixture
def tree(tmp_path: Path) -> Path:
    place = tmp_path / "linux"
    for path, text in FILES.items():
        (place / path).parent.mkdir(parents=True, exist_ok=True)
        (place / path).write_text(text)
    return place


def asked(tree: Path, mail: bytes) -> ReviewRequest:
    scan = ScanRequest(
        tree=str(tree), config=config.load(None), history=False, db=tree.parent / "facts.sqlite",
        jobs=1,
    )  # fmt: skip
    return ReviewRequest(scan=scan, mail=mail, where="-")


def noted(tree: Path, mail: bytes, directory: Path) -> str:
    request = asked(tree, mail)
    found: Review = with_tests(review(request), request, directory, AUTHOR)
    return found.notes[-1]


def test_a_series_without_a_test_is_given_one_that_applies(tree: Path, tmp_path: Path) -> None:
    place = tmp_path / "offered"
    note = noted(tree, diff({"mm/memory.c": (CODE, WRONG)}), place)
    assert note == (
        f"it brings no memory selftest: {place}/series.mbox adds {MOST} test cases for do_wp_page()"
    )
    patches = sorted(path.name for path in place.glob("*.patch"))
    assert patches and (place / "series.mbox").is_file()
    assert AUTHOR in (place / patches[0]).read_text()
    for name in patches:
        command = ("git", "-C", str(tree), "apply", "--check", str(place / name))
        done = subprocess.run(command, capture_output=True, text=True, check=False)
        assert done.returncode == 0, done.stderr
        subprocess.run((*command[:4], str(place / name)), check=True)
    assert (tree / MM / "cow_rules_reuse.c").is_file()


BRINGS = {
    "mm/memory.c": (CODE, WRONG),
    OTHER: (FILES[OTHER], FILES[OTHER].replace("return 0", "return 1")),
    f"{MM}/new.c": ("", "int new;\n"),
}


def test_a_series_that_brings_one_is_said_to(tree: Path, tmp_path: Path) -> None:
    note = noted(tree, diff(BRINGS), tmp_path / "offered")
    assert note == (
        f"it brings tests of its own, and none was made: {OTHER}, {MM}/new.c. Whether they are"
        " about what it touches was not looked at: --run --suite tree --test other --test new"
        " runs them before and after"
    )
    assert not (tmp_path / "offered").exists()


@pytest.mark.parametrize(
    ("after", "says"),
    [
        (("fail", "pass"), "1 of their 2 cases came to something else behind the series"),
        (("pass", "pass"), "all 2 cases came to the same behind the series"),
    ],
)
def test_what_the_tests_that_it_brings_came_to(
    tree: Path, tmp_path: Path, after: tuple[str, ...], says: str
) -> None:
    request = asked(tree, diff(BRINGS))
    ran = tuple(
        Evidence(
            case=f"{number}", kernel="7.2", before="pass", after=one, suite="tree", program="new"
        )
        for number, one in enumerate(after)
    )
    generated = Evidence(case="c", kernel="7.2", before="pass", after="fail", program="new")
    found = replace(review(request), evidence=(*ran, generated))
    assert with_tests(found, request, tmp_path / "offered", AUTHOR).notes[-1].endswith(says)


def test_nothing_is_made_for_what_touches_nothing(tree: Path, tmp_path: Path) -> None:
    comment = CODE.replace("copy:\n", "copy:\n\t/* a comment */\n")
    note = noted(tree, diff({"mm/memory.c": (CODE, comment)}), tmp_path / "offered")
    assert note == "no test was made for it: it touches no decision"
    note = noted(tree, diff({"mm/memory.c": (WRONG, CODE)}), tmp_path / "offered")
    assert note == "no test was made for it: it does not apply"
    assert not (tmp_path / "offered").exists()


def test_a_tree_without_selftests_is_an_error(tree: Path, tmp_path: Path) -> None:
    (tree / MM / "Makefile").unlink()
    with pytest.raises(InputError, match="no memory selftests"):
        noted(tree, diff({"mm/memory.c": (CODE, WRONG)}), tmp_path / "offered")


def test_only_memory_selftests_are_tests_of_it() -> None:
    text = diff({"tools/testing/selftests/net/a.c": ("", "x\n"), f"{MM}/README": ("", "x\n")})
    assert selftests_in([text.decode()]) == []
    assert selftests_in([diff({f"{MM}/a.c": ("", "x\n")}).decode()] * 2) == [f"{MM}/a.c"]


def test_a_header_or_what_is_only_taken_away_is_no_test() -> None:
    text = diff({f"{MM}/util.h": ("x\n", "y\n"), f"{MM}/a.c": ("x\ny\n", "x\n")})
    assert selftests_in([text.decode()]) == []
