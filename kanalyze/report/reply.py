"""A review as mails: replies that a person reads once more, and sends.

One reply for each patch that there is something to say about, with remarks under
the hunks they speak of; or one that says that there is nothing.
"""

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from email.utils import getaddresses
from typing import TYPE_CHECKING

from kanalyze.errors import InputError
from kanalyze.report.layout import columns, one_line, shortened, wrap
from kanalyze.report.mail_lint import lint
from kanalyze.report.mail_message import Message, addresses, as_bytes, ids
from kanalyze.report.mail_quote import WIDTH, prose, quote, quoted
from kanalyze.report.review_evidence import change, lost, ran_on, telling, tested
from kanalyze.report.review_phrases import outcomes, topic
from kanalyze.report.review_words import counts, facts, introduced, remarks, standing, verdict

if TYPE_CHECKING:
    from kanalyze.review.mail import Mail
    from kanalyze.review.model import Finding, PatchReview, Review

# A sentence from somebody else's text is not longer than this, in characters.
_LONG = 600
# So many test cases are told of, and so much of what each said.
_CASES = 10
_LINES = 8
_RE = re.compile(r"(?:re:\s*)+", re.I)
_LINE_NUMBER = re.compile(r"(\b[\w/.-]+\.[chS]):\d+\b")


@dataclass(frozen=True, slots=True)
class Reply:
    """One mail: the patch that it answers (0: the whole series), and its bytes."""

    patch: int
    text: bytes


@dataclass(frozen=True, slots=True, kw_only=True)
class Sending:
    """What a mail has from whoever sends it.

    ``sender`` is "Name <user@host>", ``date`` as a mail's header has it, and ``token``
    what makes the message ids new.
    """

    sender: str
    date: str
    token: str


def replies(review: "Review", sending: Sending, *, every: bool) -> list[Reply]:
    """Return the replies to a series, the summary in the first.

    With ``every`` what was so before is told.  Raises InputError for a sender that
    is no address, and for a mail that would offend a list's rules: it is not made.
    """
    if len(addresses([sending.sender])) != 1:
        raise InputError("is no mail address", where=sending.sender or "the sender")
    found = introduced(review)
    numbers = sorted({one.patch for one in found if one.patch})
    if not numbers or (review.cover is not None and len(numbers) > 1):
        numbers = [0, *numbers]
    made = []
    for place, number in enumerate(numbers):
        patch = next((one for one in review.patches if one.number == number), None)
        own = [one for one in found if one.patch == number]
        lines = _body(review, patch, own, first=not place, every=every)
        made.append(_reply(review, patch, "\n".join(lines), sending, first=not place))
    return made


def _reply(
    review: "Review", patch: "PatchReview | None", body: str, sending: Sending, *, first: bool
) -> Reply:
    original = patch.mail if patch else review.cover or review.patches[0].mail
    number = patch.number if patch else 0
    known = ids([original.message_id]) if original else []
    to, cc = _recipients(original, review.patches[max(number - 1, 0)], sending.sender)
    title = (patch.title if patch else "") or review.title
    text = as_bytes(
        Message(
            subject=_subject(original, title, bool(known)),
            sender=sending.sender,
            to=to,
            cc=cc,
            date=sending.date,
            token=f"{sending.token}.{number}",
            in_reply_to="".join(known),
            references=_references(original, known),
            body=body.rstrip("\n") + "\n",
        )
    )
    quotable = {quote(line) for line in patch.diff.split("\n")} if patch else set()
    for offence in lint(text, is_reply=bool(known), summary=first, quotable=quotable):
        raise InputError(
            f"cannot be a mail that lists take, which {offence.rule} ({offence.where})",
            where=f"the reply to patch {number}" if number else "the reply",
        )
    return Reply(number, text)


def _subject(original: "Mail | None", title: str, is_reply: bool) -> str:
    subject = one_line(original.subject if original and original.subject else title).strip()
    plain = _RE.sub("", subject, count=1) if _RE.match(subject) else subject
    plain = plain or "a patch without a subject"
    return f"Re: {plain}" if is_reply else f"Review: {plain}"


def _references(original: "Mail | None", known: Sequence[str]) -> list[str]:
    """Return the thread up to the original, which comes last."""
    if original is None or not known:
        return []
    before = original.references or ([original.in_reply_to] if original.in_reply_to else ())
    return [*(one for one in ids(before) if one not in known), *known]


def _recipients(
    original: "Mail | None", patch: "PatchReview", sender: str
) -> tuple[list[str], list[str]]:
    """Return those whom the original's author meant, the author first.

    Whoever answers is not among them, unless nobody else is.
    """
    author = original.sender if original else ""
    first = author or patch.author or sender
    seen = {address.lower() for _, address in getaddresses([one_line(sender)])}

    def fresh(several: Iterable[str]) -> list[str]:
        kept = []
        for one in several:
            for whole in addresses([one]):
                address = getaddresses([whole])[0][1].lower()
                if address not in seen:
                    seen.add(address)
                    kept.append(whole)
        return kept

    to = fresh([first])
    cc = fresh([*original.to, *original.cc]) if original else []
    return (to, cc) if to else (cc[:1] or addresses([sender]), cc[1:])


# ------------------------------------------------------------------------- body


def _body(
    review: "Review",
    patch: "PatchReview | None",
    found: "Sequence[Finding]",
    *,
    first: bool,
    every: bool,
) -> Iterator[str]:
    if first:
        for sentence in (verdict(review), counts(review), tested(review)):
            yield from _said(sentence)
        yield ""
    if patch is not None:
        yield from _remarks(review, patch, found)
    if first:
        yield from _table(introduced(review))
        yield from _evidence(review)
        yield from _before(review, every)
        yield from _facts(review)


def _said(sentence: str, indent: str = "") -> list[str]:
    """Return a sentence of ours, with whatever text from elsewhere is in it, as prose."""
    plain = _LINE_NUMBER.sub(r"\1", shortened(one_line(sentence), _LONG))
    return prose(plain, indent)


def _remarks(review: "Review", patch: "PatchReview", found: "Sequence[Finding]") -> Iterator[str]:
    mail = patch.mail
    if mail and mail.date:
        yield from _said(f"On {mail.date}, {_name(mail.sender)} wrote:")
        yield ""
    placed: dict[tuple[int, int], list[Finding]] = {}
    loose = []
    for one in found:
        if one.anchor:
            placed.setdefault((one.anchor.hunk, one.anchor.line), []).append(one)
        else:
            loose.append(one)
    under = {
        place: [
            shortened(_LINE_NUMBER.sub(r"\1", one_line(line)), _LONG)
            for line in remarks(review, own)
        ]
        for place, own in placed.items()
    }
    yield from quoted(patch.diff, under)
    for paragraph in remarks(review, loose) if loose else ():
        yield from _said(paragraph)
        yield ""


def _name(sender: str) -> str:
    name, address = getaddresses([sender])[0] if sender else ("", "")
    return name or address or "somebody"


def _table(found: "Sequence[Finding]") -> Iterator[str]:
    """Yield before and after of each decision, in columns, or in lines where they are too wide."""
    rows = [
        (
            shortened(one_line(topic(one)), 60),
            outcomes(one.before) if one.before else "-",
            outcomes(one.after) if one.after else "-",
            " ".join(one.rules) or "-",
        )
        for one in found
        if one.before or one.after
    ]
    if not rows:
        return
    table = [("function", "before", "after", "rule"), *rows]
    widths = [max(columns(row[index]) for row in table) for index in range(4)]
    if sum(widths) + 6 <= WIDTH:
        for row in table:
            cells = (
                cell + " " * (width - columns(cell))
                for cell, width in zip(row, widths, strict=True)
            )
            yield "  ".join(cells).rstrip()
    else:
        for name, was, now, rule in rows:
            yield from _said(f"{name}: was {was}, is now {now} ({rule})")
    yield ""


def _evidence(review: "Review") -> Iterator[str]:
    """Yield the test cases that the series loses, with what they said."""
    gone = lost(review)
    if not gone:
        return
    seen: set[str] = set()
    yield "Passed before it and not after it:"
    for one in gone[:_CASES]:
        first, *rest = _said(f"{one.case} on {ran_on(one)}: {change(one)}", "  ")
        yield f"- {first.lstrip()}"
        yield from rest
        if one.log:
            yield from _said(f"log: {one.log}", "  ")
        alike = one.reason in seen  # said once what it looks like
        seen |= {one.reason} - {""}
        for line in () if alike else telling(one, _LINES):
            shown = _LINE_NUMBER.sub(r"\1", one_line(line))
            yield f"    | {wrap(shown, WIDTH - 6)[0]}".rstrip()
    if len(gone) > _CASES:
        yield f"- and {len(gone) - _CASES} more"
    yield ""


def _before(review: "Review", every: bool) -> Iterator[str]:
    known = standing(review, "touched") if every else []
    known += standing(review, "pre-existing") if every else []
    if not known:
        return
    yield "Not of this series, and so before it:"
    for what in dict.fromkeys(one.what for one in known):
        first, *rest = _said(what, "  ")
        yield f"- {first.lstrip()}"
        yield from rest
    yield ""


def _facts(review: "Review") -> Iterator[str]:
    yield "Facts:"
    told = [(_LINE_NUMBER.sub(r"\1", one_line(name)), value) for name, value in facts(review)]
    about = [(wrap(name, 20)[0], value) for name, value in told]
    width = max(columns(name) for name, _ in about)
    for name, value in about:
        first, *rest = _said(value, " " * (width + 4))
        room = " " * (width - columns(name))
        yield f"  {name}{room}  {first.lstrip()}".rstrip()
        yield from rest
    for note in review.notes:
        yield from _said(f"Note: {note}.", "  ")
