"""What guards a finding: the generated test cases that put a page into its state."""

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

from kanalyze.review.model import Finding, Review
from kanalyze.selftests.cases import CaseRecord, Covered
from kanalyze.selftests.cases_json import read_cases


def with_guards(review: Review, directory: Path) -> Review:
    """Return a review whose findings name the cases of a generated suite that cover them.

    Raises InputError where ``directory`` is not one that ``generate`` wrote.
    """
    cases = read_cases(directory)
    return replace(
        review,
        findings=tuple(replace(one, guards=guards(one, cases)) for one in review.findings),
    )


def guards(finding: Finding, cases: Sequence[CaseRecord]) -> tuple[str, ...]:
    """Return the names of the cases that can notice what a finding says.

    They are about its function or sites, and about its rule.  Of these the ones
    count that have a page in the very state that shows it, if there are any.
    """
    about = [
        (case, one)
        for case in cases
        if not finding.rules or case.rule.upper() in finding.rules
        for one in case.covers
        if is_about(one, finding)
    ]
    exact = [(case, one) for case, one in about if finding.state and one.state == finding.state]
    return tuple(dict.fromkeys(case.name for case, _ in exact or about))


def is_about(one: Covered, finding: Finding) -> bool:
    """Tell whether a case covers what a finding speaks of, in whatever state."""
    return one.id in finding.ids or one.function == finding.function
