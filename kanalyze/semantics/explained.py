"""``explain``: what the decisions of a tree do in every page state, and how the rules fare."""

from collections.abc import Iterator, Sequence

from kanalyze.semantics.arms import audit
from kanalyze.semantics.compare import compare
from kanalyze.semantics.concepts import concepts
from kanalyze.semantics.given import Tree
from kanalyze.semantics.model import Comparison, ExplainedTree, Explanation, Lanes
from kanalyze.semantics.over import lanes
from kanalyze.semantics.reading import read
from kanalyze.semantics.universe import invariants


def explain(tree: Tree, wanted: str = "") -> ExplainedTree:
    """Return what the decisions of a tree do in every page state, and how the rules fare.

    ``wanted`` names one function, or a site by its id; without it every decision
    is explained, every arming site audited and the code of each rule counted.
    Raises InputError when nothing of that name is there.
    """
    explainer = read(tree)
    names = (explainer.function_of(wanted),) if wanted else explainer.decisions()
    found = tuple(explainer.explanations(names, every=not wanted))
    return ExplainedTree(
        tree=tree.name,
        commit=tree.commit,
        describe=tree.describe,
        features=explainer.features,
        explanations=found,
        arms=tuple(audit(explainer, names[0] if wanted else "")),
        concepts=() if wanted else concepts(explainer),
        invariants=tuple(one.name for one in invariants(explainer.features)),
        notes=tuple(_notes(wanted, found)),
    )


def compared(before: Tree, after: Tree, wanted: str = "") -> Comparison:
    """Return the page states in which the decisions of two trees come to something else.

    ``wanted`` names one function, or a site in it, of either tree.
    Raises InputError when neither has it.
    """
    return compare(before, after, wanted)


def over(trees: Sequence[tuple[str, Tree]]) -> Lanes:
    """Return the decisions and the code of the rules in several releases, in their order."""
    return lanes([(name, read(tree)) for name, tree in trees])


def _notes(wanted: str, found: tuple[Explanation, ...]) -> Iterator[str]:
    if wanted and not found:
        yield f"{wanted} could not be evaluated: it is too large or could not be parsed"
    if not wanted and not found:
        yield "no decision between reuse and copy was found in the files that were read"
