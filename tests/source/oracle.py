"""A second opinion on what is code: a plain lexer that shares nothing with the analysis.

It reads a file from its first byte to its last and knows four things only:
what a comment, a literal and a preprocessor line is, and which braces hold a
function's body.  It counts the words in bodies; that is all.
"""

import re
from collections import Counter
from collections.abc import Collection

_NEXT = re.compile(rb"""/[*/]|["']|^[ \t]*\#|[{}();=]|[A-Za-z_][A-Za-z_0-9]*""", re.MULTILINE)
_ATTRIBUTE = re.compile(rb"__\w+")


def words_in_bodies(text: bytes, words: Collection[bytes]) -> Counter[str]:
    """Count how often each of ``words`` stands in a function body of ``text``."""
    return _Reader(text, words).count()


class _Reader:
    def __init__(self, text: bytes, words: Collection[bytes]) -> None:
        self.text = text
        self.words = frozenset(words)
        self.found: Counter[str] = Counter()
        self.braces = 0
        self.brackets = 0
        self.in_body = False
        self.head: list[bytes] = []  # tokens since the last declaration ended
        self.open_ifs: list[tuple[int, int, bool]] = []

    def count(self) -> Counter[str]:
        position = 0
        while match := _NEXT.search(self.text, position):
            token = match.group()
            position = match.end()
            if token == b"/*":
                position = self._behind(b"*/", position)
            elif token == b"//":
                position = self._line_end(position)
            elif token in (b'"', b"'"):
                position = self._behind_literal(token, position)
            elif token.endswith(b"#"):
                position = self._directive(position)
            else:
                self._code(token)
        return self.found

    # ------------------------------------------------------- what is not code

    def _behind(self, end: bytes, position: int) -> int:
        found = self.text.find(end, position)
        return len(self.text) if found < 0 else found + len(end)

    def _line_end(self, position: int) -> int:
        """Return the end of the line, lines that end in a backslash joined."""
        while True:
            end = self.text.find(b"\n", position)
            if end < 0:
                return len(self.text)
            if not self.text[position:end].endswith(b"\\"):
                return end
            position = end + 1

    def _behind_literal(self, quote: bytes, position: int) -> int:
        """Return where a literal ends: at its quote, or at the line's end if it has none."""
        while position < len(self.text):
            here = self.text[position : position + 1]
            if here == b"\\":
                position += 2
                continue
            if here == b"\n":
                return position
            position += 1
            if here == quote:
                return position
        return position

    def _directive(self, position: int) -> int:
        """Skip a preprocessor line; a comment in it can hide the line's end."""
        end = position
        while True:
            end = self._line_end(end)
            opened = self.text.rfind(b"/*", position, end)
            if opened < 0 or self.text.find(b"*/", opened + 2, end) >= 0 or end == len(self.text):
                break
            end = self._behind(b"*/", end)
        self._conditional(self.text[position:end].split())
        return end

    def _conditional(self, line: list[bytes]) -> None:
        """Let every arm of an ``#if`` start where the first one did."""
        keyword = line[0] if line else b""
        if keyword.startswith(b"if"):
            self.open_ifs.append((self.braces, self.brackets, self.in_body))
        elif keyword.startswith(b"el") and self.open_ifs:
            self.braces, self.brackets, self.in_body = self.open_ifs[-1]
        elif keyword.startswith(b"endif") and self.open_ifs:
            self.open_ifs.pop()

    # ----------------------------------------------------------- what is code

    def _code(self, token: bytes) -> None:
        if token == b"{":
            if not self.braces:
                self.in_body = not self.brackets and self._declares_function()
            self.braces += 1
        elif token == b"}":
            self.braces -= 1
            if not self.braces:
                self.in_body = False
                self.head = []
        elif self.in_body:
            if token in self.words:
                self.found[token.decode()] += 1
        elif not self.braces:
            self._between_bodies(token)

    def _between_bodies(self, token: bytes) -> None:
        self.brackets += (token == b"(") - (token == b")")
        if token == b";" and not self.brackets:
            self.head = []
        else:
            self.head.append(token)

    def _declares_function(self) -> bool:
        """Tell whether what was read last is ``name(...)``, attributes behind it aside."""
        head = list(self.head)
        while head:
            if _ATTRIBUTE.fullmatch(head[-1]):
                head.pop()
                continue
            if head[-1] != b")":
                return False
            depth = 0
            while head:
                token = head.pop()
                depth += (token == b")") - (token == b"(")
                if not depth:
                    break
            # An attribute with arguments directly follows the parameters or another one.
            before = head[-2:-1]
            if not (head and _ATTRIBUTE.fullmatch(head[-1]) and before == [b")"]):
                return bool(head)
            head.pop()
        return False
