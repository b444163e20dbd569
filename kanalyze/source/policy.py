"""Policies: which kind of evidence a condition rests on."""

from kanalyze.source.evidence import Groups

# The groups that make a policy; the others only when nothing else takes part.
_DECIDING = ("refcount", "mapcount", "exclusive-bit", "swap-count", "pin")


def policy_of(groups: Groups) -> str:
    """Return the policy of a condition from its evidence groups; empty without evidence."""
    deciding = [group for group in _DECIDING if group in groups]
    if deciding == ["refcount", "mapcount"]:
        return "refcount+mapcount"
    if len(deciding) > 1:
        return "mixed"
    return deciding[0] if deciding else "+".join(sorted(groups))
