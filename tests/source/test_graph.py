"""The control-flow graph: every way through a function, and no other."""

import pytest
from snippets import RULES, function, in_function

from kanalyze.source.build import build
from kanalyze.source.graph import Graph, Kind
from kanalyze.source.lex import blank
from kanalyze.source.parse import parse


def graph(body: str, head: str = "static int f(struct page *page)") -> tuple[Graph, bytes]:
    one = function(in_function(body, head))
    code = blank(one.text)
    node, problems = parse(RULES.masker.mask(code, one.body))
    assert node is not None and not problems
    boolean = "bool" in head
    return build(node, code, boolean=boolean, transparent=RULES.transparent), code


def ways(body: str, head: str = "static int f(struct page *page)") -> set[str]:
    """Return what each way from entry to exit does: its calls, each loop taken at most once."""
    built, code = graph(body, head)
    found: set[str] = set()

    def walk(place: int, seen: frozenset[int], done: str) -> None:
        vertex = built.vertices[place]
        if vertex.kind is Kind.EXIT:
            found.add(done)
            return
        text = code[vertex.start : vertex.end].decode().rstrip(";").removesuffix("()")
        if vertex.kind is Kind.STEP and text.isalpha() and len(text) == 1:
            done += text
        for target in vertex.next:
            if target not in seen:
                walk(target, seen | {target}, done)

    walk(0, frozenset({0}), "")
    return found


WAYS = {
    "in order": ("a(); b();", {"ab"}),
    "if": ("if (x) a(); b();", {"ab", "b"}),
    "if else": ("if (x) a(); else b(); c();", {"ac", "bc"}),
    "else if": ("if (x) a(); else if (y) b(); else c(); d();", {"ad", "bd", "cd"}),
    "return": ("if (x) { a(); return 0; } b();", {"a", "b"}),
    "while": ("while (x) a(); b();", {"b"}),
    "while, left inside": ("while (x) { a(); if (y) break; c(); } b();", {"b", "ab"}),
    "do": ("do { a(); } while (x); b();", {"ab"}),
    "do once": ("do { a(); } while (0); b();", {"ab"}),
    "for ever": ("for (;;) { a(); if (x) return 0; }", {"a"}),
    "nothing behind an endless loop": ("while (1) a(); b();", set()),
    "goto forwards": ("a(); if (x) goto out; b(); out: c();", {"abc", "ac"}),
    "goto backwards": ("again: a(); if (x) goto again; b();", {"ab"}),
    "goto into a block": (
        "if (x) goto in; a(); if (y) { b(); in: c(); } d();",
        {"cd", "abcd", "ad"},
    ),
    "goto nowhere leaves": ("if (x) goto lost; a();", {"", "a"}),
    "unreachable": ("a(); return 0; b();", {"a"}),
    "switch": ("switch (x) { case 1: a(); break; case 2: b(); break; } c();", {"ac", "bc", "c"}),
    "fallthrough": ("switch (x) { case 1: a(); case 2: b(); } c();", {"abc", "bc", "c"}),
    "default": ("switch (x) { case 1: a(); break; default: b(); } c();", {"ac", "bc"}),
    "return in a switch": ("switch (x) { case 1: a(); return 0; } b();", {"a", "b"}),
    "continue in a switch": (
        "while (x) { switch (y) { case 1: a(); continue; } b(); if (z) break; } c();",
        {"c", "bc"},
    ),
    "a constant": ("if (1) a(); else b();", {"a"}),
    "short circuit": ("if (x && y) a(); b();", {"ab", "b"}),
    "a label at the end": ("a(); if (x) goto out; b(); out: ;", {"ab", "a"}),
    "scoped_guard runs its block": ("scoped_guard(rcu) a(); b();", {"ab"}),
}


@pytest.mark.parametrize("what", WAYS)
def test_the_ways_through(what: str) -> None:
    body, expected = WAYS[what]
    assert ways(body) == expected


def atoms(body: str, head: str = "static bool f(struct page *page)") -> list[tuple[str, bool]]:
    """Return the atoms of ``body``, and whether each counts as it stands."""
    built, code = graph(body, head)
    return [
        (code[vertex.start : vertex.end].decode(), vertex.sense)
        for vertex in built.vertices
        if vertex.kind is Kind.ATOM
    ]


@pytest.mark.parametrize(
    ("condition", "expected"),
    [
        ("a", [("a", True)]),
        ("!a", [("a", False)]),
        ("!!a", [("a", True)]),
        ("((a))", [("a", True)]),
        ("a && b || !c", [("a", True), ("b", True), ("c", False)]),
        ("!(a && !b)", [("a", False), ("b", True)]),
        ("a == b", [("a == b", True)]),
        ("unlikely(!a)", [("a", False)]),
        ("WARN_ON_ONCE(a || b)", [("a", True), ("b", True)]),
        ("f(a && b)", [("f(a && b)", True)]),
        ("a ? b : !c", [("a", True), ("b", True), ("c", False)]),
        ("1 && a", [("a", True)]),
    ],
)
def test_a_condition_is_split_into_its_atoms(
    condition: str, expected: list[tuple[str, bool]]
) -> None:
    assert atoms(f"if ({condition})\n\tg();") == expected


def test_what_a_truth_function_returns_is_a_condition() -> None:
    assert atoms("return a && !b;") == [("a", True), ("b", False)]
    assert atoms("return g(a);") == [("g(a)", True)]
    assert atoms("return g(a);", "static long f(struct page *page)") == []


def test_the_statement_under_a_side_knows_the_jump_it_always_ends_in() -> None:
    built, code = graph("if (a) { if (b) goto x; goto y; }\nx: g();\ny: h();")
    outer, inner = built.conditions
    texts = [
        code[built.vertices[n].start : built.vertices[n].end] if n else b""
        for n in (outer.true_jump, outer.false_jump, inner.true_jump, inner.false_jump)
    ]
    assert texts == [b"goto x;", b"", b"goto x;", b""]
