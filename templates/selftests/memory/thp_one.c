/* piece
 * name    = "thp_one"
 * says    = "one page of a huge page of each size, the rest is unmapped"
 * needs   = ["shared/thp_ptes", "shared/thp_all_sizes"]
 * state   = { size = "large", anonymous = true, my_maps = 1, exclusive = true }
 * missing = "CONFIG_TRANSPARENT_HUGEPAGE"
 */
static void thp_one_map(struct testpage *p)
{
	thp_map_by_ptes(p);
	if (munmap(p->mem + p->page, p->size - p->page))
		skip(p, "munmap: %s", strerror(errno));
	p->size = p->page;
}

static const struct memory memory_thp_one = {
	.name = "thp-one",
	.sizes = thp_all_sizes,
	.prepare = thp_prepare,
	.map = thp_one_map,
	.check = thp_check_ptes,
};
