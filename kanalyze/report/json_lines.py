r"""Records as JSON, one a line, so that a document can be grepped and compared.

The text is the tree's own, with two exceptions that JSON cannot do without:
bytes that are not UTF-8 (they reach us as lone surrogates) become U+FFFD, and
characters that a terminal obeys are written as ``\uNNNN``, which a JSON reader
turns back into the character.
"""

import re
from collections.abc import Iterator, Mapping
from dataclasses import fields
from typing import Any

import msgspec

_ENCODER = msgspec.json.Encoder()
_LONE = re.compile("[\ud800-\udfff]")
_OBEYED = re.compile("[\x7f-\x9f\u061c\u200b-\u200f\u2028-\u202e\u2066-\u2069]")


def document(record: Any, extra: Mapping[str, Any] | None = None) -> Iterator[str]:
    """Yield a result as one document: its schema, then ``extra``, then its other fields."""
    yield f'{{"schema": {value_text(record.schema)}'
    for name, value in (extra or {}).items():
        yield f',\n"{name}": {value_text(value)}'
    for one in fields(record):
        if one.name == "schema":
            continue
        value = getattr(record, one.name)
        yield f',\n"{one.name}": '
        yield list_text(value) if isinstance(value, tuple) else value_text(value)
    yield "}\n"


def list_text(records: tuple[Any, ...]) -> str:
    """Return a list as JSON, one record a line."""
    if not records:
        return "[]"
    try:
        lines = _ENCODER.encode_lines(records).decode()
    except UnicodeEncodeError:  # find the few that need more work
        return "[\n" + ",\n".join([value_text(record) for record in records]) + "\n]"
    # A line break inside a record would be an escape sequence.
    return "[\n" + _harmless(lines[:-1].replace("\n", ",\n")) + "\n]"


def value_text(value: Any) -> str:
    """Return one value as JSON, on one line."""
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
