"""Which kinds of evidence a function's decisions rest on."""

from collections.abc import Iterable

from kanalyze.semantics.given import SiteLike

_ORDER = ("exclusive-bit", "refcount", "mapcount", "swap-count", "pin")


def policy(sites: Iterable[SiteLike], function: str) -> str:
    """Return the evidence that the decisions of ``function`` rest on, joined by ``+``.

    Empty when it asks for none.
    """
    own = [site for site in sites if site.function == function and site.role in _ASKS]
    parts = {part for site in own for part in site.policy.split("+")}
    telling = [part for part in _ORDER if part in parts]
    if "mixed" in parts and not telling:
        return "mixed"
    return "+".join(telling) or "+".join(sorted(parts - {"mixed", ""}))


_ASKS = ("decision", "pin-check")
