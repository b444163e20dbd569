"""What a real run has shown, in all forms: a wrong patch on 7.2, as it was recorded."""

import re
from pathlib import Path

import pytest
from review_forms import FORMS, recorded

from kanalyze.report import review_sarif
from kanalyze.report.review_evidence import lost, telling

GOLDEN = Path(__file__).parent / "golden"
RECORD = recorded("review-mapcount")
# The page has golden files of its own.
READ = [form for form in FORMS if form != "page.html"]


@pytest.mark.parametrize("form", READ)
def test_forms_are_as_they_were(form: str) -> None:
    golden = GOLDEN / f"recorded-{form}"
    assert FORMS[form](RECORD) == golden.read_text(encoding="utf-8")


@pytest.mark.parametrize("form", FORMS)
def test_the_case_and_the_kernel_are_in_every_form(form: str) -> None:
    said = " ".join(re.sub(r"[\\>|]|%0A|&gt;|<[^>]*>", " ", FORMS[form](RECORD)).split())
    assert "swapped child-exits none fork write R1" in said
    assert "7.2.13-small (config small)" in said
    assert "kernel-panic" in said


def test_the_page_and_sarif_have_them_too() -> None:
    shown = FORMS["page.html"](RECORD)
    assert "kernel BUG at mm/memory.c:4967!" in shown and "RAX: " in shown
    assert '"after": "kernel-panic"' in "".join(review_sarif(RECORD))


def test_registers_are_for_those_who_ask_for_all_of_it() -> None:
    for one in lost(RECORD):
        lines = telling(one, 200)
        assert not [line for line in lines if re.search("R[A-D]X: |Code: |CR0: |<TASK>", line)]
        assert [line for line in lines if "RIP: 0010:do_swap_page" in line]
        assert [line for line in lines if line.endswith("Call Trace:")]
        assert "RAX: " in "".join(one.lines)
