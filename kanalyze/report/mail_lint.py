"""What a mail to a kernel list must keep to; every mail is held to it before it is written."""

import re
from dataclasses import dataclass
from email.message import EmailMessage
from email.utils import getaddresses

from kanalyze.report.mail_quote import WIDTH

_ID = re.compile(r"<[^<>@\s]+@[^<>@\s]+>")
_LINE_NUMBER = re.compile(r"\b[\w/.-]+\.[ch]:\d+\b")


@dataclass(frozen=True, slots=True)
class Offence:
    """What a mail does wrong: the rule, and where."""

    rule: str
    where: str


def lint(message: EmailMessage, *, is_reply: bool) -> list[Offence]:
    """Return what is wrong with a mail; nothing for one that may be sent."""
    found = [*_headers(message, is_reply=is_reply)]
    body = message.get_content()
    for number, line in enumerate(body.split("\n"), 1):
        found += [Offence(rule, f"line {number}: {line[:40]}") for rule in _line(line)]
    own = [line for line in body.split("\n") if not line.startswith(">")]
    if len([line for line in own if line.strip()][:3]) < 3:
        found.append(Offence("begins with a summary of three lines", "body"))
    return found


def _headers(message: EmailMessage, *, is_reply: bool) -> list[Offence]:
    found = []
    if message.get_content_type() != "text/plain":
        found.append(Offence("is plain text", str(message.get_content_type())))
    if not _ID.fullmatch(str(message.get("Message-ID", ""))):
        found.append(Offence("has a message id of its own", "Message-ID"))
    for name in ("Subject", "Date"):
        if not str(message.get(name, "")).strip():
            found.append(Offence(f"has the header {name}", name))
    if is_reply:
        found += _reply_headers(message)
    for name, value in message.items():
        if "\n" in str(value) or "\r" in str(value):
            found.append(Offence("has no line break in a header", name))
    return found


def _reply_headers(message: EmailMessage) -> list[Offence]:
    found = []
    if not str(message.get("Subject", "")).startswith("Re: "):
        found.append(Offence('answers under "Re:"', "Subject"))
    replied = _ID.findall(str(message.get("In-Reply-To", "")))
    listed = _ID.findall(str(message.get("References", "")))
    if len(replied) != 1:
        found.append(Offence("says which mail it answers", "In-Reply-To"))
    elif not listed or listed[-1] != replied[0]:
        found.append(Offence("ends its references with the mail it answers", "References"))
    if str(message.get("Message-ID", "")) in {*replied, *listed}:
        found.append(Offence("has a message id of its own", "Message-ID"))
    if not getaddresses([str(message.get("To", ""))])[0:1]:
        found.append(Offence("goes to those who had the original", "To"))
    return found


def _line(line: str) -> list[str]:
    if line.startswith("> ") or line == ">":
        return []
    found = []
    if len(line) > WIDTH and " " in line.strip():
        found.append(f"keeps its own prose within {WIDTH} columns")
    if line != line.rstrip() and line != "-- ":
        found.append("has no blanks at the end of a line")
    if any(not char.isprintable() for char in line):
        found.append("has no control characters")
    if _LINE_NUMBER.search(line):
        found.append("names code by its function, not by line number")
    if line.startswith("From "):
        found.append('has no line that begins with "From "')
    return found
