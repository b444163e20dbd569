// SPDX-License-Identifier: GPL-2.0
/*
 * cow_rules_reuse: nobody else sees what I write to a page that was shared
 *
 * Rule 1 of copy-on-write: a page may be written to in place only when it is
 * exclusively mine. Each case shares a page with somebody else, writes to it,
 * and asks the others what they see.
 *
 * Places in the kernel that decide, each with what brought it or changed it
 * last:
 *
 * folio_mapped(), include/linux/mm.h
 *   R1: folio_mapcount(folio) >= 1
 *       after v6.1.192, by v6.12.117
 *
 * folio_maybe_mapped_shared(), include/linux/mm.h
 *   R1: int mapcount = folio_mapcount(folio)
 *       after v5.10.262, by v6.1.192
 *   R1: test_bit(FOLIO_MM_IDS_SHARED_BITNUM, &folio->_mm_ids)
 *       after v6.1.192, by v6.12.117
 *
 * __folio_try_dup_anon_rmap(), include/linux/rmap.h
 *   R1: PageAnonExclusive(page)
 *       after v6.12.117, by v7.2.13
 *   R1: PageAnonExclusive(page + i)
 *       after v6.12.117, by v7.2.13
 *
 * hugetlb_try_dup_anon_rmap(), include/linux/rmap.h
 *   R1: PageAnonExclusive(&folio->page)
 *       after v5.10.262, by v6.1.192
 *
 * __get_user_pages(), mm/gup.c
 *   R1: try_grab_folio(folio, page_increm - 1, gup_flags)
 *       after v6.1.192, by v6.12.117
 *
 * can_follow_write_common(), mm/gup.c
 *   R1: PageAnonExclusive(page)
 *       after v5.10.262, by v6.1.192
 *
 * can_follow_write_pmd(), mm/gup.c
 *   R1: can_follow_write_common(page, vma, flags)
 *       after v6.12.117, by v7.2.13
 *
 * can_follow_write_pte(), mm/gup.c
 *   R1: can_follow_write_common(page, vma, flags)
 *       after v6.12.117, by v7.2.13
 *
 * follow_huge_pmd(), mm/gup.c
 *   R1: ret = try_grab_folio(page_folio(page), 1, flags)
 *       after v5.10.262, by v6.1.192
 *   R1: can_follow_write_pmd(pmdval, page, vma, flags)
 *       after v5.10.262, by v6.1.192
 *   R1: pmd_write(pmdval)
 *       after v5.10.262, by v6.1.192
 *   R1: gup_must_unshare(vma, flags, page)
 *       after v5.10.262, by v6.1.192
 *
 * follow_page_pte(), mm/gup.c
 *   R1: can_follow_write_pte(pte, page, vma, flags)
 *       after v6.12.117, by v7.2.13
 *   R1: ret = try_grab_folio(folio, 1, flags)
 *       after v6.12.117, by v7.2.13
 *   R1: pte_write(pte)
 *       after v6.12.117, by v7.2.13
 *   R1: gup_must_unshare(vma, flags, page)
 *       after v6.12.117, by v7.2.13
 *
 * get_gate_page(), mm/gup.c
 *   R1: ret = try_grab_folio(page_folio(*page), 1, gup_flags)
 *       after v6.1.192, by v6.12.117
 *
 * gup_fast(), mm/gup.c
 *   R1: read_seqcount_retry(&current->mm->write_protect_seq, seq)
 *       by v5.10.262
 *   R1: raw_seqcount_try_begin(&current->mm->write_protect_seq, seq)
 *       after v6.12.117, by v7.2.13
 *
 * gup_fast_pmd_leaf(), mm/gup.c
 *   R1: gup_must_unshare(NULL, flags, &folio->page)
 *       after v6.12.117, by v7.2.13
 *
 * gup_fast_pte_range(), mm/gup.c
 *   R1: gup_must_unshare(NULL, flags, page)
 *       after v6.12.117, by v7.2.13
 *
 * try_get_folio(), mm/gup.c
 *   R1: folio_ref_count(folio) < 0
 *       by v5.10.262
 *
 * try_grab_folio(), mm/gup.c
 *   R1: folio_ref_count(folio) <= 0
 *       after v5.10.262, by v6.1.192
 *
 * __discard_anon_folio_pmd_locked(), mm/huge_memory.c
 *   R1: map_count = folio_mapcount(folio)
 *       after v6.12.117, by v7.2.13
 *   R1: ref_count = folio_ref_count(folio)
 *       after v6.12.117, by v7.2.13
 *
 * __folio_freeze_and_split_unmapped(), mm/huge_memory.c
 *   R1: folio_test_swapcache(folio)
 *       after v6.12.117, by v7.2.13
 *   R1: folio_ref_freeze(folio, folio_cache_ref_count(folio) + 1)
 *       after v6.12.117, by v7.2.13
 *
 * can_change_pmd_writable(), mm/huge_memory.c
 *   R1: PageAnonExclusive(page)
 *       after v6.1.192, by v6.12.117
 *
 * change_huge_pmd(), mm/huge_memory.c
 *   R1: pmd_write(entry)
 *       after v6.12.117, by v7.2.13
 *   R1: can_change_pmd_writable(vma, addr, entry)
 *       after v6.12.117, by v7.2.13
 *
 * deferred_split_folio(), mm/huge_memory.c
 *   R1: folio_test_swapcache(folio)
 *       by v5.10.262
 *
 * do_huge_pmd_wp_page(), mm/huge_memory.c
 *   R1: folio_ref_count(folio) > 1 + folio_test_swapcache(folio) *
 *       folio_nr_pages(folio)
 *       after v5.10.262, by v6.1.192
 *   R1: PageAnonExclusive(page)
 *       after v5.10.262, by v6.1.192
 *   R1: PageAnonExclusive(page)
 *       after v5.10.262, by v6.1.192
 *
 * folio_cache_ref_count(), mm/huge_memory.c
 *   R1: folio_test_swapcache(folio)
 *       after v6.12.117, by v7.2.13
 *
 * folio_split_unmapped(), mm/huge_memory.c
 *   R1: folio_expected_ref_count(folio) != folio_ref_count(folio) - 1
 *       after v6.12.117, by v7.2.13
 *
 * set_pmd_migration_entry(), mm/huge_memory.c
 *   R1: anon_exclusive = folio_test_anon(folio) && PageAnonExclusive(page)
 *       after v6.1.192, by v6.12.117
 *
 * unmap_huge_pmd_locked(), mm/huge_memory.c
 *   R1: __discard_anon_folio_pmd_locked(vma, addr, pmdp, folio)
 *       after v6.12.117, by v7.2.13
 *
 * dequeue_hugetlb_folio_nodemask(), mm/hugetlb.c
 *   R1: read_mems_allowed_retry(cpuset_mems_cookie)
 *       by v5.10.262
 *   R1: cpuset_mems_cookie = read_mems_allowed_begin()
 *       by v5.10.262
 *
 * hugetlb_wp(), mm/hugetlb.c
 *   R1: vma->vm_flags & VM_MAYSHARE
 *       after v6.12.117, by v7.2.13
 *   R1: folio_mapcount(old_folio) == 1
 *       after v6.12.117, by v7.2.13
 *
 * gup_must_unshare(), mm/internal.h
 *   R1: PageAnonExclusive(page)
 *       after v5.10.262, by v6.1.192
 *
 * __collapse_huge_page_isolate(), mm/khugepaged.c
 *   R1: folio_expected_ref_count(folio) != folio_ref_count(folio)
 *       after v6.12.117, by v7.2.13
 *
 * collapse_file(), mm/khugepaged.c
 *   R1: folio_ref_count(folio) != 2 + folio_nr_pages(folio)
 *       after v6.12.117, by v7.2.13
 *
 * collapse_scan_file(), mm/khugepaged.c
 *   R1: folio_expected_ref_count(folio) + 1 != folio_ref_count(folio)
 *       after v6.1.192, by v6.12.117
 *
 * collapse_scan_pmd(), mm/khugepaged.c
 *   R1: folio_expected_ref_count(folio) != folio_ref_count(folio)
 *       after v6.1.192, by v6.12.117
 *
 * ksm_get_folio(), mm/ksm.c
 *   R1: folio_test_swapcache(folio)
 *       by v5.10.262
 *
 * scan_get_next_rmap_item(), mm/ksm.c
 *   R1: should_skip_rmap_item(folio, rmap_item)
 *       after v6.12.117, by v7.2.13
 *
 * should_skip_rmap_item(), mm/ksm.c
 *   R1: folio_test_ksm(folio)
 *       after v6.12.117, by v7.2.13
 *
 * stable_tree_search(), mm/ksm.c
 *   R1: folio_mapcount(folio) > 1
 *       after v6.1.192, by v6.12.117
 *
 * try_to_merge_one_page(), mm/ksm.c
 *   R1: write_protect_page(vma, folio, &orig_pte) == 0
 *       after v6.12.117, by v7.2.13
 *
 * write_protect_page(), mm/ksm.c
 *   R1: folio_mapcount(folio) + 1 + swapped != folio_ref_count(folio)
 *       after v6.1.192, by v6.12.117
 *   R1: anon_exclusive = PageAnonExclusive(&folio->page)
 *       after v6.12.117, by v7.2.13
 *   R1: swapped = folio_test_swapcache(folio)
 *       after v6.12.117, by v7.2.13
 *
 * madvise_cold_or_pageout_pte_range(), mm/madvise.c
 *   R1: folio_maybe_mapped_shared(folio)
 *       after v6.12.117, by v7.2.13
 *   R1: folio_maybe_mapped_shared(folio)
 *       after v6.12.117, by v7.2.13
 *   R1: folio_mapcount(folio) != folio_nr_pages(folio)
 *       after v6.12.117, by v7.2.13
 *
 * __wp_can_reuse_large_anon_folio(), mm/memory.c
 *   R1: folio_large_mapcount(folio) != folio_ref_count(folio)
 *       after v6.12.117, by v7.2.13
 *   R1: folio_large_mapcount(folio) <= 1
 *       after v6.12.117, by v7.2.13
 *   R1: test_bit(FOLIO_MM_IDS_SHARED_BITNUM, &folio->_mm_ids)
 *       after v6.12.117, by v7.2.13
 *
 * do_swap_page(), mm/memory.c
 *   R1: exclusive = pte_swp_exclusive(vmf->orig_pte)
 *       after v6.12.117, by v7.2.13
 *   R1: folio_ref_count(folio) == 1
 *       after v6.12.117, by v7.2.13
 *   R1: folio_test_ksm(folio)
 *       after v6.12.117, by v7.2.13
 *
 * do_wp_page(), mm/memory.c
 *   R1: wp_can_reuse_anon_folio(folio, vma)
 *       after v6.1.192, by v6.12.117
 *   R1: PageAnonExclusive(vmf->page)
 *       after v6.1.192, by v6.12.117
 *
 * should_try_to_free_swap(), mm/memory.c
 *   R1: folio_test_swapcache(folio)
 *       after v5.10.262, by v6.1.192
 *   R1: folio_test_ksm(folio)
 *       after v6.12.117, by v7.2.13
 *   R1: folio_ref_count(folio) == (extra_refs + folio_nr_pages(folio))
 *       after v6.12.117, by v7.2.13
 *
 * wp_can_reuse_anon_folio(), mm/memory.c
 *   R1: folio_ref_count(folio) > 3
 *       after v6.12.117, by v7.2.13
 *   R1: __wp_can_reuse_large_anon_folio(folio, vma)
 *       after v6.12.117, by v7.2.13
 *   R1: folio_ref_count(folio) > 1 + folio_test_swapcache(folio)
 *       after v6.12.117, by v7.2.13
 *   R1: folio_ref_count(folio) != 1
 *       after v6.12.117, by v7.2.13
 *   R1: folio_test_ksm(folio)
 *       after v6.12.117, by v7.2.13
 *   R1: folio_test_ksm(folio)
 *       after v6.12.117, by v7.2.13
 *
 * folio_can_map_prot_numa(), mm/mempolicy.c
 *   R1: folio_maybe_mapped_shared(folio)
 *       after v6.1.192, by v6.12.117
 *   R1: folio_test_ksm(folio)
 *       after v6.1.192, by v6.12.117
 *
 * weighted_interleave_nodes(), mm/mempolicy.c
 *   R1: read_mems_allowed_retry(cpuset_mems_cookie)
 *       after v6.1.192, by v6.12.117
 *   R1: cpuset_mems_cookie = read_mems_allowed_begin()
 *       after v6.1.192, by v6.12.117
 *
 * __add_folio_for_migration(), mm/migrate.c
 *   R1: folio_maybe_mapped_shared(folio)
 *       after v6.12.117, by v7.2.13
 *
 * __folio_migrate_mapping(), mm/migrate.c
 *   R1: folio_ref_freeze(folio, expected_count)
 *       after v6.12.117, by v7.2.13
 *   R1: folio_ref_freeze(folio, expected_count)
 *       after v6.12.117, by v7.2.13
 *
 * __migrate_folio(), mm/migrate.c
 *   R1: rc = __folio_migrate_mapping(mapping, dst, src, expected_count)
 *       after v6.12.117, by v7.2.13
 *   R1: folio_ref_count(src) != expected_count
 *       after v6.12.117, by v7.2.13
 *
 * folio_migrate_mapping(), mm/migrate.c
 *   R1: folio_ref_count(folio) != expected_count
 *       after v6.1.192, by v6.12.117
 *   R1: int expected_count = folio_expected_ref_count(folio) + extra_count + 1
 *       after v6.1.192, by v6.12.117
 *
 * migrate_folio_unmap(), mm/migrate.c
 *   R1: folio_mapped(src)
 *       after v6.12.117, by v7.2.13
 *
 * migrate_pages_batch(), mm/migrate.c
 *   R1: folio_ref_count(folio) == 1
 *       after v6.12.117, by v7.2.13
 *
 * unmap_and_move_huge_page(), mm/migrate.c
 *   R1: folio_ref_count(src) == 1
 *       after v6.12.117, by v7.2.13
 *   R1: folio_mapped(src)
 *       after v6.12.117, by v7.2.13
 *
 * __migrate_device_pages(), mm/migrate_device.c
 *   R1: migrate_vma_split_unmapped_folio(migrate, i, addr, folio)
 *       after v6.12.117, by v7.2.13
 *   R1: folio_free_swap(folio)
 *       after v6.1.192, by v6.12.117
 *
 * migrate_device_unmap(), mm/migrate_device.c
 *   R1: migrate_vma_check_page(page, fault_page)
 *       after v6.1.192, by v6.12.117
 *   R1: folio_mapped(folio)
 *       after v6.1.192, by v6.12.117
 *
 * migrate_vma_check_page(), mm/migrate_device.c
 *   R1: (folio_ref_count(folio) - extra) > folio_mapcount(folio)
 *       after v6.12.117, by v7.2.13
 *
 * migrate_vma_split_unmapped_folio(), mm/migrate_device.c
 *   R1: ret = folio_split_unmapped(folio, 0)
 *       after v6.12.117, by v7.2.13
 *
 * can_change_private_pte_writable(), mm/mprotect.c
 *   R1: PageAnonExclusive(page)
 *       after v6.1.192, by v6.12.117
 *
 * can_change_pte_writable(), mm/mprotect.c
 *   R1: can_change_private_pte_writable(vma, addr, pte)
 *       after v6.12.117, by v7.2.13
 *
 * page_anon_exclusive_sub_batch(), mm/mprotect.c
 *   R1: expected_anon_exclusive != PageAnonExclusive(first_page + idx)
 *       after v6.12.117, by v7.2.13
 *
 * folio_get_anon_vma(), mm/rmap.c
 *   R1: folio_mapped(folio)
 *       after v6.12.117, by v7.2.13
 *   R1: folio_mapped(folio)
 *       after v6.12.117, by v7.2.13
 *
 * folio_lock_anon_vma_read(), mm/rmap.c
 *   R1: folio_mapped(folio)
 *       after v6.12.117, by v7.2.13
 *   R1: folio_mapped(folio)
 *       after v6.12.117, by v7.2.13
 *
 * folio_not_mapped(), mm/rmap.c
 *   R1: folio_mapped(folio)
 *       after v5.10.262, by v6.1.192
 *
 * folio_referenced(), mm/rmap.c
 *   R1: struct folio_referenced_arg pra = { .mapcount = folio_mapcount(folio),
 *       .memcg = memcg, }
 *       by v5.10.262
 *
 * folio_referenced_one(), mm/rmap.c
 *   R1: folio_maybe_mapped_shared(folio)
 *       after v6.12.117, by v7.2.13
 *
 * try_to_migrate_one(), mm/rmap.c
 *   R1: set_pmd_migration_entry(&pvmw, subpage)
 *       after v6.12.117, by v7.2.13
 *   R1: anon_exclusive = folio_test_anon(folio) && PageAnonExclusive(subpage)
 *       after v6.1.192, by v6.12.117
 *
 * try_to_unmap_one(), mm/rmap.c
 *   R1: folio_test_swapbacked(folio) != folio_test_swapcache(folio)
 *       after v6.12.117, by v7.2.13
 *   R1: anon_exclusive = folio_test_anon(folio) && PageAnonExclusive(subpage)
 *       after v6.12.117, by v7.2.13
 *   R1: map_count = folio_mapcount(folio)
 *       after v6.12.117, by v7.2.13
 *   R1: unmap_huge_pmd_locked(vma, pvmw.address, pvmw.pmd, folio)
 *       after v6.12.117, by v7.2.13
 *   R1: ref_count = folio_ref_count(folio)
 *       after v6.12.117, by v7.2.13
 *
 * __swap_cluster_dup_entry(), mm/swapfile.c
 *   R1: count = __swp_tb_get_count(swp_tb)
 *       after v6.12.117, by v7.2.13
 *
 * __try_to_reclaim_swap(), mm/swapfile.c
 *   R1: folio_swapcache_freeable(folio)
 *       after v6.12.117, by v7.2.13
 *   R1: need_reclaim = ((flags & TTRS_ANYWAY) || ((flags & TTRS_UNMAPPED) &&
 *       !folio_mapped(folio)) || ((flags & TTRS_FULL) &&
 *       mem_cgroup_swap_full(folio)))
 *       after v6.12.117, by v7.2.13
 *
 * cluster_reclaim_range(), mm/swapfile.c
 *   R1: swp_tb_get_count(swp_tb)
 *       after v6.12.117, by v7.2.13
 *
 * cluster_scan_range(), mm/swapfile.c
 *   R1: __swp_tb_get_count(swp_tb)
 *       after v6.12.117, by v7.2.13
 *
 * folio_alloc_swap(), mm/swapfile.c
 *   R1: folio_test_swapcache(folio)
 *       after v6.12.117, by v7.2.13
 *
 * folio_free_swap(), mm/swapfile.c
 *   R1: folio_maybe_swapped(folio)
 *       after v6.12.117, by v7.2.13
 *   R1: folio_swapcache_freeable(folio)
 *       after v6.1.192, by v6.12.117
 *
 * folio_maybe_swapped(), mm/swapfile.c
 *   R1: __swp_tb_get_count(__swap_table_get(ci, ci_off))
 *       after v6.12.117, by v7.2.13
 *
 * folio_swapcache_freeable(), mm/swapfile.c
 *   R1: folio_test_swapcache(folio)
 *       by v5.10.262
 *
 * swap_alloc_fast(), mm/swapfile.c
 *   R1: folio_test_swapcache(folio)
 *       after v6.12.117, by v7.2.13
 *
 * swap_alloc_slow(), mm/swapfile.c
 *   R1: folio_test_swapcache(folio)
 *       after v6.12.117, by v7.2.13
 *
 * swap_entry_swapped(), mm/swapfile.c
 *   R1: swp_tb_get_count(swp_tb) > 0
 *       after v6.12.117, by v7.2.13
 *
 * swap_extend_table_alloc(), mm/swapfile.c
 *   R1: count = swp_tb_get_count(__swap_table_get(ci, ci_off))
 *       after v6.12.117, by v7.2.13
 *
 * swap_only_has_cache(), mm/swapfile.c
 *   R1: swp_tb_get_count(swp_tb)
 *       after v6.1.192, by v6.12.117
 *
 * __remove_mapping(), mm/vmscan.c
 *   R1: folio_ref_freeze(folio, refcount)
 *       after v5.10.262, by v6.1.192
 *
 * may_enter_fs(), mm/vmscan.c
 *   R1: folio_test_swapcache(folio)
 *       after v5.10.262, by v6.1.192
 *
 * pageout(), mm/vmscan.c
 *   R1: folio_ref_count(folio) != 1 + folio_nr_pages(folio)
 *       after v5.10.262, by v6.1.192
 *
 * shrink_folio_list(), mm/vmscan.c
 *   R1: folio_mapped(folio)
 *       after v6.1.192, by v6.12.117
 *   R1: may_enter_fs(folio, sc->gfp_mask)
 *       after v6.12.117, by v7.2.13
 *   R1: folio_alloc_swap(folio)
 *       after v5.10.262, by v6.1.192
 *   R1: folio_ref_freeze(folio, 1)
 *       after v6.12.117, by v7.2.13
 *   R1: folio_mapped(folio)
 *       after v6.12.117, by v7.2.13
 *   R1: may_enter_fs(folio, sc->gfp_mask)
 *       after v6.12.117, by v7.2.13
 *   R1: folio_ref_count(folio) == 1
 *       after v6.12.117, by v7.2.13
 *   R1: __remove_mapping(mapping, folio, true, sc->target_mem_cgroup)
 *       after v6.12.117, by v7.2.13
 *   R1: folio_expected_ref_count(folio) != folio_ref_count(folio) - 1
 *       after v6.12.117, by v7.2.13
 *
 * Places in the kernel that see to it that a later access has to decide, each
 * with what brought it or changed it last:
 *
 * clear_soft_dirty(), fs/proc/task_mmu.c
 *   R1: ptent = pte_wrprotect(old_pte)
 *       after v6.12.117, by v7.2.13
 *
 * clear_soft_dirty_pmd(), fs/proc/task_mmu.c
 *   R1: old = pmdp_invalidate(vma, addr, pmdp)
 *       after v6.12.117, by v7.2.13
 *   R1: pmd = pmd_wrprotect(pmd)
 *       after v6.12.117, by v7.2.13
 *
 * __folio_try_dup_anon_rmap(), include/linux/rmap.h
 *   R1: ClearPageAnonExclusive(page)
 *       after v6.12.117, by v7.2.13
 *   R1: ClearPageAnonExclusive(page)
 *       after v6.12.117, by v7.2.13
 *   R1: ClearPageAnonExclusive(page)
 *       after v6.12.117, by v7.2.13
 *
 * __folio_try_share_anon_rmap(), include/linux/rmap.h
 *   R1: ClearPageAnonExclusive(page)
 *       after v5.10.262, by v6.1.192
 *   R1: ClearPageAnonExclusive(page)
 *       after v5.10.262, by v6.1.192
 *
 * hugetlb_try_dup_anon_rmap(), include/linux/rmap.h
 *   R1: ClearPageAnonExclusive(&folio->page)
 *       after v5.10.262, by v6.1.192
 *
 * hugetlb_try_share_anon_rmap(), include/linux/rmap.h
 *   R1: ClearPageAnonExclusive(&folio->page)
 *       after v6.1.192, by v6.12.117
 *
 * __discard_anon_folio_pmd_locked(), mm/huge_memory.c
 *   R1: orig_pmd = pmdp_huge_clear_flush(vma, addr, pmdp)
 *       after v6.12.117, by v7.2.13
 *
 * __split_huge_pmd_locked(), mm/huge_memory.c
 *   R1: old_pmd = pmdp_invalidate(vma, haddr, pmd)
 *       after v6.12.117, by v7.2.13
 *
 * __split_huge_zero_page_pmd(), mm/huge_memory.c
 *   R1: old_pmd = pmdp_huge_clear_flush(vma, haddr, pmd)
 *       by v5.10.262
 *
 * copy_huge_pmd(), mm/huge_memory.c
 *   R1: pmd = pmd_wrprotect(pmd)
 *       after v6.12.117, by v7.2.13
 *   R1: pmdp_set_wrprotect(src_mm, addr, src_pmd)
 *       after v6.12.117, by v7.2.13
 *
 * set_pmd_migration_entry(), mm/huge_memory.c
 *   R1: pmdval = pmdp_invalidate(vma, address, pvmw->pmd)
 *       after v6.12.117, by v7.2.13
 *   R1: pmdval = pmdp_huge_get_and_clear(vma->vm_mm, address, pvmw->pmd)
 *       after v6.12.117, by v7.2.13
 *
 * copy_hugetlb_page_range(), mm/hugetlb.c
 *   R1: entry = huge_pte_wrprotect(entry)
 *       after v6.12.117, by v7.2.13
 *   R1: huge_ptep_set_wrprotect(src, addr, src_pte)
 *       after v6.12.117, by v7.2.13
 *
 * free_huge_folio(), mm/hugetlb.c
 *   R1: __ClearPageAnonExclusive(&folio->page)
 *       after v5.10.262, by v6.1.192
 *
 * make_huge_pte(), mm/hugetlb.c
 *   R1: entry = pte_wrprotect(entry)
 *       after v6.12.117, by v7.2.13
 *
 * __pte_batch_clear_ignored(), mm/internal.h
 *   R1: pte = pte_wrprotect(pte)
 *       after v6.12.117, by v7.2.13
 *
 * replace_page(), mm/ksm.c
 *   R1: ptep_clear_flush(vma, addr, ptep)
 *       after v6.1.192, by v6.12.117
 *
 * write_protect_page(), mm/ksm.c
 *   R1: entry = pte_wrprotect(entry)
 *       after v6.1.192, by v6.12.117
 *   R1: entry = ptep_clear_flush(vma, pvmw.address, pvmw.pte)
 *       after v6.12.117, by v7.2.13
 *
 * madvise_cold_or_pageout_pte_range(), mm/madvise.c
 *   R1: pmdp_invalidate(vma, addr, pmd)
 *       after v6.12.117, by v7.2.13
 *
 * __copy_present_ptes(), mm/memory.c
 *   R1: wrprotect_ptes(src_mm, addr, src_pte, nr)
 *       after v5.10.262, by v6.1.192
 *   R1: pte = pte_wrprotect(pte)
 *       after v5.10.262, by v6.1.192
 *
 * copy_nonpresent_pte(), mm/memory.c
 *   R1: pte = pte_swp_clear_exclusive(orig_pte)
 *       after v6.12.117, by v7.2.13
 *
 * migrate_vma_insert_huge_pmd_page(), mm/migrate_device.c
 *   R1: pmdp_invalidate(vma, addr, pmdp)
 *       after v6.12.117, by v7.2.13
 *
 * migrate_vma_insert_page(), mm/migrate_device.c
 *   R1: ptep_clear_flush(vma, addr, ptep)
 *       after v6.12.117, by v7.2.13
 *
 * try_to_migrate_one(), mm/rmap.c
 *   R1: pteval = huge_ptep_clear_flush(vma, address, pvmw.pte)
 *       after v5.10.262, by v6.1.192
 *   R1: pteval = ptep_get_and_clear(mm, address, pvmw.pte)
 *       after v6.12.117, by v7.2.13
 *   R1: pteval = ptep_clear_flush(vma, address, pvmw.pte)
 *       after v6.12.117, by v7.2.13
 *
 * try_to_unmap_one(), mm/rmap.c
 *   R1: pteval = get_and_clear_ptes(mm, address, pvmw.pte, nr_pages)
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

/* Where upstream says that it knows. */
#define KNOWN_1 \
	"tools/testing/selftests/mm/cow.c says of hugetlb that its vmsplice() tests are expected to fail"

static const struct testcase cases[] = {
	/* write-fault: mapped by me and another process */
	CASE(anon, child, none, none, write, r1),
	/* write-fault: mapped by me only, one GUP reference (FOLL_GET) of another process */
	CASE(anon, child_vmsplice_unmap, none, none, write, r1),
	/* write-fault: mapped by me and another process */
	CASE(anon, parent, none, none, write, r1),
	CASE(anon, parent_asked_ksm, none, none, write, r1),
	/* write-fault: mapped by me only, one GUP reference (FOLL_GET) of another process */
	CASE(anon, parent_forks_vmsplices, none, none, write, r1),
	CASE(anon, parent_vmsplice_child_writes, none, none, write, r1),
	/* write-fault: mapped by me and another process */
	CASE(anon, alone, none, fork, write, r1),
	/* write-fault: mapped by me and another process, merged by KSM */
	CASE(anon, alone, none, ksm_prctl, write, r1),
	/* write-fault: mapped by me and another process */
	CASE(anon, child, none, compact, write, r1),
	/* write-fault: mapped by me and two other processes */
	CASE(anon, child, none, fork, write, r1),
	/* write-fault: mapped by me and another process */
	CASE(anon, child, none, migrate, write, r1),
	CASE(anon, child, none, mprotect, write, r1),
	CASE(anon, child, none, soft_dirty, write, r1),
	CASE(anon, child, none, uffd_wp, write, r1),
	CASE(anon, child, none, none, read_then_write, r1),
	CASE(anon, child_exits, none, fork, write, r1),
	/* write-fault: mapped by me and another process, in this CPU's LRU cache */
	CASE(anon, child_exits_lru, none, fork, write, r1),
	/* write-fault: mapped by me and another process, merged by KSM, in this CPU's LRU cache */
	CASE(anon, child_exits_lru, none, ksm, write, r1),
	/* write-fault: mapped by me and another process, in another CPU's LRU cache */
	CASE(anon, child_exits_lru_far, none, fork, write, r1),
	/*
	 * write-fault: mapped by me and another process, one GUP reference (FOLL_GET) of another
	 * process
	 */
	CASE(anon, child_vmsplice_unmap, none, fork, write, r1),
	/* write-fault: mapped by me only, one GUP reference (FOLL_GET) of another process */
	CASE(anon, child_vmsplice_unmap, none, mprotect, write, r1),
	/* write-fault: mapped by me and another process */
	CASE(anon, exec_asked_ksm, none, fork, write, r1),
	/* write-fault: mapped by me and two other processes */
	CASE(anon, grandchild, none, fork, write, r1),
	/* write-fault: mapped by me and two other processes, in the swap cache */
	CASE(anon, grandchild, none, pageout, write, r1),
	/* write-fault: mapped by me and two other processes */
	CASE(anon, parent_asked_ksm, none, fork, write, r1),
	/*
	 * write-fault: mapped by me and another process, one GUP reference (FOLL_GET) of another
	 * process
	 */
	CASE(anon, parent_vmsplice_child_writes, none, fork, write, r1),
	/* write-fault: mapped by me and another process */
	CASE(anon, child, gup_short_rw_fast, none, write, r1),
	CASE(anon, child, gup_short_rw_slow, none, write, r1),
	CASE(anon, child, process_vm, none, write, r1),
	/* write-fault: mapped by me and another process, one GUP reference (FOLL_GET) of mine */
	CASE(anon, child, vmsplice, none, write, r1),
	/* write-fault: mapped by me only, one GUP reference (FOLL_GET) of another process */
	CASE(anon, child_vmsplice_unmap, gup_short_ro_fast, none, write, r1),
	/* write-fault: mapped by me and two other processes */
	CASE(anon, grandchild, gup_short_ro_slow, none, write, r1),
	/* write-fault: mapped by me and another process */
	CASE(anon, parent, gup_short_ro_fast, none, write, r1),
	/* write-fault: mapped by me only, one GUP reference (FOLL_GET) of another process */
	CASE(anon, parent_forks_vmsplices, gup_short_ro_fast, none, write, r1),
	/* write-fault: PMD-mapped huge page, file page, mapped by me and another process */
	CASE(huge_zero, alone, none, none, write, r1),
	CASE(huge_zero, dontfork, none, none, write, r1),
	/* write-fault: PMD-mapped huge page, file page, mapped by me and two other processes */
	CASE(huge_zero, parent, none, none, write, r1),
	/*
	 * write-fault: PMD-mapped huge page, file page, mapped by me and another process, one
	 * GUP reference (FOLL_GET) of another process
	 */
	CASE(huge_zero, parent_forks_vmsplices, none, none, write, r1),
	/* write-fault: PMD-mapped huge page, file page, mapped by me and two other processes */
	CASE(huge_zero, alone, none, fork, write, r1),
	/* write-fault: PMD-mapped huge page, file page, mapped by me and another process */
	CASE(huge_zero, alone, none, uffd_wp, write, r1),
	CASE(huge_zero, alone, none, none, read_then_write, r1),
	/* write-fault: PMD-mapped huge page, file page, mapped by me and two other processes */
	CASE(huge_zero, child, none, fork, write, r1),
	CASE(huge_zero, child, none, migrate, write, r1),
	CASE(huge_zero, child_exits, none, fork, write, r1),
	/*
	 * write-fault: PMD-mapped huge page, file page, mapped by me and two other processes,
	 * one GUP reference (FOLL_GET) of another process
	 */
	CASE(huge_zero, child_vmsplice_unmap, none, fork, write, r1),
	/* write-fault: PMD-mapped huge page, file page, mapped by me and two other processes */
	CASE(huge_zero, grandchild, none, fork, write, r1),
	CASE(huge_zero, grandchild, none, mprotect, write, r1),
	/*
	 * write-fault: PMD-mapped huge page, file page, mapped by me and another process, one
	 * GUP reference (FOLL_GET) of another process
	 */
	CASE(huge_zero, parent_vmsplice_child_writes, none, compact, write, r1),
	/*
	 * write-fault: PMD-mapped huge page, file page, mapped by me and two other processes,
	 * one GUP reference (FOLL_GET) of another process
	 */
	CASE(huge_zero, parent_vmsplice_child_writes, none, fork, write, r1),
	/*
	 * write-fault: PMD-mapped huge page, file page, mapped by me and another process, one
	 * GUP reference (FOLL_GET) of mine
	 */
	CASE(huge_zero, child_exits, vmsplice, none, write, r1),
	/* write-fault: PMD-mapped huge page, file page, mapped by me and another process */
	CASE(huge_zero, child_unmaps, process_vm, none, write, r1),
	/* write-fault: hugetlb page, mapped by me and another process */
	CASE(hugetlb, child, none, none, write, r1),
	/*
	 * write-fault: hugetlb page, mapped by me only, one GUP reference (FOLL_GET) of another
	 * process
	 */
	CASE(hugetlb, child_vmsplice_unmap, none, none, write, r1, .xfail = KNOWN_1),
	/* write-fault: hugetlb page, mapped by me and another process */
	CASE(hugetlb, parent, none, none, write, r1),
	/*
	 * write-fault: hugetlb page, mapped by me only, one GUP reference (FOLL_GET) of another
	 * process
	 */
	CASE(hugetlb, parent_forks_vmsplices, none, none, write, r1, .xfail = KNOWN_1),
	CASE(hugetlb, parent_vmsplice_child_writes, none, none, write, r1, .xfail = KNOWN_1),
	/* write-fault: hugetlb page, mapped by me and another process */
	CASE(hugetlb, alone, none, fork, write, r1),
	/* write-fault: hugetlb page, mapped by me and two other processes */
	CASE(hugetlb, child, none, fork, write, r1),
	/* write-fault: hugetlb page, mapped by me and another process */
	CASE(hugetlb, child, none, migrate, write, r1),
	CASE(hugetlb, child, none, mprotect, write, r1),
	CASE(hugetlb, child, none, uffd_wp, write, r1),
	CASE(hugetlb, child, none, none, read_then_write, r1),
	CASE(hugetlb, child_exits, none, fork, write, r1),
	/*
	 * write-fault: hugetlb page, mapped by me only, one GUP reference (FOLL_GET) of another
	 * process
	 */
	CASE(hugetlb, child_vmsplice_unmap, none, compact, write, r1, .xfail = KNOWN_1),
	/*
	 * write-fault: hugetlb page, mapped by me and another process, one GUP reference
	 * (FOLL_GET) of another process
	 */
	CASE(hugetlb, child_vmsplice_unmap, none, fork, write, r1, .xfail = KNOWN_1),
	/*
	 * write-fault: hugetlb page, mapped by me only, one GUP reference (FOLL_GET) of another
	 * process
	 */
	CASE(hugetlb, child_vmsplice_unmap, none, migrate, write, r1, .xfail = KNOWN_1),
	CASE(hugetlb, child_vmsplice_unmap, none, mprotect, write, r1, .xfail = KNOWN_1),
	CASE(hugetlb, child_vmsplice_unmap, none, uffd_wp, write, r1, .xfail = KNOWN_1),
	CASE(hugetlb, child_vmsplice_unmap, none, none, read_then_write, r1, .xfail = KNOWN_1),
	/* write-fault: hugetlb page, mapped by me and two other processes */
	CASE(hugetlb, grandchild, none, compact, write, r1),
	CASE(hugetlb, grandchild, none, fork, write, r1),
	/*
	 * write-fault: hugetlb page, mapped by me and another process, one GUP reference
	 * (FOLL_GET) of another process
	 */
	CASE(hugetlb, parent_vmsplice_child_writes, none, fork, write, r1, .xfail = KNOWN_1),
	/* write-fault: hugetlb page, mapped by me and another process */
	CASE(hugetlb, child, gup_short_rw_fast, none, write, r1),
	CASE(hugetlb, child, gup_short_rw_slow, none, write, r1),
	CASE(hugetlb, child, process_vm, none, write, r1),
	/*
	 * write-fault: hugetlb page, mapped by me and another process, one GUP reference
	 * (FOLL_GET) of mine
	 */
	CASE(hugetlb, child, vmsplice, none, write, r1),
	/*
	 * write-fault: hugetlb page, mapped by me only, one GUP reference (FOLL_GET) of another
	 * process
	 */
	CASE(hugetlb, child_vmsplice_unmap, gup_short_ro_fast, none, write, r1, .xfail = KNOWN_1),
	CASE(hugetlb, child_vmsplice_unmap, gup_short_rw_fast, none, write, r1, .xfail = KNOWN_1),
	CASE(hugetlb, child_vmsplice_unmap, gup_short_rw_slow, none, write, r1, .xfail = KNOWN_1),
	CASE(hugetlb, child_vmsplice_unmap, process_vm, none, write, r1, .xfail = KNOWN_1),
	/*
	 * write-fault: hugetlb page, mapped by me only, one GUP reference (FOLL_GET) of mine,
	 * one GUP reference (FOLL_GET) of another process
	 */
	CASE(hugetlb, child_vmsplice_unmap, vmsplice, none, write, r1, .xfail = KNOWN_1),
	/* write-fault: hugetlb page, mapped by me and two other processes */
	CASE(hugetlb, grandchild, gup_short_ro_slow, none, write, r1),
	/* write-fault: hugetlb page, mapped by me and another process */
	CASE(hugetlb, parent, gup_short_ro_fast, none, write, r1),
	/*
	 * write-fault: hugetlb page, mapped by me only, one GUP reference (FOLL_GET) of another
	 * process
	 */
	CASE(hugetlb, parent_forks_vmsplices, gup_short_ro_slow, none, write, r1, .xfail = KNOWN_1),
	/* write-fault: mapped by me and two other processes, merged by KSM */
	CASE(ksm, child, none, none, write, r1),
	CASE(ksm, alone, none, fork, write, r1),
	/* write-fault: mapped by me and another process, merged by KSM */
	CASE(ksm, alone, none, uffd_wp, write, r1),
	CASE(ksm, alone, none, none, read_then_write, r1),
	/* write-fault: mapped by me and two other processes, merged by KSM */
	CASE(ksm, child, none, fork, write, r1),
	CASE(ksm, child_exits, none, fork, write, r1),
	/* write-fault: mapped by me and another process, merged by KSM */
	CASE(ksm, child_exits, none, migrate, write, r1),
	/*
	 * write-fault: mapped by me and two other processes, merged by KSM, one GUP reference
	 * (FOLL_GET) of another process
	 */
	CASE(ksm, child_vmsplice_unmap, none, fork, write, r1),
	/* write-fault: mapped by me and two other processes, merged by KSM */
	CASE(ksm, grandchild, none, compact, write, r1),
	CASE(ksm, grandchild, none, fork, write, r1),
	/*
	 * write-fault: mapped by me and two other processes, merged by KSM, one GUP reference
	 * (FOLL_GET) of another process
	 */
	CASE(ksm, parent_vmsplice_child_writes, none, fork, write, r1),
	/*
	 * write-fault: mapped by me and another process, merged by KSM, one GUP reference
	 * (FOLL_GET) of another process
	 */
	CASE(ksm, parent_vmsplice_child_writes, none, mprotect, write, r1),
	/* write-fault: mapped by me and another process, merged by KSM */
	CASE(ksm, alone, process_vm, none, write, r1),
	/*
	 * write-fault: mapped by me and another process, merged by KSM, one GUP reference
	 * (FOLL_GET) of mine
	 */
	CASE(ksm, alone, vmsplice, none, write, r1),
	/* write-fault: mapped by me and another process, merged by KSM */
	CASE(ksm, child_unmaps, gup_short_ro_fast, none, write, r1),
	CASE(ksm, dontfork, gup_short_ro_slow, none, write, r1),
	/* write-fault: mapped by me and two other processes, merged by KSM */
	CASE(ksm, grandchild, gup_short_ro_fast, none, write, r1),
	CASE(ksm, parent, gup_short_ro_fast, none, write, r1),
	CASE(ksm, parent, gup_short_rw_fast, none, write, r1),
	/*
	 * write-fault: mapped by me and another process, merged by KSM, one GUP reference
	 * (FOLL_GET) of another process
	 */
	CASE(ksm, parent_forks_vmsplices, gup_short_ro_fast, none, write, r1),
	CASE(ksm, parent_forks_vmsplices, gup_short_rw_slow, none, write, r1),
	/* write-fault: file page, mapped by me and another process */
	CASE(ksm_zero, alone, none, none, write, r1),
	CASE(ksm_zero, alone, none, compact, write, r1),
	/* write-fault: file page, mapped by me and two other processes */
	CASE(ksm_zero, alone, none, fork, write, r1),
	/* write-fault: file page, mapped by me and another process */
	CASE(ksm_zero, alone, none, none, read_then_write, r1),
	/* write-fault: file page, mapped by me and two other processes */
	CASE(ksm_zero, child, none, fork, write, r1),
	CASE(ksm_zero, child_exits, none, fork, write, r1),
	/* write-fault: file page, mapped by me and another process */
	CASE(ksm_zero, child_exits, none, migrate, write, r1),
	/*
	 * write-fault: file page, mapped by me and two other processes, one GUP reference
	 * (FOLL_GET) of another process
	 */
	CASE(ksm_zero, child_vmsplice_unmap, none, fork, write, r1),
	/* write-fault: file page, mapped by me and two other processes */
	CASE(ksm_zero, grandchild, none, fork, write, r1),
	CASE(ksm_zero, grandchild, none, uffd_wp, write, r1),
	/*
	 * write-fault: file page, mapped by me and two other processes, one GUP reference
	 * (FOLL_GET) of another process
	 */
	CASE(ksm_zero, parent_vmsplice_child_writes, none, fork, write, r1),
	/*
	 * write-fault: file page, mapped by me and another process, one GUP reference (FOLL_GET)
	 * of another process
	 */
	CASE(ksm_zero, parent_vmsplice_child_writes, none, mprotect, write, r1),
	/*
	 * write-fault: file page, mapped by me and two other processes, one GUP reference
	 * (FOLL_GET) of mine
	 */
	CASE(ksm_zero, child, vmsplice, none, write, r1),
	/* write-fault: file page, mapped by me and another process */
	CASE(ksm_zero, child_unmaps, process_vm, none, write, r1),
	CASE(ksm_zero, dontfork, process_vm, none, write, r1),
	/* write-fault: file page, mapped by me and two other processes */
	CASE(ksm_zero, parent, process_vm, none, write, r1),
	/*
	 * write-fault: file page, mapped by me and another process, one GUP reference (FOLL_GET)
	 * of another process
	 */
	CASE(ksm_zero, parent_forks_vmsplices, process_vm, none, write, r1),
	/* write-fault: hugetlb page, file page, mapped by me and another process */
	CASE(memfd_hugetlb, alone, none, none, write, r1),
	/* write-fault: hugetlb page, file page, mapped by me and two other processes */
	CASE(memfd_hugetlb, parent, none, none, write, r1),
	/*
	 * write-fault: hugetlb page, file page, mapped by me and another process, one GUP
	 * reference (FOLL_GET) of another process
	 */
	CASE(memfd_hugetlb, parent_forks_vmsplices, none, none, write, r1),
	/* write-fault: hugetlb page, file page, mapped by me and two other processes */
	CASE(memfd_hugetlb, alone, none, fork, write, r1),
	/* write-fault: hugetlb page, file page, mapped by me and another process */
	CASE(memfd_hugetlb, alone, none, none, read_then_write, r1),
	/* write-fault: hugetlb page, file page, mapped by me and two other processes */
	CASE(memfd_hugetlb, child, none, fork, write, r1),
	/* write-fault: hugetlb page, file page, mapped by me and another process */
	CASE(memfd_hugetlb, child_exits, none, compact, write, r1),
	/* write-fault: hugetlb page, file page, mapped by me and two other processes */
	CASE(memfd_hugetlb, child_exits, none, fork, write, r1),
	/*
	 * write-fault: hugetlb page, file page, mapped by me and two other processes, one GUP
	 * reference (FOLL_GET) of another process
	 */
	CASE(memfd_hugetlb, child_vmsplice_unmap, none, fork, write, r1),
	/*
	 * write-fault: hugetlb page, file page, mapped by me and another process, one GUP
	 * reference (FOLL_GET) of another process
	 */
	CASE(memfd_hugetlb, child_vmsplice_unmap, none, migrate, write, r1),
	/* write-fault: hugetlb page, file page, mapped by me and two other processes */
	CASE(memfd_hugetlb, grandchild, none, fork, write, r1),
	CASE(memfd_hugetlb, grandchild, none, mprotect, write, r1),
	/*
	 * write-fault: hugetlb page, file page, mapped by me and two other processes, one GUP
	 * reference (FOLL_GET) of another process
	 */
	CASE(memfd_hugetlb, parent_vmsplice_child_writes, none, fork, write, r1),
	/*
	 * write-fault: hugetlb page, file page, mapped by me and another process, one GUP
	 * reference (FOLL_GET) of another process
	 */
	CASE(memfd_hugetlb, parent_vmsplice_child_writes, none, uffd_wp, write, r1),
	/* write-fault: hugetlb page, file page, mapped by me and another process */
	CASE(memfd_hugetlb, child_unmaps, process_vm, none, write, r1),
	/*
	 * write-fault: hugetlb page, file page, mapped by me and another process, one GUP
	 * reference (FOLL_GET) of mine
	 */
	CASE(memfd_hugetlb, dontfork, vmsplice, none, write, r1),
	/* write-fault: large folio, all its pages mapped by me, all mapped by another process */
	CASE(mthp, child, none, none, write, r1),
	/*
	 * write-fault: large folio, all its pages mapped by me, one GUP reference (FOLL_GET) of
	 * another process
	 */
	CASE(mthp, child_vmsplice_unmap, none, none, write, r1),
	/* write-fault: large folio, all its pages mapped by me, all mapped by another process */
	CASE(mthp, parent, none, none, write, r1),
	/*
	 * write-fault: large folio, all its pages mapped by me, one GUP reference (FOLL_GET) of
	 * another process
	 */
	CASE(mthp, parent_forks_vmsplices, none, none, write, r1),
	CASE(mthp, parent_vmsplice_child_writes, none, none, write, r1),
	/* write-fault: large folio, all its pages mapped by me, all mapped by another process */
	CASE(mthp, alone, none, fork, write, r1),
	CASE(mthp, child, none, compact, write, r1),
	CASE(mthp, child, none, fork, write, r1),
	CASE(mthp, child, none, migrate, write, r1),
	CASE(mthp, child, none, mprotect, write, r1),
	CASE(mthp, child, none, soft_dirty, write, r1),
	CASE(mthp, child, none, uffd_wp, write, r1),
	CASE(mthp, child, none, none, read_then_write, r1),
	CASE(mthp, child_exits, none, fork, write, r1),
	CASE(mthp, child_has_half, none, fork, write, r1),
	/*
	 * write-fault: large folio, all its pages mapped by me, this one mapped by another
	 * process, in the swap cache
	 */
	CASE(mthp, child_has_half, none, pageout, write, r1),
	/* write-fault: large folio, all its pages mapped by me, all mapped by another process */
	CASE(mthp, child_has_upper, none, fork, write, r1),
	/*
	 * write-fault: large folio, all its pages mapped by me, all mapped by another process,
	 * one GUP reference (FOLL_GET) of another process
	 */
	CASE(mthp, child_vmsplice_unmap, none, fork, write, r1),
	/*
	 * write-fault: large folio, all its pages mapped by me, one GUP reference (FOLL_GET) of
	 * another process
	 */
	CASE(mthp, child_vmsplice_unmap, none, mprotect, write, r1),
	/* write-fault: large folio, all its pages mapped by me, all mapped by another process */
	CASE(mthp, grandchild, none, fork, write, r1),
	/*
	 * write-fault: large folio, all its pages mapped by me, all mapped by another process,
	 * one GUP reference (FOLL_GET) of another process
	 */
	CASE(mthp, parent_vmsplice_child_writes, none, fork, write, r1),
	/* write-fault: large folio, all its pages mapped by me, all mapped by another process */
	CASE(mthp, child, process_vm, none, write, r1),
	/*
	 * write-fault: large folio, all its pages mapped by me, this one mapped by another
	 * process, one GUP reference (FOLL_GET) of mine
	 */
	CASE(mthp, child_has_upper, vmsplice, none, write, r1),
	/* write-fault: file page, mapped by me and another process */
	CASE(private_file, alone, none, none, write, r1),
	/* write-fault: file page, mapped by me and two other processes */
	CASE(private_file, alone, none, fork, write, r1),
	/* write-fault: file page, mapped by me and another process */
	CASE(private_file, alone, none, uffd_wp, write, r1),
	CASE(private_file, alone, none, none, read_then_write, r1),
	/* write-fault: file page, mapped by me and two other processes */
	CASE(private_file, child, none, fork, write, r1),
	CASE(private_file, child_exits, none, fork, write, r1),
	/* write-fault: file page, mapped by me and another process */
	CASE(private_file, child_exits, none, migrate, write, r1),
	/*
	 * write-fault: file page, mapped by me and two other processes, one GUP reference
	 * (FOLL_GET) of another process
	 */
	CASE(private_file, child_vmsplice_unmap, none, fork, write, r1),
	/* write-fault: file page, mapped by me and two other processes */
	CASE(private_file, grandchild, none, fork, write, r1),
	CASE(private_file, grandchild, none, mprotect, write, r1),
	/*
	 * write-fault: file page, mapped by me and another process, one GUP reference (FOLL_GET)
	 * of another process
	 */
	CASE(private_file, parent_vmsplice_child_writes, none, compact, write, r1),
	/*
	 * write-fault: file page, mapped by me and two other processes, one GUP reference
	 * (FOLL_GET) of another process
	 */
	CASE(private_file, parent_vmsplice_child_writes, none, fork, write, r1),
	/*
	 * write-fault: file page, mapped by me and two other processes, one GUP reference
	 * (FOLL_GET) of mine
	 */
	CASE(private_file, child, vmsplice, none, write, r1),
	/* write-fault: file page, mapped by me and another process */
	CASE(private_file, child_unmaps, process_vm, none, write, r1),
	CASE(private_file, dontfork, process_vm, none, write, r1),
	/* write-fault: file page, mapped by me and two other processes */
	CASE(private_file, parent, process_vm, none, write, r1),
	/*
	 * write-fault: file page, mapped by me and another process, one GUP reference (FOLL_GET)
	 * of another process
	 */
	CASE(private_file, parent_forks_vmsplices, process_vm, none, write, r1),
	/* write-fault: file page, mapped by me and another process */
	CASE(private_memfd, alone, none, none, write, r1),
	/* write-fault: file page, mapped by me and two other processes */
	CASE(private_memfd, alone, none, fork, write, r1),
	/* write-fault: file page, mapped by me and another process */
	CASE(private_memfd, alone, none, none, read_then_write, r1),
	/* write-fault: file page, mapped by me and two other processes */
	CASE(private_memfd, child, none, fork, write, r1),
	CASE(private_memfd, child, none, migrate, write, r1),
	CASE(private_memfd, child_exits, none, fork, write, r1),
	/*
	 * write-fault: file page, mapped by me and two other processes, one GUP reference
	 * (FOLL_GET) of another process
	 */
	CASE(private_memfd, child_vmsplice_unmap, none, fork, write, r1),
	/*
	 * write-fault: file page, mapped by me and another process, one GUP reference (FOLL_GET)
	 * of another process
	 */
	CASE(private_memfd, child_vmsplice_unmap, none, mprotect, write, r1),
	/* write-fault: file page, mapped by me and two other processes */
	CASE(private_memfd, grandchild, none, compact, write, r1),
	CASE(private_memfd, grandchild, none, fork, write, r1),
	/*
	 * write-fault: file page, mapped by me and two other processes, one GUP reference
	 * (FOLL_GET) of another process
	 */
	CASE(private_memfd, parent_vmsplice_child_writes, none, fork, write, r1),
	/*
	 * write-fault: file page, mapped by me and another process, one GUP reference (FOLL_GET)
	 * of another process
	 */
	CASE(private_memfd, parent_vmsplice_child_writes, none, uffd_wp, write, r1),
	/*
	 * write-fault: file page, mapped by me and another process, one GUP reference (FOLL_GET)
	 * of mine
	 */
	CASE(private_memfd, child_unmaps, vmsplice, none, write, r1),
	/* write-fault: file page, mapped by me and another process */
	CASE(private_memfd, dontfork, process_vm, none, write, r1),
	/* write-fault: file page, mapped by me and two other processes */
	CASE(private_memfd, parent, process_vm, none, write, r1),
	/*
	 * write-fault: file page, mapped by me and another process, one GUP reference (FOLL_GET)
	 * of another process
	 */
	CASE(private_memfd, parent_forks_vmsplices, process_vm, none, write, r1),
	/* write-fault: file page, mapped by me and another process */
	CASE(private_tmpfs, alone, none, none, write, r1),
	/* write-fault: file page, mapped by me and two other processes */
	CASE(private_tmpfs, alone, none, fork, write, r1),
	/* write-fault: file page, mapped by me and another process */
	CASE(private_tmpfs, alone, none, uffd_wp, write, r1),
	CASE(private_tmpfs, alone, none, none, read_then_write, r1),
	/* write-fault: file page, mapped by me and two other processes */
	CASE(private_tmpfs, child, none, fork, write, r1),
	CASE(private_tmpfs, child_exits, none, fork, write, r1),
	/* write-fault: file page, mapped by me and another process */
	CASE(private_tmpfs, child_exits, none, migrate, write, r1),
	/*
	 * write-fault: file page, mapped by me and two other processes, one GUP reference
	 * (FOLL_GET) of another process
	 */
	CASE(private_tmpfs, child_vmsplice_unmap, none, fork, write, r1),
	/* write-fault: file page, mapped by me and two other processes */
	CASE(private_tmpfs, grandchild, none, fork, write, r1),
	CASE(private_tmpfs, grandchild, none, mprotect, write, r1),
	/*
	 * write-fault: file page, mapped by me and another process, one GUP reference (FOLL_GET)
	 * of another process
	 */
	CASE(private_tmpfs, parent_vmsplice_child_writes, none, compact, write, r1),
	/*
	 * write-fault: file page, mapped by me and two other processes, one GUP reference
	 * (FOLL_GET) of another process
	 */
	CASE(private_tmpfs, parent_vmsplice_child_writes, none, fork, write, r1),
	/*
	 * write-fault: file page, mapped by me and two other processes, one GUP reference
	 * (FOLL_GET) of mine
	 */
	CASE(private_tmpfs, child, vmsplice, none, write, r1),
	/* write-fault: file page, mapped by me and another process */
	CASE(private_tmpfs, child_unmaps, process_vm, none, write, r1),
	CASE(private_tmpfs, dontfork, process_vm, none, write, r1),
	/* write-fault: file page, mapped by me and two other processes */
	CASE(private_tmpfs, parent, process_vm, none, write, r1),
	/*
	 * write-fault: file page, mapped by me and another process, one GUP reference (FOLL_GET)
	 * of another process
	 */
	CASE(private_tmpfs, parent_forks_vmsplices, process_vm, none, write, r1),
	/*
	 * write-fault: mapped by me only, in the swap cache, one GUP reference (FOLL_GET) of
	 * another process
	 */
	CASE(swap_cache, parent_forks_vmsplices, none, none, write, r1),
	/* write-fault: mapped by me and another process, in the swap cache */
	CASE(swap_cache, alone, none, fork, write, r1),
	CASE(swap_cache, child, none, compact, write, r1),
	/* write-fault: mapped by me and two other processes, in the swap cache */
	CASE(swap_cache, child, none, fork, write, r1),
	/* write-fault: mapped by me and another process, in the swap cache */
	CASE(swap_cache, child, none, uffd_wp, write, r1),
	CASE(swap_cache, child, none, none, read_then_write, r1),
	CASE(swap_cache, child_exits, none, fork, write, r1),
	/*
	 * write-fault: mapped by me and another process, in the swap cache, one GUP reference
	 * (FOLL_GET) of another process
	 */
	CASE(swap_cache, child_vmsplice_unmap, none, fork, write, r1),
	/*
	 * write-fault: mapped by me only, in the swap cache, one GUP reference (FOLL_GET) of
	 * another process
	 */
	CASE(swap_cache, child_vmsplice_unmap, none, migrate, write, r1),
	/* write-fault: mapped by me and two other processes, in the swap cache */
	CASE(swap_cache, grandchild, none, fork, write, r1),
	CASE(swap_cache, grandchild, none, mprotect, write, r1),
	/*
	 * write-fault: mapped by me and another process, in the swap cache, one GUP reference
	 * (FOLL_GET) of another process
	 */
	CASE(swap_cache, parent_vmsplice_child_writes, none, fork, write, r1),
	/*
	 * write-fault: mapped by me and another process, in the swap cache, one GUP reference
	 * (FOLL_GET) of mine
	 */
	CASE(swap_cache, child, vmsplice, none, write, r1),
	/* write-fault: mapped by me and another process, in the swap cache */
	CASE(swap_cache, parent, process_vm, none, write, r1),
	/* swap-in: my swap entry, one swap entry of other processes */
	CASE(swapped, child, none, none, write, r1),
	/*
	 * swap-in: my swap entry, in the swap cache, one GUP reference (FOLL_GET) of another
	 * process
	 */
	CASE(swapped, child_vmsplice_unmap, none, none, write, r1),
	/* swap-in: my swap entry, one swap entry of other processes */
	CASE(swapped, parent, none, none, write, r1),
	/*
	 * swap-in: my swap entry, in the swap cache, one GUP reference (FOLL_GET) of another
	 * process
	 */
	CASE(swapped, parent_forks_vmsplices, none, none, write, r1),
	/* write-fault: mapped by me only, one GUP reference (FOLL_GET) of another process */
	CASE(swapped, parent_vmsplice_child_writes, none, none, write, r1),
	/* swap-in: my swap entry, one swap entry of other processes */
	CASE(swapped, alone, none, fork, write, r1),
	CASE(swapped, child, none, compact, write, r1),
	CASE(swapped, child, none, mprotect, write, r1),
	CASE(swapped, child, none, uffd_wp, write, r1),
	CASE(swapped, child, none, none, read_then_write, r1),
	CASE(swapped, child_exits, none, fork, write, r1),
	/*
	 * swap-in: my swap entry, in the swap cache, one GUP reference (FOLL_GET) of another
	 * process
	 */
	CASE(swapped, child_vmsplice_unmap, none, mprotect, write, r1),
	/* swap-in: my swap entry, two swap entries of other processes */
	CASE(swapped, grandchild, none, migrate, write, r1),
	/* write-fault: mapped by me only, one GUP reference (FOLL_GET) of another process */
	CASE(swapped, parent_vmsplice_child_writes, none, compact, write, r1),
	/*
	 * write-fault: mapped by me and another process, one GUP reference (FOLL_GET) of another
	 * process
	 */
	CASE(swapped, parent_vmsplice_child_writes, none, fork, write, r1),
	/* write-fault: mapped by me only, one GUP reference (FOLL_GET) of another process */
	CASE(swapped, parent_vmsplice_child_writes, none, migrate, write, r1),
	CASE(swapped, parent_vmsplice_child_writes, none, mprotect, write, r1),
	CASE(swapped, parent_vmsplice_child_writes, none, uffd_wp, write, r1),
	CASE(swapped, parent_vmsplice_child_writes, none, none, read_then_write, r1),
	/*
	 * write-fault: mapped by me and another process, in the swap cache, one GUP reference
	 * (FOLL_GET) of mine
	 */
	CASE(swapped, child_reads_back, vmsplice, none, write, r1),
	/*
	 * write-fault: mapped by me only, in the swap cache, one GUP reference (FOLL_GET) of
	 * another process
	 */
	CASE(swapped, child_vmsplice_unmap, process_vm, none, write, r1),
	CASE(swapped, parent_forks_vmsplices, process_vm, none, write, r1),
	/* swap-in: large folio, my swap entry, one swap entry of other processes */
	CASE(swapped_thp_one, child, none, none, write, r1),
	/*
	 * swap-in: large folio, my swap entry, in the swap cache, one GUP reference (FOLL_GET)
	 * of another process
	 */
	CASE(swapped_thp_one, child_vmsplice_unmap, none, none, write, r1),
	/* swap-in: large folio, my swap entry, one swap entry of other processes */
	CASE(swapped_thp_one, parent, none, none, write, r1),
	/*
	 * swap-in: large folio, my swap entry, in the swap cache, one GUP reference (FOLL_GET)
	 * of another process
	 */
	CASE(swapped_thp_one, parent_forks_vmsplices, none, none, write, r1),
	/*
	 * write-fault: large folio, one page mapped by me, one GUP reference (FOLL_GET) of
	 * another process
	 */
	CASE(swapped_thp_one, parent_vmsplice_child_writes, none, none, write, r1),
	/* swap-in: large folio, my swap entry, one swap entry of other processes */
	CASE(swapped_thp_one, alone, none, fork, write, r1),
	CASE(swapped_thp_one, child, none, compact, write, r1),
	CASE(swapped_thp_one, child, none, mprotect, write, r1),
	CASE(swapped_thp_one, child, none, uffd_wp, write, r1),
	CASE(swapped_thp_one, child, none, none, read_then_write, r1),
	CASE(swapped_thp_one, child_exits, none, fork, write, r1),
	/*
	 * swap-in: large folio, my swap entry, in the swap cache, one GUP reference (FOLL_GET)
	 * of another process
	 */
	CASE(swapped_thp_one, child_vmsplice_unmap, none, mprotect, write, r1),
	/* swap-in: large folio, my swap entry, two swap entries of other processes */
	CASE(swapped_thp_one, grandchild, none, migrate, write, r1),
	/*
	 * write-fault: large folio, one page mapped by me, one GUP reference (FOLL_GET) of
	 * another process
	 */
	CASE(swapped_thp_one, parent_vmsplice_child_writes, none, compact, write, r1),
	/*
	 * write-fault: large folio, one page mapped by me, this one mapped by another process,
	 * one GUP reference (FOLL_GET) of another process
	 */
	CASE(swapped_thp_one, parent_vmsplice_child_writes, none, fork, write, r1),
	/*
	 * write-fault: large folio, one page mapped by me, one GUP reference (FOLL_GET) of
	 * another process
	 */
	CASE(swapped_thp_one, parent_vmsplice_child_writes, none, migrate, write, r1),
	CASE(swapped_thp_one, parent_vmsplice_child_writes, none, mprotect, write, r1),
	CASE(swapped_thp_one, parent_vmsplice_child_writes, none, uffd_wp, write, r1),
	CASE(swapped_thp_one, parent_vmsplice_child_writes, none, none, read_then_write, r1),
	/*
	 * write-fault: large folio, one page mapped by me, in the swap cache, one GUP reference
	 * (FOLL_GET) of mine, one GUP reference (FOLL_GET) of another process
	 */
	CASE(swapped_thp_one, child_vmsplice_unmap, vmsplice, none, write, r1),
	/*
	 * write-fault: large folio, one page mapped by me, in the swap cache, one GUP reference
	 * (FOLL_GET) of another process
	 */
	CASE(swapped_thp_one, parent_forks_vmsplices, process_vm, none, write, r1),
	/* swap-in: large folio, my swap entry, two swap entries of other processes */
	CASE(swapped_thp_pmd, child, none, none, write, r1),
	/*
	 * swap-in: large folio, my swap entry, in the swap cache, one GUP reference (FOLL_GET)
	 * of another process
	 */
	CASE(swapped_thp_pmd, child_vmsplice_unmap, none, none, write, r1),
	/* swap-in: large folio, my swap entry, two swap entries of other processes */
	CASE(swapped_thp_pmd, parent, none, none, write, r1),
	/*
	 * swap-in: large folio, my swap entry, in the swap cache, one GUP reference (FOLL_GET)
	 * of another process
	 */
	CASE(swapped_thp_pmd, parent_forks_vmsplices, none, none, write, r1),
	/*
	 * write-fault: large folio, all its pages mapped by me, one GUP reference (FOLL_GET) of
	 * another process
	 */
	CASE(swapped_thp_pmd, parent_vmsplice_child_writes, none, none, write, r1),
	/* swap-in: large folio, my swap entry, two swap entries of other processes */
	CASE(swapped_thp_pmd, alone, none, fork, write, r1),
	CASE(swapped_thp_pmd, child, none, compact, write, r1),
	CASE(swapped_thp_pmd, child, none, mprotect, write, r1),
	CASE(swapped_thp_pmd, child, none, uffd_wp, write, r1),
	CASE(swapped_thp_pmd, child, none, none, read_then_write, r1),
	CASE(swapped_thp_pmd, child_exits, none, fork, write, r1),
	/*
	 * swap-in: large folio, my swap entry, in the swap cache, one GUP reference (FOLL_GET)
	 * of another process
	 */
	CASE(swapped_thp_pmd, child_vmsplice_unmap, none, mprotect, write, r1),
	/* swap-in: large folio, my swap entry, two swap entries of other processes */
	CASE(swapped_thp_pmd, grandchild, none, migrate, write, r1),
	/*
	 * write-fault: large folio, all its pages mapped by me, one GUP reference (FOLL_GET) of
	 * another process
	 */
	CASE(swapped_thp_pmd, parent_vmsplice_child_writes, none, compact, write, r1),
	/*
	 * write-fault: large folio, all its pages mapped by me, all mapped by another process,
	 * one GUP reference (FOLL_GET) of another process
	 */
	CASE(swapped_thp_pmd, parent_vmsplice_child_writes, none, fork, write, r1),
	/*
	 * write-fault: large folio, all its pages mapped by me, one GUP reference (FOLL_GET) of
	 * another process
	 */
	CASE(swapped_thp_pmd, parent_vmsplice_child_writes, none, migrate, write, r1),
	CASE(swapped_thp_pmd, parent_vmsplice_child_writes, none, mprotect, write, r1),
	CASE(swapped_thp_pmd, parent_vmsplice_child_writes, none, uffd_wp, write, r1),
	CASE(swapped_thp_pmd, parent_vmsplice_child_writes, none, none, read_then_write, r1),
	/*
	 * write-fault: large folio, all its pages mapped by me, in the swap cache, one GUP
	 * reference (FOLL_GET) of mine, one GUP reference (FOLL_GET) of another process
	 */
	CASE(swapped_thp_pmd, child_vmsplice_unmap, vmsplice, none, write, r1),
	/*
	 * write-fault: large folio, all its pages mapped by me, in the swap cache, one GUP
	 * reference (FOLL_GET) of another process
	 */
	CASE(swapped_thp_pmd, parent_forks_vmsplices, process_vm, none, write, r1),
	/* swap-in: large folio, my swap entry, two swap entries of other processes */
	CASE(swapped_thp_pte, child, none, none, write, r1),
	/*
	 * swap-in: large folio, my swap entry, in the swap cache, one GUP reference (FOLL_GET)
	 * of another process
	 */
	CASE(swapped_thp_pte, child_vmsplice_unmap, none, none, write, r1),
	/* swap-in: large folio, my swap entry, two swap entries of other processes */
	CASE(swapped_thp_pte, parent, none, none, write, r1),
	/*
	 * swap-in: large folio, my swap entry, in the swap cache, one GUP reference (FOLL_GET)
	 * of another process
	 */
	CASE(swapped_thp_pte, parent_forks_vmsplices, none, none, write, r1),
	/*
	 * write-fault: large folio, all its pages mapped by me, one GUP reference (FOLL_GET) of
	 * another process
	 */
	CASE(swapped_thp_pte, parent_vmsplice_child_writes, none, none, write, r1),
	/* swap-in: large folio, my swap entry, two swap entries of other processes */
	CASE(swapped_thp_pte, alone, none, fork, write, r1),
	CASE(swapped_thp_pte, child, none, compact, write, r1),
	CASE(swapped_thp_pte, child, none, mprotect, write, r1),
	CASE(swapped_thp_pte, child, none, uffd_wp, write, r1),
	CASE(swapped_thp_pte, child, none, none, read_then_write, r1),
	CASE(swapped_thp_pte, child_exits, none, fork, write, r1),
	/*
	 * swap-in: large folio, my swap entry, in the swap cache, one GUP reference (FOLL_GET)
	 * of another process
	 */
	CASE(swapped_thp_pte, child_vmsplice_unmap, none, mprotect, write, r1),
	/* swap-in: large folio, my swap entry, two swap entries of other processes */
	CASE(swapped_thp_pte, grandchild, none, migrate, write, r1),
	/*
	 * write-fault: large folio, all its pages mapped by me, one GUP reference (FOLL_GET) of
	 * another process
	 */
	CASE(swapped_thp_pte, parent_vmsplice_child_writes, none, compact, write, r1),
	/*
	 * write-fault: large folio, all its pages mapped by me, all mapped by another process,
	 * one GUP reference (FOLL_GET) of another process
	 */
	CASE(swapped_thp_pte, parent_vmsplice_child_writes, none, fork, write, r1),
	/*
	 * write-fault: large folio, all its pages mapped by me, one GUP reference (FOLL_GET) of
	 * another process
	 */
	CASE(swapped_thp_pte, parent_vmsplice_child_writes, none, migrate, write, r1),
	CASE(swapped_thp_pte, parent_vmsplice_child_writes, none, mprotect, write, r1),
	CASE(swapped_thp_pte, parent_vmsplice_child_writes, none, uffd_wp, write, r1),
	CASE(swapped_thp_pte, parent_vmsplice_child_writes, none, none, read_then_write, r1),
	/*
	 * write-fault: large folio, all its pages mapped by me, in the swap cache, one GUP
	 * reference (FOLL_GET) of mine, one GUP reference (FOLL_GET) of another process
	 */
	CASE(swapped_thp_pte, child_vmsplice_unmap, vmsplice, none, write, r1),
	/*
	 * write-fault: large folio, all its pages mapped by me, in the swap cache, one GUP
	 * reference (FOLL_GET) of another process
	 */
	CASE(swapped_thp_pte, parent_forks_vmsplices, process_vm, none, write, r1),
	/* write-fault: large folio, all its pages mapped by me, all mapped by another process */
	CASE(thp_moved, child, none, none, write, r1),
	/*
	 * write-fault: large folio, all its pages mapped by me, one GUP reference (FOLL_GET) of
	 * another process
	 */
	CASE(thp_moved, child_vmsplice_unmap, none, none, write, r1),
	/* write-fault: large folio, all its pages mapped by me, all mapped by another process */
	CASE(thp_moved, parent, none, none, write, r1),
	/*
	 * write-fault: large folio, all its pages mapped by me, one GUP reference (FOLL_GET) of
	 * another process
	 */
	CASE(thp_moved, parent_forks_vmsplices, none, none, write, r1),
	CASE(thp_moved, parent_vmsplice_child_writes, none, none, write, r1),
	/* write-fault: large folio, all its pages mapped by me, all mapped by another process */
	CASE(thp_moved, alone, none, fork, write, r1),
	CASE(thp_moved, child, none, compact, write, r1),
	CASE(thp_moved, child, none, fork, write, r1),
	CASE(thp_moved, child, none, migrate, write, r1),
	CASE(thp_moved, child, none, mprotect, write, r1),
	CASE(thp_moved, child, none, soft_dirty, write, r1),
	CASE(thp_moved, child, none, uffd_wp, write, r1),
	CASE(thp_moved, child, none, none, read_then_write, r1),
	CASE(thp_moved, child_exits, none, fork, write, r1),
	/*
	 * write-fault: large folio, all its pages mapped by me, all mapped by another process,
	 * one GUP reference (FOLL_GET) of another process
	 */
	CASE(thp_moved, child_vmsplice_unmap, none, fork, write, r1),
	/*
	 * write-fault: large folio, all its pages mapped by me, one GUP reference (FOLL_GET) of
	 * another process
	 */
	CASE(thp_moved, child_vmsplice_unmap, none, mprotect, write, r1),
	/* write-fault: large folio, all its pages mapped by me, all mapped by another process */
	CASE(thp_moved, grandchild, none, fork, write, r1),
	/*
	 * write-fault: large folio, all its pages mapped by me, all mapped by another process,
	 * in the swap cache
	 */
	CASE(thp_moved, grandchild, none, pageout, write, r1),
	/*
	 * write-fault: large folio, all its pages mapped by me, all mapped by another process,
	 * one GUP reference (FOLL_GET) of another process
	 */
	CASE(thp_moved, parent_vmsplice_child_writes, none, fork, write, r1),
	/* write-fault: large folio, all its pages mapped by me, all mapped by another process */
	CASE(thp_moved, child, process_vm, none, write, r1),
	/*
	 * write-fault: large folio, all its pages mapped by me, all mapped by another process,
	 * one GUP reference (FOLL_GET) of mine
	 */
	CASE(thp_moved, child, vmsplice, none, write, r1),
	/* write-fault: large folio, all its pages mapped by me, all mapped by another process */
	CASE(thp_once_shared, child, none, none, write, r1),
	/*
	 * write-fault: large folio, all its pages mapped by me, one GUP reference (FOLL_GET) of
	 * another process
	 */
	CASE(thp_once_shared, child_vmsplice_unmap, none, none, write, r1),
	/* write-fault: large folio, all its pages mapped by me, all mapped by another process */
	CASE(thp_once_shared, parent, none, none, write, r1),
	/*
	 * write-fault: large folio, all its pages mapped by me, one GUP reference (FOLL_GET) of
	 * another process
	 */
	CASE(thp_once_shared, parent_forks_vmsplices, none, none, write, r1),
	CASE(thp_once_shared, parent_vmsplice_child_writes, none, none, write, r1),
	/* write-fault: large folio, all its pages mapped by me, all mapped by another process */
	CASE(thp_once_shared, alone, none, fork, write, r1),
	CASE(thp_once_shared, child, none, compact, write, r1),
	CASE(thp_once_shared, child, none, fork, write, r1),
	CASE(thp_once_shared, child, none, migrate, write, r1),
	CASE(thp_once_shared, child, none, mprotect, write, r1),
	CASE(thp_once_shared, child, none, uffd_wp, write, r1),
	CASE(thp_once_shared, child, none, none, read_then_write, r1),
	CASE(thp_once_shared, child_exits, none, fork, write, r1),
	/*
	 * write-fault: large folio, all its pages mapped by me, all mapped by another process,
	 * one GUP reference (FOLL_GET) of another process
	 */
	CASE(thp_once_shared, child_vmsplice_unmap, none, fork, write, r1),
	/*
	 * write-fault: large folio, all its pages mapped by me, one GUP reference (FOLL_GET) of
	 * another process
	 */
	CASE(thp_once_shared, child_vmsplice_unmap, none, mprotect, write, r1),
	/* write-fault: large folio, all its pages mapped by me, all mapped by another process */
	CASE(thp_once_shared, grandchild, none, fork, write, r1),
	/*
	 * write-fault: large folio, all its pages mapped by me, all mapped by another process,
	 * one GUP reference (FOLL_GET) of another process
	 */
	CASE(thp_once_shared, parent_vmsplice_child_writes, none, fork, write, r1),
	/* write-fault: large folio, all its pages mapped by me, all mapped by another process */
	CASE(thp_once_shared, child, process_vm, none, write, r1),
	/*
	 * write-fault: large folio, all its pages mapped by me, all mapped by another process,
	 * one GUP reference (FOLL_GET) of mine
	 */
	CASE(thp_once_shared, grandchild, vmsplice, none, write, r1),
	/* write-fault: large folio, one page mapped by me, this one mapped by another process */
	CASE(thp_one, child, none, none, write, r1),
	/*
	 * write-fault: large folio, one page mapped by me, one GUP reference (FOLL_GET) of
	 * another process
	 */
	CASE(thp_one, child_vmsplice_unmap, none, none, write, r1),
	/* write-fault: large folio, one page mapped by me, this one mapped by another process */
	CASE(thp_one, parent, none, none, write, r1),
	/*
	 * write-fault: large folio, one page mapped by me, one GUP reference (FOLL_GET) of
	 * another process
	 */
	CASE(thp_one, parent_forks_vmsplices, none, none, write, r1),
	CASE(thp_one, parent_vmsplice_child_writes, none, none, write, r1),
	/* write-fault: large folio, one page mapped by me, this one mapped by another process */
	CASE(thp_one, alone, none, fork, write, r1),
	CASE(thp_one, child, none, compact, write, r1),
	CASE(thp_one, child, none, fork, write, r1),
	CASE(thp_one, child, none, migrate, write, r1),
	CASE(thp_one, child, none, mprotect, write, r1),
	CASE(thp_one, child, none, soft_dirty, write, r1),
	CASE(thp_one, child, none, uffd_wp, write, r1),
	CASE(thp_one, child, none, none, read_then_write, r1),
	CASE(thp_one, child_exits, none, fork, write, r1),
	/*
	 * write-fault: large folio, one page mapped by me, this one mapped by another process,
	 * one GUP reference (FOLL_GET) of another process
	 */
	CASE(thp_one, child_vmsplice_unmap, none, fork, write, r1),
	/*
	 * write-fault: large folio, one page mapped by me, one GUP reference (FOLL_GET) of
	 * another process
	 */
	CASE(thp_one, child_vmsplice_unmap, none, mprotect, write, r1),
	/* write-fault: large folio, one page mapped by me, this one mapped by another process */
	CASE(thp_one, grandchild, none, fork, write, r1),
	/*
	 * write-fault: large folio, one page mapped by me, this one mapped by another process,
	 * in the swap cache
	 */
	CASE(thp_one, grandchild, none, pageout, write, r1),
	/*
	 * write-fault: large folio, one page mapped by me, this one mapped by another process,
	 * one GUP reference (FOLL_GET) of another process
	 */
	CASE(thp_one, parent_vmsplice_child_writes, none, fork, write, r1),
	/* write-fault: large folio, one page mapped by me, this one mapped by another process */
	CASE(thp_one, child, process_vm, none, write, r1),
	/*
	 * write-fault: large folio, one page mapped by me, this one mapped by another process,
	 * one GUP reference (FOLL_GET) of mine
	 */
	CASE(thp_one, child, vmsplice, none, write, r1),
	/*
	 * write-fault: large folio, one page mapped by me, one GUP reference (FOLL_GET) of
	 * another process
	 */
	CASE(thp_part, parent_forks_vmsplices, none, none, write, r1),
	/* write-fault: large folio, one page mapped by me, this one mapped by another process */
	CASE(thp_part, alone, none, fork, write, r1),
	CASE(thp_part, child, none, compact, write, r1),
	/* write-fault: large folio, one page mapped by me, all mapped by another process */
	CASE(thp_part, child, none, fork, write, r1),
	/* write-fault: large folio, one page mapped by me, this one mapped by another process */
	CASE(thp_part, child, none, migrate, write, r1),
	/*
	 * write-fault: large folio, one page mapped by me, this one mapped by another process,
	 * in the swap cache
	 */
	CASE(thp_part, child, none, pageout, write, r1),
	/* write-fault: large folio, one page mapped by me, this one mapped by another process */
	CASE(thp_part, child, none, soft_dirty, write, r1),
	CASE(thp_part, child, none, uffd_wp, write, r1),
	CASE(thp_part, child, none, none, read_then_write, r1),
	CASE(thp_part, child_exits, none, fork, write, r1),
	/*
	 * write-fault: large folio, one page mapped by me, this one mapped by another process,
	 * one GUP reference (FOLL_GET) of another process
	 */
	CASE(thp_part, child_vmsplice_unmap, none, fork, write, r1),
	/* write-fault: large folio, one page mapped by me, all mapped by another process */
	CASE(thp_part, grandchild, none, fork, write, r1),
	CASE(thp_part, grandchild, none, mprotect, write, r1),
	/*
	 * write-fault: large folio, one page mapped by me, this one mapped by another process,
	 * one GUP reference (FOLL_GET) of another process
	 */
	CASE(thp_part, parent_vmsplice_child_writes, none, fork, write, r1),
	/*
	 * write-fault: large folio, one page mapped by me, one GUP reference (FOLL_GET) of mine,
	 * one GUP reference (FOLL_GET) of another process
	 */
	CASE(thp_part, child_vmsplice_unmap, vmsplice, none, write, r1),
	/* write-fault: large folio, one page mapped by me, this one mapped by another process */
	CASE(thp_part, parent, process_vm, none, write, r1),
	/* write-fault: PMD-mapped huge page, mapped by me and another process */
	CASE(thp_pmd, child, none, none, write, r1),
	/*
	 * write-fault: PMD-mapped huge page, mapped by me only, one GUP reference (FOLL_GET) of
	 * another process
	 */
	CASE(thp_pmd, child_vmsplice_unmap, none, none, write, r1),
	/* write-fault: PMD-mapped huge page, mapped by me and another process */
	CASE(thp_pmd, parent, none, none, write, r1),
	/*
	 * write-fault: PMD-mapped huge page, mapped by me only, one GUP reference (FOLL_GET) of
	 * another process
	 */
	CASE(thp_pmd, parent_forks_vmsplices, none, none, write, r1),
	CASE(thp_pmd, parent_vmsplice_child_writes, none, none, write, r1),
	/* write-fault: PMD-mapped huge page, mapped by me and another process */
	CASE(thp_pmd, alone, none, fork, write, r1),
	CASE(thp_pmd, child, none, compact, write, r1),
	/* write-fault: PMD-mapped huge page, mapped by me and two other processes */
	CASE(thp_pmd, child, none, fork, write, r1),
	/* write-fault: PMD-mapped huge page, mapped by me and another process */
	CASE(thp_pmd, child, none, migrate, write, r1),
	CASE(thp_pmd, child, none, mprotect, write, r1),
	CASE(thp_pmd, child, none, soft_dirty, write, r1),
	CASE(thp_pmd, child, none, uffd_wp, write, r1),
	CASE(thp_pmd, child, none, none, read_then_write, r1),
	CASE(thp_pmd, child_exits, none, fork, write, r1),
	/* write-fault: large folio, one page mapped by me, this one mapped by another process */
	CASE(thp_pmd, child_has_half, none, fork, write, r1),
	CASE(thp_pmd, child_has_upper, none, fork, write, r1),
	/*
	 * write-fault: PMD-mapped huge page, mapped by me and another process, one GUP reference
	 * (FOLL_GET) of another process
	 */
	CASE(thp_pmd, child_vmsplice_unmap, none, fork, write, r1),
	/*
	 * write-fault: PMD-mapped huge page, mapped by me only, one GUP reference (FOLL_GET) of
	 * another process
	 */
	CASE(thp_pmd, child_vmsplice_unmap, none, mprotect, write, r1),
	/* write-fault: PMD-mapped huge page, mapped by me and two other processes */
	CASE(thp_pmd, grandchild, none, fork, write, r1),
	/*
	 * write-fault: PMD-mapped huge page, mapped by me and two other processes, in the swap
	 * cache
	 */
	CASE(thp_pmd, grandchild, none, pageout, write, r1),
	/*
	 * write-fault: PMD-mapped huge page, mapped by me and another process, one GUP reference
	 * (FOLL_GET) of another process
	 */
	CASE(thp_pmd, parent_vmsplice_child_writes, none, fork, write, r1),
	/* write-fault: PMD-mapped huge page, mapped by me and another process */
	CASE(thp_pmd, child, gup_short_rw_fast, none, write, r1),
	CASE(thp_pmd, child, gup_short_rw_slow, none, write, r1),
	CASE(thp_pmd, child, process_vm, none, write, r1),
	/*
	 * write-fault: PMD-mapped huge page, mapped by me and another process, one GUP reference
	 * (FOLL_GET) of mine
	 */
	CASE(thp_pmd, child, vmsplice, none, write, r1),
	/*
	 * write-fault: PMD-mapped huge page, mapped by me only, one GUP reference (FOLL_GET) of
	 * another process
	 */
	CASE(thp_pmd, child_vmsplice_unmap, gup_short_ro_fast, none, write, r1),
	/* write-fault: PMD-mapped huge page, mapped by me and two other processes */
	CASE(thp_pmd, grandchild, gup_short_ro_slow, none, write, r1),
	/* write-fault: PMD-mapped huge page, mapped by me and another process */
	CASE(thp_pmd, parent, gup_short_ro_fast, none, write, r1),
	/*
	 * write-fault: PMD-mapped huge page, mapped by me only, one GUP reference (FOLL_GET) of
	 * another process
	 */
	CASE(thp_pmd, parent_forks_vmsplices, gup_short_ro_fast, none, write, r1),
	/* write-fault: large folio, all its pages mapped by me, all mapped by another process */
	CASE(thp_pte, child, none, none, write, r1),
	/*
	 * write-fault: large folio, all its pages mapped by me, one GUP reference (FOLL_GET) of
	 * another process
	 */
	CASE(thp_pte, child_vmsplice_unmap, none, none, write, r1),
	/* write-fault: PMD-mapped huge page, mapped by me and another process */
	CASE(thp_pte, collapsed_child, none, none, write, r1),
	/* write-fault: large folio, all its pages mapped by me, all mapped by another process */
	CASE(thp_pte, parent, none, none, write, r1),
	/*
	 * write-fault: large folio, all its pages mapped by me, one GUP reference (FOLL_GET) of
	 * another process
	 */
	CASE(thp_pte, parent_forks_vmsplices, none, none, write, r1),
	CASE(thp_pte, parent_vmsplice_child_writes, none, none, write, r1),
	/* write-fault: large folio, all its pages mapped by me, all mapped by another process */
	CASE(thp_pte, alone, none, fork, write, r1),
	/* write-fault: PMD-mapped huge page, mapped by me and two other processes */
	CASE(thp_pte, child, none, collapse, write, r1),
	/* write-fault: large folio, all its pages mapped by me, all mapped by another process */
	CASE(thp_pte, child, none, compact, write, r1),
	CASE(thp_pte, child, none, fork, write, r1),
	CASE(thp_pte, child, none, migrate, write, r1),
	CASE(thp_pte, child, none, mprotect, write, r1),
	CASE(thp_pte, child, none, soft_dirty, write, r1),
	CASE(thp_pte, child, none, uffd_wp, write, r1),
	CASE(thp_pte, child, none, none, read_then_write, r1),
	CASE(thp_pte, child_exits, none, fork, write, r1),
	/* write-fault: PMD-mapped huge page, mapped by me and two other processes */
	CASE(thp_pte, child_has_half, none, collapse, write, r1),
	/* write-fault: large folio, all its pages mapped by me, all mapped by another process */
	CASE(thp_pte, child_has_half, none, fork, write, r1),
	/*
	 * write-fault: large folio, all its pages mapped by me, this one mapped by another
	 * process, in the swap cache
	 */
	CASE(thp_pte, child_has_half, none, pageout, write, r1),
	/* write-fault: PMD-mapped huge page, mapped by me and two other processes */
	CASE(thp_pte, child_has_upper, none, collapse, write, r1),
	/* write-fault: large folio, all its pages mapped by me, all mapped by another process */
	CASE(thp_pte, child_has_upper, none, fork, write, r1),
	/*
	 * write-fault: PMD-mapped huge page, mapped by me only, one GUP reference (FOLL_GET) of
	 * another process
	 */
	CASE(thp_pte, child_vmsplice_unmap, none, collapse, write, r1),
	/*
	 * write-fault: large folio, all its pages mapped by me, all mapped by another process,
	 * one GUP reference (FOLL_GET) of another process
	 */
	CASE(thp_pte, child_vmsplice_unmap, none, fork, write, r1),
	/*
	 * write-fault: large folio, all its pages mapped by me, one GUP reference (FOLL_GET) of
	 * another process
	 */
	CASE(thp_pte, child_vmsplice_unmap, none, mprotect, write, r1),
	/* write-fault: PMD-mapped huge page, mapped by me and another process */
	CASE(thp_pte, collapsed_child, none, collapse, write, r1),
	CASE(thp_pte, collapsed_child, none, compact, write, r1),
	/* write-fault: PMD-mapped huge page, mapped by me and two other processes */
	CASE(thp_pte, collapsed_child, none, fork, write, r1),
	/* write-fault: PMD-mapped huge page, mapped by me and another process */
	CASE(thp_pte, collapsed_child, none, migrate, write, r1),
	CASE(thp_pte, collapsed_child, none, mprotect, write, r1),
	/* write-fault: PMD-mapped huge page, mapped by me and another process, in the swap cache */
	CASE(thp_pte, collapsed_child, none, pageout, write, r1),
	/* write-fault: PMD-mapped huge page, mapped by me and another process */
	CASE(thp_pte, collapsed_child, none, soft_dirty, write, r1),
	CASE(thp_pte, collapsed_child, none, uffd_wp, write, r1),
	CASE(thp_pte, collapsed_child, none, none, read_then_write, r1),
	/* write-fault: PMD-mapped huge page, mapped by me and two other processes */
	CASE(thp_pte, grandchild, none, collapse, write, r1),
	/* write-fault: large folio, all its pages mapped by me, all mapped by another process */
	CASE(thp_pte, grandchild, none, fork, write, r1),
	/*
	 * write-fault: PMD-mapped huge page, mapped by me only, one GUP reference (FOLL_GET) of
	 * another process
	 */
	CASE(thp_pte, parent_vmsplice_child_writes, none, collapse, write, r1),
	/*
	 * write-fault: large folio, all its pages mapped by me, all mapped by another process,
	 * one GUP reference (FOLL_GET) of another process
	 */
	CASE(thp_pte, parent_vmsplice_child_writes, none, fork, write, r1),
	/* write-fault: large folio, all its pages mapped by me, all mapped by another process */
	CASE(thp_pte, child, process_vm, none, write, r1),
	/* write-fault: PMD-mapped huge page, mapped by me and another process */
	CASE(thp_pte, collapsed_child, process_vm, none, write, r1),
	/*
	 * write-fault: PMD-mapped huge page, mapped by me and another process, one GUP reference
	 * (FOLL_GET) of mine
	 */
	CASE(thp_pte, collapsed_child, vmsplice, none, write, r1),
	/*
	 * write-fault: large folio, all its pages mapped by me, all mapped by another process,
	 * one GUP reference (FOLL_GET) of mine
	 */
	CASE(thp_pte, grandchild, vmsplice, none, write, r1),
	/* write-fault: file page, mapped by me and another process */
	CASE(zero, alone, none, none, write, r1),
	CASE(zero, alone, none, compact, write, r1),
	/* write-fault: file page, mapped by me and two other processes */
	CASE(zero, alone, none, fork, write, r1),
	/* write-fault: file page, mapped by me and another process */
	CASE(zero, alone, none, none, read_then_write, r1),
	/* write-fault: file page, mapped by me and two other processes */
	CASE(zero, child, none, fork, write, r1),
	CASE(zero, child_exits, none, fork, write, r1),
	/* write-fault: file page, mapped by me and another process */
	CASE(zero, child_exits, none, migrate, write, r1),
	/*
	 * write-fault: file page, mapped by me and two other processes, one GUP reference
	 * (FOLL_GET) of another process
	 */
	CASE(zero, child_vmsplice_unmap, none, fork, write, r1),
	/* write-fault: file page, mapped by me and two other processes */
	CASE(zero, grandchild, none, fork, write, r1),
	CASE(zero, grandchild, none, mprotect, write, r1),
	/*
	 * write-fault: file page, mapped by me and two other processes, one GUP reference
	 * (FOLL_GET) of another process
	 */
	CASE(zero, parent_vmsplice_child_writes, none, fork, write, r1),
	/*
	 * write-fault: file page, mapped by me and another process, one GUP reference (FOLL_GET)
	 * of another process
	 */
	CASE(zero, parent_vmsplice_child_writes, none, uffd_wp, write, r1),
	/*
	 * write-fault: file page, mapped by me and two other processes, one GUP reference
	 * (FOLL_GET) of mine
	 */
	CASE(zero, child, vmsplice, none, write, r1),
	/* write-fault: file page, mapped by me and another process */
	CASE(zero, child_unmaps, process_vm, none, write, r1),
	CASE(zero, dontfork, process_vm, none, write, r1),
	/* write-fault: file page, mapped by me and two other processes */
	CASE(zero, parent, process_vm, none, write, r1),
	/*
	 * write-fault: file page, mapped by me and another process, one GUP reference (FOLL_GET)
	 * of another process
	 */
	CASE(zero, parent_forks_vmsplices, process_vm, none, write, r1),
};

int main(int argc, char **argv)
{
	return run_cases(cases, sizeof(cases) / sizeof(*cases), argc, argv);
}
