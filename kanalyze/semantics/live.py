"""Which names still matter at a vertex: what is not asked again need not be told apart."""

import re

from kanalyze.semantics.world import Store
from kanalyze.source.expressions import Assign, Expr, Name, names, squeezed
from kanalyze.source.graph import Kind
from kanalyze.source.program import Program

_ROOT = re.compile(r"[A-Za-z_]\w*")
# The bit of what is known about the page: always kept.
_PAGE = 1


class Live:
    """The names that are read at or behind each vertex of one function."""

    def __init__(self, program: Program) -> None:
        self._program = program
        self._numbers: dict[str, int] = {}
        self._bits: dict[str, int] = {}
        self._parameters = 0
        for name in program.parameters:  # the caller reads what they point to
            self._parameters |= self._bit(name)
        self._texts: dict[str, int] = {}
        self._asked: dict[str, frozenset[str]] = {}
        self._live = self._solve()

    def kept(self, vertex: int, store: Store) -> Store:
        """Return a store without what nothing behind ``vertex`` asks for."""
        alive, bits = self._live[vertex] | _PAGE, self._bits
        for key in store.keys() - bits.keys():
            bits[key] = self._bits_of(key)
        return {key: value for key, value in store.items() if bits[key] & alive}

    def repeated(self, text: str) -> bool:
        """Tell whether a condition is asked at more than one place."""
        return self._texts.get(text, 0) > 1

    def _bits_of(self, key: str) -> int:
        """Return the bits of what has to be asked for a key to be kept."""
        if key[0] in "@&":
            return _PAGE
        if key[0] == "?":
            return self._numbers.get(key, 0)
        root = _ROOT.search(key)
        return self._numbers.get(root[0], 0) if root else 0

    def _bit(self, name: str) -> int:
        if name not in self._numbers:
            self._numbers[name] = _PAGE << 1 << len(self._numbers)
        return self._numbers[name]

    def _solve(self) -> list[int]:
        graph = self._program.graph
        uses = []
        for number, vertex in enumerate(graph.vertices):
            expression = self._program.expressions[number]
            label = self._program.case_values[number]
            use = 0
            for one in (expression, label):
                for name in names(one) if one is not None else ():
                    use |= self._bit(name)
            if vertex.kind is Kind.ATOM and expression is not None:
                text = "?" + squeezed(expression)
                self._texts[text] = self._texts.get(text, 0) + 1
                self._asked[text] = names(expression)
                use |= self._bit(text)
            uses.append(use)
        kills = [self._killed(one) for one in self._program.expressions]
        live = [0] * len(graph.vertices)
        live[1] = self._parameters
        changed = True
        while changed:
            changed = False
            for number in reversed(graph.order()):
                behind = live[1] if number == 1 else 0
                for target in graph.vertices[number].next:
                    behind |= live[target]
                new = (behind & ~kills[number]) | uses[number]
                if new != live[number]:
                    live[number] = new
                    changed = True
        return live

    def _killed(self, expression: Expr | None) -> int:
        """Return the name that a plain assignment makes anew, if it does not read it."""
        if not isinstance(expression, Assign) or expression.operator != "=":
            return 0
        target = expression.target
        if not isinstance(target, Name) or target.name in names(expression.value):
            return 0
        killed = self._bit(target.name)
        for text, asked in self._asked.items():
            if target.name in asked:
                killed |= self._bit(text)
        return killed
