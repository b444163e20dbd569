"""What reviews have to find, as it was written down beforehand, and patches made by editing."""

import difflib
import re
import subprocess
import tomllib
from collections.abc import Sequence
from pathlib import Path
from typing import TypedDict

from kanalyze import config
from kanalyze.history.scan import ScanRequest
from kanalyze.review import Review, ReviewRequest, review
from kanalyze.review.model import Finding

_EXPECTED = Path(__file__).parent / "expected"


class HistoryCase(TypedDict):
    """A range of the history; see history.toml."""

    name: str
    range: str
    mail: bool
    why: str
    touches: bool
    finds: list[str]


class ReleaseCase(TypedDict):
    """Two releases; see releases.toml."""

    old: str
    new: str
    why: str
    finds: list[str]


class Edit(TypedDict, total=False):
    """A patch that is made by editing a release; see wrong.toml."""

    name: str
    release: str
    file: str
    function: str
    everywhere: bool
    find: str
    put: str
    before: str
    why: str
    touches: bool
    finds: list[str]


def history_cases() -> list[HistoryCase]:
    found: list[HistoryCase] = _read("history")
    return found


def release_cases() -> list[ReleaseCase]:
    found: list[ReleaseCase] = _read("releases")
    return found


def edits() -> list[Edit]:
    found: list[Edit] = _read("wrong")
    return found


def _read(name: str) -> list:  # type: ignore[type-arg]
    return list(tomllib.loads((_EXPECTED / f"{name}.toml").read_text())["case"])


# ---------------------------------------------------------------------- patches


def git(repository: Path, *arguments: str) -> bytes:
    line = ["git", f"--git-dir={repository}", *arguments]
    return subprocess.run(line, capture_output=True, check=True).stdout


def edited(text: str, edit: Edit) -> str:
    """Return a file's text with an edit made; fails where it changes nothing."""
    if edit.get("everywhere"):
        changed = re.sub(edit["find"], edit["put"], text)
    else:
        start, end = _function(text, edit["function"])
        body = re.sub(edit["find"], edit["put"], text[start:end], count=1)
        assert body != text[start:end], f"{edit['find']} changes nothing in {edit['function']}()"
        changed = text[:start] + edit.get("before", "").lstrip("\n") + body + text[end:]
    assert changed != text
    return changed


def _function(text: str, name: str) -> tuple[int, int]:
    match = re.search(
        rf"(?ms)^(?:\w[^\n;()]*\b)?{name}\([^;{{}}]*?\)[^;{{}}]*?\n\{{.*?^\}}\n", text
    )
    assert match, f"no function {name}()"
    return match.start(), match.end()


def diff(file: str, before: str, after: str) -> str:
    """Return a diff as git writes it, but for its index lines."""
    lines = difflib.unified_diff(
        before.splitlines(keepends=True), after.splitlines(keepends=True), f"a/{file}", f"b/{file}"
    )
    return f"diff --git a/{file} b/{file}\n" + "".join(lines)


def mail(subject: str, text: str, number: int = 1, total: int = 1) -> bytes:
    """Return a mail with a patch, as git format-patch writes it."""
    tag = f"[PATCH {number}/{total}]" if total > 1 else "[PATCH]"
    head = (
        "From 0123456789abcdef0123456789abcdef01234567 Mon Sep 17 00:00:00 2001\n"
        "From: A Developer <dev@example.org>\nDate: Thu, 1 Oct 2026 10:00:00 +0000\n"
        f"Subject: {tag} {subject}\nMessage-ID: <{number}@example.org>\n\n"
    )
    why = "Why.\n\nSigned-off-by: A Developer <dev@example.org>"
    return f"{head}{why}\n---\n{text}-- \n2.39.5\n\n".encode()


# --------------------------------------------------------------------- findings


def reviewed(
    repository: Path, database: Path, *, text: bytes | None = None, range_: str = "", base: str = ""
) -> Review:
    """Return the review of mails, or of a range."""
    scan = ScanRequest(
        tree=str(repository), config=config.load(), revision=base or "HEAD", db=database, jobs=1
    )
    return review(ReviewRequest(scan=scan, mail=text, where="x.mbox", range=range_, base=base))


def said(found: Sequence[Finding], *, patch: bool = False) -> list[str]:
    """Return what a series introduces, in the words of the expectations."""
    return sorted(
        " ".join(
            [
                *([str(one.patch)] if patch else []),
                one.effect,
                one.about,
                one.function,
                " ".join(one.rules) or "-",
            ]
        )
        for one in found
        if one.status == "introduced"
    )
