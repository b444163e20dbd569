/* piece
 * name    = "grandchild"
 * says    = "a child and its child share the page"
 * needs   = ["shared/sharing"]
 * state   = { other_maps = "+2*my_maps", other_swaps = "+2*my_swaps", exclusive = false }
 */
static void grandchild_live(struct testpage *p, int sock)
{
	start_peer(p, &p->peers[1], keep_mapping);
	keep_mapping(p, sock);
}

static void grandchild_make(struct testpage *p)
{
	struct peer *child = new_peer(p), *grandchild = new_peer(p);

	start_peer(p, child, grandchild_live);
	close(grandchild->theirs);
}

static const struct other other_grandchild = {
	.name = "grandchild",
	.make = grandchild_make,
	.check = sharing_check,
};
