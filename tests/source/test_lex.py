"""Blanking keeps every byte in its place, whatever stands there."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kanalyze.source.lex import blank, blank_directives, matching, split_arguments, squeeze


@pytest.mark.parametrize(
    ("text", "code"),
    [
        pytest.param(b"a /* b */ c", b"a         c", id="a comment"),
        pytest.param(b"a // b\nc", b"a     \nc", id="a line comment"),
        pytest.param(b"a // b \\\n c\nd", b"a       \n  \nd", id="a line comment that goes on"),
        pytest.param(b"a /* b\n c */ d", b"a     \n      d", id="a comment over two lines"),
        pytest.param(b"a /* b", b"a     ", id="a comment without end"),
        pytest.param(b'f("b /* c")', b'f("      ")', id="a comment in a string"),
        pytest.param(b'f("\\"b")', b'f("   ")', id="a quote in a string"),
        pytest.param(b"c = '\"';", b"c = ' ';", id="a quote in a character"),
        pytest.param(b"c = '\\'';", b"c = '  ';", id="an escaped character"),
        pytest.param(b"/* don't */ x", b"            x", id="an apostrophe in a comment"),
        pytest.param(b"don't\nx", b"don' \nx", id="an apostrophe that opens nothing"),
        pytest.param(b'a "b\nc', b'a " \nc', id="a string without end"),
    ],
)
def test_only_code_is_left(text: bytes, code: bytes) -> None:
    assert blank(text) == code


@given(st.binary(max_size=400) | st.text("ab\"'\\/*\n# {}", max_size=80).map(str.encode))
def test_blanking_moves_nothing(text: bytes) -> None:
    code = blank(text)
    assert len(code) == len(text)
    assert [i for i, byte in enumerate(code) if byte == 10] == [
        i for i, byte in enumerate(text) if byte == 10
    ]
    assert len(blank_directives(code)) == len(text)


@given(st.text("a\\/*\n# ", max_size=80).map(str.encode))
def test_comments_in_directives_move_nothing_either(text: bytes) -> None:
    assert len(blank(b"#define " + text)) == len(text) + 8


def test_a_directive_goes_with_its_continuation() -> None:
    assert blank_directives(b"a\n#define x \\\n  y\nb\n") == b"a\n           \n   \nb\n"


def test_a_directive_goes_on_behind_a_comment_that_hides_the_line_end() -> None:
    code = blank(b"#define x /*\n */ y\nb\n")
    assert blank_directives(code) == b"            \n     \nb\n"


def test_a_hash_within_a_line_is_no_directive() -> None:
    assert blank_directives(b"a ## b\n") == b"a ## b\n"


def test_facts_quote_the_source_on_one_line() -> None:
    assert squeeze(b"page_count(page)\n\t\t== 1 ") == "page_count(page) == 1"


def test_what_is_not_utf8_comes_through() -> None:
    assert squeeze(b"f(\xe9)").encode("utf-8", "surrogateescape") == b"f(\xe9)"


def test_brackets_are_matched_by_kind() -> None:
    assert matching(b"f(a, (b), c) + (d)", 1) == 11
    assert matching(b"f(a", 1) == -1


def test_arguments_are_split_at_their_own_commas() -> None:
    assert split_arguments(b"a, f(b, c), { d, e }") == [b"a", b"f(b, c)", b"{ d, e }"]
