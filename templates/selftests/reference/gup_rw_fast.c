/* piece
 * name    = "gup_rw_fast"
 * says    = "gup_test pins the page for writing (FOLL_PIN, longterm, fast)"
 * needs   = ["shared/gup_test"]
 * state   = { trigger = "write-fault", my_maps = "+my_swaps", my_swaps = 0, my_pins = "+1", exclusive = true }
 * missing = "CONFIG_GUP_TEST"
 * through = ["pin_user_pages_fast"]
 */
static void gup_rw_fast_take(struct testpage *p)
{
	gup_take(p, GUP_WRITE | GUP_FAST);
}

static const struct reference reference_gup_rw_fast = {
	.name = "gup-rw-fast",
	.prepare = gup_prepare,
	.take = gup_rw_fast_take,
	.sees = gup_sees,
};
