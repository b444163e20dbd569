"""Text from a tree made fit for a terminal."""

import re

_UNSAFE = re.compile(
    r"[\x00-\x08\x0b-\x1f\x7f-\x9f"  # control characters but tab and newline
    r"\u061c\u200b-\u200f\u2028-\u202e\u2060-\u2069\ufeff"  # marks, separators, bidi, zero width
    r"\ud800-\udfff]"  # bytes that are not UTF-8
)


def printable(text: str) -> str:
    r"""Return ``text`` with control, bidi and undecodable characters made visible.

    A newline and a tab stay.  Everything else that could move the cursor,
    reorder the line or break an encoder comes out as ``\xNN`` or ``\uNNNN``.
    """

    def escape(match: re.Match[str]) -> str:
        code = ord(match.group())
        if 0xDC80 <= code <= 0xDCFF:  # surrogateescape: a byte that is not UTF-8
            return f"\\x{code - 0xDC00:02x}"
        return f"\\x{code:02x}" if code < 0x100 else f"\\u{code:04x}"

    return _UNSAFE.sub(escape, text)
