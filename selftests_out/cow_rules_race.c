// SPDX-License-Identifier: GPL-2.0
/*
 * cow_rules_race: fork() at the same time as GUP-fast, or as migration, does
 * not lose a pin
 *
 * Rule 3 of copy-on-write, under way: fork() must copy what is pinned. GUP-fast
 * takes no lock that would hold it off, and a page that is to move to another
 * node is not mapped for a while. Each case does both at the same time, again
 * and again, and counts how often they met.
 *
 * Places in the kernel that decide, each with what brought it or changed it
 * last:
 *
 * folio_mapped(), include/linux/mm.h
 *   R3: folio_mapcount(folio) >= 1
 *       after v6.1.192, by v6.12.117
 *
 * folio_maybe_mapped_shared(), include/linux/mm.h
 *   R3: int mapcount = folio_mapcount(folio)
 *       after v5.10.262, by v6.1.192
 *   R3: test_bit(FOLIO_MM_IDS_SHARED_BITNUM, &folio->_mm_ids)
 *       after v6.1.192, by v6.12.117
 *
 * __folio_try_dup_anon_rmap(), include/linux/rmap.h
 *   R3: PageAnonExclusive(page)
 *       after v6.12.117, by v7.2.13
 *   R3: PageAnonExclusive(page + i)
 *       after v6.12.117, by v7.2.13
 *
 * hugetlb_try_dup_anon_rmap(), include/linux/rmap.h
 *   R3: PageAnonExclusive(&folio->page)
 *       after v5.10.262, by v6.1.192
 *
 * __get_user_pages(), mm/gup.c
 *   R3: try_grab_folio(folio, page_increm - 1, gup_flags)
 *       after v6.1.192, by v6.12.117
 *
 * can_follow_write_common(), mm/gup.c
 *   R3: PageAnonExclusive(page)
 *       after v5.10.262, by v6.1.192
 *
 * can_follow_write_pmd(), mm/gup.c
 *   R3: can_follow_write_common(page, vma, flags)
 *       after v6.12.117, by v7.2.13
 *
 * can_follow_write_pte(), mm/gup.c
 *   R3: can_follow_write_common(page, vma, flags)
 *       after v6.12.117, by v7.2.13
 *
 * follow_huge_pmd(), mm/gup.c
 *   R3: ret = try_grab_folio(page_folio(page), 1, flags)
 *       after v5.10.262, by v6.1.192
 *   R3: can_follow_write_pmd(pmdval, page, vma, flags)
 *       after v5.10.262, by v6.1.192
 *   R3: pmd_write(pmdval)
 *       after v5.10.262, by v6.1.192
 *   R3: gup_must_unshare(vma, flags, page)
 *       after v5.10.262, by v6.1.192
 *
 * follow_page_pte(), mm/gup.c
 *   R3: can_follow_write_pte(pte, page, vma, flags)
 *       after v6.12.117, by v7.2.13
 *   R3: ret = try_grab_folio(folio, 1, flags)
 *       after v6.12.117, by v7.2.13
 *   R3: pte_write(pte)
 *       after v6.12.117, by v7.2.13
 *   R3: gup_must_unshare(vma, flags, page)
 *       after v6.12.117, by v7.2.13
 *
 * get_gate_page(), mm/gup.c
 *   R3: ret = try_grab_folio(page_folio(*page), 1, gup_flags)
 *       after v6.1.192, by v6.12.117
 *
 * gup_fast(), mm/gup.c
 *   R3: read_seqcount_retry(&current->mm->write_protect_seq, seq)
 *       by v5.10.262
 *   R3: raw_seqcount_try_begin(&current->mm->write_protect_seq, seq)
 *       after v6.12.117, by v7.2.13
 *
 * gup_fast_pmd_leaf(), mm/gup.c
 *   R3: gup_must_unshare(NULL, flags, &folio->page)
 *       after v6.12.117, by v7.2.13
 *
 * gup_fast_pte_range(), mm/gup.c
 *   R3: gup_must_unshare(NULL, flags, page)
 *       after v6.12.117, by v7.2.13
 *
 * try_get_folio(), mm/gup.c
 *   R3: folio_ref_count(folio) < 0
 *       by v5.10.262
 *
 * try_grab_folio(), mm/gup.c
 *   R3: folio_ref_count(folio) <= 0
 *       after v5.10.262, by v6.1.192
 *
 * __folio_freeze_and_split_unmapped(), mm/huge_memory.c
 *   R3: folio_test_swapcache(folio)
 *       after v6.12.117, by v7.2.13
 *   R3: folio_ref_freeze(folio, folio_cache_ref_count(folio) + 1)
 *       after v6.12.117, by v7.2.13
 *
 * deferred_split_folio(), mm/huge_memory.c
 *   R3: folio_test_swapcache(folio)
 *       by v5.10.262
 *
 * folio_cache_ref_count(), mm/huge_memory.c
 *   R3: folio_test_swapcache(folio)
 *       after v6.12.117, by v7.2.13
 *
 * folio_split_unmapped(), mm/huge_memory.c
 *   R3: folio_expected_ref_count(folio) != folio_ref_count(folio) - 1
 *       after v6.12.117, by v7.2.13
 *
 * set_pmd_migration_entry(), mm/huge_memory.c
 *   R3: anon_exclusive = folio_test_anon(folio) && PageAnonExclusive(page)
 *       after v6.1.192, by v6.12.117
 *
 * dequeue_hugetlb_folio_nodemask(), mm/hugetlb.c
 *   R3: read_mems_allowed_retry(cpuset_mems_cookie)
 *       by v5.10.262
 *   R3: cpuset_mems_cookie = read_mems_allowed_begin()
 *       by v5.10.262
 *
 * gup_must_unshare(), mm/internal.h
 *   R3: PageAnonExclusive(page)
 *       after v5.10.262, by v6.1.192
 *
 * weighted_interleave_nodes(), mm/mempolicy.c
 *   R3: read_mems_allowed_retry(cpuset_mems_cookie)
 *       after v6.1.192, by v6.12.117
 *   R3: cpuset_mems_cookie = read_mems_allowed_begin()
 *       after v6.1.192, by v6.12.117
 *
 * __add_folio_for_migration(), mm/migrate.c
 *   R3: folio_maybe_mapped_shared(folio)
 *       after v6.12.117, by v7.2.13
 *
 * __folio_migrate_mapping(), mm/migrate.c
 *   R3: folio_ref_freeze(folio, expected_count)
 *       after v6.12.117, by v7.2.13
 *   R3: folio_ref_freeze(folio, expected_count)
 *       after v6.12.117, by v7.2.13
 *
 * __migrate_folio(), mm/migrate.c
 *   R3: rc = __folio_migrate_mapping(mapping, dst, src, expected_count)
 *       after v6.12.117, by v7.2.13
 *   R3: folio_ref_count(src) != expected_count
 *       after v6.12.117, by v7.2.13
 *
 * folio_migrate_mapping(), mm/migrate.c
 *   R3: folio_ref_count(folio) != expected_count
 *       after v6.1.192, by v6.12.117
 *   R3: int expected_count = folio_expected_ref_count(folio) + extra_count + 1
 *       after v6.1.192, by v6.12.117
 *
 * migrate_folio_unmap(), mm/migrate.c
 *   R3: folio_mapped(src)
 *       after v6.12.117, by v7.2.13
 *
 * migrate_pages_batch(), mm/migrate.c
 *   R3: folio_ref_count(folio) == 1
 *       after v6.12.117, by v7.2.13
 *
 * unmap_and_move_huge_page(), mm/migrate.c
 *   R3: folio_ref_count(src) == 1
 *       after v6.12.117, by v7.2.13
 *   R3: folio_mapped(src)
 *       after v6.12.117, by v7.2.13
 *
 * __migrate_device_pages(), mm/migrate_device.c
 *   R3: migrate_vma_split_unmapped_folio(migrate, i, addr, folio)
 *       after v6.12.117, by v7.2.13
 *   R3: folio_free_swap(folio)
 *       after v6.1.192, by v6.12.117
 *
 * migrate_device_unmap(), mm/migrate_device.c
 *   R3: migrate_vma_check_page(page, fault_page)
 *       after v6.1.192, by v6.12.117
 *   R3: folio_mapped(folio)
 *       after v6.1.192, by v6.12.117
 *
 * migrate_vma_check_page(), mm/migrate_device.c
 *   R3: (folio_ref_count(folio) - extra) > folio_mapcount(folio)
 *       after v6.12.117, by v7.2.13
 *
 * migrate_vma_split_unmapped_folio(), mm/migrate_device.c
 *   R3: ret = folio_split_unmapped(folio, 0)
 *       after v6.12.117, by v7.2.13
 *
 * can_change_private_pte_writable(), mm/mprotect.c
 *   R3: PageAnonExclusive(page)
 *       after v6.1.192, by v6.12.117
 *
 * can_change_pte_writable(), mm/mprotect.c
 *   R3: can_change_private_pte_writable(vma, addr, pte)
 *       after v6.12.117, by v7.2.13
 *
 * folio_get_anon_vma(), mm/rmap.c
 *   R3: folio_mapped(folio)
 *       after v6.12.117, by v7.2.13
 *   R3: folio_mapped(folio)
 *       after v6.12.117, by v7.2.13
 *
 * folio_lock_anon_vma_read(), mm/rmap.c
 *   R3: folio_mapped(folio)
 *       after v6.12.117, by v7.2.13
 *   R3: folio_mapped(folio)
 *       after v6.12.117, by v7.2.13
 *
 * folio_not_mapped(), mm/rmap.c
 *   R3: folio_mapped(folio)
 *       after v5.10.262, by v6.1.192
 *
 * try_to_migrate_one(), mm/rmap.c
 *   R3: set_pmd_migration_entry(&pvmw, subpage)
 *       after v6.12.117, by v7.2.13
 *   R3: anon_exclusive = folio_test_anon(folio) && PageAnonExclusive(subpage)
 *       after v6.1.192, by v6.12.117
 *
 * __swap_cluster_dup_entry(), mm/swapfile.c
 *   R3: count = __swp_tb_get_count(swp_tb)
 *       after v6.12.117, by v7.2.13
 *
 * folio_free_swap(), mm/swapfile.c
 *   R3: folio_maybe_swapped(folio)
 *       after v6.12.117, by v7.2.13
 *   R3: folio_swapcache_freeable(folio)
 *       after v6.1.192, by v6.12.117
 *
 * folio_maybe_swapped(), mm/swapfile.c
 *   R3: __swp_tb_get_count(__swap_table_get(ci, ci_off))
 *       after v6.12.117, by v7.2.13
 *
 * folio_swapcache_freeable(), mm/swapfile.c
 *   R3: folio_test_swapcache(folio)
 *       by v5.10.262
 *
 * swap_entry_swapped(), mm/swapfile.c
 *   R3: swp_tb_get_count(swp_tb) > 0
 *       after v6.12.117, by v7.2.13
 *
 * swap_extend_table_alloc(), mm/swapfile.c
 *   R3: count = swp_tb_get_count(__swap_table_get(ci, ci_off))
 *       after v6.12.117, by v7.2.13
 *
 * Places in the kernel that are read under a sequence count, or write it, each
 * with what brought it or changed it last:
 *
 * gup_fast(), mm/gup.c
 *   R3: read section of current->mm->write_protect_seq
 *       after v6.12.117, by v7.2.13
 *
 * copy_hugetlb_page_range(), mm/hugetlb.c
 *   R3: write section of src->write_protect_seq
 *       after v6.12.117, by v7.2.13
 *
 * copy_page_range(), mm/memory.c
 *   R3: write section of src_mm->write_protect_seq
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
#include "cow_rules_races.h"

static const struct testcase cases[] = {
	/*
	 * fork: gup_test pins pages (FOLL_PIN, GUP-fast, to read or to write) while a fork
	 * copies the range
	 */
	RACE(anon_many, fork_gup),
	RACE(thp_many, fork_gup),
	RACE(hugetlb_many, fork_gup),
	/*
	 * fork: pages registered with io_uring (FOLL_PIN) are to move to another node while a
	 * fork copies them
	 */
	RACE(anon_many, fork_migrate),
	RACE(thp_many, fork_migrate),
	RACE(hugetlb_many, fork_migrate),
	/*
	 * fork: buffers are registered with io_uring (FOLL_PIN, GUP-fast) while a fork copies
	 * the range
	 */
	RACE(anon_many, fork_uring),
	RACE(thp_many, fork_uring),
	RACE(hugetlb_many, fork_uring),
};

int main(int argc, char **argv)
{
	return run_cases(cases, sizeof(cases) / sizeof(*cases), argc, argv);
}
