/* piece
 * name    = "collapse"
 * says    = "the range is to become one huge page (MADV_COLLAPSE)"
 * memory  = ["thp_pte"]
 * state   = { size = "pmd", my_maps = 1 }
 * missing = "MADV_COLLAPSE (Linux v6.1)"
 * through = ["MADV_COLLAPSE"]
 */
#ifndef MADV_COLLAPSE
#define MADV_COLLAPSE 25
#endif

static void collapse_arm(struct testpage *p)
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

static const struct arm arm_collapse = {
	.name = "collapse",
	.arm = collapse_arm,
	.check = collapse_check,
};
