/* piece
 * name    = "gup_ro_fast"
 * says    = "gup_test pins the page for reading, while it is mapped read-only (FOLL_PIN, longterm, fast)"
 * needs   = ["shared/gup_test"]
 * state   = { trigger = "unshare-fault", my_maps = "+my_swaps", my_swaps = 0, my_pins = "+1", exclusive = true }
 * missing = "CONFIG_GUP_TEST"
 * through = ["pin_user_pages_fast"]
 */
static void gup_ro_fast_take(struct testpage *p)
{
	gup_take(p, GUP_FAST);
}

static const struct reference reference_gup_ro_fast = {
	.name = "gup-ro-fast",
	.prepare = gup_prepare,
	.take = gup_ro_fast_take,
	.sees = gup_sees,
};
