"""Scans made by hand, for the tests of the reports."""

from dataclasses import replace
from typing import Any

from kanalyze.history.model import (
    DerivedSignal,
    Event,
    HealthRecord,
    Perhaps,
    Revision,
    Scan,
    SectionRecord,
    SiteRecord,
)
from kanalyze.source import Outcomes

#: What a hostile tree may put into any name: it moves the cursor, sets the title, reorders
#: the line, breaks it, cannot be encoded, or is far too long.
HOSTILE = (
    "\x1b[2J\x1b]0;owned\x07",
    "\x9b31m",
    "a\u202eb\u2066c",
    "one\ntwo\r\nthree\tfour\x0bfive\x85six\u2028seven",
    "caf\udce9 \udcff\ud800",
    "x" * 5000,
    "word " * 1000,
    "\u6f22\u5b57" * 100,
    "e\u0301" * 200,
    "\x7f\x00",
    "",
    " ",
)


def site(**changes: object) -> SiteRecord:
    """Return a site of do_wp_page() with some fields changed."""
    base = SiteRecord(
        id="do_wp_page.75e69100",
        role="decision",
        file="mm/memory.c",
        line=4316,
        function="do_wp_page",
        signals=(),
        derived=("wp_can_reuse_anon_folio",),
        predicate="wp_can_reuse_anon_folio(folio, vma)",
        condition="folio && folio_test_anon(folio) && wp_can_reuse_anon_folio(folio, vma)",
        outcomes=Outcomes(
            true="reuse", false="copy", true_by="wp_page_reuse", false_by="goto copy"
        ),
        policy="refcount",
        guards=(
            "!(vma->vm_flags & (VM_SHARED | VM_MAYSHARE))",
            "folio",
            "folio_test_anon(folio)",
        ),
        locks=("page-table lock",),
        config=(),
        reason="",
    )
    return replace(base, **changes)  # type: ignore[arg-type]


def section(**changes: object) -> SectionRecord:
    """Return the write section of fork() with some fields changed."""
    base = SectionRecord(
        id="copy_page_range.write.src_mm->write_protect_seq",
        seqcount="src_mm->write_protect_seq",
        side="write",
        file="mm/memory.c",
        function="copy_page_range",
        begin_line=1545,
        end_line=1563,
        statements=9,
        calls=("pgd_offset", "pgd_addr_end", "pgd_none_or_clear_bad", "copy_p4d_range"),
        locks=(),
        balanced=True,
        problem="",
    )
    return replace(base, **changes)  # type: ignore[arg-type]


def event(**changes: object) -> Event:
    """Return the event of a commit that everybody here knows, with some fields changed."""
    base = Event(
        commit="09854ba94c6aad7886996bfbee2530b3d8a7f4f4",
        date="2020-08-21T19:49:55-04:00",
        author="Peter Example <peter@example.org>",
        subject="mm: do_wp_page() simplification",
        kind="changed",
        id="do_wp_page.75e69100",
        role="decision",
        file="mm/memory.c",
        function="do_wp_page",
        before="reuse_swap_page(page, &total_map_swapcount) | policy: swap-count",
        after="page_count(page) != 1 | policy: refcount",
        reason="predicate changed; policy changed",
        trailers=(("Link", "https://example.org/r/1"),),
        release="v5.9",
        links=("predicate changed",),
        confidence=0.8,
        predicate="page_count(page) != 1",
        policy="refcount",
    )
    return replace(base, **changes)  # type: ignore[arg-type]


def _sites() -> tuple[SiteRecord, ...]:
    return (
        site(
            id="wp_can_reuse_anon_folio.3b3d3700",
            line=4186,
            function="wp_can_reuse_anon_folio",
            predicate="__wp_can_reuse_large_anon_folio(folio, vma)",
            outcomes=Outcomes(
                true="return true",
                false="return false",
                true_by="return true",
                false_by="return false",
            ),
            policy="refcount+mapcount",
            guards=("folio_test_large(folio)", "a = b", "x || y", "a == b", "(p ? q : r)"),
            locks=(),
            config=("CONFIG_TRANSPARENT_HUGEPAGE",),
        ),
        site(),
        site(
            id="do_swap_page.cafe0000",
            line=5052,
            function="do_swap_page",
            predicate="folio_ref_count(folio) == 1",
            signals=("folio_ref_count",),
            derived=(),
            guards=(
                "page",
                "!folio_test_ksm(folio)",
                "!(ret & VM_FAULT_RETRY)",
                "vmf",
                "pte_same(ptep_get(vmf->pte), vmf->orig_pte)",
                "folio_ref_count(folio) > 0",
                "!pte",
            ),
            locks=("folio lock", "page-table lock"),
            passed=("!(exclusive && folio_test_large(folio))",),
            locked_by=("folio_lock_or_retry(folio, vmf)",),
        ),
        site(
            id="do_swap_page.beef0000",
            role="assertion",
            line=5060,
            function="do_swap_page",
            predicate="PageAnonExclusive(page)",
            outcomes=None,
            policy="exclusive-bit",
            guards=(),
        ),
        site(
            id="copy_huge_pmd.16deb900",
            role="arm",
            file="mm/huge_memory.c",
            line=2039,
            function="copy_huge_pmd",
            predicate="pmdp_set_wrprotect(src_mm, addr, src_pmd)",
            condition="pmdp_set_wrprotect(src_mm, addr, src_pmd)",
            derived=(),
            outcomes=None,
            policy="",
            guards=("vma_is_anonymous(dst_vma)", "pgtable"),
            installed_by=("set_pmd_at",),
        ),
        site(
            id="move_pages_huge_pmd.01020304",
            role="pin-check",
            file="mm/huge_memory.c",
            line=2901,
            function="move_pages_huge_pmd",
            predicate="folio_maybe_dma_pinned(src_folio)",
            outcomes=Outcomes(true="return -EBUSY", false="continue", true_by="return -EBUSY"),
            policy="pin",
            guards=(),
            locks=(),
        ),
        site(
            id="move_pages_huge_pmd.05060708",
            role="other",
            file="mm/huge_memory.c",
            line=2950,
            function="move_pages_huge_pmd",
            predicate="page_count(page)",
            outcomes=None,
            reason="the value is the caller's",
        ),
    )


def _events() -> tuple[Event, ...]:
    return (
        event(
            commit="1da177e4c3f41524e886b7f1b8a0c1fc7321cac2",
            date="2005-04-16T15:20:36-07:00",
            author="Linus Example <linus@example.org>",
            subject="Linux-2.6.12-rc2",
            kind="introduced",
            before="",
            after="can_share_swap_page(old_page) | outcomes: true: reuse, false: copy"
            " | policy: swap-count | locks: page-table lock",
            reason="present where the history begins",
            trailers=(),
            release="v2.6.12",
        ),
        event(),
        event(
            kind="removed",
            role="assertion",
            after="",
            before="PageKsm(page)",
            reason="",
        ),
        event(
            commit="c145e0b47c77ebeefdfd73dbb344577b2fc9b065",
            date="2022-05-09T18:20:45-07:00",
            subject="mm: streamline COW logic in do_swap_page() and move the reuse decision"
            " into a helper of its own",
            kind="moved",
            function="wp_can_reuse_anon_folio",
            from_file="mm/memory.c",
            from_function="do_wp_page",
            before="page_count(page) != 1 | guards: none",
            after="page_count(page) != 1 | guards: !PageKsm(page), trylock_page(page)",
            reason="the same condition: extracted from do_wp_page() into the new"
            " wp_can_reuse_anon_folio() in one commit; guards gained",
            trailers=(("Fixes", '09854ba94c6a ("mm: do_wp_page() simplification")'),),
            release="",
            merge=True,
        ),
    )


def example() -> Scan:
    """Return a small scan in which everything that a report must show occurs once."""
    return Scan(
        tree="/home/user/linux",
        revision=Revision(
            commit="c145e0b47c77ebeefdfd73dbb344577b2fc9b065", describe="v6.12-3-gc145e0b47c77"
        ),
        files=("mm/memory.c", "mm/huge_memory.c", "mm/gup.c"),
        sites=_sites(),
        sections=(
            section(),
            section(
                id="find_uprobe_rcu.read.uprobes_seqcount",
                seqcount="uprobes_seqcount",
                side="read",
                file="kernel/events/uprobes.c",
                function="find_uprobe_rcu",
                begin_line=913,
                end_line=925,
                statements=1,
                calls=tuple(f"helper_number_{number}" for number in range(12)),
                locks=("rcu",),
                balanced=False,
                problem="left open on a path out of the function",
            ),
        ),
        derived=(DerivedSignal(name="wp_can_reuse_anon_folio", groups=("ksm", "refcount")),),
        health=(
            HealthRecord(
                file="mm/memory.c", function="odd", line=12, problem="syntax not understood"
            ),
            HealthRecord(file="mm/big.c", function="", line=0, problem="larger than max_bytes"),
        ),
        events=_events(),
        notes=(
            "the history is shallow: what happened before 1da177e4c3f4 is not known, so its"
            " sites appear as introduced there",
        ),
    )


def hostile() -> Scan:
    """Return a scan with every hostile string in every field that comes from a tree."""
    scan = example()

    def worn(record: object, text: str) -> object:
        changes: dict[str, object] = {}
        for name in record.__slots__:  # type: ignore[attr-defined]
            value = getattr(record, name)
            if isinstance(value, str) and name not in ("role", "kind", "side"):
                changes[name] = text
            elif name == "trailers":
                changes[name] = ((text, text),)
            elif name == "perhaps":
                changes[name] = (
                    Perhaps(
                        id=text,
                        file=text,
                        function=text,
                        predicate=text,
                        reasons=("split",),
                        confidence=0.5,
                    ),
                )
            elif name == "links":
                continue  # ours, not the tree's
            elif isinstance(value, tuple):
                changes[name] = (text, text)
            elif isinstance(value, Outcomes):
                changes[name] = Outcomes(true=text, false=text, true_by=text, false_by=text)
        return replace(record, **changes)  # type: ignore[type-var]

    def each(records: tuple[object, ...]) -> tuple[object, ...]:
        return tuple(worn(record, text) for text in HOSTILE for record in records)

    tree = "".join(HOSTILE[:5])
    changes: dict[str, Any] = {
        name: each(getattr(scan, name))
        for name in ("sites", "sections", "derived", "health", "events")
    }
    changes |= {"tree": tree, "files": HOSTILE, "notes": HOSTILE, "range": tree}
    return replace(scan, revision=Revision(commit="", describe=HOSTILE[0]), **changes)
