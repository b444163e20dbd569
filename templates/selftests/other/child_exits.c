/* piece
 * name    = "child_exits"
 * says    = "a child shared the page and is gone"
 * state   = { exclusive = false }
 */
static void child_exits_make(struct testpage *p)
{
	struct peer *peer = start_peer(p, new_peer(p), keep_mapping);
	int status;

	ask(p, peer, ASK_EXIT);
	if (waitpid(peer->pid, &status, 0) != peer->pid || status)
		not_reached(p, "the child did not exit");
	p->nr_peers--;
}

static const struct other other_child_exits = {
	.name = "child-exits",
	.make = child_exits_make,
};
