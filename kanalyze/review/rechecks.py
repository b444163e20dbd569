"""What GUP-fast looks at again once it has its reference: the entry that it followed.

It takes no page-table lock.  That the entry still reads as it did is all that tells it
of a fork, an unmapping or a swap-out in between: what is looked at before the
reference is taken, or looked at and not gone by, tells nothing.
"""

import re
from collections.abc import Iterator, Mapping, Sequence

from kanalyze.review.decisions import with_also
from kanalyze.review.model import Finding
from kanalyze.review.versions import Step
from kanalyze.semantics.code import Code
from kanalyze.semantics.effects import TAKES_REFERENCE
from kanalyze.semantics.gup import access
from kanalyze.source.expressions import Assign, Binary, Call, Expr, Name, Unary, calls, walk
from kanalyze.source.expressions import Step as Increment
from kanalyze.source.graph import Kind
from kanalyze.source.program import Program

# An entry as a number, and the function that holds two entries against each other.
_VALUE = re.compile(r"(?:huge_)?(pte|pmd|pud|p4d|pgd)_val")
_SAME = re.compile(r"(?:huge_)?(pte|pmd|pud|p4d|pgd)_same")
# So many calls deep a reference may be taken.
_DEEP = 4

_Looks = Mapping[str, str]
"""Of each level of the page table the condition that asks again."""


def with_rechecks(step: Step, found: Sequence[Finding]) -> list[Finding]:
    """Return findings with those of :func:`lost_rechecks`.

    That a function comes to other outcomes, no rule broken, is part of that.
    """
    lost = list(lost_rechecks(step))
    rest = list(found)
    for place, one in enumerate(lost):
        same = [other for other in rest if _is_part(other, one)]
        rest = [other for other in rest if other not in same]
        lost[place] = with_also(one, same)
    return rest + lost


def _is_part(other: Finding, one: Finding) -> bool:
    return (other.function, other.about, other.effect) == (one.function, one.about, "changes")


def lost_rechecks(step: Step) -> Iterator[Finding]:
    """Yield the ways of GUP-fast on which an entry is no longer looked at again.

    Functions are the same by name, or as what decides was paired.
    """
    before, after = step.before.explainer.code, step.after.explainer.code
    renamed = {one.function_before: one.function_after for one in step.comparison.differences}
    for name in sorted(step.reached):
        now = name if name in after else renamed.get(name, "")
        if access(before, name) != "fast" or now not in after:
            continue
        was, left = _rechecks(before, name), _rechecks(after, now)
        if was is None or left is None:
            continue
        gone = [level for level in was if level not in left]
        if gone:
            yield _finding(step, now, {level: was[level] for level in gone})


def _finding(step: Step, name: str, gone: _Looks) -> Finding:
    entries = " and the ".join(level.upper() for level in gone)
    span = step.after.span(name)
    return Finding(
        status="introduced",
        effect="weakens",
        about="decision",
        patch=0,
        function=name,
        file=span.file if span else "",
        what=f"{name}() keeps its reference and does not look at the {entries} again",
        why=(
            f"before, it gave the page up on {' and on '.join(gone.values())}",
            "without the page-table lock nothing else tells it of a fork or an unmapping meanwhile",
        ),
        rules=("R3",),
    )


def _rechecks(code: Code, name: str) -> _Looks | None:
    """Return the levels that a function looks at again, on every way from reference to page.

    None where it cannot be told: it takes no reference that is known, or counts no page.
    """
    program = code.program(name)
    if program is None:
        return None
    takes, counts = set(), set()
    for vertex, expr in enumerate(program.expressions):
        if expr is not None and any(_takes(code, one.name) for one in calls(expr)):
            takes.add(vertex)
        if expr is not None and any(map(_counts, walk(expr))):
            counts.add(vertex)
    if not takes or not counts:
        return None
    asked = _asked(code, program)
    levels = dict.fromkeys(level for found in asked.values() for level in found)
    found = {}
    for level in levels:
        past = {vertex for vertex, one in asked.items() if level in one}
        if not _leads(program, takes, counts, _unchanged(program, past)):
            found[level] = program.text_of(min(past))
    return found


def _leads(program: Program, begins: set[int], ends: set[int], without: set[int]) -> bool:
    """Tell whether a way leads from one vertex to another in one round of a loop."""
    back = program.graph.back_edges()
    seen, pending = set(without), list(begins)
    while pending:
        here = pending.pop()
        for target in program.graph.vertices[here].next:
            if (here, target) in back or target in seen:
                continue
            if target in ends:
                return True
            seen.add(target)
            pending.append(target)
    return False


def _unchanged(program: Program, asking: set[int]) -> set[int]:
    """Return where it goes on if what was asked reads as before; an answer kept counts, too."""
    found = set()
    for vertex in asking:
        expr, place = program.expressions[vertex], program.graph.vertices[vertex]
        if place.kind is not Kind.ATOM:
            found.add(vertex)
            continue
        for edge in place.next:
            equal = _is_equal(expr, program.graph.vertices[edge].value is True)
            if equal is not False:
                found.add(edge)
    return found


def _is_equal(expr: Expr | None, answer: bool) -> bool | None:
    """Tell whether an answer says that an entry is the same; None of a helper's."""
    if isinstance(expr, Binary):
        return answer == (expr.operator == "==")
    if isinstance(expr, Call) and _SAME.fullmatch(expr.name):
        return answer
    return None


def _asked(code: Code, program: Program) -> dict[int, frozenset[str]]:
    """Return the vertices where an entry is asked for again, and go by the answer: its levels.

    What only complains of another answer does not go by it.
    """
    found = {}
    for vertex, expr in enumerate(program.expressions):
        kind = program.graph.vertices[vertex].kind
        if expr is None or not (kind is Kind.ATOM or isinstance(expr, Assign)):
            continue
        levels = _compared(expr) | {
            level for one in calls(expr) for level in _compared_in(code, one.name)
        }
        if levels:
            found[vertex] = frozenset(levels)
    return found


def _compared(expr: Expr) -> frozenset[str]:
    """Return the levels of which two readings are held against each other."""
    return frozenset(level for one in walk(expr) if (level := _level(one)))


def _level(expr: Expr) -> str:
    if isinstance(expr, Call) and (match := _SAME.fullmatch(expr.name)):
        return match[1]
    if isinstance(expr, Binary) and expr.operator in ("==", "!="):
        sides = (expr.left, expr.right)
        read = [_VALUE.fullmatch(one.name) if isinstance(one, Call) else None for one in sides]
        if read[0] and read[1] and expr.left != expr.right:
            return read[0][1] if read[0][1] == read[1][1] else ""
    return ""


def _compared_in(code: Code, name: str) -> frozenset[str]:
    """Return the levels that a helper compares."""
    program = code.program(name) if any(map(_reads, code.words(name))) else None
    exprs = program.expressions if program else ()
    return frozenset(level for expr in exprs if expr for level in _compared(expr))


def _reads(word: str) -> bool:
    return bool(_VALUE.fullmatch(word) or _SAME.fullmatch(word))


def _takes(code: Code, name: str) -> bool:
    """Tell whether a call takes a reference, itself or a few calls deep."""
    seen, layer = {name}, {name}
    for _ in range(_DEEP):
        layer = {word for one in layer for word in code.words(one)} - seen
        seen |= layer
    return bool(TAKES_REFERENCE & seen)


def _counts(expr: Expr) -> bool:
    """Tell whether one more page is counted: where the caller's count is."""
    if isinstance(expr, Increment | Assign):
        target = expr.target
        return (
            isinstance(target, Unary)
            and target.operator == "*"
            and isinstance(target.operand, Name)
        )
    return False
