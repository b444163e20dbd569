/* piece
 * name    = "unmerge_prctl"
 * says    = "I no longer want any page to be merged (PR_SET_MEMORY_MERGE)"
 * needs   = ["shared/ksm_unmerge", "shared/ksm_prctl"]
 * memory  = ["ksm"]
 * state   = { other_maps = 0, ksm = false, exclusive = true }
 * missing = "CONFIG_KSM, PR_SET_MEMORY_MERGE (Linux v6.4)"
 * through = ["PR_SET_MEMORY_MERGE"]
 */
static void unmerge_prctl_arm(struct testpage *p)
{
	ksm_ask(p, 1);
	ksm_ask(p, 0);
}

static const struct arm arm_unmerge_prctl = {
	.name = "unmerge-prctl",
	.arm = unmerge_prctl_arm,
	.check = ksm_unmerged_check,
	.unshares = true,
};
