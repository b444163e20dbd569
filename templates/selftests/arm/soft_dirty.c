/* piece
 * name    = "soft_dirty"
 * says    = "the soft-dirty bits are cleared, to track writes"
 * memory  = ["anon", "thp_pmd", "thp_pte", "thp_part", "thp_one", "thp_moved", "mthp"]
 * missing = "CONFIG_MEM_SOFT_DIRTY"
 * through = ["CLEAR_REFS_SOFT_DIRTY"]
 */
static bool soft_dirty_cleared;

/* Once is for the whole process: for the page, and for its twin. */
static void soft_dirty_arm(struct testpage *p)
{
	if (soft_dirty_cleared)
		return;
	/* Written since the mapping began, so it is set where there is such a bit. */
	if (!(pagemap(p->mem) & SEEN_SOFT_DIRTY))
		skip(p, "missing: CONFIG_MEM_SOFT_DIRTY");
	if (!write_text("/proc/self/clear_refs", "4"))
		skip(p, "clear_refs: %s", strerror(errno));
	soft_dirty_cleared = true;
}

static void soft_dirty_check(struct testpage *p)
{
	if (pagemap(p->mem) & SEEN_SOFT_DIRTY)
		not_reached(p, "the soft-dirty bit stays");
}

static const struct arm arm_soft_dirty = {
	.name = "soft-dirty",
	.arm = soft_dirty_arm,
	.check = soft_dirty_check,
};
