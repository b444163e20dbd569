// SPDX-License-Identifier: GPL-2.0
/*
 * cow_rules_copies: how often a page that is only mine is copied nevertheless
 *
 * Rule 2 of copy-on-write: a copy is always correct, but it costs time. Each
 * case has a page that nobody else can see any more, writes to it, and counts
 * whether it was copied. That is told, and no failure.
 *
 * Places in the kernel that decide, each with what brought it or changed it
 * last:
 *
 * __get_user_pages(), mm/gup.c
 *   R2: try_grab_folio(folio, page_increm - 1, gup_flags)
 *       after v6.1.192, by v6.12.117
 *
 * can_follow_write_common(), mm/gup.c
 *   R2: PageAnonExclusive(page)
 *       after v5.10.262, by v6.1.192
 *
 * can_follow_write_pmd(), mm/gup.c
 *   R2: can_follow_write_common(page, vma, flags)
 *       after v6.12.117, by v7.2.13
 *
 * can_follow_write_pte(), mm/gup.c
 *   R2: can_follow_write_common(page, vma, flags)
 *       after v6.12.117, by v7.2.13
 *
 * follow_huge_pmd(), mm/gup.c
 *   R2: ret = try_grab_folio(page_folio(page), 1, flags)
 *       after v5.10.262, by v6.1.192
 *   R2: can_follow_write_pmd(pmdval, page, vma, flags)
 *       after v5.10.262, by v6.1.192
 *   R2: pmd_write(pmdval)
 *       after v5.10.262, by v6.1.192
 *   R2: gup_must_unshare(vma, flags, page)
 *       after v5.10.262, by v6.1.192
 *
 * follow_page_pte(), mm/gup.c
 *   R2: can_follow_write_pte(pte, page, vma, flags)
 *       after v6.12.117, by v7.2.13
 *   R2: ret = try_grab_folio(folio, 1, flags)
 *       after v6.12.117, by v7.2.13
 *   R2: pte_write(pte)
 *       after v6.12.117, by v7.2.13
 *   R2: gup_must_unshare(vma, flags, page)
 *       after v6.12.117, by v7.2.13
 *
 * get_gate_page(), mm/gup.c
 *   R2: ret = try_grab_folio(page_folio(*page), 1, gup_flags)
 *       after v6.1.192, by v6.12.117
 *
 * gup_fast(), mm/gup.c
 *   R2: read_seqcount_retry(&current->mm->write_protect_seq, seq)
 *       by v5.10.262
 *   R2: raw_seqcount_try_begin(&current->mm->write_protect_seq, seq)
 *       after v6.12.117, by v7.2.13
 *
 * gup_fast_pmd_leaf(), mm/gup.c
 *   R2: gup_must_unshare(NULL, flags, &folio->page)
 *       after v6.12.117, by v7.2.13
 *
 * gup_fast_pte_range(), mm/gup.c
 *   R2: gup_must_unshare(NULL, flags, page)
 *       after v6.12.117, by v7.2.13
 *
 * try_get_folio(), mm/gup.c
 *   R2: folio_ref_count(folio) < 0
 *       by v5.10.262
 *
 * try_grab_folio(), mm/gup.c
 *   R2: folio_ref_count(folio) <= 0
 *       after v5.10.262, by v6.1.192
 *
 * __folio_freeze_and_split_unmapped(), mm/huge_memory.c
 *   R2: folio_test_swapcache(folio)
 *       after v6.12.117, by v7.2.13
 *   R2: folio_ref_freeze(folio, folio_cache_ref_count(folio) + 1)
 *       after v6.12.117, by v7.2.13
 *
 * do_huge_pmd_wp_page(), mm/huge_memory.c
 *   R2: folio_ref_count(folio) > 1 + folio_test_swapcache(folio) *
 *       folio_nr_pages(folio)
 *       after v5.10.262, by v6.1.192
 *   R2: PageAnonExclusive(page)
 *       after v5.10.262, by v6.1.192
 *   R2: folio_ref_count(folio) == 1
 *       after v5.10.262, by v6.1.192
 *   R2: PageAnonExclusive(page)
 *       after v5.10.262, by v6.1.192
 *
 * folio_cache_ref_count(), mm/huge_memory.c
 *   R2: folio_test_swapcache(folio)
 *       after v6.12.117, by v7.2.13
 *
 * folio_split_unmapped(), mm/huge_memory.c
 *   R2: folio_expected_ref_count(folio) != folio_ref_count(folio) - 1
 *       after v6.12.117, by v7.2.13
 *
 * hugetlb_wp(), mm/hugetlb.c
 *   R2: vma->vm_flags & VM_MAYSHARE
 *       after v6.12.117, by v7.2.13
 *   R2: folio_mapcount(old_folio) == 1
 *       after v6.12.117, by v7.2.13
 *
 * gup_must_unshare(), mm/internal.h
 *   R2: PageAnonExclusive(page)
 *       after v5.10.262, by v6.1.192
 *
 * __wp_can_reuse_large_anon_folio(), mm/memory.c
 *   R2: folio_large_mapcount(folio) != folio_ref_count(folio)
 *       after v6.12.117, by v7.2.13
 *   R2: test_bit(FOLIO_MM_IDS_SHARED_BITNUM, &folio->_mm_ids)
 *       after v6.12.117, by v7.2.13
 *   R2: folio_large_mapcount(folio) != folio_ref_count(folio)
 *       after v6.12.117, by v7.2.13
 *   R2: folio_large_mapcount(folio) <= 1
 *       after v6.12.117, by v7.2.13
 *   R2: test_bit(FOLIO_MM_IDS_SHARED_BITNUM, &folio->_mm_ids)
 *       after v6.12.117, by v7.2.13
 *
 * do_swap_page(), mm/memory.c
 *   R2: exclusive = pte_swp_exclusive(vmf->orig_pte)
 *       after v6.12.117, by v7.2.13
 *   R2: folio_ref_count(folio) == 1
 *       after v6.12.117, by v7.2.13
 *   R2: folio_test_ksm(folio)
 *       after v6.12.117, by v7.2.13
 *
 * do_wp_page(), mm/memory.c
 *   R2: wp_can_reuse_anon_folio(folio, vma)
 *       after v6.1.192, by v6.12.117
 *   R2: PageAnonExclusive(vmf->page)
 *       after v6.1.192, by v6.12.117
 *
 * should_try_to_free_swap(), mm/memory.c
 *   R2: folio_test_swapcache(folio)
 *       after v5.10.262, by v6.1.192
 *   R2: folio_test_ksm(folio)
 *       after v6.12.117, by v7.2.13
 *   R2: folio_ref_count(folio) == (extra_refs + folio_nr_pages(folio))
 *       after v6.12.117, by v7.2.13
 *
 * wp_can_reuse_anon_folio(), mm/memory.c
 *   R2: folio_ref_count(folio) > 3
 *       after v6.12.117, by v7.2.13
 *   R2: __wp_can_reuse_large_anon_folio(folio, vma)
 *       after v6.12.117, by v7.2.13
 *   R2: folio_ref_count(folio) > 1 + folio_test_swapcache(folio)
 *       after v6.12.117, by v7.2.13
 *   R2: folio_ref_count(folio) != 1
 *       after v6.12.117, by v7.2.13
 *   R2: folio_test_ksm(folio)
 *       after v6.12.117, by v7.2.13
 *   R2: folio_test_ksm(folio)
 *       after v6.12.117, by v7.2.13
 *
 * folio_migrate_mapping(), mm/migrate.c
 *   R2: folio_ref_count(folio) != expected_count
 *       after v6.1.192, by v6.12.117
 *   R2: int expected_count = folio_expected_ref_count(folio) + extra_count + 1
 *       after v6.1.192, by v6.12.117
 *
 * __migrate_device_pages(), mm/migrate_device.c
 *   R2: migrate_vma_split_unmapped_folio(migrate, i, addr, folio)
 *       after v6.12.117, by v7.2.13
 *   R2: folio_free_swap(folio)
 *       after v6.1.192, by v6.12.117
 *
 * migrate_device_unmap(), mm/migrate_device.c
 *   R2: migrate_vma_check_page(page, fault_page)
 *       after v6.1.192, by v6.12.117
 *   R2: folio_mapped(folio)
 *       after v6.1.192, by v6.12.117
 *
 * migrate_vma_check_page(), mm/migrate_device.c
 *   R2: (folio_ref_count(folio) - extra) > folio_mapcount(folio)
 *       after v6.12.117, by v7.2.13
 *
 * migrate_vma_split_unmapped_folio(), mm/migrate_device.c
 *   R2: ret = folio_split_unmapped(folio, 0)
 *       after v6.12.117, by v7.2.13
 *
 * folio_free_swap(), mm/swapfile.c
 *   R2: folio_maybe_swapped(folio)
 *       after v6.12.117, by v7.2.13
 *   R2: folio_swapcache_freeable(folio)
 *       after v6.1.192, by v6.12.117
 *
 * folio_swapcache_freeable(), mm/swapfile.c
 *   R2: folio_test_swapcache(folio)
 *       by v5.10.262
 *
 * Places in the kernel that see to it that a later access has to decide, each
 * with what brought it or changed it last:
 *
 * migrate_vma_insert_huge_pmd_page(), mm/migrate_device.c
 *   R2: pmdp_invalidate(vma, addr, pmdp)
 *       after v6.12.117, by v7.2.13
 *
 * migrate_vma_insert_page(), mm/migrate_device.c
 *   R2: ptep_clear_flush(vma, addr, ptep)
 *       after v6.12.117, by v7.2.13
 */
#include "cow_rules_piece.h"
#include "cow_rules_probe.h"
#include "cow_rules_others.h"
#include "cow_rules_settings.h"
#include "cow_rules_harness.h"
#include "cow_rules_memory.h"
#include "cow_rules_sharing.h"
#include "cow_rules_references.h"
#include "cow_rules_arms.h"
#include "cow_rules_accesses.h"
#include "cow_rules_rules.h"

static const struct testcase cases[] = {
	/* write-fault: mine alone */
	CASE(anon, child_exits, none, none, write, r2),
	/* write-fault: mine alone, in this CPU's LRU cache */
	CASE(anon, child_exits_lru, none, none, write, r2),
	/* write-fault: mine alone, in another CPU's LRU cache */
	CASE(anon, child_exits_lru_far, none, none, write, r2),
	/* write-fault: mine alone, exclusive bit set */
	CASE(anon, exec_asked_ksm, none, none, write, r2),
	CASE(anon, alone, none, compact, write, r2),
	CASE(anon, alone, none, migrate, write, r2),
	CASE(anon, alone, none, mprotect, write, r2),
	/* write-fault: mine alone, in the swap cache, exclusive bit set */
	CASE(anon, alone, none, pageout, write, r2),
	/* write-fault: mine alone, exclusive bit set */
	CASE(anon, alone, none, soft_dirty, write, r2),
	/* swap-in: my swap entry, exclusive bit set */
	CASE(anon, alone, none, swap, write, r2),
	/* write-fault: mine alone, exclusive bit set */
	CASE(anon, alone, none, uffd_wp, write, r2),
	CASE(anon, alone, none, none, read_then_write, r2),
	/* write-fault: mine alone */
	CASE(anon, child_exits, none, compact, write, r2),
	CASE(anon, child_exits, none, migrate, write, r2),
	CASE(anon, child_exits, none, mprotect, write, r2),
	/* write-fault: mine alone, in the swap cache */
	CASE(anon, child_exits, none, pageout, write, r2),
	/* write-fault: mine alone */
	CASE(anon, child_exits, none, soft_dirty, write, r2),
	/* swap-in: my swap entry */
	CASE(anon, child_exits, none, swap, write, r2),
	/* write-fault: mine alone */
	CASE(anon, child_exits, none, uffd_wp, write, r2),
	CASE(anon, child_exits, none, none, read_then_write, r2),
	/* write-fault: mine alone, in another CPU's LRU cache */
	CASE(anon, child_exits_lru_far, none, compact, write, r2),
	CASE(anon, child_exits_lru_far, none, migrate, write, r2),
	CASE(anon, child_exits_lru_far, none, mprotect, write, r2),
	/* write-fault: mine alone, in the swap cache, in another CPU's LRU cache */
	CASE(anon, child_exits_lru_far, none, pageout, write, r2),
	/* write-fault: mine alone, in another CPU's LRU cache */
	CASE(anon, child_exits_lru_far, none, soft_dirty, write, r2),
	CASE(anon, child_exits_lru_far, none, uffd_wp, write, r2),
	CASE(anon, child_exits_lru_far, none, none, read_then_write, r2),
	/* swap-in: my swap entry, exclusive bit set */
	CASE(anon, exec_asked_ksm, none, swap, write, r2),
	/* write-fault: mine alone, exclusive bit set */
	CASE(anon, alone, gup_short_rw_fast, none, write, r2),
	CASE(anon, alone, gup_short_rw_slow, none, write, r2),
	CASE(anon, alone, process_vm, none, write, r2),
	/* write-fault: mine alone, one GUP reference (FOLL_GET) of mine, exclusive bit set */
	CASE(anon, alone, vmsplice, none, write, r2),
	/* write-fault: mine alone */
	CASE(anon, child_exits, gup_short_rw_fast, none, write, r2),
	CASE(anon, child_exits, gup_short_rw_slow, none, write, r2),
	CASE(anon, child_exits, process_vm, none, write, r2),
	/* write-fault: mine alone, one GUP reference (FOLL_GET) of mine */
	CASE(anon, child_exits, vmsplice, none, write, r2),
	/* write-fault: mine alone, in this CPU's LRU cache */
	CASE(anon, child_exits_lru, gup_short_ro_slow, none, write, r2),
	/* write-fault: mine alone, one GUP reference (FOLL_GET) of mine, in this CPU's LRU cache */
	CASE(anon, child_exits_lru, vmsplice, none, write, r2),
	/* write-fault: mine alone, in another CPU's LRU cache */
	CASE(anon, child_exits_lru_far, gup_short_ro_fast, none, write, r2),
	CASE(anon, child_exits_lru_far, gup_short_ro_slow, none, write, r2),
	CASE(anon, child_exits_lru_far, gup_short_rw_fast, none, write, r2),
	CASE(anon, child_exits_lru_far, gup_short_rw_slow, none, write, r2),
	CASE(anon, child_exits_lru_far, process_vm, none, write, r2),
	/* write-fault: mine alone */
	CASE(anon, child_unmaps, gup_short_ro_fast, none, write, r2),
	/* write-fault: mine alone, one GUP reference (FOLL_GET) of mine */
	CASE(anon, child_unmaps, vmsplice, none, write, r2),
	/* write-fault: mine alone, exclusive bit set */
	CASE(anon, dontfork, gup_short_ro_slow, none, write, r2),
	CASE(anon, exec_asked_ksm, gup_short_ro_fast, none, write, r2),
	/* write-fault: hugetlb page, mine alone */
	CASE(hugetlb, child_exits, none, none, write, r2),
	CASE(hugetlb, child_unmaps, none, none, write, r2),
	/* write-fault: hugetlb page, mine alone, exclusive bit set */
	CASE(hugetlb, alone, none, compact, write, r2),
	CASE(hugetlb, alone, none, migrate, write, r2),
	CASE(hugetlb, alone, none, mprotect, write, r2),
	CASE(hugetlb, alone, none, uffd_wp, write, r2),
	CASE(hugetlb, alone, none, none, read_then_write, r2),
	CASE(hugetlb, alone, gup_short_ro_slow, none, write, r2),
	CASE(hugetlb, alone, gup_short_rw_fast, none, write, r2),
	CASE(hugetlb, alone, gup_short_rw_slow, none, write, r2),
	CASE(hugetlb, alone, process_vm, none, write, r2),
	/*
	 * write-fault: hugetlb page, mine alone, one GUP reference (FOLL_GET) of mine, exclusive
	 * bit set
	 */
	CASE(hugetlb, alone, vmsplice, none, write, r2),
	/* write-fault: hugetlb page, mine alone */
	CASE(hugetlb, child_unmaps, gup_short_ro_fast, none, write, r2),
	/* write-fault: hugetlb page, mine alone, exclusive bit set */
	CASE(hugetlb, dontfork, gup_short_ro_fast, none, write, r2),
	/* write-fault: mine alone, exclusive bit set */
	CASE(ksm, alone, none, unmerge, write, r2),
	CASE(ksm, alone, none, unmerge_hole, write, r2),
	CASE(ksm, alone, none, unmerge_prctl, write, r2),
	CASE(ksm, alone, none, unmerge_prot_none, write, r2),
	CASE(ksm, alone, none, unmerge_uffd_wp, write, r2),
	CASE(ksm, child, none, unmerge, write, r2),
	CASE(ksm, child_exits, none, unmerge, write, r2),
	CASE(ksm, grandchild, none, unmerge, write, r2),
	CASE(ksm_zero, alone, none, unmerge, write, r2),
	CASE(ksm_zero, child, none, unmerge, write, r2),
	CASE(ksm_zero, child_exits, none, unmerge, write, r2),
	CASE(ksm_zero, grandchild, none, unmerge, write, r2),
	/* write-fault: large folio, all its pages mapped by me alone, exclusive bit set */
	CASE(mthp, dontfork, none, none, write, r2),
	CASE(mthp, alone, none, compact, write, r2),
	CASE(mthp, alone, none, migrate, write, r2),
	CASE(mthp, alone, none, mprotect, write, r2),
	/*
	 * write-fault: large folio, all its pages mapped by me alone, in the swap cache,
	 * exclusive bit set
	 */
	CASE(mthp, alone, none, pageout, write, r2),
	/* write-fault: large folio, all its pages mapped by me alone, exclusive bit set */
	CASE(mthp, alone, none, soft_dirty, write, r2),
	/* swap-in: large folio, my swap entry, exclusive bit set */
	CASE(mthp, alone, none, swap, write, r2),
	/* write-fault: large folio, all its pages mapped by me alone, exclusive bit set */
	CASE(mthp, alone, none, uffd_wp, write, r2),
	CASE(mthp, alone, none, none, read_then_write, r2),
	/* write-fault: large folio, all its pages mapped by me alone */
	CASE(mthp, child_exits, none, compact, write, r2),
	CASE(mthp, child_exits, none, migrate, write, r2),
	CASE(mthp, child_exits, none, mprotect, write, r2),
	/* write-fault: large folio, all its pages mapped by me alone, in the swap cache */
	CASE(mthp, child_exits, none, pageout, write, r2),
	/* write-fault: large folio, all its pages mapped by me alone */
	CASE(mthp, child_exits, none, soft_dirty, write, r2),
	/* swap-in: large folio, my swap entry */
	CASE(mthp, child_exits, none, swap, write, r2),
	/* write-fault: large folio, all its pages mapped by me alone */
	CASE(mthp, child_exits, none, uffd_wp, write, r2),
	CASE(mthp, child_exits, none, none, read_then_write, r2),
	/* write-fault: large folio, all its pages mapped by me alone, exclusive bit set */
	CASE(mthp, alone, process_vm, none, write, r2),
	/*
	 * write-fault: large folio, all its pages mapped by me alone, one GUP reference
	 * (FOLL_GET) of mine, exclusive bit set
	 */
	CASE(mthp, alone, vmsplice, none, write, r2),
	/*
	 * write-fault: large folio, all its pages mapped by me alone, one GUP reference
	 * (FOLL_GET) of mine
	 */
	CASE(mthp, child_exits, vmsplice, none, write, r2),
	/* write-fault: large folio, all its pages mapped by me alone */
	CASE(mthp, child_unmaps, process_vm, none, write, r2),
	/*
	 * write-fault: large folio, all its pages mapped by me alone, one GUP reference
	 * (FOLL_GET) of mine
	 */
	CASE(mthp, child_unmaps, vmsplice, none, write, r2),
	/* write-fault: mine alone, in the swap cache */
	CASE(swap_cache, child_exits, none, none, write, r2),
	/* write-fault: mine alone, in the swap cache, exclusive bit set */
	CASE(swap_cache, alone, none, compact, write, r2),
	CASE(swap_cache, alone, none, migrate, write, r2),
	CASE(swap_cache, alone, none, mprotect, write, r2),
	CASE(swap_cache, alone, none, uffd_wp, write, r2),
	CASE(swap_cache, alone, none, none, read_then_write, r2),
	/* write-fault: mine alone, in the swap cache */
	CASE(swap_cache, child_exits, none, compact, write, r2),
	CASE(swap_cache, child_exits, none, migrate, write, r2),
	CASE(swap_cache, child_exits, none, mprotect, write, r2),
	CASE(swap_cache, child_exits, none, uffd_wp, write, r2),
	CASE(swap_cache, child_exits, none, none, read_then_write, r2),
	/*
	 * write-fault: mine alone, in the swap cache, one GUP reference (FOLL_GET) of mine,
	 * exclusive bit set
	 */
	CASE(swap_cache, alone, vmsplice, none, write, r2),
	/* write-fault: mine alone, in the swap cache, one GUP reference (FOLL_GET) of mine */
	CASE(swap_cache, child_exits, vmsplice, none, write, r2),
	/* write-fault: mine alone, in the swap cache */
	CASE(swap_cache, child_unmaps, process_vm, none, write, r2),
	/* write-fault: mine alone, in the swap cache, one GUP reference (FOLL_GET) of mine */
	CASE(swap_cache, child_unmaps, vmsplice, none, write, r2),
	/* write-fault: mine alone, in the swap cache, exclusive bit set */
	CASE(swap_cache, dontfork, process_vm, none, write, r2),
	/* swap-in: my swap entry */
	CASE(swapped, child_unmaps, none, none, write, r2),
	/* swap-in: my swap entry, exclusive bit set */
	CASE(swapped, dontfork, none, none, write, r2),
	CASE(swapped, alone, none, compact, write, r2),
	CASE(swapped, alone, none, migrate, write, r2),
	CASE(swapped, alone, none, mprotect, write, r2),
	CASE(swapped, alone, none, uffd_wp, write, r2),
	CASE(swapped, alone, none, none, read_then_write, r2),
	/* swap-in: my swap entry */
	CASE(swapped, child_exits, none, compact, write, r2),
	CASE(swapped, child_exits, none, migrate, write, r2),
	CASE(swapped, child_exits, none, mprotect, write, r2),
	CASE(swapped, child_exits, none, uffd_wp, write, r2),
	CASE(swapped, child_exits, none, none, read_then_write, r2),
	/* write-fault: mine alone, exclusive bit set */
	CASE(swapped, alone, process_vm, none, write, r2),
	/* write-fault: mine alone */
	CASE(swapped, child_exits, process_vm, none, write, r2),
	/* write-fault: mine alone, one GUP reference (FOLL_GET) of mine */
	CASE(swapped, child_exits, vmsplice, none, write, r2),
	/* write-fault: mine alone */
	CASE(swapped, child_unmaps, process_vm, none, write, r2),
	/* write-fault: mine alone, one GUP reference (FOLL_GET) of mine */
	CASE(swapped, child_unmaps, vmsplice, none, write, r2),
	/* write-fault: mine alone, one GUP reference (FOLL_GET) of mine, exclusive bit set */
	CASE(swapped, dontfork, vmsplice, none, write, r2),
	/* swap-in: large folio, my swap entry */
	CASE(swapped_thp_one, child_unmaps, none, none, write, r2),
	/* swap-in: large folio, my swap entry, exclusive bit set */
	CASE(swapped_thp_one, dontfork, none, none, write, r2),
	CASE(swapped_thp_one, alone, none, compact, write, r2),
	CASE(swapped_thp_one, alone, none, migrate, write, r2),
	CASE(swapped_thp_one, alone, none, mprotect, write, r2),
	CASE(swapped_thp_one, alone, none, uffd_wp, write, r2),
	CASE(swapped_thp_one, alone, none, none, read_then_write, r2),
	/* swap-in: large folio, my swap entry */
	CASE(swapped_thp_one, child_exits, none, compact, write, r2),
	CASE(swapped_thp_one, child_exits, none, migrate, write, r2),
	CASE(swapped_thp_one, child_exits, none, mprotect, write, r2),
	CASE(swapped_thp_one, child_exits, none, uffd_wp, write, r2),
	CASE(swapped_thp_one, child_exits, none, none, read_then_write, r2),
	/* write-fault: large folio, one page mapped by me alone, exclusive bit set */
	CASE(swapped_thp_one, alone, process_vm, none, write, r2),
	/*
	 * write-fault: large folio, one page mapped by me alone, one GUP reference (FOLL_GET) of
	 * mine
	 */
	CASE(swapped_thp_one, child_exits, vmsplice, none, write, r2),
	/* write-fault: large folio, one page mapped by me alone */
	CASE(swapped_thp_one, child_unmaps, process_vm, none, write, r2),
	/*
	 * write-fault: large folio, one page mapped by me alone, one GUP reference (FOLL_GET) of
	 * mine, exclusive bit set
	 */
	CASE(swapped_thp_one, dontfork, vmsplice, none, write, r2),
	/* swap-in: large folio, my swap entry */
	CASE(swapped_thp_pmd, child_unmaps, none, none, write, r2),
	/* swap-in: large folio, my swap entry, exclusive bit set */
	CASE(swapped_thp_pmd, dontfork, none, none, write, r2),
	CASE(swapped_thp_pmd, alone, none, compact, write, r2),
	CASE(swapped_thp_pmd, alone, none, migrate, write, r2),
	CASE(swapped_thp_pmd, alone, none, mprotect, write, r2),
	CASE(swapped_thp_pmd, alone, none, uffd_wp, write, r2),
	CASE(swapped_thp_pmd, alone, none, none, read_then_write, r2),
	/* swap-in: large folio, my swap entry */
	CASE(swapped_thp_pmd, child_exits, none, compact, write, r2),
	CASE(swapped_thp_pmd, child_exits, none, migrate, write, r2),
	CASE(swapped_thp_pmd, child_exits, none, mprotect, write, r2),
	CASE(swapped_thp_pmd, child_exits, none, uffd_wp, write, r2),
	CASE(swapped_thp_pmd, child_exits, none, none, read_then_write, r2),
	/* write-fault: large folio, all its pages mapped by me alone, exclusive bit set */
	CASE(swapped_thp_pmd, alone, process_vm, none, write, r2),
	/* write-fault: large folio, all its pages mapped by me alone */
	CASE(swapped_thp_pmd, child_exits, process_vm, none, write, r2),
	/*
	 * write-fault: large folio, all its pages mapped by me alone, one GUP reference
	 * (FOLL_GET) of mine
	 */
	CASE(swapped_thp_pmd, child_exits, vmsplice, none, write, r2),
	/* write-fault: large folio, all its pages mapped by me alone */
	CASE(swapped_thp_pmd, child_unmaps, process_vm, none, write, r2),
	/*
	 * write-fault: large folio, all its pages mapped by me alone, one GUP reference
	 * (FOLL_GET) of mine
	 */
	CASE(swapped_thp_pmd, child_unmaps, vmsplice, none, write, r2),
	/*
	 * write-fault: large folio, all its pages mapped by me alone, one GUP reference
	 * (FOLL_GET) of mine, exclusive bit set
	 */
	CASE(swapped_thp_pmd, dontfork, vmsplice, none, write, r2),
	/* swap-in: large folio, my swap entry */
	CASE(swapped_thp_pte, child_unmaps, none, none, write, r2),
	/* swap-in: large folio, my swap entry, exclusive bit set */
	CASE(swapped_thp_pte, dontfork, none, none, write, r2),
	CASE(swapped_thp_pte, alone, none, compact, write, r2),
	CASE(swapped_thp_pte, alone, none, migrate, write, r2),
	CASE(swapped_thp_pte, alone, none, mprotect, write, r2),
	CASE(swapped_thp_pte, alone, none, uffd_wp, write, r2),
	CASE(swapped_thp_pte, alone, none, none, read_then_write, r2),
	/* swap-in: large folio, my swap entry */
	CASE(swapped_thp_pte, child_exits, none, compact, write, r2),
	CASE(swapped_thp_pte, child_exits, none, migrate, write, r2),
	CASE(swapped_thp_pte, child_exits, none, mprotect, write, r2),
	CASE(swapped_thp_pte, child_exits, none, uffd_wp, write, r2),
	CASE(swapped_thp_pte, child_exits, none, none, read_then_write, r2),
	/* write-fault: large folio, all its pages mapped by me alone, exclusive bit set */
	CASE(swapped_thp_pte, alone, process_vm, none, write, r2),
	/* write-fault: large folio, all its pages mapped by me alone */
	CASE(swapped_thp_pte, child_exits, process_vm, none, write, r2),
	/*
	 * write-fault: large folio, all its pages mapped by me alone, one GUP reference
	 * (FOLL_GET) of mine
	 */
	CASE(swapped_thp_pte, child_exits, vmsplice, none, write, r2),
	/* write-fault: large folio, all its pages mapped by me alone */
	CASE(swapped_thp_pte, child_unmaps, process_vm, none, write, r2),
	/*
	 * write-fault: large folio, all its pages mapped by me alone, one GUP reference
	 * (FOLL_GET) of mine
	 */
	CASE(swapped_thp_pte, child_unmaps, vmsplice, none, write, r2),
	/*
	 * write-fault: large folio, all its pages mapped by me alone, one GUP reference
	 * (FOLL_GET) of mine, exclusive bit set
	 */
	CASE(swapped_thp_pte, dontfork, vmsplice, none, write, r2),
	/* write-fault: large folio, all its pages mapped by me alone, exclusive bit set */
	CASE(thp_moved, dontfork, none, none, write, r2),
	CASE(thp_moved, alone, none, compact, write, r2),
	CASE(thp_moved, alone, none, migrate, write, r2),
	CASE(thp_moved, alone, none, mprotect, write, r2),
	/*
	 * write-fault: large folio, all its pages mapped by me alone, in the swap cache,
	 * exclusive bit set
	 */
	CASE(thp_moved, alone, none, pageout, write, r2),
	/* write-fault: large folio, all its pages mapped by me alone, exclusive bit set */
	CASE(thp_moved, alone, none, soft_dirty, write, r2),
	/* swap-in: large folio, my swap entry, exclusive bit set */
	CASE(thp_moved, alone, none, swap, write, r2),
	/* write-fault: large folio, all its pages mapped by me alone, exclusive bit set */
	CASE(thp_moved, alone, none, uffd_wp, write, r2),
	CASE(thp_moved, alone, none, none, read_then_write, r2),
	/* write-fault: large folio, all its pages mapped by me alone */
	CASE(thp_moved, child_exits, none, compact, write, r2),
	CASE(thp_moved, child_exits, none, migrate, write, r2),
	CASE(thp_moved, child_exits, none, mprotect, write, r2),
	/* write-fault: large folio, all its pages mapped by me alone, in the swap cache */
	CASE(thp_moved, child_exits, none, pageout, write, r2),
	/* write-fault: large folio, all its pages mapped by me alone */
	CASE(thp_moved, child_exits, none, soft_dirty, write, r2),
	/* swap-in: large folio, my swap entry */
	CASE(thp_moved, child_exits, none, swap, write, r2),
	/* write-fault: large folio, all its pages mapped by me alone */
	CASE(thp_moved, child_exits, none, uffd_wp, write, r2),
	CASE(thp_moved, child_exits, none, none, read_then_write, r2),
	/* write-fault: large folio, all its pages mapped by me alone, exclusive bit set */
	CASE(thp_moved, alone, process_vm, none, write, r2),
	/*
	 * write-fault: large folio, all its pages mapped by me alone, one GUP reference
	 * (FOLL_GET) of mine, exclusive bit set
	 */
	CASE(thp_moved, alone, vmsplice, none, write, r2),
	/*
	 * write-fault: large folio, all its pages mapped by me alone, one GUP reference
	 * (FOLL_GET) of mine
	 */
	CASE(thp_moved, child_exits, vmsplice, none, write, r2),
	/* write-fault: large folio, all its pages mapped by me alone */
	CASE(thp_moved, child_unmaps, process_vm, none, write, r2),
	/*
	 * write-fault: large folio, all its pages mapped by me alone, one GUP reference
	 * (FOLL_GET) of mine
	 */
	CASE(thp_moved, child_unmaps, vmsplice, none, write, r2),
	/* write-fault: large folio, all its pages mapped by me alone */
	CASE(thp_once_shared, dontfork, none, none, write, r2),
	CASE(thp_once_shared, alone, none, migrate, write, r2),
	CASE(thp_once_shared, alone, none, mprotect, write, r2),
	CASE(thp_once_shared, alone, none, uffd_wp, write, r2),
	CASE(thp_once_shared, alone, none, none, read_then_write, r2),
	CASE(thp_once_shared, child_exits, none, compact, write, r2),
	/*
	 * write-fault: large folio, all its pages mapped by me alone, one GUP reference
	 * (FOLL_GET) of mine
	 */
	CASE(thp_once_shared, alone, vmsplice, none, write, r2),
	CASE(thp_once_shared, child_exits, vmsplice, none, write, r2),
	/* write-fault: large folio, all its pages mapped by me alone */
	CASE(thp_once_shared, child_unmaps, process_vm, none, write, r2),
	/*
	 * write-fault: large folio, all its pages mapped by me alone, one GUP reference
	 * (FOLL_GET) of mine
	 */
	CASE(thp_once_shared, child_unmaps, vmsplice, none, write, r2),
	CASE(thp_once_shared, dontfork, vmsplice, none, write, r2),
	/* write-fault: large folio, one page mapped by me alone */
	CASE(thp_one, child_unmaps, none, none, write, r2),
	/* write-fault: large folio, one page mapped by me alone, exclusive bit set */
	CASE(thp_one, alone, none, compact, write, r2),
	CASE(thp_one, alone, none, migrate, write, r2),
	CASE(thp_one, alone, none, mprotect, write, r2),
	/*
	 * write-fault: large folio, one page mapped by me alone, in the swap cache, exclusive
	 * bit set
	 */
	CASE(thp_one, alone, none, pageout, write, r2),
	/* write-fault: large folio, one page mapped by me alone, exclusive bit set */
	CASE(thp_one, alone, none, soft_dirty, write, r2),
	/* swap-in: large folio, my swap entry, exclusive bit set */
	CASE(thp_one, alone, none, swap, write, r2),
	/* write-fault: large folio, one page mapped by me alone, exclusive bit set */
	CASE(thp_one, alone, none, uffd_wp, write, r2),
	CASE(thp_one, alone, none, none, read_then_write, r2),
	/* write-fault: large folio, one page mapped by me alone */
	CASE(thp_one, child_exits, none, compact, write, r2),
	CASE(thp_one, child_exits, none, migrate, write, r2),
	CASE(thp_one, child_exits, none, mprotect, write, r2),
	/* write-fault: large folio, one page mapped by me alone, in the swap cache */
	CASE(thp_one, child_exits, none, pageout, write, r2),
	/* write-fault: large folio, one page mapped by me alone */
	CASE(thp_one, child_exits, none, soft_dirty, write, r2),
	/* swap-in: large folio, my swap entry */
	CASE(thp_one, child_exits, none, swap, write, r2),
	/* write-fault: large folio, one page mapped by me alone */
	CASE(thp_one, child_exits, none, uffd_wp, write, r2),
	CASE(thp_one, child_exits, none, none, read_then_write, r2),
	/*
	 * write-fault: large folio, one page mapped by me alone, one GUP reference (FOLL_GET) of
	 * mine, exclusive bit set
	 */
	CASE(thp_one, alone, vmsplice, none, write, r2),
	/* write-fault: large folio, one page mapped by me alone */
	CASE(thp_one, child_exits, process_vm, none, write, r2),
	/*
	 * write-fault: large folio, one page mapped by me alone, one GUP reference (FOLL_GET) of
	 * mine
	 */
	CASE(thp_one, child_exits, vmsplice, none, write, r2),
	/* write-fault: large folio, one page mapped by me alone, exclusive bit set */
	CASE(thp_one, dontfork, process_vm, none, write, r2),
	/* write-fault: large folio, one page mapped by me alone */
	CASE(thp_part, child_unmaps, none, none, write, r2),
	/* write-fault: large folio, one page mapped by me alone, exclusive bit set */
	CASE(thp_part, alone, none, compact, write, r2),
	CASE(thp_part, alone, none, migrate, write, r2),
	CASE(thp_part, alone, none, mprotect, write, r2),
	/*
	 * write-fault: large folio, one page mapped by me alone, in the swap cache, exclusive
	 * bit set
	 */
	CASE(thp_part, alone, none, pageout, write, r2),
	/* write-fault: large folio, one page mapped by me alone, exclusive bit set */
	CASE(thp_part, alone, none, soft_dirty, write, r2),
	/* swap-in: large folio, my swap entry, exclusive bit set */
	CASE(thp_part, alone, none, swap, write, r2),
	/* write-fault: large folio, one page mapped by me alone, exclusive bit set */
	CASE(thp_part, alone, none, uffd_wp, write, r2),
	CASE(thp_part, alone, none, none, read_then_write, r2),
	/* write-fault: large folio, one page mapped by me alone */
	CASE(thp_part, child_exits, none, compact, write, r2),
	CASE(thp_part, child_exits, none, migrate, write, r2),
	CASE(thp_part, child_exits, none, mprotect, write, r2),
	/* write-fault: large folio, one page mapped by me alone, in the swap cache */
	CASE(thp_part, child_exits, none, pageout, write, r2),
	/* write-fault: large folio, one page mapped by me alone */
	CASE(thp_part, child_exits, none, soft_dirty, write, r2),
	/* swap-in: large folio, my swap entry */
	CASE(thp_part, child_exits, none, swap, write, r2),
	/* write-fault: large folio, one page mapped by me alone */
	CASE(thp_part, child_exits, none, uffd_wp, write, r2),
	CASE(thp_part, child_exits, none, none, read_then_write, r2),
	/*
	 * write-fault: large folio, one page mapped by me alone, one GUP reference (FOLL_GET) of
	 * mine, exclusive bit set
	 */
	CASE(thp_part, alone, vmsplice, none, write, r2),
	/* write-fault: large folio, one page mapped by me alone */
	CASE(thp_part, child_exits, process_vm, none, write, r2),
	/*
	 * write-fault: large folio, one page mapped by me alone, one GUP reference (FOLL_GET) of
	 * mine
	 */
	CASE(thp_part, child_exits, vmsplice, none, write, r2),
	/* write-fault: large folio, one page mapped by me alone, exclusive bit set */
	CASE(thp_part, dontfork, process_vm, none, write, r2),
	/* write-fault: PMD-mapped huge page, mine alone */
	CASE(thp_pmd, child_exits, none, none, write, r2),
	CASE(thp_pmd, child_unmaps, none, none, write, r2),
	/* write-fault: PMD-mapped huge page, mine alone, exclusive bit set */
	CASE(thp_pmd, alone, none, compact, write, r2),
	CASE(thp_pmd, alone, none, migrate, write, r2),
	CASE(thp_pmd, alone, none, mprotect, write, r2),
	/* write-fault: PMD-mapped huge page, mine alone, in the swap cache, exclusive bit set */
	CASE(thp_pmd, alone, none, pageout, write, r2),
	/* write-fault: PMD-mapped huge page, mine alone, exclusive bit set */
	CASE(thp_pmd, alone, none, soft_dirty, write, r2),
	CASE(thp_pmd, alone, none, uffd_wp, write, r2),
	CASE(thp_pmd, alone, none, none, read_then_write, r2),
	/* write-fault: PMD-mapped huge page, mine alone, in the swap cache */
	CASE(thp_pmd, child_exits, none, pageout, write, r2),
	/* write-fault: large folio, one page mapped by me alone */
	CASE(thp_pmd, child_has_half, none, compact, write, r2),
	CASE(thp_pmd, child_has_half, none, migrate, write, r2),
	CASE(thp_pmd, child_has_half, none, mprotect, write, r2),
	/* write-fault: large folio, one page mapped by me alone, in the swap cache */
	CASE(thp_pmd, child_has_half, none, pageout, write, r2),
	/* write-fault: large folio, one page mapped by me alone */
	CASE(thp_pmd, child_has_half, none, soft_dirty, write, r2),
	/* swap-in: large folio, my swap entry */
	CASE(thp_pmd, child_has_half, none, swap, write, r2),
	/* write-fault: large folio, one page mapped by me alone */
	CASE(thp_pmd, child_has_half, none, uffd_wp, write, r2),
	CASE(thp_pmd, child_has_half, none, none, read_then_write, r2),
	/* swap-in: large folio, my swap entry */
	CASE(thp_pmd, child_has_upper, none, swap, write, r2),
	/* write-fault: PMD-mapped huge page, mine alone, exclusive bit set */
	CASE(thp_pmd, alone, gup_short_rw_fast, none, write, r2),
	CASE(thp_pmd, alone, gup_short_rw_slow, none, write, r2),
	CASE(thp_pmd, alone, process_vm, none, write, r2),
	/*
	 * write-fault: PMD-mapped huge page, mine alone, one GUP reference (FOLL_GET) of mine,
	 * exclusive bit set
	 */
	CASE(thp_pmd, alone, vmsplice, none, write, r2),
	/* write-fault: PMD-mapped huge page, mine alone, one GUP reference (FOLL_GET) of mine */
	CASE(thp_pmd, child_exits, vmsplice, none, write, r2),
	/* write-fault: large folio, one page mapped by me alone */
	CASE(thp_pmd, child_has_half, gup_short_ro_fast, none, write, r2),
	CASE(thp_pmd, child_has_half, gup_short_rw_fast, none, write, r2),
	CASE(thp_pmd, child_has_half, gup_short_rw_slow, none, write, r2),
	CASE(thp_pmd, child_has_half, process_vm, none, write, r2),
	/*
	 * write-fault: large folio, one page mapped by me alone, one GUP reference (FOLL_GET) of
	 * mine
	 */
	CASE(thp_pmd, child_has_half, vmsplice, none, write, r2),
	/* write-fault: large folio, one page mapped by me alone */
	CASE(thp_pmd, child_has_upper, gup_short_ro_slow, none, write, r2),
	/* write-fault: PMD-mapped huge page, mine alone */
	CASE(thp_pmd, child_unmaps, gup_short_ro_fast, none, write, r2),
	/* write-fault: PMD-mapped huge page, mine alone, one GUP reference (FOLL_GET) of mine */
	CASE(thp_pmd, child_unmaps, vmsplice, none, write, r2),
	/* write-fault: PMD-mapped huge page, mine alone, exclusive bit set */
	CASE(thp_pmd, dontfork, gup_short_ro_slow, none, write, r2),
	/* write-fault: large folio, all its pages mapped by me alone */
	CASE(thp_pte, child_exits, none, none, write, r2),
	/* write-fault: PMD-mapped huge page, mine alone, exclusive bit set */
	CASE(thp_pte, alone, none, collapse, write, r2),
	/* write-fault: large folio, all its pages mapped by me alone, exclusive bit set */
	CASE(thp_pte, alone, none, compact, write, r2),
	CASE(thp_pte, alone, none, migrate, write, r2),
	CASE(thp_pte, alone, none, mprotect, write, r2),
	/*
	 * write-fault: large folio, all its pages mapped by me alone, in the swap cache,
	 * exclusive bit set
	 */
	CASE(thp_pte, alone, none, pageout, write, r2),
	/* write-fault: large folio, all its pages mapped by me alone, exclusive bit set */
	CASE(thp_pte, alone, none, soft_dirty, write, r2),
	/* swap-in: large folio, my swap entry, exclusive bit set */
	CASE(thp_pte, alone, none, swap, write, r2),
	/* write-fault: large folio, all its pages mapped by me alone, exclusive bit set */
	CASE(thp_pte, alone, none, uffd_wp, write, r2),
	CASE(thp_pte, alone, none, none, read_then_write, r2),
	/* write-fault: PMD-mapped huge page, mine alone */
	CASE(thp_pte, child_exits, none, collapse, write, r2),
	/* write-fault: large folio, all its pages mapped by me alone */
	CASE(thp_pte, child_exits, none, compact, write, r2),
	CASE(thp_pte, child_exits, none, migrate, write, r2),
	CASE(thp_pte, child_exits, none, mprotect, write, r2),
	/* write-fault: large folio, all its pages mapped by me alone, in the swap cache */
	CASE(thp_pte, child_exits, none, pageout, write, r2),
	/* write-fault: large folio, all its pages mapped by me alone */
	CASE(thp_pte, child_exits, none, soft_dirty, write, r2),
	/* swap-in: large folio, my swap entry */
	CASE(thp_pte, child_exits, none, swap, write, r2),
	/* write-fault: large folio, all its pages mapped by me alone */
	CASE(thp_pte, child_exits, none, uffd_wp, write, r2),
	CASE(thp_pte, child_exits, none, none, read_then_write, r2),
	/*
	 * write-fault: large folio, all its pages mapped by me alone, one GUP reference
	 * (FOLL_GET) of mine, exclusive bit set
	 */
	CASE(thp_pte, alone, vmsplice, none, write, r2),
	/*
	 * write-fault: large folio, all its pages mapped by me alone, one GUP reference
	 * (FOLL_GET) of mine
	 */
	CASE(thp_pte, child_exits, vmsplice, none, write, r2),
	/* write-fault: large folio, all its pages mapped by me alone */
	CASE(thp_pte, child_unmaps, process_vm, none, write, r2),
	/*
	 * write-fault: large folio, all its pages mapped by me alone, one GUP reference
	 * (FOLL_GET) of mine
	 */
	CASE(thp_pte, child_unmaps, vmsplice, none, write, r2),
	/* write-fault: large folio, all its pages mapped by me alone, exclusive bit set */
	CASE(thp_pte, dontfork, process_vm, none, write, r2),
};

int main(int argc, char **argv)
{
	return run_cases(cases, sizeof(cases) / sizeof(*cases), argc, argv);
}
