"""Conditions of the preprocessor: which hold where, and texts that show every arm."""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from snippets import in_function, site, source

from kanalyze.source.lex import blank
from kanalyze.source.preprocessor import conditionals, conjuncts, negate, variants


@pytest.mark.parametrize(
    ("expression", "negation"),
    [
        ("CONFIG_SWAP", "!CONFIG_SWAP"),
        ("!CONFIG_SWAP", "CONFIG_SWAP"),
        ("PageKsm(page)", "!PageKsm(page)"),
        ("!PageKsm(page)", "PageKsm(page)"),
        ("vmf->pte", "!vmf->pte"),
        ("a == b", "!(a == b)"),
        ("!(a == b)", "a == b"),
        ("a && b", "!(a && b)"),
        ("!a && b", "!(!a && b)"),
        ("!(a) && (b)", "!(!(a) && (b))"),
        ("*flags", "!*flags"),
    ],
)
def test_a_negation_is_written_as_a_person_would(expression: str, negation: str) -> None:
    assert negate(expression) == negation


def test_conjunctions_are_split_and_say_each_thing_once() -> None:
    assert list(conjuncts(["A && B", "(B && C) && D", "E || F", "__KERNEL__", "!_LINUX_MM_H"])) == [
        "A",
        "B",
        "C",
        "D",
        "E || F",
    ]


def config_of(text: str) -> tuple[str, ...]:
    return site(text, "page_count(page)").config


@pytest.mark.parametrize(
    ("before", "after", "config"),
    [
        ("#ifdef CONFIG_A", "#endif", ("CONFIG_A",)),
        ("#ifndef CONFIG_A", "#endif", ("!CONFIG_A",)),
        ("#if defined(CONFIG_A) && !defined(CONFIG_B)", "#endif", ("CONFIG_A", "!CONFIG_B")),
        ("#if IS_ENABLED(CONFIG_A)", "#endif", ("CONFIG_A",)),
        ("#ifdef CONFIG_A\nx();\n#else", "#endif", ("!CONFIG_A",)),
        ("#ifdef CONFIG_A\nx();\n#elif defined(B)", "#endif", ("!CONFIG_A", "B")),
        ("#ifdef CONFIG_A\n#ifdef CONFIG_B", "#endif\n#endif", ("CONFIG_A", "CONFIG_B")),
        ("#if A > 1", "#endif", ("A > 1",)),
        ("#ifdef CONFIG_A\nx();\n#endif", "", ()),
        ("# if\tA \\\n && B", "# endif", ("A", "B")),
        ("if (IS_ENABLED(CONFIG_A))", "", ("CONFIG_A",)),
        ("if (!IS_ENABLED(CONFIG_A))", "", ("!CONFIG_A",)),
    ],
)
def test_a_site_knows_when_it_is_compiled(before: str, after: str, config: tuple[str, ...]) -> None:
    assert config_of(
        f"void f(struct page *page)\n{{\n{before}\npage_count(page);\n{after}\n}}\n"
    ) == (config)


def test_a_configuration_is_no_guard_of_the_control_flow() -> None:
    text = in_function("if (IS_ENABLED(CONFIG_A) && b)\n\tpage_count(page);")
    assert site(text, "page_count(page)").guards == ("b",)


def active(text: str) -> list[list[str]]:
    """Return the words of each variant of ``text``."""
    code = blank(source(text))
    found = variants(code, conditionals(code))
    assert all(len(one) == len(code) for one in found)
    return [one.decode().split() for one in found]


def test_without_conditionals_there_is_one_variant() -> None:
    assert active("a b\n#define C\nd") == [["a", "b", "d"]]


def test_both_arms_come_up() -> None:
    assert active("a\n#if A\nb\n#else\nc\n#endif\nd") == [["a", "b", "d"], ["a", "c", "d"]]


def test_arms_with_the_same_condition_come_up_together() -> None:
    text = "#if A\nif (\n#endif\nx\n#if A\n)\n#endif"
    assert active(text) == [["if", "(", "x", ")"], ["x"]] or active(text) == [["if", "(", "x", ")"]]


def test_each_of_several_arms_comes_up() -> None:
    shown = active("#if A\na\n#elif B\nb\n#elif C\nc\n#else\nd\n#endif")
    assert {word for one in shown for word in one} == {"a", "b", "c", "d"}
    assert all(len(one) == 1 for one in shown)


def test_contradictory_arms_never_come_up_together() -> None:
    shown = active("#if A\na\n#endif\n#if !A\nb\n#endif")
    assert sorted(shown) == [["a"], ["b"]]


LINES = ["#if A\n", "#ifdef B\n", "#if !A && B\n", "#elif C\n", "#else\n", "#endif\n", "x\n"]


@given(st.lists(st.sampled_from(LINES), max_size=14))
def test_variants_are_the_text_without_directives_and_other_arms(lines: list[str]) -> None:
    code = "".join(lines).encode()
    for one in variants(code, conditionals(code)):
        assert len(one) == len(code)
        assert all(new == old or new == 0x20 for new, old in zip(one, code, strict=True))
        assert b"#" not in one


@given(st.lists(st.sampled_from(["A", "B", "C", "!A", "A && B", "A || C"]), max_size=5))
def test_every_arm_that_can_be_compiled_is_in_some_variant(conditions: list[str]) -> None:
    text = "".join(f"#if {c}\nx{i}\n#else\ny{i}\n#endif\n" for i, c in enumerate(conditions))
    words = {word for one in active(text) for word in one}
    assert words == {f"{side}{i}" for i in range(len(conditions)) for side in "xy"}
