"""Expressions: what they are read as, and how they are printed."""

import dataclasses
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from kanalyze.source import expression
from kanalyze.source.expressions import (
    Assign,
    Binary,
    Call,
    Choice,
    Expr,
    Field,
    Index,
    Name,
    Number,
    Opaque,
    Sequence,
    Step,
    Text,
    Unary,
    calls,
    names,
    squeezed,
    walk,
)

A, B, C = Name("a"), Name("b"), Name("c")


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("0x10UL", Number(16)),
        ("010", Number(8)),
        ("1u << 3", Binary("<<", Number(1), Number(3))),
        ("-1", Number(-1)),
        ("- 1", Number(-1)),
        ("a - 1", Binary("-", A, Number(1))),
        ("a -1", Binary("-", A, Number(1))),
        ("NULL", Number(0)),
        ("true", Number(1)),
        ("false", Number(0)),
        ('"a b"', Text('"a b"')),
        ('"%d" "x"', Text('"%d" "x"')),
        ("'x'", Text("'x'")),
        ("a->b.c", Field(Field(A, "b"), "c")),
        ("a[1]", Index(A, Number(1))),
        ("f(a, 1)", Call("f", (A, Number(1)), 0)),
        ("a->ops->go(b)", Call("", (B,), 0, Field(Field(A, "ops"), "go"))),
        ("(*a)(b)", Call("", (B,), 0, Unary("*", A))),
        ("!a && (b || c)", Binary("&&", Unary("!", A), Binary("||", B, C))),
        ("likely(a)", A),
        ("a ? b : c", Choice(A, B, C)),
        ("a ?: c", Choice(A, A, C)),
        ("a |= b", Assign("|=", A, B)),
        ("a = b = c", Assign("=", A, Assign("=", B, C))),
        ("a++", Step("++", A, False)),
        ("--a", Step("--", A, True)),
        ("*a++", Unary("*", Step("++", A, False))),
        ("(*a)++", Step("++", Unary("*", A), False)),
        ("!a--", Unary("!", Step("--", A, False))),
        ("a, b, c", Sequence((A, B, C))),
        ("sizeof(a)", Unary("sizeof", A)),
        ("sizeof *a", Unary("sizeof", Unary("*", A))),
        ("sizeof(struct page *)", Unary("sizeof", Opaque("struct page *"))),
        ("sizeof(a) - 1", Binary("-", Unary("sizeof", A), Number(1))),
        ("1 ... 3", Binary("...", Number(1), Number(3))),
    ],
)
def test_an_expression_is_read_as_what_it_says(text: str, expected: Expr) -> None:
    assert expression(text) == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        pytest.param("(a & b)", Binary("&", A, B), id="brackets"),
        pytest.param("(a) & b", Binary("&", A, B), id="an operand in brackets"),
        pytest.param("(a) * b", Binary("*", A, B), id="a factor in brackets"),
        pytest.param("(a) - 1", Binary("-", A, Number(1)), id="a minuend in brackets"),
        pytest.param("(unsigned long)a & b", Binary("&", A, B), id="a cast operand"),
        pytest.param("(pte_t *)(a) + 1", Binary("+", A, Number(1)), id="a cast to a pointer"),
        pytest.param("(pteval_t)(a)", A, id="a cast that reads as a call"),
        pytest.param("(pgoff_t)-1", Number(-1), id="a cast that reads as a difference"),
        pytest.param("(u64)&a->b", Unary("&", Field(A, "b")), id="a cast of an address"),
        pytest.param("(u64)*a == b", Binary("==", Unary("*", A), B), id="a cast of a target"),
        pytest.param(
            "(u64)&a == b",
            Binary("==", Unary("&", A), B),
            id="a cast whose operator binds tighter than it seems",
        ),
        pytest.param("(void)a", A, id="a value thrown away"),
        pytest.param("(typeof(b))a", A, id="a cast to the type of something"),
    ],
)
def test_casts_and_brackets_vanish(text: str, expected: Expr) -> None:
    assert expression(text) == expected


@pytest.mark.parametrize(
    "text",
    [
        "({ int b; b; })",
        "(pte_t){ 0 }",
        "&&out",
        "1.5",
        "a b",
        "",
        "a +",
        "'...'x",
        "f(",
        "}",
        "a;b",
    ],
)
def test_what_is_not_modelled_stays_text(text: str) -> None:
    assert expression(text) == Opaque(text)


@pytest.mark.parametrize(
    ("text", "printed"),
    [
        ("page_count( page )!=1", "page_count(page) != 1"),
        ("((a))+(b*c)", "a + b * c"),
        ("(a+b)*c", "(a + b) * c"),
        ("a-(b-c)", "a - (b - c)"),
        ("(a&b)||c", "a & b || c"),
        ("(a || b) && !(c == 0x1)", "(a || b) && !(c == 1)"),
        ("*(&a)", "*&a"),
        ("- -a", "-(-a)"),
        ("a - -1", "a - -1"),
        ("(a, b)", "a, b"),
        ("f((a, b), c)", "f((a, b), c)"),
        ("(a ? b : c) ? a : (b ? a : c)", "(a ? b : c) ? a : b ? a : c"),
        ("vmf.pte", "vmf->pte"),
        ("(*a).b", "(*a)->b"),
        ("(a = f(b)) != NULL", "(a = f(b)) != 0"),
    ],
)
def test_an_expression_has_one_text(text: str, printed: str) -> None:
    assert squeezed(expression(text)) == printed
    assert squeezed(expression(printed)) == printed


def test_all_names_are_found_opaque_ones_too() -> None:
    text = 'f(a->b, "not me", ({ g(c); })) + *d[E]'
    assert names(expression(text)) == {"f", "a", "b", "g", "c", "d", "E"}


def test_calls_come_in_the_order_in_which_they_are_made() -> None:
    text = "f(g(a), h(b)) || a->go(k())"
    found = list(calls(expression(text)))
    assert [call.name for call in found] == ["g", "h", "f", "k", ""]
    assert [text[call.start] for call in found] == ["g", "h", "f", "k", "a"]


def test_a_deep_expression_is_cut_off() -> None:
    found = expression("-" + "(" * 5_000 + "a" + ")" * 5_000)
    assert any(isinstance(inner, Opaque) for inner in walk(found))
    assert squeezed(found)


# ----------------------------------------------------------------- properties

NAMES = st.sampled_from(["page", "vmf", "pte_t", "u64", "FAULT_FLAG_WRITE", "x"])
PLAIN = NAMES.map(Name)
OPERATORS = st.sampled_from(
    ["||", "&&", "|", "^", "&", "==", "!=", "<", ">", "<=", ">=", "<<", ">>", *"+-*/%"]
)


def unary(operator: str, operand: Expr) -> Expr:
    """Return what reading gives: a number with its sign is a number."""
    signed = operator in ("-", "+") and isinstance(operand, Number)
    return operand if signed else Unary(operator, operand)


def larger(inner: st.SearchStrategy[Expr]) -> st.SearchStrategy[Expr]:
    """Return expressions made of those that ``inner`` gives."""
    base = inner.filter(lambda expr: not isinstance(expr, Number | Text))
    place = st.one_of(
        PLAIN,
        st.builds(Field, base, NAMES),
        st.builds(Index, base, inner),
        st.builds(Unary, st.just("*"), base),
    )
    part = inner.filter(lambda expr: not isinstance(expr, Sequence))
    some = st.lists(inner, max_size=3).map(tuple)
    return st.one_of(
        place,
        st.builds(Call, NAMES, some, st.just(0)),
        st.builds(Call, st.just(""), some, st.just(0), st.builds(Field, base, NAMES)),
        st.builds(unary, st.sampled_from(["!", "-", "+", "~", "*", "&"]), inner),
        # The parser takes what begins like a call for a type, which stays text.
        st.builds(Unary, st.just("sizeof"), place.filter(lambda expr: not any(calls(expr)))),
        st.builds(Binary, OPERATORS, inner, inner),
        st.builds(Choice, inner, inner, inner),
        st.builds(Assign, st.sampled_from(["=", "+=", "|=", ">>="]), place, inner),
        st.builds(Step, st.sampled_from(["++", "--"]), place, st.booleans()),
        st.lists(part, min_size=2, max_size=3).map(lambda parts: Sequence(tuple(parts))),
    )


LEAVES: st.SearchStrategy[Expr] = st.one_of(
    PLAIN,
    st.integers(-9, 2**64).map(Number),
    st.sampled_from(['"a b"', "'x'"]).map(Text),
)
EXPRESSIONS = st.recursive(LEAVES, larger, max_leaves=12)


def without_places(value: Any) -> Any:
    """Return an expression with all calls at offset 0."""
    if isinstance(value, tuple):
        return tuple(without_places(part) for part in value)
    if not dataclasses.is_dataclass(value) or isinstance(value, type):
        return value
    fields = {
        field.name: without_places(getattr(value, field.name))
        for field in dataclasses.fields(value)
    }
    return type(value)(**(fields | {"start": 0} if isinstance(value, Call) else fields))


@settings(max_examples=400)
@given(EXPRESSIONS)
def test_what_was_printed_reads_as_the_same(expr: Expr) -> None:
    again = expression(squeezed(expr))
    assert without_places(again) == expr
    assert squeezed(again) == squeezed(expr)


@settings(max_examples=400)
@given(st.text("ab1(){}[]*&-+!=<>?:,;.\"'\\ #\n\0é\ud800", max_size=40))
def test_any_text_is_some_expression(text: str) -> None:
    found = expression(text)
    assert isinstance(squeezed(found), str)
    assert all(isinstance(name, str) for name in names(found))
    assert len(list(calls(found))) <= len(text)
