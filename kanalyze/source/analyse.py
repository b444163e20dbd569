"""One function in, its facts out: the passes in their order.

Pure and without state: the same text, rules and derived signals give the same
facts, on any worker and in any order, which is what lets them be stored.
"""

from collections.abc import Iterable, Mapping
from dataclasses import replace

from kanalyze.source.build import build
from kanalyze.source.conditions import TooDeep
from kanalyze.source.derived import (
    NOT_AN_ANSWER,
    acts,
    could_answer,
    is_answer,
    passes,
    result_is_truth,
    result_is_truth_like,
    summarise,
)
from kanalyze.source.evidence import Evidence, Groups
from kanalyze.source.graph import Graph
from kanalyze.source.guards import Guards
from kanalyze.source.lex import DIRECTIVE, IDENTIFIER, blank, blank_directives
from kanalyze.source.locks import Locks
from kanalyze.source.model import FunctionFacts, Problem, Section, Site, Summary
from kanalyze.source.outcomes import Follower
from kanalyze.source.parse import Problem as Misread
from kanalyze.source.parse import parse
from kanalyze.source.preprocessor import NO_CONDITIONALS, Conditionals, conditionals, variants
from kanalyze.source.results import Results
from kanalyze.source.rules import Rules
from kanalyze.source.sections import sections
from kanalyze.source.sites import SiteFinder, lost
from kanalyze.source.tokens import words

_MAX_BYTES = 65_536
_MAX_DIRECTIVES = 300

_NO_DERIVED: Mapping[str, Groups] = {}


class _Variant:
    """One function with one choice of ``#if`` arms, parsed."""

    def __init__(self, code: bytes, body: int, rules: Rules) -> None:
        self.code = code
        self.header = code[:body]
        node, problems = parse(rules.masker.mask(code, body))
        self.graph: Graph | None = None
        if node is not None:
            truth = result_is_truth(self.header)
            try:
                self.graph = build(node, code, boolean=truth, transparent=rules.transparent)
            except TooDeep as error:
                problems = (*problems, Misread(error.offset, str(error)))
        self.problems = tuple(
            Problem(line=code.count(b"\n", 0, one.offset), what=one.what) for one in problems
        )


def refused(text: bytes, code: bytes) -> str:
    """Return why a function is not analysed, empty if it is.

    The work grows faster than the text.  The bounds are several times what
    the largest functions of the kernel with a name of the vocabulary have.
    """
    if len(text) > _MAX_BYTES:
        return f"{len(text)} bytes, more than the {_MAX_BYTES} that are analysed"
    directives = sum(1 for _ in DIRECTIVE.finditer(code))
    if directives > _MAX_DIRECTIVES:
        return f"{directives} directives, more than the {_MAX_DIRECTIVES} that are followed"
    return ""


def summary(text: bytes, body: int, rules: Rules) -> Summary:
    """Return whether the function's result could tell who shares a page, and by what."""
    code = blank(text)
    header = code[:body]
    names = {match.decode("ascii") for match in IDENTIFIER.findall(code, body)}
    found = NOT_AN_ANSWER
    if (could_answer(header) or result_is_truth_like(header)) and not refused(text, code):
        found = _answer(code, body, rules)
    return replace(found, acts=acts(names, rules), passes=passes(header))


def _answer(code: bytes, body: int, rules: Rules) -> Summary:
    found = NOT_AN_ANSWER
    for choice in variants(code, conditionals(code)):
        variant = _Variant(choice, body, rules)
        if variant.graph is None:
            continue
        names = words(variant.graph, choice, body)
        evidence = Evidence(variant.graph, names, rules, _NO_DERIVED, every_call=True)
        found = _joined(found, summarise(Results(variant.graph, names), evidence, variant.header))
    return found


def _joined(one: Summary, other: Summary) -> Summary:
    if not one.result or not other.result:
        return one if one.result else other
    return Summary(
        result=one.result,
        groups=tuple(sorted({*one.groups, *other.groups})),
        calls=tuple(sorted({*one.calls, *other.calls})),
        forwards=tuple(sorted({*one.forwards, *other.forwards})),
        wraps=one.wraps if one.wraps == other.wraps else "",
    )


def facts(
    text: bytes, body: int, rules: Rules, derived: Mapping[str, Groups] = _NO_DERIVED
) -> FunctionFacts:
    """Return the sites, sections and problems of one function.

    ``text`` is the function's source and ``body`` the offset of its opening
    brace, as :func:`kanalyze.source.functions` gives them; ``derived`` the
    derived signals known, with the evidence groups that they rest on.
    """
    code = blank(text)
    why_not = refused(text, code)
    if why_not:
        plain = blank_directives(code)
        sites = _lost([plain], set(), body, rules, NO_CONDITIONALS)
        return FunctionFacts(sites=sites, sections=(), problems=(Problem(line=0, what=why_not),))
    arms = conditionals(code)
    merged: dict[int, Site] = {}
    found: dict[int, Section] = {}
    problems: list[Problem] = []
    read: list[bytes] = []
    not_read: list[bytes] = []
    for choice in variants(code, arms):
        variant = _Variant(choice, body, rules)
        problems.extend(variant.problems)
        if variant.graph is None:
            not_read.append(choice)
            continue
        read.append(choice)
        for site in _sites(variant.graph, choice, body, rules, derived, arms):
            if isinstance(site, Section):
                known = found.get(site.offset)
                found[site.offset] = site if known is None or known.balanced else known
            else:
                old = merged.get(site.offset)
                merged[site.offset] = site if old is None else _met(old, site)
    every = [*merged.values()]
    if not_read:
        seen = {match.start() for one in read for match in rules.words.finditer(one, body)}
        every += _lost(not_read, seen, body, rules, arms)
    return FunctionFacts(
        sites=tuple(sorted(every, key=lambda site: site.offset)),
        sections=tuple(found[offset] for offset in sorted(found)),
        problems=tuple(dict.fromkeys(problems)),
    )


def _lost(
    texts: Iterable[bytes], read: set[int], body: int, rules: Rules, arms: Conditionals
) -> tuple[Site, ...]:
    """Return a site for every name of the vocabulary in ``texts``, except at ``read``."""
    found: dict[int, Site] = {}
    for text in texts:
        line = behind = 0
        for match in rules.words.finditer(text, body):
            place = match.start()
            line += text.count(b"\n", behind, place)
            behind = place
            if place not in read and place not in found:
                name = match.group().decode("ascii")
                found[place] = lost(name, place, line, arms.config(place), rules)
    return tuple(found.values())


def _sites(
    graph: Graph,
    code: bytes,
    body: int,
    rules: Rules,
    derived: Mapping[str, Groups],
    arms: Conditionals,
) -> list[Site | Section]:
    names = words(graph, code, body)
    guards = Guards(graph, code)
    locks = Locks(graph, names, rules, code[:body])
    evidence = Evidence(graph, names, rules, derived)
    results = Results(graph, names)
    product = results if is_answer(code[:body], results) else None
    follower = Follower(graph, names, rules, product)
    finder = SiteFinder(graph, names, guards, locks, evidence, follower, rules, derived)
    return [*finder.sites(arms), *sections(graph, names, locks, rules)]


def _met(one: Site, other: Site) -> Site:
    """Return a site seen in two choices of arms: only what holds in both is certain."""
    return replace(
        one,
        guards=tuple(guard for guard in one.guards if guard in other.guards),
        locks=tuple(lock for lock in one.locks if lock in other.locks),
    )
