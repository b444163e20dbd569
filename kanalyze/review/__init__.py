"""Findings about changes: what other rooms know, put together.

A commit, a range or a patch is looked at from both sides: history tells what it
touched, semantics what the code came to before and after, and here the two
become one answer.  Nothing in here reads C or git by itself.
"""

import importlib
from typing import TYPE_CHECKING

from kanalyze.review.meaning import with_meanings
from kanalyze.review.model import Review
from kanalyze.review.trees import with_meanings_of_differences

if TYPE_CHECKING:
    from kanalyze.review.evidence_tests import with_tests
    from kanalyze.review.generation import GenerationRequest, generate
    from kanalyze.review.guards import with_guards
    from kanalyze.review.mutation import Mutation, MutationRequest, mutants_of, mutate
    from kanalyze.review.on_kernels import OnKernels, with_runs
    from kanalyze.review.predicted import check_predictable, with_predictions
    from kanalyze.review.request import ReviewRequest, review

# Public name -> its module, imported when it is asked for: it takes numpy along.
_HOMES = {
    "GenerationRequest": "generation",
    "generate": "generation",
    "Mutation": "mutation",
    "MutationRequest": "mutation",
    "mutants_of": "mutation",
    "mutate": "mutation",
    "with_guards": "guards",
    "OnKernels": "on_kernels",
    "with_runs": "on_kernels",
    "with_tests": "evidence_tests",
    "ReviewRequest": "request",
    "review": "request",
    "check_predictable": "predicted",
    "with_predictions": "predicted",
}


def __getattr__(name: str) -> object:
    """Import the module of a public name (PEP 562)."""
    if name not in _HOMES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(importlib.import_module(f"{__name__}.{_HOMES[name]}"), name)


__all__ = [
    "GenerationRequest",
    "Mutation",
    "MutationRequest",
    "OnKernels",
    "Review",
    "ReviewRequest",
    "check_predictable",
    "generate",
    "mutants_of",
    "mutate",
    "review",
    "with_guards",
    "with_meanings",
    "with_meanings_of_differences",
    "with_predictions",
    "with_runs",
    "with_tests",
]
