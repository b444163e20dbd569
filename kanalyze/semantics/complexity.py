"""McCabe's cyclomatic complexity of one function."""

from kanalyze.source.graph import Kind
from kanalyze.source.program import Program


def complexity(program: Program) -> int:
    """Return the number of independent paths: one more than there are two-way choices.

    T. J. McCabe, "A Complexity Measure" (1976), with his rule for conditions
    that are put together: each atom of ``a && b || c`` is a choice of its own,
    and so are ``?:`` and a loop's condition.  A switch with n cases is n - 1
    choices, its default one of the cases.  To return a truth value is no choice
    (``return a && b`` is one).  The figure is that of the configuration that was
    chosen: what an ``#if`` leaves out counts nothing, and neither do assertions
    or a macro's insides.
    """
    vertices = program.graph.vertices
    reached = program.graph.order()
    total = 1
    for number in reached:
        kind = vertices[number].kind
        if kind is Kind.ATOM:
            total += 1
        elif kind is Kind.SWITCH:
            total += max(len(vertices[number].next) - 1, 0)
    return total - _returned(program)


def _returned(program: Program) -> int:
    """Return how many conditions are returned: the graph asks them to tell true from false."""
    values: dict[tuple[int, int], set[object]] = {}
    for number in program.graph.order():
        vertex = program.graph.vertices[number]
        if vertex.kind is Kind.RETURN:
            values.setdefault((vertex.start, vertex.end), set()).add(vertex.value)
    return sum(len(found) > 1 for found in values.values())
