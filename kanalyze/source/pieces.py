"""A C file cut into its functions, quickly enough to do it for every version.

Kernel functions end with a brace in the first column.  Cutting a file at those
lines gives pieces, and a piece that was seen before (in another version of the
file, most were) need not be looked at again.  A cut that falls into a comment
or a nested block shows as an unbalanced piece, which is joined with the next.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass

from kanalyze.source.lex import blank, blank_directives, matching
from kanalyze.source.preprocessor import Directive, Stack

_TOKEN = re.compile(rb"^[ \t]*#(?:[^\\\n]|\\[\s\S]|\\\Z)*|[{};]", re.MULTILINE)
_CALL_LIKE = re.compile(rb"([A-Za-z_]\w*)\s*\(")
_NEAR = re.compile(rb"([A-Za-z_]\w*)[^\w(]*\(")
# What precedes the brace of an initialiser or of a type, and never of a function.
_DATA = re.compile(
    rb"=\s*$|^[^(]*$|\)\s*(?:struct|union|enum)\s+\w+\s*$"
    rb"|^(?:typedef\s+)?(?:struct|union|enum)\s+\w*\s*__(?:attribute(?:__)?|aligned)\s*\("
)
_SYSCALL = re.compile(rb"\b(?:COMPAT_)?SYSCALL_DEFINE\d\s*\(\s*(\w+)")
_ATTRIBUTE = re.compile(rb"__\w+|\w*printf|asmlinkage|noinline\w*|EXPORT\w*")
_ATTRIBUTE_WORD = re.compile(rb"\b__\w+|\basmlinkage\b|\bnoinline\w*")
_TYPE = re.compile(
    rb"int|long|short|char|void|bool|unsigned|signed|const|static|inline|struct|union|enum|if"
)

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
            newline = _line_of_brace(text, end) if joined < _MAX_JOINED else -1
            end = newline + 1 if newline >= 0 else len(text)
            if end == len(text) or cache.look(text[start:end]).balanced:
                break
            # The next cut may start on the newline that ended this one.
            end -= 1
            joined += 1
        yield start, end
        start = end


def _line_of_brace(text: bytes, position: int) -> int:
    """Return the end of the next line that begins with a brace, -1 if there is none.

    A line that goes on in the next is part of a macro.
    """
    newline = position
    while True:
        brace = text.find(b"\n}", newline)
        newline = text.find(b"\n", brace + 1) if brace >= 0 else -1
        if newline < 0 or text[newline - 1 : newline] != b"\\":
            return newline


def _examine(text: bytes) -> _Piece:
    """Find the functions of a piece by its braces, every arm of an ``#if`` counted once."""
    code = blank(text)
    found: list[_Found] = []
    directives: list[Directive] = []
    depth = 0
    arms = _Arms()
    balanced = True
    begin = opening = 0  # where the current declaration, and its body, begin
    first = 0  # where it begins if directives are part of it
    before = 0
    for match in _TOKEN.finditer(code):
        token = match.group()
        if token == b"{":
            if not depth:
                opening, before = match.start(), len(directives)
            depth += 1
        elif token == b"}":
            if not depth:
                balanced = False  # and what follows is looked at as if it were not there
            depth = max(depth - 1, 0)
            if not depth:
                for start in (begin, first):
                    function = _function(code, start, opening, match.end(), before)
                    if function:
                        found.append(function)
                        break
                begin = first = match.end()
        elif token == b";":
            if not depth:
                begin = first = match.end()
        else:
            directive = Directive.parse(token)
            if directive:
                directives.append(directive)
                depth = arms.depth_behind(directive, depth)
            if not depth:
                if not code[first : match.start()].strip():
                    first = match.end()
                begin = match.end()
    if depth:  # the file ends in a function, or it is broken: nothing of it is lost
        function = _function(code, begin, opening, len(code), before)
        if function:
            found.append(function)
    balanced = balanced and not depth and _closed(text, code)
    return _Piece(tuple(found), tuple(directives), text.count(b"\n"), balanced)


class _Arms:
    """The brace depth across the arms of conditionals.

    Each arm starts where the first did.  Behind them counts what the arm left
    that is compiled when every condition holds: arms need not be balanced, but
    what one opens another with the same condition closes.
    """

    def __init__(self) -> None:
        self._open: list[tuple[int, int | None, bool]] = []  # at #if, behind the arm, in it

    def depth_behind(self, directive: Directive, depth: int) -> int:
        """Return the brace depth behind ``directive``, which stands at ``depth``."""
        if directive.opens:
            self._open.append((depth, None, directive.holds_with_all()))
            return depth
        if not self._open:
            return depth
        start, left, inside = self._open.pop()
        if inside:
            left, inside = depth, False
        elif left is None and directive.keyword != "endif":
            inside = directive.holds_with_all()
        if directive.keyword == "endif":
            return start if left is None else left
        self._open.append((start, left, inside))
        return start


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
    calls = list(_calls(declaration))
    for number in range(len(calls) - 1, -1, -1):
        name, start, _ = calls[number]
        # Directly behind the parameters, what looks like a call is an attribute.
        between = declaration[calls[number - 1][2] : start] if number else b"first"
        if not _ATTRIBUTE.fullmatch(name) or _ATTRIBUTE_WORD.sub(b"", between).strip():
            return name.decode("ascii")
    # Damaged, but something with parameters and a body: better misnamed than lost.
    near = _NEAR.search(declaration)
    return near[1].decode("ascii") if near and not _TYPE.fullmatch(near[1]) else None


def _calls(declaration: bytes) -> Iterator[tuple[bytes, int, int]]:
    """Yield what looks like a call outside other calls: its name, begin and end."""
    position = 0
    while match := _CALL_LIKE.search(declaration, position):
        if _TYPE.fullmatch(match[1]):  # of a pointer to a function: the name is inside
            position = match.end()
            continue
        closing = matching(declaration, match.end() - 1)
        position = closing + 1 if closing >= 0 else len(declaration)
        if match[1] not in (b"__attribute__", b"__attribute"):
            yield match[1], match.start(), position
