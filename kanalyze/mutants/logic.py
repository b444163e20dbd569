"""Conditions as trees of ``&&``, ``||`` and ``!``, with the bytes of every operand."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from tree_sitter import Node


@dataclass(frozen=True, slots=True, eq=False)
class Logic:
    """One operand: ``start`` to ``end`` with the brackets and hints around it.

    ``operator`` is ``&&``, ``||``, ``!`` or, on an atom, empty; ``node`` is what
    is inside the brackets, ``sense`` False under an odd number of negations.
    """

    start: int
    end: int
    operator: str
    node: Node
    sense: bool
    parts: tuple[Logic, ...] = ()

    def atoms(self) -> Iterator[Logic]:
        """Yield the atoms, in source order."""
        if not self.operator:
            yield self
        for part in self.parts:
            yield from part.atoms()


@dataclass(frozen=True, slots=True, eq=False)
class Operand:
    """An atom as operand of a join: what stands there, and what is left without it."""

    join: Logic
    place: int

    @property
    def part(self) -> Logic:
        """Return the operand, with the ``!`` and the brackets around the atom."""
        return self.join.parts[self.place]

    @property
    def neutral(self) -> bool:
        """Return the value that leaves the answer to the other operands."""
        return self.join.operator == "&&"

    def without(self) -> tuple[int, int]:
        """Return the bytes to be cut out: the operand and one operator beside it."""
        parts = self.join.parts
        if self.place:
            return parts[self.place - 1].end, self.part.end
        return self.part.start, parts[1].start


def logic(node: Node, transparent: frozenset[str], sense: bool = True) -> Logic:
    """Return a condition taken apart; calls named in ``transparent`` are what they are given."""
    inner = _strip(node, transparent)
    start, end = node.start_byte, node.end_byte
    operator = _operator(inner)
    if inner.type == "unary_expression" and operator == "!":
        argument = inner.child_by_field_name("argument")
        if argument is not None:
            part = logic(argument, transparent, not sense)
            return Logic(start, end, "!", inner, sense, (part,))
    if inner.type == "binary_expression" and operator in ("&&", "||"):
        parts = tuple(logic(one, transparent, sense) for one in _operands(inner, operator))
        return Logic(start, end, operator, inner, sense, parts)
    return Logic(start, end, "", inner, sense)


def operands(whole: Logic) -> Iterator[tuple[Logic, Operand]]:
    """Yield every atom that is joined with others, and as what it is joined."""
    for place, part in enumerate(whole.parts):
        inner = part
        while inner.operator == "!":
            inner = inner.parts[0]
        if whole.operator in ("&&", "||") and not inner.operator:
            yield inner, Operand(whole, place)
        else:
            yield from operands(part)


def unbracketed(node: Node) -> Node:
    """Return what is inside the brackets of an ``if`` or ``while``."""
    while node.type == "parenthesized_expression" and node.named_child_count == 1:
        node = node.named_children[0]
    return node


def _operator(node: Node) -> str:
    operator = node.child_by_field_name("operator")
    return operator.type if operator is not None else ""


def _operands(node: Node, operator: str) -> list[Node]:
    """Return the operands of ``a && b && c``, which parses as ``(a && b) && c``."""
    found: list[Node] = []
    while node.type == "binary_expression" and _operator(node) == operator:
        left, right = node.child_by_field_name("left"), node.child_by_field_name("right")
        assert left is not None and right is not None
        found.append(right)
        node = left
    return [node, *reversed(found)]


def _strip(node: Node, transparent: frozenset[str]) -> Node:
    while True:
        if node.type == "parenthesized_expression" and node.named_child_count == 1:
            node = node.named_children[0]
            continue
        name = node.child_by_field_name("function")
        given = node.child_by_field_name("arguments")
        if (
            node.type == "call_expression"
            and name is not None
            and (name.text or b"").decode("utf-8", "replace") in transparent
            and given is not None
            and given.named_child_count
        ):
            node = given.named_children[0]
            continue
        return node
