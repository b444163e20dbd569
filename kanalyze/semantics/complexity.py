"""McCabe's cyclomatic complexity of one function."""

from kanalyze.source.graph import Kind
from kanalyze.source.program import Program


def complexity(program: Program) -> int:
    """Return the number of independent paths: one more than there are two-way choices.

    Every atom of a condition counts, every case of a switch beyond the first;
    the figure is that of the configuration that was chosen.
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
    return total
