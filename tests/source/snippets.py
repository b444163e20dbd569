"""Short functions in the kernel's style, analysed."""

from collections.abc import Mapping
from textwrap import dedent

from kanalyze.config import load
from kanalyze.source import Function, FunctionFacts, Rules, Site, facts, functions

RULES: Rules = load().rules

#: A helper that nobody names: it rests on what its groups say.
DERIVED: Mapping[str, frozenset[str]] = {
    "page_is_ours": frozenset({"refcount"}),
    "page_may_be_pinned": frozenset({"pin"}),
}


def source(text: str) -> bytes:
    """Return a snippet as a file would hold it."""
    return dedent(text).lstrip("\n").encode()


def function(text: str) -> Function:
    """Return the only function of a snippet."""
    (only,) = functions(source(text))
    return only


def analysed(text: str) -> FunctionFacts:
    """Return the facts of the only function of a snippet."""
    one = function(text)
    return facts(one.text, one.body, RULES, DERIVED)


def in_function(body: str, head: str = "static void f(struct page *page)") -> str:
    """Return a function with ``body``, a line or several."""
    return f"{head}\n{{\n{dedent(body)}\n}}\n"


def site(text: str, predicate: str) -> Site:
    """Return the only site with this predicate in the only function of a snippet."""
    found = [one for one in analysed(text).sites if one.predicate == predicate]
    assert len(found) == 1, [one.predicate for one in analysed(text).sites]
    return found[0]


def outcomes(text: str, predicate: str) -> tuple[str, str]:
    """Return what a condition does when true and when false."""
    found = site(text, predicate).outcomes
    assert found is not None
    return found.true, found.false
