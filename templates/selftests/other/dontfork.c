/* piece
 * name    = "dontfork"
 * says    = "a child was forked, but this memory left out (MADV_DONTFORK)"
 */
static void dontfork_live(struct testpage *p, int sock)
{
	stand_still(p, sock, NULL);
}

static void dontfork_make(struct testpage *p)
{
	if (madvise(p->mem, p->size, MADV_DONTFORK))
		skip(p, "MADV_DONTFORK: %s", strerror(errno));
	start_peer(p, new_peer(p), dontfork_live);
	if (madvise(p->mem, p->size, MADV_DOFORK))
		skip(p, "MADV_DOFORK: %s", strerror(errno));
}

static void dontfork_check(struct testpage *p)
{
	if (ask(p, &p->peers[0], ASK_PAGEMAP) & (SEEN_PRESENT | SEEN_SWAPPED))
		not_reached(p, "the child has the page");
}

static const struct other other_dontfork = {
	.name = "dontfork",
	.make = dontfork_make,
	.check = dontfork_check,
};
