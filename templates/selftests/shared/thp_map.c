/* piece
 * says    = "how one transparent huge page comes to be"
 * needs   = ["shared/thp"]
 */
/* One huge page, mapped by a PMD if it is so large, with the first pattern in it. */
static void thp_map(struct testpage *p)
{
	p->page = base_page();
	p->size = p->unit ? p->unit : pmd_size();
	p->mem = thp_range(p, p->size);
	p->seed = BEFORE;
	fill(p->mem, p->size, p->seed);
}
