/* piece
 * name    = "thp_many"
 * says    = "many transparent huge pages in one mapping, each mapped by one PMD"
 * needs   = ["shared/thp"]
 * state   = { size = "pmd" }
 * missing = "CONFIG_TRANSPARENT_HUGEPAGE"
 */
#define THP_MANY 4

static void thp_many_map(struct testpage *p)
{
	p->page = base_page();
	p->size = THP_MANY * pmd_size();
	p->mem = thp_range(p, p->size);
	p->seed = BEFORE;
	fill(p->mem, p->size, p->seed);
}

static void thp_many_check(struct testpage *p)
{
	if (smaps_kb(p->mem, "AnonHugePages") != (long)(p->size / 1024))
		not_reached(p, "not so many huge pages were there to be had");
}

static const struct memory memory_thp_many = {
	.name = "thp-many",
	.prepare = thp_prepare,
	.map = thp_many_map,
	.check = thp_many_check,
};
