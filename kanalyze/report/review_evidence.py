"""What running a series has shown, in the words that all forms of a review have."""

import re
from collections.abc import Iterable
from typing import TYPE_CHECKING

from kanalyze.report.explain_words import count
from kanalyze.report.review_phrases import listed

if TYPE_CHECKING:
    from kanalyze.review.model import Evidence, Finding, Mutated, Review

# What says nothing of a kernel: the case was not there to be judged.
_UNJUDGED = frozenset({"skip", "not-run"})
# So many cases, and mutants, are told of by name.
_NAMED = 3
_KILLED = "killed-"
# What a splat has for those who take it apart.
_DUMP = re.compile(
    r"(?:\[ *\d+\.\d+\] *)?"
    r"(?:Code|CPU|Hardware name|Modules linked in|R(?!IP)[A-Z0-9]{2}|[CD]R\d|[CDEFG]S|PKRU):"
    r"|(?:\[ *\d+\.\d+\] +)(?:\? |</?TASK>)"
)
# One page in so many is no difference.
_NOISE = 8


def is_lost(one: "Evidence") -> bool:
    """Tell whether a case passes on the base, and was judged otherwise behind the series."""
    return one.before == "pass" and one.after != "pass" and one.after not in _UNJUDGED


def is_gained(one: "Evidence") -> bool:
    """Tell whether a case passes behind the series, and was judged otherwise before."""
    return one.after == "pass" and one.before != "pass" and one.before not in _UNJUDGED


def is_costly(one: "Evidence") -> bool:
    """Tell whether more pages that nobody shares were copied behind the series (rule 2).

    A few are always copied more or less: for what the kernel does at the same time.
    """
    return (one.copied_after - one.copied_before) * _NOISE > one.pages


def lost(review: "Review") -> "list[Evidence]":
    """Return the test cases that pass on the base and not behind the series."""
    return [one for one in review.evidence if is_lost(one)]


def ran_on(one: "Evidence") -> str:
    """Return the kernel that a case ran on, with its configuration."""
    return f"{one.kernel} (config {one.config})" if one.config else one.kernel


def change(one: "Evidence") -> str:
    """Return what a case came to before and after, and what was counted."""
    said = f"{one.before} -> {one.after}"
    if one.pages and one.copied_before != one.copied_after:
        said += f", copied {one.copied_before} -> {one.copied_after} of {one.pages} pages"
    return said


def telling(one: "Evidence", most: int) -> list[str]:
    """Return of what was said the lines that a person reads first: no registers, no code."""
    lines = [line for line in words_of(one, len(one.lines)) if not _DUMP.match(line)]
    return lines[:most]


def words_of(one: "Evidence", most: int) -> list[str]:
    """Return what a case and the kernel said, at most so many lines, with why it is no pass."""
    lines = list(one.lines[:most])
    return lines if not one.reason or one.reason in lines else [one.reason, *lines]


def again(review: "Review") -> str:
    """Return the options with which a review ran test cases; empty if it ran none."""
    if not review.evidence:
        return ""
    config = review.evidence[0].config
    suites = dict.fromkeys(one.suite for one in review.evidence if one.suite)
    return "".join(
        [
            " --run",
            f" --build-config {config}" if config not in ("", "small") else "",
            "".join(f" --suite {one}" for one in suites) if "tree" in suites else "",
            " --mutate" if review.mutants else "",
        ]
    )


def tested(review: "Review") -> str:
    """Return what running it has shown, or that it was not run."""
    if review.partial:
        return "By its hunks only: it does not apply, and nothing was run."
    if not review.evidence:
        return "By analysis of the source only: nothing was run."
    kernels = listed(sorted({ran_on(one) for one in review.evidence}), 2)
    kernel = next((one for one in review.evidence if not one.suite), None)
    if kernel is not None:
        return f"On {kernels}: {kernel.case} before it, and not after it: {kernel.after}."
    gone = len(lost(review))
    said = f"{count(len(review.evidence), 'test case')}, none lost"
    if gone:
        said = f"{gone} of {count(len(review.evidence), 'test case')} lost, which passed before it"
    more = [
        (sum(map(is_gained, review.evidence)), "passed after it only"),
        (sum(map(is_costly, review.evidence)), "copied more than before"),
        (
            sum(one.before not in _UNJUDGED | {"pass"} for one in review.evidence),
            "did not pass before",
        ),
        (sum(one.before in _UNJUDGED for one in review.evidence), "skipped"),
        (
            sum(one.before == "pass" and one.after in _UNJUDGED for one in review.evidence),
            "could not be judged after it",
        ),
    ]
    return "; ".join([f"On {kernels}: {said}", *(f"{n} {what}" for n, what in more if n)]) + "."


def shown(review: "Review", one: "Finding") -> "list[Evidence]":
    """Return the cases that show a finding: that came to something else, and are about it."""
    if one.status != "introduced" or one.mended:
        return []
    own = [case for case in review.evidence if case.case in one.guards]
    if one.effect == "restores":
        return [case for case in own if is_gained(case)]
    broken = [case for case in own if is_lost(case)]
    return broken or ([case for case in own if is_costly(case)] if one.effect != "same" else [])


def basis(review: "Review", found: "Iterable[Finding]") -> str:
    """Return what findings rest on, for the sentence that tells of them."""
    if review.partial:
        return "by its hunks only"
    cases = {case.case for one in found for case in shown(review, one)}
    return f"by analysis; shown by {count(len(cases), 'test case')}" if cases else "by analysis"


def by_cases(review: "Review", found: "Iterable[Finding]") -> list[str]:
    """Return in a sentence each what the cases for some findings have shown, or which there are."""
    findings = list(found)
    guards = list(dict.fromkeys(name for one in findings for name in one.guards))
    ran = [one for one in review.evidence if one.case in guards]
    if not ran:
        return [f"Test cases for what it speaks of: {listed(guards, 4)}."] if guards else []
    showing = {case.case: case for one in findings for case in shown(review, one)}
    if not showing:
        judged = [one for one in ran if not {one.before, one.after} & _UNJUDGED]
        said = f"{count(len(ran), 'test case')} for it ran on {ran_on(ran[0])}"
        if not judged:
            return [f"{said}; {'it' if len(ran) == 1 else 'they'} could not be judged."]
        return [f"{said} and {'does' if len(ran) == 1 else 'do'} not show it."]
    by_change: dict[tuple[str, str], list[str]] = {}
    for case in showing.values():
        by_change.setdefault((ran_on(case), change(case)), []).append(f'"{case.case}"')
    told = [
        f"Shown by {listed(names, _NAMED)} on {kernel}: {what}."
        for (kernel, what), names in list(by_change.items())[:_NAMED]
    ]
    more = sum(len(names) for names in list(by_change.values())[_NAMED:])
    return [*told, *([f"So do {count(more, 'other')} in other ways."] if more else [])]


# ----------------------------------------------------------------------- mutants


def mutants_of(review: "Review", found: "Iterable[Finding]") -> "list[Mutated]":
    """Return the mutants of what some findings speak of: of the function, or of a site there."""
    names = set()
    for one in found:
        names |= {one.function, *(id_.rpartition(".")[0] for id_ in one.ids)}
    return [one for one in review.mutants if one.function in names]


def by_mutants(review: "Review", found: "Iterable[Finding]") -> list[str]:
    """Return in a sentence each whether the cases for some findings can fail.

    Cases that show the findings have failed already and notice nothing more: of mutants
    that no other case notices there is nothing to say then.
    """
    findings = list(found)
    own = mutants_of(review, findings)
    real = [one for one in own if one.outcome != "equivalent"]
    if not real:
        return []
    killed = [one for one in real if one.outcome.startswith(_KILLED)]
    if not killed and any(is_lost(case) for one in findings for case in shown(review, one)):
        return []
    names = listed(sorted({f"{one.function}()" for one in real}), _NAMED)
    begin = f"Of {count(len(real), 'mutant')} of {names} the cases notice {len(killed)}"
    first = next((one for one in killed if one.cases), None)
    if first is not None:
        begin += f', such as {first.operator} of {first.text} (by "{first.cases[0]}")'
    said = [f"{begin}."]
    left = [one for one in real if one not in killed]
    if left:
        what = listed([f"{one.operator} of {one.text}" for one in left], _NAMED)
        said.append(f"Not noticed: {what}.")
    return said
