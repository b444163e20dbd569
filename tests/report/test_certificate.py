"""What a test has killed, as text that is attached to a mail."""

import re

from mutations import hostile, mutation

from kanalyze.report import mutation_certificate

SPEAKS = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069]")


def text(words: str) -> str:
    return "".join(mutation_certificate(mutation(), words))


def test_a_certificate_has_every_mutant_that_the_case_killed_with_its_line_and_diff() -> None:
    shown = text("anon child R1")
    assert shown.startswith(
        "cow_rules_reuse: anon child R1\n  kernel:   7.2.13\n  compiler: gcc 13\n"
    )
    assert "\n  killed do_wp_page/force-reuse/1, mm/memory.c\n" in shown
    assert "\n  killed ksm_merge/mapcount/1, mm/memory.c\n" in shown
    assert "drop-pin" not in shown  # another case has killed that one
    assert shown.count("\n  passes without it; with it: fail\n  not ok 7 anon child R1\n") == 2
    assert "\n    --- a/mm/memory.c\n    +++ b/mm/memory.c\n" in shown


def test_cases_are_chosen_by_whole_words() -> None:
    assert text("R3").splitlines()[0] == "cow_rules_reuse: ksm R3"
    assert text("cow_rules_reuse:").count("\ncow_rules") == 0  # a word is a word
    assert len(re.findall("(?m)^cow_rules_reuse: ", text("cow_rules_reuse"))) == 2
    assert text("child ksm") == ""


def test_what_killed_nothing_has_none() -> None:
    assert text("thp") == ""


def test_nothing_that_a_tree_says_moves_the_cursor() -> None:
    shown = "".join(mutation_certificate(hostile(), "cow_rules_reuse"))
    assert shown and not SPEAKS.search(shown)
