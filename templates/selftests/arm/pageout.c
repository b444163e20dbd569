/* piece
 * name    = "pageout"
 * says    = "the page is swapped out, and read back before my access"
 * needs   = ["shared/swap"]
 * memory  = ["anon", "thp_pmd", "thp_pte", "thp_part", "thp_one", "thp_moved", "mthp"]
 * state   = { swap_cache = true }
 * missing = "swap"
 * untold  = "a page that comes back from swap may be another one, or split, and mine alone again"
 */
static void pageout_back(struct testpage *p)
{
	touch(p->mem, p->size);
}

static const struct arm arm_pageout = {
	.name = "pageout",
	.prepare = swap_prepare,
	.arm = swap_out,
	.check = swap_check,
	.back = pageout_back,
};
