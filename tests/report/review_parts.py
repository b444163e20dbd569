"""What reviews are made of, made by hand: mails, patches, findings, cases, mutants."""

from dataclasses import replace
from typing import Any

from kanalyze.history.model import Event
from kanalyze.review.mail import Mail
from kanalyze.review.model import Anchor, Evidence, Finding, Mutated, PatchReview, Touch

TIP = "5d1cc85b01ec5f8d3ba9bbbdd7bb7d9c7a3eea0c"
OTHER_TIP = "9d7b3ca6a6e7c1ac1ff3d1bbd2a70b2d0a3d9f55"
RACE = "cow_rules_race pin-under-fork"
ALONE = "anon alone none none write R2"
LEAK = "anon child-vmsplice-unmap none none write R1"

WRONG = """\
diff --git a/mm/memory.c b/mm/memory.c
index 35d4de7a4ab1..9b2e0e9f0dbe 100644
--- a/mm/memory.c
+++ b/mm/memory.c
@@ -4198,16 +4198,16 @@ static bool wp_can_reuse_anon_folio(struct folio *folio,
 \tif (!folio_test_lru(folio))
 \t\t/*
 \t\t * We cannot easily detect+handle references from
 \t\t * remote LRU caches or references to LRU folios.
 \t\t */
 \t\tlru_add_drain();
 \tif (folio_ref_count(folio) > 1 + folio_test_swapcache(folio))
 \t\treturn false;
 \tif (!folio_trylock(folio))
 \t\treturn false;
-\tif (folio_test_ksm(folio) || folio_ref_count(folio) != 1) {
+\tif (folio_test_ksm(folio) || folio_mapcount(folio) != 1) {
 \t\tfolio_unlock(folio);
 \t\treturn false;
 \t}
 \t/*
 \t * Ok, we've got the only folio reference from our mapping
@@ -4300,6 +4300,6 @@ static vm_fault_t do_wp_page(struct vm_fault *vmf)
 \tif (folio && folio_test_anon(folio) &&
 \t    (PageAnonExclusive(vmf->page) || wp_can_reuse_anon_folio(folio, vma))) {
 \t\tif (!PageAnonExclusive(vmf->page))
 \t\t\tSetPageAnonExclusive(vmf->page);
-\t\tif (unlikely(unshare)) {
+\t\tif (unshare) {
 \t\t\tpte_unmap_unlock(vmf->pte, vmf->ptl);
"""

FORK = """\
diff --git a/mm/memory.c b/mm/memory.c
--- a/mm/memory.c
+++ b/mm/memory.c
@@ -1010,8 +1010,6 @@ copy_present_ptes(struct vm_area_struct *dst_vma,
 \tif (folio_test_anon(folio)) {
-\t\tif (unlikely(folio_try_dup_anon_rmap_pte(folio, page, dst_vma, src_vma))) {
-\t\t\treturn -EAGAIN;
-\t\t}
+\t\tfolio_dup_file_rmap_pte(folio, page, dst_vma);
 \t\trss[MM_ANONPAGES]++;
 \t}
 \t__copy_present_ptes(dst_vma, src_vma, dst_pte, src_pte, pte, addr, 1);
 \treturn 1;
"""


def mail(**changes: Any) -> Mail:
    """Return the mail of a patch, as a list has it."""
    base = Mail(
        subject="[PATCH v2 1/2] mm: use folio_mapcount() where a page is reused",
        sender="A. U. Thor <author@example.org>",
        to=("linux-mm@kvack.org", "Andrew Morton <akpm@linux-foundation.org>"),
        cc=("David Hildenbrand <david@kernel.org>", "linux-kernel@vger.kernel.org"),
        date="Sat, 18 Dec 2021 11:02:44 +0100",
        message_id="<20211218100244.1234-2-author@example.org>",
        references=("<20211218100244.1234-1-author@example.org>",),
        body="",
    )
    return replace(base, **changes)


def event(**changes: Any) -> Event:
    """Return what the wrong patch does to the condition that decides."""
    base = Event(
        commit=TIP,
        date="2021-12-18T11:02:44+01:00",
        author="A. U. Thor <author@example.org>",
        subject="mm: use folio_mapcount() where a page is reused",
        kind="changed",
        id="wp_can_reuse_anon_folio.0f6f3f4e",
        role="decision",
        file="mm/memory.c",
        function="wp_can_reuse_anon_folio",
        before="folio_ref_count(folio) != 1",
        after="folio_mapcount(folio) != 1",
        reason="predicate changed",
        trailers=(("Signed-off-by", "A. U. Thor <author@example.org>"),),
        predicate="folio_mapcount(folio) != 1",
    )
    return replace(base, **changes)


def finding(**changes: Any) -> Finding:
    """Return what the wrong patch does to do_wp_page()."""
    base = Finding(
        status="introduced",
        effect="breaks",
        about="decision",
        patch=1,
        function="do_wp_page",
        file="mm/memory.c",
        what="do_wp_page() reuses a page that somebody else can still read at a write fault",
        rules=("R1",),
        state="mapped by me only, one GUP reference of another process",
        before=("copy",),
        after=("copy", "reuse"),
        states=4,
        of=1431,
        path=("folio_test_anon(folio) = yes", "folio_mapcount(folio) != 1 = no"),
        ids=("wp_can_reuse_anon_folio.0f6f3f4e",),
        anchor=Anchor(
            patch=1,
            file="mm/memory.c",
            hunk=0,
            line=11,
            text="+\tif (folio_test_ksm(folio) || folio_mapcount(folio) != 1) {",
        ),
        guards=(LEAK,),
    )
    return replace(base, **changes)


def swap_in(**changes: Any) -> Finding:
    """Return the same of do_swap_page(): the same line, another decision."""
    base = finding(
        function="do_swap_page",
        what="do_swap_page() reuses a page that somebody else can still read at swap-in",
        state="my swap entry, one swap entry of other processes",
        states=6,
        of=499,
        guards=(LEAK, "swapped child none none write R1"),
    )
    return replace(base, **changes)


def arm(**changes: Any) -> Finding:
    """Return what the second patch does: fork() shares what is pinned."""
    base = finding(
        about="arm",
        patch=2,
        function="__copy_present_ptes",
        what="__copy_present_ptes() write-protects a page that is pinned:"
        " nothing keeps it from there",
        why=(
            "there: wrprotect_ptes(src_mm, addr, src_pte, nr)",
            "before, it was checked by folio_try_dup_anon_rmap_pte(folio, page, dst_vma, src_vma)",
        ),
        rules=("R3",),
        state="mine alone, one FOLL_PIN of mine",
        before=(),
        after=(),
        states=0,
        of=0,
        path=(),
        ids=("__copy_present_ptes.2639e019",),
        anchor=Anchor(
            patch=2, file="mm/memory.c", hunk=0, line=4,
            text="+\t\tfolio_dup_file_rmap_pte(folio, page, dst_vma);",
        ),
        guards=(RACE,),
    )  # fmt: skip
    return replace(base, **changes)


def touched(**changes: Any) -> Finding:
    """Return what was so before, where the series goes."""
    base = finding(
        status="touched",
        effect="same",
        patch=0,
        function="do_wp_page",
        what="do_wp_page() copies a page that is pinned, so that the pin and the mapping part"
        " at a write fault, before the series and behind it",
        rules=("R3",),
        state="mine alone, one FOLL_PIN of mine",
        before=("copy",),
        after=("copy",),
        anchor=None,
        guards=(),
    )
    return replace(base, **changes)


def patch(**changes: Any) -> PatchReview:
    """Return the wrong patch."""
    base = PatchReview(
        number=1,
        title="mm: use folio_mapcount() where a page is reused",
        commit=TIP,
        author="A. U. Thor <author@example.org>",
        diff=WRONG,
        touches=(Touch(event=event(), meaning="in do_wp_page, breaks R1"),),
        mail=mail(),
    )
    return replace(base, **changes)


def second(**changes: Any) -> PatchReview:
    """Return the patch that drops a pin check."""
    base = patch(
        number=2,
        title="mm: fork: no need to look at pins",
        commit=OTHER_TIP,
        diff=FORK,
        touches=(
            Touch(
                event=event(
                    commit=OTHER_TIP, kind="removed", role="pin-check",
                    function="copy_present_ptes", id="copy_present_ptes.4be2aa01",
                    before="folio_try_dup_anon_rmap_pte(...)", after="",
                    predicate="folio_try_dup_anon_rmap_pte(...)",
                ),
                meaning="",
            ),
        ),
        mail=mail(
            subject="[PATCH v2 2/2] mm: fork: no need to look at pins",
            message_id="<20211218100244.1234-3-author@example.org>",
        ),
    )  # fmt: skip
    return replace(base, **changes)


def evidence(**changes: Any) -> Evidence:
    """Return what a case came to on the base and behind the series."""
    base = Evidence(
        case=LEAK, kernel="7.2.13", config="small", before="pass", after="pass",
        program="cow_rules_reuse",
    )  # fmt: skip
    return replace(base, **changes)


def mutated(**changes: Any) -> Mutated:
    """Return a mutant that a case noticed."""
    base = Mutated(
        id="do_wp_page/force-reuse/1", function="do_wp_page", operator="force-reuse",
        text="wp_can_reuse_anon_folio(folio, vma)", outcome="killed-by-assertion", cases=(LEAK,),
    )  # fmt: skip
    return replace(base, **changes)
