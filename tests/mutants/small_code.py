"""Small decisions, of the form that kernels have, for tests of single operators."""

HEADER = """\
#ifndef _LINUX_MM_H
#define _LINUX_MM_H
#include <linux/errno.h>

static inline int folio_mapcount(const struct folio *folio)
{
	return atomic_read(&folio->_mapcount) + 1;
}

static inline bool folio_maybe_dma_pinned(struct folio *folio)
{
	return folio_ref_count(folio) >= GUP_PIN_COUNTING_BIAS;
}
#endif
"""

WRITE_FAULT = """\
#include <linux/mm.h>

static bool can_reuse(struct folio *folio, struct vm_area_struct *vma)
{
	if (folio_test_ksm(folio) || folio_ref_count(folio) > 3)
		return false;
	if (!folio_trylock(folio))
		return false;
	if (folio_test_swapcache(folio))
		folio_free_swap(folio);
	if (folio_test_ksm(folio) || folio_ref_count(folio) != 1) {
		folio_unlock(folio);
		return false;
	}
	folio_unlock(folio);
	return true;
}

static vm_fault_t do_wp_page(struct vm_fault *vmf)
{
	struct vm_area_struct *vma = vmf->vma;
	struct folio *folio = page_folio(vmf->page);

	if (folio && folio_test_anon(folio) &&
		(PageAnonExclusive(vmf->page) || can_reuse(folio, vma))) {
		wp_page_reuse(vmf, folio);
		return 0;
	}
	return wp_page_copy(vmf);
}
"""

FORK = """\
#include <linux/mm.h>

static inline int try_dup(struct folio *folio, struct page *page)
{
	if (folio_maybe_dma_pinned(folio) && PageAnonExclusive(page))
		return -EBUSY;
	ClearPageAnonExclusive(page);
	return 0;
}

static int copy_present_pte(struct vm_area_struct *dst_vma, struct vm_area_struct *src_vma,
			pte_t *src_pte, pte_t pte, unsigned long addr)
{
	struct page *page = vm_normal_page(src_vma, addr, pte);
	struct folio *folio = page_folio(page);

	if (unlikely(try_dup(folio, page)))
		return copy_present_page(dst_vma, src_vma, src_pte, addr, page);
	page_dup_rmap(page);
	ptep_set_wrprotect(src_vma->vm_mm, addr, src_pte);
	pte = pte_wrprotect(pte);
	set_pte_at(dst_vma->vm_mm, addr, src_pte, pte);
	return 0;
}

int copy_page_range(struct vm_area_struct *dst_vma, struct vm_area_struct *src_vma)
{
	bool is_cow = is_cow_mapping(src_vma->vm_flags);
	int ret;

	if (is_cow)
		raw_write_seqcount_begin(&src_vma->vm_mm->write_protect_seq);
	ret = copy_present_pte(dst_vma, src_vma, src_vma->pte, src_vma->value, 0);
	if (is_cow) {
		raw_write_seqcount_end(&src_vma->vm_mm->write_protect_seq);
	}
	return ret;
}
"""

GUP = """\
#include <linux/mm.h>

static bool gup_must_unshare(unsigned int flags, struct page *page)
{
	if (!(flags & FOLL_PIN))
		return false;
	return !PageAnonExclusive(page);
}

static int follow_page_pte(pte_t pte, struct page *page, unsigned int flags)
{
	if (!pte_write(pte) && gup_must_unshare(flags, page))
		return -EMLINK;
	return 0;
}

static unsigned long gup_fast(unsigned long start, unsigned int gup_flags)
{
	unsigned long nr;
	unsigned seq;

	if (!raw_seqcount_try_begin(&current->mm->write_protect_seq, seq))
		return 0;
	nr = gup_fast_pgd_range(start, gup_flags);
	if (read_seqcount_retry(&current->mm->write_protect_seq, seq)) {
		gup_fast_unpin(nr);
		return 0;
	}
	return nr;
}

static unsigned long old_gup_fast(unsigned long start, unsigned int gup_flags)
{
	unsigned long nr;
	unsigned seq;

	seq = raw_read_seqcount(&current->mm->write_protect_seq);
	if (seq & 1)
		return 0;
	nr = gup_fast_pgd_range(start, gup_flags);
	if (read_seqcount_retry(&current->mm->write_protect_seq, seq))
		return 0;
	return nr;
}
"""
