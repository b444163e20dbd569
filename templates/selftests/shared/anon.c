/* piece
 * says    = "how one small anonymous page is had"
 */
static void anon_map(struct testpage *p)
{
	char *area;

	/* Beside it what nobody may use: no neighbour to be merged or collapsed with. */
	p->page = base_page();
	p->size = p->page;
	area = mmap(NULL, 3 * p->page, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	if (area == MAP_FAILED || mprotect(area + p->page, p->size, PROT_READ | PROT_WRITE))
		skip(p, "mmap: %s", strerror(errno));
	p->mem = area + p->page;
	/* Fails on a kernel without transparent huge pages, where it is not needed. */
	madvise(p->mem, p->size, MADV_NOHUGEPAGE);
	p->seed = BEFORE;
	fill(p->mem, p->size, p->seed);
}
