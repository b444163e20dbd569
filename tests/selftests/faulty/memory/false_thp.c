/* piece
 * name    = "false_thp"
 * says    = "small pages that call themselves a huge one, mapped by PTEs"
 * needs   = ["shared/thp_ptes"]
 */
static void false_thp_map(struct testpage *p)
{
	p->page = base_page();
	p->size = 64 * p->page;
	p->mem = thp_range(p, p->size);
	madvise(p->mem, p->size, MADV_NOHUGEPAGE);
	fill(p->mem, p->size, BEFORE);
	if (!p->size)
		thp_map_by_ptes(p);
}

static const struct memory memory_false_thp = {
	.name = "false-thp",
	.prepare = thp_prepare,
	.map = false_thp_map,
	.check = thp_check_ptes,
};
