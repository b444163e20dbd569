// SPDX-License-Identifier: GPL-2.0
/*
 * cow_rules_pins: a pinned page stays the page that is mapped, whatever happens
 * to the mapping
 *
 * Rule 3 of copy-on-write: what must not be copied must not be marked for it.
 * Each case pins a page, has something happen to the mapping, and checks that
 * who holds the pin and who has the mapping still see each other's writes.
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
 * __discard_anon_folio_pmd_locked(), mm/huge_memory.c
 *   R3: map_count = folio_mapcount(folio)
 *       after v6.12.117, by v7.2.13
 *   R3: ref_count = folio_ref_count(folio)
 *       after v6.12.117, by v7.2.13
 *
 * __folio_freeze_and_split_unmapped(), mm/huge_memory.c
 *   R3: folio_test_swapcache(folio)
 *       after v6.12.117, by v7.2.13
 *   R3: folio_ref_freeze(folio, folio_cache_ref_count(folio) + 1)
 *       after v6.12.117, by v7.2.13
 *
 * can_change_pmd_writable(), mm/huge_memory.c
 *   R3: PageAnonExclusive(page)
 *       after v6.1.192, by v6.12.117
 *
 * change_huge_pmd(), mm/huge_memory.c
 *   R3: pmd_write(entry)
 *       after v6.12.117, by v7.2.13
 *   R3: can_change_pmd_writable(vma, addr, entry)
 *       after v6.12.117, by v7.2.13
 *
 * deferred_split_folio(), mm/huge_memory.c
 *   R3: folio_test_swapcache(folio)
 *       by v5.10.262
 *
 * do_huge_pmd_wp_page(), mm/huge_memory.c
 *   R3: folio_ref_count(folio) > 1 + folio_test_swapcache(folio) *
 *       folio_nr_pages(folio)
 *       after v5.10.262, by v6.1.192
 *   R3: PageAnonExclusive(page)
 *       after v5.10.262, by v6.1.192
 *   R3: folio_ref_count(folio) == 1
 *       after v5.10.262, by v6.1.192
 *   R3: PageAnonExclusive(page)
 *       after v5.10.262, by v6.1.192
 *
 * folio_cache_ref_count(), mm/huge_memory.c
 *   R3: folio_test_swapcache(folio)
 *       after v6.12.117, by v7.2.13
 *
 * folio_split_unmapped(), mm/huge_memory.c
 *   R3: folio_expected_ref_count(folio) != folio_ref_count(folio) - 1
 *       after v6.12.117, by v7.2.13
 *
 * madvise_free_huge_pmd(), mm/huge_memory.c
 *   R3: folio_maybe_mapped_shared(folio)
 *       after v6.12.117, by v7.2.13
 *
 * set_pmd_migration_entry(), mm/huge_memory.c
 *   R3: anon_exclusive = folio_test_anon(folio) && PageAnonExclusive(page)
 *       after v6.1.192, by v6.12.117
 *
 * unmap_huge_pmd_locked(), mm/huge_memory.c
 *   R3: __discard_anon_folio_pmd_locked(vma, addr, pmdp, folio)
 *       after v6.12.117, by v7.2.13
 *
 * dequeue_hugetlb_folio_nodemask(), mm/hugetlb.c
 *   R3: read_mems_allowed_retry(cpuset_mems_cookie)
 *       by v5.10.262
 *   R3: cpuset_mems_cookie = read_mems_allowed_begin()
 *       by v5.10.262
 *
 * hugetlb_wp(), mm/hugetlb.c
 *   R3: vma->vm_flags & VM_MAYSHARE
 *       after v6.12.117, by v7.2.13
 *   R3: folio_mapcount(old_folio) == 1
 *       after v6.12.117, by v7.2.13
 *
 * gup_must_unshare(), mm/internal.h
 *   R3: PageAnonExclusive(page)
 *       after v5.10.262, by v6.1.192
 *
 * __collapse_huge_page_isolate(), mm/khugepaged.c
 *   R3: folio_expected_ref_count(folio) != folio_ref_count(folio)
 *       after v6.12.117, by v7.2.13
 *
 * collapse_file(), mm/khugepaged.c
 *   R3: folio_ref_count(folio) != 2 + folio_nr_pages(folio)
 *       after v6.12.117, by v7.2.13
 *
 * collapse_scan_file(), mm/khugepaged.c
 *   R3: folio_expected_ref_count(folio) + 1 != folio_ref_count(folio)
 *       after v6.1.192, by v6.12.117
 *
 * ksm_get_folio(), mm/ksm.c
 *   R3: folio_test_swapcache(folio)
 *       by v5.10.262
 *
 * scan_get_next_rmap_item(), mm/ksm.c
 *   R3: should_skip_rmap_item(folio, rmap_item)
 *       after v6.12.117, by v7.2.13
 *
 * should_skip_rmap_item(), mm/ksm.c
 *   R3: folio_test_ksm(folio)
 *       after v6.12.117, by v7.2.13
 *
 * stable_tree_search(), mm/ksm.c
 *   R3: folio_mapcount(folio) > 1
 *       after v6.1.192, by v6.12.117
 *
 * try_to_merge_one_page(), mm/ksm.c
 *   R3: write_protect_page(vma, folio, &orig_pte) == 0
 *       after v6.12.117, by v7.2.13
 *
 * write_protect_page(), mm/ksm.c
 *   R3: folio_mapcount(folio) + 1 + swapped != folio_ref_count(folio)
 *       after v6.1.192, by v6.12.117
 *   R3: anon_exclusive = PageAnonExclusive(&folio->page)
 *       after v6.12.117, by v7.2.13
 *   R3: swapped = folio_test_swapcache(folio)
 *       after v6.12.117, by v7.2.13
 *
 * madvise_cold_or_pageout_pte_range(), mm/madvise.c
 *   R3: folio_maybe_mapped_shared(folio)
 *       after v6.12.117, by v7.2.13
 *   R3: folio_maybe_mapped_shared(folio)
 *       after v6.12.117, by v7.2.13
 *   R3: folio_mapcount(folio) != folio_nr_pages(folio)
 *       after v6.12.117, by v7.2.13
 *
 * madvise_free_pte_range(), mm/madvise.c
 *   R3: folio_test_swapcache(folio)
 *       after v6.12.117, by v7.2.13
 *   R3: madvise_free_huge_pmd(tlb, vma, pmd, addr, next)
 *       by v5.10.262
 *   R3: folio_maybe_mapped_shared(folio)
 *       after v6.12.117, by v7.2.13
 *   R3: folio_mapcount(folio) != folio_nr_pages(folio)
 *       after v6.12.117, by v7.2.13
 *   R3: folio_free_swap(folio)
 *       after v6.12.117, by v7.2.13
 *
 * __wp_can_reuse_large_anon_folio(), mm/memory.c
 *   R3: folio_large_mapcount(folio) != folio_ref_count(folio)
 *       after v6.12.117, by v7.2.13
 *   R3: test_bit(FOLIO_MM_IDS_SHARED_BITNUM, &folio->_mm_ids)
 *       after v6.12.117, by v7.2.13
 *   R3: folio_large_mapcount(folio) != folio_ref_count(folio)
 *       after v6.12.117, by v7.2.13
 *   R3: folio_large_mapcount(folio) <= 1
 *       after v6.12.117, by v7.2.13
 *   R3: test_bit(FOLIO_MM_IDS_SHARED_BITNUM, &folio->_mm_ids)
 *       after v6.12.117, by v7.2.13
 *
 * do_swap_page(), mm/memory.c
 *   R3: exclusive = pte_swp_exclusive(vmf->orig_pte)
 *       after v6.12.117, by v7.2.13
 *   R3: folio_ref_count(folio) == 1
 *       after v6.12.117, by v7.2.13
 *   R3: folio_test_ksm(folio)
 *       after v6.12.117, by v7.2.13
 *
 * do_wp_page(), mm/memory.c
 *   R3: wp_can_reuse_anon_folio(folio, vma)
 *       after v6.1.192, by v6.12.117
 *   R3: PageAnonExclusive(vmf->page)
 *       after v6.1.192, by v6.12.117
 *
 * should_try_to_free_swap(), mm/memory.c
 *   R3: folio_test_swapcache(folio)
 *       after v5.10.262, by v6.1.192
 *   R3: folio_test_ksm(folio)
 *       after v6.12.117, by v7.2.13
 *   R3: folio_ref_count(folio) == (extra_refs + folio_nr_pages(folio))
 *       after v6.12.117, by v7.2.13
 *
 * wp_can_reuse_anon_folio(), mm/memory.c
 *   R3: folio_ref_count(folio) > 3
 *       after v6.12.117, by v7.2.13
 *   R3: __wp_can_reuse_large_anon_folio(folio, vma)
 *       after v6.12.117, by v7.2.13
 *   R3: folio_ref_count(folio) > 1 + folio_test_swapcache(folio)
 *       after v6.12.117, by v7.2.13
 *   R3: folio_ref_count(folio) != 1
 *       after v6.12.117, by v7.2.13
 *   R3: folio_test_ksm(folio)
 *       after v6.12.117, by v7.2.13
 *   R3: folio_test_ksm(folio)
 *       after v6.12.117, by v7.2.13
 *
 * folio_can_map_prot_numa(), mm/mempolicy.c
 *   R3: folio_maybe_mapped_shared(folio)
 *       after v6.1.192, by v6.12.117
 *   R3: folio_test_ksm(folio)
 *       after v6.1.192, by v6.12.117
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
 * page_anon_exclusive_sub_batch(), mm/mprotect.c
 *   R3: expected_anon_exclusive != PageAnonExclusive(first_page + idx)
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
 * folio_referenced(), mm/rmap.c
 *   R3: struct folio_referenced_arg pra = { .mapcount = folio_mapcount(folio),
 *       .memcg = memcg, }
 *       by v5.10.262
 *
 * folio_referenced_one(), mm/rmap.c
 *   R3: folio_maybe_mapped_shared(folio)
 *       after v6.12.117, by v7.2.13
 *
 * try_to_migrate_one(), mm/rmap.c
 *   R3: set_pmd_migration_entry(&pvmw, subpage)
 *       after v6.12.117, by v7.2.13
 *   R3: anon_exclusive = folio_test_anon(folio) && PageAnonExclusive(subpage)
 *       after v6.1.192, by v6.12.117
 *
 * try_to_unmap_one(), mm/rmap.c
 *   R3: folio_test_swapbacked(folio) != folio_test_swapcache(folio)
 *       after v6.12.117, by v7.2.13
 *   R3: anon_exclusive = folio_test_anon(folio) && PageAnonExclusive(subpage)
 *       after v6.12.117, by v7.2.13
 *   R3: map_count = folio_mapcount(folio)
 *       after v6.12.117, by v7.2.13
 *   R3: unmap_huge_pmd_locked(vma, pvmw.address, pvmw.pmd, folio)
 *       after v6.12.117, by v7.2.13
 *   R3: ref_count = folio_ref_count(folio)
 *       after v6.12.117, by v7.2.13
 *
 * __swap_cluster_dup_entry(), mm/swapfile.c
 *   R3: count = __swp_tb_get_count(swp_tb)
 *       after v6.12.117, by v7.2.13
 *
 * __try_to_reclaim_swap(), mm/swapfile.c
 *   R3: folio_swapcache_freeable(folio)
 *       after v6.12.117, by v7.2.13
 *   R3: need_reclaim = ((flags & TTRS_ANYWAY) || ((flags & TTRS_UNMAPPED) &&
 *       !folio_mapped(folio)) || ((flags & TTRS_FULL) &&
 *       mem_cgroup_swap_full(folio)))
 *       after v6.12.117, by v7.2.13
 *
 * cluster_reclaim_range(), mm/swapfile.c
 *   R3: swp_tb_get_count(swp_tb)
 *       after v6.12.117, by v7.2.13
 *
 * cluster_scan_range(), mm/swapfile.c
 *   R3: __swp_tb_get_count(swp_tb)
 *       after v6.12.117, by v7.2.13
 *
 * folio_alloc_swap(), mm/swapfile.c
 *   R3: folio_test_swapcache(folio)
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
 * swap_alloc_fast(), mm/swapfile.c
 *   R3: folio_test_swapcache(folio)
 *       after v6.12.117, by v7.2.13
 *
 * swap_alloc_slow(), mm/swapfile.c
 *   R3: folio_test_swapcache(folio)
 *       after v6.12.117, by v7.2.13
 *
 * swap_entry_swapped(), mm/swapfile.c
 *   R3: swp_tb_get_count(swp_tb) > 0
 *       after v6.12.117, by v7.2.13
 *
 * swap_extend_table_alloc(), mm/swapfile.c
 *   R3: count = swp_tb_get_count(__swap_table_get(ci, ci_off))
 *       after v6.12.117, by v7.2.13
 *
 * swap_only_has_cache(), mm/swapfile.c
 *   R3: swp_tb_get_count(swp_tb)
 *       after v6.1.192, by v6.12.117
 *
 * __remove_mapping(), mm/vmscan.c
 *   R3: folio_ref_freeze(folio, refcount)
 *       after v5.10.262, by v6.1.192
 *
 * may_enter_fs(), mm/vmscan.c
 *   R3: folio_test_swapcache(folio)
 *       after v5.10.262, by v6.1.192
 *
 * pageout(), mm/vmscan.c
 *   R3: folio_ref_count(folio) != 1 + folio_nr_pages(folio)
 *       after v5.10.262, by v6.1.192
 *
 * shrink_folio_list(), mm/vmscan.c
 *   R3: folio_mapped(folio)
 *       after v6.1.192, by v6.12.117
 *   R3: may_enter_fs(folio, sc->gfp_mask)
 *       after v6.12.117, by v7.2.13
 *   R3: folio_alloc_swap(folio)
 *       after v5.10.262, by v6.1.192
 *   R3: folio_ref_freeze(folio, 1)
 *       after v6.12.117, by v7.2.13
 *   R3: folio_mapped(folio)
 *       after v6.12.117, by v7.2.13
 *   R3: may_enter_fs(folio, sc->gfp_mask)
 *       after v6.12.117, by v7.2.13
 *   R3: folio_ref_count(folio) == 1
 *       after v6.12.117, by v7.2.13
 *   R3: __remove_mapping(mapping, folio, true, sc->target_mem_cgroup)
 *       after v6.12.117, by v7.2.13
 *   R3: folio_expected_ref_count(folio) != folio_ref_count(folio) - 1
 *       after v6.12.117, by v7.2.13
 *
 * Places in the kernel that see to it that a later access has to decide, each
 * with what brought it or changed it last:
 *
 * clear_soft_dirty(), fs/proc/task_mmu.c
 *   R3: ptent = pte_wrprotect(old_pte)
 *       after v6.12.117, by v7.2.13
 *
 * clear_soft_dirty_pmd(), fs/proc/task_mmu.c
 *   R3: old = pmdp_invalidate(vma, addr, pmdp)
 *       after v6.12.117, by v7.2.13
 *   R3: pmd = pmd_wrprotect(pmd)
 *       after v6.12.117, by v7.2.13
 *
 * __folio_try_dup_anon_rmap(), include/linux/rmap.h
 *   R3: ClearPageAnonExclusive(page)
 *       after v6.12.117, by v7.2.13
 *   R3: ClearPageAnonExclusive(page)
 *       after v6.12.117, by v7.2.13
 *   R3: ClearPageAnonExclusive(page)
 *       after v6.12.117, by v7.2.13
 *
 * __folio_try_share_anon_rmap(), include/linux/rmap.h
 *   R3: ClearPageAnonExclusive(page)
 *       after v5.10.262, by v6.1.192
 *   R3: ClearPageAnonExclusive(page)
 *       after v5.10.262, by v6.1.192
 *
 * hugetlb_try_dup_anon_rmap(), include/linux/rmap.h
 *   R3: ClearPageAnonExclusive(&folio->page)
 *       after v5.10.262, by v6.1.192
 *
 * hugetlb_try_share_anon_rmap(), include/linux/rmap.h
 *   R3: ClearPageAnonExclusive(&folio->page)
 *       after v6.1.192, by v6.12.117
 *
 * __discard_anon_folio_pmd_locked(), mm/huge_memory.c
 *   R3: orig_pmd = pmdp_huge_clear_flush(vma, addr, pmdp)
 *       after v6.12.117, by v7.2.13
 *
 * __split_huge_pmd_locked(), mm/huge_memory.c
 *   R3: old_pmd = pmdp_invalidate(vma, haddr, pmd)
 *       after v6.12.117, by v7.2.13
 *
 * __split_huge_zero_page_pmd(), mm/huge_memory.c
 *   R3: old_pmd = pmdp_huge_clear_flush(vma, haddr, pmd)
 *       by v5.10.262
 *
 * copy_huge_pmd(), mm/huge_memory.c
 *   R3: pmd = pmd_wrprotect(pmd)
 *       after v6.12.117, by v7.2.13
 *   R3: pmdp_set_wrprotect(src_mm, addr, src_pmd)
 *       after v6.12.117, by v7.2.13
 *
 * madvise_free_huge_pmd(), mm/huge_memory.c
 *   R3: pmdp_invalidate(vma, addr, pmd)
 *       after v6.12.117, by v7.2.13
 *
 * set_pmd_migration_entry(), mm/huge_memory.c
 *   R3: pmdval = pmdp_invalidate(vma, address, pvmw->pmd)
 *       after v6.12.117, by v7.2.13
 *   R3: pmdval = pmdp_huge_get_and_clear(vma->vm_mm, address, pvmw->pmd)
 *       after v6.12.117, by v7.2.13
 *
 * copy_hugetlb_page_range(), mm/hugetlb.c
 *   R3: entry = huge_pte_wrprotect(entry)
 *       after v6.12.117, by v7.2.13
 *   R3: huge_ptep_set_wrprotect(src, addr, src_pte)
 *       after v6.12.117, by v7.2.13
 *
 * free_huge_folio(), mm/hugetlb.c
 *   R3: __ClearPageAnonExclusive(&folio->page)
 *       after v5.10.262, by v6.1.192
 *
 * make_huge_pte(), mm/hugetlb.c
 *   R3: entry = pte_wrprotect(entry)
 *       after v6.12.117, by v7.2.13
 *
 * __pte_batch_clear_ignored(), mm/internal.h
 *   R3: pte = pte_wrprotect(pte)
 *       after v6.12.117, by v7.2.13
 *
 * replace_page(), mm/ksm.c
 *   R3: ptep_clear_flush(vma, addr, ptep)
 *       after v6.1.192, by v6.12.117
 *
 * write_protect_page(), mm/ksm.c
 *   R3: entry = pte_wrprotect(entry)
 *       after v6.1.192, by v6.12.117
 *   R3: entry = ptep_clear_flush(vma, pvmw.address, pvmw.pte)
 *       after v6.12.117, by v7.2.13
 *
 * madvise_cold_or_pageout_pte_range(), mm/madvise.c
 *   R3: pmdp_invalidate(vma, addr, pmd)
 *       after v6.12.117, by v7.2.13
 *
 * __copy_present_ptes(), mm/memory.c
 *   R3: wrprotect_ptes(src_mm, addr, src_pte, nr)
 *       after v5.10.262, by v6.1.192
 *   R3: pte = pte_wrprotect(pte)
 *       after v5.10.262, by v6.1.192
 *
 * copy_nonpresent_pte(), mm/memory.c
 *   R3: pte = pte_swp_clear_exclusive(orig_pte)
 *       after v6.12.117, by v7.2.13
 *
 * migrate_vma_insert_huge_pmd_page(), mm/migrate_device.c
 *   R3: pmdp_invalidate(vma, addr, pmdp)
 *       after v6.12.117, by v7.2.13
 *
 * migrate_vma_insert_page(), mm/migrate_device.c
 *   R3: ptep_clear_flush(vma, addr, ptep)
 *       after v6.12.117, by v7.2.13
 *
 * try_to_migrate_one(), mm/rmap.c
 *   R3: pteval = huge_ptep_clear_flush(vma, address, pvmw.pte)
 *       after v5.10.262, by v6.1.192
 *   R3: pteval = ptep_get_and_clear(mm, address, pvmw.pte)
 *       after v6.12.117, by v7.2.13
 *   R3: pteval = ptep_clear_flush(vma, address, pvmw.pte)
 *       after v6.12.117, by v7.2.13
 *
 * try_to_unmap_one(), mm/rmap.c
 *   R3: pteval = get_and_clear_ptes(mm, address, pvmw.pte, nr_pages)
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
	/* write-fault: mine alone, one FOLL_PIN of mine, exclusive bit set */
	CASE(anon, alone, gup_ro_fast, fork, write, r3),
	CASE(anon, alone, gup_ro_fast, none, write, r3),
	CASE(anon, child, gup_ro_fast, none, write, r3),
	CASE(anon, child_exits, gup_ro_fast, none, write, r3),
	/*
	 * write-fault: mine alone, one FOLL_PIN of mine, in another CPU's LRU cache, exclusive
	 * bit set
	 */
	CASE(anon, child_exits_lru_far, gup_ro_fast, none, write, r3),
	/* write-fault: mine alone, one FOLL_PIN of mine, exclusive bit set */
	CASE(anon, exec_asked_ksm, gup_ro_fast, none, write, r3),
	CASE(anon, parent_asked_ksm, gup_ro_fast, none, write, r3),
	CASE(anon, parent_vmsplice_child_writes, gup_ro_fast, none, write, r3),
	CASE(anon, alone, gup_ro_slow, fork, write, r3),
	CASE(anon, alone, gup_ro_slow, none, write, r3),
	CASE(anon, child, gup_ro_slow, none, write, r3),
	CASE(anon, child_exits, gup_ro_slow, none, write, r3),
	/*
	 * write-fault: mine alone, one FOLL_PIN of mine, in another CPU's LRU cache, exclusive
	 * bit set
	 */
	CASE(anon, child_exits_lru_far, gup_ro_slow, none, write, r3),
	/* write-fault: mine alone, one FOLL_PIN of mine, exclusive bit set */
	CASE(anon, alone, gup_rw_fast, fork, write, r3),
	/*
	 * write-fault: mine alone, one FOLL_PIN of mine, in this CPU's LRU cache, exclusive bit
	 * set
	 */
	CASE(anon, child_exits_lru, gup_rw_fast, none, write, r3),
	/*
	 * write-fault: mine alone, one FOLL_PIN of mine, in another CPU's LRU cache, exclusive
	 * bit set
	 */
	CASE(anon, child_exits_lru_far, gup_rw_fast, none, write, r3),
	/* write-fault: mine alone, one FOLL_PIN of mine, exclusive bit set */
	CASE(anon, child_vmsplice_unmap, gup_rw_fast, none, write, r3),
	CASE(anon, alone, gup_rw_slow, fork, write, r3),
	CASE(anon, alone, gup_rw_slow, ksm_prctl, write, r3),
	CASE(anon, child_exits, gup_rw_slow, none, write, r3),
	/*
	 * write-fault: mine alone, one FOLL_PIN of mine, in another CPU's LRU cache, exclusive
	 * bit set
	 */
	CASE(anon, child_exits_lru_far, gup_rw_slow, none, write, r3),
	/* write-fault: mine alone, one FOLL_PIN of mine, exclusive bit set */
	CASE(anon, grandchild, gup_rw_slow, none, write, r3),
	CASE(anon, alone, odirect, fork, write, r3),
	CASE(anon, child, odirect, none, write, r3),
	CASE(anon, child_exits, odirect, none, write, r3),
	/*
	 * write-fault: mine alone, one FOLL_PIN of mine, in another CPU's LRU cache, exclusive
	 * bit set
	 */
	CASE(anon, child_exits_lru_far, odirect, none, write, r3),
	/* write-fault: mine alone, one FOLL_PIN of mine, exclusive bit set */
	CASE(anon, alone, uring, compact, write, r3),
	CASE(anon, alone, uring, fork, write, r3),
	CASE(anon, alone, uring, ksm, write, r3),
	CASE(anon, alone, uring, madv_free, write, r3),
	CASE(anon, alone, uring, migrate, write, r3),
	CASE(anon, alone, uring, mprotect, write, r3),
	CASE(anon, alone, uring, pageout, write, r3),
	CASE(anon, alone, uring, soft_dirty, write, r3),
	CASE(anon, alone, uring, swap, write, r3),
	CASE(anon, alone, uring, uffd_wp, write, r3),
	CASE(anon, child, uring, none, write, r3),
	CASE(anon, child_exits, uring, none, write, r3),
	/*
	 * write-fault: mine alone, one FOLL_PIN of mine, in another CPU's LRU cache, exclusive
	 * bit set
	 */
	CASE(anon, child_exits_lru_far, uring, none, write, r3),
	/* write-fault: PMD-mapped huge page, mine alone, one FOLL_PIN of mine, exclusive bit set */
	CASE(huge_zero, alone, gup_ro_fast, compact, write, r3),
	CASE(huge_zero, alone, gup_ro_fast, fork, write, r3),
	CASE(huge_zero, alone, gup_ro_fast, none, write, r3),
	CASE(huge_zero, alone, gup_ro_fast, uffd_wp, write, r3),
	CASE(huge_zero, child, gup_ro_fast, none, write, r3),
	CASE(huge_zero, child_exits, gup_ro_fast, none, write, r3),
	CASE(huge_zero, child_vmsplice_unmap, gup_ro_fast, none, write, r3),
	CASE(huge_zero, grandchild, gup_ro_fast, none, write, r3),
	CASE(huge_zero, parent_vmsplice_child_writes, gup_ro_fast, none, write, r3),
	CASE(huge_zero, alone, gup_ro_slow, fork, write, r3),
	CASE(huge_zero, alone, gup_ro_slow, none, write, r3),
	CASE(huge_zero, alone, gup_rw_fast, fork, write, r3),
	CASE(huge_zero, alone, gup_rw_fast, migrate, write, r3),
	CASE(huge_zero, alone, gup_rw_slow, fork, write, r3),
	CASE(huge_zero, alone, odirect, fork, write, r3),
	CASE(huge_zero, alone, odirect, mprotect, write, r3),
	CASE(huge_zero, alone, uring, fork, write, r3),
	CASE(huge_zero, parent_vmsplice_child_writes, uring, none, write, r3),
	/* write-fault: hugetlb page, mine alone, one FOLL_PIN of mine, exclusive bit set */
	CASE(hugetlb, alone, gup_ro_fast, fork, write, r3),
	CASE(hugetlb, alone, gup_ro_fast, none, write, r3),
	CASE(hugetlb, child, gup_ro_fast, none, write, r3),
	CASE(hugetlb, child_exits, gup_ro_fast, none, write, r3),
	CASE(hugetlb, parent_vmsplice_child_writes, gup_ro_fast, none, write, r3),
	CASE(hugetlb, alone, gup_ro_slow, fork, write, r3),
	CASE(hugetlb, alone, gup_ro_slow, none, write, r3),
	CASE(hugetlb, child, gup_ro_slow, none, write, r3),
	CASE(hugetlb, child_exits, gup_ro_slow, none, write, r3),
	CASE(hugetlb, child_vmsplice_unmap, gup_ro_slow, none, write, r3),
	CASE(hugetlb, alone, gup_rw_fast, fork, write, r3),
	CASE(hugetlb, child_vmsplice_unmap, gup_rw_fast, none, write, r3),
	CASE(hugetlb, grandchild, gup_rw_fast, none, write, r3),
	CASE(hugetlb, alone, gup_rw_slow, compact, write, r3),
	CASE(hugetlb, alone, gup_rw_slow, fork, write, r3),
	CASE(hugetlb, child, gup_rw_slow, none, write, r3),
	CASE(hugetlb, child_vmsplice_unmap, gup_rw_slow, none, write, r3),
	CASE(hugetlb, alone, odirect, fork, write, r3),
	CASE(hugetlb, alone, odirect, migrate, write, r3),
	CASE(hugetlb, child, odirect, none, write, r3),
	CASE(hugetlb, child_vmsplice_unmap, odirect, none, write, r3),
	CASE(hugetlb, alone, uring, fork, write, r3),
	CASE(hugetlb, alone, uring, mprotect, write, r3),
	CASE(hugetlb, alone, uring, uffd_wp, write, r3),
	CASE(hugetlb, child, uring, none, write, r3),
	CASE(hugetlb, child_vmsplice_unmap, uring, none, write, r3),
	/* write-fault: mine alone, one FOLL_PIN of mine, exclusive bit set */
	CASE(ksm, alone, gup_ro_fast, fork, write, r3),
	CASE(ksm, alone, gup_ro_fast, migrate, write, r3),
	CASE(ksm, alone, gup_ro_fast, unmerge, write, r3),
	CASE(ksm, alone, gup_ro_fast, unmerge_hole, write, r3),
	CASE(ksm, alone, gup_ro_fast, unmerge_prctl, write, r3),
	CASE(ksm, alone, gup_ro_fast, unmerge_prot_none, write, r3),
	CASE(ksm, alone, gup_ro_fast, unmerge_uffd_wp, write, r3),
	CASE(ksm, child, gup_ro_fast, none, write, r3),
	CASE(ksm, child_exits, gup_ro_fast, none, write, r3),
	CASE(ksm, child_vmsplice_unmap, gup_ro_fast, none, write, r3),
	CASE(ksm, parent_vmsplice_child_writes, gup_ro_fast, none, write, r3),
	CASE(ksm, alone, gup_ro_slow, fork, write, r3),
	CASE(ksm, alone, gup_rw_fast, fork, write, r3),
	CASE(ksm, alone, gup_rw_fast, mprotect, write, r3),
	CASE(ksm, alone, gup_rw_slow, fork, write, r3),
	CASE(ksm, grandchild, gup_rw_slow, none, write, r3),
	CASE(ksm, alone, odirect, compact, write, r3),
	CASE(ksm, alone, odirect, fork, write, r3),
	CASE(ksm, alone, uring, fork, write, r3),
	CASE(ksm, alone, uring, uffd_wp, write, r3),
	CASE(ksm_zero, alone, gup_ro_fast, fork, write, r3),
	CASE(ksm_zero, alone, gup_ro_fast, migrate, write, r3),
	CASE(ksm_zero, alone, gup_ro_fast, unmerge, write, r3),
	CASE(ksm_zero, child, gup_ro_fast, none, write, r3),
	CASE(ksm_zero, child_exits, gup_ro_fast, none, write, r3),
	CASE(ksm_zero, child_vmsplice_unmap, gup_ro_fast, none, write, r3),
	CASE(ksm_zero, grandchild, gup_ro_fast, none, write, r3),
	CASE(ksm_zero, parent_vmsplice_child_writes, gup_ro_fast, none, write, r3),
	CASE(ksm_zero, alone, gup_ro_slow, fork, write, r3),
	CASE(ksm_zero, alone, gup_rw_fast, fork, write, r3),
	CASE(ksm_zero, alone, gup_rw_fast, mprotect, write, r3),
	CASE(ksm_zero, alone, gup_rw_slow, fork, write, r3),
	CASE(ksm_zero, grandchild, gup_rw_slow, none, write, r3),
	CASE(ksm_zero, alone, odirect, compact, write, r3),
	CASE(ksm_zero, alone, odirect, fork, write, r3),
	CASE(ksm_zero, alone, uring, fork, write, r3),
	CASE(ksm_zero, alone, uring, uffd_wp, write, r3),
	/* write-fault: hugetlb page, mine alone, one FOLL_PIN of mine, exclusive bit set */
	CASE(memfd_hugetlb, alone, gup_ro_fast, compact, write, r3),
	CASE(memfd_hugetlb, alone, gup_ro_fast, fork, write, r3),
	CASE(memfd_hugetlb, alone, gup_ro_fast, migrate, write, r3),
	CASE(memfd_hugetlb, alone, gup_ro_fast, mprotect, write, r3),
	CASE(memfd_hugetlb, alone, gup_ro_fast, none, write, r3),
	CASE(memfd_hugetlb, alone, gup_ro_fast, uffd_wp, write, r3),
	CASE(memfd_hugetlb, child, gup_ro_fast, none, write, r3),
	CASE(memfd_hugetlb, child_exits, gup_ro_fast, none, write, r3),
	CASE(memfd_hugetlb, child_vmsplice_unmap, gup_ro_fast, none, write, r3),
	CASE(memfd_hugetlb, grandchild, gup_ro_fast, none, write, r3),
	CASE(memfd_hugetlb, parent_vmsplice_child_writes, gup_ro_fast, none, write, r3),
	CASE(memfd_hugetlb, alone, gup_ro_slow, fork, write, r3),
	CASE(memfd_hugetlb, alone, gup_ro_slow, none, write, r3),
	CASE(memfd_hugetlb, alone, gup_rw_fast, fork, write, r3),
	CASE(memfd_hugetlb, alone, gup_rw_fast, none, write, r3),
	CASE(memfd_hugetlb, alone, gup_rw_slow, fork, write, r3),
	CASE(memfd_hugetlb, alone, gup_rw_slow, none, write, r3),
	CASE(memfd_hugetlb, alone, odirect, fork, write, r3),
	CASE(memfd_hugetlb, alone, uring, fork, write, r3),
	CASE(memfd_hugetlb, alone, uring, none, write, r3),
	/*
	 * write-fault: large folio, all its pages mapped by me alone, one FOLL_PIN of mine,
	 * exclusive bit set
	 */
	CASE(mthp, alone, gup_ro_fast, compact, write, r3),
	CASE(mthp, alone, gup_ro_fast, fork, write, r3),
	CASE(mthp, alone, gup_ro_fast, none, write, r3),
	CASE(mthp, alone, gup_ro_fast, pageout, write, r3),
	CASE(mthp, alone, gup_ro_fast, swap, write, r3),
	CASE(mthp, alone, gup_ro_fast, uffd_wp, write, r3),
	CASE(mthp, child, gup_ro_fast, none, write, r3),
	CASE(mthp, child_exits, gup_ro_fast, none, write, r3),
	CASE(mthp, child_has_half, gup_ro_fast, none, write, r3),
	CASE(mthp, child_has_upper, gup_ro_fast, none, write, r3),
	CASE(mthp, child_vmsplice_unmap, gup_ro_fast, none, write, r3),
	CASE(mthp, grandchild, gup_ro_fast, none, write, r3),
	CASE(mthp, parent_vmsplice_child_writes, gup_ro_fast, none, write, r3),
	CASE(mthp, alone, gup_ro_slow, fork, write, r3),
	CASE(mthp, alone, gup_ro_slow, none, write, r3),
	CASE(mthp, child, gup_ro_slow, none, write, r3),
	CASE(mthp, child_exits, gup_ro_slow, none, write, r3),
	CASE(mthp, alone, gup_rw_fast, fork, write, r3),
	CASE(mthp, alone, gup_rw_fast, madv_free, write, r3),
	CASE(mthp, child, gup_rw_fast, none, write, r3),
	CASE(mthp, child_exits, gup_rw_fast, none, write, r3),
	CASE(mthp, alone, gup_rw_slow, fork, write, r3),
	CASE(mthp, alone, gup_rw_slow, migrate, write, r3),
	CASE(mthp, child, gup_rw_slow, none, write, r3),
	CASE(mthp, child_exits, gup_rw_slow, none, write, r3),
	CASE(mthp, alone, odirect, fork, write, r3),
	CASE(mthp, alone, odirect, soft_dirty, write, r3),
	CASE(mthp, child, odirect, none, write, r3),
	CASE(mthp, child_exits, odirect, none, write, r3),
	CASE(mthp, alone, uring, fork, write, r3),
	CASE(mthp, alone, uring, mprotect, write, r3),
	CASE(mthp, child, uring, none, write, r3),
	CASE(mthp, child_exits, uring, none, write, r3),
	/* write-fault: mine alone, one FOLL_PIN of mine, exclusive bit set */
	CASE(private_file, alone, gup_ro_fast, compact, write, r3),
	CASE(private_file, alone, gup_ro_fast, fork, write, r3),
	CASE(private_file, alone, gup_ro_fast, mprotect, write, r3),
	CASE(private_file, alone, gup_ro_fast, none, write, r3),
	CASE(private_file, alone, gup_ro_fast, uffd_wp, write, r3),
	CASE(private_file, child, gup_ro_fast, none, write, r3),
	CASE(private_file, child_exits, gup_ro_fast, none, write, r3),
	CASE(private_file, child_vmsplice_unmap, gup_ro_fast, none, write, r3),
	CASE(private_file, grandchild, gup_ro_fast, none, write, r3),
	CASE(private_file, parent_vmsplice_child_writes, gup_ro_fast, none, write, r3),
	CASE(private_file, alone, gup_ro_slow, fork, write, r3),
	CASE(private_file, alone, gup_ro_slow, none, write, r3),
	CASE(private_file, alone, gup_rw_fast, fork, write, r3),
	CASE(private_file, alone, gup_rw_fast, none, write, r3),
	CASE(private_file, alone, gup_rw_slow, fork, write, r3),
	CASE(private_file, alone, gup_rw_slow, none, write, r3),
	CASE(private_file, alone, odirect, fork, write, r3),
	CASE(private_file, alone, odirect, migrate, write, r3),
	CASE(private_file, alone, uring, fork, write, r3),
	CASE(private_file, alone, uring, none, write, r3),
	CASE(private_memfd, alone, gup_ro_fast, compact, write, r3),
	CASE(private_memfd, alone, gup_ro_fast, fork, write, r3),
	CASE(private_memfd, alone, gup_ro_fast, mprotect, write, r3),
	CASE(private_memfd, alone, gup_ro_fast, none, write, r3),
	CASE(private_memfd, alone, gup_ro_fast, uffd_wp, write, r3),
	CASE(private_memfd, child, gup_ro_fast, none, write, r3),
	CASE(private_memfd, child_exits, gup_ro_fast, none, write, r3),
	CASE(private_memfd, child_vmsplice_unmap, gup_ro_fast, none, write, r3),
	CASE(private_memfd, grandchild, gup_ro_fast, none, write, r3),
	CASE(private_memfd, parent_vmsplice_child_writes, gup_ro_fast, none, write, r3),
	CASE(private_memfd, alone, gup_ro_slow, fork, write, r3),
	CASE(private_memfd, alone, gup_ro_slow, none, write, r3),
	CASE(private_memfd, alone, gup_rw_fast, fork, write, r3),
	CASE(private_memfd, alone, gup_rw_fast, none, write, r3),
	CASE(private_memfd, alone, gup_rw_slow, fork, write, r3),
	CASE(private_memfd, alone, gup_rw_slow, none, write, r3),
	CASE(private_memfd, alone, odirect, fork, write, r3),
	CASE(private_memfd, alone, odirect, migrate, write, r3),
	CASE(private_memfd, alone, uring, fork, write, r3),
	CASE(private_memfd, alone, uring, none, write, r3),
	CASE(private_tmpfs, alone, gup_ro_fast, compact, write, r3),
	CASE(private_tmpfs, alone, gup_ro_fast, fork, write, r3),
	CASE(private_tmpfs, alone, gup_ro_fast, mprotect, write, r3),
	CASE(private_tmpfs, alone, gup_ro_fast, none, write, r3),
	CASE(private_tmpfs, alone, gup_ro_fast, uffd_wp, write, r3),
	CASE(private_tmpfs, child, gup_ro_fast, none, write, r3),
	CASE(private_tmpfs, child_exits, gup_ro_fast, none, write, r3),
	CASE(private_tmpfs, child_vmsplice_unmap, gup_ro_fast, none, write, r3),
	CASE(private_tmpfs, grandchild, gup_ro_fast, none, write, r3),
	CASE(private_tmpfs, parent_vmsplice_child_writes, gup_ro_fast, none, write, r3),
	CASE(private_tmpfs, alone, gup_ro_slow, fork, write, r3),
	CASE(private_tmpfs, alone, gup_ro_slow, none, write, r3),
	CASE(private_tmpfs, alone, gup_rw_fast, fork, write, r3),
	CASE(private_tmpfs, alone, gup_rw_fast, none, write, r3),
	CASE(private_tmpfs, alone, gup_rw_slow, fork, write, r3),
	CASE(private_tmpfs, alone, gup_rw_slow, none, write, r3),
	CASE(private_tmpfs, alone, odirect, fork, write, r3),
	CASE(private_tmpfs, alone, odirect, migrate, write, r3),
	CASE(private_tmpfs, alone, uring, fork, write, r3),
	CASE(private_tmpfs, alone, uring, none, write, r3),
	/* write-fault: file page, mapped by me only, one FOLL_PIN of mine */
	CASE(shared_file, alone, gup_ro_fast, compact, write, r3),
	CASE(shared_file, alone, gup_ro_fast, fork, write, r3),
	CASE(shared_file, alone, gup_ro_fast, mprotect, write, r3),
	CASE(shared_file, alone, gup_ro_fast, none, write, r3),
	CASE(shared_file, alone, gup_ro_fast, uffd_wp, write, r3),
	/* write-fault: file page, mapped by me and another process, one FOLL_PIN of mine */
	CASE(shared_file, child, gup_ro_fast, none, write, r3),
	/* write-fault: file page, mapped by me only, one FOLL_PIN of mine */
	CASE(shared_file, child_exits, gup_ro_fast, none, write, r3),
	/*
	 * write-fault: file page, mapped by me only, one FOLL_PIN of mine, one GUP reference
	 * (FOLL_GET) of another process
	 */
	CASE(shared_file, child_vmsplice_unmap, gup_ro_fast, none, write, r3),
	/* write-fault: file page, mapped by me and two other processes, one FOLL_PIN of mine */
	CASE(shared_file, grandchild, gup_ro_fast, none, write, r3),
	/*
	 * write-fault: file page, mapped by me only, one FOLL_PIN of mine, one GUP reference
	 * (FOLL_GET) of another process
	 */
	CASE(shared_file, parent_vmsplice_child_writes, gup_ro_fast, none, write, r3),
	/* write-fault: file page, mapped by me only, one FOLL_PIN of mine */
	CASE(shared_file, alone, gup_ro_slow, none, write, r3),
	CASE(shared_file, alone, gup_rw_fast, none, write, r3),
	CASE(shared_file, alone, gup_rw_slow, none, write, r3),
	CASE(shared_file, alone, odirect, migrate, write, r3),
	CASE(shared_file, alone, uring, none, write, r3),
	CASE(shared_memfd, alone, gup_ro_fast, compact, write, r3),
	CASE(shared_memfd, alone, gup_ro_fast, fork, write, r3),
	CASE(shared_memfd, alone, gup_ro_fast, mprotect, write, r3),
	CASE(shared_memfd, alone, gup_ro_fast, none, write, r3),
	CASE(shared_memfd, alone, gup_ro_fast, uffd_wp, write, r3),
	/* write-fault: file page, mapped by me and another process, one FOLL_PIN of mine */
	CASE(shared_memfd, child, gup_ro_fast, none, write, r3),
	/* write-fault: file page, mapped by me only, one FOLL_PIN of mine */
	CASE(shared_memfd, child_exits, gup_ro_fast, none, write, r3),
	/*
	 * write-fault: file page, mapped by me only, one FOLL_PIN of mine, one GUP reference
	 * (FOLL_GET) of another process
	 */
	CASE(shared_memfd, child_vmsplice_unmap, gup_ro_fast, none, write, r3),
	/* write-fault: file page, mapped by me and two other processes, one FOLL_PIN of mine */
	CASE(shared_memfd, grandchild, gup_ro_fast, none, write, r3),
	/*
	 * write-fault: file page, mapped by me only, one FOLL_PIN of mine, one GUP reference
	 * (FOLL_GET) of another process
	 */
	CASE(shared_memfd, parent_vmsplice_child_writes, gup_ro_fast, none, write, r3),
	/* write-fault: file page, mapped by me only, one FOLL_PIN of mine */
	CASE(shared_memfd, alone, gup_ro_slow, none, write, r3),
	CASE(shared_memfd, alone, gup_rw_fast, none, write, r3),
	CASE(shared_memfd, alone, gup_rw_slow, none, write, r3),
	CASE(shared_memfd, alone, odirect, migrate, write, r3),
	CASE(shared_memfd, alone, uring, none, write, r3),
	/* write-fault: hugetlb page, file page, mapped by me only, one FOLL_PIN of mine */
	CASE(shared_memfd_hugetlb, alone, gup_ro_fast, fork, write, r3),
	CASE(shared_memfd_hugetlb, alone, gup_ro_fast, none, write, r3),
	CASE(shared_memfd_hugetlb, alone, gup_ro_slow, compact, write, r3),
	CASE(shared_memfd_hugetlb, alone, gup_ro_slow, none, write, r3),
	CASE(shared_memfd_hugetlb, alone, gup_rw_fast, migrate, write, r3),
	CASE(shared_memfd_hugetlb, alone, gup_rw_fast, none, write, r3),
	CASE(shared_memfd_hugetlb, alone, gup_rw_slow, compact, write, r3),
	CASE(shared_memfd_hugetlb, alone, gup_rw_slow, none, write, r3),
	CASE(shared_memfd_hugetlb, alone, odirect, compact, write, r3),
	CASE(shared_memfd_hugetlb, alone, uring, compact, write, r3),
	CASE(shared_memfd_hugetlb, alone, uring, none, write, r3),
	/* write-fault: file page, mapped by me only, one FOLL_PIN of mine */
	CASE(shared_tmpfs, alone, gup_ro_fast, compact, write, r3),
	CASE(shared_tmpfs, alone, gup_ro_fast, fork, write, r3),
	CASE(shared_tmpfs, alone, gup_ro_fast, mprotect, write, r3),
	CASE(shared_tmpfs, alone, gup_ro_fast, none, write, r3),
	CASE(shared_tmpfs, alone, gup_ro_fast, uffd_wp, write, r3),
	/* write-fault: file page, mapped by me and another process, one FOLL_PIN of mine */
	CASE(shared_tmpfs, child, gup_ro_fast, none, write, r3),
	/* write-fault: file page, mapped by me only, one FOLL_PIN of mine */
	CASE(shared_tmpfs, child_exits, gup_ro_fast, none, write, r3),
	/*
	 * write-fault: file page, mapped by me only, one FOLL_PIN of mine, one GUP reference
	 * (FOLL_GET) of another process
	 */
	CASE(shared_tmpfs, child_vmsplice_unmap, gup_ro_fast, none, write, r3),
	/* write-fault: file page, mapped by me and two other processes, one FOLL_PIN of mine */
	CASE(shared_tmpfs, grandchild, gup_ro_fast, none, write, r3),
	/*
	 * write-fault: file page, mapped by me only, one FOLL_PIN of mine, one GUP reference
	 * (FOLL_GET) of another process
	 */
	CASE(shared_tmpfs, parent_vmsplice_child_writes, gup_ro_fast, none, write, r3),
	/* write-fault: file page, mapped by me only, one FOLL_PIN of mine */
	CASE(shared_tmpfs, alone, gup_ro_slow, none, write, r3),
	CASE(shared_tmpfs, alone, gup_rw_fast, none, write, r3),
	CASE(shared_tmpfs, alone, gup_rw_slow, none, write, r3),
	CASE(shared_tmpfs, alone, odirect, migrate, write, r3),
	CASE(shared_tmpfs, alone, uring, none, write, r3),
	/* write-fault: mine alone, in the swap cache, one FOLL_PIN of mine, exclusive bit set */
	CASE(swap_cache, alone, gup_ro_fast, fork, write, r3),
	CASE(swap_cache, alone, gup_ro_fast, migrate, write, r3),
	CASE(swap_cache, child, gup_ro_fast, none, write, r3),
	CASE(swap_cache, child_exits, gup_ro_fast, none, write, r3),
	CASE(swap_cache, grandchild, gup_ro_fast, none, write, r3),
	CASE(swap_cache, parent_vmsplice_child_writes, gup_ro_fast, none, write, r3),
	CASE(swap_cache, alone, gup_ro_slow, fork, write, r3),
	CASE(swap_cache, child_exits, gup_ro_slow, none, write, r3),
	CASE(swap_cache, child_vmsplice_unmap, gup_ro_slow, none, write, r3),
	CASE(swap_cache, alone, gup_rw_fast, fork, write, r3),
	CASE(swap_cache, alone, gup_rw_fast, uffd_wp, write, r3),
	CASE(swap_cache, child, gup_rw_fast, none, write, r3),
	CASE(swap_cache, child_exits, gup_rw_fast, none, write, r3),
	CASE(swap_cache, alone, gup_rw_slow, fork, write, r3),
	CASE(swap_cache, alone, gup_rw_slow, mprotect, write, r3),
	CASE(swap_cache, child, gup_rw_slow, none, write, r3),
	CASE(swap_cache, child_exits, gup_rw_slow, none, write, r3),
	CASE(swap_cache, alone, odirect, fork, write, r3),
	CASE(swap_cache, child_exits, odirect, none, write, r3),
	CASE(swap_cache, parent_vmsplice_child_writes, odirect, none, write, r3),
	CASE(swap_cache, alone, uring, compact, write, r3),
	CASE(swap_cache, alone, uring, fork, write, r3),
	CASE(swap_cache, child, uring, none, write, r3),
	CASE(swap_cache, child_exits, uring, none, write, r3),
	/* write-fault: mine alone, one FOLL_PIN of mine, exclusive bit set */
	CASE(swapped, alone, gup_ro_fast, fork, write, r3),
	CASE(swapped, alone, gup_ro_fast, none, write, r3),
	CASE(swapped, child, gup_ro_fast, none, write, r3),
	CASE(swapped, child_exits, gup_ro_fast, none, write, r3),
	CASE(swapped, parent_vmsplice_child_writes, gup_ro_fast, none, write, r3),
	CASE(swapped, alone, gup_ro_slow, fork, write, r3),
	CASE(swapped, alone, gup_ro_slow, none, write, r3),
	CASE(swapped, child, gup_ro_slow, none, write, r3),
	CASE(swapped, child_exits, gup_ro_slow, none, write, r3),
	CASE(swapped, parent_vmsplice_child_writes, gup_ro_slow, none, write, r3),
	CASE(swapped, alone, gup_rw_fast, fork, write, r3),
	CASE(swapped, alone, gup_rw_fast, migrate, write, r3),
	CASE(swapped, child_exits, gup_rw_fast, none, write, r3),
	/* write-fault: mine alone, in the swap cache, one FOLL_PIN of mine, exclusive bit set */
	CASE(swapped, child_vmsplice_unmap, gup_rw_fast, none, write, r3),
	/* write-fault: mine alone, one FOLL_PIN of mine, exclusive bit set */
	CASE(swapped, parent_vmsplice_child_writes, gup_rw_fast, none, write, r3),
	CASE(swapped, alone, gup_rw_slow, fork, write, r3),
	CASE(swapped, alone, gup_rw_slow, uffd_wp, write, r3),
	CASE(swapped, child_exits, gup_rw_slow, none, write, r3),
	/* write-fault: mine alone, in the swap cache, one FOLL_PIN of mine, exclusive bit set */
	CASE(swapped, child_reads_back, gup_rw_slow, none, write, r3),
	/* write-fault: mine alone, one FOLL_PIN of mine, exclusive bit set */
	CASE(swapped, parent_vmsplice_child_writes, gup_rw_slow, none, write, r3),
	CASE(swapped, alone, odirect, compact, write, r3),
	CASE(swapped, alone, odirect, fork, write, r3),
	CASE(swapped, child_exits, odirect, none, write, r3),
	CASE(swapped, grandchild, odirect, none, write, r3),
	CASE(swapped, parent_vmsplice_child_writes, odirect, none, write, r3),
	CASE(swapped, alone, uring, fork, write, r3),
	CASE(swapped, alone, uring, mprotect, write, r3),
	CASE(swapped, child, uring, none, write, r3),
	CASE(swapped, child_exits, uring, none, write, r3),
	CASE(swapped, parent_vmsplice_child_writes, uring, none, write, r3),
	/*
	 * write-fault: large folio, one page mapped by me alone, one FOLL_PIN of mine, exclusive
	 * bit set
	 */
	CASE(swapped_thp_one, alone, gup_ro_fast, fork, write, r3),
	CASE(swapped_thp_one, alone, gup_ro_fast, none, write, r3),
	CASE(swapped_thp_one, child, gup_ro_fast, none, write, r3),
	CASE(swapped_thp_one, child_exits, gup_ro_fast, none, write, r3),
	CASE(swapped_thp_one, parent_vmsplice_child_writes, gup_ro_fast, none, write, r3),
	CASE(swapped_thp_one, alone, gup_ro_slow, fork, write, r3),
	CASE(swapped_thp_one, alone, gup_ro_slow, none, write, r3),
	CASE(swapped_thp_one, child, gup_ro_slow, none, write, r3),
	CASE(swapped_thp_one, child_exits, gup_ro_slow, none, write, r3),
	CASE(swapped_thp_one, parent_vmsplice_child_writes, gup_ro_slow, none, write, r3),
	CASE(swapped_thp_one, alone, gup_rw_fast, fork, write, r3),
	CASE(swapped_thp_one, alone, gup_rw_fast, migrate, write, r3),
	CASE(swapped_thp_one, child_exits, gup_rw_fast, none, write, r3),
	/*
	 * write-fault: large folio, one page mapped by me alone, in the swap cache, one FOLL_PIN
	 * of mine, exclusive bit set
	 */
	CASE(swapped_thp_one, child_vmsplice_unmap, gup_rw_fast, none, write, r3),
	/*
	 * write-fault: large folio, one page mapped by me alone, one FOLL_PIN of mine, exclusive
	 * bit set
	 */
	CASE(swapped_thp_one, parent_vmsplice_child_writes, gup_rw_fast, none, write, r3),
	CASE(swapped_thp_one, alone, gup_rw_slow, compact, write, r3),
	CASE(swapped_thp_one, alone, gup_rw_slow, fork, write, r3),
	CASE(swapped_thp_one, child_exits, gup_rw_slow, none, write, r3),
	CASE(swapped_thp_one, grandchild, gup_rw_slow, none, write, r3),
	CASE(swapped_thp_one, parent_vmsplice_child_writes, gup_rw_slow, none, write, r3),
	CASE(swapped_thp_one, alone, odirect, fork, write, r3),
	CASE(swapped_thp_one, alone, odirect, uffd_wp, write, r3),
	CASE(swapped_thp_one, child, odirect, none, write, r3),
	CASE(swapped_thp_one, child_exits, odirect, none, write, r3),
	CASE(swapped_thp_one, parent_vmsplice_child_writes, odirect, none, write, r3),
	CASE(swapped_thp_one, alone, uring, fork, write, r3),
	CASE(swapped_thp_one, alone, uring, mprotect, write, r3),
	CASE(swapped_thp_one, child, uring, none, write, r3),
	CASE(swapped_thp_one, child_exits, uring, none, write, r3),
	CASE(swapped_thp_one, parent_vmsplice_child_writes, uring, none, write, r3),
	/*
	 * write-fault: large folio, all its pages mapped by me alone, one FOLL_PIN of mine,
	 * exclusive bit set
	 */
	CASE(swapped_thp_pmd, alone, gup_ro_fast, fork, write, r3),
	CASE(swapped_thp_pmd, alone, gup_ro_fast, none, write, r3),
	CASE(swapped_thp_pmd, child, gup_ro_fast, none, write, r3),
	CASE(swapped_thp_pmd, child_exits, gup_ro_fast, none, write, r3),
	CASE(swapped_thp_pmd, parent_vmsplice_child_writes, gup_ro_fast, none, write, r3),
	CASE(swapped_thp_pmd, alone, gup_ro_slow, fork, write, r3),
	CASE(swapped_thp_pmd, alone, gup_ro_slow, none, write, r3),
	CASE(swapped_thp_pmd, child, gup_ro_slow, none, write, r3),
	CASE(swapped_thp_pmd, child_exits, gup_ro_slow, none, write, r3),
	CASE(swapped_thp_pmd, parent_vmsplice_child_writes, gup_ro_slow, none, write, r3),
	CASE(swapped_thp_pmd, alone, gup_rw_fast, fork, write, r3),
	CASE(swapped_thp_pmd, alone, gup_rw_fast, migrate, write, r3),
	CASE(swapped_thp_pmd, child_exits, gup_rw_fast, none, write, r3),
	/*
	 * write-fault: large folio, all its pages mapped by me alone, in the swap cache, one
	 * FOLL_PIN of mine, exclusive bit set
	 */
	CASE(swapped_thp_pmd, child_vmsplice_unmap, gup_rw_fast, none, write, r3),
	/*
	 * write-fault: large folio, all its pages mapped by me alone, one FOLL_PIN of mine,
	 * exclusive bit set
	 */
	CASE(swapped_thp_pmd, parent_vmsplice_child_writes, gup_rw_fast, none, write, r3),
	CASE(swapped_thp_pmd, alone, gup_rw_slow, fork, write, r3),
	CASE(swapped_thp_pmd, alone, gup_rw_slow, uffd_wp, write, r3),
	CASE(swapped_thp_pmd, child_exits, gup_rw_slow, none, write, r3),
	CASE(swapped_thp_pmd, grandchild, gup_rw_slow, none, write, r3),
	CASE(swapped_thp_pmd, parent_vmsplice_child_writes, gup_rw_slow, none, write, r3),
	CASE(swapped_thp_pmd, alone, odirect, compact, write, r3),
	CASE(swapped_thp_pmd, alone, odirect, fork, write, r3),
	CASE(swapped_thp_pmd, child, odirect, none, write, r3),
	CASE(swapped_thp_pmd, child_exits, odirect, none, write, r3),
	CASE(swapped_thp_pmd, parent_vmsplice_child_writes, odirect, none, write, r3),
	CASE(swapped_thp_pmd, alone, uring, fork, write, r3),
	CASE(swapped_thp_pmd, alone, uring, mprotect, write, r3),
	CASE(swapped_thp_pmd, child, uring, none, write, r3),
	CASE(swapped_thp_pmd, child_exits, uring, none, write, r3),
	CASE(swapped_thp_pmd, parent_vmsplice_child_writes, uring, none, write, r3),
	CASE(swapped_thp_pte, alone, gup_ro_fast, fork, write, r3),
	CASE(swapped_thp_pte, alone, gup_ro_fast, none, write, r3),
	CASE(swapped_thp_pte, child, gup_ro_fast, none, write, r3),
	CASE(swapped_thp_pte, child_exits, gup_ro_fast, none, write, r3),
	CASE(swapped_thp_pte, parent_vmsplice_child_writes, gup_ro_fast, none, write, r3),
	CASE(swapped_thp_pte, alone, gup_ro_slow, fork, write, r3),
	CASE(swapped_thp_pte, alone, gup_ro_slow, none, write, r3),
	CASE(swapped_thp_pte, child, gup_ro_slow, none, write, r3),
	CASE(swapped_thp_pte, child_exits, gup_ro_slow, none, write, r3),
	CASE(swapped_thp_pte, parent_vmsplice_child_writes, gup_ro_slow, none, write, r3),
	CASE(swapped_thp_pte, alone, gup_rw_fast, fork, write, r3),
	CASE(swapped_thp_pte, alone, gup_rw_fast, migrate, write, r3),
	CASE(swapped_thp_pte, child_exits, gup_rw_fast, none, write, r3),
	/*
	 * write-fault: large folio, all its pages mapped by me alone, in the swap cache, one
	 * FOLL_PIN of mine, exclusive bit set
	 */
	CASE(swapped_thp_pte, child_vmsplice_unmap, gup_rw_fast, none, write, r3),
	/*
	 * write-fault: large folio, all its pages mapped by me alone, one FOLL_PIN of mine,
	 * exclusive bit set
	 */
	CASE(swapped_thp_pte, parent_vmsplice_child_writes, gup_rw_fast, none, write, r3),
	CASE(swapped_thp_pte, alone, gup_rw_slow, fork, write, r3),
	CASE(swapped_thp_pte, alone, gup_rw_slow, uffd_wp, write, r3),
	CASE(swapped_thp_pte, child_exits, gup_rw_slow, none, write, r3),
	CASE(swapped_thp_pte, grandchild, gup_rw_slow, none, write, r3),
	CASE(swapped_thp_pte, parent_vmsplice_child_writes, gup_rw_slow, none, write, r3),
	CASE(swapped_thp_pte, alone, odirect, compact, write, r3),
	CASE(swapped_thp_pte, alone, odirect, fork, write, r3),
	CASE(swapped_thp_pte, child, odirect, none, write, r3),
	CASE(swapped_thp_pte, child_exits, odirect, none, write, r3),
	CASE(swapped_thp_pte, parent_vmsplice_child_writes, odirect, none, write, r3),
	CASE(swapped_thp_pte, alone, uring, fork, write, r3),
	CASE(swapped_thp_pte, alone, uring, mprotect, write, r3),
	CASE(swapped_thp_pte, child, uring, none, write, r3),
	CASE(swapped_thp_pte, child_exits, uring, none, write, r3),
	CASE(swapped_thp_pte, parent_vmsplice_child_writes, uring, none, write, r3),
	CASE(thp_moved, alone, gup_ro_fast, compact, write, r3),
	CASE(thp_moved, alone, gup_ro_fast, fork, write, r3),
	CASE(thp_moved, alone, gup_ro_fast, none, write, r3),
	CASE(thp_moved, alone, gup_ro_fast, pageout, write, r3),
	CASE(thp_moved, alone, gup_ro_fast, swap, write, r3),
	CASE(thp_moved, alone, gup_ro_fast, uffd_wp, write, r3),
	CASE(thp_moved, child, gup_ro_fast, none, write, r3),
	CASE(thp_moved, child_exits, gup_ro_fast, none, write, r3),
	CASE(thp_moved, child_vmsplice_unmap, gup_ro_fast, none, write, r3),
	CASE(thp_moved, grandchild, gup_ro_fast, none, write, r3),
	CASE(thp_moved, parent_vmsplice_child_writes, gup_ro_fast, none, write, r3),
	CASE(thp_moved, alone, gup_ro_slow, fork, write, r3),
	CASE(thp_moved, alone, gup_ro_slow, none, write, r3),
	CASE(thp_moved, child, gup_ro_slow, none, write, r3),
	CASE(thp_moved, child_exits, gup_ro_slow, none, write, r3),
	CASE(thp_moved, alone, gup_rw_fast, fork, write, r3),
	CASE(thp_moved, alone, gup_rw_fast, madv_free, write, r3),
	CASE(thp_moved, child, gup_rw_fast, none, write, r3),
	CASE(thp_moved, child_exits, gup_rw_fast, none, write, r3),
	CASE(thp_moved, alone, gup_rw_slow, fork, write, r3),
	CASE(thp_moved, alone, gup_rw_slow, migrate, write, r3),
	CASE(thp_moved, child, gup_rw_slow, none, write, r3),
	CASE(thp_moved, child_exits, gup_rw_slow, none, write, r3),
	CASE(thp_moved, alone, odirect, fork, write, r3),
	CASE(thp_moved, alone, odirect, soft_dirty, write, r3),
	CASE(thp_moved, child, odirect, none, write, r3),
	CASE(thp_moved, child_exits, odirect, none, write, r3),
	CASE(thp_moved, alone, uring, fork, write, r3),
	CASE(thp_moved, alone, uring, mprotect, write, r3),
	CASE(thp_moved, child, uring, none, write, r3),
	CASE(thp_moved, child_exits, uring, none, write, r3),
	CASE(thp_once_shared, alone, gup_ro_fast, fork, write, r3),
	CASE(thp_once_shared, alone, gup_ro_fast, none, write, r3),
	CASE(thp_once_shared, child, gup_ro_fast, none, write, r3),
	CASE(thp_once_shared, child_exits, gup_ro_fast, none, write, r3),
	CASE(thp_once_shared, child_vmsplice_unmap, gup_ro_fast, none, write, r3),
	CASE(thp_once_shared, grandchild, gup_ro_fast, none, write, r3),
	CASE(thp_once_shared, parent_vmsplice_child_writes, gup_ro_fast, none, write, r3),
	CASE(thp_once_shared, alone, gup_ro_slow, fork, write, r3),
	CASE(thp_once_shared, alone, gup_ro_slow, none, write, r3),
	CASE(thp_once_shared, child, gup_ro_slow, none, write, r3),
	CASE(thp_once_shared, child_exits, gup_ro_slow, none, write, r3),
	CASE(thp_once_shared, alone, gup_rw_fast, fork, write, r3),
	CASE(thp_once_shared, alone, gup_rw_fast, migrate, write, r3),
	CASE(thp_once_shared, child, gup_rw_fast, none, write, r3),
	CASE(thp_once_shared, alone, gup_rw_slow, compact, write, r3),
	CASE(thp_once_shared, alone, gup_rw_slow, fork, write, r3),
	CASE(thp_once_shared, child, gup_rw_slow, none, write, r3),
	CASE(thp_once_shared, alone, odirect, fork, write, r3),
	CASE(thp_once_shared, alone, odirect, uffd_wp, write, r3),
	CASE(thp_once_shared, child, odirect, none, write, r3),
	CASE(thp_once_shared, alone, uring, fork, write, r3),
	CASE(thp_once_shared, alone, uring, mprotect, write, r3),
	CASE(thp_once_shared, child, uring, none, write, r3),
	/*
	 * write-fault: large folio, one page mapped by me alone, one FOLL_PIN of mine, exclusive
	 * bit set
	 */
	CASE(thp_one, alone, gup_ro_fast, compact, write, r3),
	CASE(thp_one, alone, gup_ro_fast, fork, write, r3),
	CASE(thp_one, alone, gup_ro_fast, none, write, r3),
	CASE(thp_one, alone, gup_ro_fast, pageout, write, r3),
	CASE(thp_one, alone, gup_ro_fast, swap, write, r3),
	CASE(thp_one, alone, gup_ro_fast, uffd_wp, write, r3),
	CASE(thp_one, child, gup_ro_fast, none, write, r3),
	CASE(thp_one, child_exits, gup_ro_fast, none, write, r3),
	CASE(thp_one, child_vmsplice_unmap, gup_ro_fast, none, write, r3),
	CASE(thp_one, grandchild, gup_ro_fast, none, write, r3),
	CASE(thp_one, parent_vmsplice_child_writes, gup_ro_fast, none, write, r3),
	CASE(thp_one, alone, gup_ro_slow, fork, write, r3),
	CASE(thp_one, alone, gup_ro_slow, none, write, r3),
	CASE(thp_one, child, gup_ro_slow, none, write, r3),
	CASE(thp_one, child_exits, gup_ro_slow, none, write, r3),
	CASE(thp_one, alone, gup_rw_fast, fork, write, r3),
	CASE(thp_one, alone, gup_rw_fast, madv_free, write, r3),
	CASE(thp_one, child, gup_rw_fast, none, write, r3),
	CASE(thp_one, child_exits, gup_rw_fast, none, write, r3),
	CASE(thp_one, alone, gup_rw_slow, fork, write, r3),
	CASE(thp_one, alone, gup_rw_slow, migrate, write, r3),
	CASE(thp_one, child, gup_rw_slow, none, write, r3),
	CASE(thp_one, child_exits, gup_rw_slow, none, write, r3),
	CASE(thp_one, alone, odirect, fork, write, r3),
	CASE(thp_one, alone, odirect, soft_dirty, write, r3),
	CASE(thp_one, child, odirect, none, write, r3),
	CASE(thp_one, child_exits, odirect, none, write, r3),
	CASE(thp_one, alone, uring, fork, write, r3),
	CASE(thp_one, alone, uring, mprotect, write, r3),
	CASE(thp_one, child, uring, none, write, r3),
	CASE(thp_one, child_exits, uring, none, write, r3),
	CASE(thp_part, alone, gup_ro_fast, fork, write, r3),
	CASE(thp_part, alone, gup_ro_fast, madv_free, write, r3),
	CASE(thp_part, alone, gup_ro_fast, pageout, write, r3),
	CASE(thp_part, alone, gup_ro_fast, swap, write, r3),
	CASE(thp_part, alone, gup_ro_fast, uffd_wp, write, r3),
	CASE(thp_part, child_exits, gup_ro_fast, none, write, r3),
	CASE(thp_part, child_vmsplice_unmap, gup_ro_fast, none, write, r3),
	CASE(thp_part, grandchild, gup_ro_fast, none, write, r3),
	CASE(thp_part, parent_vmsplice_child_writes, gup_ro_fast, none, write, r3),
	CASE(thp_part, alone, gup_ro_slow, compact, write, r3),
	CASE(thp_part, alone, gup_ro_slow, fork, write, r3),
	CASE(thp_part, child, gup_ro_slow, none, write, r3),
	CASE(thp_part, child_exits, gup_ro_slow, none, write, r3),
	CASE(thp_part, alone, gup_rw_fast, fork, write, r3),
	CASE(thp_part, child, gup_rw_fast, none, write, r3),
	CASE(thp_part, child_exits, gup_rw_fast, none, write, r3),
	CASE(thp_part, alone, gup_rw_slow, fork, write, r3),
	CASE(thp_part, alone, gup_rw_slow, mprotect, write, r3),
	CASE(thp_part, child, gup_rw_slow, none, write, r3),
	CASE(thp_part, child_exits, gup_rw_slow, none, write, r3),
	CASE(thp_part, alone, odirect, fork, write, r3),
	CASE(thp_part, alone, odirect, migrate, write, r3),
	CASE(thp_part, child, odirect, none, write, r3),
	CASE(thp_part, child_exits, odirect, none, write, r3),
	CASE(thp_part, alone, uring, fork, write, r3),
	CASE(thp_part, alone, uring, soft_dirty, write, r3),
	CASE(thp_part, child, uring, none, write, r3),
	CASE(thp_part, child_exits, uring, none, write, r3),
	/* write-fault: PMD-mapped huge page, mine alone, one FOLL_PIN of mine, exclusive bit set */
	CASE(thp_pmd, alone, gup_ro_fast, compact, write, r3),
	CASE(thp_pmd, alone, gup_ro_fast, fork, write, r3),
	CASE(thp_pmd, alone, gup_ro_fast, migrate, write, r3),
	CASE(thp_pmd, alone, gup_ro_fast, none, write, r3),
	CASE(thp_pmd, alone, gup_ro_fast, pageout, write, r3),
	CASE(thp_pmd, child, gup_ro_fast, none, write, r3),
	CASE(thp_pmd, child_exits, gup_ro_fast, none, write, r3),
	/*
	 * write-fault: large folio, one page mapped by me alone, one FOLL_PIN of mine, exclusive
	 * bit set
	 */
	CASE(thp_pmd, child_has_half, gup_ro_fast, none, write, r3),
	/* write-fault: PMD-mapped huge page, mine alone, one FOLL_PIN of mine, exclusive bit set */
	CASE(thp_pmd, parent_vmsplice_child_writes, gup_ro_fast, none, write, r3),
	CASE(thp_pmd, alone, gup_ro_slow, fork, write, r3),
	CASE(thp_pmd, alone, gup_ro_slow, none, write, r3),
	CASE(thp_pmd, child, gup_ro_slow, none, write, r3),
	CASE(thp_pmd, child_exits, gup_ro_slow, none, write, r3),
	/*
	 * write-fault: large folio, one page mapped by me alone, one FOLL_PIN of mine, exclusive
	 * bit set
	 */
	CASE(thp_pmd, child_has_half, gup_ro_slow, none, write, r3),
	/* write-fault: PMD-mapped huge page, mine alone, one FOLL_PIN of mine, exclusive bit set */
	CASE(thp_pmd, alone, gup_rw_fast, fork, write, r3),
	CASE(thp_pmd, alone, gup_rw_fast, soft_dirty, write, r3),
	/*
	 * write-fault: large folio, one page mapped by me alone, one FOLL_PIN of mine, exclusive
	 * bit set
	 */
	CASE(thp_pmd, child_has_upper, gup_rw_fast, none, write, r3),
	/* write-fault: PMD-mapped huge page, mine alone, one FOLL_PIN of mine, exclusive bit set */
	CASE(thp_pmd, child_vmsplice_unmap, gup_rw_fast, none, write, r3),
	CASE(thp_pmd, alone, gup_rw_slow, fork, write, r3),
	CASE(thp_pmd, alone, gup_rw_slow, madv_free, write, r3),
	/*
	 * write-fault: large folio, one page mapped by me alone, one FOLL_PIN of mine, exclusive
	 * bit set
	 */
	CASE(thp_pmd, child_has_half, gup_rw_slow, none, write, r3),
	/* write-fault: PMD-mapped huge page, mine alone, one FOLL_PIN of mine, exclusive bit set */
	CASE(thp_pmd, grandchild, gup_rw_slow, none, write, r3),
	CASE(thp_pmd, alone, odirect, fork, write, r3),
	CASE(thp_pmd, child, odirect, none, write, r3),
	/*
	 * write-fault: large folio, one page mapped by me alone, one FOLL_PIN of mine, exclusive
	 * bit set
	 */
	CASE(thp_pmd, child_has_half, odirect, none, write, r3),
	/* write-fault: PMD-mapped huge page, mine alone, one FOLL_PIN of mine, exclusive bit set */
	CASE(thp_pmd, alone, uring, fork, write, r3),
	CASE(thp_pmd, alone, uring, mprotect, write, r3),
	CASE(thp_pmd, alone, uring, swap, write, r3),
	CASE(thp_pmd, alone, uring, uffd_wp, write, r3),
	CASE(thp_pmd, child, uring, none, write, r3),
	/*
	 * write-fault: large folio, one page mapped by me alone, one FOLL_PIN of mine, exclusive
	 * bit set
	 */
	CASE(thp_pmd, child_has_half, uring, none, write, r3),
	/*
	 * write-fault: large folio, all its pages mapped by me alone, one FOLL_PIN of mine,
	 * exclusive bit set
	 */
	CASE(thp_pte, alone, gup_ro_fast, compact, write, r3),
	CASE(thp_pte, alone, gup_ro_fast, fork, write, r3),
	CASE(thp_pte, alone, gup_ro_fast, none, write, r3),
	CASE(thp_pte, alone, gup_ro_fast, pageout, write, r3),
	CASE(thp_pte, alone, gup_ro_fast, swap, write, r3),
	CASE(thp_pte, alone, gup_ro_fast, uffd_wp, write, r3),
	CASE(thp_pte, child, gup_ro_fast, none, write, r3),
	CASE(thp_pte, child_exits, gup_ro_fast, none, write, r3),
	CASE(thp_pte, child_has_half, gup_ro_fast, none, write, r3),
	CASE(thp_pte, child_has_upper, gup_ro_fast, none, write, r3),
	CASE(thp_pte, child_vmsplice_unmap, gup_ro_fast, none, write, r3),
	/* write-fault: PMD-mapped huge page, mine alone, one FOLL_PIN of mine, exclusive bit set */
	CASE(thp_pte, collapsed_child, gup_ro_fast, none, write, r3),
	/*
	 * write-fault: large folio, all its pages mapped by me alone, one FOLL_PIN of mine,
	 * exclusive bit set
	 */
	CASE(thp_pte, grandchild, gup_ro_fast, none, write, r3),
	CASE(thp_pte, parent_vmsplice_child_writes, gup_ro_fast, none, write, r3),
	CASE(thp_pte, alone, gup_ro_slow, fork, write, r3),
	CASE(thp_pte, alone, gup_ro_slow, none, write, r3),
	CASE(thp_pte, child, gup_ro_slow, none, write, r3),
	CASE(thp_pte, child_exits, gup_ro_slow, none, write, r3),
	/* write-fault: PMD-mapped huge page, mine alone, one FOLL_PIN of mine, exclusive bit set */
	CASE(thp_pte, collapsed_child, gup_ro_slow, none, write, r3),
	/*
	 * write-fault: large folio, all its pages mapped by me alone, one FOLL_PIN of mine,
	 * exclusive bit set
	 */
	CASE(thp_pte, alone, gup_rw_fast, fork, write, r3),
	CASE(thp_pte, alone, gup_rw_fast, madv_free, write, r3),
	CASE(thp_pte, child, gup_rw_fast, none, write, r3),
	CASE(thp_pte, child_exits, gup_rw_fast, none, write, r3),
	/* write-fault: PMD-mapped huge page, mine alone, one FOLL_PIN of mine, exclusive bit set */
	CASE(thp_pte, collapsed_child, gup_rw_fast, none, write, r3),
	/*
	 * write-fault: large folio, all its pages mapped by me alone, one FOLL_PIN of mine,
	 * exclusive bit set
	 */
	CASE(thp_pte, alone, gup_rw_slow, fork, write, r3),
	CASE(thp_pte, alone, gup_rw_slow, migrate, write, r3),
	CASE(thp_pte, child, gup_rw_slow, none, write, r3),
	CASE(thp_pte, child_exits, gup_rw_slow, none, write, r3),
	/* write-fault: PMD-mapped huge page, mine alone, one FOLL_PIN of mine, exclusive bit set */
	CASE(thp_pte, collapsed_child, gup_rw_slow, none, write, r3),
	/*
	 * write-fault: large folio, all its pages mapped by me alone, one FOLL_PIN of mine,
	 * exclusive bit set
	 */
	CASE(thp_pte, alone, odirect, fork, write, r3),
	CASE(thp_pte, alone, odirect, soft_dirty, write, r3),
	CASE(thp_pte, child, odirect, none, write, r3),
	CASE(thp_pte, child_exits, odirect, none, write, r3),
	/* write-fault: PMD-mapped huge page, mine alone, one FOLL_PIN of mine, exclusive bit set */
	CASE(thp_pte, collapsed_child, odirect, none, write, r3),
	/*
	 * write-fault: large folio, all its pages mapped by me alone, one FOLL_PIN of mine,
	 * exclusive bit set
	 */
	CASE(thp_pte, alone, uring, collapse, write, r3),
	CASE(thp_pte, alone, uring, fork, write, r3),
	CASE(thp_pte, alone, uring, mprotect, write, r3),
	CASE(thp_pte, child, uring, none, write, r3),
	CASE(thp_pte, child_exits, uring, none, write, r3),
	/* write-fault: PMD-mapped huge page, mine alone, one FOLL_PIN of mine, exclusive bit set */
	CASE(thp_pte, collapsed_child, uring, none, write, r3),
	/* write-fault: mine alone, one FOLL_PIN of mine, exclusive bit set */
	CASE(zero, alone, gup_ro_fast, compact, write, r3),
	CASE(zero, alone, gup_ro_fast, fork, write, r3),
	CASE(zero, alone, gup_ro_fast, none, write, r3),
	CASE(zero, alone, gup_ro_fast, uffd_wp, write, r3),
	CASE(zero, child, gup_ro_fast, none, write, r3),
	CASE(zero, child_exits, gup_ro_fast, none, write, r3),
	CASE(zero, child_vmsplice_unmap, gup_ro_fast, none, write, r3),
	CASE(zero, grandchild, gup_ro_fast, none, write, r3),
	CASE(zero, parent_vmsplice_child_writes, gup_ro_fast, none, write, r3),
	CASE(zero, alone, gup_ro_slow, fork, write, r3),
	CASE(zero, alone, gup_ro_slow, none, write, r3),
	CASE(zero, alone, gup_rw_fast, fork, write, r3),
	CASE(zero, alone, gup_rw_fast, migrate, write, r3),
	CASE(zero, alone, gup_rw_slow, fork, write, r3),
	CASE(zero, alone, odirect, fork, write, r3),
	CASE(zero, alone, odirect, mprotect, write, r3),
	CASE(zero, alone, uring, fork, write, r3),
	CASE(zero, parent_vmsplice_child_writes, uring, none, write, r3),
};

int main(int argc, char **argv)
{
	return run_cases(cases, sizeof(cases) / sizeof(*cases), argc, argv);
}
