/* piece
 * name    = "huge_zero"
 * says    = "anonymous memory that was only read: the huge zero page"
 * needs   = ["shared/thp"]
 * state   = { size = "pmd", anonymous = false, my_maps = 1, other_maps = 1 }
 * missing = "transparent_hugepage/use_zero_page"
 */
static const char *huge_zero_prepare(size_t unit)
{
	if (!set_number(THP "use_zero_page", 1))
		return "transparent_hugepage/use_zero_page";
	return thp_prepare(unit);
}

static void huge_zero_map(struct testpage *p)
{
	p->page = base_page();
	p->size = pmd_size();
	p->mem = thp_range(p, p->size);
	p->partner = thp_range(p, p->size);
	p->seed = ZEROS;
	touch(p->mem, p->size);
	touch(p->partner, p->size);
}

static void huge_zero_check(struct testpage *p)
{
	int zero = scan(p->mem, SCAN_ZERO | SCAN_HUGE);
	__u64 wanted = FLAG_ZERO | FLAG_THP;

	if (!zero || (zero < 0 && (page_flags(p->mem) & wanted) != wanted))
		not_reached(p, "the huge zero page is not mapped, or cannot be seen");
}

/* Another mapping of the huge zero page still reads zeros. */
static bool huge_zero_unchanged(struct testpage *p)
{
	return holds(p->partner, p->size, ZEROS);
}

static const struct memory memory_huge_zero = {
	.name = "huge-zero",
	.prepare = huge_zero_prepare,
	.map = huge_zero_map,
	.check = huge_zero_check,
	.unchanged = huge_zero_unchanged,
};
