"""Guards are the conditions that hold on every way to a place: the graph, seen from a site."""

import pytest
from snippets import in_function, site


def guards(body: str) -> tuple[str, ...]:
    """Return what holds where ``here()`` stands, told by the site that replaces it."""
    text = in_function(body.replace("here()", "page_count(page)"))
    return site(text, "page_count(page)").guards


CASES = {
    "if": ("if (a)\n\there();", ["a"]),
    "else": ("if (a)\n\tb();\nelse\n\there();", ["!a"]),
    "behind an if": ("if (a)\n\tb();\nhere();", []),
    "else if": ("if (a)\n\tb();\nelse if (c)\n\there();", ["!a", "c"]),
    "behind an early return": ("if (a)\n\treturn;\nhere();", ["!a"]),
    "behind an early goto": ("if (a)\n\tgoto out;\nhere();\nout:\n\tb();", ["!a"]),
    "at a label": ("if (a)\n\tgoto out;\nb();\nout:\n\there();", []),
    "at a label that only a goto reaches": (
        "if (a)\n\tgoto out;\nreturn;\nout:\n\there();",
        ["a"],
    ),
    "behind a backward goto": ("again:\n\tif (a)\n\t\tgoto again;\n\there();", ["!a"]),
    "a negation": ("if (!a)\n\there();", ["!a"]),
    "a double negation": ("if (!!a)\n\there();", ["a"]),
    "a negated comparison": ("if (!(a == b))\n\there();", ["!(a == b)"]),
    "and": ("if (a && b)\n\there();", ["a", "b"]),
    "not and": ("if (a && b)\n\treturn;\nhere();", []),
    "or": ("if (a || b)\n\there();", []),
    "not or": ("if (a || b)\n\treturn;\nhere();", ["!a", "!b"]),
    "a negated or": ("if (!(a || b))\n\there();", ["!a", "!b"]),
    "and, or": ("if (a && (b || c))\n\there();", ["a"]),
    "the right side of and": ("if (a && here())\n\tb();", ["a"]),
    "the right side of or": ("if (a || here())\n\tb();", ["!a"]),
    "the third of three": ("if (a && b && here())\n\tb();", ["a", "b"]),
    "likely": ("if (likely(a))\n\there();", ["a"]),
    "unlikely not": ("if (unlikely(!a))\n\treturn;\nhere();", ["a"]),
    "WARN_ON_ONCE as a condition": ("if (WARN_ON_ONCE(a))\n\treturn;\nhere();", ["!a"]),
    "a ternary condition": ("if (a ? b : c)\n\there();", []),
    "one side of a ternary": ("if (a ? here() : c)\n\tb();", ["a"]),
    "while": ("while (a)\n\there();", ["a"]),
    "behind while": ("while (a)\n\tb();\nhere();", ["!a"]),
    "behind while with break": ("while (a)\n\tif (b)\n\t\tbreak;\nhere();", []),
    "for": ("for (i = 0; i < n; i++)\n\there();", ["i < n"]),
    "an endless loop": ("while (1)\n\tif (a)\n\t\there();", ["a"]),
    "behind an endless loop": ("for (;;)\n\tif (a)\n\t\tbreak;\nhere();", ["a"]),
    "do while": ("do\n\there();\nwhile (a);", []),
    "behind do while": ("do\n\tb();\nwhile (a);\nhere();", ["!a"]),
    "behind continue": ("while (a) {\n\tif (b)\n\t\tcontinue;\n\there();\n}", ["a", "!b"]),
    "a constant": ("if (0)\n\tb();\nelse\n\there();", []),
    "case": ("switch (x) {\ncase A:\n\there();\n}", ["x == A"]),
    "fallthrough": ("switch (x) {\ncase A:\n\tb();\ncase B:\n\there();\n}", []),
    "break": ("switch (x) {\ncase A:\n\tbreak;\ncase B:\n\there();\n}", ["x == B"]),
    "two labels": ("switch (x) {\ncase A:\ncase B:\n\there();\n}", []),
    "default": ("switch (x) {\ncase A:\n\treturn;\ndefault:\n\there();\n}", []),
    "behind a switch": ("switch (x) {\ncase A:\n\treturn;\n}\nhere();", []),
    "tested on both ways": ("if (a)\n\tif (b)\n\t\treturn;\nif (b)\n\treturn;\nhere();", ["!b"]),
    "tested before or again": (
        "if (m(p)) {\n\tu(p);\n\tif (m(p))\n\t\treturn;\n}\nhere();",
        ["!m(p)"],
    ),
    "tested again with the other result": (
        "if (a) {\n\tb();\n\tif (!a)\n\t\there();\n}",
        ["!a"],
    ),
}


@pytest.mark.parametrize("what", CASES)
def test_what_holds(what: str) -> None:
    body, expected = CASES[what]
    assert list(guards(body)) == expected


ENDED = {
    "a variable": ("if (f(x)) {\n\tx = g();\n\there();\n}", []),
    "another variable": ("if (f(x)) {\n\ty = g();\n\there();\n}", ["f(x)"]),
    "a longer name": ("if (f(x)) {\n\txx = g();\n\there();\n}", ["f(x)"]),
    "a member": ("if (f(v->x)) {\n\tv->x = g();\n\there();\n}", []),
    "a member of that name elsewhere": ("if (f(x)) {\n\tv->x = g();\n\there();\n}", ["f(x)"]),
    "a member, where the whole is named": ("if (f(v)) {\n\tv->x = g();\n\there();\n}", ["f(v)"]),
    "the whole, where a member is named": ("if (v->x) {\n\tv = g();\n\there();\n}", []),
    "counting up": ("if (f(x)) {\n\tx++;\n\there();\n}", []),
    "adding": ("if (f(x)) {\n\tx |= 1;\n\there();\n}", []),
    "a declaration": ("if (f(x)) {\n\tint x = g();\n\there();\n}", []),
    "a comparison": ("if (f(x)) {\n\tg(x == 1);\n\there();\n}", ["f(x)"]),
    "on one way only": ("if (!f(x))\n\treturn;\nif (a)\n\tx = g();\nhere();", []),
    "in a loop": ("while (f(x)) {\n\there();\n\tx = g();\n}", ["f(x)"]),
}


@pytest.mark.parametrize("what", ENDED)
def test_a_guard_ends_where_what_it_names_is_assigned(what: str) -> None:
    body, expected = ENDED[what]
    assert list(guards(body)) == expected


def test_what_a_compound_condition_left_is_known_as_a_whole() -> None:
    text = in_function("if (a && b)\n\treturn;\npage_count(page);")
    found = site(text, "page_count(page)")
    assert (found.guards, found.passed) == ((), ("!(a && b)",))


def test_a_guard_of_one_arm_only_is_none() -> None:
    text = in_function("#ifdef A\nif (a)\n#else\nif (b)\n#endif\n\tpage_count(page);")
    assert site(text, "page_count(page)").guards == ()


def test_a_statement_expression_is_one_step() -> None:
    text = in_function("x = ({ int y = page_count(page); y; });")
    assert site(text, "x = ({ int y = page_count(page); y; })").signals == ("page_count",)
