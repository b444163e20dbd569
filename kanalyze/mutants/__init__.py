"""Decisions in, kernels changed in meaning out.

A mutant is one decision, arming site or section of a tree with another meaning:
a diff that a kernel developer reads, the page state in which it answers wrongly,
and the same as something that can be chosen while the kernel runs.  Files come in
and diffs go out: nothing here knows git, and nothing is built.
"""

from kanalyze.mutants.make import make_mutants
from kanalyze.mutants.model import Choice, Edit, Mutant, MutantWitness
from kanalyze.mutants.operators import OPERATORS, PLACEBO
from kanalyze.mutants.selector import Selector, selector

__all__ = [
    "OPERATORS",
    "PLACEBO",
    "Choice",
    "Edit",
    "Mutant",
    "MutantWitness",
    "Selector",
    "make_mutants",
    "selector",
]
