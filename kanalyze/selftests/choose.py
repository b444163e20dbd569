"""From decisions to cases: the states that tell outcomes apart, and how a page gets there.

Every decision function is evaluated in every page state.  The states in which
it can come to the same, and of which the same rule has something to say, are a
group; the recipes that lead into one are its cases.  Of these the fewest are
taken that keep every group with every kind of memory, and with each way of
sharing, holding, arming and accessing the page.
"""

import heapq
from collections.abc import Hashable, Iterable, Iterator, Mapping
from typing import Protocol

from kanalyze.selftests.cases import Case, Plan, ProgramName, Race, Unreached
from kanalyze.selftests.choose_races import races
from kanalyze.selftests.choose_reasons import Reasons
from kanalyze.selftests.covers import About, Covering, StateGroup
from kanalyze.selftests.pieces import Pieces
from kanalyze.selftests.recipes import Cookbook, Recipe
from kanalyze.selftests.scope import Scope, Thing, things
from kanalyze.selftests.through import Reach
from kanalyze.semantics.explainer import Explainer
from kanalyze.semantics.states import Features
from kanalyze.semantics.words import words


class Known(Protocol):
    """Where upstream says that it knows a rule to be broken."""

    def xfail(self, names: Mapping[str, str]) -> str:
        """Return the source, for pieces by kind and the rule; "" for most."""
        ...


def choose(
    explainer: Explainer,
    pieces: Pieces,
    known: Known,
    scope: Scope,
    *,
    always: frozenset[str] = frozenset(),
) -> Plan:
    """Return the cases for what is in scope, and what there is no case for.

    ``always`` names cases that are in every set for a whole tree, if its kernel
    can have the page in that state.

    Raises InputError as :func:`kanalyze.selftests.scope.things` does.
    """
    wanted = things(explainer, scope)
    reach = Reach(explainer, pieces)
    covering = Covering(explainer, reach, wanted)
    recipes = [
        (recipe, covering.about(recipe))
        for recipe in Cookbook(pieces).recipes()
        if recipe.possible(explainer.features)
    ]
    every = not scope.range and not scope.wanted
    kept = always if every else frozenset()
    # What decides may do so without a site that scan knows: of a file's page, say.
    useful = [
        (recipe, about)
        for recipe, about in recipes
        if about.covers or (every and about.groups) or recipe.name in kept
    ]
    chosen = _fewest(useful, every=every, kept=kept)
    cases = tuple(
        sorted((_case(*one, known, explainer.features) for one in chosen), key=_program_place)
    )
    run = tuple(races(explainer, pieces, known, reach, wanted))
    tested = {one.id for each in (cases, run) for case in each for one in case.covers}
    reasons = Reasons(explainer, pieces, covering, reach)
    return Plan(
        describe=explainer.tree.describe,
        commit=explainer.tree.commit,
        range=scope.range,
        cases=cases,
        races=run,
        uncovered=tuple(reasons.uncovered(one) for one in wanted if one.id not in tested),
        unreached=tuple(_unreached(covering, recipes, wanted)),
    )


def _case(recipe: Recipe, about: About, known: Known, features: Features) -> Case:
    names: dict[str, str] = {piece.kind: piece.name for piece in recipe.pieces}
    return Case(
        recipe=recipe,
        program=program_of(recipe),
        state=recipe.moments[-1].at(features).words,
        covers=about.covers,
        xfail=known.xfail({**names, "rule": recipe.rule}),
    )


_PROGRAMS: tuple[ProgramName, ...] = (
    "cow_rules_reuse", "cow_rules_copies", "cow_rules_pins", "cow_rules_force", "cow_rules_race",
)  # fmt: skip
_OF_RULE: Mapping[str, ProgramName] = {
    "r1": "cow_rules_reuse", "r2": "cow_rules_copies", "r3": "cow_rules_pins",
}  # fmt: skip


def program_of(recipe: Recipe) -> ProgramName:
    """Return the program that a case goes into: one a rule, and one for accesses by GUP."""
    return "cow_rules_force" if recipe.access.through else _OF_RULE[recipe.rule]


def _program_place(case: Case | Race) -> int:
    return _PROGRAMS.index(case.program)


# -------------------------------------------------------------------- the fewest


def _fewest(
    recipes: list[tuple[Recipe, About]], *, every: bool, kept: frozenset[str]
) -> Iterator[tuple[Recipe, About]]:
    """Yield recipes, in their order, that together add all that any of them does.

    Those that are kept come first, then whichever adds most, of equals the plainer one.
    """
    adds = [frozenset(_adds(recipe, about, every=every)) for recipe, about in recipes]
    chosen = [place for place, (recipe, _) in enumerate(recipes) if recipe.name in kept]
    left: set[Hashable] = set().union(*adds)
    left -= set().union(*(adds[place] for place in chosen))
    heap = [(-len(what), place) for place, what in enumerate(adds)]
    heapq.heapify(heap)
    while left and heap:
        count, place = heapq.heappop(heap)
        now = len(adds[place] & left)
        if now != -count:  # others have what it would have added
            if now:
                heapq.heappush(heap, (-now, place))
            continue
        left -= adds[place]
        chosen.append(place)
    yield from (recipes[place] for place in sorted(chosen))


def _adds(recipe: Recipe, about: About, *, every: bool) -> Iterator[Hashable]:
    """Yield what a case adds to others.

    Each group of states with the memory and each other part of the recipe, and
    each thing with the memory and the piece that gets there.
    """
    steps = [piece.path for piece in (recipe.other, recipe.reference, recipe.arm, recipe.access)]
    functions = {one.function for one in about.covers}
    for group, step in about.groups:
        if every or group.function in functions:
            yield group, recipe.memory.name, step
    for one in about.covers:
        yield one.id, recipe.memory.name, recipe.rule
    if about.covers:
        for step in steps:
            yield recipe.rule, recipe.memory.name, step


# ------------------------------------------------------------------ what is left


def _unreached(
    covering: Covering, recipes: Iterable[tuple[Recipe, About]], wanted: tuple[Thing, ...]
) -> Iterator[Unreached]:
    reached: set[StateGroup] = {group for _, about in recipes for group, _ in about.groups}
    functions = {thing.function for thing in wanted}
    for decision in covering.decisions:
        found = decision.evaluation
        if not functions & found.nodes_of.keys():
            continue
        for group, smallest, count in decision.groups():
            if group not in reached:
                yield Unreached(
                    function=group.function,
                    file=found.program.file,
                    trigger=group.trigger,
                    size=group.size,
                    outcomes=group.outcomes,
                    states=count,
                    words=words(found.universe.state(smallest), group.trigger),
                )
