"""What people send, as mails: a mailbox, one mail, or nothing but a diff.

Bodies come out as the sender meant them: transfer encodings and character sets
are undone, format=flowed is put together, and so are folded headers.  Whatever a
mail declares wrongly does not stop us: what cannot be decoded is kept as
replacement characters.
"""

import email
import email.policy
import gzip
import io
import re
import zlib
from collections.abc import Iterator
from dataclasses import dataclass
from email.header import decode_header
from email.message import EmailMessage
from email.utils import getaddresses

from unidiff.errors import UnidiffParseError
from unidiff.patch import PatchSet

from kanalyze.errors import InputError

# A separator is at the start, or behind an empty line, and has a date's time in
# it: "From " may also begin a line of prose.
_SEPARATOR = re.compile(rb"(?:\A|\r?\n)(?=From [^\n]*\d\d:\d\d[^\n]*\r?\n[!-9;-~]+:)")
_HEADER = re.compile(rb"\A(?:From [^\n]*\r?\n)?[!-9;-~]+:[ \t]")
_QUOTED_FROM = re.compile(r"^>(>*From )", re.M)
_DIFF = re.compile(rb"^(?:diff --git |--- \S)", re.M)
_GZIP = b"\x1f\x8b"
# No series of patches is longer than this, in bytes.
_MOST = 64 << 20


@dataclass(frozen=True, slots=True, kw_only=True)
class Mail:
    """One mail.

    Addresses are whole ("Name <user@host>").  ``references`` are message ids with
    their angle brackets, oldest first.  ``flowed`` says that the body was put
    together from format=flowed, so that white space in it is not to be relied on.
    A bare diff is a mail with a body and nothing else.
    """

    body: str
    subject: str = ""
    sender: str = ""
    to: tuple[str, ...] = ()
    cc: tuple[str, ...] = ()
    date: str = ""
    message_id: str = ""
    in_reply_to: str = ""
    references: tuple[str, ...] = ()
    flowed: bool = False


def mails(text: bytes) -> tuple[Mail, ...]:
    """Return the mails of a mailbox, a single mail, or the diff that a file is; in its order.

    A mailbox may be compressed, as public-inbox gives it.  Raises InputError for
    one that is damaged, or larger than any series.
    """
    if text.startswith(_GZIP):
        text = _inflated(text)
    if not _HEADER.match(text):
        return (_bare(text),) if _DIFF.search(text) else ()
    return tuple(_mail(one) for one in _split(text))


def _inflated(text: bytes) -> bytes:
    try:
        found = gzip.GzipFile(fileobj=io.BytesIO(text)).read(_MOST + 1)
    except (OSError, EOFError, zlib.error) as error:
        raise InputError("a compressed mailbox that is damaged") from error
    if len(found) > _MOST:
        raise InputError("larger than any series of patches")
    return found


def _bare(text: bytes) -> Mail:
    """Return a diff as the mail that it is not; one whose every line ends in CR LF as usual."""
    if text.count(b"\r\n") == text.count(b"\n"):
        text = text.replace(b"\r\n", b"\n")
    return Mail(body=_decoded(text, "utf-8"))


def _split(text: bytes) -> Iterator[bytes]:
    starts = [match.end() for match in _SEPARATOR.finditer(text)]
    if not starts:
        yield text
        return
    for start, end in zip(starts, [*starts[1:], len(text)], strict=True):
        yield text[start:end].partition(b"\n")[2]


def _mail(text: bytes) -> Mail:
    message = email.message_from_bytes(text, policy=email.policy.compat32.clone(linesep="\n"))
    body, flowed = _body(text)

    def header(name: str) -> str:
        return _header(str(message.get(name, "")))

    def addresses(name: str) -> tuple[str, ...]:
        listed = [_header(str(value)) for value in message.get_all(name, [])]
        return tuple(_address(*one) for one in getaddresses(listed) if one[1])

    ids = re.findall(r"<[^<>\s]+>", header("References"))
    replied = re.findall(r"<[^<>\s]+>", header("In-Reply-To"))
    own = re.findall(r"<[^<>\s]+>", header("Message-ID") or header("Message-Id"))
    return Mail(
        body=body,
        subject=header("Subject"),
        sender=next(iter(addresses("From")), ""),
        to=addresses("To"),
        cc=addresses("Cc"),
        date=header("Date"),
        message_id=own[0] if own else "",
        in_reply_to=replied[-1] if replied else "",
        references=tuple(dict.fromkeys(ids)),
        flowed=flowed,
    )


def _address(name: str, address: str) -> str:
    """Return an address as it is written, its name in quotes where it has to be."""
    if not name:
        return address
    if re.search(r"[^\w .!#$%&\'*+/=?^`{|}~-]", name):
        name = '"' + re.sub(r'(["\\])', r"\\\1", name) + '"'
    return f"{name} <{address}>"


def _header(value: str) -> str:
    """Return a header unfolded and decoded; raw bytes in it are tried as UTF-8, then latin-1."""
    unfolded = re.sub(r"\r?\n[ \t]+", " ", value).strip()
    parts = []
    try:
        found = decode_header(unfolded)
    except (ValueError, LookupError):
        found = [(unfolded, None)]
    for part, charset in found:
        raw = part.encode("utf-8", "surrogateescape") if isinstance(part, str) else part
        parts.append(_decoded(raw, charset or "utf-8"))
    # A line break that was encoded would be a header of its own in a reply.
    return re.sub(r"\s*[\r\n]+\s*", " ", "".join(parts))


def _body(text: bytes) -> tuple[str, bool]:
    """Return the text of a mail, and whether it was flowed."""
    message = email.message_from_bytes(text, policy=email.policy.default)
    assert isinstance(message, EmailMessage)
    parts = []
    flowed = False
    for part in message.walk():
        kind = part.get_content_type()
        if part.is_multipart() or not (kind == "text/plain" or kind.startswith("text/x-")):
            continue
        payload = part.get_payload(decode=True)
        if not isinstance(payload, bytes):
            continue
        charset = part.get_content_charset() or "utf-8"
        one = _decoded(payload, charset).replace("\r\n", "\n")
        if str(part.get_param("format", "")).lower() == "flowed":
            joined = _unflowed(one, str(part.get_param("delsp", "")).lower() == "yes")
            # Many say that they flow, and do not: git send-email's text behind a header.
            if _reads(joined) or not _reads(one):
                one, flowed = joined, True
        parts.append(one)
    return _QUOTED_FROM.sub(r"\1", "\n".join(parts)), flowed


def _reads(text: str) -> bool:
    """Tell whether there are hunks in a text, and each has the lines that it says."""
    try:
        return any(one for file in PatchSet(text) for one in file)
    except (UnidiffParseError, ValueError):
        return False


def _decoded(raw: bytes, charset: str) -> str:
    for name in (charset, "utf-8"):
        try:
            found = raw.decode(name)
        except (UnicodeError, LookupError, ValueError):
            continue
        # Half a character, as some character sets allow, can go nowhere from here.
        return found.encode("utf-8", "replace").decode()
    return raw.decode("latin-1")


def _unflowed(text: str, delete_space: bool) -> str:
    """Put the lines of format=flowed together (RFC 3676).

    Lines that begin with a space were stuffed; one that ends in a space goes on
    in the next, unless it is the signature's mark.
    """
    lines: list[str] = []
    open_quote: str | None = None
    for line in text.split("\n"):
        quote = line[: len(line) - len(line.lstrip(">"))]
        rest = line[len(quote) :].removeprefix(" ")
        goes_on = rest.endswith(" ") and rest != "-- "
        if goes_on and delete_space:
            rest = rest[:-1]
        if open_quote == quote and lines and rest != "-- ":
            lines[-1] += rest
        else:
            lines.append(f"{quote} {rest}" if quote else rest)
        open_quote = quote if goes_on else None
    return "\n".join(lines)
