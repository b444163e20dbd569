"""The identifiers of a function, and which node of its graph each belongs to."""

import bisect
import re
from dataclasses import dataclass

from kanalyze.source.graph import Graph, Kind
from kanalyze.source.lex import matching, split_arguments, squeeze

_IDENTIFIER = re.compile(rb"[A-Za-z_]\w*")
_CALL = re.compile(rb"\s*\(")
_ASSIGNED = re.compile(
    rb"^\s*(?:(?:const|static|unsigned|struct|enum)\s+)*(?:\w+\s*\**\s+\**)?(\*?[A-Za-z_][\w.>-]*)\s*[|&+]?=(?!=)"
)
_KEYWORDS = frozenset(
    b"if else while for do switch case default return goto break continue sizeof typeof struct "
    b"union enum const static unsigned signed int long short char void volatile inline".split()
)
_OWNERS = (Kind.STEP, Kind.ATOM, Kind.SWITCH, Kind.RETURN)


@dataclass(frozen=True, slots=True)
class Token:
    """An identifier: where it stands, and whether it is called there."""

    offset: int
    name: str
    call: bool


@dataclass(slots=True)
class Words:
    """The identifiers of one function by the graph node they belong to."""

    code: bytes
    by_vertex: dict[int, list[Token]]
    homeless: list[Token]

    def is_variable(self, token: Token) -> bool:
        """Tell a local variable from the function or field of the same name."""
        if token.call or self.code[: token.offset].rstrip().endswith((b"->", b".")):
            return False
        declared = rb"\b(?:int|long|short|bool|unsigned|atomic_t|size_t)\b[^;(){}*=]*\b"
        return bool(re.search(declared + token.name.encode() + rb"\b", self.code))

    def arguments(self, token: Token) -> list[str]:
        """Return a call's arguments as single lines of text; none if it is no call."""
        opening = self.code.find(b"(", token.offset)
        closing = matching(self.code, opening) if opening >= 0 else -1
        if not token.call or closing < 0:
            return []
        return [squeeze(part) for part in split_arguments(self.code[opening + 1 : closing])]


def words(graph: Graph, code: bytes, body: int) -> Words:
    """Return the identifiers behind ``body``, each with the smallest node that holds it."""
    spans = sorted(
        (vertex.start, -vertex.end, number)
        for number, vertex in enumerate(graph.vertices)
        if vertex.kind in _OWNERS and vertex.end > vertex.start
    )
    starts = [span[0] for span in spans]
    found: dict[int, list[Token]] = {}
    homeless: list[Token] = []
    for match in _IDENTIFIER.finditer(code, body):
        word = match.group()
        if word in _KEYWORDS:
            continue
        offset = match.start()
        token = Token(offset, word.decode("ascii"), bool(_CALL.match(code, match.end())))
        position = bisect.bisect_right(starts, offset) - 1
        while position >= 0 and -spans[position][1] <= offset:
            position -= 1
        if position < 0:
            homeless.append(token)
        else:
            found.setdefault(spans[position][2], []).append(token)
    return Words(code, found, homeless)


def assigned(statement: bytes) -> str | None:
    """Return what a statement assigns to, as text, or None."""
    match = _ASSIGNED.match(statement)
    return match[1].decode("ascii").lstrip("*") if match else None
