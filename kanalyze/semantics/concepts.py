"""The code that implements each of the three rules, and how much of it there is.

What belongs to a rule is derived from what the decisions did when they were
evaluated, never from names.  A *condition* is an atomic one, without ``&&`` or
``||``, whose answer depends on the page state.  It is *decisive* if one of its
answers settles whether the page is reused (at fork: shared with the child),
for all page states that get that answer.

R1  The decisive conditions on the way to reuse after a fault, in the functions
    that decide and in the helpers that they ask.  Not those of R2.
R2  What is there only to avoid copies that nobody needs: statements that drop
    references of the kernel's own (an LRU cache is emptied, the swap cache
    freed), what they call, the conditions that they directly hang on or are in
    the body of, and checks before them that another check behind them repeats:
    those only spare the effort where there is no hope.
R3  What keeps pinned pages from being marked for COW: the decisive conditions
    at fork and the arming statements (entries write-protected, the exclusive
    bit cleared) in the functions that ask them; pin checks in, or on the way
    to, whatever else arms, and the exclusive bit that is handed over there; the
    sections of the seqcount inside which fork does that.

A condition that is repeated under a lock has one answer only when nobody
interferes: it belongs to the rule if scan calls it a decision.  ``lines``
counts the source lines on which all these begin, and where sections begin and
end; what serves several decisions counts once.  ``complexity`` adds up McCabe's
of all functions that hold any of it, whole: of a function that reads a page
from swap and decides on the way, too.
"""

from dataclasses import dataclass, field

from kanalyze.semantics.asked import Answers, Place
from kanalyze.semantics.code import Code
from kanalyze.semantics.complexity import complexity
from kanalyze.semantics.control import Control, behind
from kanalyze.semantics.evaluate import Evaluation
from kanalyze.semantics.explainer import Explainer
from kanalyze.semantics.given import SectionLike, SiteLike
from kanalyze.semantics.model import Concept, Rule

_FAULTS = ("write-fault", "unshare-fault", "swap-in")


def concepts(explainer: Explainer) -> tuple[Concept, ...]:
    """Return how much code implements each rule in one tree, R1, R2 and R3 in order."""
    found = _Finder(explainer)
    for name in explainer.decisions():
        for evaluation in explainer.evaluations(name):
            if evaluation.entry.trigger in _FAULTS:
                found.at_fault(evaluation)
            elif evaluation.entry.trigger == "fork":
                found.at_fork(evaluation)
    found.finish()
    return tuple(found.concept(rule) for rule in ("R1", "R2", "R3"))


@dataclass(slots=True)
class _Part:
    """What was found of one rule: vertices of functions, and lines beside them.

    ``checks`` are conditions that were not evaluated: file, line and text.
    """

    conditions: set[Place] = field(default_factory=set)
    statements: set[Place] = field(default_factory=set)
    checks: set[tuple[str, int, str]] = field(default_factory=set)
    lines: set[tuple[str, int]] = field(default_factory=set)
    functions: set[str] = field(default_factory=set)
    sections: dict[str, None] = field(default_factory=dict)


class _Finder:
    """Collects from one evaluation after the other."""

    def __init__(self, explainer: Explainer) -> None:
        self._explainer = explainer
        self._code: Code = explainer.code
        self._deciding = explainer.deciding
        self._sparing: set[Place] = set()
        self._parts: dict[Rule, _Part] = {"R1": _Part(), "R2": _Part(), "R3": _Part()}

    # ---------------------------------------------------------------- faults

    def at_fault(self, evaluation: Evaluation) -> None:
        """Collect from a decision about reuse."""
        told = self._deciding.answers(evaluation)
        self._sparing |= self._found_sparing(told)
        self._parts["R2"].statements |= told.drops
        self._parts["R1"].conditions |= self._deciding.conditions(told, evaluation)
        self._parts["R2"].conditions |= {
            place
            for place, one in told.conditions.items()
            if one.telling and self._deciding.asks(place)
        }

    def _found_sparing(self, told: Answers) -> set[Place]:
        """Return the conditions that are there only to drop the kernel's own references."""
        found: set[Place] = set()
        for function, statement in told.drops:
            program = self._deciding.program((function, statement))
            control = Control(program.graph, statement)
            found |= told.inside((function, statement))
            found |= {(function, atom) for atom in control.direct()}
            around, before = control.enclosing(), control.at_all()
            for atom in around | before:
                asked = told.conditions.get((function, atom))
                if asked is None or not asked.telling:
                    continue
                early = atom in before and asked.refuses and self._repeated((function, atom))
                if early or (atom in around and not asked.decisive):
                    found.add((function, atom))
        for place in list(found):
            found |= told.inside(place)
        return found

    def _repeated(self, place: Place) -> bool:
        """Tell whether all that a condition asks is asked again behind it."""
        own = self._deciding.asks(place) & self._deciding.primitive
        again: frozenset[str] = frozenset()
        for atom in behind(self._deciding.program(place).graph, place[1]):
            again |= self._deciding.asks((place[0], atom))
        return bool(own) and own <= again

    # ------------------------------------------------------------------ fork

    def at_fork(self, evaluation: Evaluation) -> None:
        """Collect from a decision about what the child gets."""
        part = self._parts["R3"]
        found = self._deciding.conditions(self._deciding.answers(evaluation), evaluation)
        part.conditions |= found
        if found:
            asking = {evaluation.program.name} | {function for function, _ in found}
            self._arms(part, asking, "write-protect", "clear-exclusive")
            self._enclosed(part, evaluation.program.name)

    def _arms(self, part: _Part, functions: set[str], *kinds: str) -> None:
        """Add the arming statements of some kinds in some functions."""
        arms = self._explainer.tree.rules.vocabulary.arm
        marking = {name for kind in kinds for name in arms.get(kind, ())}
        for site in self._explainer.tree.sites:
            if site.role == "arm" and site.function in functions and marking & set(site.signals):
                part.lines.add((site.file, site.line))
                part.functions.add(site.function)

    def _enclosed(self, part: _Part, function: str) -> None:
        """Add the sections of the seqcount that is written while a function copies entries."""
        sections = self._explainer.tree.sections
        written = {
            _member(one.seqcount)
            for one in sections
            if one.side == "write" and self._runs(one, function)
        }
        for one in sections:
            if _member(one.seqcount) in written:
                part.sections[one.id] = None
                part.lines |= {(one.file, one.begin_line), (one.file, one.end_line)}
                part.functions.add(one.function)

    def _runs(self, section: SectionLike, function: str) -> bool:
        """Tell whether a function is called inside a section, or the section is in it."""
        if section.function == function:
            return True
        seen, layer = set(section.calls), list(section.calls)
        while layer:
            further = {
                word for name in layer if name in self._code for word in self._code.words(name)
            }
            layer = [word for word in further if word in self._code and word not in seen]
            seen.update(layer)
        return function in seen

    def finish(self) -> None:
        """Tell R2 from R1, and collect the pin checks of everything else that arms."""
        self._parts["R1"].conditions -= self._sparing
        self._parts["R2"].conditions &= self._sparing
        sites = self._explainer.tree.sites
        arming = {site.function for site in sites if site.role == "arm"}
        part = self._parts["R3"]
        for site in sites:
            if site.role == "pin-check" and self._guards_arming(site, arming):
                part.checks.add((site.file, site.line, site.predicate))
                part.functions.add(site.function)
        self._arms(
            part, {site.function for site in sites if site.role == "pin-check"}, "clear-exclusive"
        )

    def _guards_arming(self, site: SiteLike, arming: set[str]) -> bool:
        """Tell whether a pin check is made by what arms, or on the way to it (rmap walks)."""
        if site.function in arming:
            return True
        if not site.signals:
            return False
        named = self._named(site.function)
        return bool(arming & named.union(*(self._named(one) for one in named)))

    def _named(self, function: str) -> frozenset[str]:
        return frozenset(word for word in self._code.words(function) if word in self._code)

    # ---------------------------------------------------------------- record

    def concept(self, rule: Rule) -> Concept:
        """Return what was found of one rule."""
        part = self._parts[rule]
        places = part.conditions | part.statements
        conditions = part.checks | {
            (*self._deciding.line(place), self._deciding.text(place)) for place in part.conditions
        }
        lines = (
            part.lines
            | {self._deciding.line(place) for place in places}
            | {one[:2] for one in conditions}
        )
        functions = part.functions | {function for function, _ in places}
        where = sorted(functions, key=self._order)
        return Concept(
            rule=rule,
            functions=tuple(where),
            conditions=len(conditions),
            lines=len(lines),
            locks=tuple(sorted(self._locks(lines))),
            sections=tuple(part.sections),
            files=tuple(dict.fromkeys(file for file, _ in sorted(lines))),
            complexity=sum(self._complexity(name) for name in where),
        )

    def _order(self, function: str) -> tuple[str, int]:
        found = self._code.place(function)
        return (found[0], found[1].line) if found else ("", 0)

    def _complexity(self, function: str) -> int:
        program = self._code.program(function)
        return complexity(program) if program else 0

    def _locks(self, lines: set[tuple[str, int]]) -> set[str]:
        return {
            lock for line in lines for site in self._deciding.sites_at(line) for lock in site.locks
        }


def _member(seqcount: str) -> str:
    """Return the last name of ``src_mm->write_protect_seq``: readers write it otherwise."""
    return seqcount.rpartition("->")[2].rpartition(".")[2]
