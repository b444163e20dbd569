/* piece
 * name    = "child_has_upper"
 * says    = "a child shares the second half of a huge page"
 * memory  = ["thp_pmd", "thp_pte", "mthp"]
 * state   = { size = "large", other_maps = "+my_maps/2", exclusive = false }
 */
static bool upper_unchanged(struct testpage *p)
{
	size_t pages = p->size / base_page();

	for (size_t nr = pages / 2; nr < pages; nr++)
		if (!holds_one(p->mem + nr * base_page(), p->seed, nr))
			return false;
	return true;
}

static void child_has_upper_live(struct testpage *p, int sock)
{
	stand_still(p, sock, upper_unchanged);
}

static void child_has_upper_make(struct testpage *p)
{
	if (madvise(p->mem, p->size / 2, MADV_DONTFORK))
		skip(p, "MADV_DONTFORK: %s", strerror(errno));
	start_peer(p, new_peer(p), child_has_upper_live);
	if (madvise(p->mem, p->size / 2, MADV_DOFORK))
		skip(p, "MADV_DOFORK: %s", strerror(errno));
}

/* The child has not the first page; that it compares the last one shows that it has that. */
static void child_has_upper_check(struct testpage *p)
{
	if (ask(p, &p->peers[0], ASK_PAGEMAP) & (SEEN_PRESENT | SEEN_SWAPPED))
		not_reached(p, "the child has the first half, too");
	if (ask(p, &p->peers[0], ASK_VIEW) != UNCHANGED ||
	    pagemap(p->mem + p->size - base_page()) & SEEN_ALONE)
		not_reached(p, "the second half is not shared");
}

static const struct other other_child_has_upper = {
	.name = "child-has-upper",
	.make = child_has_upper_make,
	.check = child_has_upper_check,
};
