"""A function made readable for tree-sitter without moving a byte.

Each replacement has the length of what it replaces, so offsets, lines and
columns of the parse are those of the file.  What is replaced is data: see
``[parse]`` in config.toml.
"""

import re

from kanalyze.source.lex import matching, spaces

# A type as a macro's argument: `container_of(x, struct page, lru)` becomes a
# plain name; a pointer type becomes a product, which parses as an expression.
_TYPE_ARGUMENT = re.compile(
    rb"(?<=[(,])(\s*)(struct|union|enum|const|unsigned|signed)(?=\s+\w+\s*\**\s*[,)])"
)
# A macro that defines a variable reads as a call, unless it is told to be static.
_STATIC_MACRO = re.compile(rb"\bstatic(?=\s+DEFINE_\w+\s*\()")
# A range of cases, `case 1 ... 3:`; dots among parameters are followed by a bracket.
_CASE_RANGE = re.compile(rb"(?<=\s)\.\.\.(?=\s)")


class Masker:
    """The masking rules, compiled.  Each argument is a list of ``[parse]``."""

    def __init__(
        self,
        *,
        blank: list[str],
        blank_calls: list[str],
        loops: list[str],
        blocks: list[str],
        statements: list[str],
    ) -> None:
        self._words = re.compile(rb"\b(?:" + _any(blank) + rb")\b(?!\s*\()")
        self._calls = re.compile(rb"\b(?:" + _any(blank_calls) + rb")\s*(\()")
        self._statements = re.compile(rb"\b(?:" + _any(statements) + rb")\s*(\()")
        self._loops = re.compile(rb"\b(?:" + "|".join(loops).encode() + rb")(?=\s*\()")
        self._blocks = re.compile(rb"\b(?:" + _any(blocks) + rb")(?=\s*\()")

    def mask(self, code: bytes, body: int) -> bytes:
        """Return blanked ``code`` of one function, same length, ready to parse.

        ``body`` is the offset of its opening brace.  The declaration is replaced
        by a plain one: only the body is analysed, and declarations are where
        most macros stand.
        """
        inner = self._blank_calls(code[body:])
        inner = self._words.sub(_blank, inner)
        inner = self._loops.sub(lambda found: _as_keyword(found, b"while"), inner)
        inner = self._blocks.sub(lambda found: _as_keyword(found, b"if"), inner)
        inner = _TYPE_ARGUMENT.sub(_blank, inner)
        inner = _STATIC_MACRO.sub(_blank, inner)
        inner = _CASE_RANGE.sub(b" + ", inner)
        return _plain_declaration(code[:body]) + inner

    def _blank_calls(self, code: bytes) -> bytes:
        """Blank the calls that mean nothing; give statement macros their semicolon."""
        out = bytearray(code)
        for match in self._calls.finditer(code):
            end = matching(code, match.start(1))
            if end >= 0:
                out[match.start() : end + 1] = spaces(code[match.start() : end + 1])
        for match in self._statements.finditer(code):
            end = matching(code, match.start(1))
            if end >= 0:
                out[end : end + 1] = b";"
                out[match.start() : match.end()] = spaces(match.group())
        return bytes(out)


def _any(names: list[str]) -> bytes:
    return "|".join(map(re.escape, names)).encode() or rb"(?!)"


def _blank(match: re.Match[bytes]) -> bytes:
    return spaces(match.group())


def _as_keyword(match: re.Match[bytes], keyword: bytes) -> bytes:
    """Return the keyword padded to the length of the macro's name."""
    return keyword.ljust(len(match.group()))[: len(match.group())]


def _plain_declaration(header: bytes) -> bytes:
    """Return ``void f()`` on the header's own last bytes, newlines kept."""
    plain = bytearray(spaces(header))
    declaration = b"void f()"
    # Where a line break falls inside, the pieces still read as one declaration
    # as long as no word is cut: place each word on a run that holds it.
    position = len(plain)
    for word in (b"f()", b"void"):
        while position >= len(word) and b"\n" in plain[position - len(word) : position]:
            position -= 1
        position -= len(word)
        if position < 0:
            return bytes(plain)
        plain[position : position + len(word)] = word
        position -= 1
    assert len(plain) == len(header) and declaration
    return bytes(plain)
