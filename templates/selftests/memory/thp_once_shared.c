/* piece
 * name    = "thp_once_shared"
 * says    = "a huge page of each size, of which a child that is gone has shared the first page only"
 * needs   = ["shared/thp_ptes", "shared/thp_all_sizes"]
 * state   = { size = "large", anonymous = true, my_maps = 4, exclusive = false }
 * missing = "CONFIG_TRANSPARENT_HUGEPAGE"
 */
static void thp_once_shared_live(struct testpage *p, int sock)
{
	stand_still(p, sock, NULL);
}

static void thp_once_shared_map(struct testpage *p)
{
	struct peer *peer;
	int status;

	thp_map_by_ptes(p);
	if (madvise(p->mem + p->page, p->size - p->page, MADV_DONTFORK))
		skip(p, "MADV_DONTFORK: %s", strerror(errno));
	peer = start_peer(p, new_peer(p), thp_once_shared_live);
	if (!(ask(p, peer, ASK_PAGEMAP) & SEEN_PRESENT))
		not_reached(p, "the child has not the first page");
	ask(p, peer, ASK_EXIT);
	if (waitpid(peer->pid, &status, 0) != peer->pid || status)
		not_reached(p, "the child did not exit");
	p->nr_peers--;
	if (madvise(p->mem, p->size, MADV_DOFORK))
		skip(p, "MADV_DOFORK: %s", strerror(errno));
}

static const struct memory memory_thp_once_shared = {
	.name = "thp-once-shared",
	.sizes = thp_all_sizes,
	.prepare = thp_prepare,
	.map = thp_once_shared_map,
	.check = thp_check_ptes,
};
