"""A review as Markdown: what it says, and that foreign text in it does nothing."""

import re
from html.parser import HTMLParser
from pathlib import Path

import pytest
from markdown_it import MarkdownIt
from review_parts import WRONG, finding, patch
from reviews import hostile, nothing, review, series

from kanalyze.report import review_markdown
from kanalyze.report.review_as_markdown import text
from kanalyze.review.model import Review

GOLDEN = Path(__file__).parent / "golden"


def shown(record: Review) -> str:
    return "".join(review_markdown(record))


class Page(HTMLParser):
    """What Markdown becomes: its elements, and its text."""

    def __init__(self, markdown: str) -> None:
        super().__init__()
        self.tags: list[str] = []
        self.text = ""
        self.feed(MarkdownIt("commonmark").enable("table").render(markdown))

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append(tag)

    def handle_data(self, data: str) -> None:
        self.text += data


def test_it_is_as_it_was() -> None:
    assert shown(series()) == (GOLDEN / "review.md").read_text(encoding="utf-8")


def test_nothing_to_say_is_short() -> None:
    said = Page(shown(nothing())).text
    assert "touches no decision about reuse or copy" in said
    assert "Test cases" not in said and "|" not in said


def test_hostile_text_makes_no_elements() -> None:
    page = Page(shown(hostile()))
    allowed = {"h1", "h2", "p", "ul", "li", "table", "thead", "tbody", "tr", "th", "td"}
    assert set(page.tags) <= {*allowed, "pre", "code"}
    assert "<script>alert(1)</script>" in page.text
    raw = shown(hostile())
    assert not re.search("[\x00-\x08\x0b-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069]", raw)


def test_every_row_of_a_table_has_its_columns() -> None:
    page = MarkdownIt("commonmark").enable("table").render(shown(hostile()))
    for table in re.findall(r"<table>.*?</table>", page, re.S):
        rows = re.findall(r"<tr>(.*?)</tr>", table, re.S)
        assert len({len(re.findall(r"<t[hd]", row)) for row in rows}) == 1


@pytest.mark.parametrize(
    "line",
    [
        "# no heading", "- no list", "+ no list", "1. no list", "1) no list", "> no quotation",
        "```", "~~~", "***", "---", "===", "    no code", "[a](b)", "![a](b)", "<b>", "&amp;",
        "`a`", "*a*", "__a__", "a | b", "a\\", "<!-- a", ":---", "\\[a", "\\<b>",
    ],
)  # fmt: skip
def test_text_stays_what_it_is(line: str) -> None:
    for before in ("", "- ", "| a |\n|---|\n| "):
        page = Page(f"{before}{text(line)}\n")
        assert line.strip() in page.text
        assert set(page.tags) <= {"p", "ul", "li", "table", "thead", "tbody", "tr", "th", "td"}


def test_nobody_is_notified_and_nothing_linked() -> None:
    for line, forbidden in (
        ("@torvalds", r"@\w"),
        ("a@b.org", r"@\w"),
        ("fixes #12", r"#\d"),
        ("GH-12", r"GH-\d"),
    ):
        assert not re.search(forbidden, Page(text(line)).text)
    assert r"https\://" in text("https://example.org")
    assert r"www\.e" in text("www.example.org")


def test_code_cannot_end_its_fence() -> None:
    evil = WRONG.replace("folio_mapcount(folio) != 1) {", "``` x\n").replace("@@ -4198", "@@ -4198")
    lines = evil.split("\n")
    at = next(number for number, line in enumerate(lines) if line.endswith("``` x"))
    joined = "\n".join([*lines[: at + 1], *lines[at + 2 :]])
    record = review(patches=(patch(diff=joined),), findings=(finding(),))
    page = Page(shown(record))
    assert page.tags.count("pre") == 1
    assert "folio_unlock(folio);" in shown(record).split("````")[1]
