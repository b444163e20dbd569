/* piece
 * name    = "thp_part"
 * says    = "the first half of a huge page of each size, the rest is unmapped"
 * needs   = ["shared/thp_ptes", "shared/thp_all_sizes"]
 * state   = { size = "large", anonymous = true, my_maps = 2, exclusive = true }
 * missing = "CONFIG_TRANSPARENT_HUGEPAGE"
 */
static void thp_part_map(struct testpage *p)
{
	thp_map_by_ptes(p);
	p->size /= 2;
	if (munmap(p->mem + p->size, p->size))
		skip(p, "munmap: %s", strerror(errno));
}

static const struct memory memory_thp_part = {
	.name = "thp-part",
	.sizes = thp_all_sizes,
	.prepare = thp_prepare,
	.map = thp_part_map,
	.check = thp_check_ptes,
};
