"""A patch series out of mails: which of them are its patches, and what is only talk.

A mailbox of a thread holds cover letters, replies, and often several versions.
The newest version is taken; everything that is left out is said.
"""

import re
from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from kanalyze.errors import InputError
from kanalyze.review.mail import Mail

_TAGS = re.compile(r"\A\s*((?:\[[^\]]*\]\s*)*)(.*)\Z", re.S)
_REPLY = re.compile(r"\A\s*(?:(?:re|aw|fwd?|sv|antw)\s*(?:\[\d+\])?\s*:\s*)+", re.I)
_VERSION = re.compile(r"(?<![\w.])v(\d+)(?![\w.])", re.I)
_NUMBER = re.compile(r"(?<![\w/])(\d+)/(\d+)(?![\w/])")
_BASE = re.compile(r"^base-commit:\s*([0-9a-f]{12,64})\s*$", re.M)
# Where the diff begins: what is in front of it is the message.
_START = re.compile(r"^(?:diff --git |Index: \S|--- (?=\S)[^\n]*\n\+\+\+ \S)", re.M)
# What a diff has that changes anything: hunks, a binary patch, names or modes.
_CHANGES = re.compile(
    r"^(?:@@ |GIT binary patch|rename from |new file mode |deleted file mode |old mode )", re.M
)
_CUT = re.compile(r"^---[ \t]*$", re.M)
_SIGNATURE = re.compile(r"^-- ?\n(?:[^\n]*\n?){0,3}\Z", re.M)


@dataclass(frozen=True, slots=True, kw_only=True)
class Patch:
    """One patch: ``number`` of ``total`` (1 of 1 where the mail does not count).

    ``title`` is the subject without its tags, ``message`` what becomes the commit's
    text, ``diff`` what is applied, line by line as in the mail.
    """

    number: int
    total: int
    title: str
    message: str
    diff: str
    mail: Mail


@dataclass(frozen=True, slots=True, kw_only=True)
class Series:
    """The patches of one version of a series, in their order.

    ``base`` is what a ``base-commit:`` line names, or nothing.  ``notes`` say in a
    sentence each what was left out, and what is missing.
    """

    title: str
    version: int
    patches: tuple[Patch, ...]
    cover: Mail | None = None
    base: str = ""
    notes: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class _Sorted:
    """A mail, and what its subject says that it is."""

    mail: Mail
    reply: bool
    version: int
    number: int
    total: int
    title: str

    @property
    def diff(self) -> str:
        return _diff(self.mail.body)


def series(mails: Sequence[Mail], where: str = "") -> Series:
    """Return the newest version of the series that the mails hold.

    ``where`` names the input in errors.  Raises InputError when there is no patch.
    """
    if not mails:
        raise InputError("holds neither a mail nor a diff", where=where)
    listed = [_sorted(mail) for mail in mails]
    own = [one for one in listed if not one.reply]
    patches = [one for one in own if one.diff]
    if not patches:
        if any(one.diff for one in listed):
            raise InputError("holds replies only, no patch", where=where)
        raise InputError("holds no patch", where=where, hint="mails as git format-patch writes")
    version = max(one.version for one in patches)
    newest = [one for one in patches if one.version == version]
    chosen, notes = _in_order(newest)
    cover = next((one for one in own if not one.diff and one.version == version), None)
    return Series(
        title=cover.title if cover else chosen[0].title,
        version=version,
        patches=tuple(_patch(one) for one in chosen),
        cover=cover.mail if cover else None,
        base=_base([*([cover] if cover else []), *chosen]),
        notes=(*_left_out(listed, patches, version), *notes),
    )


def _sorted(mail: Mail) -> _Sorted:
    subject = _REPLY.sub("", mail.subject)
    match = _TAGS.match(subject)
    assert match is not None
    tags, title = match[1], match[2].strip()
    version, number = _VERSION.search(tags), _NUMBER.search(tags)
    return _Sorted(
        mail=mail,
        reply=subject != mail.subject,
        version=int(version[1]) if version else 1,
        number=int(number[1]) if number else 1,
        total=int(number[2]) if number else 1,
        title=title,
    )


def _in_order(found: Sequence[_Sorted]) -> tuple[list[_Sorted], list[str]]:
    """Return the patches by their numbers, each once, and what there is to say about that."""
    total = max(one.total for one in found)
    if all(one.total == 1 for one in found):
        return list(found), []
    counted = [one for one in found if one.total == total]
    by_number: dict[int, list[_Sorted]] = defaultdict(list)
    for one in counted:
        by_number[one.number].append(one)
    notes = []
    for number, several in sorted(by_number.items()):
        if len(several) > 1:
            notes.append(f"patch {number}/{total} is there {len(several)} times: the last is taken")
    missing = [number for number in range(1, total + 1) if number not in by_number]
    if missing:
        listed = ", ".join(map(str, missing))
        notes.append(f"of {total} patches the mails lack number {listed}")
    if len(counted) < len(found):
        left = ", ".join(f'"{one.title}"' for one in found if one.total != total)
        notes.append(f"not part of the {total} patches, and left out: {left}")
    return [by_number[number][-1] for number in sorted(by_number)], notes


def _left_out(listed: Sequence[_Sorted], patches: Sequence[_Sorted], version: int) -> Iterable[str]:
    older = sorted({one.version for one in patches} - {version})
    if older:
        named = ", ".join(f"v{one}" for one in older)
        yield f"v{version} is reviewed; {named} in the same file is not"
    replies = sum(one.reply for one in listed)
    if replies:
        yield f"{replies} {'reply' if replies == 1 else 'replies'} in between left out"


def _base(mails: Iterable[_Sorted]) -> str:
    for one in mails:
        match = _BASE.search(one.mail.body)
        if match:
            return match[1]
    return ""


def _patch(one: _Sorted) -> Patch:
    body = one.mail.body
    start = _start(body)
    head = body[:start] if start >= 0 else body
    cut = _CUT.search(head)
    message = head[: cut.start()] if cut else head
    return Patch(
        number=one.number,
        total=one.total,
        title=one.title,
        message=message.strip(),
        diff=one.diff,
        mail=one.mail,
    )


def _start(body: str) -> int:
    match = _START.search(body)
    return match.start() if match else -1


def _diff(body: str) -> str:
    """Return the diff of a mail without the signature behind it; empty where there is none."""
    start = _start(body)
    if start < 0 or not _CHANGES.search(body, start):
        return ""
    diff = _SIGNATURE.sub("", body[start:])
    return diff if diff.endswith("\n") else diff + "\n"
