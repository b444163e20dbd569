/* piece
 * says    = "how a transparent huge page is had"
 */
static const char *thp_prepare(size_t unit)
{
	return thp_enabled(unit ? unit : pmd_size());
}

/* An aligned range with memory that nobody may use on both sides. */
static char *thp_range(struct testpage *p, size_t size)
{
	char *area = mmap(NULL, 3 * size, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	char *mem = (char *)(((uintptr_t)area + 2 * size - 1) & ~(size - 1));

	if (area == MAP_FAILED || mprotect(mem, size, PROT_READ | PROT_WRITE))
		skip(p, "mmap: %s", strerror(errno));
	if (madvise(mem, size, MADV_HUGEPAGE))
		skip(p, "MADV_HUGEPAGE: %s", strerror(errno));
	return mem;
}

/* One huge page, mapped by a PMD if it is so large, with the first pattern in it. */
static __maybe_unused void thp_map(struct testpage *p)
{
	p->page = base_page();
	p->size = p->unit ? p->unit : pmd_size();
	p->mem = thp_range(p, p->size);
	p->seed = BEFORE;
	fill(p->mem, p->size, p->seed);
}

/* One huge page, and this part of it mapped by PTEs. */
static __maybe_unused void thp_map_by_ptes(struct testpage *p)
{
	thp_map(p);
	if (!mapped_huge(p->mem))
		not_reached(p, "no huge page was there to be had");
	if (mprotect(p->mem, p->page, PROT_READ) ||
	    mprotect(p->mem, p->page, PROT_READ | PROT_WRITE))
		skip(p, "mprotect: %s", strerror(errno));
}

/* The range is a part of a huge page that is mapped by PTEs. */
static __maybe_unused void thp_check_ptes(struct testpage *p)
{
	__u64 first = frame(p->mem);

	if (smaps_kb(p->mem, "AnonHugePages"))
		not_reached(p, "a PMD still maps the huge page");
	for (size_t at = 0; at < p->size; at += p->page) {
		__u64 flags = page_flags(p->mem + at);

		if (!(flags & FLAG_THP) || frame(p->mem + at) != first + at / p->page)
			not_reached(p, "not one huge page any more, or not to be seen");
	}
}
