"""What explain said of a case, held against what was observed."""

from collections.abc import Iterable
from dataclasses import replace

from kanalyze.lab.model import Agreement, CaseResult, Prediction

#: Outcomes in which the rule was judged.
_JUDGED = {"pass": "pass", "fail": "fail", "xfail": "fail"}


def held_against(
    predictions: Iterable[Prediction], results: Iterable[CaseResult]
) -> tuple[Prediction, ...]:
    """Return ``predictions`` with what the results say of them.

    Of a case that was repeated, the attempt in which something was seen counts:
    a race need not show itself every time, and what was seen once is there.
    """
    observed: dict[tuple[str, str, str], list[CaseResult]] = {}
    for result in results:
        observed.setdefault((result.kernel, result.program, result.case), []).append(result)
    return tuple(
        replace(
            one, agreement=_agreement(one, observed.get((one.kernel, one.program, one.case), []))
        )
        for one in predictions
    )


def _agreement(prediction: Prediction, results: list[CaseResult]) -> Agreement:
    seen: set[str] = set()
    match prediction.expected:
        case "pass" | "fail":
            seen = {_JUDGED[one.outcome] for one in results if one.outcome in _JUDGED}
            found = "fail" if "fail" in seen else "pass"
        case "copy" | "reuse":
            seen = {"copy" if one.copies.copied else "reuse" for one in results if one.copies}
            found = "copy" if "copy" in seen else "reuse"
        case _:
            return "untested"
    if not seen:
        return "untested"
    return "agrees" if found == prediction.expected else "disagrees"
