"""A tree read, and what has to be known about it before its decisions can be evaluated."""

from dataclasses import replace

from kanalyze.semantics.alike import Alike
from kanalyze.semantics.arms import pins_stay_mapped
from kanalyze.semantics.explainer import Explainer
from kanalyze.semantics.given import Tree


def read(tree: Tree, like: Explainer | None = None) -> Explainer:
    """Return the explainer of a tree, with the states excluded that the tree itself excludes.

    Whether a page that is pinned can have a swap entry is for the functions to
    say that unmap pages; they are followed first, with every state.  Of a tree
    that was read before, and that is ``like`` this one, the evaluations are kept
    that come through nothing that reads otherwise here.
    """
    first = Explainer(tree)
    changed = Alike(like.code, first.code).reached if like else frozenset()
    if like:
        first.keep(like, changed)
    if not first.features.exclusive_bit:
        return first  # unmapped by migration it comes back by the same fault
    found = first.given(replace(first.features, pins_stay_mapped=pins_stay_mapped(first)))
    if like:
        found.keep(like, changed)
    return found
