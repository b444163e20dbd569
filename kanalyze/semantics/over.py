"""Decisions over releases: who decides, on what evidence, and which rules that breaks.

What is decided has a name that survives renames: what happens (a write fault)
to a page of which size.  Where several functions decide the same, the one with
the most conditions that decide stands for all; what nobody calls a fault, a
swap-in or fork (mprotect, migration) is no such decision.

``complexity`` is McCabe's of the function that decides, and of the helpers in
which conditions that decide stand: to move a check into a helper makes nothing
simpler.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from kanalyze.semantics.complexity import complexity
from kanalyze.semantics.concepts import concepts
from kanalyze.semantics.evaluate import Evaluation
from kanalyze.semantics.explainer import Explainer
from kanalyze.semantics.judge import hold
from kanalyze.semantics.model import LanePoint, Lanes
from kanalyze.semantics.policies import policy

# In the order in which they are shown.
_TRIGGERS = {
    "write-fault": "write fault",
    "unshare-fault": "unshare fault",
    "swap-in": "swap-in",
    "fork": "fork",
}
_SIZES = {"small": "base page", "large": "large folio", "pmd": "PMD", "hugetlb": "hugetlb"}


def lanes(explainers: Sequence[tuple[str, Explainer]]) -> Lanes:
    """Return each decision in each release; ``explainers`` are (release, explainer) in order."""
    points = [point for release, one in explainers for point in _points(release, one)]
    order = [f"{trigger}, {size}" for trigger in _TRIGGERS.values() for size in _SIZES.values()]
    points.sort(key=lambda point: order.index(point.decision))
    return Lanes(
        releases=tuple(release for release, _ in explainers),
        points=tuple(points),
        concepts=tuple((release, concepts(one)) for release, one in explainers),
    )


@dataclass(frozen=True, slots=True)
class _Candidate:
    """One function that decides something, and the functions in which it asks."""

    evaluation: Evaluation
    conditions: int
    asking: frozenset[str]


def _points(release: str, explainer: Explainer) -> Iterator[LanePoint]:
    chosen: dict[str, _Candidate] = {}
    for name in explainer.decisions():
        for evaluation in explainer.evaluations(name):
            entry = evaluation.entry
            if entry.trigger not in _TRIGGERS:
                continue
            decision = f"{_TRIGGERS[entry.trigger]}, {_SIZES[entry.size]}"
            one = _candidate(explainer, evaluation)
            if decision not in chosen or one.conditions > chosen[decision].conditions:
                chosen[decision] = one
    for decision, one in chosen.items():
        yield _point(release, decision, explainer, one)


def _candidate(explainer: Explainer, evaluation: Evaluation) -> _Candidate:
    deciding = explainer.deciding
    found = deciding.conditions(deciding.answers(evaluation), evaluation)
    asking = frozenset(function for function, _ in found)
    return _Candidate(evaluation, len(found), asking | {evaluation.program.name})


def _point(release: str, decision: str, explainer: Explainer, one: _Candidate) -> LanePoint:
    held = {each.rule: int(each.bad.sum()) for each in hold(one.evaluation)}
    programs = [explainer.code.program(name) for name in sorted(one.asking)]
    return LanePoint(
        release=release,
        decision=decision,
        function=one.evaluation.program.name,
        policy=policy(explainer.deciding, one.evaluation, explainer.tree),
        complexity=sum(complexity(program) for program in programs if program is not None),
        broken=tuple(rule for rule in ("R1", "R3") if held.get(rule)),
        spurious=held.get("R2", 0),
    )
