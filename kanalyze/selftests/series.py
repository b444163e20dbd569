"""A wired suite as a patch series: mails that `git am` takes, and a cover letter beside them.

Nothing here comes from the clock or the machine: the same input gives the same bytes.
"""

import hashlib
import re
import textwrap
from collections.abc import Sequence
from dataclasses import dataclass
from email.header import Header
from email.utils import format_datetime, formataddr

from kanalyze.errors import InputError
from kanalyze.selftests.diff import diff, stat
from kanalyze.selftests.model import Author, Change, Patch, Series, Step, Suite, Target, Wiring

#: Where checkpatch.pl wants the lines of a commit message to end.
_WIDTH = 75
# git writes this date between the mails of a mailbox, and no commit stands behind ours.
_SEPARATOR = f"From {'0' * 40} Mon Sep 17 00:00:00 2001\n"
# What `git am` takes for the end of the message or for a header, not for text.
_NOT_TEXT = re.compile(r"^(?=---|diff -|Index: |From |>From |(?:From|Subject|Date):)", re.MULTILINE)
_EMAIL = re.compile(r"[^\s<>@]+@[^\s<>@]+")
_COMMIT = re.compile(r"[0-9a-f]{40}(?:[0-9a-f]{24})?")


@dataclass(frozen=True)
class _Message:
    """What one commit says."""

    subject: str
    body: str


def make_series(
    suite: Suite,
    target: Target,
    wiring: Wiring,
    author: Author,
    *,
    base: str = "",
    cover: str | None = None,
) -> Series:
    """Return the steps of ``wiring`` as patches by ``author``.

    ``base`` is the full id of the commit that they apply to, if there is one.
    ``cover`` asks for a cover letter with these paragraphs ("" for none but the
    diffstat).  InputError for a name, address or base that a mail cannot hold.
    """
    _check(author, base)
    prefix = f"selftests/{target.name}"
    messages = [_message(prefix, suite, target, step) for step in wiring.steps]
    letters = _Letters(author, len(wiring.steps), _identity(author, base, messages, wiring))
    patches = []
    for number, (message, step) in enumerate(zip(messages, wiring.steps, strict=True), 1):
        body = f"{message.body}\n\nSigned-off-by: {author.name} <{author.email}>\n---\n"
        content = f"{body}{stat(step.changes)}\n".encode() + diff(step.changes)
        base_here = base if number == 1 and cover is None else ""
        mail = letters.mail(number, message.subject, content, base_here, covered=cover is not None)
        patches.append(Patch(f"{number:04}-{_slug(message.subject)}.patch", mail))
    if cover is None or not patches:
        return Series(tuple(patches))
    subject = f"{prefix}: {suite.title}"
    letter = letters.mail(0, subject, _cover(cover, author, messages, wiring), base, covered=True)
    return Series(tuple(patches), Patch("0000-cover-letter.patch", letter))


class _Letters:
    """The mails of one series, threaded below the first."""

    def __init__(self, author: Author, count: int, identity: str) -> None:
        self._author = author
        self._count = count
        self._identity = identity
        self._domain = author.email.rpartition("@")[2]

    def mail(self, number: int, subject: str, content: bytes, base: str, *, covered: bool) -> bytes:
        width = len(str(self._count))
        tag = (
            f"[PATCH {number:0{width}}/{self._count}]" if self._count > 1 or covered else "[PATCH]"
        )
        headers = [
            f"Message-ID: {self._id(number)}",
            f"From: {formataddr((self._author.name, self._author.email), 'utf-8')}",
            f"Date: {format_datetime(self._author.date)}",
            f"Subject: {_header(f'{tag} {subject}')}",
            "MIME-Version: 1.0",
            "Content-Type: text/plain; charset=UTF-8",
            "Content-Transfer-Encoding: 8bit",
        ]
        first = 0 if covered else 1
        if number != first:
            headers[1:1] = [f"In-Reply-To: {self._id(first)}", f"References: {self._id(first)}"]
        head = "".join(f"{header}\n" for header in headers)
        foot = f"\nbase-commit: {base}\n" if base else ""
        return f"{_SEPARATOR}{head}\n".encode() + content + f"{foot}-- \nkanalyze\n\n".encode()

    def _id(self, number: int) -> str:
        return f"<{self._identity}-{number}-kanalyze@{self._domain}>"


def _message(prefix: str, suite: Suite, target: Target, step: Step) -> _Message:
    if step.kind == "programs":
        body = [*suite.about, _program_list(suite)]
        runner = target.runner
        if runner and any(change.path.endswith(f"/{runner.name}") for change in step.changes):
            body.append(f"Have {runner.name} run them.{_on_time(step)}")
        return _Message(f"{prefix}: {suite.title}", _paragraphs(body))
    if step.kind == "run":
        return _Message(
            f"{prefix}: run the {suite.category} tests",
            _paragraphs(_on_running(suite, target, step)),
        )
    return _Message(
        f"{prefix}: config: add what {suite.category} needs", _paragraphs(_on_config(suite, step))
    )


def _program_list(suite: Suite) -> str:
    """Return the programs and what they test, as lines that stay as they are."""
    at = max(len(program.name) for program in suite.programs) + 4
    return "\n".join(
        textwrap.fill(
            _one_line(program.says),
            _WIDTH,
            initial_indent=f"  {program.name}".ljust(at),
            subsequent_indent=" " * at,
            break_long_words=False,
            break_on_hyphens=False,
        )
        for program in suite.programs
    )


def _on_running(suite: Suite, target: Target, step: Step) -> list[str]:
    assert target.runner is not None
    name = target.runner.name
    said = [
        f"The programs are built, and nothing runs them yet. Put them into a category of their "
        f'own, which "{name} -t {suite.category}" selects.'
    ]
    new = [change.path.rpartition("/")[2] for change in step.changes if change.before is None]
    if new:
        said.append(
            f"Automated runs start the ksft_*.sh scripts and not {name}, so add {new[0]} for the "
            f"category."
        )
    if _on_time(step):
        said.append(_on_time(step).strip())
    return said


def _on_time(step: Step) -> str:
    """Return what is to be said of a timeout that had to be raised."""
    if any(change.path.endswith("/settings") for change in step.changes):
        return " Raise the timeout of kselftest by what they may take on a slow machine."
    return ""


def _on_config(suite: Suite, step: Step) -> list[str]:
    (change,) = step.changes
    had = set((change.before or b"").splitlines())
    added = [line.decode() for line in change.after.splitlines() if line not in had]
    return [
        f"The {suite.category} tests skip what the kernel was not built for. Ask for the options "
        f"that they use and that this directory did not ask for yet:",
        "\n".join(f"  {option}" for option in added),
    ]


def _paragraphs(paragraphs: Sequence[str]) -> str:
    """Return the text of a commit message: wrapped, but for lines that are indented."""
    wrapped = []
    for paragraph in paragraphs:
        if paragraph.startswith(" "):
            wrapped.append("\n".join(_printable(line) for line in paragraph.split("\n")))
        else:
            wrapped.append(
                textwrap.fill(
                    _one_line(paragraph),
                    _WIDTH,
                    break_long_words=False,
                    break_on_hyphens=False,
                )
            )
    return _NOT_TEXT.sub(" ", "\n\n".join(wrapped))


def _cover(text: str, author: Author, messages: Sequence[_Message], wiring: Wiring) -> bytes:
    """Return a cover letter's content, with the log and the diffstat of the whole."""
    log = "\n".join(f"  {message.subject}" for message in messages)
    about = _paragraphs(text.split("\n\n")) + "\n\n" if text.strip() else ""
    heading = f"{author.name} ({len(messages)}):\n{log}\n\n"
    return f"{about}{heading}{stat(_together(wiring))}".encode()


def _together(wiring: Wiring) -> list[Change]:
    """Return the changes of all steps as one, by path."""
    whole: dict[str, Change] = {}
    for step in wiring.steps:
        for change in step.changes:
            before = whole[change.path].before if change.path in whole else change.before
            whole[change.path] = Change(change.path, before, change.after, change.executable)
    return [whole[path] for path in sorted(whole)]


def _identity(author: Author, base: str, messages: Sequence[_Message], wiring: Wiring) -> str:
    """Return what tells this series from others: a digest of all that is in it."""
    digest = hashlib.sha256(repr((author, base, messages, wiring)).encode())
    return f"{author.date:%Y%m%d%H%M%S}-{digest.hexdigest()[:16]}"


def _check(author: Author, base: str) -> None:
    if not author.name.strip() or re.search(r"[<>]", author.name) or not author.name.isprintable():
        raise InputError(f"{author.name!r} is no name to sign patches with")
    if not _EMAIL.fullmatch(author.email) or not author.email.isprintable():
        raise InputError(f"{author.email!r} is no mail address to sign patches with")
    if base and not _COMMIT.fullmatch(base):
        raise InputError(f"{base!r} is no full commit id")


def _header(text: str) -> str:
    """Return a header's value, folded, and encoded where it is not ASCII."""
    text = _one_line(text)
    if text.isascii():
        return "\n ".join(
            textwrap.wrap(
                text, 76 - len("Subject: "), break_long_words=False, break_on_hyphens=False
            )
        )
    return Header(text, "utf-8", header_name="Subject").encode()


def _one_line(text: str) -> str:
    return _printable(" ".join(text.split()))


def _printable(text: str) -> str:
    """Return ``text`` with nothing in it that would confuse a mail program or a terminal.

    What a suite says may quote subjects of commits, and those come from a tree.
    """
    return "".join(char if char.isprintable() else "\N{REPLACEMENT CHARACTER}" for char in text)


def _slug(subject: str) -> str:
    """Return a file name for a patch, as `git format-patch` makes it."""
    return re.sub(r"[^\w.]+", "-", subject, flags=re.ASCII).strip("-.")[:52].rstrip("-.")
