/* piece
 * name    = "stays_merged"
 * says    = "says that it unmerges, and does nothing"
 * needs   = ["shared/ksm_unmerge"]
 */
static void stays_merged_arm(struct testpage *p)
{
	(void)p;
}

static const struct arm arm_stays_merged = {
	.name = "stays-merged",
	.arm = stays_merged_arm,
	.check = ksm_unmerged_check,
	.unshares = true,
};
