/* piece
 * name    = "child"
 * says    = "a child shares the page"
 * needs   = ["shared/sharing"]
 * state   = { other_maps = "+my_maps", other_swaps = "+my_swaps", exclusive = false }
 */
static void child_make(struct testpage *p)
{
	start_peer(p, new_peer(p), keep_mapping);
}

static const struct other other_child = {
	.name = "child",
	.make = child_make,
	.check = sharing_check,
};
