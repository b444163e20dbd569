"""Explained trees as text: what they say, that they fit, and that no tree speaks through them."""

import re
import unicodedata
from dataclasses import replace
from pathlib import Path

import pytest
from compared import comparison, difference, hostile_comparison, same
from explained import arm, explanation, hostile_tree, pinned, step, swap_in, tree

from kanalyze.report import View, comparison_text, explain_text
from kanalyze.report.layout import columns
from kanalyze.semantics.model import (
    Comparison,
    ExplainedTree,
    Explanation,
    Group,
    Rule,
    RuleResult,
    Verdict,
)

GOLDEN = Path(__file__).parent / "golden"
SGR = re.compile(r"\x1b\[[0-9;]*m")
VIEWS = [
    ("80", View(width=80)),
    ("80-verbose", View(width=80, verbose=True)),
    ("80-colour", View(width=80, colour=True)),
    ("120", View(width=120)),
]


def text(record: ExplainedTree | Comparison, view: View | None = None) -> str:
    if isinstance(record, ExplainedTree):
        return "".join(explain_text(record, view or View()))
    return "".join(comparison_text(record, view or View()))


def told(record: ExplainedTree | Comparison, view: View | None = None) -> str:
    """Return the text with its line breaks and margins taken away."""
    return " ".join(text(record, view).split())


def alone(one: Explanation) -> ExplainedTree:
    """Return a tree that has this decision and nothing else."""
    return tree(explanations=(one,), arms=(), concepts=(), invariants=(), notes=())


@pytest.mark.parametrize(("name", "view"), VIEWS)
def test_an_explained_tree_looks_as_the_reference_does(name: str, view: View) -> None:
    assert text(tree(), view) == (GOLDEN / f"explain-{name}.txt").read_text(encoding="utf-8")


@pytest.mark.parametrize(("name", "view"), VIEWS)
def test_a_comparison_looks_as_the_reference_does(name: str, view: View) -> None:
    expected = (GOLDEN / f"compare-{name}.txt").read_text(encoding="utf-8")
    assert text(comparison(), view) == expected


@pytest.mark.parametrize("record", [tree(), comparison()])
def test_colour_changes_nothing_but_the_colour(record: ExplainedTree | Comparison) -> None:
    assert SGR.sub("", text(record, View(colour=True))) == text(record)
    assert "\x1b" not in text(record)


@pytest.mark.parametrize("width", [1, 40, 41, 60, 79, 80, 120, 500])
@pytest.mark.parametrize("verbose", [False, True])
def test_no_line_is_wider_than_the_terminal(width: int, verbose: bool) -> None:
    view = View(width=width, verbose=verbose)
    for record in (tree(), comparison(), hostile_tree(), hostile_comparison()):
        lines = text(record, view).split("\n")
        assert [line[:80] for line in lines if columns(line) > max(width, 40)] == []


@pytest.mark.parametrize("verbose", [False, True])
@pytest.mark.parametrize("record", [hostile_tree(), hostile_comparison()], ids=["tree", "compare"])
def test_a_hostile_tree_does_not_reach_the_terminal(
    record: ExplainedTree | Comparison, verbose: bool
) -> None:
    shown = text(record, View(verbose=verbose))
    shown.encode("utf-8")  # no surrogate is left
    assert not [c for c in shown if c != "\n" and unicodedata.category(c) in ("Cc", "Cs")]
    assert not re.search("[\u202a-\u202e\u2066-\u2069]", shown)
    assert "\\x1b[2J" in shown
    coloured = text(record, View(verbose=verbose, colour=True))
    assert "\x1b" not in SGR.sub("", coloured)


def test_nothing_at_all_is_said_to_be_nothing() -> None:
    empty = tree(explanations=(), arms=(), concepts=(), invariants=(), notes=())
    assert "0 decisions explained" in told(empty)
    assert told(empty).endswith(
        "0 decisions, 0 page states: R1 not broken, R3 not broken, 0 findings in 0 arming sites."
    )
    bare = explanation(outcomes=(), rules=(), policy="", site_ids=(), assumed=(), states=0)
    assert "policy: none" in told(alone(bare))
    assert "no outcome could be told" in told(alone(bare))


@pytest.mark.parametrize(
    ("rule", "verdict", "states", "of", "sentence"),
    [
        ("R1", "holds", 0, 212, "holds in all 212 states that can end in reuse"),
        ("R1", "holds", 0, 1, "holds in the only state that can end in reuse"),
        ("R1", "holds", 0, 0, "holds: there are no states that can end in reuse"),
        ("R2", "holds", 0, 9, "none in the 9 states that are mine alone and not pinned"),
        ("R2", "cost", 3, 9, "3 of 9 states that are mine alone and not pinned"),
        ("R3", "broken", 9, 9, "BROKEN in all 9 states that are mine alone and pinned by me"),
        ("R3", "broken", 1, 1, "BROKEN in the only state that is mine alone and pinned by me"),
        ("R3", "not-asked", 0, 0, "not asked here"),
    ],
)
def test_the_verdict_on_a_rule_is_a_sentence(
    rule: Rule, verdict: Verdict, states: int, of: int, sentence: str
) -> None:
    result = RuleResult(rule=rule, verdict=verdict, states=states, of=of, open=0, groups=())
    assert sentence in told(alone(explanation(rules=(result,))))


def test_a_partial_answer_is_marked_in_its_block_in_its_verdict_and_at_the_end() -> None:
    shown = told(alone(swap_in()))
    assert "PARTIAL: page_swapped() of mm/swapfile.c was not found" in shown
    assert "as far as it could be evaluated, none in the 12 states" in shown
    assert "PARTIAL: 1 of 1 decision could not be evaluated in full." in shown
    assert "PARTIAL" not in told(alone(explanation()))


def test_what_follows_from_a_broken_rule_is_said() -> None:
    assert "-> copy, and the device keeps writing to the old page" in told(alone(explanation()))
    assert "-> reuse, and the other side sees what I write" in told(alone(swap_in()))


def test_states_that_depend_on_more_than_the_page_are_told() -> None:
    assert "in 2 of them depending on more than the page state" in told(alone(explanation()))
    assert "60 states that can end in reuse, depending on more than" in told(alone(swap_in()))


def test_a_long_path_shows_its_end_unless_all_of_it_is_wanted() -> None:
    path = tuple(step(f"condition_{number}", line=number) for number in range(1, 31))
    group = Group(words="pinned", states=1, witness=pinned(path=path))
    result = RuleResult(rule="R3", verdict="broken", states=1, of=2, open=0, groups=(group,))
    long = alone(explanation(rules=(result,)))
    assert "path (22 steps before) > do_wp_page: condition_23 yes >" in told(long)
    assert "condition_22 " not in told(long)
    assert "mm/memory.c:22 condition_22 yes" in told(long, View(verbose=True))


def test_long_conditions_are_shortened_unless_all_of_them_is_wanted() -> None:
    long = replace(explanation().outcomes[0], condition="y" * 5000)
    record = alone(explanation(outcomes=(long,)))
    assert text(record).count("y") < 400
    assert "(4760 more characters)" in told(record)
    assert text(record, View(verbose=True)).count("y") >= 5000


def test_groups_beyond_the_third_are_counted_and_listed_when_asked_for() -> None:
    record = alone(swap_in())
    assert "1 more kind; --verbose lists all" in told(record)
    assert "both of them, and a swap entry" not in told(record)
    assert "4 states: both of them, and a swap entry" in told(record, View(verbose=True))


def test_findings_stand_before_all_other_arming_sites() -> None:
    shown = text(tree())
    names = ["FINDING ", "NOT EVALUATED ", "undone ", "handed over ", "checked ", "harmless "]
    places = [shown.index(f"\n  {name}") for name in names]
    assert places == sorted(places)
    assert "6 arming sites: 1 FINDING, 1 NOT EVALUATED, 1 undone," in told(tree())


def test_a_site_that_is_fine_is_told_in_two_lines() -> None:
    shown = text(tree(explanations=(), arms=(arm(),), concepts=()))
    assert "ptep_set_wrprotect" not in shown
    verbose = told(tree(arms=(arm(),)), View(verbose=True))
    assert "ptep_set_wrprotect(src_mm, addr, src_pte)" in verbose
    assert "under page-table lock inside src_mm->write_protect_seq" in verbose


def test_an_assumption_is_told_once_and_of_whom() -> None:
    shown = told(tree())
    assert shown.count("the page-table entry did not change while the lock was not held") == 1
    assert "is the only one in this page table (in do_swap_page)" in shown
    assert "(open) does not depend on the page state" in shown
    assert "(open)" not in told(alone(explanation()))


def test_no_difference_is_said_plainly() -> None:
    shown = told(comparison(differences=(same(), same(of=4)), notes=()))
    assert shown.endswith(
        "No difference. 2 decisions and 100 page states compared: every state has the same"
        " outcomes."
    )


def test_that_nothing_was_compared_is_not_told_as_no_difference() -> None:
    assert "Nothing was compared" in told(comparison(differences=()))
    unclear = told(comparison(differences=(same(partial=("a loop was not understood",)),)))
    assert "No difference." not in unclear
    assert "PARTIAL: a loop was not understood" in unclear
    assert "every state that could be evaluated has the same outcomes; PARTIAL" in unclear
    assert "PARTIAL: 1 decision could not be evaluated in full" in unclear
    left = told(comparison(differences=(same(function_after="", file_after="", line_after=0),)))
    assert "there before the change only" in left
    assert "0 decisions and 0 page states compared: no decision is on both sides" in left


def test_a_changed_group_says_what_was_what_is_and_what_that_breaks() -> None:
    shown = told(comparison(differences=(difference(),)))
    assert (
        "12 states mapped once by me, one GUP reference held by a child that unmapped it:"
        " was copy, is now reuse: breaks R1"
    ) in shown
    assert "was copy or retry, is now reuse: mends R2 and R3" in shown
    assert "breaks R1 in 12 states; mends R2 in 6 states; mends R3 in 6 states" in shown


def test_what_weakens_a_rule_stands_first() -> None:
    shown = text(comparison())
    assert shown.index("weakens") < shown.index("changes") < shown.index("refactors")
    assert "_locked, mm/huge_memory.c:3170 (was do_huge_pmd_wp_page," in told(comparison())
