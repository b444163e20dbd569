/* piece
 * name    = "parent_vmsplice_child_writes"
 * says    = "my parent put the page into a pipe, forked me, and unmapped it"
 * needs   = ["shared/other_pipe"]
 * state   = { my_maps = "+my_swaps", my_swaps = 0, other_refs = "+1", exclusive = false }
 */
static void parent_vmsplice_make(struct testpage *p)
{
	pipe_open(p);
	pipe_take(p);
	turn_roles(p, pipe_unmap, pipe_unchanged);
}

static const struct other other_parent_vmsplice_child_writes = {
	.name = "parent-vmsplice-child-writes",
	.make = parent_vmsplice_make,
	.check = pipe_check,
};
