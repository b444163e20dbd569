/* piece
 * name    = "idle"
 * says    = "says that it swaps out, and does nothing"
 * needs   = ["shared/swap"]
 */
static void idle_arm(struct testpage *p)
{
	if (!p->mem)
		swap_out(p);
}

static const struct arm arm_idle = {
	.name = "idle",
	.prepare = swap_prepare,
	.arm = idle_arm,
	.check = swap_check,
};
