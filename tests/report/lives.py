"""Lifelines made by hand: everything that a report on history must show occurs in them."""

from typing import Any

from scans import event

from kanalyze.history.model import Event, Lifeline, Perhaps, Step

SAME = "same answers in every page state"

_COMMITS = {
    "begin": ("1da177e4c3f41524e886b7f1b8a0c1fc7321cac2", "2005-04-16", "v2.6.12"),
    "anon": ("d296e9cd02c92e576ecce5344026a4df4c353cdb", "2005-06-21", "v2.6.12"),
    "rename": ("7b1fe59793e61f826bef053107b57b23954833bb", "2009-01-06", "v2.6.29"),
    "ksm": ("9a840895147b12de5cdd633c600b38686840ee53", "2009-09-21", "v2.6.32"),
    "thp": ("71e3aac0724ffe8918992d76acfe3aad7d8724a5", "2011-01-13", "v2.6.38"),
    "simple": ("09854ba94c6aad7886996bfbee2530b3d8a7f4f4", "2020-08-21", "v5.9"),
    "fast": ("57efa1fe5957694fa541c9062de0a127f0b9acb0", "2020-12-15", "v5.11"),
    "helper": ("c145e0b47c77ebeefdfd73dbb344577b2fc9b065", "2022-03-24", "v5.18"),
    "gone": ("03104c2c5db8dffc0bc0cb1e2a6a1d5c6e8a0b11", "2022-03-24", "v5.18"),
    "gup": ("23babe1934d7637b598e4c9d9f3876e318fa63a4", "2024-04-09", "v6.10"),
    "now": ("9f2c7b1ad5d1a9be0d63d1f8ba7f3f0a0f9c4e21", "2026-05-02", ""),
}


def at(name: str, **changes: Any) -> Event:
    """Return an event of one of the commits above."""
    commit, day, release = _COMMITS[name]
    base: dict[str, Any] = {
        "commit": commit,
        "date": f"{day}T12:00:00+00:00",
        "release": release,
        "trailers": (),
        "links": (),
        "confidence": 0.0,
        "reason": "",
        "policy": "swap-count" if day < "2011" else "refcount",
    }
    return event(**(base | changes))


def _fault() -> Lifeline:
    """Return the write fault's question: renamed, changed in meaning, extracted."""
    return Lifeline(
        id="wp_can_reuse_anon_folio.aa00bb11",
        role="decision",
        file="mm/memory.c",
        function="wp_can_reuse_anon_folio",
        predicate="folio_ref_count(folio) == 1",
        policy="refcount",
        alive=True,
        steps=(
            Step(
                event=at(
                    "begin",
                    subject="Linux-2.6.12-rc2",
                    kind="introduced",
                    before="",
                    after="can_share_swap_page(old_page) | outcomes: true: reuse, false: copy"
                    " | policy: swap-count | locks: page-table lock",
                    reason="present where the history begins",
                )
            ),
            Step(
                event=at(
                    "anon",
                    subject="[PATCH] can_share_swap_page: use page_mapcount",
                    before="can_share_swap_page(old_page) | guards: none",
                    after="can_share_swap_page(old_page) | guards: PageAnon(old_page)",
                    reason="guards gained",
                    links=("context changed",),
                    confidence=1.0,
                )
            ),
            Step(
                event=at(
                    "rename",
                    subject="mm: reuse_swap_page replaces can_share_swap_page",
                    before="can_share_swap_page(old_page)",
                    after="reuse_swap_page(old_page)",
                    reason="predicate changed",
                    links=("API renamed",),
                    confidence=0.95,
                    from_id="do_wp_page.1234abcd",
                ),
                meaning=SAME,
            ),
            Step(
                event=at(
                    "ksm",
                    subject="ksm: Kernel SamePage Merging",
                    before="reuse_swap_page(old_page) | guards: none | locks: page-table lock",
                    after="reuse_swap_page(old_page) | guards: !PageKsm(old_page)"
                    " | locks: folio lock, page-table lock",
                    reason="guards gained; locks gained",
                    links=("context changed",),
                    confidence=1.0,
                )
            ),
            Step(
                event=at(
                    "simple",
                    subject="mm: do_wp_page() simplification",
                    before="reuse_swap_page(page, &total_map_swapcount)"
                    " | outcomes: true: reuse, false: copy | policy: swap-count",
                    after="page_count(page) != 1 | outcomes: true: copy, false: reuse"
                    " | policy: refcount",
                    reason="predicate changed; outcomes changed; policy changed",
                    links=("predicate changed",),
                    confidence=0.75,
                    trailers=(
                        ("Fixes", '7b1fe59793e61f826bef ("mm: reuse_swap_page replaces")'),
                        ("Reported-by", "Jann Example <jann@example.org>"),
                        ("Link", "https://example.org/r/1"),
                        ("Cc", "<stable@vger.kernel.org> # 5.8+"),
                        ("Cc", "Somebody Else <else@example.org>"),
                        ("Upstream-commit", "09854ba94c6aad7886996bfbee2530b3d8a7f4f4"),
                        ("Signed-off-by", "Peter Example <peter@example.org>"),
                    ),
                    perhaps=(
                        Perhaps(
                            id="reuse_ksm_page.77007700",
                            file="mm/ksm.c",
                            function="reuse_ksm_page",
                            predicate="page_count(page) != 1",
                            reasons=("inlined from",),
                            confidence=0.4,
                        ),
                    ),
                ),
                meaning="mine alone, one GUP reference held by a child that unmapped it:"
                " page_count 2, page_mapcount 1 -> was reuse, is copy",
            ),
            Step(
                event=at(
                    "helper",
                    subject="mm: streamline COW logic in do_swap_page() and move the reuse"
                    " decision into a helper of its own",
                    kind="moved",
                    function="wp_can_reuse_anon_folio",
                    from_file="mm/memory.c",
                    from_function="do_wp_page",
                    from_id="do_wp_page.75e69100",
                    before="page_count(page) != 1",
                    after="folio_ref_count(folio) == 1",
                    reason="extracted from do_wp_page() into the new wp_can_reuse_anon_folio()"
                    " in one commit; predicate changed",
                    links=("extracted into", "API renamed"),
                    confidence=0.85,
                    merge=True,
                )
            ),
        ),
    )


def _reuse() -> Lifeline:
    """Return a life that ended: renamed with its function, merged into another."""
    named = {"file": "mm/swapfile.c", "predicate": "count <= 1", "policy": "swap-count"}
    return Lifeline(
        id="reuse_swap_page.0badcafe",
        role="decision",
        function="reuse_swap_page",
        alive=False,
        merged_into="wp_can_reuse_anon_folio.aa00bb11",
        file="mm/swapfile.c",
        predicate="count <= 1",
        policy="swap-count",
        steps=(
            Step(
                event=at(
                    "begin",
                    subject="Linux-2.6.12-rc2",
                    kind="introduced",
                    before="",
                    after="count == 1 | outcomes: true: return 1, false: return 0"
                    " | policy: mapcount",
                    function="can_share_swap_page",
                    reason="present where the history begins",
                    **(named | {"policy": "mapcount"}),
                )
            ),
            Step(
                event=at(
                    "rename",
                    subject="mm: reuse_swap_page replaces can_share_swap_page",
                    kind="moved",
                    before="count == 1 | policy: mapcount",
                    after="count <= 1 | policy: swap-count",
                    reason="can_share_swap_page() became reuse_swap_page(); predicate changed",
                    function="reuse_swap_page",
                    from_function="can_share_swap_page",
                    from_file="mm/swapfile.c",
                    links=("function renamed", "predicate changed"),
                    confidence=0.9,
                    **named,
                )
            ),
            Step(
                event=at(
                    "gone",
                    subject="mm/swapfile: remove stale reuse_swap_page()",
                    kind="removed",
                    before="count <= 1 | policy: swap-count",
                    after="",
                    function="reuse_swap_page",
                    links=("merged",),
                    confidence=0.7,
                    into_file="mm/memory.c",
                    into_function="wp_can_reuse_anon_folio",
                    into_id="wp_can_reuse_anon_folio.aa00bb11",
                    **named,
                )
            ),
        ),
    )


def _huge() -> Lifeline:
    """Return a life that began as a copy of another, with a question."""
    return Lifeline(
        id="do_huge_pmd_wp_page.cb9374fc",
        role="decision",
        file="mm/huge_memory.c",
        function="do_huge_pmd_wp_page",
        predicate="page_mapcount(page) == 1",
        policy="refcount+mapcount",
        alive=True,
        split_from="wp_can_reuse_anon_folio.aa00bb11",
        steps=(
            Step(
                event=at(
                    "thp",
                    subject="thp: transparent hugepage core",
                    kind="introduced",
                    before="",
                    after="page_mapcount(page) == 1 | outcomes: true: reuse, false: copy"
                    " | policy: refcount+mapcount",
                    file="mm/huge_memory.c",
                    function="do_huge_pmd_wp_page",
                    policy="refcount+mapcount",
                    links=("split",),
                    confidence=0.72,
                    from_file="mm/memory.c",
                    from_function="do_wp_page",
                    from_id="do_wp_page.75e69100",
                    perhaps=(
                        Perhaps(
                            id="hugetlb_cow.5e5e5e5e",
                            file="mm/hugetlb.c",
                            function="hugetlb_cow",
                            predicate="page_count(old_page) == 1",
                            reasons=("split", "API renamed"),
                            confidence=0.55,
                        ),
                        Perhaps(
                            id="write_protect_page.66660000",
                            file="mm/ksm.c",
                            function="write_protect_page",
                            predicate="page_mapcount(page) + 1 + swapped != page_count(page)",
                            reasons=(),
                            confidence=0.3,
                        ),
                    ),
                )
            ),
            Step(
                event=at(
                    "now",
                    subject="mm/huge_memory: ask under the lock",
                    before="page_mapcount(page) == 1 | locks: none",
                    after="page_mapcount(page) == 1 | locks: page-table lock",
                    file="mm/huge_memory.c",
                    function="do_huge_pmd_wp_page",
                    policy="refcount+mapcount",
                    reason="locks gained",
                    links=("context changed",),
                    confidence=1.0,
                )
            ),
        ),
    )


def _section() -> Lifeline:
    """Return a section that went on under another name."""
    about: dict[str, Any] = {"role": "section", "file": "mm/gup.c", "policy": ""}
    subject = "read section of current->mm->write_protect_seq"
    return Lifeline(
        id="gup_fast.5ec71017",
        function="gup_fast",
        predicate=subject,
        alive=True,
        role="section",
        file="mm/gup.c",
        policy="",
        steps=(
            Step(
                event=at(
                    "fast",
                    subject="mm/gup: prevent gup_fast from racing with COW during fork",
                    kind="introduced",
                    before="",
                    after=f"{subject} | balanced: yes",
                    function="lockless_pages_from_mm",
                    predicate=subject,
                    **about,
                )
            ),
            Step(
                event=at(
                    "gup",
                    subject="mm/gup: consistently name GUP-fast functions",
                    kind="moved",
                    before=f"{subject} | statements: 5",
                    after=f"{subject} | statements: 4",
                    function="gup_fast",
                    from_function="lockless_pages_from_mm",
                    from_file="mm/gup.c",
                    predicate=subject,
                    reason="lockless_pages_from_mm() became gup_fast(); statements changed",
                    links=("function renamed",),
                    confidence=0.98,
                    **about,
                )
            ),
        ),
    )


def lives() -> tuple[Lifeline, ...]:
    """Return four lives in which everything that a report must show occurs."""
    return (_fault(), _section(), _huge(), _reuse())
