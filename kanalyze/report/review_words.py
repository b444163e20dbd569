"""The words in which all forms of a review say the same."""

from collections.abc import Sequence
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from kanalyze.review.model import Finding, Review

#: What became of a rule, in one word for a table.
VERDICTS = {
    "breaks": "BREAKS",
    "weakens": "WEAKENS",
    "unknown": "CHECK",
    "changes": "CHANGES",
    "restores": "RESTORES",
    "same": "SAME",
}
RULES = {
    "R1": "only a page that is obviously mine alone may be reused",
    "R2": "copying is always safe",
    "R3": "what is pinned must not be armed for copy-on-write",
}
_RANK = tuple(VERDICTS)
NOTHING = "touches no decision about reuse or copy, no arming site and no seqcount section"


def introduced(review: "Review") -> "list[Finding]":
    """Return what the series itself does, the worst first."""
    found = [one for one in review.findings if one.status == "introduced"]
    return sorted(found, key=lambda one: (_RANK.index(one.effect), one.patch))


def standing(review: "Review", status: str) -> "list[Finding]":
    """Return what was so before, where the series goes ("touched") or elsewhere."""
    return [one for one in review.findings if one.status == status]


def verdict(review: "Review") -> str:
    """Return the one sentence that says what the series comes to."""
    if not review.touches_decisions:
        return f"This {_unit(review)} {NOTHING}."
    found = introduced(review)
    if not found:
        return f"This {_unit(review)} touches decisions and changes none of their answers."
    worst = found[0].effect
    names = listed([f"{one.function}()" for one in found if one.effect == worst])
    rules = _rules([one for one in found if one.effect == worst])
    says = {
        "breaks": f"breaks {rules} in {names}",
        "weakens": f"weakens what keeps {rules} in {names}",
        "unknown": f"changes {names}; what that comes to could not be followed",
        "changes": f"changes the answers of {names} and breaks no rule",
        "restores": f"restores {rules} in {names}",
        "same": f"changes no answer of {names}",
    }[worst]
    return f"This {_unit(review)} {says} (by analysis)."


def counts(review: "Review") -> str:
    """Return how much the series does, in one sentence."""
    found = introduced(review)
    by_kind = [
        f"{number} {word if number == 1 else word + 's'}"
        for word, about in (
            ("decision", "decision"),
            ("arming site", "arm"),
            ("pin check", "pin-check"),
            ("seqcount section", "section"),
        )
        if (number := sum(one.about == about for one in found))
    ]
    touches = sum(len(patch.touches) for patch in review.patches)
    changed = f"changed in meaning: {', '.join(by_kind)}" if by_kind else "none changed in meaning"
    return f"{touches} conditions and statements touched; {changed}."


def tested(review: "Review") -> str:
    """Return what running it has shown, or that it was not run."""
    if not review.evidence:
        return "By analysis of the source only: nothing was run."
    lost = [one.case for one in review.evidence if one.before == "pass" and one.after != "pass"]
    kernels = listed(sorted({one.kernel for one in review.evidence}))
    if lost:
        return f"On {kernels}: {len(lost)} test cases pass before it and not after it."
    return f"On {kernels}: {len(review.evidence)} test cases come out as before."


def listed(words: Sequence[str]) -> str:
    """Return "a, b and c", each once."""
    once = list(dict.fromkeys(words))
    return " and ".join([*([", ".join(once[:-1])] if once[1:] else []), *once[-1:]])


def outcomes(names: Sequence[str]) -> str:
    """Return what can become of a page, in words."""
    return " or ".join(names) if names else "nothing that is known"


def remark(one: "Finding") -> "list[str]":
    """Return what there is to say about a finding, a paragraph each."""
    verb = {"breaks": "breaks", "restores": "restores", "weakens": "weakens"}.get(one.effect, "")
    rule = one.rules[0] if one.rules else ""
    said = [f"{one.what}."]
    if verb and rule:
        said = [f"{one.what}: that {verb} rule {rule[1:]}, {RULES[rule]}."]
    if one.state and (one.before or one.after):
        was = f"was {outcomes(one.before)}, is now " if one.before and one.effect != "same" else ""
        many = f" ({one.states} of {one.of} page states)" if one.of else ""
        said.append(f"Smallest state: {one.state}: {was}{outcomes(one.after)}{many}.")
    elif one.state:
        said.append(f"Smallest state: {one.state}.")
    said += [f"{line[:1].upper()}{line[1:]}{'' if line.endswith('.') else '.'}" for line in one.why]
    if one.guards:
        said.append(f"Test cases that put a page there: {listed(one.guards)}.")
    return said


def _unit(review: "Review") -> str:
    return "patch" if len(review.patches) == 1 else "series"


def _rules(found: "Sequence[Finding]") -> str:
    numbers = sorted({rule[1:] for one in found for rule in one.rules})
    return f"rule {listed(numbers)}" if len(numbers) == 1 else f"rules {listed(numbers)}"
