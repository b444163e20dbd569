/* piece
 * name    = "madv_free"
 * says    = "I no longer need what the page holds (MADV_FREE), and reclaim takes the page"
 * memory  = ["anon", "thp_pmd", "thp_pte", "thp_part", "thp_one", "thp_moved", "mthp"]
 * state   = { my_maps = 0 }
 * through = ["MADV_FREE", "MADV_PAGEOUT"]
 */
#ifndef MADV_PAGEOUT
#define MADV_PAGEOUT 21
#endif

static bool freed(struct testpage *p)
{
	return !(pagemap(p->mem) & (SEEN_PRESENT | SEEN_SWAPPED));
}

static void madv_free_arm(struct testpage *p)
{
	if (madvise(p->mem, p->size, MADV_FREE))
		skip(p, "MADV_FREE: %s", strerror(errno));
	for (int i = 0; i < 100 && !freed(p); i++) {
		if (madvise(p->mem, p->size, MADV_PAGEOUT))
			skip(p, "missing: MADV_PAGEOUT (Linux v5.4): %s", strerror(errno));
		sched_yield();
	}
}

static void madv_free_check(struct testpage *p)
{
	if (!freed(p))
		not_reached(p, "the page is not freed");
}

static const struct arm arm_madv_free = {
	.name = "madv-free",
	.arm = madv_free_arm,
	.check = madv_free_check,
};
