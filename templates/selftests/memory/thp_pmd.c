/* piece
 * name    = "thp_pmd"
 * says    = "a transparent huge page, mapped by one PMD"
 * needs   = ["shared/thp_map"]
 * state   = { size = "pmd", anonymous = true, my_maps = 1, exclusive = true }
 * missing = "CONFIG_TRANSPARENT_HUGEPAGE"
 */
static void thp_pmd_check(struct testpage *p)
{
	if (!mapped_huge(p->mem))
		not_reached(p, "no huge page was there to be had");
}

static const struct memory memory_thp_pmd = {
	.name = "thp-pmd",
	.prepare = thp_prepare,
	.map = thp_map,
	.check = thp_pmd_check,
};
