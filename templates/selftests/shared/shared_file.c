/* piece
 * says    = "a shared mapping of a file: never copied, but pinned like the others"
 */
static void shared_map(struct testpage *p, size_t page)
{
	p->page = page;
	p->size = page;
	if (p->fd < 0 || ftruncate(p->fd, p->size))
		skip(p, "a file: %s", strerror(errno));
	p->mem = mmap(NULL, p->size, PROT_READ | PROT_WRITE, MAP_SHARED, p->fd, 0);
	if (p->mem == MAP_FAILED)
		skip(p, "mmap of a file: %s", strerror(errno));
	p->seed = BEFORE;
	fill(p->mem, p->size, p->seed);
}

static void shared_check(struct testpage *p)
{
	__u64 wanted = SEEN_PRESENT | SEEN_FILE;

	if ((pagemap(p->mem) & wanted) != wanted)
		not_reached(p, "the page of the file is not mapped");
}
