"""A tree read, and what has to be known about it before its decisions can be evaluated."""

from dataclasses import replace

from kanalyze.semantics.arms import pins_stay_mapped
from kanalyze.semantics.explainer import Explainer
from kanalyze.semantics.given import Tree


def read(tree: Tree) -> Explainer:
    """Return the explainer of a tree, with the states excluded that the tree itself excludes.

    Whether a page that is pinned can have a swap entry is for the functions to
    say that unmap pages; they are followed first, with every state.
    """
    first = Explainer(tree)
    if not first.features.exclusive_bit:
        return first  # unmapped by migration it comes back by the same fault
    return first.given(replace(first.features, pins_stay_mapped=pins_stay_mapped(first)))
