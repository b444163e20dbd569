"""What makes the exit status 1: a rule that is broken."""

from kanalyze.semantics.model import Comparison, ExplainedTree


def fails(found: ExplainedTree) -> bool:
    """Tell whether a rule is broken or an arming site is a finding."""
    rules = (rule for one in found.explanations for rule in one.rules)
    return any(rule.verdict == "broken" for rule in rules) or any(
        arm.verdict == "finding" for arm in found.arms
    )


def breaks(found: Comparison) -> bool:
    """Tell whether the later revision breaks a rule where the earlier one did not."""
    return any(group.breaks for one in found.differences for group in one.groups)
