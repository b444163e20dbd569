/* piece
 * name    = "vmsplice"
 * says    = "a pipe of mine holds a plain reference (FOLL_GET)"
 * needs   = ["shared/pipe"]
 * state   = { my_maps = "+my_swaps", my_swaps = 0, my_refs = "+1" }
 * through = ["get_user_pages_fast"]
 */
static void vmsplice_take(struct testpage *p)
{
	pipe_open(p);
	pipe_take(p);
}

static const struct reference reference_vmsplice = {
	.name = "vmsplice",
	.take = vmsplice_take,
	.sees = pipe_sees,
};
