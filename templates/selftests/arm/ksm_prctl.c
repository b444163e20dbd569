/* piece
 * name    = "ksm_prctl"
 * says    = "KSM wants to merge the page, as all of this process (PR_SET_MEMORY_MERGE)"
 * needs   = ["shared/ksm", "shared/ksm_twin", "shared/ksm_prctl"]
 * memory  = ["anon"]
 * state   = { other_maps = "+1", ksm = true, exclusive = false }
 * missing = "CONFIG_KSM, PR_SET_MEMORY_MERGE (Linux v6.4)"
 * through = ["PR_SET_MEMORY_MERGE"]
 */
static void ksm_prctl_arm(struct testpage *p)
{
	ksm_partner(p);
	ksm_ask(p, 1);
}

static void ksm_prctl_check(struct testpage *p)
{
	ksm_wait();
	ksm_check(p);
}

static const struct arm arm_ksm_prctl = {
	.name = "ksm-prctl",
	.prepare = ksm_prepare,
	.arm = ksm_prctl_arm,
	.check = ksm_prctl_check,
	.unchanged = ksm_unchanged,
};
