/* piece
 * says    = "a private mapping of a file, read but not written"
 */
static void private_map(struct testpage *p, size_t page)
{
	p->page = page;
	p->size = page;
	if (p->fd < 0 || ftruncate(p->fd, p->size))
		skip(p, "a file: %s", strerror(errno));
	p->partner = mmap(NULL, p->size, PROT_READ | PROT_WRITE, MAP_SHARED, p->fd, 0);
	p->mem = mmap(NULL, p->size, PROT_READ | PROT_WRITE, MAP_PRIVATE, p->fd, 0);
	if (p->partner == MAP_FAILED || p->mem == MAP_FAILED)
		skip(p, "mmap of a file: %s", strerror(errno));
	p->seed = BEFORE;
	fill(p->partner, p->size, p->seed);
	touch(p->mem, p->size);
}

static void private_check(struct testpage *p)
{
	__u64 wanted = SEEN_PRESENT | SEEN_FILE;

	if ((pagemap(p->mem) & wanted) != wanted || frame(p->mem) != frame(p->partner))
		not_reached(p, "the page of the file is not mapped");
}

/* The file, seen through read() and through another mapping. */
static bool private_unchanged(struct testpage *p)
{
	char stripe[STRIPE];

	for (size_t at = 0; at < p->size; at += base_page())
		if (pread(p->fd, stripe, STRIPE, at) != STRIPE ||
		    !holds_one(stripe, p->seed, at / base_page()))
			return false;
	return holds(p->partner, p->size, p->seed);
}
