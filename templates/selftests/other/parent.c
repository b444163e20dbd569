/* piece
 * name    = "parent"
 * says    = "I am a child, my parent shares the page"
 * needs   = ["shared/sharing"]
 * state   = { other_maps = "+my_maps", other_swaps = "+my_swaps", exclusive = false }
 */
static void parent_make(struct testpage *p)
{
	turn_roles(p, NULL, memory_unchanged);
}

static const struct other other_parent = {
	.name = "parent",
	.make = parent_make,
	.check = sharing_check,
};
