"""Small decision functions made at random, what they mean, and many ways to write each.

A decision is a tree of conditions with an outcome at each leaf; what the code
may do to the page stands in front of a condition.  :func:`meant` follows it for
one state in plain Python, :func:`kanalyze.semantics.evaluate.Evaluation` follows
what :class:`Writer` and its kin make of it.
"""

import itertools
import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any, TypeAlias

from hypothesis import strategies as st

from kanalyze.semantics.states import LARGE_PAGES, PageState

# ------------------------------------------------------------------ the meaning


class Page:
    """A page in one state, for code that changes it."""

    def __init__(self, state: PageState) -> None:
        self.state = state
        self.own = 0  # references of the code
        self.swap_cache = state.swap_cache
        self.exclusive = state.exclusive
        self.lru_refs: str = state.lru_refs

    def count(self) -> int:
        s = self.state
        small = s.size == "small"
        caches = int(self.swap_cache) + int(not s.anonymous)
        return (
            s.my_maps
            + s.other_maps
            + s.my_refs
            + s.other_refs
            + (s.my_pins + s.other_pins) * (1024 if small else 1)
            + (self.lru_refs != "none")
            + caches * (1 if small else LARGE_PAGES)
            + self.own
        )

    def mapcount(self) -> int:
        s = self.state
        # Of the one page that a large folio's entry refers to.
        return (
            bool(s.my_maps) + bool(s.other_maps) if s.size == "large" else s.my_maps + s.other_maps
        )


@dataclass(frozen=True)
class Atom:
    """One question; ``value`` is None where the answer depends on no page state."""

    text: str
    value: Callable[[Page], bool] | None


@dataclass(frozen=True)
class Not:
    of: "Condition"


@dataclass(frozen=True)
class Both:
    left: "Condition"
    right: "Condition"


@dataclass(frozen=True)
class Either:
    left: "Condition"
    right: "Condition"


Condition: TypeAlias = Atom | Not | Both | Either


@dataclass(frozen=True)
class Effect:
    text: str
    change: Callable[[Page], None]


@dataclass(frozen=True)
class Branch:
    """``effects`` happen, then the condition is asked; the sides are what follows."""

    effects: tuple[Effect, ...]
    condition: Condition
    yes: "Decision"
    no: "Decision"


Decision: TypeAlias = Branch | str
"""A branch, or the outcome that a leaf comes to."""


def atoms(decision: Decision | Condition) -> Iterator[Atom]:
    match decision:
        case Atom():
            yield decision
        case Not(of):
            yield from atoms(of)
        case Both(left, right) | Either(left, right):
            yield from atoms(left)
            yield from atoms(right)
        case Branch(_, condition, yes, no):
            for part in (condition, yes, no):
                yield from atoms(part)


def meant(decision: Decision, state: PageState) -> frozenset[str]:
    """Return what a decision can come to in one state, whatever is open."""
    unsure = list(dict.fromkeys(atom.text for atom in atoms(decision) if atom.value is None))
    answers = itertools.product((False, True), repeat=len(unsure))
    return frozenset(
        _decided(decision, Page(state), dict(zip(unsure, one, strict=True))) for one in answers
    )


def _decided(decision: Decision, page: Page, open_: Mapping[str, bool]) -> str:
    while isinstance(decision, Branch):
        for effect in decision.effects:
            effect.change(page)
        decision = decision.yes if _holds(decision.condition, page, open_) else decision.no
    return decision


def _holds(condition: Condition, page: Page, open_: Mapping[str, bool]) -> bool:
    match condition:
        case Atom(text, value):
            return open_[text] if value is None else value(page)
        case Not(of):
            return not _holds(of, page, open_)
        case Both(left, right):
            return _holds(left, page, open_) and _holds(right, page, open_)
        case Either(left, right):
            return _holds(left, page, open_) or _holds(right, page, open_)


# ----------------------------------------------------------------- made at random

_COMPARE: dict[str, Callable[[int, int], bool]] = {
    "==": lambda one, other: one == other,
    "!=": lambda one, other: one != other,
    "<": lambda one, other: one < other,
    "<=": lambda one, other: one <= other,
    ">": lambda one, other: one > other,
    ">=": lambda one, other: one >= other,
}


def _compared(text: str, read: Callable[[Page], int], operator: str, number: int) -> Atom:
    compare = _COMPARE[operator]
    return Atom(f"{text} {operator} {number}", lambda page: compare(read(page), number))


_OPERATORS = st.sampled_from(tuple(_COMPARE))
_KNOWN = st.one_of(
    st.builds(
        lambda operator, number: _compared("page_count(page)", Page.count, operator, number),
        _OPERATORS,
        st.sampled_from((1, 1, 1, 2, 2, 3, 4, 6, 1025)),
    ),
    st.builds(
        lambda operator, number: _compared("page_mapcount(page)", Page.mapcount, operator, number),
        _OPERATORS,
        st.integers(1, 2),
    ),
    st.sampled_from(
        (
            Atom("PageKsm(page)", lambda page: page.state.ksm),
            Atom("PageSwapCache(page)", lambda page: page.swap_cache),
            Atom("PageAnonExclusive(page)", lambda page: page.exclusive),
            Atom("PageAnon(page)", lambda page: page.state.anonymous),
            Atom("vmf->flags & FAULT_FLAG_WRITE", lambda page: True),
            Atom("vma->vm_flags & VM_SHARED", lambda page: False),
        )
    ),
)
# Numbered when all is put together: what a variable or a helper keeps of an open
# answer is not held against the same question asked again.
_OPEN = st.sampled_from(("unknown({})", "folio_trylock(folio_{})", "vmf->flags & FLAG_{}")).map(
    lambda text: Atom(text, None)
)
_CONDITIONS: st.SearchStrategy[Condition] = st.recursive(
    st.one_of(_KNOWN, _KNOWN, _KNOWN, _OPEN),
    lambda inner: st.one_of(
        st.builds(Not, inner), st.builds(Both, inner, inner), st.builds(Either, inner, inner)
    ),
    max_leaves=3,
)


def _takes(page: Page, number: int) -> None:
    page.own = max(page.own + number, 0)


def _drains(page: Page) -> None:
    page.lru_refs = "none" if page.lru_refs == "local" else page.lru_refs


def _sets(name: str, value: bool) -> Callable[[Page], None]:
    return lambda page: setattr(page, name, value)


_EFFECTS = st.sampled_from(
    (
        Effect("get_page(page);", lambda page: _takes(page, 1)),
        Effect("put_page(page);", lambda page: _takes(page, -1)),
        Effect("lru_add_drain();", _drains),
        Effect("delete_from_swap_cache(page);", _sets("swap_cache", False)),
        Effect("SetPageAnonExclusive(page);", _sets("exclusive", True)),
        Effect("ClearPageAnonExclusive(page);", _sets("exclusive", False)),
    )
)


def _branches(
    yes: st.SearchStrategy[Decision], no: st.SearchStrategy[Decision]
) -> st.SearchStrategy[Decision]:
    effects = st.lists(_EFFECTS, max_size=1).map(tuple)
    return st.builds(Branch, effects, _CONDITIONS, yes, no)


def _numbered(part: Decision | Condition, numbers: Iterator[int]) -> Any:
    match part:
        case Atom(text, None):
            return Atom(text.format(next(numbers)), None)
        case Not(of):
            return Not(_numbered(of, numbers))
        case Both(left, right):
            return Both(_numbered(left, numbers), _numbered(right, numbers))
        case Either(left, right):
            return Either(_numbered(left, numbers), _numbered(right, numbers))
        case Branch(effects, condition, yes, no):
            inner = (_numbered(one, numbers) for one in (condition, yes, no))
            return Branch(effects, *inner)
    return part


_REUSE: st.SearchStrategy[Decision] = st.just("reuse")
_COPY: st.SearchStrategy[Decision] = st.just("copy")
_LAST = _branches(_REUSE, _COPY) | _branches(_COPY, _REUSE)
_MIDDLE = _branches(_LAST, _REUSE) | _branches(_COPY, _LAST) | _branches(_LAST, _LAST)
DECISIONS: st.SearchStrategy[Decision] = (
    _LAST | _MIDDLE | _branches(_MIDDLE, _LAST) | _branches(_COPY, _MIDDLE)
).map(lambda one: _numbered(one, itertools.count()))

# ----------------------------------------------------------------- ways to write

_STATEMENT = {"reuse": "wp_page_reuse(vmf);", "copy": "wp_page_copy(vmf);"}
_HEAD = "vm_fault_t decide(struct vm_fault *vmf, struct vm_area_struct *vma, struct page *page)"


class Writer:
    """Writes a decision as nested ``if`` and ``else``; others differ in one thing."""

    def __init__(self) -> None:
        self.helpers: list[str] = []
        self.number = 0

    def text(self, decision: Decision) -> str:
        body = self.body(decision)
        lines = [*self.helpers, f"static {_HEAD}", "{", "\tint choice;", *body, "\treturn 0;", "}"]
        return "\n".join(lines) + "\n"

    def body(self, decision: Decision) -> list[str]:
        if isinstance(decision, str):
            return self.leaf(decision)
        self.number += 1
        return [*(one.text for one in decision.effects), *self.branch(decision)]

    def leaf(self, outcome: str) -> list[str]:
        return [_STATEMENT[outcome]]

    def branch(self, it: Branch) -> list[str]:
        condition = self.condition(it.condition)
        return [f"if ({condition}) {{", *self.body(it.yes), "} else {", *self.body(it.no), "}"]

    def condition(self, condition: Condition) -> str:
        match condition:
            case Atom(text):
                return text
            case Not(of):
                return f"!({self.condition(of)})"
            case Both(left, right):
                return f"({self.condition(left)}) && ({self.condition(right)})"
            case Either(left, right):
                return f"({self.condition(left)}) || ({self.condition(right)})"


_WORD = re.compile(r"\bpage\b")


def renamed(text: str, name: str) -> str:
    """Return C text in which the variable ``page`` has another name."""
    return _WORD.sub(name, text)
