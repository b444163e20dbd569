"""Replies by mail: what they say, how they are made, and what is refused."""

import email
import email.policy
import re
from dataclasses import replace
from email.message import EmailMessage
from pathlib import Path

import pytest
from review_parts import WRONG, arm, finding, mail, patch, second, swap_in, touched
from reviews import ATTACKS, diff, hostile, nothing, range_, review, series

from kanalyze.errors import InputError
from kanalyze.report import replies
from kanalyze.report.layout import columns
from kanalyze.report.reply import Reply
from kanalyze.review.model import Finding, Review

GOLDEN = Path(__file__).parent / "golden"
SENDER = "R. E. Viewer <viewer@example.org>"
DATE = "Sun, 19 Dec 2021 09:30:00 +0100"


def made(record: Review, *, every: bool = False, sender: str = SENDER) -> list[Reply]:
    return replies(record, sender=sender, date=DATE, token="0123456789ab", every=every)


def message(one: Reply) -> EmailMessage:
    found = email.message_from_bytes(one.text, policy=email.policy.default)
    assert isinstance(found, EmailMessage)
    return found


def body(one: Reply) -> list[str]:
    return str(message(one).get_content()).split("\n")


def own(one: Reply) -> str:
    """Return our prose, the lines put together."""
    text = "\n".join(line for line in body(one) if not line.startswith(">"))
    return " ".join(text.split())


@pytest.mark.parametrize(
    ("name", "record", "every"),
    [
        ("one", review(), True),
        ("series", series(), False),
        ("nothing", nothing(), False),
        ("range", range_(), False),
        ("diff", diff(), False),
    ],
)
def test_replies_are_as_they_were(name: str, record: Review, every: bool) -> None:
    for one in made(record, every=every):
        assert one.text == (GOLDEN / f"reply-{name}-{one.patch}.eml").read_bytes()


# ------------------------------------------------------------------ whom, and under what


def test_a_reply_belongs_to_its_thread() -> None:
    head = message(made(review())[0])
    assert head["Subject"] == f"Re: {mail().subject}"
    assert head["In-Reply-To"] == mail().message_id
    assert head["References"].split() == [*mail().references, mail().message_id]
    assert head["Message-ID"] == "<0123456789ab.1@example.org>"
    assert head["To"] == '"A. U. Thor" <author@example.org>'
    assert head["Cc"].addresses[1].addr_spec == "akpm@linux-foundation.org"


def test_a_thread_of_one_mail_is_found_by_what_it_answers() -> None:
    alone = mail(references=(), in_reply_to="<cover@example.org>")
    head = message(made(review(patches=(patch(mail=alone),)))[0])
    assert head["References"].split() == ["<cover@example.org>", mail().message_id]


@pytest.mark.parametrize("subject", ["Re: x", "RE: re: x", "re:x", "x"])
def test_there_is_one_re(subject: str) -> None:
    record = review(patches=(patch(mail=mail(subject=subject)),))
    assert message(made(record)[0])["Subject"] == "Re: x"


def test_whoever_answers_gets_no_copy_of_it() -> None:
    to = ("Viewer <VIEWER@example.org>", "linux-mm@kvack.org", "linux-mm@kvack.org")
    head = message(made(review(patches=(patch(mail=mail(to=to, cc=())),)))[0])
    assert head["Cc"] == "linux-mm@kvack.org"


def test_who_answers_himself_writes_to_the_others() -> None:
    author = mail(sender="R. E. Viewer <viewer@example.org>")
    head = message(made(review(patches=(patch(mail=author),)))[0])
    assert head["To"] == "linux-mm@kvack.org"


def test_what_came_by_no_mail_is_answered_as_a_mail_of_its_own() -> None:
    head = message(made(range_())[0])
    assert head["Subject"] == f"Review: {patch().title}"
    assert head["To"] == '"A. U. Thor" <author@example.org>'
    assert "In-Reply-To" not in head and "References" not in head
    head = message(made(diff())[0])
    assert head["Subject"] == "Review: a diff without a title"
    assert head["To"] == '"R. E. Viewer" <viewer@example.org>'


def test_a_mail_without_a_subject_is_answered_under_one() -> None:
    record = review(title="", patches=(patch(title="", mail=mail(subject="")),))
    assert message(made(record)[0])["Subject"] == "Re: a patch without a subject"


def test_headers_that_are_long_are_folded_and_come_back_whole() -> None:
    ids = tuple(f"<{'x' * 90}{number}@mail.example.org>" for number in range(40))
    many = tuple(
        f'"Nam\u00e9 N\u00fcmber {number}" <n{number}@example.org>' for number in range(60)
    )
    subject = "[PATCH] mm: \u6f22\u5b57 " + "a word " * 30
    record = review(patches=(patch(mail=mail(references=ids, cc=many, subject=subject)),))
    one = made(record)[0]
    head = one.text.split(b"\n\n")[0]
    assert max(map(len, head.split(b"\n"))) < 200
    assert head.isascii()
    assert message(one)["References"].split() == [*ids, mail().message_id]
    assert [one.display_name for one in message(one)["Cc"].addresses][
        -1
    ] == "Nam\u00e9 N\u00fcmber 59"
    assert message(one)["Subject"] == f"Re: {subject}".strip()


# ------------------------------------------------------------------ several patches


def test_each_patch_with_findings_gets_one_and_the_first_has_the_summary() -> None:
    first, *others = made(series())
    assert [one.patch for one in (first, *others)] == [0, 1, 2]
    assert message(first)["Subject"] == "Re: [PATCH v2 0/2] mm: simpler COW"
    assert body(first)[:3] == [
        "This series breaks rules 1 and 3 in do_wp_page(), do_swap_page() and",
        "__copy_present_ptes() (by analysis; shown by 1 test case).",
        "2 sites touched; changed in meaning: 2 decisions, 1 arming site.",
    ]
    for one in others:
        assert body(one)[0].startswith("On Sat, 18 Dec 2021 11:02:44 +0100, A. U. Thor wrote:")
        assert "Facts:" not in body(one)
    assert len({message(one)["Message-ID"] for one in (first, *others)}) == 3


def test_without_a_cover_letter_the_first_patch_with_findings_has_the_summary() -> None:
    first, other = made(series(cover=None))
    assert (first.patch, other.patch) == (1, 2)
    assert "Facts:" in body(first) and "Facts:" not in body(other)


def test_one_patch_of_a_series_with_a_cover_letter_is_answered_alone() -> None:
    (one,) = made(series(findings=(arm(),)))
    assert one.patch == 2
    assert "Facts:" in body(one)


def test_nothing_to_say_is_said_in_a_line() -> None:
    (one,) = made(nothing())
    assert (
        body(one)[0] == "This patch touches no decision about reuse or copy, no arming site and no"
    )
    assert not [line for line in body(one) if line.startswith(">")]


# ------------------------------------------------------------------ remarks


def test_remarks_stand_under_the_line_that_they_speak_of() -> None:
    lines = body(made(review())[0])
    at = lines.index("> +\tif (folio_test_ksm(folio) || folio_mapcount(folio) != 1) {")
    assert lines[at + 1] == ""
    assert lines[at + 2].startswith("do_wp_page() reuses a page")
    quoted = [line for line in lines if line.startswith(">")]
    assert all(line == ">" or line[2:] in WRONG.split("\n") for line in quoted)
    assert "> @@ -4300,6 +4300,6 @@ static vm_fault_t do_wp_page(struct vm_fault *vmf)" not in lines


def test_findings_of_one_line_are_told_together_and_nothing_twice() -> None:
    said = own(made(review())[0])
    assert said.count("only a page that is obviously mine alone may be reused") == 1
    assert said.count("Smallest state for do_wp_page():") == 1
    assert said.count("Smallest state for do_swap_page():") == 1
    assert said.count("Test cases for what it speaks of") == 1
    twice = review(findings=(finding(), finding()))
    assert own(made(twice)[0]).count("do_wp_page() reuses a page") == 1


def test_what_a_finding_rests_on_is_one_paragraph() -> None:
    lines = body(made(review(patches=(patch(), second()), findings=(arm(),)))[0])
    text = "\n".join(lines)
    paragraph = next(one for one in text.split("\n\n") if one.startswith("There: "))
    assert "Before, it was checked" in paragraph.replace("\n", " ")


def test_what_running_it_showed_is_there_and_nothing_else_is_claimed() -> None:
    said = own(made(series())[0])
    assert "On 7.2.13 (config small): 1 of 4 test cases lost, which passed before it;" in said
    assert "on 7.2.13 (config small): pass -> fail log: logs/2/" in said
    assert "| not ok 12 anon" in said
    assert "compiler gcc 12.2.0" in said
    alone = own(made(review())[0])
    assert "By analysis of the source only: nothing was run." in alone
    assert "compiler" not in alone and "Passed before" not in alone


def test_a_finding_without_a_place_is_told_behind_the_diff() -> None:
    said = own(made(review(findings=(finding(anchor=None),)))[0])
    assert "do_wp_page() reuses a page" in said


def anchored(place: int, number: int = 0, **changes: object) -> Finding:
    base = finding(**changes)
    assert base.anchor
    return replace(base, anchor=replace(base.anchor, line=place, hunk=number))


def test_what_is_cut_is_marked_once() -> None:
    for places in ((10, 11), (0, 11), (0, 16), (3,), (16,), (11, 11)):
        found = tuple(anchored(place) for place in places)
        lines = [line for line in body(made(review(findings=found))[0]) if line]
        for line, following in zip(lines, lines[1:], strict=False):
            assert not (line == following == "[ ... ]")
    # the second hunk begins where the first was shown to its end
    both = (anchored(16), anchored(5, 1, function="do_wp_page"))
    lines = body(made(review(findings=both))[0])
    assert lines.count("> --- a/mm/memory.c") == 1
    second_hunk = next(n for n, line in enumerate(lines) if line.startswith("> @@ -4300"))
    assert "[ ... ]" not in lines[second_hunk - 2 : second_hunk]


def test_an_anchor_that_is_off_does_no_harm() -> None:
    for place, number in ((500, 0), (0, 9)):
        said = own(made(review(findings=(anchored(place, number),)))[0])
        assert "Facts:" in said


def test_what_was_so_before_is_told_when_asked_for() -> None:
    words = "Not of this series, and so before it"
    assert words not in own(made(review())[0])
    assert words in own(made(review(), every=True)[0])
    assert touched().what in own(made(review(), every=True)[0])


def test_tables_that_are_too_wide_become_lines() -> None:
    wide = finding(before=("copy", "reuse", "unshare"), after=("back-off", "retry", "copy"),
                   function="a_function_with_a_name_of_forty_characters")  # fmt: skip
    lines = body(made(review(findings=(wide, swap_in())))[0])
    assert max(len(line) for line in lines if not line.startswith(">")) <= 75
    assert "is now back-off or retry or copy (R1)" in own(made(review(findings=(wide,)))[0])


# ------------------------------------------------------------------ quoting


def quoted(text: str) -> list[str]:
    record = review(patches=(patch(diff=text),), findings=(anchored(1),))
    return [line for line in body(made(record)[0]) if line.startswith(">")]


def test_long_lines_are_quoted_whole() -> None:
    for length in (200, 990, 5000):
        long = "+" + "\t" + "x y" * length
        text = f"--- a/f.c\n+++ b/f.c\n@@ -1,2 +1,2 @@\n a\n-b\n{long}\n"
        found = quoted(text)
        assert f"> {long}" in found
        record = review(patches=(patch(diff=text),), findings=(anchored(2),))
        assert max(map(len, made(record)[0].text.split(b"\n"))) <= 998


def test_quoted_blanks_are_kept() -> None:
    found = quoted("--- a/f.c\n+++ b/f.c\n@@ -1,3 +1,3 @@\n \n-b\t \n+b\n \n\n")
    assert "> -b\t " in found
    assert ">  " in found


def test_a_carriage_return_at_the_end_of_a_line_is_the_mails_own() -> None:
    found = quoted("--- a/f.c\r\n+++ b/f.c\r\n@@ -1,2 +1,2 @@\r\n a\r\n-b\r\n+c\r\n")
    assert found[-3:] == ["> @@ -1,2 +1,2 @@", ">  a", "> -b"] or "> -b" in found
    assert not [line for line in found if "\r" in line]


def test_what_a_terminal_obeys_is_shown_not_sent() -> None:
    found = quoted("--- a/f.c\n+++ b/f.c\n@@ -1,2 +1,2 @@\n a\x9b2J\u202e\n-b\x1b]0;x\x07\n+c\n")
    assert "> -b\\x1b]0;x\\x07" in found
    assert ">  a\\x9b2J\\u202e" in found


def test_hostile_text_stays_text() -> None:
    found = made(hostile())
    assert [one.patch for one in found] == list(range(1, len(ATTACKS) + 1))
    for one in found:
        head, _, text = one.text.partition(b"\n\n")
        names = re.findall(rb"^([\w-]+):", head, re.M)
        assert len(names) == len(set(names))
        assert b"Bcc" not in names
        assert not re.search(rb"[\x00-\x08\x0b-\x1f\x7f]", one.text)
        assert not re.search("[\x80-\x9f\u202a-\u202e\u2066-\u2069]", text.decode())
        assert "everybody@example.org" not in str(message(one)["To"]) + str(message(one)["Cc"])
        for line in body(one):
            assert line.startswith(">") or columns(line) <= 75 or " " not in line.strip()


# ------------------------------------------------------------------ what is refused


def test_a_mail_that_would_offend_is_not_made(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("kanalyze.report.reply.prose", lambda text, indent="": [f"{text}\t "])
    with pytest.raises(InputError, match="the reply to patch 1: cannot be a mail that lists take"):
        made(review())


@pytest.mark.parametrize("sender", ["", "nobody", "a@b\nBcc: c@d", "a@b.org, c@d.org", "x <y z@w>"])
def test_a_sender_has_one_address(sender: str) -> None:
    with pytest.raises(InputError):
        made(review(), sender=sender)


def test_a_date_that_is_none_is_refused() -> None:
    with pytest.raises(InputError, match="has a date"):
        replies(review(), sender=SENDER, date="now", token="t")
