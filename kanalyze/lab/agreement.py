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

    One observation that agrees is enough where a case was repeated: a race need
    not show itself every time.
    """
    observed: dict[tuple[str, str, str], list[CaseResult]] = {}
    for result in results:
        observed.setdefault((result.kernel, result.program, result.case), []).append(result)
    return tuple(
        replace(one, agreement=_best(one, observed.get((one.kernel, one.program, one.case), [])))
        for one in predictions
    )


def _best(prediction: Prediction, results: list[CaseResult]) -> Agreement:
    found = {_agreement(prediction, result) for result in results}
    ranks: tuple[Agreement, ...] = ("agrees", "disagrees")
    return next((rank for rank in ranks if rank in found), "untested")


def _agreement(prediction: Prediction, result: CaseResult) -> Agreement:
    expected = prediction.expected
    if expected in ("either", "skip"):
        return "untested"
    if expected in ("copy", "reuse"):
        if result.copies is None:
            return "untested"
        return "agrees" if (result.copies.copied > 0) == (expected == "copy") else "disagrees"
    judged = _JUDGED.get(result.outcome)
    if judged is None:
        return "untested"
    return "agrees" if judged == expected else "disagrees"
