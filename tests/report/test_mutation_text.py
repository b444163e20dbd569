"""A campaign as text and as Markdown: survivors first, reasons, and nothing that a tree says."""

import re
from dataclasses import replace

import pytest
from mutations import hostile, mutant, mutation

from kanalyze.report import View, mutants_text, mutation_markdown, mutation_text
from kanalyze.report.layout import columns
from kanalyze.report.mutation_words import guards, reason, totals, under, unguarded
from kanalyze.review.mutation import Mutation

SGR = re.compile("\x1b\\[[0-9;]*m")
SPEAKS = re.compile("[\x00-\x09\x0b-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069]")


def text(record: Mutation, view: View | None = None) -> str:
    return "".join(mutation_text(record, view or View()))


def markdown(record: Mutation) -> str:
    return "".join(mutation_markdown(record))


def test_what_no_suite_killed_stands_on_top() -> None:
    assert [one.id for one, _ in unguarded(mutation())] == [
        "do_wp_page/force-copy/1", "gup_fast/ignore-retry/1", "ksm_merge/weaken/1",
    ]  # fmt: skip
    shown = text(mutation())
    assert shown.startswith("Not killed by any suite: 3\n")
    head, _, table = shown.partition("\n\nmutant ")
    assert "do_wp_page/force-copy/1" in head
    assert "do_wp_page/force-reuse/1" not in head
    assert "do_wp_page/force-reuse/1" in table
    header, row = ("mutant " + table).splitlines()[:2]
    assert header.index("tree") == row.index("SURVIVED")
    assert "generated: breaks no rule: 512 more pages" in head


def test_all_killed_is_said() -> None:
    found = mutation()
    killed = replace(found, results=found.results[:1])
    assert text(killed).startswith("Every mutant that is not equivalent was killed.\n")


def test_each_survivor_has_its_reason() -> None:
    found = mutation()
    reasons = {
        (result.id, verdict.suite): reason(one, verdict, result) for one, result in unguarded(found)
        for verdict in result.verdicts
    }  # fmt: skip
    assert reasons == {
        ("do_wp_page/force-copy/1", "generated"):
            "breaks no rule: 512 more pages were copied, which was counted",
        ("do_wp_page/force-copy/1", "tree"): "breaks no rule: what it changes is allowed",
        ("gup_fast/ignore-retry/1", "generated"):
            "it is not known whether it differs: it depends on time",
        ("gup_fast/ignore-retry/1", "tree"): "no case in which it would differ",
        ("ksm_merge/weaken/1", ""): "mm/ksm.c:7: error: x",
    }  # fmt: skip
    plain = mutant("a/b/1")
    result = found.results[0]
    assert reason(plain, result.verdicts[1], result) == "80 cases come by it, and none notices"


def test_what_is_so_for_one_suite_is_not_said_of_another() -> None:
    found = mutation()
    last = found.results[-1]
    outcomes = [under(last, suite) for suite in ("generated", "tree")]
    assert [one and one.outcome for one in outcomes] == [
        "killed-by-assertion",
        "infrastructure-failed",
    ]
    turned = replace(last, verdicts=last.verdicts[::-1])
    assert [under(turned, suite) for suite in ("generated", "tree")] == outcomes


def test_totals_count_every_mutant_once_for_each_suite() -> None:
    found = mutation()
    for suite in ("generated", "tree"):
        assert totals(found, suite).total() == len(found.results)
    assert totals(found, "tree") == {
        "survived": 2, "equivalent": 1, "not-reached": 1, "killed-by-timeout": 1,
        "build-failed": 1, "infrastructure-failed": 1,
    }  # fmt: skip


def test_only_assertions_guard_a_function() -> None:
    assert dict(guards(mutation())) == {
        "do_wp_page": ("cow_rules_reuse: anon child R1",),
        "gup_fast": (),
        "ksm_merge": ("cow_rules_reuse: anon child R1",),
    }


def test_the_text_says_with_what_it_was_made() -> None:
    shown = text(mutation())
    assert "1 of 2 cases pass on the unchanged kernel" in shown
    for word in ("7.2.13", "gcc 13", "this tree has no gup_longterm"):
        assert word in shown
    assert "placebo" not in shown


def test_equivalent_ones_are_for_who_wants_all() -> None:
    assert "do_wp_page/drop-atom/1" not in text(mutation())
    whole = text(mutation(), View(verbose=True, width=120))
    assert "do_wp_page/drop-atom/1" in whole
    assert "not ok 7 anon child R1" in whole


def test_colour_changes_nothing_but_the_colour() -> None:
    assert SGR.sub("", text(mutation(), View(colour=True))) == text(mutation())
    assert "\x1b" not in text(mutation())


@pytest.mark.parametrize("width", [1, 80])
@pytest.mark.parametrize("verbose", [False, True])
def test_lines_fit_and_nothing_speaks_to_the_terminal(width: int, verbose: bool) -> None:
    view = View(width=width, verbose=verbose)
    for shown in (
        text(mutation(), view), text(hostile(), view),
        "".join(mutants_text(hostile().mutants, view)),
    ):  # fmt: skip
        assert not SPEAKS.search(shown)
        shown.encode("utf-8")
        if width >= 80:
            assert all(columns(line) <= width for line in shown.split("\n"))


def test_mutants_are_listed_by_function_with_what_is_known() -> None:
    shown = "".join(mutants_text(mutation().mutants, View()))
    assert "do_wp_page, mm/memory.c" in shown
    assert "8 mutants: 5 distinct, 2 equivalent, 1 unknown." in shown
    assert "anonymous page, another process maps it: copy -> reuse" in " ".join(shown.split())


def test_markdown_has_a_row_for_every_mutant() -> None:
    shown = markdown(mutation())
    rows = [line for line in shown.splitlines() if line.startswith("| ")]
    assert len(rows) == 1 + len(mutation().results)
    assert all(line.count("|") - line.count("\\|") == 5 for line in rows)
    assert "## Not killed: 3" in shown
    assert "- gup\\_fast(): **nothing**" in shown


def test_no_tree_writes_markdown() -> None:
    shown = markdown(hostile())
    assert not SPEAKS.search(shown)
    shown.encode("utf-8")
    headings = [line for line in shown.splitlines() if line.startswith("#")]
    assert [one.partition(":")[0] for one in headings[1:]] == [
        "## Not killed", "## All mutants", "## What guards each function",
    ]  # fmt: skip
    assert "[a](http" not in re.sub("``.*?``", "", shown)
    assert "<script>" not in re.sub("``.*?``", "", shown)
    for line in shown.splitlines():
        if line.startswith("| "):
            assert len(re.findall(r"(?<!\\)\|", line)) == 5
