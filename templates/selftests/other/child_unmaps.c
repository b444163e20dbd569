/* piece
 * name    = "child_unmaps"
 * says    = "a child shared the page, has unmapped it, and lives on"
 * state   = { exclusive = false }
 */
static void child_unmaps_live(struct testpage *p, int sock)
{
	if (munmap(p->mem, p->size))
		not_reached(p, "munmap: %s", strerror(errno));
	stand_still(p, sock, NULL);
}

static void child_unmaps_make(struct testpage *p)
{
	start_peer(p, new_peer(p), child_unmaps_live);
}

static void child_unmaps_check(struct testpage *p)
{
	if (ask(p, &p->peers[0], ASK_PAGEMAP) & (SEEN_PRESENT | SEEN_SWAPPED))
		not_reached(p, "the child still has the page");
}

static const struct other other_child_unmaps = {
	.name = "child-unmaps",
	.make = child_unmaps_make,
	.check = child_unmaps_check,
};
