/* piece
 * name    = "ksm_zero"
 * says    = "a page full of zeros, for which KSM has mapped the zero page"
 * needs   = ["shared/anon", "shared/ksm"]
 * state   = { size = "small", anonymous = false, my_maps = 1, other_maps = 1 }
 * missing = "CONFIG_KSM"
 * through = ["MADV_MERGEABLE"]
 */
static const char *ksm_zero_prepare(size_t unit)
{
	const char *lack = ksm_prepare();

	(void)unit;
	if (!lack && !set_number(KSM "use_zero_pages", 1))
		lack = KSM "use_zero_pages";
	return lack;
}

static void ksm_zero_map(struct testpage *p)
{
	anon_map(p);
	p->seed = ZEROS;
	fill(p->mem, p->size, p->seed);
	p->partner = mmap(NULL, p->size, PROT_READ, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	if (p->partner == MAP_FAILED || madvise(p->mem, p->size, MADV_MERGEABLE))
		skip(p, "MADV_MERGEABLE: %s", strerror(errno));
	touch(p->partner, p->size);
	ksm_wait();
}

static void ksm_zero_check(struct testpage *p)
{
	__u64 nr = frame(p->mem);

	if (!(page_flags(p->mem) & FLAG_ZERO) || nr != frame(p->partner))
		not_reached(p, "KSM does not map the zero page, or that is not to be seen");
}

/* Another mapping of the zero page still reads zeros. */
static bool ksm_zero_unchanged(struct testpage *p)
{
	return holds(p->partner, p->size, ZEROS);
}

static const struct memory memory_ksm_zero = {
	.name = "ksm-zero",
	.prepare = ksm_zero_prepare,
	.map = ksm_zero_map,
	.check = ksm_zero_check,
	.unchanged = ksm_zero_unchanged,
};
