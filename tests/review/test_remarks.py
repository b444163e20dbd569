"""What remarks say of events and of macros."""

from pathlib import Path

import pytest

from kanalyze import config
from kanalyze.history.scan import ScanRequest
from kanalyze.review.events import in_words
from kanalyze.review.macros import changed_macros
from kanalyze.review.model import Finding
from kanalyze.review.scanned import scanned_tree
from kanalyze.review.versions import Step, Version

_SIDES = {
    "folio_test_ksm(folio)": "folio_test_ksm(folio)",
    "page_count(page) == 1 | outcomes: true: reuse, false: copy": (
        "page_count(page) == 1: reuse, else copy"
    ),
    # A bar of C is none of scan's.
    "flags & (FOLL_PIN | FOLL_GET) | outcomes: true: return true, false: return false": (
        "flags & (FOLL_PIN | FOLL_GET): return true, else return false"
    ),
    "a | outcomes: true: continue, false: back-off | locks: page-table lock, folio lock": (
        "a: goes on, else back-off; under page-table lock, folio lock"
    ),
    "a | outcomes: none": "a",
    "a | outcomes: true: , false: copy | policy: pin": "a: goes on, else copy; policy pin",
}


@pytest.mark.parametrize("side", _SIDES)
def test_a_side_of_an_event_is_told_as_a_sentence(side: str) -> None:
    assert in_words(side) == _SIDES[side]


# ------------------------------------------------------------------------ macros

_FAULT = """
int do_wp_page(struct vm_fault *vmf)
{
	struct page *page = vm_normal_page(vmf->vma, vmf->address, vmf->orig_pte);

	if (page_count(page) <= MOST_REFERENCES && only_mine(page)) {
		wp_page_reuse(vmf);
		return 0;
	}
	return wp_page_copy(vmf);
}
"""


def _version(place: Path, header: str, like: Version | None = None) -> Version:
    (place / "mm").mkdir(parents=True)
    (place / "mm" / "memory.c").write_text(_FAULT)
    (place / "mm" / "internal.h").write_text(header)
    request = ScanRequest(tree=str(place), config=config.load(), db=place / "facts.sqlite")
    return Version(scanned_tree(request), (), like)


def _told(tmp_path: Path, before: str, after: str) -> list[Finding]:
    old = _version(tmp_path / "before", before)
    return list(changed_macros(Step(old, _version(tmp_path / "after", after, old))))


def test_a_macro_that_a_condition_asks_is_told(tmp_path: Path) -> None:
    before = "#define MOST_REFERENCES 1\n#define OTHER 1\n"
    (found,) = _told(tmp_path, before, before.replace(" 1\n", " 2\n"))
    assert (found.function, found.effect, found.file) == (
        "MOST_REFERENCES", "unknown", "mm/internal.h",
    )  # fmt: skip
    assert found.why[:2] == ("before: 1", "after: 2")


def test_a_macro_that_says_who_has_a_page_is_told(tmp_path: Path) -> None:
    before = "#define mine_alone(page) \\\n\t(page_count(page) == 1)\n"
    after = before.replace("page_count", "page_mapcount")
    (found,) = _told(tmp_path, before, after)
    assert found.what == "the macro mine_alone changed, and takes part in what decides"
    assert found.why[1] == "after: (page) (page_mapcount(page) == 1)"


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("#define OTHER 1\n", "#define OTHER 2\n"),
        ("#define MOST_REFERENCES 1\n", "#define MOST_REFERENCES   1 /* mine */\n"),
        ("int a;\n#define MOST_REFERENCES 1\n", "#define MOST_REFERENCES 1\nint a;\n"),
        # What stands for a function where an option is not set.
        ("#define do_wp_page(vmf) page_count(vmf)\n", "#define do_wp_page(vmf) 0\n"),
    ],
    ids=["of another matter", "a comment", "moved", "instead of a function"],
)
def test_no_other_macro_is_told(before: str, after: str, tmp_path: Path) -> None:
    assert _told(tmp_path, before, after) == []


def test_macros_that_come_and_go_are_told(tmp_path: Path) -> None:
    one, other = "#define MOST_REFERENCES 1\n", "#define only_mine(p) PageAnonExclusive(p)\n"
    assert [found.what for found in _told(tmp_path, one, other)] == [
        "the macro MOST_REFERENCES is gone, and takes part in what decides",
        "the macro only_mine is new, and takes part in what decides",
    ]
