"""Which conditions decide, and by which names they ask who has the page."""

from kanalyze.semantics.asked import Answers, Place, answers
from kanalyze.semantics.code import Code
from kanalyze.semantics.evaluate import Evaluation
from kanalyze.semantics.given import SiteLike, Tree
from kanalyze.semantics.reads import ENTRY_READS, FIELDS, READS
from kanalyze.semantics.states import GUP
from kanalyze.source.expressions import Assign, names, squeezed, walk
from kanalyze.source.program import Program

_TELLING = ("reuse", "copy", "unshare", "return true", "return false")


# What is called further down decides about something else.
_DEEP = 3


class Deciding:
    """The conditions of one tree, as they were evaluated and as scan sees them."""

    def __init__(self, code: Code, tree: Tree) -> None:
        self._code = code
        evidence = tree.rules.vocabulary.evidence
        self.primitive = frozenset(name for group in evidence for name in evidence[group])
        self._evidence = self.primitive | READS.keys() | ENTRY_READS.keys() | FIELDS.keys()
        self._holding: dict[tuple[str, bool], dict[str, frozenset[str]]] = {}
        self._at: dict[tuple[str, int], list[SiteLike]] = {}
        for site in tree.sites:
            self._at.setdefault((site.file, site.line), []).append(site)

    def answers(self, evaluation: Evaluation) -> Answers:
        """Return what an evaluation asked before it came to reuse; at fork, to share."""
        trigger = evaluation.entry.trigger
        outcome = "share" if trigger == "fork" else "follow" if trigger in GUP else "reuse"
        return answers(self._code, evaluation, outcome, self._asks_itself)

    def conditions(self, told: Answers, evaluation: Evaluation) -> set[Place]:
        """Return the conditions that settle it, or would if none before them had asked the same.

        That scan sees a decision tells the latter: a check that is repeated
        under a lock has one answer only when nobody interferes.
        """
        role = "pin-check" if evaluation.entry.trigger == "fork" else "decision"
        found: set[Place] = set()
        for place, asked in told.conditions.items():
            text, line = self.text(place), self.line(place)
            sites = [site for site in self.sites_at(line) if site.predicate == text]
            if any(site.role == role and site.policy and _leaves(site) for site in sites) or (
                asked.decisive
                and self.asks(place)
                and all(site.role in ("decision", "pin-check") for site in sites)
            ):
                found.add(place)
        return found

    def sites_at(self, line: tuple[str, int]) -> list[SiteLike]:
        """Return what scan found on one line of a file."""
        return self._at.get(line, [])

    def line(self, place: Place) -> tuple[str, int]:
        """Return the file and the line on which a vertex begins."""
        program = self.program(place)
        return program.file, program.line_of(place[1])

    def text(self, place: Place) -> str:
        """Return the source of a vertex."""
        return self.program(place).text_of(place[1])

    def program(self, place: Place) -> Program:
        """Return the function that a vertex is of."""
        found = self._code.program(place[0])
        assert found is not None
        return found

    # ---------------------------------------------------------------- asking

    def asked_below(self, name: str) -> frozenset[str]:
        """Return the primitives that a helper and what it calls name, a few calls deep."""
        found: set[str] = set()
        seen, layer = {name}, {name}
        for _ in range(_DEEP):
            words = {word for one in layer for word in self._code.words(one)}
            found |= words & self.primitive
            layer = {word for word in words if self._code.follows(word)} - seen
            seen |= layer
        return frozenset(found)

    def asks(self, place: Place) -> frozenset[str]:
        """Return by which names a condition asks who has the page.

        Those of primitives, if need be behind a variable that holds what they
        said, and those of helpers that are followed.
        """
        return self._asked(place, helpers=True)

    def _asks_itself(self, place: Place) -> frozenset[str]:
        return self._asked(place, helpers=False)

    def _asked(self, place: Place, *, helpers: bool) -> frozenset[str]:
        program = self.program(place)
        expression = program.expressions[place[1]]
        key = (program.name, helpers)
        if key not in self._holding:
            self._holding[key] = self._variables(program, helpers)
        used = names(expression) if expression is not None else frozenset()
        return self._told(used, self._holding[key], helpers)

    def _told(
        self, used: frozenset[str], holding: dict[str, frozenset[str]], helpers: bool
    ) -> frozenset[str]:
        found = {
            name
            for name in used
            if name in self._evidence or (helpers and self._code.follows(name))
        }
        return frozenset(found.union(*(holding.get(name, ()) for name in used)))

    def _variables(self, program: Program, helpers: bool) -> dict[str, frozenset[str]]:
        """Return the variables of a function with what the page was asked to fill them."""
        given = [
            (squeezed(one.target), names(one.value))
            for expression in program.expressions
            if expression is not None
            for one in walk(expression)
            if isinstance(one, Assign)
        ]
        found: dict[str, frozenset[str]] = {}
        changed = True
        while changed:
            changed = False
            for name, used in given:
                told = self._told(used, found, helpers) | found.get(name, frozenset())
                if told and told != found.get(name):
                    found[name] = told
                    changed = True
        return found


def _leaves(site: SiteLike) -> bool:
    """Tell whether a condition has an outcome on one side at least."""
    sides = (site.outcomes.true, site.outcomes.false) if site.outcomes else ()
    return any(side in _TELLING for side in sides)
