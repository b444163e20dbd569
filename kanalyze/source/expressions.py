"""C expressions as values: what a vertex of the graph computes, free of syntax.

Casts and brackets are gone, constants are numbers, and what is not modelled is
kept as text.  An expression knows nothing of the function it was read from, but
for the offset at which a call stands: that is what tells two calls apart.
"""

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any, TypeAlias

from kanalyze.source.lex import blank

_IDENTIFIER = re.compile(r"[A-Za-z_]\w*")


@dataclass(frozen=True, slots=True)
class Number:
    """An integer constant; ``true`` and ``false`` are 1 and 0, ``NULL`` is 0."""

    value: int


@dataclass(frozen=True, slots=True)
class Text:
    """A string or character literal as written, quotes and all."""

    text: str


@dataclass(frozen=True, slots=True)
class Name:
    """An identifier: a variable, a constant's name, or a type given to a macro."""

    name: str


@dataclass(frozen=True, slots=True)
class Field:
    """A member, through a pointer or not: ``.`` and ``->`` are not told apart."""

    base: "Expr"
    name: str


@dataclass(frozen=True, slots=True)
class Index:
    """An element of an array."""

    base: "Expr"
    index: "Expr"


@dataclass(frozen=True, slots=True)
class Call:
    """A call of a function or macro; ``start`` is its offset in the function's text.

    ``name`` is empty where something else than an identifier is called; then
    ``callee`` is what is, as in ``pgmap->ops->migrate_to_ram(vmf)``.
    """

    name: str
    arguments: "tuple[Expr, ...]"
    start: int
    callee: "Expr | None" = None


@dataclass(frozen=True, slots=True)
class Unary:
    """One of ``! - + ~ * &`` or ``sizeof``; a type as operand is an :class:`Opaque`."""

    operator: str
    operand: "Expr"


@dataclass(frozen=True, slots=True)
class Binary:
    """Two operands: arithmetic, bits, shifts, comparisons, ``&&`` and ``||``.

    ``...`` stands only in the label of a case that is a range, both ends included.
    """

    operator: str
    left: "Expr"
    right: "Expr"


@dataclass(frozen=True, slots=True)
class Choice:
    """``condition ? yes : no``; of ``a ?: b`` the condition is also ``yes``."""

    condition: "Expr"
    yes: "Expr"
    no: "Expr"


@dataclass(frozen=True, slots=True)
class Assign:
    """An assignment, ``=`` or ``|=`` and its like, or a declaration that initialises."""

    operator: str
    target: "Expr"
    value: "Expr"


@dataclass(frozen=True, slots=True)
class Step:
    """``++`` or ``--``, ``before`` the target or behind it."""

    operator: str
    target: "Expr"
    before: bool


@dataclass(frozen=True, slots=True)
class Sequence:
    """Expressions one after the other; empty for what computes nothing."""

    parts: "tuple[Expr, ...]"


@dataclass(frozen=True, slots=True)
class Opaque:
    """What is not modelled, as squeezed text: asm, statement expressions, types."""

    text: str


Expr: TypeAlias = (
    Number
    | Text
    | Name
    | Field
    | Index
    | Call
    | Unary
    | Binary
    | Choice
    | Assign
    | Step
    | Sequence
    | Opaque
)


# --------------------------------------------------------------------- walking


def parts(expr: Expr) -> tuple[Expr, ...]:
    """Return the expressions that ``expr`` is directly made of, in source order."""
    return _PARTS[type(expr)](expr)


# The values are typed by their keys, which no annotation can say.
_PARTS: dict[type, Callable[[Any], tuple[Expr, ...]]] = {
    Number: lambda expr: (),
    Text: lambda expr: (),
    Name: lambda expr: (),
    Opaque: lambda expr: (),
    Field: lambda expr: (expr.base,),
    Index: lambda expr: (expr.base, expr.index),
    Call: lambda expr: (*(() if expr.callee is None else (expr.callee,)), *expr.arguments),
    Unary: lambda expr: (expr.operand,),
    Binary: lambda expr: (expr.left, expr.right),
    Choice: lambda expr: (expr.condition, expr.yes, expr.no),
    Assign: lambda expr: (expr.target, expr.value),
    Step: lambda expr: (expr.target,),
    Sequence: lambda expr: expr.parts,
}


def walk(expr: Expr) -> Iterator[Expr]:
    """Yield all expressions inside ``expr``, each behind those it is made of, itself last."""
    pending: list[tuple[Expr, bool]] = [(expr, False)]
    while pending:
        here, expanded = pending.pop()
        if expanded:
            yield here
        else:
            pending.append((here, True))
            pending.extend((part, False) for part in reversed(parts(here)))


def calls(expr: Expr) -> Iterator[Call]:
    """Yield the calls inside ``expr``, those among a call's arguments before the call.

    Calls inside of what is :class:`Opaque` are not seen.
    """
    return (inner for inner in walk(expr) if isinstance(inner, Call))


def names(expr: Expr) -> frozenset[str]:
    """Return all identifiers that occur: variables, members, calls, those in opaque text."""
    found: set[str] = set()
    for inner in walk(expr):
        if isinstance(inner, Name | Field | Call):
            found.add(inner.name)
        elif isinstance(inner, Opaque):
            code = blank(inner.text.encode("utf-8", "surrogateescape"))
            found.update(_IDENTIFIER.findall(code.decode("utf-8", "replace")))
    found.discard("")
    return frozenset(found)


# -------------------------------------------------------------------- printing

# How tightly each kind of expression binds; a weaker operand needs brackets.
_COMMA, _ASSIGN, _CHOICE, _UNARY, _POSTFIX, _ATOM = 1, 2, 3, 14, 15, 16
_BINDING = {
    "...": 0,
    "||": 4,
    "&&": 5,
    "|": 6,
    "^": 7,
    "&": 8,
    **dict.fromkeys(("==", "!="), 9),
    **dict.fromkeys(("<", ">", "<=", ">="), 10),
    **dict.fromkeys(("<<", ">>"), 11),
    **dict.fromkeys(("+", "-"), 12),
    **dict.fromkeys(("*", "/", "%"), 13),
}


def squeezed(expr: Expr) -> str:
    """Return ``expr`` as C in one canonical form, such as ``page_count(page) != 1``.

    Two expressions that differ in white space, casts, redundant brackets or the
    way a constant is written give the same text; reading it again gives the same
    expression, as long as nothing in it is :class:`Opaque`.
    """
    return _printed(expr)[0]


def _printed(expr: Expr) -> tuple[str, int]:
    """Return the text and how tightly it binds."""
    return _PRINTERS[type(expr)](expr)


def _at_least(expr: Expr, binding: int) -> str:
    text, own = _printed(expr)
    return text if own >= binding else f"({text})"


def _number(expr: Number) -> tuple[str, int]:
    return str(expr.value), _ATOM if expr.value >= 0 else _UNARY


def _index(expr: Index) -> tuple[str, int]:
    return f"{_at_least(expr.base, _POSTFIX)}[{_at_least(expr.index, _ASSIGN)}]", _POSTFIX


def _call(expr: Call) -> tuple[str, int]:
    arguments = ", ".join(_at_least(argument, _ASSIGN) for argument in expr.arguments)
    callee = expr.name if expr.callee is None else _at_least(expr.callee, _POSTFIX)
    return f"{callee}({arguments})", _POSTFIX


def _unary(expr: Unary) -> tuple[str, int]:
    if expr.operator == "sizeof":
        return f"sizeof({squeezed(expr.operand)})", _UNARY
    operand = _at_least(expr.operand, _UNARY)
    if expr.operator in ("-", "+", "&") and operand.startswith(expr.operator):
        operand = f"({operand})"  # two of them would read as one operator
    return f"{expr.operator}{operand}", _UNARY


def _binary(expr: Binary) -> tuple[str, int]:
    own = _BINDING[expr.operator]
    left, right = _at_least(expr.left, own), _at_least(expr.right, own + 1)
    return f"{left} {expr.operator} {right}", own


def _choice(expr: Choice) -> tuple[str, int]:
    condition, yes = _at_least(expr.condition, _CHOICE + 1), _at_least(expr.yes, _CHOICE)
    return f"{condition} ? {yes} : {_at_least(expr.no, _CHOICE)}", _CHOICE


def _assign(expr: Assign) -> tuple[str, int]:
    target, value = _at_least(expr.target, _UNARY), _at_least(expr.value, _ASSIGN)
    return f"{target} {expr.operator} {value}", _ASSIGN


def _step(expr: Step) -> tuple[str, int]:
    if expr.before:
        return f"{expr.operator}{_at_least(expr.target, _UNARY)}", _UNARY
    return f"{_at_least(expr.target, _POSTFIX)}{expr.operator}", _UNARY


def _sequence(expr: Sequence) -> tuple[str, int]:
    return ", ".join(_at_least(part, _ASSIGN) for part in expr.parts), _COMMA


_PRINTERS: dict[type, Callable[[Any], tuple[str, int]]] = {
    Number: _number,
    Text: lambda expr: (expr.text, _ATOM),
    Name: lambda expr: (expr.name, _ATOM),
    Opaque: lambda expr: (expr.text, _ATOM),
    Field: lambda expr: (f"{_at_least(expr.base, _POSTFIX)}->{expr.name}", _POSTFIX),
    Index: _index,
    Call: _call,
    Unary: _unary,
    Binary: _binary,
    Choice: _choice,
    Assign: _assign,
    Step: _step,
    Sequence: _sequence,
}
