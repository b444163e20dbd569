/* piece
 * name    = "unmerge"
 * says    = "I no longer want the page to be merged (MADV_UNMERGEABLE)"
 * needs   = ["shared/ksm_unmerge"]
 * memory  = ["ksm", "ksm_zero"]
 * state   = { anonymous = true, other_maps = 0, ksm = false, exclusive = true }
 * missing = "CONFIG_KSM"
 * through = ["MADV_UNMERGEABLE"]
 */
static void unmerge_arm(struct testpage *p)
{
	if (madvise(p->mem, p->size, MADV_UNMERGEABLE))
		skip(p, "MADV_UNMERGEABLE: %s", strerror(errno));
}

static const struct arm arm_unmerge = {
	.name = "unmerge",
	.arm = unmerge_arm,
	.check = ksm_unmerged_check,
	.unshares = true,
};
