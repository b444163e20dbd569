"""Seqcount sections: where they open, what runs inside, and whether every path closes them."""

import pytest
from snippets import analysed, in_function

from kanalyze.source import Section

B, E = "raw_write_seqcount_begin(&mm->s);", "raw_write_seqcount_end(&mm->s);"


def sections(body: str) -> tuple[Section, ...]:
    return analysed(in_function(body, "static int f(struct mm_struct *mm)")).sections


def section(body: str) -> Section:
    (only,) = sections(body)
    return only


def test_a_section_says_what_it_holds() -> None:
    found = section(f"a();\n{B}\nlock_page(page);\nb(c());\nif (d)\n\te();\n{E}\ng();")
    assert (found.seqcount, found.side) == ("mm->s", "write")
    assert (found.begin_line, found.end_line) == (3, 8)
    assert found.calls == ("lock_page", "b", "c", "e")
    assert found.locks == ("folio lock",)
    assert found.statements == 4
    assert found.balanced


WRITERS = {
    "begin, end": (f"{B}\nb();\n{E}", True),
    "an early return inside": (f"{B}\nif (a)\n\treturn 1;\n{E}", False),
    "an early return outside": (f"if (a)\n\treturn 1;\n{B}\nb();\n{E}", True),
    "ended on both ways": (f"{B}\nif (a) {{\n\t{E}\n\treturn 1;\n}}\n{E}", True),
    "a way to the end by goto": (f"{B}\nif (a)\n\tgoto out;\nb();\nout:\n{E}", True),
    "a way past the end by goto": (f"{B}\nif (a)\n\tgoto out;\n{E}\nout:\nb();", False),
    "under one condition": (f"if (a)\n\t{B}\nb();\nif (a)\n\t{E}", True),
    "under different conditions": (f"if (a)\n\t{B}\nb();\nif (c)\n\t{E}", False),
    "under opposite conditions": (f"if (a)\n\t{B}\nb();\nif (!a)\n\t{E}", False),
    "under a condition that changes": (f"if (a)\n\t{B}\na = b();\nif (a)\n\t{E}", False),
    "begun twice": (f"{B}\n{B}\nb();\n{E}", False),
    "ended twice": (f"{B}\nb();\n{E}\n{E}", False),
    "around a loop": (f"{B}\nwhile (a)\n\tb();\n{E}", True),
    "in a loop": (f"while (a) {{\n{B}\nb();\n{E}\n}}", True),
    "left by break": (f"while (a) {{\n{B}\nif (c)\n\tbreak;\n{E}\n}}", False),
}


@pytest.mark.parametrize("what", WRITERS)
def test_a_writer_ends_on_every_path(what: str) -> None:
    body, balanced = WRITERS[what]
    found = section(f"{body}\nreturn 0;") if "twice" not in what else sections(body)[0]
    assert found.balanced is balanced
    assert bool(found.problem) is not balanced


RETRY = "read_seqcount_retry(&mm->s, seq)"
BEGIN = "seq = raw_read_seqcount(&mm->s);"

READERS = {
    "again until it held": (
        f"do {{\n\tseq = read_seqcount_begin(&mm->s);\n\tb();\n}} while ({RETRY});",
        True,
    ),
    "an odd count is given up": (
        f"{BEGIN}\nif (seq & 1)\n\treturn 0;\nb();\nif ({RETRY})\n\treturn 0;",
        True,
    ),
    "never checked on one way": (
        f"{BEGIN}\nif (a)\n\treturn 0;\nb();\nif ({RETRY})\n\treturn 0;",
        False,
    ),
    "tried, and not got": (
        f"if (!raw_seqcount_try_begin(&mm->s, seq))\n\treturn 0;\nb();\nif ({RETRY})\n\tg();",
        True,
    ),
    "under one condition": (
        f"if (a)\n\t{BEGIN}\nb();\nif (a)\n\tif ({RETRY})\n\t\tg();",
        True,
    ),
    "checked from a label": (
        f"again:\n{BEGIN}\nb();\nif ({RETRY})\n\tgoto again;",
        True,
    ),
}


@pytest.mark.parametrize("what", READERS)
def test_a_reader_checks_what_it_read(what: str) -> None:
    body, balanced = READERS[what]
    found = section(f"{body}\nreturn 0;")
    assert found.side == "read"
    assert found.balanced is balanced, found.problem


@pytest.mark.parametrize(
    ("begin", "end", "side"),
    [
        ("write_seqcount_begin(&s);", "write_seqcount_end(&s);", "write"),
        ("raw_write_seqcount_begin(&s);", "raw_write_seqcount_end(&s);", "write"),
        ("do_raw_write_seqcount_begin(&s);", "do_raw_write_seqcount_end(&s);", "write"),
        ("write_seqlock(&s);", "write_sequnlock(&s);", "write"),
        ("q = raw_read_seqcount(&s);", "if (read_seqcount_retry(&s, q))\n\tg();", "read"),
        ("q = read_seqcount_begin(&s);", "if (read_seqcount_retry(&s, q))\n\tg();", "read"),
        ("q = __read_seqcount_begin(&s);", "if (__read_seqcount_retry(&s, q))\n\tg();", "read"),
        ("q = read_seqbegin(&s);", "if (read_seqretry(&s, q))\n\tg();", "read"),
    ],
)
def test_old_and_new_names_are_one_operation(begin: str, end: str, side: str) -> None:
    found = section(f"{begin}\nb();\n{end}\nreturn 0;")
    assert (found.seqcount, found.side, found.balanced) == ("s", side, True)


def test_a_wrapper_stands_for_its_seqcount() -> None:
    found = section(
        "do {\n\tc = read_mems_allowed_begin();\n\tb();\n} while (read_mems_allowed_retry(c));"
    )
    assert (found.seqcount, found.side) == ("current->mems_allowed_seq", "read")


def test_two_seqcounts_are_two_sections() -> None:
    inner = B.replace("->s", "->t") + "\nb();\n" + E.replace("->s", "->t")
    assert [one.seqcount for one in sections(f"{B}\n{inner}\n{E}")] == ["mm->s", "mm->t"]


def test_an_assertion_is_no_section() -> None:
    assert sections("VM_BUG_ON(!(raw_read_seqcount(&mm->s) & 1));") == ()
