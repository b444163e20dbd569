"""Patches that `git am` takes, that say what git would say, and that are the same every time."""

import email
import email.policy
import re
import shutil
import subprocess
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from wiring_trees import (
    AUTHOR,
    SERIES,
    TOP,
    built,
    checked_out,
    complaints,
    git,
    made_up,
    release_files,
    stand_in,
    wired,
)

from kanalyze.errors import InputError
from kanalyze.selftests import Author, Change, Series, Suite, make_series, probe, wire_suite
from kanalyze.selftests.diff import diff, stat


def _series(
    files: dict[str, bytes],
    suite: Suite | None = None,
    author: Author = AUTHOR,
    base: str = "",
    cover: str | None = None,
) -> Series:
    target = probe(files)
    suite = suite or stand_in(target.include)
    wiring = wire_suite(suite, target, files)
    return make_series(suite, target, wiring, author, base=base, cover=cover)


def _repository(where: Path, files: dict[str, bytes]) -> Path:
    for path, content in files.items():
        (where / path).parent.mkdir(parents=True, exist_ok=True)
        (where / path).write_bytes(content)
    git(where, "init", "--quiet")
    git(where, "add", "--all", "--force")
    git(where, "commit", "--quiet", "--message", "base")
    return where


def _message(mail: bytes) -> email.message.EmailMessage:
    # The line that begins a mail of a mailbox is none of its headers.
    _, _, text = mail.partition(b"\n")
    return email.message_from_bytes(text, policy=email.policy.default)


def test_git_makes_the_tree_that_was_wired(tmp_path: Path) -> None:
    files = made_up()
    repository = _repository(tmp_path, files)
    git(repository, "am", "--quiet", data=_series(files).mbox)
    after = wired(files, wire_suite(stand_in('"../kselftest.h"'), probe(files), files))
    assert {path: (tmp_path / path).read_bytes() for path in after} == after
    assert git(repository, "status", "--porcelain") == b""
    modes = git(repository, "ls-files", "--stage", f"{TOP}/mm/*.sh").decode()
    assert re.search(r"^100755 .*ksft_cow_rules.sh$", modes, re.MULTILINE)


def test_git_reads_who_when_and_what(tmp_path: Path) -> None:
    author = Author("Jané „J.“ Doe", "jane@example.org", datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC))
    files = made_up()
    repository = _repository(tmp_path, files)
    git(repository, "am", "--quiet", data=_series(files, author=author).mbox)
    log = git(repository, "log", "--reverse", "--format=%an|%ae|%aI|%s|%(trailers)", "HEAD~3..")
    said = [line for line in log.decode().splitlines() if "|" in line]
    subjects = [
        "selftests/mm: test the rules of copy-on-write",
        "selftests/mm: run the cow-rules tests",
        "selftests/mm: config: add what cow-rules needs",
    ]
    who = f"{author.name}|{author.email}"
    when = author.date.isoformat()
    signed = f"Signed-off-by: {author.name} <{author.email}>"
    assert said == [f"{who}|{when}|{subject}|{signed}" for subject in subjects]


def test_each_patch_shows_the_statistics_that_git_shows(tmp_path: Path) -> None:
    files = made_up()
    suite = stand_in()
    # Long enough to be scaled, and beside it a file that is not.
    long = replace(suite.programs[0], text="int line;\n" * 700)
    result = _series(files, replace(suite, programs=(long,)))
    repository = _repository(tmp_path, files)
    for patch in result.patches:
        git(repository, "am", "--quiet", data=patch.mail)
        shown = git(repository, "diff", "--stat=72", "--summary", "HEAD~1").decode()
        body = patch.mail.decode().partition("\n---\n")[2]
        assert body.startswith(f"{shown}\ndiff --git ")


def test_patches_fall_back_to_a_merge_where_the_tree_moved_on(tmp_path: Path) -> None:
    files = made_up()
    repository = _repository(tmp_path, files)
    makefile = tmp_path / TOP / "mm/Makefile"
    makefile.write_bytes(makefile.read_bytes().replace(b"cow_x86", b"cow_x64"))
    git(repository, "commit", "--quiet", "--all", "--message", "moved on")
    with pytest.raises(AssertionError, match="patch does not apply"):
        git(repository, "am", "--quiet", data=_series(files).mbox)
    git(repository, "am", "--abort")
    git(repository, "am", "--quiet", "--3way", data=_series(files).mbox)
    assert b"cow_x64" in makefile.read_bytes()
    assert b"cow_stand_in" in makefile.read_bytes()


def test_mails_of_a_series_belong_together() -> None:
    result = _series(made_up(), base="0123456789abcdef0123456789abcdef01234567")
    mails = [_message(patch.mail) for patch in result.patches]
    ids = [mail["Message-ID"] for mail in mails]
    assert len(set(ids)) == 3
    assert [mail["In-Reply-To"] for mail in mails] == [None, ids[0], ids[0]]
    assert [mail["Subject"][:11] for mail in mails] == [f"[PATCH {it}/3]" for it in (1, 2, 3)]
    assert [b"\nbase-commit: 0123456789" in patch.mail for patch in result.patches] == [
        *(True, False, False)
    ]
    assert [patch.name for patch in result.patches] == [
        "0001-selftests-mm-test-the-rules-of-copy-on-write.patch",
        "0002-selftests-mm-run-the-cow-rules-tests.patch",
        "0003-selftests-mm-config-add-what-cow-rules-needs.patch",
    ]


def test_a_cover_letter_heads_the_thread_and_is_no_patch() -> None:
    base = "0123456789abcdef0123456789abcdef01234567"
    result = _series(made_up(), base=base, cover="Why.\n\nWhat for.")
    assert result.cover is not None
    cover = _message(result.cover.mail)
    assert cover["Subject"] == "[PATCH 0/3] selftests/mm: test the rules of copy-on-write"
    text = cover.get_content()
    assert text.startswith("Why.\n\nWhat for.\n\nJane Doe (3):\n")
    assert " 7 files changed, " in text
    assert text.count(base) == 1
    assert result.cover.mail not in result.mbox
    assert base.encode() not in result.mbox
    for patch in result.patches:
        assert _message(patch.mail)["In-Reply-To"] == cover["Message-ID"]


def test_the_same_input_gives_the_same_bytes_and_another_another_id() -> None:
    files = made_up()
    assert _series(files) == _series(dict(reversed(files.items())))
    other = _series(files, author=replace(AUTHOR, name="John Doe"))
    ids = {_message(patch.mail)["Message-ID"] for patch in _series(files).patches}
    assert not ids & {_message(patch.mail)["Message-ID"] for patch in other.patches}


def test_a_tree_that_has_it_all_needs_no_patch() -> None:
    files = made_up()
    after = wired(files, wire_suite(stand_in('"../kselftest.h"'), probe(files), files))
    result = _series(after, stand_in('"../kselftest.h"'), cover="")
    assert result == Series(())
    assert result.mbox == b""


def test_text_that_looks_like_mail_stays_text(tmp_path: Path) -> None:
    about = (
        "From: somebody else <else@example.org>",
        "---",
        "diff -u a b",
        "From 0123456789012345678901234567890123456789 Mon Sep 17 00:00:00 2001",
        "Ein Satz mit ü.",
    )
    files = made_up()
    repository = _repository(tmp_path, files)
    git(repository, "am", "--quiet", data=_series(files, replace(stand_in(), about=about)).mbox)
    said = git(repository, "log", "-1", "--format=%an%n%b", "HEAD~2").decode()
    assert said.startswith("Jane Doe\n")
    for paragraph in about:
        assert paragraph in said


def test_what_a_suite_quotes_is_made_printable() -> None:
    about = ("a subject \x1b[31m with \udcff in it", "  kept \x07 line")
    program = replace(stand_in().programs[0], says="one\nline \u202e")
    suite = replace(stand_in(), about=about, programs=(program,), title="test \x1b it")
    text = _series(made_up(), suite).patches[0].mail.decode()
    assert text.partition("\n---\n")[0].replace("\n", "").isprintable()
    assert "\n  kept \N{REPLACEMENT CHARACTER} line\n" in text


def test_long_subjects_arrive_whole(tmp_path: Path) -> None:
    for title in ("test " + "a very long title " * 6 + "end", "prüfe " + "ganz lange Namen " * 6):
        files = made_up()
        where = tmp_path / str(len(title))
        where.mkdir()
        repository = _repository(where, files)
        git(repository, "am", "--quiet", data=_series(files, replace(stand_in(), title=title)).mbox)
        subject = git(repository, "log", "-1", "--format=%s", "HEAD~2").decode().strip()
        assert subject == f"selftests/mm: {title.strip()}"


@pytest.mark.parametrize(
    ("changed", "base", "what"),
    [
        ({"name": "Jane\nBcc: all@example.org"}, "", "no name"),
        ({"name": " "}, "", "no name"),
        ({"name": "Jane <x>"}, "", "no name"),
        ({"name": "Jane \udcff"}, "", "no name"),
        ({"email": "jane"}, "", "no mail address"),
        ({"email": "jane@example.org>\nBcc: <all@example.org"}, "", "no mail address"),
        ({}, "v6.12", "no full commit id"),
    ],
)
def test_what_a_mail_cannot_hold_is_one_line(changed: dict[str, str], base: str, what: str) -> None:
    author = Author(
        changed.get("name", AUTHOR.name), changed.get("email", AUTHOR.email), AUTHOR.date
    )
    with pytest.raises(InputError, match=what) as caught:
        _series(made_up(), author=author, base=base)
    assert "\n" not in str(caught.value)


_FILES = st.lists(st.sampled_from([b"a\n", b"b\n", b"\n", b"--- x\n", b"\xff\x0c\n"]), max_size=12)


@settings(max_examples=40, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(_FILES, _FILES, st.sampled_from([b"", b"end"]), st.sampled_from([b"", b"end"]))
def test_any_change_is_applied_by_git(
    tmp_path: Path, before: list[bytes], after: list[bytes], last: bytes, new_last: bytes
) -> None:
    change = Change("file", b"".join(before) + last, b"".join(after) + new_last)
    if change.before == change.after:
        return
    (tmp_path / "file").write_bytes(change.before or b"")
    shown = git(tmp_path, "apply", "--whitespace=nowarn", "--stat", "--apply", data=diff([change]))
    assert (tmp_path / "file").read_bytes() == change.after
    assert stat([change]).splitlines()[-1] == shown.decode().splitlines()[-1]


@pytest.mark.parametrize("series", SERIES)
def test_releases_take_the_series_and_build_it_without_a_complaint(
    releases_repo: Path, release_tag: Callable[[str], str], tmp_path: Path, series: str
) -> None:
    for tool in ("perl", "make", "gcc"):
        if not shutil.which(tool):
            pytest.skip(f"{tool} is not installed")
    tag = release_tag(series)
    result = _series(release_files(releases_repo, tag), cover="About it.")
    tree = checked_out(releases_repo, tag, tmp_path / "tree")
    for patch in result.patches:
        git(tree, "am", "--quiet", data=patch.mail)
        assert complaints(tree, patch.mail) <= {"FILE_PATH_CHANGES"}
    assert len(result.patches) == (2 if series in ("5.10", "6.1") else 3)
    assert git(tree, "status", "--porcelain") == b""
    runner = next(it for it in (tree / TOP).glob("*m/run_vmtests*"))
    subprocess.run(["bash", "-n", str(runner)], check=True)
    output = built(tree, tmp_path / "output", "cow_stand_in")
    done = subprocess.run([output / "cow_stand_in"], capture_output=True, text=True, check=True)
    assert "\nok 1 anon child-writes R1\n" in done.stdout
