"""The lint that every mail is held to: each rule, with a mail that breaks it."""

import itertools
import re
from pathlib import Path

import pytest
from review_parts import WRONG, mail
from reviews import review

from kanalyze.report import replies
from kanalyze.report.mail_lint import lint

SENDER = "R. E. Viewer <viewer@example.org>"
DATE = "Sun, 19 Dec 2021 09:30:00 +0100"
GOOD = replies(review(), sender=SENDER, date=DATE, token="0123456789ab")[0].text
FIRST_LINE = GOOD.partition(b"\n\n")[2].split(b"\n")[0]


def offences(text: bytes, **how: bool) -> set[str]:
    return {one.rule for one in lint(text, **{"is_reply": True, **how})}  # type: ignore[arg-type]


def test_a_good_mail_offends_nobody() -> None:
    assert offences(GOOD) == set()


def header(name: str, value: str) -> bytes:
    """Return the good mail with a header changed, or without it."""
    line = f"{name}: {value}\n".encode() if value else b""
    return re.sub(rb"(?m)^" + name.encode() + rb": .*\n(?:[ \t].*\n)*", line, GOOD, count=1)


def with_line(line: bytes) -> bytes:
    return GOOD + line + b"\n"


def test_the_reply_in_the_documentation_is_one() -> None:
    page = (Path(__file__).resolve().parents[2] / "docs/review.md").read_text("utf-8")
    lines = page[page.index("    Subject: Review: ") :].split("\n")
    shown = itertools.takewhile(lambda line: not line or line[0] == " ", lines)
    text = "\n".join(line.removeprefix("    ") for line in shown).rstrip("\n") + "\n"
    assert lint(text.encode(), is_reply=False) == []
    assert "breaks rule 1 in do_wp_page()" in text


BREAKS = {
    "has each header once": GOOD.replace(b"\n\n", b"\nSubject: Re: again\n\n", 1),
    "has nothing in a header that is not text": header("Subject", "Re: \x1b[2J x"),
    "has the header Subject": header("Subject", ""),
    "has the header From": header("From", ""),
    "has the header To": header("To", ""),
    "has the header Date": header("Date", ""),
    "says in its subject what it is about": header("Subject", "Re: [PATCH] "),
    "has a message id of its own": header("Message-ID", mail().message_id),
    "has a date that is one": header("Date", "yesterday"),
    "goes to addresses that are ones": header("Cc", "somebody"),
    'answers under one "Re:"': header("Subject", "Re: re: x"),
    "says which mail it answers": header("In-Reply-To", ""),
    "ends its references with the mail it answers": header("References", "<other@example.org>"),
    "is plain text": GOOD.replace(b"text/plain", b"text/html"),
    "marks what it cuts once": with_line(b"[ ... ]\n\n[ ... ]"),
    "says something of its own": GOOD.partition(b"\n\n")[0] + b"\n\n> a\n",
    "begins with a summary of three lines": GOOD.replace(FIRST_LINE, b"It is wrong.\n"),
    "has no control characters": with_line(b"> +\x1b[31mred"),
    "keeps its own prose within 75 columns": with_line(b"word " * 15 + b"word"),
    "has no blanks at the end of a line": with_line(b"word "),
    "has no tabs in its own prose": with_line(b"\tword"),
    "names code by its function, not by line number": with_line(b"see mm/memory.c:4207"),
    'has no line that begins with "From "': with_line(b"From here on"),
    "has no line that is longer than mail can carry": with_line(b"> " + b"x" * 997),
}


@pytest.mark.parametrize("rule", BREAKS)
def test_the_lint_sees(rule: str) -> None:
    assert BREAKS[rule] != GOOD
    assert rule in offences(BREAKS[rule])


def test_the_lint_holds_quotations_against_the_patch() -> None:
    lines = {f"> {line}" for line in WRONG.split("\n")}
    assert lint(GOOD, is_reply=True, quotable=lines) == []
    changed = GOOD.replace(b"folio_mapcount(folio) != 1) {", b"folio_mapcount(folio) != 2) {")
    assert {one.rule for one in lint(changed, is_reply=True, quotable=lines)} == {
        "quotes what the patch says"
    }


def test_every_rule_of_the_lint_is_tried() -> None:
    source = Path(lint.__code__.co_filename).read_text(encoding="utf-8")
    rules = set(re.findall(r'(?:yield|Offence\()\s*f?"((?:has|is|says|keeps|names|goes|ends|marks|'
                           r'begins|quotes)[^"]*)"', source))  # fmt: skip
    tried = {rule.replace("75", "{WIDTH}") for rule in BREAKS} | {"quotes what the patch says"}
    names = {rule for rule in rules if "{name}" not in rule}
    assert names <= tried
    assert len(names) > 14
