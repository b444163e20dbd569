/* piece
 * name    = "child_vmsplice_unmap"
 * says    = "a child puts the page into a pipe and unmaps it"
 * needs   = ["shared/other_pipe"]
 * state   = { other_refs = "+1", swap_cache = "+my_swaps", exclusive = false }
 */
static void child_vmsplice_unmap_live(struct testpage *p, int sock)
{
	pipe_take(p);
	pipe_unmap(p);
	stand_still(p, sock, pipe_unchanged);
}

static void child_vmsplice_unmap_make(struct testpage *p)
{
	pipe_open(p);
	start_peer(p, new_peer(p), child_vmsplice_unmap_live);
}

static const struct other other_child_vmsplice_unmap = {
	.name = "child-vmsplice-unmap",
	.make = child_vmsplice_unmap_make,
	.check = pipe_check,
};
