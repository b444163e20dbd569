/* piece
 * name    = "child_reads_back"
 * says    = "a child shares the page that is swapped out, and has read it back; I have not"
 * memory  = ["swapped"]
 * state   = { other_maps = 1, swap_cache = true, exclusive = false }
 */
static void child_reads_back_live(struct testpage *p, int sock)
{
	touch(p->mem, p->size);
	stand_still(p, sock, memory_unchanged);
}

static void child_reads_back_make(struct testpage *p)
{
	start_peer(p, new_peer(p), child_reads_back_live);
}

static void child_reads_back_check(struct testpage *p)
{
	if (!(ask(p, &p->peers[0], ASK_PAGEMAP) & SEEN_PRESENT))
		not_reached(p, "the child has not read the page back");
	if (!(pagemap(p->mem) & SEEN_SWAPPED))
		not_reached(p, "the page is not swapped out for me any more");
}

static const struct other other_child_reads_back = {
	.name = "child-reads-back",
	.make = child_reads_back_make,
	.check = child_reads_back_check,
};
