/* piece
 * name    = "ksm"
 * says    = "KSM wants to merge the page with one of the same content"
 * needs   = ["shared/ksm", "shared/ksm_offer"]
 * memory  = ["anon"]
 * state   = { other_maps = "+1", ksm = true, exclusive = false }
 * missing = "CONFIG_KSM"
 */
static void ksm_arm_check(struct testpage *p)
{
	ksm_wait();
	ksm_check(p);
}

static const struct arm arm_ksm = {
	.name = "ksm",
	.prepare = ksm_prepare,
	.arm = ksm_offer,
	.check = ksm_arm_check,
	.unchanged = ksm_unchanged,
};
