/* piece
 * says    = "how a transparent huge page comes to be mapped by PTEs"
 * needs   = ["shared/thp_map"]
 */
/* One folio of p->unit bytes, or the size of a PMD, mapped by PTEs. */
static void thp_map_by_ptes(struct testpage *p)
{
	thp_map(p);
	if (p->size < pmd_size())
		return;
	if (!mapped_huge(p->mem))
		not_reached(p, "no huge page was there to be had");
	if (mprotect(p->mem, p->page, PROT_READ) ||
	    mprotect(p->mem, p->page, PROT_READ | PROT_WRITE))
		skip(p, "mprotect: %s", strerror(errno));
}

/* The range is a part of one huge page, mapped by PTEs. */
static void thp_check_ptes(struct testpage *p)
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
