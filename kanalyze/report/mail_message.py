"""A mail as bytes: headers that nobody breaks out of, folded as mailers expect them.

Written by hand, because Python's own folding of long message ids encodes them, so
that no mailer finds the thread again.
"""

import quopri
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from email.header import Header
from email.utils import formataddr, getaddresses

from kanalyze.report.layout import one_line, shortened

# What a line of a mail may hold, in bytes, without its end (RFC 5322, 2.1.1).
LONGEST = 998
_SUBJECT = 300
_ID = re.compile(r"<[!-;=?-~]+@[!-;=?-~]+>")
_DOMAIN = re.compile(r"[A-Za-z0-9](?:[A-Za-z0-9.-]*[A-Za-z0-9])?")


@dataclass(frozen=True, slots=True, kw_only=True)
class Message:
    """One mail before it is bytes; addresses as people write them, ids with their brackets."""

    subject: str
    sender: str
    to: Sequence[str]
    cc: Sequence[str]
    date: str
    token: str
    in_reply_to: str
    references: Sequence[str]
    body: str


def as_bytes(message: Message) -> bytes:
    """Return a mail as it is written to a file, its lines ending in a newline."""
    subject = shortened(one_line(message.subject), _SUBJECT)
    sender = addresses([message.sender])
    headers = [
        ("Subject", _encoded(subject)),
        ("From", ",\n ".join(sender)),
        ("To", ",\n ".join(addresses(message.to))),
        ("Cc", ",\n ".join(addresses(message.cc))),
        ("Date", one_line(message.date)),
        ("Message-ID", f"<{message.token}@{_domain(sender)}>"),
        ("In-Reply-To", "".join(ids([message.in_reply_to]))),
        ("References", "\n ".join(ids(message.references))),
        ("MIME-Version", "1.0"),
        ("Content-Type", "text/plain; charset=utf-8"),
    ]
    body = message.body.encode("utf-8", "replace")
    coding = "8bit"
    if any(len(line) > LONGEST for line in body.split(b"\n")):
        body, coding = quopri.encodestring(body), "quoted-printable"
    headers.append(("Content-Transfer-Encoding", coding))
    head = "".join(f"{name}: {value}\n" for name, value in headers if value)
    return head.encode("ascii", "replace") + b"\n" + body


def addresses(several: Iterable[str]) -> list[str]:
    """Return addresses as headers have them, those left out that no mail could be sent to."""
    found = []
    for name, address in getaddresses([one_line(one) for one in several]):
        user, at, host = address.rpartition("@")
        if not (user and at and _DOMAIN.fullmatch(host)) or re.search(r"[\s<>,;]", address):
            continue
        try:
            found.append(formataddr((name, address), "utf-8"))
        except UnicodeEncodeError:  # an address beyond ASCII: few relays take it
            continue
    return found


def ids(several: Iterable[str]) -> list[str]:
    """Return the message ids that are ones, each once, in their order."""
    return list(dict.fromkeys(one for one in several if _ID.fullmatch(one)))


def _encoded(text: str) -> str:
    charset = "us-ascii" if text.isascii() else "utf-8"
    return Header(text, charset, maxlinelen=76, header_name="Subject").encode()


def _domain(sender: Sequence[str]) -> str:
    host = "".join(sender).rpartition("@")[2].strip(" >")
    return host if _DOMAIN.fullmatch(host) else "localhost"
