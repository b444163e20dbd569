/* piece
 * says    = "how memory for a transparent huge page is had"
 */
static const char *thp_prepare(size_t unit)
{
	return thp_enabled(unit ? unit : pmd_size());
}

/* An aligned range with memory that nobody may use on both sides. */
static char *thp_range(struct testpage *p, size_t size)
{
	char *area = mmap(NULL, 3 * size, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	char *mem = (char *)(((uintptr_t)area + 2 * size - 1) & ~(size - 1));

	if (area == MAP_FAILED || mprotect(mem, size, PROT_READ | PROT_WRITE))
		skip(p, "mmap: %s", strerror(errno));
	if (madvise(mem, size, MADV_HUGEPAGE))
		skip(p, "MADV_HUGEPAGE: %s", strerror(errno));
	return mem;
}
