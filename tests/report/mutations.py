"""Mutation campaigns made by hand, for the tests of the reports on them."""

from dataclasses import replace
from typing import Any

from scans import HOSTILE

from kanalyze.lab.mutant_model import (
    Baseline,
    CaseCount,
    Kill,
    MutantOutcome,
    MutantResult,
    SuiteVerdict,
)
from kanalyze.mutants import Choice, Edit, Mutant, MutantWitness
from kanalyze.review.mutation import Mutation

WITNESS = MutantWitness(
    function="do_wp_page", words="anonymous page, another process maps it",
    before=("copy",), after=("reuse",), breaks=("R1",), states=12,
)  # fmt: skip


def mutant(name: str, **changes: Any) -> Mutant:
    function = name.partition("/")[0]
    base = Mutant(
        id=name,
        operator="drop-atom",
        function=function,
        file="mm/memory.c",
        line=3700,
        text="folio_ref_count(folio) != 1 ||\n\tfolio_test_ksm(folio)",
        ids=("mm/memory.c:x",),
        diff="--- a/mm/memory.c\n+++ b/mm/memory.c\n@@ -1 +1 @@\n-a\n+b\n",
        edits=(Edit(file="mm/memory.c", start=1, end=2, text=b"\xff"),),
        choices=(Choice(file="mm/memory.c", start=1, end=2, form="condition", text=b"x"),),
        group=(),
        verdict="distinct",
        why="",
        witness=WITNESS,
    )
    return replace(base, **changes)


def verdict(suite: str, outcome: MutantOutcome, **more: Any) -> SuiteVerdict:
    return SuiteVerdict(suite=suite, outcome=outcome, **({"ran": 24} | more))


def kill(case: str = "anon child R1", program: str = "cow_rules_reuse") -> Kill:
    return Kill(
        suite="generated", program=program, case=case, outcome="fail", line=f"not ok 7 {case}"
    )


def mutation() -> Mutation:
    """A campaign in which everything came to pass that can."""
    free = replace(WITNESS, breaks=(), before=("reuse",), after=("copy",))
    mutants = (
        mutant("do_wp_page/force-reuse/1"),
        mutant("do_wp_page/force-copy/1", witness=free),
        mutant(
            "do_wp_page/drop-atom/1", verdict="equivalent", why="the lock is held", witness=None
        ),
        mutant(
            "gup_fast/ignore-retry/1", verdict="unknown", why="it depends on time", witness=None
        ),
        mutant("ksm_merge/drop-pin/1"),
        mutant("ksm_merge/weaken/1"),
        mutant("ksm_merge/mapcount/1"),
        mutant("do_wp_page/placebo/1", operator="placebo", verdict="equivalent"),
    )
    results = (
        ("do_wp_page/force-reuse/1", verdict("generated", "killed-by-assertion", kills=(kill(),)),
         verdict("tree", "survived", ran=80)),
        ("do_wp_page/force-copy/1", verdict("generated", "survived", copies=512),
         verdict("tree", "survived")),
        ("do_wp_page/drop-atom/1", verdict("", "equivalent", ran=0, reason="the lock is held")),
        ("gup_fast/ignore-retry/1", verdict("generated", "survived"),
         verdict("tree", "not-reached", ran=0)),
        ("ksm_merge/drop-pin/1", verdict("generated", "killed-by-crash", kills=(kill("ksm R3"),)),
         verdict("tree", "killed-by-timeout")),
        ("ksm_merge/weaken/1", verdict("", "build-failed", ran=0, reason="mm/ksm.c:7: error: x")),
        ("ksm_merge/mapcount/1", verdict("generated", "killed-by-assertion", kills=(kill(),)),
         verdict("", "infrastructure-failed", ran=0, reason="QEMU was killed")),
    )  # fmt: skip
    return Mutation(
        tree="linux",
        describe="v7.2.13",
        mutants=mutants,
        results=tuple(
            MutantResult(id=name, verdicts=tuple(verdicts), reached=9, infected=4)
            for name, *verdicts in results
        ),
        baseline=Baseline(
            cases=(
                CaseCount(program="cow_rules_reuse", case="anon child R1", number=1,
                          outcome="pass", counts=((1, 9, 4),)),
                CaseCount(program="cow", case="fork", number=0, outcome="fail"),
            ),
        ),
        facts=(("kernel", "7.2.13"), ("compiler", "gcc 13")),
        notes=("this tree has no gup_longterm",),
    )  # fmt: skip


def hostile() -> Mutation:
    """The same with text that wants to be more than text."""
    found = mutation()
    word = " ".join(HOSTILE) + "</td>|`` ` ``\n# x\n[a](http://b) <script>"
    return replace(
        found,
        tree=word,
        mutants=tuple(
            replace(
                one, text=word, why=word, file=word, diff=word, witness=replace(WITNESS, words=word)
            )
            for one in found.mutants[:2]
        ),
        results=tuple(
            replace(
                one,
                verdicts=tuple(
                    replace(
                        each,
                        reason=word,
                        kills=tuple(replace(k, line=word, case=word) for k in each.kills),
                    )
                    for each in one.verdicts
                ),
            )
            for one in found.results[:2]
        ),
        describe=word,
        facts=(("suites", word),),
        notes=(word,),
    )
