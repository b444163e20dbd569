/* piece
 * name    = "gup_short_ro_fast"
 * says    = "gup_test or gup_benchmark has pinned the page for a moment for reading (FOLL_PIN, fast)"
 * needs   = ["shared/gup_short"]
 * state   = { trigger = "unshare-fault" }
 * memory  = ["anon", "thp_pmd", "hugetlb", "ksm"]
 * missing = "CONFIG_GUP_TEST"
 * through = ["pin_user_pages_fast"]
 */
static void gup_short_ro_fast_take(struct testpage *p)
{
	gup_short_take(p, true, 0);
}

static const struct reference reference_gup_short_ro_fast = {
	.name = "gup-short-ro-fast",
	.prepare = gup_short_prepare,
	.take = gup_short_ro_fast_take,
};
