"""Pieces of sentences that the words of a review are made of."""

from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from kanalyze.review.model import Finding


def listed(words: Sequence[str], most: int = 0) -> str:
    """Return "a, b and c", each once; of more than ``most``, that many and how many more."""
    once = list(dict.fromkeys(words))
    if most and len(once) > most + 1:
        once = [*once[:most], f"{len(once) - most} more"]
    return " and ".join([*([", ".join(once[:-1])] if once[1:] else []), *once[-1:]])


def outcomes(names: Sequence[str]) -> str:
    """Return what can become of a page, in words."""
    return " or ".join(names) if names else "nothing that is known"


def topic(one: "Finding") -> str:
    """Return what a finding is about: a function, or a file outside of any."""
    return f"{one.function}()" if one.function else one.file


def once(sentences: Iterable[str]) -> list[str]:
    """Return sentences that are not empty, each once."""
    return list(dict.fromkeys(one for one in sentences if one))


def as_sentence(text: str) -> str:
    """Return a text as a sentence of its own."""
    return f"{text[:1].upper()}{text[1:]}{'' if text.endswith('.') else '.'}" if text else ""
