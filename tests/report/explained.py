"""Explained trees made by hand, for the tests of the reports."""

from dataclasses import fields, is_dataclass, replace
from typing import Any

from scans import HOSTILE

from kanalyze.semantics.model import (
    ArmAudit,
    Concept,
    ExplainedTree,
    Explanation,
    Group,
    OutcomeRow,
    RuleResult,
    Step,
    Witness,
)
from kanalyze.semantics.states import Features, PageState

#: Fields that hold one of a few words of ours and nothing from a tree.
_OURS = (
    *("rule", "verdict", "trigger", "size", "direction"),
    *("schema", "breaks", "mends", "lru_refs"),
)


def step(text: str, value: str = "yes", **changes: Any) -> Step:
    """Return a step through do_wp_page() with some fields changed."""
    base = Step(
        function="do_wp_page",
        file="mm/memory.c",
        line=3191,
        text=text,
        value=value,
        open=False,
    )
    return replace(base, **changes)


def pinned(**changes: Any) -> Witness:
    """Return a page of mine that a device writes to, and that is copied."""
    base = Witness(
        state=PageState(my_maps=1, my_pins=1),
        words="mine alone, mprotect made it read-only, one FOLL_PIN of mine",
        counters=(("page_count", 1025), ("page_mapcount", 1)),
        outcomes=("copy",),
        outcome="copy",
        path=(
            step("PageAnon(vmf->page)", line=3183),
            step("PageKsm(page) || page_count(page) != 1", line=3191),
        ),
    )
    return replace(base, **changes)


def child_pipe(**changes: Any) -> Witness:
    """Return a page that a child keeps in a pipe after it has unmapped it."""
    base = Witness(
        state=PageState(my_maps=1, other_refs=1),
        words="mapped once by me, one GUP reference held by a child that unmapped it",
        counters=(("page_count", 2), ("page_mapcount", 1)),
        outcomes=("reuse",),
        outcome="reuse",
        path=(
            step("PageAnon(vmf->page)", line=2946),
            step("trylock_page(vmf->page)", line=2948, open=True),
            step(
                "page_trans_huge_mapcount(page, total_mapcount) == 1",
                function="reuse_swap_page",
                file="mm/swapfile.c",
                line=1685,
                depth=1,
            ),
            step("reuse_swap_page(vmf->page, &total_map_swapcount)", line=2960),
        ),
    )
    return replace(base, **changes)


def lru(**changes: Any) -> Witness:
    """Return a page of mine alone that another CPU's LRU cache still refers to."""
    base = Witness(
        state=PageState(my_maps=1, lru_refs="remote"),
        words="child has exited, page still in another CPU's LRU cache",
        counters=(("page_count", 2), ("page_mapcount", 1)),
        outcomes=("copy", "reuse"),
        outcome="copy",
        path=(step("page_count(page) != 1"),),
    )
    return replace(base, **changes)


def explanation(**changes: Any) -> Explanation:
    """Return do_wp_page() of v5.10 with some fields changed."""
    base = Explanation(
        function="do_wp_page",
        file="mm/memory.c",
        line=3161,
        trigger="write-fault",
        size="small",
        policy="refcount+mapcount",
        complexity=14,
        states=512,
        outcomes=(
            OutcomeRow(
                outcome="reuse",
                condition="!PageKsm(page) && page_mapcount(page) == 1 && page_count(page) == 1",
                locks=("page-table lock", "page lock (trylock)"),
                states=212,
                only=198,
                lines=("mm/memory.c:3191", "mm/memory.c:3195", "mm/memory.c:3207"),
            ),
            OutcomeRow(
                outcome="copy",
                condition="",
                locks=("page-table lock", "page lock (trylock)"),
                states=314,
                only=300,
                lines=("mm/memory.c:3218",),
            ),
        ),
        rules=(
            RuleResult(rule="R1", verdict="holds", states=0, of=212, open=0, groups=()),
            RuleResult(
                rule="R2",
                verdict="cost",
                states=38,
                of=64,
                open=0,
                groups=(
                    Group(words="a reference of an LRU cache", states=30, witness=lru()),
                    Group(words="in the swap cache", states=8, witness=lru(words="swapped in")),
                ),
            ),
            RuleResult(
                rule="R3",
                verdict="broken",
                states=14,
                of=20,
                open=2,
                groups=(Group(words="pinned by me", states=14, witness=pinned()),),
            ),
        ),
        site_ids=("do_wp_page.75e69100", "do_wp_page.0badcafe"),
        partial=(),
        assumed=("the page-table entry did not change while the lock was not held",),
    )
    return replace(base, **changes)


def swap_in() -> Explanation:
    """Return do_swap_page(), which breaks R1 and could not be evaluated in full."""
    locks = ("page-table lock",)
    return explanation(
        function="do_swap_page",
        line=3417,
        trigger="swap-in",
        size="large",
        policy="swap-count",
        outcomes=(
            OutcomeRow(
                outcome="reuse",
                condition="(vmf->flags & FAULT_FLAG_WRITE) && reuse_swap_page(page, NULL)",
                locks=(*locks, "page lock"),
                states=60,
                only=60,
                lines=("mm/memory.c:3508",),
            ),
            OutcomeRow(outcome="back-off", condition="", locks=locks, states=90, only=90, lines=()),
        ),
        rules=(
            RuleResult(
                rule="R1",
                verdict="broken",
                states=6,
                of=60,
                open=6,
                groups=tuple(
                    Group(words=words, states=number, witness=child_pipe())
                    for number, words in enumerate(
                        (
                            "a child's pipe holds a reference",
                            "a child's io_uring holds a pin",
                            "both of them",
                            "both of them, and a swap entry",
                        ),
                        1,
                    )
                ),
            ),
            RuleResult(rule="R2", verdict="holds", states=0, of=12, open=0, groups=()),
            RuleResult(rule="R3", verdict="not-asked", states=0, of=0, open=0, groups=()),
        ),
        partial=("page_swapped() of mm/swapfile.c was not found: both its results were tried",),
        assumed=(
            "the page-table entry did not change while the lock was not held",
            "a swap entry of mine is the only one in this page table",
        ),
    )


def arm(**changes: Any) -> ArmAudit:
    """Return an arming site of fork() with some fields changed."""
    base = ArmAudit(
        id="copy_one_pte.11223344",
        function="copy_present_pte",
        file="mm/memory.c",
        line=882,
        text="ptep_set_wrprotect(src_mm, addr, src_pte)",
        kind="write-protect",
        verdict="checked",
        reason="",
        check="page_needs_cow_for_dma(src_vma, page) (mm/memory.c:828)",
        locks=("page-table lock",),
        sections=("src_mm->write_protect_seq",),
        witness=None,
    )
    return replace(base, **changes)


def arms() -> tuple[ArmAudit, ...]:
    """Return an arming site for every verdict, the harmless one first."""
    return (
        arm(
            function="page_mkclean_one",
            file="mm/rmap.c",
            line=931,
            kind="clean",
            verdict="harmless",
            reason="file pages only: a write fault there does not copy",
            check="",
        ),
        arm(),
        arm(
            function="change_pte_range_of_a_function_with_a_name_that_is_long",
            file="mm/mprotect.c",
            line=109,
            verdict="finding",
            reason="no pin check on the way, and the write fault copies pinned pages",
            check="",
            sections=(),
            witness=pinned(),
        ),
        arm(
            function="try_to_unmap_one",
            file="mm/rmap.c",
            line=1589,
            kind="unmap",
            verdict="undone",
            reason="set_pte_at() puts the entry back when the page turns out to be pinned",
            check="page_maybe_dma_pinned(page) (mm/rmap.c:1601)",
        ),
        arm(function="move_huge_pmd", file="mm/huge_memory.c", line=1700, verdict="handed-over"),
        arm(
            function="zap_pte_range",
            line=1250,
            kind="unmap",
            verdict="not-evaluated",
            reason="the loop around it was not understood",
            check="",
        ),
    )


def concepts() -> tuple[Concept, ...]:
    """Return what implements the rules in v5.10."""
    return (
        Concept(
            rule="R1",
            functions=("do_wp_page", "reuse_swap_page", "do_swap_page"),
            conditions=9,
            lines=14,
            locks=("page-table lock", "page lock"),
            sections=(),
            files=("mm/memory.c", "mm/swapfile.c"),
            complexity=31,
        ),
        Concept(
            rule="R2",
            functions=("do_wp_page",),
            conditions=1,
            lines=1,
            locks=(),
            sections=(),
            files=("mm/memory.c",),
            complexity=14,
        ),
        Concept(
            rule="R3",
            functions=tuple(f"pin_helper_number_{number}" for number in range(11)),
            conditions=12,
            lines=40,
            locks=("page-table lock",),
            sections=("src_mm->write_protect_seq", "mm->write_protect_seq"),
            files=("mm/gup.c", "mm/memory.c", "mm/huge_memory.c", "mm/hugetlb.c"),
            complexity=88,
        ),
    )


def tree(**changes: Any) -> ExplainedTree:
    """Return a small tree in which everything that a report must show occurs once."""
    base = ExplainedTree(
        tree="/home/user/linux",
        commit="2c85ebc57b3e1817b6ce1a6b703928e113a90442",
        describe="v5.10",
        features=Features(
            exclusive_bit=False, pin_bias=True, pin_counter=True, large_folios=True, ksm=True
        ),
        explanations=(explanation(), swap_in()),
        arms=arms(),
        concepts=concepts(),
        invariants=("a page that I have pinned has at least one mapping of mine",),
        notes=("mm/huge_memory.c could not be read: PMD mappings are missing",),
    )
    return replace(base, **changes)


def worn(value: Any, text: str, name: str = "") -> Any:
    """Return a record with ``text`` in every field that comes from a tree."""
    if name in _OURS:
        return value
    if isinstance(value, str):
        return text
    if isinstance(value, tuple):
        return tuple(worn(part, text) for part in value)
    if is_dataclass(value) and not isinstance(value, type):
        changes = {
            field.name: worn(getattr(value, field.name), text, field.name)
            for field in fields(value)
        }
        return replace(value, **changes)
    return value


def hostile_tree() -> ExplainedTree:
    """Return a tree with every hostile string in every field that comes from a tree."""
    base = tree()
    each: dict[str, Any] = {
        name: tuple(worn(record, text, "") for text in HOSTILE for record in getattr(base, name))
        for name in ("explanations", "concepts", "arms")
    }
    return replace(
        base,
        tree="".join(HOSTILE[:5]),
        commit="",
        describe=HOSTILE[0],
        notes=HOSTILE,
        invariants=HOSTILE,
        **each,
    )
