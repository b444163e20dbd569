"""Series that do not apply: what their hunks say, and no more."""

import gzip
from pathlib import Path

import pytest
from expected_cases import mail, reviewed
from made_steps import git

from kanalyze import config
from kanalyze.errors import InputError
from kanalyze.review.mail import mails
from kanalyze.review.model import Finding
from kanalyze.review.partial import from_hunks
from kanalyze.review.series import series

HUNK = """\
diff --git a/mm/memory.c b/mm/memory.c
--- a/mm/memory.c
+++ b/mm/memory.c
@@ -3010,4 +3010,4 @@ static vm_fault_t do_wp_page(struct vm_fault *vmf)
 \tif (PageAnon(page)) {
-\t\tif (page_count(page) != 1)
+\t\tif (page_mapcount(page) != 1)
 \t\t\tgoto copy;
 \t}
"""


def found(diff: str) -> list[Finding]:
    settings = config.load()
    return list(from_hunks(1, diff, settings.rules, settings.files.default))


def test_a_signal_for_another_is_told_with_its_function_and_line() -> None:
    (one,) = found(HUNK)
    assert (one.effect, one.about, one.function) == ("unknown", "decision", "do_wp_page")
    assert one.what == "do_wp_page() no longer names page_count and names page_mapcount instead"
    assert one.anchor is not None
    assert one.anchor.text == "+\t\tif (page_mapcount(page) != 1)"


@pytest.mark.parametrize(
    "diff",
    [
        HUNK.replace("page_mapcount", "page_count"),
        HUNK.replace("-\t\tif (page_count(page) != 1)", "-\t\t/* page_count() */")
        .replace("+\t\tif (page_mapcount(page) != 1)", "+\t\t * page_mapcount() */"),
        HUNK.replace("mm/memory.c", "net/core/sock.c"),
        HUNK.replace("@@ -3010,4 +3010,4", "@@ -3010,9 +3010,9"),
        "no diff at all",
    ],
    ids=["moved", "comments", "a file that is not read", "a damaged hunk", "nothing"],
)  # fmt: skip
def test_nothing_is_told_of(diff: str) -> None:
    assert found(diff) == []


def test_a_function_that_begins_in_the_hunk_is_the_one_that_is_named() -> None:
    begins = HUNK.replace("\tif (PageAnon(page)) {", "static int f(struct page *page)").replace(
        "-3010,4 +3010,4", "-3010,4 +3010,4"
    )
    assert [one.function for one in found(begins)] == ["f"]


def test_pins_arming_and_seqcounts_are_told_apart() -> None:
    lines = {
        "pin-check": "if (page_maybe_dma_pinned(page))",
        "arm": "ptep_set_wrprotect(mm, addr, pte);",
        "section": "if (read_seqcount_retry(&mm->write_protect_seq, seq))",
    }
    for about, line in lines.items():
        diff = HUNK.replace("if (page_count(page) != 1)", line)
        assert about in [one.about for one in found(diff)]


def test_a_series_that_applies_to_nothing_is_partial_and_says_why(tmp_path: Path) -> None:
    place = tmp_path / "tree"
    place.mkdir()
    git(place, "init", "--quiet")
    (place / "mm").mkdir()
    (place / "mm" / "memory.c").write_text("int x;\n")
    git(place, "add", ".")
    git(place, "-c", "user.name=A", "-c", "user.email=a@b.c", "commit", "--quiet", "-m", "x")
    review = reviewed(place, tmp_path / "facts.sqlite", text=mail("mm: x", HUNK))
    assert review.partial
    assert [one.effect for one in review.findings] == ["unknown"]
    assert "only the hunks were read" in review.notes[-1]
    assert review.patches[0].commit == ""


# ------------------------------------------------------------------ mailboxes


def test_a_compressed_mailbox_is_read() -> None:
    box = mail("mm: a", HUNK, 1, 2) + mail("mm: b", HUNK, 2, 2)
    assert mails(gzip.compress(box)) == mails(box)


@pytest.mark.parametrize(
    "damage", [b"\x1f\x8b", gzip.compress(b"From: x\n" * 99)[:-12]], ids=["head", "no end"]
)
def test_a_damaged_one_is_one_line(damage: bytes) -> None:
    with pytest.raises(InputError, match="damaged"):
        mails(damage)


def test_a_bomb_is_one_line() -> None:
    with pytest.raises(InputError, match="larger than any series"):
        mails(gzip.compress(bytes(65 << 20), 1))


def _flowed(text: str) -> bytes:
    head = b"From: a@b.c\nSubject: [PATCH] x\nContent-Type: text/plain; format=flowed\n\n"
    return head + text.encode()


def test_a_patch_that_was_stuffed_is_as_it_was_written() -> None:
    stuffed = "\n".join(f" {line}" if line.startswith(" ") else line for line in HUNK.split("\n"))
    assert series(mails(_flowed(f"Why.\n---\n{stuffed}"))).patches[0].diff == HUNK


def test_a_patch_that_only_says_that_it_flows_is_left_alone() -> None:
    empty = HUNK.replace("-3010,4 +3010,4", "-3010,5 +3010,5").replace("\n \t}", "\n \n \t}")
    assert series(mails(_flowed(f"Why.\n---\n{empty}"))).patches[0].diff == empty


@pytest.mark.parametrize("charset", ["utf-7", "utf-16", "unicode_escape", "rot13", "idna", "\0"])
def test_any_character_set_is_read(charset: str) -> None:
    text = f"From: a@b.c\nSubject: [PATCH] x\nContent-Type: text/plain; charset={charset}\n\n"
    body = mails(text.encode() + b"+2AA- \\ud800 \xff\n" + HUNK.encode())[0].body
    body.encode()


def test_a_diff_with_CR_LF_is_read_as_any_other() -> None:
    assert series(mails(HUNK.replace("\n", "\r\n").encode())).patches[0].diff == HUNK
