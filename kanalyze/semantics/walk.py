"""From a function's entry to its ends, with all page states at once.

Every vertex gets the set of states that reach it and what is stored there; an
atom splits the set, a join puts it together again.  What is not known is tried
both ways, and the same condition asked again gives the same answer.
"""

import heapq
from dataclasses import dataclass, field

from kanalyze.semantics.code import Code
from kanalyze.semantics.machine import Frame, Machine
from kanalyze.semantics.paths import Nested, Node, Way, covered, merged, widened
from kanalyze.semantics.values import Mask, Value, some
from kanalyze.semantics.world import RETURN, Store
from kanalyze.source.expressions import Binary, Call, Expr, Name, Unary, calls, squeezed
from kanalyze.source.graph import Kind
from kanalyze.source.program import Program

_MAX_DEPTH = 8
# A loop that was gone through so often forgets what it counts.
_PATIENCE = 4
_MAX_VISITS = 32
_MAX_APART = 12
_MAX_NODES = 6000

_EXIT = 1


@dataclass(slots=True)
class Limits:
    """How much work is left, and what had to be given up."""

    nodes: int = _MAX_NODES
    problems: dict[str, None] = field(default_factory=dict)
    follow: frozenset[str] = frozenset()
    """Functions to follow though the rules would not."""
    nodes_of: dict[str, list[Node]] = field(default_factory=dict)
    """The nodes of every function that was followed, by its name."""

    def give_up(self, what: str) -> None:
        self.problems[what] = None


@dataclass(frozen=True, slots=True)
class _Ran:
    """An expression after it was evaluated in some of the states."""

    mask: Mask
    value: Value
    store: Store
    nested: tuple[Nested, ...]


class Walk:
    """One function with what it is given; nodes are kept, so that paths can be told."""

    def __init__(
        self, code: Code, machine: Machine, program: Program, limits: Limits,
        stack: tuple[str, ...] = (),
    ) -> None:  # fmt: skip
        self._code = code
        self._machine = machine
        self._program = program
        self._limits = limits
        self._stack = (*stack, program.name)
        self._live = code.live(program)
        self._open: dict[int, list[Node]] = {}
        self._done: dict[int, list[Node]] = {}
        self._waiting: list[tuple[int, int]] = []
        self._place = {vertex: at for at, vertex in enumerate(program.graph.order())}
        self._nodes = limits.nodes_of.setdefault(program.name, [])
        self.exits: list[Node] = []

    def run(self, mask: Mask, store: Store, caller: Node | None = None) -> list[Node]:
        """Return the nodes at the function's end: every state that gets there is in one."""
        self._arrive(0, mask, store, None)
        self._open[0][0].caller = caller
        while self._waiting:
            _, vertex = heapq.heappop(self._waiting)
            for node in self._open.pop(vertex, ()):
                if self._limits.nodes <= 0:
                    line = self._program.line_of(vertex)
                    self._limits.give_up(
                        f"{self._program.name}:{line}: too many paths, not all followed"
                    )
                    return self.exits
                self._limits.nodes -= 1
                self._done.setdefault(vertex, []).append(node)
                self._nodes.append(node)
                self._leave(node)
        return self.exits

    # --------------------------------------------------------------- arrival

    def _arrive(self, vertex: int, mask: Mask, store: Store, way: Way | None) -> None:
        if not some(mask):
            return
        store = self._live.kept(vertex, store)
        done = self._done.get(vertex, [])
        if len(done) >= _PATIENCE:
            store = widened(self._machine.values, done[-1].store, store)
        if any(covered(node, mask, store) for node in done):
            return
        if len(done) >= _MAX_VISITS:
            line = self._program.line_of(vertex)
            self._limits.give_up(f"{self._program.name}:{line}: loop not followed to its end")
            return
        waiting = self._open.get(vertex)
        if waiting is None:
            waiting = self._open[vertex] = []
            heapq.heappush(self._waiting, (self._place[vertex], vertex))
        node = self._joined(waiting, vertex, mask, store)
        if way is not None:
            node.ways.append(way)

    def _joined(self, waiting: list[Node], vertex: int, mask: Mask, store: Store) -> Node:
        """Put states together with those that wait at the vertex, if they agree."""
        force = len(waiting) >= _MAX_APART
        for node in waiting:
            together = merged(self._machine.values, node, mask, store, force=force)
            if together is not None:
                node.mask = node.mask | mask
                node.store = together
                return node
        node = Node(self._program.name, vertex, mask, store)
        waiting.append(node)
        return node

    # --------------------------------------------------------------- leaving

    def _leave(self, node: Node) -> None:
        vertex = self._program.graph.vertices[node.vertex]
        expression = self._program.expressions[node.vertex]
        if node.vertex == _EXIT:
            self.exits.append(node)
        elif expression is None:
            self._on(node, _Ran(node.mask, self._machine.values.unknown, node.store, ()))
        elif vertex.kind is Kind.ATOM:
            self._branch(node, expression)
        elif vertex.kind is Kind.SWITCH:
            self._switch(node, expression)
        elif vertex.kind is Kind.RETURN:
            self._return(node, expression)
        elif not self._machine.impossible(expression):
            for ran in self._run(node, expression):
                self._on(node, ran)

    def _on(self, node: Node, ran: _Ran) -> None:
        way = Way(ran.mask, node, -1, "", self._machine.values.none, ran.nested)
        for target in self._program.graph.vertices[node.vertex].next:
            self._arrive(target, ran.mask, ran.store, way)

    def _return(self, node: Node, expression: Expr) -> None:
        for ran in self._run(node, expression):
            frame = Frame(ran.mask, dict(ran.store))
            self._machine.returned(ran.value, frame)
            frame.store[RETURN] = ran.value
            self._on(node, _Ran(ran.mask, ran.value, frame.store, ran.nested))

    def _branch(self, node: Node, expression: Expr) -> None:
        text = "?" + self._machine.text(expression)
        remember = self._live.repeated(text)
        for ran in self._run(node, expression):
            value = self._machine.asked(expression, ran.value)
            if text in ran.store:
                value = self._machine.values.partly(value.known, value, ran.store[text])
            true, false = value.truth()
            unsure = ran.mask & ~true & ~false
            for number in self._program.graph.vertices[node.vertex].next:
                edge = self._program.graph.vertices[number]
                mask = ran.mask & (~false if edge.value is True else ~true)
                store = ran.store
                if remember and some(unsure):
                    answer = self._machine.values.number(int(edge.value is True))
                    kept = store.get(text, self._machine.values.unknown)
                    store = {**store, text: self._machine.values.partly(unsure, answer, kept)}
                said = "yes" if edge.value is True else "no"
                self._arrive(
                    number, mask, store, Way(mask, node, node.vertex, said, unsure, ran.nested)
                )

    def _switch(self, node: Node, expression: Expr) -> None:
        for ran in self._run(node, expression):
            rest = ran.mask
            sure = self._machine.values.none
            edges = self._program.graph.vertices[node.vertex].next
            for number in sorted(edges, key=self._is_default):
                label = self._program.case_values[number]
                mask = rest & ~sure
                if label is not None:
                    same = self._is_case(ran, label)
                    true, false = same.truth()
                    mask = rest & ~false
                    sure = sure | true
                open_ = mask & ~sure if label is not None else self._machine.values.none
                said = str(self._program.graph.vertices[number].value)
                way = Way(mask, node, node.vertex, said, open_, ran.nested)
                self._arrive(number, mask, ran.store, way)

    def _is_case(self, ran: _Ran, label: Expr) -> Value:
        """Return whether the value of a switch is that of a label, or in its range."""
        values, frame = self._machine.values, Frame(ran.mask, dict(ran.store))
        if isinstance(label, Binary) and label.operator == "...":
            low = values.apply(">=", ran.value, self._machine.evaluate(label.left, frame))
            high = values.apply("<=", ran.value, self._machine.evaluate(label.right, frame))
            return values.both(low, high)
        return values.apply("==", ran.value, self._machine.evaluate(label, frame))

    def _is_default(self, vertex: int) -> bool:
        return self._program.case_values[vertex] is None

    # ------------------------------------------------------------ evaluation

    def _run(self, node: Node, expression: Expr) -> list[_Ran]:
        """Evaluate an expression; calls that are followed can come out in several ways."""
        frame = Frame(node.mask, dict(node.store))
        ways: list[tuple[Mask, Frame, tuple[Nested, ...]]] = [(node.mask, frame, ())]
        for call in reversed(list(calls(expression))):
            if self._follows(node, call):
                ways = [one for way in ways for one in self._called(node, call, *way)]
        found = []
        for part, frame, nested in ways:
            value = self._machine.evaluate(expression, frame)
            found.append(_Ran(part, value, frame.store, nested))
        return found

    def _follows(self, node: Node, call: Call) -> bool:
        name = call.name
        if not name or not (self._code.follows(name) or name in self._limits.follow):
            return False
        why = ""
        if name in self._stack:
            why = "it is running already"
        elif len(self._stack) >= _MAX_DEPTH:
            why = "calls too deep"
        if why:
            line = self._program.line_of(node.vertex)
            self._limits.give_up(f"{self._program.name}:{line}: {name}() not followed, {why}")
        return not why

    def _called(
        self, node: Node, call: Call, mask: Mask, frame: Frame, nested: tuple[Nested, ...]
    ) -> list[tuple[Mask, Frame, tuple[Nested, ...]]]:
        program = self._code.program(call.name)
        if program is None:
            place = self._code.place(call.name)
            line = f":{place[1].line}" if place else ""
            self._limits.give_up(f"{call.name}{line}: could not be read")
            return [(mask, frame, nested)]
        walk = Walk(self._code, self._machine, program, self._limits, self._stack)
        walk.run(mask, self._given(call, program, frame), node)
        found: list[tuple[Node, list[Node]]] = []
        for end in walk.exits:  # come back in as few ways as possible
            back = self._taken_back(call, program, frame.store, end.store)
            for known, ends in found:
                together = merged(self._machine.values, known, end.mask, back, force=False)
                if together is not None:
                    known.mask, known.store = known.mask | end.mask, together
                    ends.append(end)
                    break
            else:
                found.append((Node(call.name, _EXIT, end.mask, back), [end]))
        return [self._came_back(one, ends, call, frame, nested) for one, ends in found]

    def _came_back(
        self,
        one: Node,
        ends: list[Node],
        call: Call,
        frame: Frame,
        nested: tuple[Nested, ...],
    ) -> tuple[Mask, Frame, tuple[Nested, ...]]:
        """Return where the caller goes on after a call that came out at ``ends``."""
        value = one.store.get(RETURN, self._machine.values.unknown)
        results = {**frame.results, call.start: value}
        store = {key: kept for key, kept in one.store.items() if key != RETURN}
        return one.mask, Frame(one.mask, store, results), (*nested, Nested(tuple(ends)))

    def _given(self, call: Call, program: Program, frame: Frame) -> Store:
        """Return what a callee starts with: the page, the flags, and its parameters."""
        store = {key: value for key, value in frame.store.items() if key[0] in "@&"}
        for name, argument in zip(program.parameters, call.arguments, strict=False):
            value = self._machine.evaluate(argument, frame)
            if some(value.known):
                store[name] = value
            theirs = squeezed(argument)
            if isinstance(argument, Unary) and argument.operator == "&":
                theirs = squeezed(argument.operand)
                if theirs in frame.store:
                    store[f"*{name}"] = frame.store[theirs]
            for key, kept in frame.store.items():
                if key.startswith(f"{theirs}->"):
                    store[f"{name}->{key[len(theirs) + 2 :]}"] = kept
        store.pop(RETURN, None)
        return store

    def _taken_back(self, call: Call, program: Program, before: Store, after: Store) -> Store:
        """Return the caller's store after the call: changed where its page or arguments were."""
        store = {key: value for key, value in before.items() if key[0] not in "@&"}
        store.update({key: value for key, value in after.items() if key[0] in "@&"})
        for name, argument in zip(program.parameters, call.arguments, strict=False):
            theirs = squeezed(argument)
            if isinstance(argument, Unary) and argument.operator == "&":
                theirs = squeezed(argument.operand)
                self._replace(store, theirs, after.get(f"*{name}"))
            elif isinstance(argument, Name):
                for key in [one for one in store if one.startswith(f"{theirs}->")]:
                    del store[key]
            for key, value in after.items():
                if key.startswith(f"{name}->"):
                    store[f"{theirs}->{key[len(name) + 2 :]}"] = value
        return store

    @staticmethod
    def _replace(store: Store, key: str, value: Value | None) -> None:
        if value is None:
            store.pop(key, None)
        else:
            store[key] = value
