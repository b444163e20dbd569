"""A C file cut into its functions, quickly enough to do it for every version.

Kernel functions end with a brace in the first column.  Cutting a file at those
lines gives pieces, and a piece that was seen before (in another version of the
file, most were) need not be looked at again.  A cut that falls into a comment
or a nested block shows as an unbalanced piece, which is joined with the next.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass

from kanalyze.source.lex import blank, blank_directives
from kanalyze.source.preprocessor import Directive, Stack

_TOKEN = re.compile(rb"^[ \t]*#(?:[^\\\n]|\\[\s\S]|\\\Z)*|[{};]", re.MULTILINE)
_CALL_LIKE = re.compile(rb"([A-Za-z_]\w*)\s*\(")
# What precedes the brace of an initialiser or of a type, and never of a function.
_DATA = re.compile(rb"=\s*$|^[^(]*$|^(?:typedef\s+)?(?:struct|union|enum)\s+\w*\s*__\w+\s*\(")
_SYSCALL = re.compile(rb"\b(?:COMPAT_)?SYSCALL_DEFINE\d\s*\(\s*(\w+)")
_ATTRIBUTE = re.compile(rb"__\w+|\w*printf|asmlinkage|noinline\w*|EXPORT\w*")

# A piece that stays unbalanced is joined with so many more before we give up
# and take the file from there as one: a broken file must not cost n squared.
_MAX_JOINED = 16


@dataclass(frozen=True, slots=True)
class Function:
    """One function definition of a file.

    ``offset`` and ``line`` (from 1) are those of the declaration's first byte;
    ``text`` runs from there to the closing brace; ``body`` is the opening
    brace's offset inside ``text``; ``config`` the conditions of the ``#if``s
    around the whole function, outermost first.
    """

    name: str
    offset: int
    line: int
    text: bytes
    body: int
    config: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class _Found:
    """A function relative to its piece; ``after`` counts the directives before it."""

    name: str
    offset: int
    line: int
    end: int
    body: int
    after: int


@dataclass(frozen=True, slots=True)
class _Piece:
    """What one piece holds."""

    functions: tuple[_Found, ...]
    directives: tuple[Directive, ...]
    lines: int
    balanced: bool


class PieceCache:
    """Pieces already looked at, by their text."""

    def __init__(self) -> None:
        self._pieces: dict[bytes, _Piece] = {}

    def look(self, text: bytes) -> _Piece:
        """Return what ``text`` holds, from memory when it was seen before."""
        found = self._pieces.get(text)
        if found is None:
            found = self._pieces[text] = _examine(text)
        return found


def functions(text: bytes, cache: PieceCache | None = None) -> Iterator[Function]:
    """Yield every function definition of a file, in source order."""
    cache = cache or PieceCache()
    stack = Stack()
    line = 1
    for start, end in _cuts(text, cache):
        piece = cache.look(text[start:end])
        for found in piece.functions:
            here = stack.copy()
            here.apply(piece.directives[: found.after])
            yield Function(
                name=found.name,
                offset=start + found.offset,
                line=line + found.line,
                text=text[start + found.offset : start + found.end],
                body=found.body - found.offset,
                config=here.conditions(),
            )
        stack.apply(piece.directives)
        line += piece.lines


def _cuts(text: bytes, cache: PieceCache) -> Iterator[tuple[int, int]]:
    start = 0
    while start < len(text):
        end, joined = start, 0
        while True:
            brace = text.find(b"\n}", end) if joined < _MAX_JOINED else -1
            newline = text.find(b"\n", brace + 1) if brace >= 0 else -1
            end = newline + 1 if newline >= 0 else len(text)
            if end == len(text) or cache.look(text[start:end]).balanced:
                break
            # The next cut may start on the newline that ended this one.
            end -= 1
            joined += 1
        yield start, end
        start = end


def _examine(text: bytes) -> _Piece:
    """Find the functions of a piece by its braces, every arm of an ``#if`` counted once."""
    code = blank(text)
    found: list[_Found] = []
    directives: list[Directive] = []
    depth = 0
    depths: list[int] = []  # of the braces at each open #if
    begin = opening = 0  # where the current declaration, and its body, begin
    before = 0
    for match in _TOKEN.finditer(code):
        token = match.group()
        if token == b"{":
            if not depth:
                opening, before = match.start(), len(directives)
            depth += 1
        elif token == b"}":
            depth -= 1
            if not depth:
                function = _function(code, begin, opening, match.end(), before)
                if function:
                    found.append(function)
                begin = match.end()
        elif token == b";":
            if not depth:
                begin = match.end()
        else:
            directive = Directive.parse(token)
            if directive:
                directives.append(directive)
                depth = _depth_after(directive.keyword, depth, depths)
            if not depth:
                begin = match.end()
    return _Piece(
        tuple(found), tuple(directives), text.count(b"\n"), not depth and _closed(text, code)
    )


def _depth_after(keyword: str, depth: int, depths: list[int]) -> int:
    """Return the brace depth behind a conditional: each arm starts where the first did."""
    if keyword.startswith("if"):
        depths.append(depth)
    elif keyword == "endif":
        if depths:
            depths.pop()
    elif depths:
        return depths[-1]
    return depth


def _closed(text: bytes, code: bytes) -> bool:
    """Tell whether no comment or literal runs over the end of the piece."""
    return code[-2:].strip() == text[-2:].strip() or text.rstrip().endswith(b"*/")


def _function(code: bytes, begin: int, opening: int, end: int, after: int) -> _Found | None:
    """Return the function whose declaration starts at ``begin``; None for data and types."""
    header = blank_directives(code[begin:opening])
    declaration = header.lstrip()
    if _DATA.search(declaration):
        return None
    name = _name(declaration)
    if name is None:
        return None
    start = begin + len(header) - len(declaration)
    return _Found(name, start, code.count(b"\n", 0, start), end, opening, after)


def _name(declaration: bytes) -> str | None:
    syscall = _SYSCALL.search(declaration)
    if syscall:
        return "sys_" + syscall[1].decode("ascii")
    for match in _CALL_LIKE.finditer(declaration):
        if not _ATTRIBUTE.fullmatch(match[1]) or b"(" not in declaration[match.end() :]:
            return match[1].decode("ascii")
    return None
