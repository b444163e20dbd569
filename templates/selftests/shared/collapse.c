/* piece
 * says    = "how a range becomes one huge page: MADV_COLLAPSE"
 */
#ifndef MADV_COLLAPSE
#define MADV_COLLAPSE 25
#endif

static void collapse(struct testpage *p)
{
	/* EINVAL is also the answer of a kernel that does not know it. */
	if (madvise(p->mem, p->size, MADV_COLLAPSE) && errno == EINVAL)
		skip(p, "missing: MADV_COLLAPSE (Linux v6.1)");
}

static void collapse_check(struct testpage *p)
{
	if (!mapped_huge(p->mem))
		not_reached(p, "the range does not become a huge page");
}
