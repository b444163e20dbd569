"""Mailboxes: which mails are the series, in which order, and what is said of the rest."""

import base64
import contextlib
import quopri

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kanalyze.errors import InputError
from kanalyze.review.mail import mails
from kanalyze.review.series import series

DIFF = """\
diff --git a/mm/memory.c b/mm/memory.c
index 1111111..2222222 100644
--- a/mm/memory.c
+++ b/mm/memory.c
@@ -1,2 +1,2 @@ int f(void)
-\tif (page_count(page) == 1)
+\tif (page_mapcount(page) == 1)
 \t\treuse(page);
"""


def mail(
    subject: str, body: str = "", *, headers: str = "", sender: str = "A <a@example.org>"
) -> bytes:
    text = body or f"Why.\n\nSigned-off-by: A <a@example.org>\n---\n mm/memory.c | 2 +-\n\n{DIFF}"
    head = f"From: {sender}\nSubject: {subject}\nMessage-ID: <{abs(hash(subject))}@example.org>\n"
    return (
        b"From 0123 Mon Sep 17 00:00:00 2001\n"
        + (head + headers + "\n" + text).encode()
        + b"-- \n2.39.5\n\n"
    )


def test_patches_come_by_their_numbers_and_the_cover_letter_gives_the_title() -> None:
    box = mail("[PATCH 2/2] mm: second") + mail("[PATCH 0/2] mm: both", "Cover.\n")
    found = series(mails(box + mail("[PATCH 1/2] mm: first")))
    assert [patch.title for patch in found.patches] == ["mm: first", "mm: second"]
    assert found.title == "mm: both"
    assert found.cover is not None
    assert found.notes == ()


def test_the_newest_version_is_taken_and_that_is_said() -> None:
    box = mail("[PATCH 1/1] mm: x") + mail("[PATCH v3] mm: x") + mail("[PATCH RFC v2 1/1] mm: x")
    found = series(mails(box))
    assert found.version == 3
    assert len(found.patches) == 1
    assert found.notes == ("v3 is reviewed; v1, v2 in the same file is not",)


def test_replies_are_no_patches_even_if_they_quote_one() -> None:
    quoted = "".join(f"> {line}\n" for line in DIFF.splitlines()) + "\nLooks wrong.\n"
    box = mail("[PATCH] mm: x") + mail("Re: [PATCH] mm: x", quoted) + mail("Re: [PATCH] mm: x")
    found = series(mails(box))
    assert len(found.patches) == 1
    assert found.notes == ("2 replies in between left out",)


def test_what_is_missing_or_twice_there_is_said() -> None:
    box = mail("[PATCH 1/3] mm: a") + mail("[PATCH 3/3] mm: c") + mail("[PATCH 3/3] mm: c again")
    found = series(mails(box))
    assert [patch.title for patch in found.patches] == ["mm: a", "mm: c again"]
    assert found.notes == (
        "patch 3/3 is there 2 times: the last is taken",
        "of 3 patches the mails lack number 2",
    )


def test_a_base_commit_is_found_in_the_cover_letter_or_a_patch() -> None:
    base = "0123456789abcdef0123456789abcdef01234567"
    box = mail("[PATCH 0/1] c", f"Hello.\n\nbase-commit: {base}\n") + mail("[PATCH 1/1] p")
    assert series(mails(box)).base == base
    assert (
        series(mails(mail("[PATCH] p", f"Why.\n---\n{DIFF}\nbase-commit: {base}\n"))).base == base
    )


@pytest.mark.parametrize("encoding", ["quoted-printable", "base64"])
def test_transfer_encodings_are_undone(encoding: str) -> None:
    text = f"Ein Grund: für alle.\n---\n{DIFF}".encode()
    encode = quopri.encodestring if encoding == "quoted-printable" else base64.encodebytes
    head = (
        "From: =?iso-8859-1?q?J=FCrgen?= <j@example.org>\nSubject: =?UTF-8?B?W1BBVENIXSDDpA==?=\n"
        f"Content-Type: text/plain; charset=utf-8\nContent-Transfer-Encoding: {encoding}\n\n"
    )
    found = series(mails(head.encode() + encode(text)))
    assert found.patches[0].title == "ä"
    assert found.patches[0].mail.sender == "Jürgen <j@example.org>"
    assert found.patches[0].message == "Ein Grund: für alle."
    assert found.patches[0].diff == DIFF


def test_format_flowed_is_put_together() -> None:
    # RFC 3676: a line that ends in a blank goes on, one that begins with a blank was stuffed.
    flowed = DIFF.replace("\n ", "\n  ").replace(
        "index 1111111..2222222 ", "index 1111111..2222222 \n"
    )
    head = "Content-Type: text/plain; format=flowed\n"
    found = series(mails(mail("[PATCH] x", f"Why.\n---\n{flowed}", headers=head)))
    assert found.patches[0].mail.flowed
    assert found.patches[0].diff.rstrip() == DIFF.rstrip()


def test_latin_1_without_a_charset_is_read_too() -> None:
    box = mail("[PATCH] x").replace(b"Why.", "Grüße.".encode("latin-1"))
    assert series(mails(box)).patches[0].message.startswith("Grüße.")


def test_a_bare_diff_is_a_series_of_one() -> None:
    found = series(mails(DIFF.encode()))
    assert [patch.diff for patch in found.patches] == [DIFF]
    assert found.title == ""


def test_a_line_of_prose_that_begins_with_from_is_no_separator() -> None:
    body = f"Why.\n\nFrom here on it is clear.\n---\n{DIFF}"
    assert len(mails(mail("[PATCH] x", body) + mail("[PATCH] y"))) == 2


def test_a_line_break_hidden_in_a_header_stays_no_line_break() -> None:
    subject = "=?utf-8?q?[PATCH]_x=0D=0ABcc:_evil@example.org?="
    found = mails(mail(subject))[0]
    assert "\n" not in found.subject
    assert "\r" not in found.subject


@pytest.mark.parametrize("text", [b"", b"nothing of interest\n", b"\0\xff\xfe"])
def test_what_is_neither_a_mail_nor_a_diff_is_one_line(text: bytes) -> None:
    with pytest.raises(InputError, match="neither a mail nor a diff"):
        series(mails(text), "x.mbox")


def test_mails_without_a_patch_are_one_line() -> None:
    with pytest.raises(InputError, match=r"x\.mbox.*|holds no patch"):
        series(mails(mail("hello", "Just talk.\n")), "x.mbox")


@given(st.binary(max_size=400))
def test_no_input_raises_anything_else(text: bytes) -> None:
    with contextlib.suppress(InputError):
        series(mails(b"From: a@b.c\nSubject: [PATCH] x\n\n" + text))
