r"""A scan for programs: one document of the schema ``kanalyze.scan/1``.

Every record stands on a line of its own, so that the document can be grepped
and compared.  The text is the tree's own, with two exceptions that JSON cannot
do without: bytes that are not UTF-8 (they reach us as lone surrogates) become
U+FFFD, and characters that a terminal obeys are written as ``\uNNNN``, which
a JSON reader turns back into the character.
"""

import re
from collections.abc import Iterator
from dataclasses import fields
from typing import TYPE_CHECKING, Any

import msgspec

from kanalyze.report.view import ROLES, View, select

if TYPE_CHECKING:
    from kanalyze.history.model import Scan

_ENCODER = msgspec.json.Encoder()
_LONE = re.compile("[\ud800-\udfff]")
_OBEYED = re.compile("[\x7f-\x9f\u061c\u200b-\u200f\u2028-\u202e\u2066-\u2069]")


def scan_json(scan: "Scan", view: View) -> Iterator[str]:
    """Yield the document, with the sites, sections and events of the roles to show.

    ``roles`` in it names those roles: a document with all of them is complete.
    """
    shown, _ = select(scan, view.shown_roles)
    roles = [role for role in ROLES if role in view.shown_roles]
    yield f'{{"schema": {_text(scan.schema)},\n"roles": {_text(roles)}'
    for one in fields(shown):
        if one.name == "schema":
            continue
        value = getattr(shown, one.name)
        yield f',\n"{one.name}": '
        yield _list(value) if isinstance(value, tuple) else _text(value)
    yield "}\n"


def _list(records: tuple[Any, ...]) -> str:
    if not records:
        return "[]"
    try:
        lines = _ENCODER.encode_lines(records).decode()
    except UnicodeEncodeError:  # find the few that need more work
        return "[\n" + ",\n".join([_text(record) for record in records]) + "\n]"
    # A line break inside a record would be an escape sequence.
    return "[\n" + _harmless(lines[:-1].replace("\n", ",\n")) + "\n]"


def _text(value: Any) -> str:
    try:
        return _harmless(_ENCODER.encode(value).decode())
    except UnicodeEncodeError:
        return _harmless(_ENCODER.encode(_whole(msgspec.to_builtins(value))).decode())


def _harmless(text: str) -> str:
    if text.isascii() and "\x7f" not in text:
        return text
    return _OBEYED.sub(lambda match: f"\\u{ord(match.group()):04x}", text)


def _whole(value: Any) -> Any:
    """Return ``value`` with what is not a character replaced in all its strings."""
    if isinstance(value, str):
        return _LONE.sub("\ufffd", value)
    if isinstance(value, dict):
        return {key: _whole(part) for key, part in value.items()}
    if isinstance(value, list | tuple):
        return [_whole(part) for part in value]
    return value
