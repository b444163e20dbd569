"""Files of a tree as text and back, byte for byte: no encoding and no line end is assumed."""

import re

_LINE = re.compile(r"[^\n]*\n|[^\n]+")


def decode(data: bytes) -> str:
    """Return ``data`` as text from which :func:`encode` makes the same bytes again."""
    return data.decode("utf-8", "surrogateescape")


def encode(text: str) -> bytes:
    """Return the bytes that :func:`decode` made ``text`` from, or UTF-8."""
    return text.encode("utf-8", "surrogateescape")


def lines(text: str) -> list[str]:
    """Return the lines of ``text``, each with its newline; a form feed ends none."""
    return _LINE.findall(text)
