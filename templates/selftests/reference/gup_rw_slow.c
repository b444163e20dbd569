/* piece
 * name    = "gup_rw_slow"
 * says    = "gup_test pins the page for writing (FOLL_PIN, longterm, slow)"
 * needs   = ["shared/gup_test"]
 * state   = { trigger = "write-fault", my_maps = "+my_swaps", my_swaps = 0, my_pins = "+1", exclusive = true }
 * missing = "CONFIG_GUP_TEST"
 * through = ["pin_user_pages"]
 */
static void gup_rw_slow_take(struct testpage *p)
{
	gup_take(p, GUP_WRITE);
}

static const struct reference reference_gup_rw_slow = {
	.name = "gup-rw-slow",
	.prepare = gup_prepare,
	.take = gup_rw_slow_take,
	.sees = gup_sees,
};
