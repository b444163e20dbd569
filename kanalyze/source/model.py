"""The facts that ``source`` hands out.

Offsets and lines inside a :class:`FunctionFacts` are relative to the function
(its declaration is line 0), so that the same text gives the same facts wherever
it stands; :func:`kanalyze.source.place` makes them absolute.
"""

from dataclasses import dataclass
from typing import Literal

Role = Literal["decision", "arm", "pin-check", "assertion", "accounting", "other"]
Side = Literal["read", "write"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcomes:
    """What each side of a condition does.

    ``true`` and ``false`` are one of reuse, copy, unshare, retry, back-off,
    continue or, where the function's result is the product, ``return ...``.
    ``true_by`` and ``false_by`` quote what shows it: the name met or the jump.
    """

    true: str
    false: str
    true_by: str = ""
    false_by: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Site:
    """One place where a signal is read, a sharing bit changed or a seqcount used.

    ``predicate`` is the atomic condition or the statement, ``condition`` the
    whole condition it is part of.  ``signals`` names every vocabulary
    occurrence in it, in order, doubles kept, so that they add up to the
    occurrences in the source; ``derived`` the derived signals it asks.
    ``reason`` says why a site has the role ``other`` (or accounting).
    ``passed`` holds the compound conditions known there of which no single atom
    is; ``locked_by`` quotes how the locks were taken where that is in the function,
    ``installed_by`` the calls that put an armed entry in place.
    """

    offset: int
    line: int
    role: Role
    predicate: str
    condition: str
    signals: tuple[str, ...]
    derived: tuple[str, ...]
    policy: str
    outcomes: Outcomes | None
    guards: tuple[str, ...]
    locks: tuple[str, ...]
    config: tuple[str, ...]
    reason: str = ""
    passed: tuple[str, ...] = ()
    locked_by: tuple[str, ...] = ()
    installed_by: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Section:
    """A seqcount section: from where it opens to the last place where it closes.

    ``statements`` counts statements and conditions that can run inside,
    ``calls`` lists what they call, ``locks`` the locks taken inside.
    ``balanced`` says that on every path what was begun is ended (read side:
    checked for retry, or given up), ``problem`` what is wrong if not.
    """

    seqcount: str
    side: Side
    offset: int
    begin_line: int
    end_line: int
    statements: int
    calls: tuple[str, ...]
    locks: tuple[str, ...]
    balanced: bool
    problem: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Problem:
    """A place that the parser did not understand, line relative to the function."""

    line: int
    what: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Summary:
    """Whether, and on what, a function's result depends: the seed of derived signals.

    ``result`` is ``bool``, ``errno`` (0 or -E...), or ``""`` when the result is
    not an answer about sharing.  ``groups`` are the evidence groups it rests on
    directly, ``calls`` the functions whose answer decides it, ``forwards``
    those whose result it returns as its own, ``wraps`` the one that it does
    nothing but call.  ``acts`` says what a call of the function can do whatever
    it returns: ``arms`` or ``decides``; ``passes`` for which of these a caller
    does the same by calling it.
    """

    result: Literal["", "bool", "errno"]
    groups: tuple[str, ...] = ()
    calls: tuple[str, ...] = ()
    forwards: tuple[str, ...] = ()
    wraps: str = ""
    acts: tuple[str, ...] = ()
    passes: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class FunctionFacts:
    """Everything found in one function's text."""

    sites: tuple[Site, ...]
    sections: tuple[Section, ...]
    problems: tuple[Problem, ...]
