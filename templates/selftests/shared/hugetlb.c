/* piece
 * says    = "how hugetlb pages are had"
 */
#define HUGETLB_LOG2(size)	((__builtin_ctzl(size)) << 26)	/* as MAP_HUGE_SHIFT */

static int hugetlb_sizes(size_t sizes[MAX_SIZES])
{
	return huge_sizes(HUGETLB, 0, sizes);
}

static void hugetlb_check(struct testpage *p)
{
	__u64 flags = page_flags(p->mem);

	if (!(pagemap(p->mem) & SEEN_PRESENT) || (flags && !(flags & FLAG_HUGETLB)))
		not_reached(p, "no hugetlb page is mapped");
}
