"""A review as mails: replies that a person reads once more, and sends.

One reply for each patch that there is something to say about, with remarks under
the hunks they speak of; or one that says that there is nothing.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from email.headerregistry import Address
from email.message import EmailMessage
from email.policy import SMTP
from email.utils import getaddresses
from typing import TYPE_CHECKING

from kanalyze.report.layout import one_line
from kanalyze.report.mail_lint import Offence, lint
from kanalyze.report.mail_quote import prose, quoted
from kanalyze.report.review_words import counts, introduced, remark, standing, tested, verdict

if TYPE_CHECKING:
    from kanalyze.review.mail import Mail
    from kanalyze.review.model import Finding, PatchReview, Review

_POLICY = SMTP.clone(linesep="\n", max_line_length=0, cte_type="8bit")


@dataclass(frozen=True, slots=True)
class Reply:
    """One mail: the patch that it answers (0: the whole series), its bytes, what is wrong with it.

    A reply with offences is not to be sent, and is a mistake of ours.
    """

    patch: int
    text: bytes
    offences: tuple[Offence, ...]


def replies(review: "Review", *, sender: str, date: str, token: str, every: bool) -> list[Reply]:
    """Return the replies to a series, the summary in the first.

    ``sender`` is who will send them ("Name <user@host>"), ``date`` as in a mail's header,
    ``token`` what makes the message ids new.  With ``every`` what was so before is told.
    """
    found = introduced(review)
    numbers = sorted({one.patch for one in found if one.patch})
    if not numbers or (review.cover is not None and len(numbers) > 1):
        numbers = [0, *numbers]
    made = []
    for place, number in enumerate(numbers):
        patch = next((one for one in review.patches if one.number == number), None)
        original = patch.mail if patch else review.cover or review.patches[0].mail
        own = [one for one in found if one.patch == number]
        lines = list(_body(review, patch, own, first=not place, every=every))
        made.append(_reply(number, original, patch, review, lines, sender, date, token))
    return made


def _reply(
    number: int,
    original: "Mail | None",
    patch: "PatchReview | None",
    review: "Review",
    lines: Sequence[str],
    sender: str,
    date: str,
    token: str,
) -> Reply:
    message = EmailMessage(policy=_POLICY)
    title = original.subject if original else patch.title if patch else review.title
    plain = one_line(title)
    message["Subject"] = plain if plain.lower().startswith("re:") else f"Re: {plain}"
    message["From"] = _addresses([sender])
    to, cc = _recipients(original, patch, sender)
    if to:
        message["To"] = _addresses(to)
    if cc:
        message["Cc"] = _addresses(cc)
    message["Date"] = date
    domain = sender.rpartition("@")[2].strip(" >") or "localhost"
    message["Message-ID"] = f"<{token}.{number}@{domain}>"
    is_reply = bool(original and original.message_id)
    if original and original.message_id:
        message["In-Reply-To"] = original.message_id
        known = [one for one in original.references if one != original.message_id]
        message["References"] = " ".join([*known, original.message_id])
    message.set_content("\n".join(lines).rstrip("\n") + "\n", cte="8bit")
    offences = tuple(lint(message, is_reply=is_reply))
    return Reply(number, message.as_bytes(), offences)


def _recipients(
    original: "Mail | None", patch: "PatchReview | None", sender: str
) -> tuple[list[str], list[str]]:
    """Return those whom the original's author meant, the author first."""
    if original is None:
        return ([patch.author] if patch and patch.author else []), []
    seen = {address.lower() for _, address in getaddresses([sender])}

    def fresh(several: Iterable[str]) -> list[str]:
        kept = []
        for one in several:
            address = next((found for _, found in getaddresses([one])), "").lower()
            if address and address not in seen:
                seen.add(address)
                kept.append(one)
        return kept

    return fresh([original.sender]), fresh([*original.to, *original.cc])


def _addresses(several: Iterable[str]) -> list[Address]:
    """Return addresses as headers, which cannot be broken out of."""
    found = []
    for name, address in getaddresses([one_line(one) for one in several]):
        user, at, host = address.rpartition("@")
        try:
            found.append(Address(name, user if at else address, host if at else ""))
        except ValueError:  # nothing that a mail could be sent to
            continue
    return found


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
        yield from _summary(review)
        yield ""
    if patch is not None:
        yield from _remarks(patch, found)
    if first:
        yield from _table(introduced(review))
        yield from _before(review, every)
        yield from _facts(review)


def _summary(review: "Review") -> Iterator[str]:
    for sentence in (verdict(review), counts(review), tested(review)):
        yield from prose(one_line(sentence))


def _remarks(patch: "PatchReview", found: "Sequence[Finding]") -> Iterator[str]:
    mail = patch.mail
    if mail and mail.date:
        yield from prose(one_line(f"On {mail.date}, {_name(mail.sender)} wrote:"))
        yield ""
    remarks: dict[tuple[int, int], list[str]] = {}
    loose = []
    for one in found:
        said = [one_line(text) for text in remark(one)]
        if one.anchor:
            remarks.setdefault((one.anchor.hunk, one.anchor.line), []).extend(said)
        else:
            loose.append(said)
    yield from quoted(patch.diff, remarks)
    for said in loose:
        for paragraph in said:
            yield from prose(paragraph)
        yield ""


def _name(sender: str) -> str:
    name, address = getaddresses([sender])[0] if sender else ("", "")
    return name or address or "somebody"


def _table(found: "Sequence[Finding]") -> Iterator[str]:
    """Yield before and after of each decision, narrow enough for every mailer."""
    rows = [one for one in found if one.before or one.after]
    if not rows:
        return
    width = min(max(len(one.function) for one in rows) + 2, 34)
    yield f"{'function':{width}}  {'before':16}  {'after':16}  rule"
    for one in rows:
        name = one_line(one.function)[: width - 2] + "()"
        was, now = (one_line(" or ".join(side)) or "-" for side in (one.before, one.after))
        line = f"{name:{width}}  {was[:16]:16}  {now[:16]:16}  {' '.join(one.rules) or '-'}"
        yield line.rstrip()
    yield ""


def _before(review: "Review", every: bool) -> Iterator[str]:
    known = standing(review, "touched") if every else []
    known += standing(review, "pre-existing") if every else []
    if not known:
        return
    yield "Not of this series, and so before it:"
    for one in known:
        yield from prose(one_line(f"- {one.what}"))
    yield ""


def _facts(review: "Review") -> Iterator[str]:
    yield "Facts:"
    about = [("base", f"{review.base_describe} ({review.base_how})"), *review.facts]
    width = max(len(name) for name, _ in about)
    for name, value in about:
        lines = prose(one_line(value), " " * (width + 4))
        yield f"  {name:{width}}  {lines[0].lstrip()}"
        yield from lines[1:]
    for note in review.notes:
        yield from prose(one_line(f"Note: {note}."), "  ")
