// SPDX-License-Identifier: GPL-2.0
/*
 * cow_rules_force: writes through /proc/PID/mem and ptrace() keep the rules
 *
 * Writes with FOLL_FORCE: a debugger may write to what is mapped read-only, and
 * the three rules hold for that, too.
 *
 * Places in the kernel that decide, each with what brought it or changed it
 * last:
 *
 * __get_user_pages(), mm/gup.c
 *   R1, R2: try_grab_folio(folio, page_increm - 1, gup_flags)
 *       after v6.1.192, by v6.12.117
 *
 * can_follow_write_common(), mm/gup.c
 *   R1, R2: PageAnonExclusive(page)
 *       after v5.10.262, by v6.1.192
 *
 * can_follow_write_pmd(), mm/gup.c
 *   R1, R2: can_follow_write_common(page, vma, flags)
 *       after v6.12.117, by v7.2.13
 *
 * can_follow_write_pte(), mm/gup.c
 *   R1, R2: can_follow_write_common(page, vma, flags)
 *       after v6.12.117, by v7.2.13
 *
 * follow_huge_pmd(), mm/gup.c
 *   R1, R2: ret = try_grab_folio(page_folio(page), 1, flags)
 *       after v5.10.262, by v6.1.192
 *   R1, R2: can_follow_write_pmd(pmdval, page, vma, flags)
 *       after v5.10.262, by v6.1.192
 *   R1, R2: pmd_write(pmdval)
 *       after v5.10.262, by v6.1.192
 *   R1, R2: gup_must_unshare(vma, flags, page)
 *       after v5.10.262, by v6.1.192
 *
 * follow_page_pte(), mm/gup.c
 *   R1, R2: can_follow_write_pte(pte, page, vma, flags)
 *       after v6.12.117, by v7.2.13
 *   R1, R2: ret = try_grab_folio(folio, 1, flags)
 *       after v6.12.117, by v7.2.13
 *   R1, R2: pte_write(pte)
 *       after v6.12.117, by v7.2.13
 *   R1, R2: gup_must_unshare(vma, flags, page)
 *       after v6.12.117, by v7.2.13
 *
 * get_gate_page(), mm/gup.c
 *   R1, R2: ret = try_grab_folio(page_folio(*page), 1, gup_flags)
 *       after v6.1.192, by v6.12.117
 *
 * try_grab_folio(), mm/gup.c
 *   R1, R2: folio_ref_count(folio) <= 0
 *       after v5.10.262, by v6.1.192
 *
 * do_huge_pmd_wp_page(), mm/huge_memory.c
 *   R1: folio_ref_count(folio) > 1 + folio_test_swapcache(folio) *
 *       folio_nr_pages(folio)
 *       after v5.10.262, by v6.1.192
 *   R1: PageAnonExclusive(page)
 *       after v5.10.262, by v6.1.192
 *   R1, R2: PageAnonExclusive(page)
 *       after v5.10.262, by v6.1.192
 *
 * hugetlb_wp(), mm/hugetlb.c
 *   R1, R2: vma->vm_flags & VM_MAYSHARE
 *       after v6.12.117, by v7.2.13
 *   R1, R2: folio_mapcount(old_folio) == 1
 *       after v6.12.117, by v7.2.13
 *
 * gup_must_unshare(), mm/internal.h
 *   R1, R2: PageAnonExclusive(page)
 *       after v5.10.262, by v6.1.192
 *
 * __wp_can_reuse_large_anon_folio(), mm/memory.c
 *   R2: folio_large_mapcount(folio) != folio_ref_count(folio)
 *       after v6.12.117, by v7.2.13
 *   R2: test_bit(FOLIO_MM_IDS_SHARED_BITNUM, &folio->_mm_ids)
 *       after v6.12.117, by v7.2.13
 *   R1, R2: folio_large_mapcount(folio) != folio_ref_count(folio)
 *       after v6.12.117, by v7.2.13
 *   R1, R2: folio_large_mapcount(folio) <= 1
 *       after v6.12.117, by v7.2.13
 *   R1, R2: test_bit(FOLIO_MM_IDS_SHARED_BITNUM, &folio->_mm_ids)
 *       after v6.12.117, by v7.2.13
 *
 * do_swap_page(), mm/memory.c
 *   R1, R2: exclusive = pte_swp_exclusive(vmf->orig_pte)
 *       after v6.12.117, by v7.2.13
 *   R1, R2: folio_ref_count(folio) == 1
 *       after v6.12.117, by v7.2.13
 *   R1, R2: folio_test_ksm(folio)
 *       after v6.12.117, by v7.2.13
 *
 * do_wp_page(), mm/memory.c
 *   R1, R2: wp_can_reuse_anon_folio(folio, vma)
 *       after v6.1.192, by v6.12.117
 *   R1, R2: PageAnonExclusive(vmf->page)
 *       after v6.1.192, by v6.12.117
 *
 * should_try_to_free_swap(), mm/memory.c
 *   R1, R2: folio_test_swapcache(folio)
 *       after v5.10.262, by v6.1.192
 *   R1, R2: folio_test_ksm(folio)
 *       after v6.12.117, by v7.2.13
 *   R1, R2: folio_ref_count(folio) == (extra_refs + folio_nr_pages(folio))
 *       after v6.12.117, by v7.2.13
 *
 * wp_can_reuse_anon_folio(), mm/memory.c
 *   R1, R2: folio_ref_count(folio) > 3
 *       after v6.12.117, by v7.2.13
 *   R1, R2: __wp_can_reuse_large_anon_folio(folio, vma)
 *       after v6.12.117, by v7.2.13
 *   R1, R2: folio_ref_count(folio) > 1 + folio_test_swapcache(folio)
 *       after v6.12.117, by v7.2.13
 *   R1, R2: folio_ref_count(folio) != 1
 *       after v6.12.117, by v7.2.13
 *   R1, R2: folio_test_ksm(folio)
 *       after v6.12.117, by v7.2.13
 *   R1, R2: folio_test_ksm(folio)
 *       after v6.12.117, by v7.2.13
 *
 * folio_free_swap(), mm/swapfile.c
 *   R1, R2: folio_maybe_swapped(folio)
 *       after v6.12.117, by v7.2.13
 *   R1, R2: folio_swapcache_freeable(folio)
 *       after v6.1.192, by v6.12.117
 *
 * folio_swapcache_freeable(), mm/swapfile.c
 *   R1, R2: folio_test_swapcache(folio)
 *       by v5.10.262
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

/* Where upstream says that it knows. */
#define KNOWN_1 \
	"tools/testing/selftests/mm/cow.c says of hugetlb that its vmsplice() tests are expected to fail"

static const struct testcase cases[] = {
	/* write-fault: mine alone, exclusive bit set */
	CASE(anon, alone, none, none, foll_force, r2),
	CASE(anon, alone, none, none, ptrace_poke, r2),
	/* write-fault: mapped by me and another process */
	CASE(anon, child, none, none, foll_force, r1),
	CASE(anon, child, none, none, ptrace_poke, r1),
	/* write-fault: mine alone */
	CASE(anon, child_exits, none, none, foll_force, r2),
	CASE(anon, child_exits, none, none, ptrace_poke, r2),
	/* write-fault: mine alone, in another CPU's LRU cache */
	CASE(anon, child_exits_lru_far, none, none, foll_force, r2),
	CASE(anon, child_exits_lru_far, none, none, ptrace_poke, r2),
	/* write-fault: PMD-mapped huge page, file page, mapped by me and another process */
	CASE(huge_zero, alone, none, none, foll_force, r1),
	CASE(huge_zero, alone, none, none, ptrace_poke, r1),
	/* write-fault: hugetlb page, mine alone, exclusive bit set */
	CASE(hugetlb, alone, none, none, foll_force, r2),
	CASE(hugetlb, alone, none, none, ptrace_poke, r2),
	/* write-fault: hugetlb page, mapped by me and another process */
	CASE(hugetlb, child, none, none, foll_force, r1),
	CASE(hugetlb, child, none, none, ptrace_poke, r1),
	/*
	 * write-fault: hugetlb page, mapped by me only, one GUP reference (FOLL_GET) of another
	 * process
	 */
	CASE(hugetlb, child_vmsplice_unmap, none, none, foll_force, r1, .xfail = KNOWN_1),
	CASE(hugetlb, child_vmsplice_unmap, none, none, ptrace_poke, r1, .xfail = KNOWN_1),
	/* write-fault: mapped by me and another process, merged by KSM */
	CASE(ksm, alone, none, none, foll_force, r1),
	CASE(ksm, alone, none, none, ptrace_poke, r1),
	/* write-fault: file page, mapped by me and another process */
	CASE(ksm_zero, alone, none, none, foll_force, r1),
	CASE(ksm_zero, alone, none, none, ptrace_poke, r1),
	/* write-fault: hugetlb page, file page, mapped by me and another process */
	CASE(memfd_hugetlb, alone, none, none, foll_force, r1),
	CASE(memfd_hugetlb, alone, none, none, ptrace_poke, r1),
	/* write-fault: large folio, all its pages mapped by me alone, exclusive bit set */
	CASE(mthp, alone, none, none, foll_force, r2),
	CASE(mthp, alone, none, none, ptrace_poke, r2),
	/* write-fault: large folio, all its pages mapped by me, all mapped by another process */
	CASE(mthp, child, none, none, foll_force, r1),
	CASE(mthp, child, none, none, ptrace_poke, r1),
	/* write-fault: large folio, all its pages mapped by me alone */
	CASE(mthp, child_exits, none, none, foll_force, r2),
	CASE(mthp, child_exits, none, none, ptrace_poke, r2),
	/* write-fault: file page, mapped by me and another process */
	CASE(private_file, alone, none, none, foll_force, r1),
	CASE(private_file, alone, none, none, ptrace_poke, r1),
	CASE(private_memfd, alone, none, none, foll_force, r1),
	CASE(private_memfd, alone, none, none, ptrace_poke, r1),
	CASE(private_tmpfs, alone, none, none, foll_force, r1),
	CASE(private_tmpfs, alone, none, none, ptrace_poke, r1),
	/* write-fault: mine alone, in the swap cache, exclusive bit set */
	CASE(swap_cache, alone, none, none, foll_force, r2),
	CASE(swap_cache, alone, none, none, ptrace_poke, r2),
	/* write-fault: mapped by me and another process, in the swap cache */
	CASE(swap_cache, child, none, none, foll_force, r1),
	CASE(swap_cache, child, none, none, ptrace_poke, r1),
	/* write-fault: mine alone, in the swap cache */
	CASE(swap_cache, child_exits, none, none, foll_force, r2),
	CASE(swap_cache, child_exits, none, none, ptrace_poke, r2),
	/* swap-in: my swap entry, exclusive bit set */
	CASE(swapped, alone, none, none, foll_force, r2),
	CASE(swapped, alone, none, none, ptrace_poke, r2),
	/* swap-in: my swap entry, one swap entry of other processes */
	CASE(swapped, child, none, none, foll_force, r1),
	CASE(swapped, child, none, none, ptrace_poke, r1),
	/* swap-in: my swap entry */
	CASE(swapped, child_exits, none, none, foll_force, r2),
	CASE(swapped, child_exits, none, none, ptrace_poke, r2),
	/* write-fault: mapped by me only, one GUP reference (FOLL_GET) of another process */
	CASE(swapped, parent_vmsplice_child_writes, none, none, foll_force, r1),
	CASE(swapped, parent_vmsplice_child_writes, none, none, ptrace_poke, r1),
	/* swap-in: large folio, my swap entry, exclusive bit set */
	CASE(swapped_thp_one, alone, none, none, foll_force, r2),
	CASE(swapped_thp_one, alone, none, none, ptrace_poke, r2),
	/* swap-in: large folio, my swap entry, one swap entry of other processes */
	CASE(swapped_thp_one, child, none, none, foll_force, r1),
	CASE(swapped_thp_one, child, none, none, ptrace_poke, r1),
	/* swap-in: large folio, my swap entry */
	CASE(swapped_thp_one, child_exits, none, none, foll_force, r2),
	CASE(swapped_thp_one, child_exits, none, none, ptrace_poke, r2),
	/*
	 * write-fault: large folio, one page mapped by me, one GUP reference (FOLL_GET) of
	 * another process
	 */
	CASE(swapped_thp_one, parent_vmsplice_child_writes, none, none, foll_force, r1),
	CASE(swapped_thp_one, parent_vmsplice_child_writes, none, none, ptrace_poke, r1),
	/* swap-in: large folio, my swap entry, exclusive bit set */
	CASE(swapped_thp_pmd, alone, none, none, foll_force, r2),
	CASE(swapped_thp_pmd, alone, none, none, ptrace_poke, r2),
	/* swap-in: large folio, my swap entry, two swap entries of other processes */
	CASE(swapped_thp_pmd, child, none, none, foll_force, r1),
	CASE(swapped_thp_pmd, child, none, none, ptrace_poke, r1),
	/* swap-in: large folio, my swap entry */
	CASE(swapped_thp_pmd, child_exits, none, none, foll_force, r2),
	CASE(swapped_thp_pmd, child_exits, none, none, ptrace_poke, r2),
	/*
	 * write-fault: large folio, all its pages mapped by me, one GUP reference (FOLL_GET) of
	 * another process
	 */
	CASE(swapped_thp_pmd, parent_vmsplice_child_writes, none, none, foll_force, r1),
	CASE(swapped_thp_pmd, parent_vmsplice_child_writes, none, none, ptrace_poke, r1),
	/* swap-in: large folio, my swap entry, exclusive bit set */
	CASE(swapped_thp_pte, alone, none, none, foll_force, r2),
	CASE(swapped_thp_pte, alone, none, none, ptrace_poke, r2),
	/* swap-in: large folio, my swap entry, two swap entries of other processes */
	CASE(swapped_thp_pte, child, none, none, foll_force, r1),
	CASE(swapped_thp_pte, child, none, none, ptrace_poke, r1),
	/* swap-in: large folio, my swap entry */
	CASE(swapped_thp_pte, child_exits, none, none, foll_force, r2),
	CASE(swapped_thp_pte, child_exits, none, none, ptrace_poke, r2),
	/*
	 * write-fault: large folio, all its pages mapped by me, one GUP reference (FOLL_GET) of
	 * another process
	 */
	CASE(swapped_thp_pte, parent_vmsplice_child_writes, none, none, foll_force, r1),
	CASE(swapped_thp_pte, parent_vmsplice_child_writes, none, none, ptrace_poke, r1),
	/* write-fault: large folio, all its pages mapped by me alone, exclusive bit set */
	CASE(thp_moved, alone, none, none, foll_force, r2),
	CASE(thp_moved, alone, none, none, ptrace_poke, r2),
	/* write-fault: large folio, all its pages mapped by me, all mapped by another process */
	CASE(thp_moved, child, none, none, foll_force, r1),
	CASE(thp_moved, child, none, none, ptrace_poke, r1),
	/* write-fault: large folio, all its pages mapped by me alone */
	CASE(thp_moved, child_exits, none, none, foll_force, r2),
	CASE(thp_moved, child_exits, none, none, ptrace_poke, r2),
	CASE(thp_once_shared, alone, none, none, foll_force, r2),
	CASE(thp_once_shared, alone, none, none, ptrace_poke, r2),
	/* write-fault: large folio, all its pages mapped by me, all mapped by another process */
	CASE(thp_once_shared, child, none, none, foll_force, r1),
	CASE(thp_once_shared, child, none, none, ptrace_poke, r1),
	/* write-fault: large folio, one page mapped by me alone, exclusive bit set */
	CASE(thp_one, alone, none, none, foll_force, r2),
	CASE(thp_one, alone, none, none, ptrace_poke, r2),
	/* write-fault: large folio, one page mapped by me, this one mapped by another process */
	CASE(thp_one, child, none, none, foll_force, r1),
	CASE(thp_one, child, none, none, ptrace_poke, r1),
	/* write-fault: large folio, one page mapped by me alone */
	CASE(thp_one, child_exits, none, none, foll_force, r2),
	CASE(thp_one, child_exits, none, none, ptrace_poke, r2),
	/* write-fault: large folio, one page mapped by me alone, exclusive bit set */
	CASE(thp_part, alone, none, none, foll_force, r2),
	CASE(thp_part, alone, none, none, ptrace_poke, r2),
	/* write-fault: large folio, one page mapped by me, this one mapped by another process */
	CASE(thp_part, child, none, none, foll_force, r1),
	CASE(thp_part, child, none, none, ptrace_poke, r1),
	/* write-fault: large folio, one page mapped by me alone */
	CASE(thp_part, child_exits, none, none, foll_force, r2),
	CASE(thp_part, child_exits, none, none, ptrace_poke, r2),
	/* write-fault: PMD-mapped huge page, mine alone, exclusive bit set */
	CASE(thp_pmd, alone, none, none, foll_force, r2),
	CASE(thp_pmd, alone, none, none, ptrace_poke, r2),
	/* write-fault: PMD-mapped huge page, mapped by me and another process */
	CASE(thp_pmd, child, none, none, foll_force, r1),
	CASE(thp_pmd, child, none, none, ptrace_poke, r1),
	/* write-fault: large folio, one page mapped by me alone */
	CASE(thp_pmd, child_has_half, none, none, foll_force, r2),
	CASE(thp_pmd, child_has_half, none, none, ptrace_poke, r2),
	/* write-fault: large folio, all its pages mapped by me alone, exclusive bit set */
	CASE(thp_pte, alone, none, none, foll_force, r2),
	CASE(thp_pte, alone, none, none, ptrace_poke, r2),
	/* write-fault: large folio, all its pages mapped by me, all mapped by another process */
	CASE(thp_pte, child, none, none, foll_force, r1),
	CASE(thp_pte, child, none, none, ptrace_poke, r1),
	/* write-fault: large folio, all its pages mapped by me alone */
	CASE(thp_pte, child_exits, none, none, foll_force, r2),
	CASE(thp_pte, child_exits, none, none, ptrace_poke, r2),
	/* write-fault: PMD-mapped huge page, mapped by me and another process */
	CASE(thp_pte, collapsed_child, none, none, foll_force, r1),
	CASE(thp_pte, collapsed_child, none, none, ptrace_poke, r1),
	/* write-fault: file page, mapped by me and another process */
	CASE(zero, alone, none, none, foll_force, r1),
	CASE(zero, alone, none, none, ptrace_poke, r1),
};

int main(int argc, char **argv)
{
	return run_cases(cases, sizeof(cases) / sizeof(*cases), argc, argv);
}
