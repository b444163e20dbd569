"""The write fault in a few lines of C, for tests of everything that reads one."""

#: Every reference counts.  Nothing tells a pin from another: rule 3 is broken.
COUNTED = b"""\
static vm_fault_t do_wp_page(struct vm_fault *vmf)
{
	struct page *page = vmf->page;

	if (page_count(page) != 1)
		goto copy;
	wp_page_reuse(vmf);
	return 0;
copy:
	return wp_page_copy(vmf);
}
"""
#: The map count sees no reference of somebody else: rule 1 is broken.
MAPPED = COUNTED.replace(b"page_count(page) != 1", b"page_mapcount(page) != 1")
#: The exclusive bit decides alone: a pinned page has it, a shared one has not.
MARKED = COUNTED.replace(b"page_count(page) != 1", b"!PageAnonExclusive(page)")

#: For a header: what tells a pin from another reference.
PINS = b"""\
#define GUP_PIN_COUNTING_BIAS (1U << 10)
static inline bool page_maybe_dma_pinned(struct page *page)
{
	return (unsigned int)page_count(page) >= GUP_PIN_COUNTING_BIAS;
}
"""
