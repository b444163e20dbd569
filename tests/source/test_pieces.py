"""A file is cut into functions, however its macros, arms and errors stand."""

from collections.abc import Callable

import pytest
from hypothesis import given
from hypothesis import strategies as st
from snippets import source

from kanalyze.source import Function, PieceCache, functions


def cut(text: str) -> list[Function]:
    return list(functions(source(text)))


def names(text: str) -> list[str]:
    return [one.name for one in cut(text)]


@pytest.mark.parametrize(
    ("declaration", "name"),
    [
        ("int f(void)", "f"),
        ("static inline struct page *get(struct page *page)", "get"),
        ("static vm_fault_t\nfault(struct vm_fault *vmf)", "fault"),
        ("bool __must_check tried(struct page *page)", "tried"),
        ("void drop(void) __releases(lock) __acquires(lock)", "drop"),
        ("void __drop(void) __releases(lock)", "__drop"),
        ("void __drop(void) __init __releases(lock)", "__drop"),
        ("static __printf(1, 2) void say(const char *fmt, ...)", "say"),
        ("static __printf(1, 2) void __say(const char *fmt, ...)", "__say"),
        ("void __attribute__((weak)) late(void)", "late"),
        ("NOKPROBE_SYMBOL(one)\nstatic int __two(void)", "__two"),
        ("int f(int (*walk)(struct page *))", "f"),
        ("int __f(int (*walk)(struct page *), int a)", "__f"),
        ("void (*handler(int signal))(int)", "handler"),
        ("struct pair __both(struct page *page, int n)", "__both"),
        ("SYSCALL_DEFINE2(munlock, unsigned long, start, size_t, len)", "sys_munlock"),
        ("COMPAT_SYSCALL_DEFINE1(x, int, y)", "sys_x"),
    ],
)
def test_a_function_is_named_as_it_is_called(declaration: str, name: str) -> None:
    assert names(f"{declaration}\n{{\n}}\n") == [name]


@pytest.mark.parametrize(
    "text",
    [
        "int f(void);\n",
        "struct ops o = {\n\t.f = f,\n};\n",
        "static int a[] = {\n\t1, 2\n};\n",
        "struct s {\n\tint (*f)(void);\n};\n",
        "typedef struct {\n\tint a;\n} t;\n",
        "enum e {\n\tA, B\n};\n",
        "struct s __aligned(8) {\n\tint a;\n};\n",
        "DEFINE_FREE(put, struct page *, put_page(_T))\n\nstruct s {\n\tint a;\n};\n",
        "#define f(x) {\t\\\n\tx;\t\t\\\n}\n",
        "#define make(x)\t\\\nint x(void)\t\\\n{\t\t\\\n}\t\t\\\nint y(void)\t\\\n{\t\\\n}\n",
        "#define f()\t\\\n({\t/* a comment\n over lines */ g();\t\\\n})\n",
        "",
        "/* int f(void)\n{\n} */\n",
    ],
)
def test_data_types_and_macros_are_no_functions(text: str) -> None:
    assert names(text) == []


def test_each_function_knows_its_place() -> None:
    text = "/* one */\n#include <x.h>\n\nint one(void)\n{\n}\n\nint two(void)\n{\n\tone();\n}\n"
    one, two = cut(text)
    assert (one.line, two.line) == (4, 8)
    for found in (one, two):
        whole = text.encode()[found.offset : found.offset + len(found.text)]
        assert whole == found.text
        assert found.text[found.body :].startswith(b"{") and found.text.endswith(b"}")


def test_a_function_knows_under_which_condition_it_is_compiled() -> None:
    text = """
        #ifdef CONFIG_SWAP
        int one(void)
        {
        }
        #else
        int one(void)
        {
        }
        #endif
        int two(void)
        {
        }
    """
    assert [one.config for one in cut(text)] == [("CONFIG_SWAP",), ("!CONFIG_SWAP",), ()]


def test_an_include_guard_is_no_condition() -> None:
    text = "#ifndef _LINUX_MM_H\n#define _LINUX_MM_H\nint f(void)\n{\n}\n#endif\n"
    assert [one.config for one in cut(text)] == [()]


def test_two_heads_may_share_one_body() -> None:
    text = """
        #ifdef CONFIG_NUMA
        int f(int node)
        #else
        int f(void)
        #endif
        {
        \tg();
        }
        int h(void)
        {
        }
    """
    assert names(text) == ["f", "h"]


def test_a_brace_in_both_arms_is_counted_once() -> None:
    text = """
        int f(void)
        {
        #ifdef A
        \tif (a) {
        #else
        \tif (b) {
        #endif
        \t\tg();
        \t}
        }
        int h(void)
        {
        }
    """
    assert names(text) == ["f", "h"]


@pytest.mark.parametrize(
    "inside",
    [
        "/*\n}\n*/",
        '"\\\n}\n";',
        "struct s x[] = {\n{ 1 },\n};",
        "if (a) {\n}",
    ],
)
def test_a_brace_in_the_first_column_need_not_end_a_function(inside: str) -> None:
    text = f"int f(void)\n{{\n{inside}\n\tg();\n}}\nint h(void)\n{{\n}}\n"
    assert [(one.name, b"g();" in one.text) for one in functions(text.encode())] == [
        ("f", True),
        ("h", False),
    ]


@pytest.mark.parametrize("condition", ["#ifdef A", "#ifndef A", "#if defined(A) && B"])
def test_a_brace_that_one_arm_opens_may_be_closed_by_a_later_one(condition: str) -> None:
    text = f"""
        int f(void)
        {{
        {condition}
        \tif (a) {{
        #else
        \tg();
        #endif
        \tg();
        {condition}
        \t}}
        #endif
        }}
        int h(void)
        {{
        }}
    """
    assert names(text) == ["f", "h"]


def test_a_brace_too_many_costs_no_other_function() -> None:
    assert names("int a(void)\n{\n}\n}\nint b(void)\n{\n}\n") == ["a", "b"]


def test_a_function_that_never_ends_costs_only_itself() -> None:
    text = "int a(void)\n{\n}\n\nint b(void)\n{\n\tif (x) {\n}\n"
    assert "a" in names(text)


def test_a_piece_seen_before_is_not_looked_at_again(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    looked: list[bytes] = []
    from kanalyze.source import pieces

    examine: Callable[[bytes], object] = pieces._examine

    def watched(text: bytes) -> object:
        looked.append(text)
        return examine(text)

    monkeypatch.setattr(pieces, "_examine", watched)
    cache = PieceCache()
    first = b"int a(void)\n{\n}\nint b(void)\n{\n}\n"
    list(functions(first, cache))
    looked.clear()
    both = list(functions(first + b"int c(void)\n{\n}\n", cache))
    assert [one.name for one in both] == ["a", "b", "c"]
    assert looked == [b"int c(void)\n{\n}\n"]


@given(st.binary(max_size=300) | st.text("int f(){};\n#ifel/*\"'\\ ", max_size=120).map(str.encode))
def test_any_bytes_can_be_cut(text: bytes) -> None:
    for one in functions(text):
        assert text[one.offset : one.offset + len(one.text)] == one.text
        assert one.text[one.body : one.body + 1] == b"{"
        assert one.line == 1 + text.count(b"\n", 0, one.offset)
