/*
 * The kernel's words for who shares a page, on the variables of shim.h.
 *
 * page_...() and folio_...() differ in the type of their argument only.
 */

static inline struct folio *page_folio(struct page *page) { return (struct folio *)page; }
static inline struct page *compound_head(struct page *page) { return page; }

/* ------------------------------------------------------- from a state to counters */

static inline int pages_of(const struct state *s)
{
	return s->size == SIZE_SMALL ? 1 : LARGE_PAGES;
}

static int maps_of(const struct state *s) { return s->my_maps + s->other_maps; }
static inline int swaps_of(const struct state *s) { return s->my_swaps + s->other_swaps; }

/*
 * "More than one mm maps it", which large folios remember.  The kernel follows
 * two mms at a time: after a third the bit may stay set, until nobody is left.
 */
static bool mapped_shared(const struct state *s)
{
	if (s->size == SIZE_SMALL || !maps_of(s))
		return false;
	return (s->my_maps && s->other_maps) || choose();
}

static void put_into_state(struct folio *folio, const struct state *s)
{
	int pins = s->my_pins + s->other_pins;
	int references = maps_of(s) + s->my_refs + s->other_refs;

	if (s->swap_cache)
		references += pages_of(s);
	if (!s->anonymous)	/* the page cache */
		references += pages_of(s);
	if (s->lru_refs != LRU_NONE)
		references += 1;
	/* What has room for it counts pins apart, and as one reference each. */
	references += s->size == SIZE_SMALL ? pins * GUP_PIN_COUNTING_BIAS : pins;

	folio->s = *s;
	folio->_refcount.counter = references;
	folio->_mapcount.counter = maps_of(s) - 1;
	folio->_pincount.counter = s->size == SIZE_SMALL ? 0 : pins;
	folio->_mm_ids = (unsigned long)mapped_shared(s) << FOLIO_MM_IDS_SHARED_BITNUM;
}

/* References that the code took on its way to the function. */
static inline void code_holds(int references)
{
	the_folio._refcount.counter += references;
}

/* --------------------------------------------------------------------- what it is */

#define FOLIO_ASKS(folio_name, page_name, value)			\
	static inline bool folio_name(const struct folio *folio)	\
	{								\
		const struct state *s = &folio->s;			\
									\
		return value;						\
	}								\
	static inline bool page_name(const struct page *page)		\
	{								\
		return folio_name((const struct folio *)page);		\
	}

FOLIO_ASKS(folio_test_anon, PageAnon, s->anonymous)
FOLIO_ASKS(folio_test_ksm, PageKsm, s->ksm)
FOLIO_ASKS(folio_test_swapcache, PageSwapCache, s->swap_cache)
FOLIO_ASKS(folio_test_large, PageCompound, s->size != SIZE_SMALL)
FOLIO_ASKS(folio_test_head, PageHead, s->size != SIZE_SMALL)
FOLIO_ASKS(folio_test_transhuge, PageTransCompound, s->size != SIZE_SMALL)
FOLIO_ASKS(folio_test_hugetlb, PageHuge, s->size == SIZE_HUGETLB)
FOLIO_ASKS(folio_test_lru, PageLRU, s->lru_refs == LRU_NONE)
FOLIO_ASKS(folio_test_writeback, PageWriteback, choose())
FOLIO_ASKS(folio_test_mlocked, PageMlocked, choose())
FOLIO_ASKS(mem_cgroup_swap_full, mem_cgroup_swap_full_page, choose())
FOLIO_ASKS(folio_is_fsdax, is_fsdax_page, !s->anonymous && choose())

static inline bool PageAnonExclusive(const struct page *page) { return page->s.exclusive; }
static inline void SetPageAnonExclusive(struct page *page) { page->s.exclusive = true; }
static inline void folio_set_dirty(struct folio *folio) { }
static inline void SetPageDirty(struct page *page) { }

static inline int folio_nr_pages(const struct folio *folio) { return pages_of(&folio->s); }

static inline unsigned int folio_order(const struct folio *folio)
{
	return __builtin_ctz(pages_of(&folio->s));
}

static inline unsigned int compound_order(struct page *page)
{
	return folio_order(page_folio(page));
}

/* ----------------------------------------------------------------------- counters */

static int folio_ref_count(const struct folio *folio) { return folio->_refcount.counter; }
static inline int page_ref_count(const struct page *page) { return page->_refcount.counter; }
static inline int page_count(const struct page *page) { return page->_refcount.counter; }
static inline void folio_get(struct folio *folio) { folio->_refcount.counter++; }
static inline void get_page(struct page *page) { page->_refcount.counter++; }

static inline int folio_mapcount(const struct folio *folio) { return maps_of(&folio->s); }

static inline int folio_large_mapcount(const struct folio *folio)
{
	if (folio->s.size == SIZE_SMALL)
		not_modelled("folio_large_mapcount");
	return maps_of(&folio->s);
}

static inline int page_mapcount(const struct page *page)
{
	if (page->s.size == SIZE_LARGE)	/* a state does not say which page is mapped */
		not_modelled("page_mapcount");
	return maps_of(&page->s);
}

static inline int page_trans_huge_mapcount(struct page *page, int *total)
{
	if (total)
		*total = maps_of(&page->s);
	return page_mapcount(page);
}

static inline int compound_mapcount(struct page *page)
{
	not_modelled("compound_mapcount");
	return 0;
}

static inline bool PageDoubleMap(struct page *page)
{
	not_modelled("PageDoubleMap");
	return false;
}

static inline atomic_t *folio_pincount_ptr(struct folio *folio) { return &folio->_pincount; }
static inline atomic_t *compound_pincount_ptr(struct page *page) { return &page->_pincount; }
static inline void folio_lock_large_mapcount(struct folio *folio) { }
static inline void folio_unlock_large_mapcount(struct folio *folio) { }

/* -------------------------------------------------------------------------- swap */

static inline int page_swapcount(struct page *page) { return swaps_of(&page->s); }
static inline unsigned long page_private(struct page *page) { return 0; }
static inline unsigned long swp_offset(swp_entry_t entry) { return entry.val; }
static inline struct swap_info_struct *swap_info_get(swp_entry_t entry) { return &the_swap; }

static inline struct swap_info_struct *_swap_info_get(swp_entry_t entry)
{
	not_modelled("the swap map");
	return &the_swap;
}

static inline unsigned char swap_count(unsigned char entry) { return entry; }

static inline struct swap_cluster_info *lock_cluster(struct swap_info_struct *swap,
						     unsigned long offset)
{
	return 0;
}

static inline void unlock_cluster(struct swap_cluster_info *cluster) { }

static void delete_from_swap_cache(struct page *page)
{
	page->s.swap_cache = false;
	page->_refcount.counter -= pages_of(&page->s);
}

/* Not under writeback, and not while there are swap entries that need it. */
static inline bool folio_free_swap(struct folio *folio)
{
	if (!folio->s.swap_cache || folio_test_writeback(folio) || swaps_of(&folio->s))
		return false;
	delete_from_swap_cache(&folio->page);
	return true;
}

/* ------------------------------------------------------------------- LRU and locks */

/* Of the caches of this CPU: a remote one keeps its reference. */
static inline void lru_add_drain(void)
{
	if (the_folio.s.lru_refs != LRU_LOCAL)
		return;
	the_folio.s.lru_refs = LRU_NONE;
	the_folio._refcount.counter--;
}

static inline bool folio_trylock(struct folio *folio) { return choose(); }
static inline bool trylock_page(struct page *page) { return choose(); }
static inline void folio_unlock(struct folio *folio) { }
static inline void unlock_page(struct page *page) { }
static inline void pte_unmap_unlock(pte_t *entry, spinlock_t *lock) { }

/* ------------------------------------------------------------- entries and mappings */

static inline pte_t ptep_get(pte_t *entry) { return *entry; }
static inline bool pte_write(pte_t entry) { return choose(); }
static inline bool pte_soft_dirty(pte_t entry) { return choose(); }
static inline bool vma_soft_dirty_enabled(struct vm_area_struct *vma) { return choose(); }

static inline bool pte_needs_soft_dirty_wp(struct vm_area_struct *vma, pte_t entry)
{
	return choose();
}

static inline bool userfaultfd_wp(struct vm_area_struct *vma) { return false; }
static inline bool userfaultfd_wp_async(struct vm_area_struct *vma) { return false; }
static inline bool userfaultfd_pte_wp(struct vm_area_struct *vma, pte_t pte) { return false; }
static inline pte_t pte_clear_uffd_wp(pte_t entry) { return entry; }
static inline pte_t pte_clear_uffd(pte_t entry) { return entry; }
static inline bool mm_tlb_flush_pending(struct mm_struct *mm) { return choose(); }
static inline void flush_tlb_page(struct vm_area_struct *vma, unsigned long address) { }

static inline void set_pte_at(struct mm_struct *mm, unsigned long address, pte_t *pte, pte_t entry)
{
	*pte = entry;
}

static inline struct page *vm_normal_page(struct vm_area_struct *vma, unsigned long address,
					  pte_t entry)
{
	return &the_folio.page;
}

static inline bool is_cow_mapping(vm_flags_t flags)
{
	return (flags & VM_MAYWRITE) && !(flags & VM_SHARED);
}

static inline bool vma_is_cow_mapping(const struct vm_area_struct *vma)
{
	return is_cow_mapping(vma->vm_flags);
}

static inline bool mm_flags_test(int flag, const struct mm_struct *mm)
{
	return test_bit(flag, &mm->flags);
}

/* --------------------------------------------------------------------- what is done */

static inline void folio_move_anon_rmap(struct folio *folio, struct vm_area_struct *vma) { }

/* Of 6.1, where it sets the exclusive bit as well. */
static inline void page_move_anon_rmap(struct page *page, struct vm_area_struct *vma)
{
	SetPageAnonExclusive(page);
}

/* Up to 6.1 without a folio. */
static inline void wp_page_reuse(struct vm_fault *vmf, ...) { decided(REUSE); }

static inline vm_fault_t wp_page_copy(struct vm_fault *vmf)
{
	decided(COPY);
	return 0;
}

/* A shared mapping, or userfaultfd's answer: neither reuse nor copy is what it is about. */
static inline vm_fault_t wp_pfn_shared(struct vm_fault *vmf) { return 0; }
static inline vm_fault_t wp_page_shared(struct vm_fault *vmf, ...) { return 0; }
static inline vm_fault_t handle_userfault(struct vm_fault *vmf, unsigned long why) { return 0; }
