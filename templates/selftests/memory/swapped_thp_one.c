/* piece
 * name    = "swapped_thp_one"
 * says    = "one page of a transparent huge page, swapped out when the rest was unmapped"
 * needs   = ["shared/thp_ptes", "shared/swap"]
 * state   = { size = "large", anonymous = true, my_swaps = 1, exclusive = true }
 * missing = "swap, CONFIG_TRANSPARENT_HUGEPAGE"
 */
static const char *swapped_thp_one_prepare(size_t unit)
{
	const char *lack = thp_prepare(unit);

	return lack ? lack : swap_prepare();
}

static void swapped_thp_one_map(struct testpage *p)
{
	thp_map_by_ptes(p);
	if (munmap(p->mem + p->page, p->size - p->page))
		skip(p, "munmap: %s", strerror(errno));
	p->size = p->page;
	thp_check_ptes(p);
	swap_out(p);
}

static const struct memory memory_swapped_thp_one = {
	.name = "swapped-thp-one",
	.prepare = swapped_thp_one_prepare,
	.map = swapped_thp_one_map,
	.check = swap_check,
};
