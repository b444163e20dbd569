"""tree-sitter at work: a masked function in, its syntax tree and health out."""

from __future__ import annotations

import functools
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from tree_sitter import Node, Parser


@functools.cache
def _parser() -> Parser:
    # Here and not above: a scan that finds all its facts in the store parses nothing.
    import tree_sitter_c
    from tree_sitter import Language, Parser

    return Parser(Language(tree_sitter_c.language()))


@dataclass(frozen=True, slots=True)
class Problem:
    """A place where the parser did not understand the text; offset into the function."""

    offset: int
    what: str


def parse(masked: bytes) -> tuple[Node | None, tuple[Problem, ...]]:
    """Return the compound statement of a masked function, and what is wrong with it.

    None when not even the body was recognised.
    """
    root = _parser().parse(masked).root_node
    problems = tuple(_problems(root)) if root.has_error else ()
    for node in root.children:
        if node.type == "function_definition":
            body = node.child_by_field_name("body")
            if body is not None:
                return body, problems
    return None, problems or (Problem(0, "not recognised as a function"),)


def _problems(root: Node) -> list[Problem]:
    found: list[Problem] = []
    pending = [root]
    while pending:
        node = pending.pop()
        if node.is_missing:
            found.append(Problem(node.start_byte, f"missing {node.type}"))
        elif node.is_error:
            found.append(Problem(node.start_byte, "syntax not understood"))
        elif node.has_error:
            pending.extend(node.children)
    return sorted(found, key=lambda problem: problem.offset)
