"""Findings about changes: what other rooms know, put together.

A commit, a range or a patch is looked at from both sides: history tells what it
touched, semantics what the code came to before and after, and here the two
become one answer.  Nothing in here reads C or git by itself.
"""

from kanalyze.review.meaning import with_meanings
from kanalyze.review.trees import with_meanings_of_differences

__all__ = ["with_meanings", "with_meanings_of_differences"]
