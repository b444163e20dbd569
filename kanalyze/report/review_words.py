"""The words in which all forms of a review say the same."""

from collections.abc import Sequence
from typing import TYPE_CHECKING, Literal

from kanalyze import __version__
from kanalyze.report.explain_words import count
from kanalyze.report.review_evidence import again, basis, by_cases, by_mutants
from kanalyze.report.review_phrases import as_sentence, listed, once, outcomes, topic

if TYPE_CHECKING:
    from kanalyze.review.model import Finding, Review

Severity = Literal["error", "warning", "note"]
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
# How a finding begins what else it is: several are one sentence.
_ALSO = "also: "
NOTHING = "touches no decision about reuse or copy, no arming site and no seqcount section"


def introduced(review: "Review") -> "list[Finding]":
    """Return what the series itself does, the worst first, and what it takes back last."""
    found = [one for one in review.findings if one.status == "introduced"]
    return sorted(found, key=lambda one: (not lasts(one), _RANK.index(one.effect), one.patch))


def lasts(one: "Finding") -> bool:
    """Tell whether the series as a whole does it: no patch of it undoes another."""
    return not one.mended and not one.undoes


def standing(review: "Review", status: str) -> "list[Finding]":
    """Return what was so before, where the series goes ("touched") or elsewhere."""
    return [one for one in review.findings if one.status == status]


def verdict(review: "Review") -> str:
    """Return the one sentence that says what the series comes to."""
    if not review.touches_decisions:
        return f"This {_unit(review)} {NOTHING}{' (by its hunks only)' if review.partial else ''}."
    found = introduced(review)
    if not found:
        return f"This {_unit(review)} touches decisions and changes none of their answers."
    if not lasts(found[0]):
        names = listed([topic(one) for one in found], 3)
        return f"This {_unit(review)} breaks {_rules(found)} in {names}, and takes that back."
    gravest = [one for one in found if one.effect == found[0].effect and lasts(one)]
    names = listed([topic(one) for one in gravest], 3)
    rules = _rules(gravest)
    says = {
        "breaks": f"breaks {rules} in {names}",
        "weakens": f"weakens what keeps {rules} in {names}",
        "unknown": f"changes {names}; what that comes to could not be followed",
        "changes": f"changes the answers of {names} and breaks no rule",
        "restores": f"restores {rules} in {names}",
        "same": f"changes no answer of {names}",
    }[found[0].effect]
    return f"This {_unit(review)} {says} ({basis(review, gravest)})."


def counts(review: "Review") -> str:
    """Return how much the series does, in one sentence."""
    found = introduced(review)
    if review.partial:
        return f"{count(len(found), 'finding')} in its hunks; what they come to was not evaluated."
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
    return f"{count(touches, 'site')} touched; {changed}."


def severity(one: "Finding") -> Severity:
    """Return how much a finding weighs for a program that counts."""
    if one.status != "introduced" or one.effect in ("changes", "restores", "same"):
        return "note"
    # What a later patch mends is wrong for whoever bisects, and for nobody else.
    return "error" if one.effect == "breaks" and not one.mended else "warning"


def worst(found: "Sequence[Finding]") -> Severity:
    """Return what the gravest of some findings weighs; a note if there is none."""
    order: tuple[Severity, ...] = ("error", "warning", "note")
    return min((severity(one) for one in found), key=order.index, default="note")


def about(one: "Finding") -> str:
    """Return in a sentence what a finding is, and the rule that it is about."""
    # A function's name keeps its case.
    what = f"T{one.what[1:]}" if one.what.startswith("the ") else one.what
    rule = one.rules[0] if one.rules else ""
    if one.effect in ("breaks", "restores", "weakens") and rule in RULES:
        joined = f"{what};" if ":" in what else f"{what}:"
        return f"{joined} that {one.effect} rule {rule[1:]}, {RULES[rule]}."
    return f"{what}."


def witness(one: "Finding", *, named: bool = False) -> str:
    """Return in a sentence the page state that shows a finding; empty if there is none."""
    if not one.state:
        return ""
    begin = f"Smallest state for {topic(one)}" if named else "Smallest state"
    if not (one.before or one.after):
        return f"{begin}: {one.state}."
    changed = one.before and one.before != one.after
    was = f"was {outcomes(one.before)}, is now " if changed else ""
    many = f" ({one.states} of {one.of} page states)" if one.of else ""
    return f"{begin}: {one.state}: {was}{outcomes(one.after)}{many}."


def remark(review: "Review", one: "Finding") -> "list[str]":
    """Return what there is to say about a finding, a paragraph each."""
    return remarks(review, [one])


def remarks(review: "Review", found: "Sequence[Finding]") -> list[str]:
    """Return what there is to say about findings of one place, a paragraph each.

    First what they are, then a state each that shows it, then what that rests on and
    what running it has shown; nothing is said twice.
    """
    said = once(about(one) for one in found)
    # The words of a rule are the same in every sentence that ends in it.
    seen: set[str] = set()
    for index, sentence in enumerate(said):
        head, comma, words = sentence.rpartition(", ")
        if words.removesuffix(".") in RULES.values():
            if words in seen:
                said[index] = f"{head}."
            seen.add(words)
    states = once(witness(one, named=len(found) > 1) for one in found)
    also = once(line[len(_ALSO) :] for one in found for line in one.why if line.startswith(_ALSO))
    why = once(as_sentence(line) for one in found for line in one.why if not line.startswith(_ALSO))
    why += [as_sentence(f"also: {'; '.join(also)}")] if also else []
    ran = (by_cases(review, found), by_mutants(review, found))
    return [
        *([" ".join(said)] if len(said) < 3 else said),
        *states,
        *once(_within(one) for one in found),
        *([" ".join(why)] if why else []),
        *(" ".join(told) for told in ran if told),
    ]


def _within(one: "Finding") -> str:
    """Return in a sentence which other patch of the series it has to do with."""
    if one.mended:
        return f"Patch {one.mended} takes that back; whoever bisects in between has it."
    return f"That undoes what patch {one.undoes} did." if one.undoes else ""


def facts(review: "Review") -> list[tuple[str, str]]:
    """Return what somebody needs who wants to see the same: (what, value)."""
    how = f" ({review.base_how})" if review.base_how else ""
    begin = review.base[:12] if review.base[:12] not in review.base_describe else ""
    base = " ".join(filter(None, [begin, f"{review.base_describe}{how}"]))
    told = [("base", base if review.base else review.base_how or "none")]
    told += [("kanalyze", __version__), ("again", _again(review))]
    return [*told, *review.facts]


def _again(review: "Review") -> str:
    """Return the command for it, wherever the reader has the tree."""
    how = again(review)
    if any(patch.mail for patch in review.patches):
        base = f" --base {review.base[:12]}" if review.base else ""
        return f"kanalyze review TREE MBOX{base}{how}"
    tip = review.patches[-1].commit[:12] if review.patches else ""
    return f"kanalyze review TREE --range {review.base[:12]}..{tip}{how}"


def _unit(review: "Review") -> str:
    return "patch" if len(review.patches) == 1 else "series"


def _rules(found: "Sequence[Finding]") -> str:
    numbers = sorted({rule[1:] for one in found for rule in one.rules})
    if not numbers:
        return "what a section keeps"
    return f"rule {listed(numbers)}" if len(numbers) == 1 else f"rules {listed(numbers)}"
