"""What type a page is handed on as: enough of C's declarations to tell a folio from a page."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from kanalyze.mutants.reading import Body
from kanalyze.source.lex import blank, matching, split_arguments
from kanalyze.source.pieces import Function

if TYPE_CHECKING:
    from tree_sitter import Node

_STRUCT = re.compile(rb"\bstruct\s+(\w+)\s*\*")
_PREFIX = re.compile(r"_*(folio|page)_")


def parameter_types(function: Function) -> tuple[str, ...]:
    """Return the structs that a function's parameters point to; empty where it is no pointer."""
    header = blank(function.text)[: function.body]
    found = re.search(rb"\b" + re.escape(function.name.encode()) + rb"\s*(\()", header)
    closing = matching(header, found.start(1)) if found else -1
    if found is None or closing < 0:
        return ()
    given = split_arguments(header[found.start(1) + 1 : closing])
    return tuple(_struct(one) for one in given)


def variable_type(body: Body, node: Node) -> str:
    """Return the struct that a variable of a function points to; empty if it is none."""
    if node.type != "identifier":
        return ""
    name = body.code[node.start_byte : node.end_byte]
    declared = re.search(
        rb"\bstruct\s+(\w+)\s*\*(?:[\s\w*]+,\s*\*?)*\s*" + re.escape(name) + rb"\b", body.code
    )
    return declared[1].decode("ascii", "replace") if declared else ""


def argument_type(name: str) -> str:
    """Return what a counter counts for, by the first word of its name."""
    found = _PREFIX.match(name)
    return found[1] if found else ""


def _struct(declaration: bytes) -> str:
    found = _STRUCT.search(declaration)
    return found[1].decode("ascii", "replace") if found else ""
