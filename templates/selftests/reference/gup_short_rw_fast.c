/* piece
 * name    = "gup_short_rw_fast"
 * says    = "gup_test or gup_benchmark has pinned the page for a moment for writing (FOLL_PIN, fast)"
 * needs   = ["shared/gup_short"]
 * state   = { trigger = "write-fault" }
 * memory  = ["anon", "thp_pmd", "hugetlb", "ksm"]
 * missing = "CONFIG_GUP_TEST"
 * through = ["pin_user_pages_fast"]
 */
static void gup_short_rw_fast_take(struct testpage *p)
{
	gup_short_take(p, true, GUP_SHORT_WRITE);
}

static const struct reference reference_gup_short_rw_fast = {
	.name = "gup-short-rw-fast",
	.prepare = gup_short_prepare,
	.take = gup_short_rw_fast_take,
};
