/* piece
 * name    = "gup_ro_slow"
 * says    = "gup_test pins the page for reading, while it is mapped read-only (FOLL_PIN, longterm, slow)"
 * needs   = ["shared/gup_test"]
 * state   = { trigger = "unshare-fault", my_maps = "+my_swaps", my_swaps = 0, my_pins = "+1", exclusive = true }
 * missing = "CONFIG_GUP_TEST"
 * through = ["pin_user_pages"]
 */
static void gup_ro_slow_take(struct testpage *p)
{
	gup_take(p, 0);
}

static const struct reference reference_gup_ro_slow = {
	.name = "gup-ro-slow",
	.prepare = gup_prepare,
	.take = gup_ro_slow_take,
	.sees = gup_sees,
};
