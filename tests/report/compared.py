"""Comparisons of two revisions made by hand, for the tests of the reports."""

from dataclasses import replace
from typing import Any

from explained import child_pipe, pinned, step, worn
from scans import HOSTILE

from kanalyze.semantics.model import ChangedGroup, Comparison, Difference


def difference(**changes: Any) -> Difference:
    """Return do_wp_page() from v5.10 to a series that asks mapcount, with fields changed."""
    kept = child_pipe(outcomes=("copy",), outcome="copy", path=(step("page_count(page) != 1"),))
    base = Difference(
        function_before="do_wp_page",
        function_after="do_wp_page",
        file_before="mm/memory.c",
        file_after="mm/memory.c",
        line_before=3161,
        line_after=3170,
        trigger="write-fault",
        size="small",
        direction="weakens",
        states=20,
        of=512,
        groups=(
            ChangedGroup(
                words="mapped once by me, one GUP reference held by a child that unmapped it",
                states=12,
                before=("copy",),
                after=("reuse",),
                breaks=("R1",),
                mends=(),
                witness_before=kept,
                witness_after=child_pipe(),
            ),
            ChangedGroup(
                words="mine alone, one FOLL_PIN of mine",
                states=6,
                before=("copy", "retry"),
                after=("reuse",),
                breaks=(),
                mends=("R2", "R3"),
                witness_before=pinned(),
                witness_after=pinned(outcomes=("reuse",), outcome="reuse"),
            ),
            ChangedGroup(
                words="a KSM page, nobody else maps it",
                states=2,
                before=("retry",),
                after=("copy",),
                breaks=(),
                mends=(),
                witness_before=pinned(),
                witness_after=pinned(),
            ),
        ),
        partial=(),
    )
    return replace(base, **changes)


def same(**changes: Any) -> Difference:
    """Return a decision that was rewritten and does what it did."""
    base = difference(
        function_before="do_swap_page",
        function_after="do_swap_page",
        direction="refactors",
        trigger="swap-in",
        states=0,
        of=96,
        groups=(),
    )
    return replace(base, **changes)


def comparison(**changes: Any) -> Comparison:
    """Return a comparison that holds a difference of every kind."""
    base = Comparison(
        tree="/home/user/linux",
        before="v5.10",
        after="v5.17-rc1",
        differences=(
            same(),
            same(
                function_before="",
                file_before="",
                line_before=0,
                function_after="wp_can_reuse_anon_folio",
                line_after=3010,
                direction="changes",
            ),
            difference(),
            same(
                function_before="do_huge_pmd_wp_page",
                function_after="do_huge_pmd_wp_page_locked",
                file_before="mm/huge_memory.c",
                file_after="mm/huge_memory.c",
                size="pmd",
                trigger="write-fault",
                partial=("can_read_pin() was not found: both its results were tried",),
            ),
        ),
        notes=("mm/gup.c is the same on both sides",),
    )
    return replace(base, **changes)


def hostile_comparison() -> Comparison:
    """Return a comparison with every hostile string in every field that comes from a tree."""
    base = comparison()
    each = tuple(worn(one, text) for text in HOSTILE for one in base.differences)
    return replace(base, tree=HOSTILE[0], before=HOSTILE[1], notes=HOSTILE, differences=each)
