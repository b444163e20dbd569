"""Functions in a form that can be evaluated: one configuration, every vertex an expression."""

from collections.abc import Callable, Iterator
from pathlib import Path
from textwrap import dedent

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from snippets import RULES, function, in_function
from test_hostile import HEAD, HOSTILE, damaged

from kanalyze.config import load
from kanalyze.history import GitTree, open_tree
from kanalyze.source import Function, Kind, PieceCache, expression, functions
from kanalyze.source.expressions import (
    Call,
    Expr,
    Name,
    Number,
    Opaque,
    Sequence,
    names,
    squeezed,
    walk,
)
from kanalyze.source.lex import blank
from kanalyze.source.preprocessor import conditionals, selected
from kanalyze.source.program import Program, program

#: Of all expressions in the files of the configuration, Debian's kernels, 0.27 % are opaque.
MOST_OPAQUE = 0.004

OWNERS = (Kind.STEP, Kind.ATOM, Kind.SWITCH, Kind.RETURN)


def nothing_set(name: str) -> bool:
    return False


def read(text: str, holds: Callable[[str], bool] = nothing_set) -> Program:
    """Return the only function of a snippet as a program."""
    found = program(function(text), RULES, holds, "mm/f.c")
    assert found is not None
    return found


def texts(found: Program, *kinds: Kind) -> list[str | None]:
    """Return what the vertices of some kinds compute, printed."""
    pairs = zip(found.graph.vertices, found.expressions, strict=True)
    return [
        None if expr is None else squeezed(expr)
        for vertex, expr in pairs
        if vertex.kind in kinds and vertex.start < vertex.end
    ]


def computed(body: str, *kinds: Kind) -> list[str | None]:
    return texts(read(in_function(body)), *(kinds or OWNERS))


# ------------------------------------------------------------------- vertices


def test_statements_conditions_and_returns_are_expressions() -> None:
    body = """
        int count = page_count(page), other, *third = NULL;
        struct page *fourth;

        if (unlikely(PageKsm(page) || count != 1))
            return -EBUSY; /* shared */
        count |= 0x10;
        return count;
    """
    assert computed(body) == [
        "count = page_count(page), third = 0",
        "",
        "PageKsm(page)",
        "count != 1",
        "-EBUSY",
        "count |= 16",
        "count",
    ]


def test_loops_and_labels_compute_nothing_of_their_own() -> None:
    body = """
        again:
            for (i = 0; i < 3; i++)
                touch(page);
            while (busy(page))
                cpu_relax();
            do {
                ;
            } while (0);
            goto again;
    """
    assert computed(body) == [
        "i = 0",
        "i < 3",
        "touch(page)",
        "i++",
        "busy(page)",
        "cpu_relax()",
        "",
    ]


def test_a_macro_that_opens_a_loop_is_opaque_and_named() -> None:
    found = read(in_function("list_for_each_entry(rmap, &head, list)\n\tuse(rmap);"))
    opaque = [expr for expr in found.expressions if isinstance(expr, Opaque)]
    assert opaque == [Opaque("list_for_each_entry(rmap, &head, list)")]
    assert "rmap" in names(opaque[0])
    assert texts(found, Kind.STEP)[-1] == "use(rmap)"


def test_a_plain_return_gives_nothing_and_a_split_one_numbers() -> None:
    assert computed("return;", Kind.RETURN) == [None]
    split = read(in_function("return a && !b;", "static bool f(int a, int b)"))
    assert split.returns_truth
    assert texts(split, Kind.ATOM) == ["a", "b"]
    assert sorted(map(str, texts(split, Kind.RETURN))) == ["0", "1"]
    number = read(in_function("return page_count(page) == 1;", "int f(struct page *page)"))
    assert not number.returns_truth
    assert sorted(map(str, texts(number, Kind.RETURN))) == ["0", "1"]


def test_the_cases_of_a_switch_have_values() -> None:
    body = """
        switch (swp_type(entry)) {
        case SWP_HWPOISON:
        case 0x10:
            return 1;
        case 'a' ... 'c':
            break;
        default:
            return 2;
        }
    """
    found = read(in_function(body))
    (head,) = (n for n, vertex in enumerate(found.graph.vertices) if vertex.kind is Kind.SWITCH)
    edges = [n for n, v in enumerate(found.graph.vertices) if v.condition == head]
    labels = [found.case_values[n] for n in edges if found.graph.vertices[n].kind is Kind.EDGE]
    assert texts(found, Kind.SWITCH) == ["swp_type(entry)"]
    assert labels == [Name("SWP_HWPOISON"), Number(16), expression("'a' ... 'c'"), None]
    others = set(range(len(found.graph.vertices))) - set(edges)
    assert all(found.case_values[n] is None for n in others)


def test_literals_and_comments_are_told_apart() -> None:
    body = "pr_info(\"%s /* no */\" /* yes */, name);\nc = ';';"
    assert computed(body) == ['pr_info("%s /* no */", name)', "c = ';'"]


def test_a_declaration_initialises_each_time_unless_it_is_static() -> None:
    assert computed("static int warned = 0;") == [""]
    assert computed("static const int limit = 3;") == ["limit = 3"]
    assert computed("auto entry = pte_val(pte);") == ["entry = pte_val(pte)"]
    assert computed("struct vm_fault vmf = { .vma = vma };") == ["vmf = { .vma = vma }"]


def test_the_arguments_of_type_macros_stay_in_their_places() -> None:
    found = read(in_function("p = container_of(a, struct page, lru) + min_t(unsigned long, b, c);"))
    calls = [inner for expr in found.expressions if expr for inner in walk(expr)]
    given = {call.name: len(call.arguments) for call in calls if isinstance(call, Call)}
    assert given == {"container_of": 3, "min_t": 3}


def test_what_the_parser_does_not_understand_is_a_problem_and_opaque() -> None:
    found = read(in_function("before(page);\nx = = y;\nafter(page);"))
    assert found.problems and found.problems[0].startswith("line 4: ")
    assert {"before(page)", "after(page)"} <= set(texts(found, Kind.STEP))
    assert any(isinstance(expr, Opaque) for expr in found.expressions)


def test_lines_and_texts_are_those_of_the_file() -> None:
    text = "int g;\n\n#define X 1\n\n" + dedent(
        """\
        static int f(struct page *page)
        {
        #ifdef CONFIG_KSM
        \tksm(page);
        #endif
        \tcount(page,
        \t      1);
        \treturn 0;
        }
        """
    )
    (one,) = functions(text.encode())
    found = program(one, RULES, nothing_set, "mm/f.c")
    assert found is not None
    assert (found.name, found.file, found.line) == ("f", "mm/f.c", 5)
    steps = [n for n, v in enumerate(found.graph.vertices) if v.kind is Kind.STEP]
    assert [(found.line_of(n), found.text_of(n)) for n in steps] == [(10, "count(page, 1);")]
    (call,) = (expr for expr in found.expressions if isinstance(expr, Call))
    assert one.text[call.start :].startswith(b"count(")


# -------------------------------------------------------------- configuration

ARMS = """
    #ifdef CONFIG_A
        a();
    #elif defined(CONFIG_B) && !IS_ENABLED(CONFIG_C)
        b();
    #else
        neither();
    #endif
    #ifndef CONFIG_C
        no_c();
    #if PAGE_SIZE > 4096
        large();
    #else
        small();
    #endif
    #endif
    #if 0
        never();
    #endif
    #if 1 && IS_REACHABLE(CONFIG_B)
        reachable();
    #endif
"""


@pytest.mark.parametrize(
    ("configured", "expected"),
    [
        ("", ["neither()", "no_c()", "large()"]),
        ("A", ["a()", "no_c()", "large()"]),
        ("B", ["b()", "no_c()", "large()", "reachable()"]),
        ("BC", ["neither()", "reachable()"]),
        ("ABC", ["a()", "reachable()"]),
    ],
)
def test_one_choice_of_arms_is_compiled(configured: str, expected: list[str]) -> None:
    found = read(in_function(ARMS), lambda name: name.removeprefix("CONFIG_") in set(configured))
    assert texts(found, Kind.STEP) == expected


def test_arms_may_cut_through_a_statement() -> None:
    body = "\tif (a(page)\n#ifdef CONFIG_B\n\t    && b(page)\n#endif\n\t   )\n\t\tc(page);"
    text = f"static void f(struct page *page)\n{{\n{body}\n}}\n"
    assert texts(read(text, lambda name: True), Kind.ATOM) == ["a(page)", "b(page)"]
    assert texts(read(text), Kind.ATOM) == ["a(page)"]


def test_a_declaration_may_have_arms_too() -> None:
    text = """
        static int f(struct page *page
        #ifdef CONFIG_NUMA
                     , int node
        #endif
                     )
        {
            return 0;
        }
    """
    assert read(text).parameters == ("page",)
    assert read(text, lambda name: True).parameters == ("page", "node")


@given(st.text("AB01 !&|()#\nifdelsn", max_size=60))
def test_a_choice_moves_no_byte(text: str) -> None:
    code = blank(text.encode())
    chosen = selected(code, conditionals(code), lambda name: name == "A")
    assert len(chosen) == len(code)
    assert all(new == old or new == ord(" ") for new, old in zip(chosen, code, strict=True))


# ----------------------------------------------------------------- parameters


@pytest.mark.parametrize(
    ("declaration", "expected"),
    [
        ("void f(void)", ()),
        ("void f()", ()),
        ("int f(struct page *page, unsigned int flags)", ("page", "flags")),
        ("static struct page *f(struct vm_fault *vmf,\n\t\tpte_t orig)", ("vmf", "orig")),
        ("int f(struct page *pages[], int n[3][4], pte_t **p)", ("pages", "n", "p")),
        ("int f(int (*fn)(struct page *, void *), void *arg)", ("fn", "arg")),
        ("int f(__be32 (*get)(int), int (*rows)[4], int cb(int x))", ("get", "rows", "cb")),
        ("int f(const char __user *buf, struct page *p __maybe_unused)", ("buf", "p")),
        ("int f(int x __attribute__((unused)), const u8 *const y)", ("x", "y")),
        ("int f(const char *fmt, ...)", ("fmt",)),
        ("int f(int, struct page *page)", ("", "page")),
        ("static inline __must_check bool f(pte_t pte)", ("pte",)),
        ("int __attribute__((warn_unused_result)) f(int a)", ("a",)),
        ("int f(int a) __releases(ptl)", ("a",)),
        ("void (*f(int a))(int b)", ("a",)),
        ("struct f *f(struct f *f)", ("f",)),
        ("SYSCALL_DEFINE2(f, unsigned long, start, size_t, len)", ("start", "len")),
    ],
)
def test_parameters_are_named_in_their_order(declaration: str, expected: tuple[str, ...]) -> None:
    assert read(f"{declaration}\n{{\n\treturn;\n}}\n").parameters == expected


# ------------------------------------------------------------- hostile and real


def check(found: Program | None) -> Program | None:
    """Check what must hold of any program."""
    if found is None:
        return None
    vertices = found.graph.vertices
    assert len(found.expressions) == len(found.case_values) == len(vertices)
    for number, (vertex, expr) in enumerate(zip(vertices, found.expressions, strict=True)):
        assert expr is None or (vertex.kind in OWNERS and isinstance(squeezed(expr), str))
        assert found.line <= found.line_of(number)
        if vertex.kind in (Kind.STEP, Kind.ATOM, Kind.SWITCH) and vertex.start < vertex.end:
            assert expr is not None
    return found


@settings(max_examples=200)
@given(damaged(), st.booleans())
def test_damaged_functions_give_a_program_or_none(text: bytes, configured: bool) -> None:
    for one in functions(text):
        check(program(one, RULES, lambda name: configured))


@settings(max_examples=150)
@given(st.text("if(a){b();}case 1:\n#endif\"'!&|?:;=*+", max_size=200).map(str.encode))
def test_any_body_gives_a_program_or_none(body: bytes) -> None:
    for one in functions(HEAD + body + b"\n}\n"):
        check(program(one, RULES, nothing_set))


@pytest.mark.parametrize("name", sorted(HOSTILE))
def test_hostile_bodies_give_a_program_or_none(name: str) -> None:
    for one in functions(HEAD + HOSTILE[name]() + b"\n}\n"):
        check(program(one, RULES, nothing_set))


def real_functions(repository: Path) -> Iterator[Function]:
    """Yield each different function of the default files of all releases."""
    tree = open_tree(repository)
    assert isinstance(tree, GitTree)
    cache, seen = PieceCache(), set[bytes]()
    for tag in tree.git.output("tag", "--list").decode().split():
        files = tree.ls(tree.resolve(tag), load().files.default)
        with tree.blobs() as reader:
            for blob in files.values():
                for one in functions(reader.read(blob), cache):
                    if one.text not in seen:
                        seen.add(one.text)
                        yield one


@pytest.mark.parametrize("configured", [True, False])
def test_every_real_function_is_a_program(releases_repo: Path, configured: bool) -> None:
    every = opaque = 0
    printed: set[str] = set()
    for one in real_functions(releases_repo):
        found = check(program(one, RULES, lambda name: configured))
        assert found is not None, one.name
        for expr in found.expressions:
            inside: list[Expr] = [] if expr is None else list(walk(expr))
            every += len(inside)
            bad = sum(isinstance(inner, Opaque) for inner in inside)
            opaque += bad
            if expr is not None and not bad and expr != Sequence(()):
                printed.add(squeezed(expr))
    print(f"{opaque} of {every} expressions are opaque: {opaque / every:.4f}")
    assert opaque / every < MOST_OPAQUE
    assert [text for text in sorted(printed) if squeezed(expression(text)) != text] == []
