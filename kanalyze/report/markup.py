"""Text that XML and HTML can hold: what a viewer could trip over is taken out, not escaped."""

import re

from kanalyze.report.layout import one_line

#: Valid in UTF-8, but no characters of XML 1.0 (production 2, "Char").
_NO_CHARACTERS = re.compile("[\ufffe\uffff]")


def characters(text: str) -> str:
    """Return printable text with U+FFFD for what is no character in XML."""
    return _NO_CHARACTERS.sub("\ufffd", text)


def clean(text: str) -> str:
    """Return text from a tree as one line without what XML or a viewer could trip over."""
    return characters(one_line(text))
