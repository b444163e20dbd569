/* piece
 * name    = "stranger"
 * says    = "a child that has its own page where the shared one should be"
 * needs   = ["shared/sharing"]
 */
static void stranger_live(struct testpage *p, int sock)
{
	munmap(p->mem, p->size);
	mmap(p->mem, p->size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED, -1, 0);
	fill(p->mem, p->size, p->seed);
	keep_mapping(p, sock);
}

static void stranger_make(struct testpage *p)
{
	start_peer(p, new_peer(p), stranger_live);
}

static const struct other other_stranger = {
	.name = "stranger",
	.make = stranger_make,
	.check = sharing_check,
};
