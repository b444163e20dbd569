/* piece
 * name    = "zero"
 * says    = "anonymous memory that was only read: the zero page"
 * state   = { size = "small", anonymous = false, my_maps = 1, other_maps = 1 }
 */
static void zero_map(struct testpage *p)
{
	p->page = base_page();
	p->size = p->page;
	p->mem = mmap(NULL, 2 * p->size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS,
		      -1, 0);
	if (p->mem == MAP_FAILED)
		skip(p, "mmap: %s", strerror(errno));
	p->partner = p->mem + p->size;
	madvise(p->mem, 2 * p->size, MADV_NOHUGEPAGE);
	p->seed = ZEROS;
	touch(p->mem, 2 * p->size);
}

static void zero_check(struct testpage *p)
{
	int zero = scan(p->mem, SCAN_ZERO);

	if (!zero || (zero < 0 && !(page_flags(p->mem) & FLAG_ZERO)))
		not_reached(p, "the zero page is not mapped, or cannot be seen");
}

/* Another mapping of the zero page still reads zeros. */
static bool zero_unchanged(struct testpage *p)
{
	return holds(p->partner, p->size, ZEROS);
}

static const struct memory memory_zero = {
	.name = "zero",
	.map = zero_map,
	.check = zero_check,
	.unchanged = zero_unchanged,
};
