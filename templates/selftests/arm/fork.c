/* piece
 * name    = "fork"
 * says    = "I fork a child that sleeps"
 * state   = { trigger = "fork", other_maps = "+my_maps", other_swaps = "+my_swaps", exclusive = false }
 */
static void fork_arm(struct testpage *p)
{
	start_peer(p, new_peer(p), keep_mapping);
}

static const struct arm arm_fork = {
	.name = "fork",
	.arm = fork_arm,
};
