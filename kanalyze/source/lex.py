"""C text with what is no code blanked out, byte for byte in place.

Everything downstream works on offsets into the file as it stands in the tree.
So nothing here ever changes a length: comments become spaces, the inside of
string and character literals becomes spaces, newlines stay where they are.
"""

import re

_SPACES = bytes(0x0A if byte == 0x0A else 0x20 for byte in range(256))

# An unterminated comment runs to the end of the text, as it does in a compiler.
_NOT_CODE = re.compile(
    rb"/\*[\s\S]*?(?:\*/|\Z)"
    rb"|//(?:[^\\\n]|\\[\s\S]|\\\Z)*"
    rb'|"(?:[^"\\\n]|\\[\s\S])*"?'
    rb"|'(?:[^'\\\n]|\\[\s\S])*'?"
)

#: A whole preprocessor directive, continuation lines included.
DIRECTIVE = re.compile(rb"^[ \t]*#(?:[^\\\n]|\\[\s\S]|\\\Z)*", re.MULTILINE)

IDENTIFIER = re.compile(rb"[A-Za-z_]\w*")
_WHITE = re.compile(rb"\s+")
_LINE_END = re.compile(rb" \n")


def spaces(text: bytes) -> bytes:
    """Return ``text`` with every byte but newlines turned into a space."""
    return text.translate(_SPACES)


def blank(text: bytes) -> bytes:
    """Return ``text``, same length, without comments and literal contents.

    Quotes stay, so that a literal still reads as one expression.
    """
    return _NOT_CODE.sub(_blank_one, text)


def _blank_one(match: re.Match[bytes]) -> bytes:
    found = match.group()
    if found[:1] == b"/":
        if b"\n" in found and _in_directive(match.string, match.start()):
            # The directive goes on behind the comment, and has to show it.
            return _LINE_END.sub(rb"\\\n", spaces(found))
        return spaces(found)
    if len(found) < 2 or found[-1:] != found[:1]:
        return found[:1] + spaces(found[1:])
    return found[:1] + spaces(found[1:-1]) + found[:1]


def _in_directive(text: bytes, position: int) -> bool:
    start = text.rfind(b"\n", 0, position) + 1
    while start and text[start - 2 : start - 1] == b"\\":
        start = text.rfind(b"\n", 0, start - 1) + 1
    return text[start:position].lstrip(b" \t").startswith(b"#")


def blank_directives(code: bytes) -> bytes:
    """Return blanked ``code`` without its preprocessor lines, same length."""
    if b"#" not in code:
        return code
    return DIRECTIVE.sub(lambda match: spaces(match.group()), code)


def squeeze(code: bytes) -> str:
    """Return ``code`` as one line of text: the form in which facts quote the source."""
    return _WHITE.sub(b" ", code).strip().decode("utf-8", "surrogateescape")


def unbracketed(text: str) -> str:
    """Return ``text`` without the brackets around all of it."""
    opened: list[int] = []
    closed_by: dict[int, int] = {}
    for position, char in enumerate(text):
        if char == "(":
            opened.append(position)
        elif char == ")" and opened:
            closed_by[opened.pop()] = position
    start, end = 0, len(text)
    while start < end and closed_by.get(start) == end - 1:
        inner = text[start + 1 : end - 1]
        start += 1 + len(inner) - len(inner.lstrip())
        end -= 1 + len(inner) - len(inner.rstrip())
    return text[start:end]


def matching(code: bytes, opening: int) -> int:
    """Return the offset of the bracket that closes the one at ``opening``, or -1."""
    open_byte = code[opening : opening + 1]
    pair = {b"(": b")", b"[": b"]", b"{": b"}"}[open_byte]
    depth = 0
    for match in re.finditer(b"[" + re.escape(open_byte + pair) + b"]", code[opening:]):
        depth += 1 if match.group() == open_byte else -1
        if not depth:
            return opening + match.start()
    return -1


def split_arguments(code: bytes) -> list[bytes]:
    """Return the comma-separated arguments of ``code``, brackets respected."""
    parts: list[bytes] = []
    depth = begin = 0
    for match in re.finditer(rb"[()\[\]{},]", code):
        token = match.group()
        if token in b"([{":
            depth += 1
        elif token in b")]}":
            depth -= 1
        elif not depth:
            parts.append(code[begin : match.start()])
            begin = match.end()
    parts.append(code[begin:])
    return [part.strip() for part in parts]
