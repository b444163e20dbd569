"""Debian's order of versions (deb-version(7))."""

import re


def version_key(version: str) -> tuple[object, ...]:
    """Return a key that sorts ``version`` as dpkg does: ~ before the end, letters before signs."""
    epoch, colon, rest = version.partition(":")
    if not colon:
        epoch, rest = "0", version
    upstream, _, revision = rest.rpartition("-") if "-" in rest else (rest, "", "")
    return int(epoch) if epoch.isdigit() else 0, _part(upstream), _part(revision)


def _part(text: str) -> tuple[tuple[tuple[int, ...], int], ...]:
    pieces = re.findall(r"(\D*)(\d*)", text)
    return tuple((_letters(letters), int(digits or 0)) for letters, digits in pieces)


def _letters(text: str) -> tuple[int, ...]:
    """Return the order of each character, and 0 for the end."""
    ranks = (-1 if c == "~" else ord(c) if c.isalpha() else ord(c) + 256 for c in text)
    return *ranks, 0
