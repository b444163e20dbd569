/* piece
 * name    = "unmerge_hole"
 * says    = "MADV_UNMERGEABLE of a range in which a page beside mine was discarded"
 * needs   = ["shared/ksm_unmerge"]
 * memory  = ["ksm"]
 * state   = { other_maps = 0, ksm = false, exclusive = true }
 * missing = "CONFIG_KSM"
 * through = ["MADV_UNMERGEABLE"]
 */
static void unmerge_hole_arm(struct testpage *p)
{
	char *hole = p->mem - p->size;

	/* Nobody may use what lies there, until now. */
	if (mprotect(hole, p->size, PROT_READ | PROT_WRITE) ||
	    madvise(hole, p->size, MADV_MERGEABLE))
		skip(p, "a page beside: %s", strerror(errno));
	fill(hole, p->size, THROUGH_PIN);
	if (madvise(hole, p->size, MADV_DONTNEED) || pagemap(hole) & SEEN_PRESENT)
		not_reached(p, "the page beside is not discarded");
	if (madvise(hole, 2 * p->size, MADV_UNMERGEABLE))
		skip(p, "MADV_UNMERGEABLE: %s", strerror(errno));
}

static const struct arm arm_unmerge_hole = {
	.name = "unmerge-hole",
	.arm = unmerge_hole_arm,
	.check = ksm_unmerged_check,
	.unshares = true,
};
