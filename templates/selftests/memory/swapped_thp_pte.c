/* piece
 * name    = "swapped_thp_pte"
 * says    = "a transparent huge page, swapped out while PTEs mapped it"
 * needs   = ["shared/thp_ptes", "shared/swap"]
 * state   = { size = "large", anonymous = true, my_swaps = 4, exclusive = true }
 * missing = "swap, CONFIG_TRANSPARENT_HUGEPAGE"
 */
static const char *swapped_thp_pte_prepare(size_t unit)
{
	const char *lack = thp_prepare(unit);

	return lack ? lack : swap_prepare();
}

static void swapped_thp_pte_map(struct testpage *p)
{
	thp_map_by_ptes(p);
	thp_check_ptes(p);
	swap_out(p);
}

static const struct memory memory_swapped_thp_pte = {
	.name = "swapped-thp-pte",
	.prepare = swapped_thp_pte_prepare,
	.map = swapped_thp_pte_map,
	.check = swap_check,
};
