/* piece
 * name    = "parent_forks_vmsplices"
 * says    = "my parent forked me, put the page into a pipe, and unmapped it"
 * needs   = ["shared/other_pipe"]
 * state   = { other_refs = "+1", swap_cache = "+my_swaps", exclusive = false }
 */
static void parent_forks_part(struct testpage *p)
{
	pipe_take(p);
	pipe_unmap(p);
}

static void parent_forks_make(struct testpage *p)
{
	pipe_open(p);
	turn_roles(p, parent_forks_part, pipe_unchanged);
}

static const struct other other_parent_forks_vmsplices = {
	.name = "parent-forks-vmsplices",
	.make = parent_forks_make,
	.check = pipe_check,
};
