/* piece
 * name    = "leaky"
 * says    = "memory that a child does not get a copy of: as on a kernel that never copies"
 */
static void leaky_map(struct testpage *p)
{
	p->page = base_page();
	p->size = p->page;
	p->mem = mmap(NULL, p->size, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	if (p->mem == MAP_FAILED)
		skip(p, "mmap: %s", strerror(errno));
	p->seed = BEFORE;
	fill(p->mem, p->size, p->seed);
}

static const struct memory memory_leaky = {
	.name = "leaky",
	.map = leaky_map,
};
