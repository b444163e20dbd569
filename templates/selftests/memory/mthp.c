/* piece
 * name    = "mthp"
 * says    = "a large folio of each size that this kernel has, smaller than a PMD"
 * needs   = ["shared/thp_map", "shared/thp_sizes"]
 * state   = { size = "large", anonymous = true, my_maps = 4, exclusive = true }
 * missing = "mTHP sizes (Linux v6.8)"
 */
static void mthp_check(struct testpage *p)
{
	size_t pages = p->size / p->page;

	for (size_t i = 0; i < pages; i++) {
		__u64 flags = page_flags(p->mem + i * p->page);

		if (!(flags & FLAG_THP) || !(flags & (i ? FLAG_TAIL : FLAG_HEAD)))
			not_reached(p, "no folio of this size, or not to be seen");
	}
	if (frame(p->mem) % pages)
		not_reached(p, "the folio is a larger one");
}

static const struct memory memory_mthp = {
	.name = "mthp",
	.sizes = mthp_sizes,
	.prepare = thp_prepare,
	.map = thp_map,
	.check = mthp_check,
};
