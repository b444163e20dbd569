"""``#if`` and its kin: which condition a line stands under, and texts that cover every arm.

tree-sitter reads conditionals only where each arm is a whole statement, and
kernel code does not keep to that.  So the analysis never shows it one: a
function with conditionals becomes a few *variants*, each with one consistent
choice of arms and everything else blanked in place, such that every arm is
active in at least one of them.
"""

import itertools
import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field

from kanalyze.source.lex import DIRECTIVE, spaces, squeeze

_PARTS = re.compile(rb"\s*#\s*(\w+)\s*([\s\S]*)")
_DEFINED = re.compile(r"\b(?:defined|IS_ENABLED)\s*(?:\(\s*(\w+)\s*\)|(\w+))")
_TOKEN = re.compile(r"\s*(&&|\|\||!(?!=)|[()])")
_OPERAND = re.compile(r"[*&]*[A-Za-z_]\w*(?:(?:->|\.)\w+|\[[^\]]*\])*")
_MACRO_TEST = re.compile(r"(?:IS_BUILTIN|IS_MODULE|IS_REACHABLE)\s*\(\s*(\w+)\s*\)")
_NUMBER = re.compile(r"(0[xX][0-9a-fA-F]+|\d+)[uUlL]*")
_OPENERS = frozenset({"if", "ifdef", "ifndef"})
_CONDITIONALS = _OPENERS | {"elif", "elifdef", "elifndef", "else", "endif"}

# Trying every truth value of n names costs 2**n; no function of the kernel's mm
# has more than four in one arm, and beyond this an arm is taken as it comes.
_MAX_NAMES = 10


# A condition with more brackets and negations than that is taken as one name.
_MAX_NESTED = 100


def negate(expression: str) -> str:
    """Return the negation of ``expression`` in the shortest usual form."""
    if expression.startswith("!(") and _closes_at_end(expression, 1):
        return expression[2:-1]
    if expression.startswith("!") and _is_operand(expression[1:]):
        return expression[1:]
    return f"!{expression}" if _is_operand(expression) else f"!({expression})"


def _is_operand(expression: str) -> bool:
    """Tell whether ``!`` binds to all of ``expression``: a name, member or call."""
    head = _OPERAND.match(expression)
    if not head:
        return False
    if head.end() == len(expression):
        return True
    return expression[head.end()] == "(" and _closes_at_end(expression, head.end())


def _closes_at_end(expression: str, opening: int) -> bool:
    depth = 0
    for position in range(opening, len(expression)):
        depth += (expression[position] == "(") - (expression[position] == ")")
        if not depth:
            return position == len(expression) - 1
    return False


@dataclass(frozen=True, slots=True)
class Directive:
    """One conditional directive: its keyword and, where it has one, its condition."""

    keyword: str
    expression: str

    @classmethod
    def parse(cls, line: bytes) -> "Directive | None":
        """Read a directive line; None when it is not a conditional one."""
        match = _PARTS.match(line)
        if not match:
            return None
        keyword = match[1].decode("ascii", "replace")
        if keyword not in _CONDITIONALS:
            return None
        text = squeeze(match[2].replace(b"\\\n", b"  "))
        text = _DEFINED.sub(lambda found: found[1] or found[2], text)
        if text.count("(") + text.count("!") > _MAX_NESTED:
            text = f"condition of {len(text)} characters"
        if keyword in ("ifndef", "elifndef"):
            text = negate(text)
        return cls(keyword, text)

    @property
    def opens(self) -> bool:
        return self.keyword in _OPENERS

    def holds_with_all(self) -> bool:
        """Tell whether the arm is compiled when every name in its condition is true."""
        return not self.expression or _holds((self.expression,), {})


@dataclass(slots=True)
class _Group:
    """An open ``#if``: the condition of the arm we are in, and those before it."""

    current: str
    earlier: list[str] = field(default_factory=list)

    def turn(self, directive: Directive) -> None:
        """Enter the next arm: none of the earlier ones, and its own condition."""
        self.earlier.append(self.current)
        self.current = directive.expression if directive.keyword != "else" else ""

    def conditions(self) -> list[str]:
        own = [self.current] if self.current else []
        return [negate(arm) for arm in self.earlier] + own


class Stack:
    """The conditionals open at a place in a file."""

    def __init__(self) -> None:
        self._groups: list[_Group] = []

    def copy(self) -> "Stack":
        """Return a stack that can be moved on independently."""
        twin = Stack()
        twin._groups = [_Group(group.current, list(group.earlier)) for group in self._groups]
        return twin

    def apply(self, directives: Iterable[Directive]) -> None:
        """Move past ``directives``; a stray ``#else`` or ``#endif`` is ignored."""
        for directive in directives:
            if directive.keyword in _OPENERS:
                self._groups.append(_Group(directive.expression))
            elif directive.keyword == "endif":
                if self._groups:
                    self._groups.pop()
            elif self._groups:
                self._groups[-1].turn(directive)

    def conditions(self) -> tuple[str, ...]:
        """Return the conditions that hold here, outermost first."""
        found = itertools.chain.from_iterable(group.conditions() for group in self._groups)
        return tuple(conjuncts(found))


def conjuncts(expressions: Iterable[str]) -> Iterator[str]:
    """Yield the operands of top-level ``&&`` one by one, without doubles.

    ``__KERNEL__`` and include guards (``!_LINUX_MM_H``) say nothing about a
    configuration and are left out.
    """
    seen: set[str] = set()
    for expression in expressions:
        for part in _split(expression, "&&"):
            if part not in seen and part != "__KERNEL__" and not re.fullmatch(r"!_*\w+_H_*", part):
                seen.add(part)
                yield part


def _split(expression: str, operator: str) -> list[str]:
    parts: list[str] = []
    depth = begin = 0
    for match in re.finditer(r"[()]|&&|\|\|", expression):
        token = match.group()
        depth += (token == "(") - (token == ")")
        if not depth and token in ("&&", "||") and token != operator:
            return [expression]
        if not depth and token == operator:
            parts.append(expression[begin : match.start()].strip())
            begin = match.end()
    parts.append(expression[begin:].strip())
    if len(parts) > 1:
        return [inner for part in parts for inner in _split(part, operator)]
    if expression.startswith("(") and _closes_at_end(expression, 0):
        return _split(expression[1:-1].strip(), operator)
    return parts


# ------------------------------------------------------------------- variants


@dataclass(frozen=True, slots=True)
class _Arm:
    """The bytes between two directives of one group, and when they are compiled."""

    start: int
    end: int
    conditions: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Conditionals:
    """The conditionals inside one function."""

    arms: tuple[_Arm, ...]
    directives: tuple[tuple[int, int], ...]

    def config(self, offset: int) -> tuple[str, ...]:
        """Return the conditions under which the byte at ``offset`` is compiled."""
        found = [arm.conditions for arm in self.arms if arm.start <= offset < arm.end]
        return tuple(conjuncts(found[-1])) if found else ()


NO_CONDITIONALS = Conditionals((), ())


def conditionals(code: bytes) -> Conditionals:
    """Find the conditionals of blanked ``code``; an unclosed one ends with the text."""
    stack = Stack()
    arms: list[_Arm] = []
    lines: list[tuple[int, int]] = []
    open_arms: list[tuple[int, tuple[str, ...]]] = []
    for match in DIRECTIVE.finditer(code):
        lines.append(match.span())
        directive = Directive.parse(match.group())
        if directive is None:
            continue
        if directive.keyword not in _OPENERS and open_arms:
            start, conditions = open_arms.pop()
            arms.append(_Arm(start, match.start(), conditions))
        stack.apply([directive])
        if directive.keyword != "endif":
            open_arms.append((match.end(), stack.conditions()))
    arms.extend(_Arm(start, len(code), conditions) for start, conditions in open_arms)
    # Inner arms end before the outer one that holds them: order by start, so
    # that the last arm around an offset is the innermost.
    arms.sort(key=lambda arm: arm.start)
    return Conditionals(tuple(arms), tuple(lines))


def variants(code: bytes, found: Conditionals) -> list[bytes]:
    """Return texts of the same length without directives that together hold every arm."""
    if not found.arms:
        return [_with_arms(code, found, frozenset())]
    texts: list[bytes] = []
    uncovered = set(range(len(found.arms)))
    for choice in _choices(found.arms):
        active = _active(found, choice)
        if not active & uncovered and texts:
            continue
        uncovered -= active
        text = _with_arms(code, found, active)
        if text not in texts:
            texts.append(text)
        if not uncovered:
            break
    return texts


def selected(code: bytes, found: Conditionals, holds: Callable[[str], bool]) -> bytes:
    """Return the one text of the same length that a configuration compiles.

    ``holds`` is asked of every name that a condition consists of, whether tested
    by ``#ifdef``, ``defined``, ``IS_ENABLED`` and its kin or as a value.  What is
    none, such as a comparison, counts as true.
    """
    names = {name for arm in found.arms for text in arm.conditions for name in _names(text)}
    return _with_arms(code, found, _active(found, {name: _is_set(name, holds) for name in names}))


def _is_set(operand: str, holds: Callable[[str], bool]) -> bool:
    number = _NUMBER.fullmatch(operand)
    if number:
        return number[1].strip("0xX") != ""
    test = _MACRO_TEST.fullmatch(operand)
    name = test[1] if test else operand
    return holds(name) if name.isidentifier() else True


def _active(found: Conditionals, choice: Mapping[str, bool]) -> frozenset[int]:
    """Return the arms, by number, that are compiled when names have these values."""
    return frozenset(
        number for number, arm in enumerate(found.arms) if _holds(arm.conditions, choice)
    )


def _with_arms(code: bytes, found: Conditionals, active: frozenset[int]) -> bytes:
    """Return ``code`` without directives and without the arms that are not ``active``."""
    text = bytearray(code)
    dead = [arm for number, arm in enumerate(found.arms) if number not in active]
    for start, end in (*found.directives, *((arm.start, arm.end) for arm in dead)):
        text[start:end] = spaces(code[start:end])
    return bytes(text)


def _choices(arms: tuple[_Arm, ...]) -> Iterator[Mapping[str, bool]]:
    """Yield truth values for the names in all conditions, the likeliest to serve first."""
    names = {name for arm in arms for expression in arm.conditions for name in _names(expression)}
    yield dict.fromkeys(names, True)
    yield dict.fromkeys(names, False)
    for arm in arms:
        own = sorted({name for expression in arm.conditions for name in _names(expression)})
        for values in itertools.product((True, False), repeat=len(own[:_MAX_NAMES])):
            choice = dict.fromkeys(names, True) | dict(zip(own, values, strict=False))
            if _holds(arm.conditions, choice):
                yield choice
                break


def _names(expression: str) -> list[str]:
    return [token for token in _tokens(expression) if token not in ("&&", "||", "!", "(", ")")]


def _tokens(expression: str) -> list[str]:
    """Split into operators and opaque operands; brackets inside an operand stay with it."""
    tokens: list[str] = []
    position = 0
    while position < len(expression):
        match = _TOKEN.match(expression, position)
        if match:
            tokens.append(match[1])
            position = match.end()
            continue
        start, depth = position, 0
        while position < len(expression):
            char = expression[position]
            if not depth and (expression[position : position + 2] in ("&&", "||") or char == ")"):
                break
            depth += (char == "(") - (char == ")")
            position += 1
        tokens.append(expression[start:position].strip())
    return [token for token in tokens if token]


def _holds(conditions: Iterable[str], choice: Mapping[str, bool]) -> bool:
    return all(_evaluate(_tokens(expression), choice) for expression in conditions)


def _evaluate(tokens: list[str], choice: Mapping[str, bool]) -> bool:
    """Evaluate a token list; malformed conditions count as true, so that they are analysed."""
    return _or(tokens, choice)


def _or(tokens: list[str], choice: Mapping[str, bool]) -> bool:
    value = _and(tokens, choice)
    while tokens and tokens[0] == "||":
        tokens.pop(0)
        value = _and(tokens, choice) or value
    return value


def _and(tokens: list[str], choice: Mapping[str, bool]) -> bool:
    value = _not(tokens, choice)
    while tokens and tokens[0] == "&&":
        tokens.pop(0)
        value = _not(tokens, choice) and value
    return value


def _not(tokens: list[str], choice: Mapping[str, bool]) -> bool:
    if not tokens:
        return True
    token = tokens.pop(0)
    if token == "!":
        return not _not(tokens, choice)
    if token == "(":
        value = _or(tokens, choice)
        if tokens and tokens[0] == ")":
            tokens.pop(0)
        return value
    return choice.get(token, True)
