/* piece
 * name    = "gup_short_ro_slow"
 * says    = "gup_test or gup_benchmark has pinned the page for a moment for reading (FOLL_PIN, slow)"
 * needs   = ["shared/gup_short"]
 * state   = { trigger = "unshare-fault" }
 * memory  = ["anon", "thp_pmd", "hugetlb", "ksm"]
 * missing = "CONFIG_GUP_TEST"
 * through = ["pin_user_pages"]
 */
static void gup_short_ro_slow_take(struct testpage *p)
{
	gup_short_take(p, false, 0);
}

static const struct reference reference_gup_short_ro_slow = {
	.name = "gup-short-ro-slow",
	.prepare = gup_short_prepare,
	.take = gup_short_ro_slow_take,
};
