/* piece
 * name    = "thp_moved"
 * says    = "the first half of a huge page of each size, the rest is mapped elsewhere"
 * needs   = ["shared/thp_ptes", "shared/thp_all_sizes"]
 * state   = { size = "large", anonymous = true, my_maps = 4, exclusive = true }
 * missing = "CONFIG_TRANSPARENT_HUGEPAGE"
 */
static void thp_moved_map(struct testpage *p)
{
	char *place;

	thp_map_by_ptes(p);
	p->size /= 2;
	place = mmap(NULL, p->size, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	p->partner = mremap(p->mem + p->size, p->size, p->size, MREMAP_MAYMOVE | MREMAP_FIXED,
			    place);
	if (p->partner == MAP_FAILED)
		skip(p, "mremap: %s", strerror(errno));
}

static const struct memory memory_thp_moved = {
	.name = "thp-moved",
	.sizes = thp_all_sizes,
	.prepare = thp_prepare,
	.map = thp_moved_map,
	.check = thp_check_ptes,
};
