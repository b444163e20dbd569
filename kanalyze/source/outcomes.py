"""What each side of a condition really does.

From where a condition is left, every path is followed to the first thing that
shows an outcome: a name (``wp_page_copy``), a ``goto`` to a telling label, or,
where the function's result is its product, the value it returns.  A path that
goes back to an earlier place ends there.  What one side can come to and the
other cannot is what the condition decides; failing that, a side that jumps
away where the other goes on has backed off.

All atoms of one condition share its two ways out: each is judged as if the
others left the choice to it.
"""

from collections.abc import Iterable
from dataclasses import dataclass

from kanalyze.source.graph import Condition, Graph, Kind
from kanalyze.source.lex import squeeze
from kanalyze.source.model import Outcomes
from kanalyze.source.results import Results
from kanalyze.source.rules import Rules
from kanalyze.source.tokens import Words

# More calls than this on the way to a jump are not a way of backing off.
_FEW_CALLS = 2

_RANK = ("copy", "reuse", "unshare", "retry")


@dataclass(frozen=True, slots=True)
class _Reached:
    """What paths come to: outcomes that were shown (by what), and whether some just leave."""

    shown: frozenset[tuple[str, str]]
    leaves: bool

    def outcomes(self) -> set[str]:
        return {outcome for outcome, _ in self.shown}


class Follower:
    """Follows the paths of one function; ``results`` when its result is its product."""

    def __init__(self, graph: Graph, words: Words, rules: Rules, results: Results | None) -> None:
        self._graph = graph
        self._words = words
        self._rules = rules
        self._results = results
        self._back = graph.back_edges()
        self._memory: dict[int, _Reached] = {}
        self._known: dict[int, tuple[tuple[str, str], tuple[str, str]]] = {}

    def outcomes(self, atom: int) -> Outcomes:
        """Return what the two sides of ``atom`` do, as part of its condition."""
        number = self._graph.vertices[atom].condition
        if number not in self._known:
            self._known[number] = self._sides(self._graph.conditions[number])
        true, false = self._known[number]
        if not self._graph.vertices[atom].sense:
            true, false = false, true
        return Outcomes(true=true[0], false=false[0], true_by=true[1], false_by=false[1])

    def _sides(self, whole: Condition) -> tuple[tuple[str, str], tuple[str, str]]:
        true, false = self._told(whole)
        # A side that merely gives up leaves the other with nothing decided.
        if whole.true_jump and (not true or true[0] == "retry" or _is_done(true)):
            true, false = self._apart(true or self._jump(whole.true_jump, whole.true))
        elif whole.false_jump and (not false or false[0] == "retry" or _is_done(false)):
            false, true = self._apart(false or self._jump(whole.false_jump, whole.false))
        if true == false:
            true = false = None
        going_on = ("continue", "")
        return true or going_on, false or going_on

    @staticmethod
    def _apart(
        jumped: tuple[str, str] | None,
    ) -> tuple[tuple[str, str] | None, tuple[str, str] | None]:
        """Return the outcome of a side that jumps, and that of the side which does not."""
        return jumped, ("back-off", "") if jumped and _is_done(jumped) else None

    def _told(self, whole: Condition) -> tuple[tuple[str, str] | None, tuple[str, str] | None]:
        """Return what the paths on each side show that those on the other do not."""
        one, two = self._named(whole.true), self._named(whole.false)
        true, false = self._tell(one, two), self._tell(two, one)
        if self._results is None:
            return true, false
        one, two = self._returned(whole.true), self._returned(whole.false)
        acts = ("copy", "reuse", "unshare")
        return (
            true if true and true[0] in acts else self._tell(one, two),
            false if false and false[0] in acts else self._tell(two, one),
        )

    def _named(self, edges: list[int]) -> _Reached:
        found = [self._reach(edge) for edge in edges]
        return _Reached(
            frozenset(pair for one in found for pair in one.shown),
            any(one.leaves for one in found),
        )

    def _returned(self, edges: list[int]) -> _Reached:
        assert self._results is not None
        values = {value for edge in edges for value in self._results.values(edge)}
        return _Reached(frozenset((value, value) for value in values), False)

    @staticmethod
    def _tell(own: _Reached, other: _Reached) -> tuple[str, str] | None:
        """Pick what ``own`` shows and ``other`` does not; None when that says nothing."""
        mine, theirs = own.outcomes(), other.outcomes()
        if mine == theirs:
            if not mine or own.leaves == other.leaves:
                return None
            if own.leaves:
                return "back-off", "leaves"
        telling = mine - theirs or mine
        if not telling:
            return None
        if {"copy", "reuse"} <= telling:
            return "continue", ""  # still open: a later condition decides
        best = min(telling, key=_rank)
        return best, min(by for outcome, by in own.shown if outcome == best)

    def _jump(self, place: int, edges: list[int]) -> tuple[str, str] | None:
        """Return back-off, and by what, for a side that always ends in a jump.

        What is called on the straight way to the jump is named with it: to unpin
        and return is not just to return.
        """
        if not place:
            return None
        vertex = self._graph.vertices[place]
        text = squeeze(self._words.code[vertex.start : vertex.end]).rstrip("; ")
        by = ", ".join([*self._on_the_way(edges[0], place), text])
        return self._rules.outcome_of_label(str(vertex.value)) or "back-off", by

    def _on_the_way(self, edge: int, jump: int) -> list[str]:
        """Return the calls between an edge and a jump, when there is one way only."""
        calls: list[str] = []
        place = edge
        while place != jump:
            following = self._graph.vertices[place].next
            if len(following) != 1:
                return []
            place = following[0]
            if self._graph.vertices[place].kind is Kind.STEP:
                tokens = self._words.by_vertex.get(place, ())
                calls += [f"{token.name}()" for token in tokens[:1] if token.call]
        return calls if len(calls) <= _FEW_CALLS else []

    # ----------------------------------------------------------------- names

    def _reach(self, place: int) -> _Reached:
        """Return what paths from ``place`` come to first; once a node, depth first."""
        stack = [place]
        while stack:
            here = stack[-1]
            if here in self._memory:
                stack.pop()
                continue
            own = self._shown(here)
            if own is not None:
                self._memory[here] = own
                stack.pop()
                continue
            ahead = [t for t in self._graph.vertices[here].next if (here, t) not in self._back]
            waiting = [target for target in ahead if target not in self._memory]
            if waiting:
                stack.extend(waiting)
                continue
            found = [self._memory[target] for target in ahead]
            shown = frozenset(pair for one in found for pair in one.shown)
            around = len(ahead) < len(self._graph.vertices[here].next)
            leaves = around or any(one.leaves for one in found)
            self._memory[here] = _Reached(shown, leaves)
            stack.pop()
        return self._memory[place]

    def _shown(self, place: int) -> _Reached | None:
        """Return what node ``place`` itself shows, if anything."""
        vertex = self._graph.vertices[place]
        if vertex.kind is Kind.GOTO:
            outcome = self._rules.outcome_of_label(str(vertex.value))
            if outcome:
                return _Reached(frozenset({(outcome, f"goto {vertex.value}")}), False)
        elif vertex.kind in (Kind.STEP, Kind.ATOM, Kind.RETURN):
            for token in self._words.by_vertex.get(place, ()):
                outcome = self._rules.outcome_of_name(token.name)
                if outcome and not (vertex.kind is Kind.ATOM and not token.call):
                    return _Reached(frozenset({(outcome, token.name)}), False)
        if vertex.kind is Kind.RETURN:
            return _Reached(frozenset(), True)
        return None


def _is_done(told: tuple[str, str]) -> bool:
    """Tell a jump to where the work is done (``goto free_it``): what the other side is denied."""
    return told[0] == "continue" and bool(told[1])


def _rank(outcome: str) -> tuple[int, str]:
    return (_RANK.index(outcome) if outcome in _RANK else len(_RANK), outcome)


def strongest(found: Iterable[Outcomes]) -> Outcomes | None:
    """Return the outcomes that say most: those of a real choice before plain going on."""
    best: Outcomes | None = None
    for one in found:
        if best is None or (best.true == best.false == "continue"):
            best = one
    return best
