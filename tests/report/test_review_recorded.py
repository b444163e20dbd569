"""What a real run has shown, in all forms: a wrong patch on 7.2, as it was recorded."""

import re
from collections.abc import Callable
from pathlib import Path

import msgspec
import pytest

from kanalyze.report import (
    View,
    replies,
    review_annotations,
    review_b4,
    review_html,
    review_junit,
    review_markdown,
    review_sarif,
    review_text,
)
from kanalyze.report.review_evidence import lost, telling
from kanalyze.review.model import Review

HERE = Path(__file__).parent
RECORD = msgspec.json.decode(
    (HERE / "recorded/review-mapcount.json").read_bytes(), type=Review, strict=False
)
DATE = "Mon, 23 Nov 2026 19:40:00 +0000"


def reply() -> str:
    (one,) = replies(RECORD, sender="A Reviewer <reviewer@example.org>", date=DATE, token="1")
    return one.text.decode()


FORMS: dict[str, Callable[[], str]] = {
    "text.txt": lambda: "".join(review_text(RECORD, View(width=80))),
    "reply.eml": reply,
    "markdown.md": lambda: "".join(review_markdown(RECORD)),
    "b4.json": lambda: "".join(review_b4(RECORD)),
    "github.txt": lambda: "".join(review_annotations(RECORD)),
    "junit.xml": lambda: "".join(review_junit(RECORD)),
}


@pytest.mark.parametrize("form", FORMS)
def test_forms_are_as_they_were(form: str) -> None:
    golden = HERE / "golden" / f"recorded-{form}"
    assert FORMS[form]() == golden.read_text(encoding="utf-8")


@pytest.mark.parametrize("form", FORMS)
def test_the_case_and_the_kernel_are_in_every_form(form: str) -> None:
    said = " ".join(re.sub(r"[\\>|]|%0A|&gt;", " ", FORMS[form]()).split())
    assert "swapped child-exits none fork write R1" in said
    assert "7.2.13-small (config small)" in said
    assert "kernel-panic" in said


def test_the_page_and_sarif_have_them_too() -> None:
    shown = "".join(review_html(RECORD))
    assert "kernel BUG at mm/memory.c:4967!" in shown and "RAX: " in shown
    assert '"after": "kernel-panic"' in "".join(review_sarif(RECORD))


def test_registers_are_for_those_who_ask_for_all_of_it() -> None:
    for one in lost(RECORD):
        lines = telling(one, 200)
        assert not [line for line in lines if re.search("R[A-D]X: |Code: |CR0: |<TASK>", line)]
        assert [line for line in lines if "RIP: 0010:do_swap_page" in line]
        assert [line for line in lines if line.endswith("Call Trace:")]
        assert "RAX: " in "".join(one.lines)
