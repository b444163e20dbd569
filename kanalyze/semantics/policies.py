"""Which kinds of evidence a decision rests on."""

from kanalyze.semantics.deciding import Deciding
from kanalyze.semantics.evaluate import Evaluation
from kanalyze.semantics.given import Tree

_ORDER = ("exclusive-bit", "refcount", "mapcount", "swap-count", "pin")


def policy(deciding: Deciding, evaluation: Evaluation, tree: Tree) -> str:
    """Return the evidence that a decision rests on for one trigger and size, joined by ``+``.

    That of the conditions that settle it, in the function and in the helpers
    that it asks.  Where none does (everything is reused, or copied), that of
    the function's own decisions, and of the helpers in them.  Empty when it asks for none.
    """
    told = deciding.answers(evaluation)
    groups: set[str] = set()
    for place in deciding.conditions(told, evaluation):
        asked = {tree.rules.groups[name] for name in deciding.asks(place) & deciding.primitive}
        # A reference count against GUP_PIN_COUNTING_BIAS is a count of pins.
        groups |= asked - {"refcount"} if "pin" in asked else asked
    if not groups:
        name = evaluation.program.name
        roles = ("pin-check",) if evaluation.entry.trigger == "fork" else ("decision", "pin-check")
        own = [site for site in tree.sites if site.function == name and site.role in roles]
        for site in own:
            below = (deciding.asked_below(helper) for helper in site.derived)
            asked_there = frozenset(site.signals).union(*below) & deciding.primitive
            groups |= {tree.rules.groups[name] for name in asked_there}
    telling = [part for part in _ORDER if part in groups]
    return "+".join(telling) or "+".join(sorted(groups))
