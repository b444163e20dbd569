"""Sites: every node that holds a vocabulary name or asks a derived signal, with its role."""

import re
from collections.abc import Mapping
from dataclasses import replace

from kanalyze.source.derived import ACTS, INSTALLS
from kanalyze.source.evidence import Evidence, Groups
from kanalyze.source.graph import Graph, Kind
from kanalyze.source.guards import Guards
from kanalyze.source.lex import squeeze, unbracketed
from kanalyze.source.locks import Locks
from kanalyze.source.model import Outcomes, Role, Site
from kanalyze.source.outcomes import Follower, strongest
from kanalyze.source.policy import policy_of
from kanalyze.source.preprocessor import Conditionals, conjuncts
from kanalyze.source.rules import Rules
from kanalyze.source.tokens import Token, Words, assigned

_ENABLED = re.compile(r"(!?)\bIS_ENABLED\((\w+)\)")


class SiteFinder:
    """Finds the sites of one function in one choice of ``#if`` arms."""

    def __init__(
        self,
        graph: Graph,
        words: Words,
        guards: Guards,
        locks: Locks,
        evidence: Evidence,
        follower: Follower,
        rules: Rules,
        derived: Mapping[str, Groups],
    ) -> None:
        self._graph = graph
        self._words = words
        self._guards = guards
        self._locks = locks
        self._evidence = evidence
        self._follower = follower
        self._rules = rules
        self._derived = derived

    def sites(self, arms: Conditionals) -> list[Site]:
        """Return the sites, in source order."""
        found: list[Site] = []
        for place, tokens in self._words.by_vertex.items():
            named = [token for token in tokens if self._is_signal(token)]
            variables = [token for token in named if self._is_mere_variable(token)]
            named = [token for token in named if token not in variables]
            if named and not self._is_mere_call(place, named):
                found.append(self._site(place, named, arms))
            if variables:
                found.append(self._unrelated(place, variables, arms))
        for token in self._words.homeless:
            if self._is_signal(token):
                found.append(self._lost(token, arms))
        return sorted(found, key=lambda site: site.offset)

    def _is_signal(self, token: Token) -> bool:
        return token.name in self._rules.kinds or (token.call and token.name in self._derived)

    def _is_mere_variable(self, token: Token) -> bool:
        kind = self._rules.kinds.get(token.name)
        return kind in ("evidence", "context") and self._words.is_variable(token)

    def _is_mere_call(self, place: int, named: list[Token]) -> bool:
        """Tell a derived signal that is called for its effect, its answer ignored."""
        if any(token.name in self._rules.kinds for token in named):
            return False
        if any(self._derived[token.name] & ACTS for token in named):
            return False
        kind = self._graph.vertices[place].kind
        return kind is Kind.STEP and not self._evidence.tests.get(place)

    def _site(self, place: int, named: list[Token], arms: Conditionals) -> Site:
        vertex = self._graph.vertices[place]
        predicate = squeeze(self._words.code[vertex.start : vertex.end]).rstrip("; ")
        outcomes, tested = self._outcomes(place)
        role, reason = self._role(place, named, outcomes, tested)
        condition = predicate
        if tested is not None and self._graph.vertices[tested].condition >= 0:
            whole = self._graph.conditions[self._graph.vertices[tested].condition]
            condition = unbracketed(squeeze(self._words.code[whole.start : whole.end]))
        known = self._guards.at(place)
        guards = tuple(guard for guard in known if not _ENABLED.fullmatch(guard))
        return Site(
            offset=named[0].offset,
            line=self._line(named[0].offset),
            role=role,
            predicate=predicate,
            condition=condition,
            signals=tuple(t.name for t in named if t.name in self._rules.kinds),
            derived=tuple(t.name for t in named if t.name not in self._rules.kinds),
            policy=policy_of(self._condition_groups(place, tested)),
            outcomes=outcomes if self._chooses(role, named) else None,
            guards=guards,
            locks=self._locks.held(place),
            config=tuple(conjuncts([*arms.config(vertex.start), *_enabled(known)])),
            reason=reason,
            passed=self._guards.passed(place),
            locked_by=self._locks.taken_by(place),
            installed_by=self._installed_by(place) if role == "arm" else (),
        )

    def _chooses(self, role: Role, named: list[Token]) -> bool:
        """Tell whether a site could have outcomes: what arms or grants follows a choice."""
        if {self._kind(token) for token in named} <= {"arm", "grant"}:
            return False
        return role in ("decision", "pin-check", "other")

    def _installed_by(self, start: int) -> tuple[str, ...]:
        """Return the calls that can put an entry in place first after ``start``."""
        found: set[str] = set()
        seen = {start}
        pending = list(self._graph.vertices[start].next)
        while pending:
            place = pending.pop()
            if place in seen:
                continue
            seen.add(place)
            here = {
                token.name
                for token in self._words.by_vertex.get(place, ())
                if token.call and INSTALLS.fullmatch(token.name)
            }
            found |= here
            if not here:
                pending.extend(self._graph.vertices[place].next)
        return tuple(sorted(found))

    def _line(self, offset: int) -> int:
        return self._words.code.count(b"\n", 0, offset)

    def _lost(self, token: Token, arms: Conditionals) -> Site:
        line = self._line(token.offset)
        return lost(token.name, token.offset, line, arms.config(token.offset), self._rules)

    def _unrelated(self, place: int, variables: list[Token], arms: Conditionals) -> Site:
        """Return a site for local variables that have the names of signals and are none."""
        site = self._site(place, variables, arms)
        reason = "a variable of that name"
        return replace(site, role="other", policy="", outcomes=None, reason=reason)

    def _outcomes(self, place: int) -> tuple[Outcomes | None, int | None]:
        """Return what the node decides, and the node that tests it (itself, or a later one)."""
        vertex = self._graph.vertices[place]
        if vertex.kind is Kind.ATOM:
            return self._follower.outcomes(place), place
        if vertex.kind is Kind.SWITCH:
            return None, place
        atoms = [p for p in self._evidence.tests.get(place, ()) if self._is_atom(p)]
        atoms.sort(key=lambda p: self._graph.vertices[p].start)
        told = {p: self._follower.outcomes(p) for p in atoms}
        best = strongest(told.values())
        for atom, outcomes in told.items():
            if outcomes is best:
                return outcomes, atom
        return None, None

    def _is_atom(self, place: int) -> bool:
        return self._graph.vertices[place].kind is Kind.ATOM

    def _condition_groups(self, place: int, tested: int | None) -> Groups:
        """Return the evidence of the whole condition that ``place`` is part of or feeds."""
        groups = self._evidence.groups(place)
        number = self._graph.vertices[tested].condition if tested is not None else -1
        if number < 0:
            return groups
        for other, vertex in enumerate(self._graph.vertices):
            if vertex.kind in (Kind.ATOM, Kind.SWITCH) and vertex.condition == number:
                groups |= self._evidence.groups(other)
        return groups

    # ----------------------------------------------------------------- roles

    def _role(
        self, place: int, named: list[Token], outcomes: Outcomes | None, tested: int | None
    ) -> tuple[Role, str]:
        vertex = self._graph.vertices[place]
        kinds = {self._kind(token) for token in named}
        if kinds == {"act"}:
            return self._call_role(named)
        if vertex.kind in (Kind.STEP, Kind.RETURN):
            role = self._statement_role(place, named, kinds)
            if role:
                return role
        if vertex.kind is Kind.SWITCH:
            return "decision", ""
        if outcomes is None or tested is None:
            return self._untested(place, kinds)
        if outcomes.true == outcomes.false == "continue":
            if self._only_counts(tested):
                return "accounting", "steers statistics only"
            return "other", "tested, but neither side reuses, copies or backs off"
        groups = self._evidence.groups(place)
        if "pin" in groups:
            return "pin-check", ""
        if kinds <= {"context", "act"} and not _strong(outcomes):
            return "other", "what the fault wants or the mapping allows"
        return "decision", ""

    def _kind(self, token: Token) -> str:
        kind = self._rules.kinds.get(token.name)
        if kind:
            return kind
        groups = self._derived[token.name] - ACTS
        if not groups:
            return "act"
        return "derived" if groups & self._rules.vocabulary.evidence.keys() else "context"

    def _call_role(self, named: list[Token]) -> tuple[Role, str]:
        name = named[0].name
        what = "arming" if "arms" in self._derived[name] else "a decision"
        return "other", f"leads to {what}, by calling {name}()"

    def _only_counts(self, atom: int) -> bool:
        """Tell whether all that the true side of ``atom`` does by itself is accounting."""
        place = self._graph.vertices[atom].next[0]
        counted = False
        while len(self._graph.vertices[place].next) == 1:
            place = self._graph.vertices[place].next[0]
            tokens = self._words.by_vertex.get(place, ())
            if self._graph.vertices[place].kind is not Kind.STEP:
                break
            if not any(self._rules.is_accounting(token.name) for token in tokens):
                break
            counted = True
        return counted

    def _statement_role(
        self, place: int, named: list[Token], kinds: set[str]
    ) -> tuple[Role, str] | None:
        vertex = self._graph.vertices[place]
        first = self._words.by_vertex[place][0].name
        if self._rules.is_assertion(first):
            return "assertion", ""
        if "arm" in kinds:
            return self._arm_role(place, named)
        if kinds == {"grant"}:
            groups = {self._rules.groups[token.name] for token in named}
            what = "makes writable" if groups == {"writable"} else "grants exclusivity"
            return "other", f"{what}: carries a decision out"
        if any(self._rules.is_accounting(token.name) for token in self._words.by_vertex[place]):
            return "accounting", "statistics, dump or trace"
        if vertex.kind is Kind.RETURN:
            return "other", "the value is the caller's"
        return None

    def _arm_role(self, place: int, named: list[Token]) -> tuple[Role, str]:
        if not any(self._rules.groups.get(token.name) == "unmap" for token in named):
            return "arm", ""
        if self._reaches(place, backwards=True, copied=True):
            return "other", "replaces the page by its copy"
        if not self._reaches(place, backwards=False, copied=False):
            return "other", "unmapped for good: nothing is put back"
        return "arm", ""

    def _reaches(self, start: int, *, backwards: bool, copied: bool) -> bool:
        """Tell whether a copy happened before, or an entry is put back after, ``start``."""
        before = self._graph.predecessors() if backwards else []
        seen = {start}
        pending = [start]
        while pending:
            place = pending.pop()
            ahead = before[place] if backwards else self._graph.vertices[place].next
            for other in ahead:
                if other in seen:
                    continue
                seen.add(other)
                for token in self._words.by_vertex.get(other, ()):
                    if copied and self._rules.outcome_of_name(token.name) == "copy":
                        return True
                    if not copied and INSTALLS.fullmatch(token.name):
                        return True
                pending.append(other)
        return False

    def _untested(self, place: int, kinds: set[str]) -> tuple[Role, str]:
        vertex = self._graph.vertices[place]
        if "seqcount" in kinds:
            return "other", "opens or closes a seqcount section"
        target = assigned(self._words.code[vertex.start : vertex.end])
        if target:
            return "other", f"stored in {target}, not tested here"
        calls = [t.name for t in self._words.by_vertex[place] if t.call]
        outer = next((name for name in calls if name not in self._rules.kinds), None)
        if outer and outer.startswith("atomic_"):
            return "other", "maintains the counter"
        return "other", f"passed to {outer}()" if outer else "neither tested nor changed"


def lost(name: str, offset: int, line: int, config: tuple[str, ...], rules: Rules) -> Site:
    """Return a site for a name where there is no graph to tell more, and say so."""
    return Site(
        offset=offset,
        line=line,
        role="other",
        predicate=name,
        condition=name,
        signals=(name,) if name in rules.kinds else (),
        derived=() if name in rules.kinds else (name,),
        policy="",
        outcomes=None,
        guards=(),
        locks=(),
        config=tuple(conjuncts(config)),
        reason="outside the control flow that was understood",
    )


def _strong(outcomes: Outcomes) -> bool:
    return bool({outcomes.true, outcomes.false} & {"reuse", "copy", "unshare"})


def _enabled(guards: tuple[str, ...]) -> list[str]:
    """Return the configuration conditions among guards."""
    return [match[1] + match[2] for guard in guards if (match := _ENABLED.fullmatch(guard))]
