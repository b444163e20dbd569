/* piece
 * name    = "anon_many"
 * says    = "many small anonymous pages in one mapping, each written once"
 * state   = { size = "small" }
 */
static void anon_many_map(struct testpage *p)
{
	p->page = base_page();
	p->size = 4UL << 20;
	p->mem = mmap(NULL, p->size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	if (p->mem == MAP_FAILED)
		skip(p, "mmap: %s", strerror(errno));
	madvise(p->mem, p->size, MADV_NOHUGEPAGE);
	p->seed = BEFORE;
	fill(p->mem, p->size, p->seed);
}

static void anon_many_check(struct testpage *p)
{
	for (size_t at = 0; at < p->size; at += p->page) {
		__u64 flags = page_flags(p->mem + at);

		if (!(pagemap(p->mem + at) & SEEN_PRESENT) || flags & FLAG_THP)
			not_reached(p, "small pages are not mapped");
	}
}

static const struct memory memory_anon_many = {
	.name = "anon-many",
	.map = anon_many_map,
	.check = anon_many_check,
};
