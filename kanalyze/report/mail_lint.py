"""What a mail to a kernel list must keep to; every mail is held to it before it is written."""

import email
import email.policy
import re
from collections.abc import Collection, Iterator
from dataclasses import dataclass
from email.message import EmailMessage
from email.utils import getaddresses, parsedate_to_datetime

from kanalyze.report.layout import columns
from kanalyze.report.mail_message import LONGEST
from kanalyze.report.mail_quote import CUT, WIDTH
from kanalyze.terminal import printable

_ID = re.compile(r"<[^<>@\s]+@[^<>@\s]+>")
_ONCE = ("Subject", "From", "To", "Date", "Message-ID", "In-Reply-To", "References")
_LINE_NUMBER = re.compile(r"\b[\w/.-]+\.[chS]:\d+\b")
_EMPTY_SUBJECT = re.compile(r"(?:re:|\[[^\]]*\]|\s)*", re.I)


@dataclass(frozen=True, slots=True)
class Offence:
    """What a mail does wrong: the rule, and where."""

    rule: str
    where: str


def lint(
    text: bytes, *, is_reply: bool, summary: bool = True, quotable: Collection[str] | None = None
) -> list[Offence]:
    """Return what is wrong with a mail; nothing for one that may be sent.

    ``is_reply`` says that it answers a mail, ``summary`` that it is the one that
    begins with what the series comes to; ``quotable`` are the quoted lines that the
    patch has.
    """
    found = [
        Offence("has no line that is longer than mail can carry", f"line {number}")
        for number, line in enumerate(text.split(b"\n"), 1)
        if len(line) > LONGEST
    ]
    message = email.message_from_bytes(text, policy=email.policy.default)
    assert isinstance(message, EmailMessage)
    found += _headers(message)
    if is_reply:
        found += _reply(message)
    kind = message.get_content_type()
    if kind != "text/plain" or message.is_multipart():
        return [*found, Offence("is plain text", kind)]
    body = str(message.get_content()).removesuffix("\n").split("\n")
    return [*found, *_body(body, summary=summary, quotable=quotable)]


# ---------------------------------------------------------------------- headers


def _headers(message: EmailMessage) -> Iterator[Offence]:
    for name in _ONCE:
        if len(message.get_all(name, [])) > 1:
            yield Offence("has each header once", name)
    for name, value in message.items():
        if printable(str(value)) != str(value) or "\n" in str(value):
            yield Offence("has nothing in a header that is not text", name)
    for name in ("Subject", "From", "To", "Date"):
        if not str(message.get(name, "")).strip():
            yield Offence(f"has the header {name}", name)
    if _EMPTY_SUBJECT.fullmatch(str(message.get("Subject", ""))):
        yield Offence("says in its subject what it is about", "Subject")
    if not _ID.fullmatch(str(message.get("Message-ID", ""))):
        yield Offence("has a message id of its own", "Message-ID")
    try:
        parsedate_to_datetime(str(message.get("Date", "")))
    except ValueError:
        yield Offence("has a date that is one", "Date")
    for name in ("From", "To", "Cc"):
        for _, address in getaddresses([str(message.get(name, ""))]):
            if address and not re.fullmatch(r"[^@\s]+@[^@\s]+", address):
                yield Offence("goes to addresses that are ones", name)


def _reply(message: EmailMessage) -> Iterator[Offence]:
    if not re.match(r"Re: (?!re:)", str(message.get("Subject", "")), re.I):
        yield Offence('answers under one "Re:"', "Subject")
    replied = _ID.findall(str(message.get("In-Reply-To", "")))
    listed = _ID.findall(str(message.get("References", "")))
    if len(replied) != 1:
        yield Offence("says which mail it answers", "In-Reply-To")
    elif not listed or listed[-1] != replied[0]:
        yield Offence("ends its references with the mail it answers", "References")
    if str(message.get("Message-ID", "")) in {*replied, *listed}:
        yield Offence("has a message id of its own", "Message-ID")


# ------------------------------------------------------------------------- body


def _body(
    lines: list[str], *, summary: bool, quotable: Collection[str] | None
) -> Iterator[Offence]:
    for number, line in enumerate(lines, 1):
        for rule in _line(line):
            yield Offence(rule, f"line {number}: {printable(line[:40])}")
        if quotable is not None and line.startswith(">") and line not in quotable:
            yield Offence("quotes what the patch says", f"line {number}: {printable(line[:40])}")
    said = [line for line in lines if line]
    for line, following in zip(said, said[1:], strict=False):
        if line == following == CUT:
            yield Offence("marks what it cuts once", CUT)
    if not any(line and not line.startswith(">") and line != CUT for line in lines):
        yield Offence("says something of its own", "body")
    first = lines.index("") if "" in lines else len(lines)
    if summary and (first < 3 or any(line.startswith(">") for line in lines[:first])):
        yield Offence("begins with a summary of three lines", "body")


def _line(line: str) -> Iterator[str]:
    # A tab, and a form feed that sources have between functions, come from the patch.
    if printable(line) != line or "\r" in line:
        yield "has no control characters"
    if line.startswith(">"):
        return
    if columns(line) > WIDTH and " " in line.strip():
        yield f"keeps its own prose within {WIDTH} columns"
    if line != line.rstrip():
        yield "has no blanks at the end of a line"
    if "\t" in line:
        yield "has no tabs in its own prose"
    if _LINE_NUMBER.search(line):
        yield "names code by its function, not by line number"
    if line.startswith("From "):
        yield 'has no line that begins with "From "'
