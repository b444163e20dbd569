"""Broken and hostile text: no crash, no lost name, offsets inside the text, and soon."""

import time
from collections.abc import Callable
from functools import cache
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from oracle import words_in_bodies
from snippets import DERIVED, RULES

from kanalyze.history import GitTree, open_tree
from kanalyze.source import FunctionFacts, facts, functions, summary

HEAD = b"static int f(struct page *page)\n{\n"

OWN = (
    b"static int f(struct page *page, struct vm_fault *vmf)\n"
    b"{\n\tint n, ret = -EBUSY;\n\n"
    b"#ifdef CONFIG_SWAP\n\tif (PageSwapCache(page) && !trylock_page(page))\n"
    b"\t\tgoto copy;\n#endif\n"
    b"\tspin_lock(vmf->ptl);\n\tn = page_count(page);\n"
    b"\tswitch (n) {\n\tcase 1:\n\t\tret = 0;\n\t\tbreak;\n\tdefault:\n\t\tgoto out;\n\t}\n"
    b"\tdo {\n\t\tseq = read_seqcount_begin(&s);\n\t} while (read_seqcount_retry(&s, seq));\n"
    b'\tfor_each_page(page)\n\t\tpr_info("%d }", page_mapcount(page)); /* { */\n'
    b"out:\n\tspin_unlock(vmf->ptl);\n\treturn ret;\ncopy:\n\treturn wp_page_copy(vmf);\n}\n"
)

DAMAGE = [b"", b"\0", b"{", b"}", b"(", b")", b'"', b"'", b"/*", b"*/", b"\\\n", b"\n}\n"]
DAMAGE += [b"\n#if A\n", b"\n#else\n", b"\n#endif\n", b"else ", b"case 1:", b"do ", b"\xff", b"?"]
DAMAGE += [b" page_count(page) ", b"return ", b"goto x;", b"x: ", b"#", b"&& ", b"! ", b"= "]


def look(text: bytes) -> list[FunctionFacts]:
    """Analyse all of ``text``; check what must hold whatever it is."""
    found = []
    for one in functions(text):
        summary(one.text, one.body, RULES)
        result = facts(one.text, one.body, RULES, DERIVED)
        lines = one.text.count(b"\n")
        for site in result.sites:
            assert one.body < site.offset < len(one.text)
            assert site.line == one.text.count(b"\n", 0, site.offset)
        for section in result.sections:
            assert 0 <= section.begin_line <= section.end_line <= lines
        assert all(0 <= problem.line <= lines for problem in result.problems)
        found.append(result)
    return found


def names(found: list[FunctionFacts]) -> int:
    return sum(len(site.signals) for one in found for site in one.sites)


@cache
def real_functions() -> tuple[bytes, ...]:
    """Return functions of a real kernel when there is one, else our own."""
    import os

    path = os.environ.get("KANALYZE_RELEASES")
    if not path:
        return (OWN,)
    tree = open_tree(Path(path))
    assert isinstance(tree, GitTree)
    tag = sorted(tree.git.output("tag", "--list").decode().split())[0]
    files = tree.ls(tree.resolve(tag), ["mm/memory.c", "mm/vmscan.c", "mm/gup.c", "mm/ksm.c"])
    texts = [OWN]
    with tree.blobs() as reader:
        for blob in files.values():
            texts += [f.text for f in functions(reader.read(blob)) if RULES.words.search(f.text)]
    return tuple(text for text in texts if len(text) < 6000)


@st.composite
def damaged(draw: st.DrawFn) -> bytes:
    """Draw a real function with bytes deleted, doubled or inserted here and there."""
    text = draw(st.sampled_from(real_functions()))
    for _ in range(draw(st.integers(1, 6))):
        at = draw(st.integers(0, len(text)))
        length = draw(st.integers(0, 40))
        piece = text[at : at + length]
        new = draw(st.sampled_from([*DAMAGE, piece + piece, piece[::-1]]))
        text = text[:at] + new + text[at + length :]
    return text


@settings(max_examples=400)
@given(damaged())
def test_damaged_functions_are_analysed_as_far_as_it_goes(text: bytes) -> None:
    started = time.process_time()
    look(text)
    assert time.process_time() - started < 20


@settings(max_examples=150)
@given(st.text("if(a){b();}else while do\n#endif\"'!&|?:;", max_size=200).map(str.encode))
def test_any_body_is_analysed_as_far_as_it_goes(body: bytes) -> None:
    look(HEAD + b"\tpage_count(page);\n" + body + b"\n}\n")


HOSTILE: dict[str, Callable[[], bytes]] = {
    "braces": lambda: b"{" * 100_000 + b"page_count(page);" + b"}" * 100_000,
    "fewer braces": lambda: b"{" * 1_000 + b"page_count(page);" + b"}" * 1_000,
    "braces that never close": lambda: b"{" * 100_000 + b"page_count(page);",
    "nested ifs": lambda: b"if (a) " * 5_000 + b"page_count(page);",
    "else ifs": lambda: b"if (page_count(page)) b();\n" + b"else if (c) d();\n" * 3_000,
    "brackets": lambda: b"a = " + b"(" * 30_000 + b"page_count(page)" + b")" * 30_000 + b";",
    "a condition in brackets": lambda: (
        b"if (" + b"(" * 30_000 + b"page_count(page)" + b")" * 30_000 + b") g();"
    ),
    "conjunctions": lambda: b"if (" + b"a && " * 5_000 + b"page_count(page)) g();",
    "negations": lambda: b"if (" + b"!" * 50_000 + b"page_count(page)) g();",
    "ternaries": lambda: b"if (" + b"a ? b : " * 5_000 + b"page_count(page)) g();",
    "nested #ifs": lambda: b"#if A\n" * 3_000 + b"page_count(page);\n" + b"#endif\n" * 3_000,
    "a #if with brackets": lambda: (
        b"#if " + b"(" * 30_000 + b"A" + b")" * 30_000 + b"\npage_count(page);\n#endif"
    ),
    "a #if with negations": lambda: b"#if " + b"!" * 50_000 + b"A\npage_count(page);\n#endif",
    "nested loops": lambda: b"do {" * 3_000 + b"page_count(page);" + b"} while (a);" * 3_000,
    "5 MB of statements": lambda: b"\tx = y + 1;\n" * 400_000 + b"page_count(page);",
    "5 MB of one declaration": lambda: b"int " * 1_200_000 + b"page_count;",
    "5 MB of comment": lambda: b"/*" + b"}\n" * 2_500_000 + b"*/ page_count(page);",
    "a binary": lambda: bytes(range(256)).replace(b"}", b"").replace(b"/*", b"") * 2_000,
}


@pytest.mark.parametrize("what", HOSTILE)
def test_a_hostile_function_costs_seconds_and_no_name(what: str) -> None:
    text = HEAD + HOSTILE[what]() + b"\n}\n"
    started = time.process_time()
    found = look(text)
    assert time.process_time() - started < 30
    assert names(found) == words_in_bodies(text, [b"page_count"])["page_count"]


def test_what_is_not_followed_is_a_health_problem() -> None:
    (found,) = look(HEAD + HOSTILE["fewer braces"]() + b"\n}\n")
    assert [problem.what for problem in found.problems] == ["nested too deeply"]
    assert [(site.role, site.signals) for site in found.sites] == [("other", ("page_count",))]


def test_a_function_that_is_too_long_is_a_health_problem() -> None:
    (found,) = look(HEAD + HOSTILE["5 MB of statements"]() + b"\n}\n")
    (problem,) = found.problems
    assert "more than the 65536 that are analysed" in problem.what


def test_a_function_cut_off_at_the_end_of_the_file_is_still_seen() -> None:
    (found,) = look(HEAD + b"\tif (page_count(page) == 1) {\n\t\tg();\n")
    assert names([found]) == 1
    assert found.problems


def test_a_function_whose_declaration_is_damaged_is_still_seen() -> None:
    (found,) = look(b"static int f\0(struct page *page)\n{\n\tpage_count(page);\n}\n")
    assert names([found]) == 1


def test_a_long_chain_of_else_ifs_is_no_deep_nest() -> None:
    chain = b"\telse if (page_count(page) == 2)\n\t\tgoto copy;\n" * 500
    (found,) = look(HEAD + b"\tif (a)\n\t\tb();\n" + chain + b"copy:\n\treturn 0;\n}\n")
    assert not found.problems
    assert {site.role for site in found.sites} == {"decision"}
