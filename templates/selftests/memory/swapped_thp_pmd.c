/* piece
 * name    = "swapped_thp_pmd"
 * says    = "a transparent huge page, swapped out while a PMD mapped it"
 * needs   = ["shared/thp_map", "shared/swap"]
 * state   = { size = "large", anonymous = true, my_swaps = 4, exclusive = true }
 * missing = "swap, CONFIG_TRANSPARENT_HUGEPAGE"
 */
static const char *swapped_thp_pmd_prepare(size_t unit)
{
	const char *lack = thp_prepare(unit);

	return lack ? lack : swap_prepare();
}

static void swapped_thp_pmd_map(struct testpage *p)
{
	thp_map(p);
	if (!mapped_huge(p->mem))
		not_reached(p, "no huge page was there to be had");
	swap_out(p);
}

static const struct memory memory_swapped_thp_pmd = {
	.name = "swapped-thp-pmd",
	.prepare = swapped_thp_pmd_prepare,
	.map = swapped_thp_pmd_map,
	.check = swap_check,
};
